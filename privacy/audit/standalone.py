"""Verify an audit bundle with nothing but Python: no package, no network.

Usage: python3 -I verify.py [BUNDLE.zip or its folder] [--first-key KEY]
       [--anchor FILE]... [--max-tail N]

Exit codes: 0 intact, 2 unreadable, 3 altered, 4 truncated or rolled back,
5 fork, 6 more than N entries without an anchor. The smallest that applies wins.

This file stands alone on purpose: it shares no code with the desk that wrote
the bundle. Hashes: RFC 6962. Notes: C2SP signed-note. Signatures: RFC 8032.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

ALTERED, ROLLED_BACK, FORK, STALE = 3, 4, 5, 6
EMPTY_ROOT = hashlib.sha256().digest()

# -- Ed25519 (RFC 8032, section 5.1.7) ----------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]


def point(data: bytes) -> Point:
    """A point from its 32 bytes; ValueError if it is none."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if len(data) != 32 or y >= P:
        raise ValueError("no point")
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        raise ValueError("no point")
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(scalar: int, p: Point) -> Point:
    result: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, p)
        p, scalar = add(p, p), scalar >> 1
    return result


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_signed(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` (64 bytes) is the key's over `message`."""
    if len(signature) != 64:
        return False
    try:
        a = point(key)
    except ValueError:
        return False
    s = int.from_bytes(signature[32:], "little")
    if s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    x, y, z, _ = add(times(s, BASE), times(k, (P - a[0], a[1], a[2], P - a[3])))
    inverse = pow(z, P - 2, P)
    x, y = x * inverse % P, y * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


# -- notes and checkpoints ----------------------------------------------------------------


def strict_base64(text: str) -> bytes:
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError("base64")
    return data


def read_key(text: str) -> tuple[str, bytes, bytes]:
    """Name, key id and public key of a verifier key `name+id+base64`."""
    name, key_id, encoded = text.strip().split("+", 2)
    data = strict_base64(encoded)
    wanted = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
    if len(data) != 33 or data[0] != 1 or wanted.hex() != key_id:
        raise ValueError("verifier key")
    return name, wanted, data[1:]


def read_checkpoint(data: bytes) -> dict[str, Any]:
    """Text, origin, size, root and signatures of a signed checkpoint. ValueError if malformed."""
    text, blank, lines = data.decode("utf-8").rpartition("\n\n")
    parts = text.split("\n")
    if not blank or not lines.endswith("\n") or len(parts) < 3 or not all(parts):
        raise ValueError("checkpoint")
    if not re.fullmatch("0|[1-9][0-9]{0,19}", parts[1]) or len(strict_base64(parts[2])) != 32:
        raise ValueError("checkpoint")
    signatures = []
    for line in lines[:-1].split("\n"):
        dash, name, blob = line.split(" ")
        if dash != "\u2014":
            raise ValueError("signature")
        raw = strict_base64(blob)
        signatures.append((name, raw[:4], raw[4:]))
    return {
        "text": (text + "\n").encode(),
        "origin": parts[0],
        "size": int(parts[1]),
        "root": strict_base64(parts[2]),
        "signatures": signatures,
    }


# -- the log ------------------------------------------------------------------------------


class Tree:
    """The Merkle tree of RFC 6962, grown leaf by leaf."""

    def __init__(self) -> None:
        self.size = 0
        self._parts: list[bytes] = []

    def append(self, data: bytes) -> None:
        node, size = hashlib.sha256(b"\x00" + data).digest(), self.size
        while size & 1:
            node = hashlib.sha256(b"\x01" + self._parts.pop() + node).digest()
            size >>= 1
        self._parts.append(node)
        self.size += 1

    def root(self) -> bytes:
        if not self._parts:
            return EMPTY_ROOT
        node = self._parts[-1]
        for left in reversed(self._parts[:-1]):
            node = hashlib.sha256(b"\x01" + left + node).digest()
        return node


class Verification:
    """One run: what was found, worst first."""

    def __init__(self) -> None:
        self.findings: list[tuple[int, str]] = []
        self.tree = Tree()
        self.roots = {0: EMPTY_ROOT}
        self.days: list[tuple[str, bytes, bytes, int]] = []
        self.origin = ""
        self.anchored = 0

    def entries(self, lines: list[bytes], wanted: set[int]) -> None:
        """Grow the tree; each `log.day_closed` at index c brings the key of sizes above c + 1."""
        for index, line in enumerate(lines):
            try:
                self._entry(index, line, wanted)
            except (ValueError, KeyError, TypeError, RecursionError):
                self.findings.append((ALTERED, f"entry {index} cannot be read"))
            self.tree.append(line)
            if self.tree.size in wanted:
                self.roots[self.tree.size] = self.tree.root()

    def _entry(self, index: int, line: bytes, wanted: set[int]) -> None:
        entry = json.loads(line)
        again = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        if again.encode() != line:
            raise ValueError("not canonical")
        if index == 0:
            if entry["action"] != "log.opened":
                raise ValueError("no beginning")
            self.origin = entry["object"]
            self.days.append((*read_key(entry["verifier"]), 0))
        elif entry["action"] == "log.day_closed":
            self.days.append((*read_key(entry["verifier"]), index + 1))
            wanted.add(index + 1)

    def checkpoints(self, notes: dict[str, bytes]) -> None:
        """Signatures by the key of the day, roots, certificates."""
        good: set[int] = set()
        contrary: list[tuple[str, int]] = []
        for name, data in sorted(notes.items()):
            try:
                checkpoint = read_checkpoint(data)
            except ValueError:
                self.findings.append((ALTERED, f"{name} cannot be read"))
                continue
            size = checkpoint["size"]
            if not self._is_signed(checkpoint):
                self.findings.append((ALTERED, f"{name} is not signed by the key of its day"))
            elif size > self.tree.size:
                self._too_short(name, size)
            elif self.roots[size] == checkpoint["root"]:
                good.add(size)
            else:
                contrary.append((name, size))
        for name, size in contrary:
            self._contradicted(name, size, good)
        for _, _, _, after in self.days[1:]:
            if after not in good:
                self.findings.append((ALTERED, f"no checkpoint certifies the key turn at {after}"))
        self.good = good

    def _is_signed(self, checkpoint: dict[str, Any]) -> bool:
        size = checkpoint["size"]
        fitting = [day for day in self.days if day[3] < size]
        if not fitting or checkpoint["origin"] != self.origin:
            return False
        name, key_id, key, _ = fitting[-1]
        mine = [s for n, i, s in checkpoint["signatures"] if (n, i) == (name, key_id)]
        if mine:
            return all(is_signed(key, checkpoint["text"], each) for each in mine)
        # A key of a later day, whose certificate was cut off with the entries.
        ids = {i for _, i, _ in checkpoint["signatures"]}
        return size > self.tree.size and not ids & {day[1] for day in self.days}

    def _contradicted(self, name: str, size: int, good: set[int]) -> None:
        start = max((each for each in good if each < size), default=0)
        if any(each >= size for each in good):
            self.findings.append((FORK, f"{name} belongs to another history of this log"))
        else:
            text = f"{name} does not fit: an entry from {start} to {size - 1} was changed"
            self.findings.append((ALTERED, text))

    def _too_short(self, name: str, size: int) -> None:
        text = (
            f"{name} is of {size} entries, {self.tree.size} are there; {self.tree.size} is missing"
        )
        self.findings.append((ROLLED_BACK, text))

    def anchor(self, name: str, data: bytes) -> None:
        """A checkpoint kept elsewhere: only its size and root count."""
        checkpoint = read_checkpoint(data)
        size = checkpoint["size"]
        if size > self.tree.size:
            self._too_short(name, size)
        elif self.roots[size] != checkpoint["root"]:
            self._contradicted(name, size, self.good)
        else:
            self.anchored = max(self.anchored, size)


def load(place: Path) -> dict[str, bytes]:
    """The bundle's files by name."""
    if place.is_dir():
        found = [path for path in place.rglob("*") if path.is_file()]
        return {path.relative_to(place).as_posix(): path.read_bytes() for path in found}
    with zipfile.ZipFile(place) as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


def run(arguments: argparse.Namespace) -> int:
    files = load(arguments.bundle)
    lines = files["entries.jsonl"].split(b"\n")
    if lines.pop() != b"":
        raise ValueError("entries.jsonl does not end with a newline")
    notes = {name: data for name, data in files.items() if name.startswith("checkpoints/")}
    anchors = {path.name: path.read_bytes() for path in arguments.anchor}
    wanted = set()
    for data in (*notes.values(), *anchors.values()):
        try:
            wanted.add(int(read_checkpoint(data)["size"]))
        except ValueError:
            continue
    verification = Verification()
    verification.entries(lines, wanted)
    if (
        arguments.first_key
        and arguments.first_key.strip() != files["first-key.txt"].decode().strip()
    ):
        verification.findings.append((ALTERED, "the first key is not the one that was given"))
    stated = read_key(files["first-key.txt"].decode())
    if not verification.days or verification.days[0][:3] != stated:
        verification.findings.append((ALTERED, "the log does not begin with first-key.txt"))
    verification.checkpoints(notes)
    for name, data in anchors.items():
        verification.anchor(name, data)
    return report(verification, arguments.max_tail)


def report(verification: Verification, max_tail: int | None) -> int:
    size = verification.tree.size
    tail = size - verification.anchored
    findings = list(verification.findings)
    if max_tail is not None and tail > max_tail:
        findings.append((STALE, f"{tail} entries have no anchor; {max_tail} are allowed"))
    findings.sort()
    say = sys.stdout.write
    say(f"log        {verification.origin}\n")
    say(f"entries    {size}, root {base64.b64encode(verification.tree.root()).decode()}\n")
    say(f"day keys   {len(verification.days)}, checkpoints that hold {len(verification.good)}\n")
    say(f"unsigned   {size - max(verification.good, default=0)} entries\n")
    say(f"unanchored {tail} entries after the last anchor that was given\n")
    for code, text in findings:
        say(f"WRONG ({code}) {text}\n")
    code = findings[0][0] if findings else 0
    say(("intact" if code == 0 else f"NOT INTACT: exit code {code}") + "\n")
    return code


def main() -> int:
    parser = argparse.ArgumentParser(description="Verify an audit bundle of rightsdesk.")
    here = Path(__file__).resolve().parent
    parser.add_argument("bundle", nargs="?", type=Path, default=here, help="zip or folder")
    parser.add_argument("--first-key", help="the log's first verifier key, as you know it")
    parser.add_argument("--anchor", action="append", type=Path, default=[], help="a checkpoint")
    parser.add_argument("--max-tail", type=int, help="entries that may be without an anchor")
    try:
        return run(parser.parse_args())
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        sys.stderr.write(f"cannot read the bundle: {type(error).__name__}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
