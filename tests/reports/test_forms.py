"""HTML, JSON and CSV of a report: the same data, nothing from outside, nothing that runs."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from privacy.errors import BadInput
from reports import forms
from reports.canonical import canonical
from reports.look import Look
from reports.render import KINDS, PLAIN
from tests.reports import fixtures, pdfs
from tests.reports.examples import ANCHOR, FILES, MADE_AT, example

ATTACK = (
    "<img src=x onerror=alert(1)></style><script>alert(1)</script> {{ 7*7 }}{% raw %} & \"' }p{x:y"
)
FORMULA = "=cmd|' /C calc'!A0"
TURNED = "safe\u202egpj.exe"


def made(kind: str, form: str, data: dict[str, Any] | None = None, look: Look = PLAIN) -> bytes:
    return forms.made(
        kind,
        form,
        example(kind) if data is None else data,
        made_at=MADE_AT,
        anchor=ANCHOR,
        classification=pdfs.CLASSIFICATION,
        look=look,
        annexes=FILES.get(kind, {}),
    ).content


class Elements(HTMLParser):
    """Every element with its attributes, and the text outside style."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.said.append(data)


@pytest.fixture(scope="module")
def pages() -> dict[str, bytes]:
    return {kind: made(kind, "html") for kind in KINDS}


def test_a_page_allows_nothing_but_its_own_style_sheet(pages: dict[str, bytes], kind: str) -> None:
    elements = Elements(pages[kind])
    (policy,) = [
        attributes["content"]
        for tag, attributes in elements.found
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[\w+/=]{44}'; base-uri 'none'; form-action 'none'",
        str(policy),
    )
    assert not {tag for tag, _ in elements.found} & {"script", "link", "img", "iframe", "form"}
    for _, attributes in elements.found:
        assert not any(name.startswith("on") or name == "style" for name in attributes)
        assert not any(name in attributes for name in ("src", "srcset", "action"))


def test_a_page_has_one_title_headings_in_order_and_scopes(
    pages: dict[str, bytes], kind: str
) -> None:
    found = Elements(pages[kind]).found
    levels = [int(tag[1]) for tag, _ in found if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(later <= before + 1 for before, later in pairwise(levels))
    assert all(attributes.get("scope") for tag, attributes in found if tag == "th")
    assert next(attributes["lang"] for tag, attributes in found if tag == "html") == "en"


def test_a_logo_is_inside_the_page_and_the_persons_own_page_has_none(kind: str) -> None:
    branded = kind not in forms.OWN_PAGE
    page = made(kind, "html", look=fixtures.red())
    assert (b"img-src data:;" in page) is branded
    assert (b'<img src="data:image/png;base64,' in page) is branded
    assert (b"logo-c" in made(kind, "html", look=fixtures.green())) is branded


def test_the_json_is_the_canonical_data(kind: str) -> None:
    assert made(kind, "json") == canonical(example(kind))


def test_the_tables_hold_every_list_and_every_value_of_the_data(kind: str) -> None:
    content = made(kind, "csv")
    assert content == made(kind, "csv")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        tables = {
            name: list(csv.reader(io.StringIO(archive.read(name).decode())))
            for name in archive.namelist()
            if name.endswith(".csv")
        }
        assert json.loads(archive.read("document.json"))["kind"] == kind
    data = example(kind)
    for path, rows in forms._lists(data):
        assert len(tables[f"{path}.csv"]) == len(rows) + 1
    single = dict(row for row in tables["document.csv"][1:])
    assert single["controller.name"] == data["controller"]["name"]


def test_another_form_is_refused() -> None:
    with pytest.raises(BadInput):
        made("campaign-compliance", "docx")


def test_what_is_injected_stays_text_in_pdf_page_and_table(tmp_path: Path) -> None:
    kind, values = "campaign-compliance", [ATTACK, FORMULA, TURNED]
    data = example(kind)
    data["limits"] = values
    data["controller"]["name"] = ATTACK
    data["campaign"].update(title=FORMULA, script_first_line=TURNED)
    data["decisions"]["by_rule"][0].update(text=ATTACK, rule=FORMULA, citation=TURNED)
    data["checks"][0].update(what=ATTACK, violations=1, citation=FORMULA)
    printed = pdfs.text(pdfs.made(kind, data).pdf, tmp_path).replace(" ", "")
    elements = Elements(made(kind, "html", data))
    assert not {tag for tag, _ in elements.found} & {"script", "img"}
    for value in values:
        shown = value.replace("\u202e", "[U+202E]")
        assert printed.count(shown.replace(" ", "")) >= 3
        assert "".join(elements.said).count(shown) >= 3
    with zipfile.ZipFile(io.BytesIO(made(kind, "csv", data))) as archive:
        for name in archive.namelist():
            if name.endswith(".csv"):
                for row in csv.reader(io.StringIO(archive.read(name).decode())):
                    assert not any(cell.startswith(("=", "+", "@", "\t")) for cell in row), name
    assert json.loads(made(kind, "json", data))["limits"] == values
