"""Whatever stands in a name or a note stays text, in every kind and every form of a report."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

from privacy.errors import RightsdeskError
from reports import forms
from reports.render import report_of
from tests.reports import fixtures, pdfs
from tests.reports.examples import ANCHOR, MADE_AT
from tests.reports.test_forms import Elements
from tests.reports.test_render import OURS

HOSTILE = "=1+1</td><script>x</script></style>{{7*7}}{%raw%}p{x:y}\u202egpj.exe"
SHOWN = HOSTILE.replace("\u202e", "[U+202E]")
COUNTED = "breach-register"
"""A kind whose figures are counted from its attached rows only."""
CODE = re.compile("[a-z_]+")
"""Words of the desk's own lists, which no outsider writes and templates look up."""


def hostile(kind: str) -> tuple[dict[str, Any], dict[str, bytes], int]:
    """The data of a kind with every text made hostile that may be any text, and how many are."""
    data, files = fixtures.shorter(kind)
    if "annexes" in data and kind != COUNTED:
        # Their rows take the same way on paper as those of that kind, and many pages.
        data["annexes"], files = [], {}
    return data, files, _made_hostile(report_of(kind), data, list(_texts(data)))


def _made_hostile(report: ModuleType, data: dict[str, Any], places: list[tuple[Any, Any]]) -> int:
    """How many of those texts could be any text; where one may not be, it stays as it was."""
    before = [holder[key] for holder, key in places]
    for holder, key in places:
        holder[key] = HOSTILE
    with suppress(RightsdeskError, LookupError, ValueError):
        checked = report.checked(data)
        report.figures(checked)
        report.drawings(checked)
        return len(places)
    for (holder, key), text in zip(places, before, strict=True):
        holder[key] = text
    half = len(places) // 2
    parts = (places[:half], places[half:]) if half else ()
    return sum(_made_hostile(report, data, part) for part in parts)


def _texts(value: Any) -> Iterator[tuple[Any, Any]]:
    """Where a text stands: its dictionary or list, and its key or index there."""
    if isinstance(value, dict):
        members = [each for each in value.items() if each[0] not in ("schema", "annexes")]
    else:
        members = list(enumerate(value))[:1]  # A row is printed as the one before.
    for key, member in members:
        if isinstance(member, str) and not CODE.fullmatch(member):
            yield value, key
        elif isinstance(member, dict | list):
            yield from _texts(member)


def test_hostile_texts_stay_text_in_every_kind_and_form(kind: str, tmp_path: Path) -> None:
    data, files, changed = hostile(kind)
    assert changed >= 3
    pdf = pdfs.made(kind, data, files).pdf
    assert SHOWN in "".join(pdfs.text(pdf, tmp_path).split())
    assert {font[0].split("+")[1] for font in pdfs.fonts(pdf, tmp_path)} <= OURS
    page = Elements(_form(kind, "html", data, files))
    assert not {tag for tag, _ in page.found} & {"script", "img", "iframe", "object", "link"}
    assert {name for _, held in page.found for name in held if name.startswith("on")} == set()
    assert SHOWN in "".join("".join(page.said).split())
    with zipfile.ZipFile(io.BytesIO(_form(kind, "csv", data, files))) as archive:
        for name in archive.namelist():
            if name.endswith(".csv") and name not in files:
                for row in csv.reader(io.StringIO(archive.read(name).decode())):
                    assert not any(cell.startswith(("=", "+", "@", "\t")) for cell in row), name
    assert HOSTILE in json.dumps(json.loads(_form(kind, "json", data, files)), ensure_ascii=False)


def _form(kind: str, form: str, data: dict[str, Any], files: dict[str, bytes]) -> bytes:
    made = forms.made(
        kind,
        form,
        data,
        made_at=MADE_AT,
        anchor=ANCHOR,
        classification=pdfs.CLASSIFICATION,
        annexes=files,
    )
    return made.content
