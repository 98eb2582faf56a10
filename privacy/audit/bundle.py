"""The offline bundle: what somebody else needs to verify the log, in one zip.

The zip holds the entries as they were hashed, one a line, every checkpoint, the
first verifier key, a dictionary of the fields, and a one-file verifier that
needs Python alone. It is the same bytes for the same log.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from importlib.resources import files

from privacy.audit.entry import parse
from privacy.audit.note import Checkpoint, Note
from privacy.errors import BadInput, VerificationError

ENTRIES, FIRST_KEY = "entries.jsonl", "first-key.txt"
NEVER = (1980, 1, 1, 0, 0, 0)
LONGEST_BUNDLE_BYTES = 4 << 30

COLUMNS = {
    "v": "Version of the entry's format: 1.",
    "id": "Random id of the entry.",
    "ts": "Instant of the entry, RFC 3339 in UTC with microseconds.",
    "actor": "Staff or program id of who acted; `rightsdesk` for the desk itself.",
    "action": "What was done, as noun.verb.",
    "purpose": "Purpose of an opening or a call.",
    "subjects": "Pseudonyms of the data subjects: keyed, per month, dead with the person's key.",
    "object": "Public id of the thing acted on; in log.opened the log's origin.",
    "request": "Public id of the rights request.",
    "fields": "Names of fields or ids touched, never their values.",
    "outcome": "How it ended, one word or a rule's id.",
    "count": "How many; in log.anchored the tree size.",
    "counts": "How many of each kind.",
    "digest": "SHA-256 in hex of a document or batch; in log.anchored the root.",
    "root": "Root in hex over the digests of a batch's sealed parts.",
    "file": "SHA-256 in hex of an imported file.",
    "rows_done": "How many rows of an import were done.",
    "recipient": "Organisation that was given data.",
    "given_at": "Instant at which data was given, where it was noted later.",
    "source": "Where data came from, one word.",
    "basis": "Lawful basis on which data was taken in.",
    "obtained_on": "Date on which data was obtained.",
    "custody": "Kind of key custody.",
    "places": "Places where a key was destroyed.",
    "verifier": "A day key: in log.opened the first, in log.day_closed the next.",
    "format": "Format of this log, in its first entry.",
}

README = """AUDIT BUNDLE OF {origin}

{size} entries, {checkpoints} checkpoints.
First verifier key (compare it with the one that you were given earlier):
{first_key}

entries.jsonl   one entry a line, the exact bytes that were hashed (RFC 8785 JSON)
checkpoints/    signed sizes and roots of the log (C2SP checkpoints), by size
first-key.txt   the key that signed first; later keys stand in log.day_closed entries
columns.json    what each field means
verify.py       verifies all of this; needs Python 3.11 or newer and nothing else

Verify everything:
    python3 -I verify.py
Verify against a checkpoint that you kept earlier, or copied from a report:
    python3 -I verify.py --anchor kept-checkpoint.txt
Exit codes: 0 intact, 2 unreadable, 3 altered, 4 truncated or rolled back, 5 fork,
6 more entries without an anchor than --max-tail allows.

By hand, with public tools only:
    leaf hash of entry N (counted from 1):
        {{ printf '\\000'; sed -n Np entries.jsonl | tr -d '\\n'; }} | sha256sum
    signature of a checkpoint (text = the lines above the empty line):
        sed '/^$/,$d' checkpoints/FILE > text
        grep '^\u2014' checkpoints/FILE | cut -d' ' -f3 | base64 -d | tail -c 64 > sig
        cut -d+ -f3- first-key.txt | base64 -d | tail -c 32 > raw
        {{ printf '0*0\\005\\006\\003+ep\\003!\\000'; cat raw; }} > key.der
        openssl pkeyutl -verify -rawin -in text -sigfile sig -pubin -keyform DER -inkey key.der

What a valid bundle shows: these entries, in this order, are those that were
signed for, and nothing before a checkpoint that you hold was changed, removed
or put in later. It does not show that an entry was true when it was written,
nor anything about entries after your newest checkpoint.
"""


def make_bundle(entries: Iterable[bytes], checkpoints: Sequence[bytes]) -> bytes:
    """The zip for these entries (from the first on) and signed notes."""
    lines = list(entries)
    genesis = parse(lines[0]) if lines else {}
    first_key, origin = str(genesis.get("verifier", "")), str(genesis.get("object", ""))
    contents = {
        "README.txt": README.format(
            origin=origin, size=len(lines), checkpoints=len(checkpoints), first_key=first_key
        ).encode(),
        "verify.py": (files("privacy.audit") / "standalone.py").read_bytes(),
        FIRST_KEY: first_key.encode() + b"\n",
        "columns.json": json.dumps(COLUMNS, indent=1).encode() + b"\n",
        ENTRIES: b"".join(line + b"\n" for line in lines),
    }
    for note in checkpoints:
        size = Checkpoint.parse(Note.parse(note).text).size
        contents[f"checkpoints/{size:012d}.txt"] = note
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in contents.items():
            item = zipfile.ZipInfo(name, NEVER)
            item.compress_type = zipfile.ZIP_DEFLATED
            item.external_attr = 0o644 << 16
            bundle.writestr(item, content)
    return buffer.getvalue()


def read_bundle(data: bytes) -> tuple[list[bytes], list[bytes], str]:
    """Entries, checkpoints and first key of a bundle. BadInput if it is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as bundle:
            if sum(item.file_size for item in bundle.infolist()) > LONGEST_BUNDLE_BYTES:
                raise _unreadable()
            lines = bundle.read(ENTRIES).split(b"\n")
            names = sorted(n for n in bundle.namelist() if n.startswith("checkpoints/"))
            notes = [bundle.read(name) for name in names]
            first_key = bundle.read(FIRST_KEY).decode().strip()
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, NotImplementedError):
        raise _unreadable() from None
    if lines.pop() != b"":
        raise _unreadable()
    return lines, notes, first_key


def anchor_of(data: bytes) -> Checkpoint:
    """The checkpoint in a kept file. BadInput if it is none."""
    try:
        return Checkpoint.parse(Note.parse(data).text)
    except VerificationError:
        raise BadInput(
            "That file holds no checkpoint.",
            what="anchor",
            next="Give a file that `rightsdesk audit anchor` wrote.",
        ) from None


def digest(data: bytes) -> str:
    """SHA-256 in hex, for the entry that tells of the export."""
    return hashlib.sha256(data).hexdigest()


def _unreadable() -> BadInput:
    return BadInput(
        "That file is no audit bundle.",
        what="bundle",
        next="Give a zip that `rightsdesk audit export` wrote.",
    )
