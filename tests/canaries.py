"""Byte search for values that must not stand in any file.

A value is looked for plain (UTF-8, UTF-16, JSON escapes), in base64 at each of its three
alignments and in both alphabets, in hexadecimal, and as its SHA-256 (bytes and
hexadecimal, also when cut to the first 8 bytes). Names of files count as content.
Compressed and encrypted content is seen as it lies there: it is not unpacked.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

SHORTEST = 8
"""Characters below which a value occurs by chance, and bytes that are compared first."""

BLOCK = 1 << 20


@dataclass(frozen=True)
class Leak:
    """A value found: in which file, in which form, at which byte (-1: in the file's name)."""

    path: Path
    value: str
    form: str
    offset: int


def find_leaks(folder: Path, values: Iterable[str]) -> list[Leak]:
    """Every file under `folder` in which one of `values` stands, at most once per form and file.

    Raises ValueError for a value of fewer than 8 characters: it would be found by chance.
    """
    needles = _needles(values)
    leaks = []
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder)).encode()
        leaks += [Leak(path, value, form, -1) for value, form, _ in _search(name, needles)]
        if path.is_file() and not path.is_symlink():
            found = {(value, form): offset for value, form, offset in _search_file(path, needles)}
            leaks += [Leak(path, value, form, at) for (value, form), at in found.items()]
    return leaks


def forms(value: str) -> Iterator[tuple[str, bytes]]:
    """The ways in which a value may hide, each with its name."""
    plain = value.encode()
    yield "plain", plain
    yield "utf-16", value.encode("utf-16-le")
    yield "json", json.dumps(value)[1:-1].encode()
    yield "hex", plain.hex().encode()
    yield "HEX", plain.hex().upper().encode()
    digest = hashlib.sha256(plain)
    yield "sha256", digest.digest()[:SHORTEST]
    yield "sha256 hex", digest.hexdigest()[: 2 * SHORTEST].encode()
    for shift in range(3):
        yield f"base64+{shift}", _base64(plain, shift)
        yield f"base64url+{shift}", _base64(plain, shift).translate(bytes.maketrans(b"+/", b"-_"))


def _base64(plain: bytes, shift: int) -> bytes:
    """The characters that `plain` alone decides when `shift` bytes stand before it."""
    encoded = base64.b64encode(bytes(shift) + plain)
    return encoded[(0, 2, 3)[shift] : (shift + len(plain)) * 8 // 6]


def _needles(values: Iterable[str]) -> dict[bytes, list[tuple[bytes, str, str]]]:
    """Needles by their first bytes, so that one pass over a file serves thousands of them."""
    needles: dict[bytes, dict[bytes, tuple[str, str]]] = defaultdict(dict)
    for value in set(values):
        if len(value) < SHORTEST:
            raise ValueError(f"a value of {len(value)} characters would be found by chance")
        for form, needle in forms(value):
            needles[needle[:SHORTEST]].setdefault(needle, (value, form))
    return {
        first: [(needle, value, form) for needle, (value, form) in each.items()]
        for first, each in needles.items()
    }


def _search_file(
    path: Path, needles: dict[bytes, list[tuple[bytes, str, str]]]
) -> Iterator[tuple[str, str, int]]:
    longest = max((len(n) for each in needles.values() for n, _, _ in each), default=SHORTEST)
    start, kept = 0, b""
    with path.open("rb") as handle:
        while block := handle.read(BLOCK):
            data = kept + block
            for value, form, offset in _search(data, needles):
                yield value, form, start + offset
            kept = data[-longest:]
            start += len(data) - len(kept)


def _search(
    data: bytes, needles: dict[bytes, list[tuple[bytes, str, str]]]
) -> Iterator[tuple[str, str, int]]:
    windows = {data[at : at + SHORTEST] for at in range(len(data) - SHORTEST + 1)}
    for first in needles.keys() & windows:
        for needle, value, form in needles[first]:
            offset = data.find(needle)
            if offset >= 0:
                yield value, form, offset
