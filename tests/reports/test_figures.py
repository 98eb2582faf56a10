"""What is printed is what anybody computes from the attached data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reports import erasure_certificate, showing
from reports.render import Document, report_of
from tests.reports import pdfs
from tests.reports.examples import example
from tests.reports.kept import Kept


def recomputed(document: Document, kind: str, tmp_path: Path) -> tuple[Any, dict[str, Any]]:
    """The attached data, and the figures that they give."""
    report = report_of(kind)
    data = report.checked(json.loads(pdfs.detached(document.pdf, tmp_path)["data.json"]))
    return data, report.figures(data)


def test_figures_of_a_campaign_are_those_of_its_attached_data(
    documents: Kept, tmp_path: Path
) -> None:
    kind = "campaign-compliance"
    data, figures = recomputed(documents[kind], kind, tmp_path)
    printed = pdfs.text(documents[kind].pdf, tmp_path)
    n = showing.number
    for sentence in (
        f"The gate decided {n(figures['decided'])} times: it gave "
        f"{n(data['decisions']['permitted'])} permits and refused "
        f"{n(data['decisions']['refused'])}. {n(figures['placed'])} calls were placed; "
        f"{figures['unused_permits']} permits were not used.",
        f"{figures['rights_received']} requests were received, {figures['rights_closed']} closed, "
        f"{figures['rights_in_time']} of them in time (100.0 %).",
        f"{figures['opt_outs']} opt-outs were received",
        "All 1,204 1,204 100.0 %",
        "No breach found in the data",
    ):
        assert sentence in printed
    for row in data["calls"]["by_outcome"]:
        assert f"{showing.words(row['outcome'])} {n(row['calls'])}" in printed
    for row in data["decisions"]["by_rule"]:
        assert n(row["refusals"]) in printed
        assert row["citation"].split(",")[0] in printed


def test_figures_of_an_answer_are_those_of_its_attached_data(
    documents: Kept, tmp_path: Path
) -> None:
    kind = "access-answer"
    data, figures = recomputed(documents[kind], kind, tmp_path)
    printed = pdfs.text(documents[kind].pdf, tmp_path)
    assert figures["items"] == 13
    assert f"We hold {figures['items']} items of data about you" in printed
    assert f"{figures['days']} days after the request, in time" in printed
    assert f"called or tried to call you {figures['calls']} times" in printed
    for group in data["held"].values():
        for item in group:
            assert item["value"] in printed
    for call in data["calls"]:
        assert showing.stamp(call["at"], data["zone"]) in printed
    for row in figures["calls_by_outcome"]:
        assert f"{showing.plain(row['outcome'])} {row['calls']}" in printed
    for party in (data["controller"], data["dpo"], data["authority"]):
        assert party["name"] in printed
        assert party["email"] in printed
    assert "Ja, die Kaufhaus Beispiel GmbH darf mich" in printed


def test_figures_of_a_certificate_are_those_of_its_attached_data(
    documents: Kept, tmp_path: Path
) -> None:
    kind = "erasure-certificate"
    data, figures = recomputed(documents[kind], kind, tmp_path)
    printed = pdfs.text(documents[kind].pdf, tmp_path)
    assert "The erasure is complete" in printed
    assert f"{figures['keys_destroyed']} keys were destroyed" in printed
    assert f"Completed in time, {figures['days']} days after the request" in printed
    for step in data["steps"]:
        assert step["entry"] in printed
    for row in data["classes"]:
        assert row["ground"] in printed
        assert row["until_on"] is None or showing.day(row["until_on"]) in printed
    for text in data["outside"]:
        assert text in printed


def test_the_copy_of_the_desk_has_no_name_and_the_other_one_has(
    documents: Kept, tmp_path: Path
) -> None:
    data = example("erasure-certificate")
    name, points = data["person"]["name"], data["person"]["contact_points"]
    assert name in pdfs.text(documents["erasure-certificate"].pdf, tmp_path)
    data["person"] = None
    pdf = pdfs.made("erasure-certificate", data).pdf
    everything = pdfs.text(pdf, tmp_path) + str(pdfs.detached(pdf, tmp_path))
    assert "Copy without the person's name" in everything
    assert not any(part in everything for part in (name, *points))


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(epoch=None),
        lambda d: d.update(read_back=None),
        lambda d: d["read_back"].update(looked=[]),
        lambda d: d["read_back"]["looked"][2].update(rows_left=1),
        lambda d: d["epoch"].update(places=[]),
        lambda d: d["epoch"]["places"][1].update(read_back="no_answer"),
        lambda d: d["epoch"]["places"][0].update(read_back="present"),
        lambda d: d["classes"].pop(0),
        lambda d: d["classes"][1].update(state="kept", ground="g", citation="c"),
        lambda d: d["classes"][2].update(ground=""),
        lambda d: d["classes"][0].update(destroyed_at=None),
        lambda d: d["classes"][0].update(destroyed_at="2026-11-24T01:30:45+00:00"),
    ],
)
def test_an_erasure_with_any_gap_is_not_called_complete(change: Any) -> None:
    data = example("erasure-certificate")
    change(data)
    figures = erasure_certificate.figures(erasure_certificate.checked(data))
    assert figures["complete"] is False
    assert figures["gaps"]


def test_an_erasure_that_is_not_proved_says_so_on_its_first_page(tmp_path: Path) -> None:
    data = example("erasure-certificate")
    data["epoch"] = None
    first = pdfs.pages(pdfs.made("erasure-certificate", data).pdf, tmp_path)[0]
    assert "not proved complete" in first
    assert "backups can still be opened" in first


def test_a_breach_stands_on_the_first_page(tmp_path: Path) -> None:
    data = example("campaign-compliance")
    data["checks"][0]["violations"] = 2
    first = " ".join(pdfs.pages(pdfs.made("campaign-compliance", data).pdf, tmp_path)[0].split())
    assert "▲ Breach" in first
    assert "A call after an opt-out of that number: 2 of 1,204 calls." in first
    assert "No breach found" not in first


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (0, 0, "–"),
        (0, 7, "0.0 %"),
        (7, 7, "100.0 %"),
        (9_999, 10_000, "99.9 %"),
        (1, 10_000, "0.1 %"),
        (1, 3, "33.3 %"),
    ],
)
def test_a_share_is_never_rounded_to_all_or_nothing(part: int, whole: int, shown: str) -> None:
    assert showing.share(part, whole) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0 s"), (0.041, "0.041 s"), (65, "1 min 5 s"), (7_200, "2 h"), (864_000, "10 d")],
)
def test_a_span_is_told_in_its_largest_units(seconds: float, shown: str) -> None:
    assert showing.span(seconds) == shown


def test_instants_are_told_in_the_zone_of_the_controller() -> None:
    assert showing.instant("2026-10-21T15:30:00Z", "Europe/Berlin") == (
        "21 October 2026, 17:30 CEST"
    )
    assert showing.stamp("2026-12-31T23:30:00+00:00", "Europe/Berlin") == "2027-01-01 00:30:00"
