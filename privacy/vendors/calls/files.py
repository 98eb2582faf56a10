"""The files of one export: plain, gzip, or members of a zip, as text from the beginning.

Files are read as they stand and never unpacked to disk. The digest is of the file as it was
given, so that the vendor can compare it with what it sent.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from privacy.errors import BadInput

BLOCK_BYTES = 1 << 20
HEAD_CHARACTERS = 1 << 16
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
NOT_TEXT = (b"PAR1", b"SQLite format 3\x00", b"%PDF-", b"\xd0\xcf\x11\xe0", b"BZh", b"7z\xbc\xaf")
WORKBOOK = "[Content_Types].xml"
MOST_MEMBERS = 10_000
UNPACKED = (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile, RuntimeError)
"""What a broken archive raises; RuntimeError is a member that has a password."""


@dataclass(frozen=True)
class Part:
    """One text of an export: a file, or a member of an archive. It has no repr of its name."""

    path: Path
    kind: str
    member: str = ""

    def __repr__(self) -> str:
        return f"Part({self.kind})"

    @contextmanager
    def text(self) -> Iterator[IO[str]]:
        """The text. BadInput where it cannot be read.

        Bytes that are no text stand as `\\xe9`: two names that differ only in them stay two.
        """
        with _failures(), self._bytes() as raw:
            head = io.BufferedReader(raw, BLOCK_BYTES)  # type: ignore[type-var]
            wrapper = io.TextIOWrapper(
                head, encoding=_encoding(head.peek(4)[:4]), errors="backslashreplace", newline=""
            )
            yield wrapper

    def head(self) -> str:
        """Its first characters, to know the format by."""
        with self.text() as text:
            return text.read(HEAD_CHARACTERS)

    @contextmanager
    def _bytes(self) -> Iterator[IO[bytes]]:
        if self.kind == "gzip":
            with gzip.open(self.path) as raw:
                yield raw  # type: ignore[misc]
        elif self.kind == "zip":
            with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as raw:
                yield raw
        else:
            with self.path.open("rb", buffering=0) as raw:
                yield raw


@dataclass(frozen=True)
class File:
    """One file as it was given: digest and size of its bytes, and the texts in it."""

    sha256: str
    size: int
    parts: tuple[Part, ...]


def look_at(path: Path) -> File:
    """Digest and parts of a file. BadInput: cannot be read, empty, no text."""
    with _failures():
        digest, size = hashlib.sha256(), 0
        with path.open("rb") as raw:
            head = raw.read(64)
            raw.seek(0)
            while block := raw.read(BLOCK_BYTES):
                digest.update(block)
                size += len(block)
        if not size:
            raise BadInput("The file is empty.", what="file", next="Ask the vendor again.")
        packed = head.startswith((GZIP, ZIP))
        if head.startswith(NOT_TEXT) or (
            b"\x00" in head and not packed and not head.startswith(_MARKS)
        ):
            raise _no_text()
        return File(digest.hexdigest(), size, _parts(path, head))


def _parts(path: Path, head: bytes) -> tuple[Part, ...]:
    if head.startswith(GZIP):
        return (Part(path, "gzip"),)
    if not head.startswith(ZIP):
        return (Part(path, "plain"),)
    with zipfile.ZipFile(path) as archive:
        names = [each.filename for each in archive.infolist() if not each.is_dir()]
    if WORKBOOK in names:
        raise _no_text()
    if not names or len(names) > MOST_MEMBERS:
        raise BadInput(
            "The archive holds no file, or too many.", what="file", next="Unpack it yourself."
        )
    return tuple(Part(path, "zip", name) for name in sorted(names))


_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def _encoding(head: bytes) -> str:
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8"


def _no_text() -> BadInput:
    return BadInput(
        "This is no text: a workbook, a database or another binary file.",
        what="file",
        next="Ask for the export as CSV or JSON; gzip and zip may stay.",
    )


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadInput(
            f"The file cannot be read ({type(error).__name__}).",
            what="file",
            next="Check its path and owner.",
        ) from None
    except UNPACKED as error:
        raise BadInput(
            f"The archive is broken or has a password ({type(error).__name__}).",
            what="file",
            next="Ask the vendor for it again, or unpack it yourself.",
        ) from None
