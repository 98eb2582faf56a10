"""The proof that a document stands in an audit log, checked from the document alone.

`log-proof.json`: a signed checkpoint, the key that signed it, entries with their inclusion
proofs, and the way from the checkpoint that the pages name. The key stands in the file: it
ties the parts to each other, and to a log only for who knows the log's key.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from privacy.audit.entry import parse
from privacy.audit.note import Checkpoint, Note, Verifier, strict_base64
from privacy.audit.tree import hash_leaf, verify_consistency, verify_inclusion
from privacy.errors import Altered, BadInput, NotProven, VerificationError
from reports.canonical import canonical
from reports.render import Anchor

SCHEMA = "rightsdesk.log-proof/1"
KEY_MADE = "report_key.made"
RUN_WRITTEN = "print_run.written"
MOST_ENTRIES = 10
LONGEST_PROOF = 128


@dataclass(frozen=True)
class Proof:
    """A proof that holds in itself. `entries` were in the log when `checkpoint` was signed."""

    checkpoint: Checkpoint
    note: bytes
    verifier: Verifier
    entries: tuple[dict[str, Any], ...]
    from_printed: tuple[bytes, ...]

    def entry(self, action: str) -> dict[str, Any] | None:
        """The proven entry of that action; None if there is none."""
        return next((each for each in self.entries if each["action"] == action), None)


def written(proof: dict[str, Any]) -> bytes:
    """The attachment for what `privacy.audit.proving.prove` gave."""
    return canonical({"schema": SCHEMA, **proof})


def read(content: bytes, most: int = MOST_ENTRIES) -> Proof:
    """The proof, with signature and inclusion checked. Altered if it does not hold, or has
    more than `most` entries."""
    try:
        document = cast(dict[str, Any], json.loads(content))
        if canonical(document) != content or document["schema"] != SCHEMA:
            raise ValueError
        note = str(document["checkpoint"]).encode()
        verifier = Verifier.parse(str(document["verifier"]))
        parsed = Note.parse(note)
        parsed.verify([verifier])
        checkpoint = Checkpoint.parse(parsed.text)
        if not document["origin"] == checkpoint.origin == verifier.name:
            raise ValueError
        rows = document["entries"]
        if not isinstance(rows, list) or not 0 < len(rows) <= most:
            raise ValueError
        entries = tuple(_proved(row, checkpoint) for row in rows)
        way = tuple(strict_base64(str(part)) for part in document["from_printed"][:LONGEST_PROOF])
    except (BadInput, VerificationError, ValueError, KeyError, TypeError, RecursionError):
        raise _broken("its checkpoint, its key or its inclusion proofs do not fit") from None
    return Proof(checkpoint, note, verifier, entries, way)


def _proved(row: dict[str, Any], checkpoint: Checkpoint) -> dict[str, Any]:
    body = str(row["entry"]).encode()
    index, parts = row["index"], row["proof"]
    if not isinstance(index, int) or not isinstance(parts, list) or len(parts) > LONGEST_PROOF:
        raise ValueError
    proof = [strict_base64(str(part)) for part in parts]
    verify_inclusion(hash_leaf(body), index, checkpoint.size, proof, checkpoint.root)
    entry = parse(body)
    for key in ("action", "ts"):
        if not isinstance(entry[key], str):
            raise ValueError
    return entry


def entry_of(proof: Proof, action: str, digest: str, thing: str) -> datetime:
    """When the entry that names `digest` was written. Altered if it names another thing."""
    entry = proof.entry(action)
    if entry is None or entry.get("digest") != digest or entry.get("object") != thing:
        raise _broken("the proven entry is of another document")
    try:
        return datetime.fromisoformat(entry["ts"])
    except ValueError:
        raise _broken("its entry has no instant") from None


def refuse_unlogged_run(proof: Proof, run: str, digest: str, root: str) -> None:
    """Altered unless the log names this print run with its digest and its Merkle root."""
    entry = proof.entry(RUN_WRITTEN) or {}
    if (entry.get("object"), entry.get("digest"), entry.get("root")) != (run, digest, root):
        raise _broken("the proven entry is of another print run")


def refuse_other_certificate(proof: Proof, fingerprint: str) -> None:
    """Altered unless the log names this certificate as the desk's own."""
    entry = proof.entry(KEY_MADE)
    if entry is None or entry.get("digest") != fingerprint:
        raise _broken("the certificate is not the one that the log names as the desk's")


def refuse_other_anchor(proof: Proof, printed: Anchor) -> None:
    """Altered unless the checkpoint that the pages name is an earlier state of this log."""
    if printed.origin != proof.checkpoint.origin:
        raise _broken("its pages name another log")
    try:
        root = base64.b64decode(printed.root_b64, validate=True)
        if printed.size == 0:
            return
        verify_consistency(
            printed.size,
            proof.checkpoint.size,
            list(proof.from_printed),
            root,
            proof.checkpoint.root,
        )
    except (VerificationError, ValueError):
        raise _broken("the checkpoint on its pages is not of this log") from None


def refuse_unknown_key(proof: Proof, known: Sequence[str]) -> None:
    """NotProven unless one of the known verifier keys signed. BadInput for a malformed one."""
    try:
        verifiers = [Verifier.parse(text.strip()) for text in dict.fromkeys(known)]
    except VerificationError:
        raise BadInput(
            "That is no verifier key.", what="--key", next="Give name+id+key, as `audit` shows it."
        ) from None
    try:
        Note.parse(proof.note).verify(verifiers)
    except VerificationError:
        raise NotProven(
            "The checkpoint is not signed by a key that you gave.",
            what="--key",
            next="Day keys change: give that day's key, or --bundle with the log itself.",
        ) from None


def _broken(how: str) -> Altered:
    return Altered(
        f"The proof of the audit log does not hold: {how}.",
        what="log proof",
        next="Do not rely on this copy; ask the desk for its log: `rightsdesk audit export`.",
    )
