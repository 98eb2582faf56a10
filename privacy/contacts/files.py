"""What kind of file lies there, before a row of it is read.

One pass over the bytes gives digest, size, whether it is text, and in which
encoding. A file that is no text is refused by its own name: a CSV that is
really a workbook says so. Nothing of the content stands in a message.
"""

from __future__ import annotations

import codecs
import hashlib
import io
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from privacy.errors import BadInput

BLOCK_BYTES = 1 << 16
SAMPLE_BYTES = 1 << 16

MAGIC = (
    (b"PK\x03\x04", "a ZIP archive (an Excel or OpenDocument workbook is one)"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Outlook file"),
    (b"!BDN", "an Outlook data file"),
    (b"%PDF-", "a PDF"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x1f\x8b", "a gzip file"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ\x00", "an xz file"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90\x00", "a program"),
    (b"PAR1", "a Parquet file"),
)
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CENTRAL_EUROPE = frozenset({"AL", "BA", "CZ", "HR", "HU", "ME", "PL", "RO", "RS", "SI", "SK"})
WESTERN_MARKS = frozenset("\u00a0\u2018\u2019\u201c\u201d\u2013\u2014\u2026\u20ac«»°§£©®·")
SURE = {"utf-8", "utf-8-sig", "utf-16", "utf-32", "ascii"}


@dataclass(frozen=True)
class TextFile:
    """A readable text file: its bytes' digest and size, about how many lines, its encoding."""

    path: Path
    sha256: str
    size: int
    lines: int
    encoding: str

    @property
    def guessed(self) -> bool:
        """Whether the encoding is a guess from the bytes and no certainty."""
        return self.encoding not in SURE

    def open(self) -> io.TextIOWrapper:
        """The text from its beginning; line ends as they are, unreadable bytes as U+FFFD."""
        return io.TextIOWrapper(
            self.path.open("rb"), encoding=self.encoding, errors="replace", newline=""
        )


def look_at(path: Path, encoding: str = "", region: str = "") -> TextFile:
    """Read the file once and say what it is. `encoding` overrides the guess, `region` helps it.

    BadInput when it cannot be read, is empty, or is no text.
    """
    try:
        with path.open("rb") as file:
            return _looked(path, file, encoding, region)
    except OSError as error:
        reason = type(error).__name__
        raise BadInput(
            f"The file cannot be read ({reason}).", what="file", next="Check its path and owner."
        ) from None


def _looked(path: Path, file: io.BufferedReader, encoding: str, region: str) -> TextFile:
    head = file.read(SAMPLE_BYTES)
    if not head:
        raise BadInput("The file is empty.", what="file", next="Give a file with contacts.")
    for magic, name in MAGIC:
        if head.startswith(magic):
            raise _not_text(name)
    digest, decoder = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")()
    is_utf8, nulls, size, lines = True, False, 0, 0
    odd = b""
    block = head
    while block:
        digest.update(block)
        size += len(block)
        lines += block.count(b"\n")
        nulls = nulls or b"\x00" in block
        if is_utf8:
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                is_utf8, odd = False, block
        block = file.read(BLOCK_BYTES)
    if is_utf8:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            is_utf8, odd = False, head
    chosen = _given(encoding) if encoding else _encoding(head, odd, is_utf8, nulls, region)
    return TextFile(path, digest.hexdigest(), size, max(lines, 1), chosen)


def _given(encoding: str) -> str:
    try:
        found = codecs.lookup(encoding)
    except LookupError:
        found = None
    if found is None or not found._is_text_encoding:
        raise BadInput(
            "There is no such encoding.", what="--encoding", next="Use e.g. utf-8 or cp1252."
        )
    return found.name


def _encoding(head: bytes, odd: bytes, is_utf8: bool, nulls: bool, region: str) -> str:
    for bom, name in BOMS:
        if head.startswith(bom):
            return name
    if nulls:
        # UTF-16 without a mark: mostly Latin text has every second byte zero.
        even, uneven = head[::2].count(0), head[1::2].count(0)
        half = len(head) // 2
        if uneven > half * 0.7 and even < half * 0.1:
            return "utf-16-le"
        if even > half * 0.7 and uneven < half * 0.1:
            return "utf-16-be"
        raise _not_text("binary data")
    if is_utf8:
        return "utf-8"
    return _guess(head[: SAMPLE_BYTES // 2] + odd[:SAMPLE_BYTES], region)


def _guess(sample: bytes, region: str) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    if best is None:
        raise _not_text("binary data, or text in no known encoding")
    if region not in CENTRAL_EUROPE and _is_latin(str(best)) and _is_western(sample):
        # Short lists of names are not enough to tell cp1252 from its neighbours: the most
        # common one wins where every byte makes sense in it.
        return "cp1252"
    return best.encoding


def _is_latin(text: str) -> bool:
    return all(
        unicodedata.name(c, "").startswith("LATIN")
        for c in set(text)
        if c.isalpha() and not c.isascii()
    )


def _is_western(sample: bytes) -> bool:
    try:
        odd = {c for c in sample.decode("cp1252") if not c.isascii()}
    except UnicodeDecodeError:
        return False
    return all(c.isalpha() or c in WESTERN_MARKS for c in odd)


def _not_text(name: str) -> BadInput:
    return BadInput(
        f"This is no text: it is {name}.",
        what="file",
        next="Export the contacts as CSV or vCard and import that file.",
    )
