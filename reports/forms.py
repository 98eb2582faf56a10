"""The other forms of a report: a page of HTML, the data as JSON, its tables as CSV.

All three come from the same data as the PDF and say which document they are. The page is
made from the same template, needs nothing but itself, and its content policy (CSP Level 3)
forbids everything but its one style sheet, named by its digest. In the tables what a
spreadsheet would run as a formula is made harmless; the JSON keeps every value as it is.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from markupsafe import Markup

from privacy.contacts.cells import harmless
from privacy.errors import BadInput
from reports.annex import Annex, check_files
from reports.answer_view import view, visible
from reports.look import Look
from reports.render import NO_ANNEXES, PLAIN, Anchor, Prepared, prepared, report_of
from reports.templating import page_environment

PDF, HTML, JSON, CSV = FORMATS = ("pdf", "html", "json", "csv")
STYLE = "page.css"
OLDEST_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
OWN_PAGE = {"access-answer"}
"""Kinds whose page has a template of its own (reports/answer_view.py)."""


@dataclass(frozen=True)
class Form:
    """A report in another form than PDF, and the document that it belongs to."""

    content: bytes
    document_id: str


def made(
    kind: str,
    form: str,
    data: dict[str, object],
    *,
    made_at: datetime,
    anchor: Anchor,
    classification: str,
    look: Look = PLAIN,
    annexes: Mapping[str, bytes] = NO_ANNEXES,
) -> Form:
    """A report as html, json or csv (a ZIP with one file a table). Raises as `render`.

    `annexes` lie in the ZIP as they were written; page and JSON name their digests.
    """
    check_files(cast(list[Annex], data.get("annexes", [])), annexes)
    ready = prepared(kind, data, made_at, anchor, classification, None, look)
    if form == JSON:
        content = ready.content
    elif form == HTML:
        content = view(data) if kind in OWN_PAGE else _page(kind, ready, look)
    elif form == CSV:
        content = zipped({**tables(kind, data), "document.json": ready.envelope, **annexes})
    else:
        raise BadInput(
            "There is no such form of a report.", what=form, next=f"Known: {', '.join(FORMATS)}."
        )
    return Form(content, ready.document_id)


def _page(kind: str, ready: Prepared, look: Look) -> bytes:
    environment = page_environment(visible)
    loader = environment.loader
    assert loader is not None
    source, _, _ = loader.get_source(environment, STYLE)
    style = f":root {{ --head: {look.colour}; --accent: {look.accent}; }}\n{source}"
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    pictures = "img-src data:; " if look.files else ""
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; {pictures}"
        "base-uri 'none'; form-action 'none'"
    )
    page = {
        **ready.page,
        "layout": "page.html",
        "style": Markup(style),  # noqa: S704 (a file of ours and two colours that were checked)
        "policy": policy,
    }
    return environment.get_template(f"{kind}.html").render(page).strip().encode()


def tables(kind: str, data: dict[str, Any]) -> dict[str, bytes]:
    """Every list of the data as a CSV named by its path; what is no list in `document.csv`.

    `figures.csv` has what the report computes from them.
    """
    report = report_of(kind)
    figures: dict[str, Any] = report.figures(report.checked(data))
    made = {"document.csv": _table(("path", "value"), _single(data))}
    made["figures.csv"] = _table(("figure", "value"), _single(figures))
    for path, rows in (*_lists(data), *_lists(figures, "figures.")):
        made[f"{path}.csv"] = _rows(rows)
    return made


def _single(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Path and value of everything that is not inside a list."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _single(member, f"{path}.{key}" if path else key)
    elif not isinstance(value, list):
        yield path, value


def _lists(value: Any, path: str = "") -> Iterator[tuple[str, list[Any]]]:
    """Path and rows of every list that is not inside another one."""
    if isinstance(value, dict):
        joint = path if not path or path.endswith(".") else f"{path}."
        for key, member in value.items():
            yield from _lists(member, f"{joint}{key}")
    elif isinstance(value, list):
        yield path, value


def _rows(rows: Sequence[Any]) -> bytes:
    """A table of objects, or of single values; a list inside a row stands in one cell."""
    flat = [dict(_row(row)) for row in rows]
    columns = list(dict.fromkeys(key for row in flat for key in row))
    return _table(columns or ["value"], [[row.get(key) for key in columns] for row in flat])


def _row(row: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(row, dict):
        for key, member in row.items():
            yield from _row(member, f"{path}.{key}" if path else key)
    elif isinstance(row, list):
        yield path or "value", "; ".join(str(part) for part in row)
    else:
        yield path or "value", row


def _table(columns: Sequence[str], rows: Iterator[tuple[Any, ...]] | Sequence[Any]) -> bytes:
    """CSV (RFC 4180) in UTF-8 with a heading."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([harmless(column) for column in columns])
    for row in rows:
        writer.writerow([harmless(_cell(value)) for value in row])
    return out.getvalue().encode()


def _cell(value: Any) -> Any:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else value


def zipped(files: dict[str, bytes]) -> bytes:
    """A ZIP of those files: the same files give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, OLDEST_ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, files[name])
    return out.getvalue()
