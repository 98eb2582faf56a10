"""Writes what docs/reports.md says of each kind: `python -m tests.reports.catalogue`.

The table stands between two marks; schemas go to reports/schemas, pictures of the first page
to docs/pictures. veraPDF gives the verdicts, all in one run.
"""

from __future__ import annotations

import io
import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pikepdf
from PIL import Image

from privacy.terms import Language
from reports import letter
from reports.json_schema import schema_of
from reports.render import KINDS, report_of
from reports.showing import headline
from tests.reports import pdfs, verapdf
from tests.rights.letters import papers

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reports.md"
BEGIN, END = "<!-- kinds: python -m tests.reports.catalogue -->", "<!-- end of kinds -->"
PASSED = "passes PDF/A-3a and PDF/UA-1"
DPI, COLOURS = 70, 48
HEADS = ("kind", "what it is, for whom", "sections", "JSON schema", "veraPDF", "first page")


def modules() -> dict[str, ModuleType]:
    return {**{kind: report_of(kind) for kind in KINDS}, "letter": letter}


def examples() -> dict[str, bytes]:
    """A document of each kind: the one in the picture."""
    made = {kind: pdfs.made(kind).pdf for kind in KINDS}
    data = papers.data("extension", "EU_GDPR", Language.ENGLISH)
    return {**made, "letter": papers.printed(data).pdf}


def table(found: Mapping[str, bytes], verdicts: Mapping[str, str]) -> str:
    """The table in Markdown; an empty cell is an error."""
    lines = ["| " + " | ".join(HEADS) + " |", "| " + " | ".join("---" for _ in HEADS) + " |"]
    for kind, report in modules().items():
        cells = (
            f"`{kind}`",
            f"{headline(report.ABOUT)}. For {report.FOR_WHOM}." if report.ABOUT else "",
            "; ".join(sections(found[kind])),
            f"[{report.SCHEMA}](../{schema_file(kind).relative_to(ROOT)})",
            verdicts[kind],
            f"![{report.TITLE}, first page]({picture(kind).relative_to(PAGE.parent)})",
        )
        for head, cell in zip(HEADS, cells, strict=True):
            if not cell.strip():
                raise ValueError(f"{kind} has no {head}")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def sections(pdf: bytes) -> list[str]:
    """The bookmarks of the second level, or of the first where there is none."""
    with pikepdf.open(io.BytesIO(pdf)) as opened, opened.open_outline() as outline:
        below = [str(each.title) for item in outline.root for each in item.children]
        return below or [str(item.title) for item in outline.root]


def schema_file(kind: str) -> Path:
    return ROOT / "reports" / "schemas" / f"{kind}.json"


def picture(kind: str) -> Path:
    return ROOT / "docs" / "pictures" / f"report-{kind}.png"


def page_with(found: str, told: str) -> str:
    """The page's text with the table in its place."""
    head, _, rest = told.partition(BEGIN)
    return f"{head}{BEGIN}\n\n{found}\n\n{END}{rest.partition(END)[2]}"


def written_table(told: str) -> str:
    return told.partition(BEGIN)[2].partition(END)[0].strip()


def _write_picture(kind: str, pdf: bytes, folder: Path) -> None:
    file = folder / f"{kind}.pdf"
    file.write_bytes(pdf)
    base = folder / kind
    subprocess.run(
        ["pdftoppm", "-r", str(DPI), "-f", "1", "-l", "1", "-singlefile", "-png", file, base],
        check=True,
    )
    with Image.open(f"{base}.png") as drawn:
        drawn.convert("RGB").quantize(COLOURS).save(picture(kind), "PNG", optimize=True)


def schema_text(report: Any) -> str:
    return json.dumps(schema_of(report), indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    found = examples()
    with tempfile.TemporaryDirectory() as folder:
        judged = verapdf.verdicts(list(found.values()), Path(folder))
        for kind, pdf in found.items():
            _write_picture(kind, pdf, Path(folder))
    verdicts = {kind: "; ".join(judged[index]) or PASSED for index, kind in enumerate(found)}
    for kind, report in modules().items():
        schema_file(kind).write_text(schema_text(report))
    PAGE.write_text(page_with(table(found, verdicts), PAGE.read_text()))


if __name__ == "__main__":
    main()
