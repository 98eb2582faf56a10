"""A finding's card says all that one needs to act on it, and the first page says it in short."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pikepdf

from reports import campaign_compliance, verdict
from reports.findings import BY_PLACE, TO_PROVE
from tests.reports import pdfs
from tests.reports.examples import example
from tests.reports.kept import Kept

KIND = "campaign-compliance"


def with_findings() -> dict[str, Any]:
    data = example(KIND)
    data["checks"][0]["violations"] = 2
    data["checks"][3]["violations"] = None
    data["conduct"][0]["verdict"] = "breach"
    data["rights"][0].update(late=2, in_time=12)
    data["opt_outs"]["latency"]["longest_s"] = 900_000
    data["log_verified"] = None
    return data


def cards(data: dict[str, Any]) -> list[dict[str, str]]:
    found: Any = campaign_compliance.figures(campaign_compliance.checked(data))["findings"]
    return found  # type: ignore[no-any-return]


def test_every_card_has_every_field_and_breaches_come_first() -> None:
    found = cards(with_findings())
    assert [card["id"] for card in found] == [f"F-{n:02d}" for n in range(1, 7)]
    assert all(value for card in found for value in card.values())
    levels = [card["level"] for card in found]
    assert levels == sorted(levels)
    assert {card["owner"] for card in found} == {example(KIND)["dpo"]["name"]}
    unowned = with_findings()
    unowned["dpo"]["name"] = ""
    assert {card["owner"] for card in cards(unowned)} == {"to be named by the controller"}


def test_every_part_of_the_data_that_can_show_something_has_its_advice() -> None:
    assert set(BY_PLACE) == set(verdict.PARTS)
    assert set(TO_PROVE) <= set(BY_PLACE)


def test_the_first_page_has_verdict_figures_and_findings_and_the_cards_follow(
    tmp_path: Path,
) -> None:
    data = with_findings()
    told = pdfs.pages(pdfs.made(KIND, data).pdf, tmp_path)
    first, second = (" ".join(page.split()) for page in told[:2])
    assert first.index("▲ Breach") < first.index("calls placed") < first.index("F-01")
    assert "4 breaches, and 2 things are not provable" in first
    assert "2 more findings stand among the cards below" in first
    for card in cards(data)[:4]:
        assert card["text"] in first
        for field in ("id", "title", "criterion", "action", "due"):
            assert card[field] in second
    assert "1. The campaign" not in first


def test_the_first_page_answers_and_the_first_section_begins_another(
    documents: Kept, kind: str
) -> None:
    """Charts may stand under the figures; a page that is all there is has no sections."""
    sections = _pages_of_headings(documents[kind].pdf)
    if kind in pdfs.ONE_PAGE:
        assert [page for _, page in sections] == [1]
    elif kind in pdfs.SHORT:
        assert all(page == 2 for _, page in sections)
    else:
        # The verdict is a heading of the first page, in all kinds but the answer to a person.
        answer, *rest = sections
        assert answer[1] == 1
        assert rest[0][1] == 2
        assert not answer[0].startswith("1.")


def _pages_of_headings(pdf: bytes) -> list[tuple[str, int]]:
    """The headings below the title with the number of their page."""
    with pikepdf.open(io.BytesIO(pdf)) as opened, opened.open_outline() as outline:
        pages: list[Any] = [page.objgen for page in opened.pages]
        (title,) = outline.root
        found: list[tuple[str, int]] = []
        for item in title.children:
            to: Any = item.destination
            found.append((str(item.title), 1 + pages.index(to[0].objgen)))
        return found
