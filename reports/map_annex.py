"""Texts under versions as an annex: line by line, so that the version's SHA-256 follows again.

A version is the canonical JSON of its files (privacy/datamap/versions.py); from the annex
anybody puts the files together again and compares the digest with the log.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from privacy.datamap.packing import digest_of, packed
from reports import annex
from reports.annex import Annex, Layout, Written

COLUMNS = ("version", "file", "line", "text")


def layout(name: str, what: str) -> Layout:
    """How the lines are laid out: which version, which file, its line from 1, the text.

    JSON keeps every sign of a line, also the carriage return that a CSV reader drops.
    """
    return Layout(name, what, COLUMNS, type_column="file", form="jsonl")


def write(name: str, what: str, versions: Sequence[Mapping[str, str]]) -> Written:
    """The annex of these versions, each the texts of its files by name."""
    return annex.write(layout(name, what), _rows(versions))


def read(held: Annex, content: bytes) -> list[dict[str, str]]:
    """The versions again. ValueError where rows are not in their order."""
    found: list[dict[str, str]] = []
    for version, file, line, text in annex.read(held, content):
        if version == str(len(found) + 1):
            found.append({})
        if version != str(len(found)):
            raise ValueError("version")
        texts = found[-1]
        if line == "1" and file not in texts:
            texts[file] = text
        elif file == next(reversed(texts), None) and line == str(texts[file].count("\n") + 2):
            texts[file] += "\n" + text
        else:
            raise ValueError("line")
    return found


def digest(texts: Mapping[str, str]) -> str:
    """The SHA-256 by which the log names a version of these texts."""
    return digest_of(packed(texts))


def _rows(versions: Sequence[Mapping[str, str]]) -> Iterator[tuple[str, str, str, str]]:
    for number, texts in enumerate(versions, 1):
        for file in sorted(texts):
            for line, text in enumerate(texts[file].split("\n"), 1):
                yield str(number), file, str(line), text
