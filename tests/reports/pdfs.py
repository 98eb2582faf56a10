"""What tests read out of a finished PDF, by programs that are not ours."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

from reports.render import Document, render
from tests.reports.examples import ANCHOR, FILES, MADE_AT, example

SHORT = frozenset({"who-called"})
"""Kinds of one page in plain words, without numbered sections."""
ONE_PAGE = frozenset({"board"})
"""Kinds whose one page is all there is."""

CLASSIFICATION = "Confidential – personal data"


def made(
    kind: str, data: dict[str, Any] | None = None, files: dict[str, bytes] | None = None
) -> Document:
    """A document of a kind, of its example or of other data."""
    return render(
        kind,
        example(kind) if data is None else data,
        made_at=MADE_AT,
        anchor=ANCHOR,
        classification=CLASSIFICATION,
        annexes=FILES.get(kind, {}) if files is None else files,
    )


def text(pdf: bytes, tmp_path: Path) -> str:
    """The text of all pages by pdftotext, runs of white space made one blank."""
    return re.sub(r"\s+", " ", " ".join(pages(pdf, tmp_path)))


def pages(pdf: bytes, tmp_path: Path) -> list[str]:
    """The text of each page by pdftotext."""
    file = _file(pdf, tmp_path)
    told = _run("pdftotext", "-enc", "UTF-8", str(file), "-")
    return told.split("\f")[:-1]


def fonts(pdf: bytes, tmp_path: Path) -> list[list[str]]:
    """pdffonts: a list for each font, of name, then its last words (emb, sub, uni, id)."""
    rows = _run("pdffonts", str(_file(pdf, tmp_path))).splitlines()[2:]
    return [[row.split()[0], *row.split()[-5:-2]] for row in rows]


def detached(pdf: bytes, tmp_path: Path) -> dict[str, bytes]:
    """The attachments by pdfdetach."""
    out = tmp_path / "detached"
    out.mkdir(exist_ok=True)
    _run("pdfdetach", "-saveall", "-o", str(out), str(_file(pdf, tmp_path)))
    return {path.name: path.read_bytes() for path in out.iterdir()}


def _file(pdf: bytes, tmp_path: Path) -> Path:
    file = tmp_path / "document.pdf"
    file.write_bytes(pdf)
    return file


def _run(*command: str) -> str:
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    return answer.stdout
