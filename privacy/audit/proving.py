"""What a document carries to prove that entries stand in the log: no log needed to check.

The checkpoint is signed after the entries were written, so it covers them.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from privacy.audit.looking import Question, find
from privacy.audit.note import Checkpoint, Note, Verifier
from privacy.audit.store import Log, TileReader
from privacy.audit.tree import consistency_proof_from_tiles
from privacy.desk import Desk
from privacy.errors import Fault

MOST_DAYS = 5000


def prove(desk: Desk, entry_ids: Sequence[str], printed_size: int) -> dict[str, Any]:
    """Checkpoint, its key, each entry with its inclusion proof, and the way from `printed_size`.

    JSON-ready; hashes in base64. `printed_size` is the size of the checkpoint that the
    document's pages name; 0 if they name none.
    """
    desk.sign_checkpoint()
    note = desk.signing.files.signed().note
    checkpoint = Checkpoint.parse(Note.parse(note.encode()).text)
    with desk.snapshot() as db:
        tiles = TileReader(db)
        way = (
            consistency_proof_from_tiles(printed_size, checkpoint.size, tiles)
            if 0 < printed_size < checkpoint.size
            else []
        )
        return {
            "origin": checkpoint.origin,
            "checkpoint": note,
            "verifier": _verifier_of(desk, db, note),
            "from_printed": [_b64(part) for part in way],
            "entries": [_proved(desk.log, db, each, checkpoint.size) for each in entry_ids],
        }


def _proved(log: Log, db: Connection, entry_id: str, size: int) -> dict[str, Any]:
    index = log.index_of(db, entry_id)
    (_, body), *_ = log.bodies(db, index, index + 1)
    proof = log.inclusion(db, index, size)
    return {"index": index, "entry": body.decode(), "proof": [_b64(part) for part in proof]}


def _verifier_of(desk: Desk, db: Connection, note: str) -> str:
    """The day key that signed: the one in force, or one that the log names."""
    ids = {signature.key_id for signature in Note.parse(note.encode()).signatures}
    texts = [desk.signing.verifier_text()]
    for action in ("log.day_closed", "log.opened"):
        found = find(db, Question(action, None, None, None, MOST_DAYS))
        texts += [entry["verifier"] for _, entry in reversed(found)]
    for text in texts:
        if Verifier.parse(text).key_id in ids:
            return str(text)
    raise Fault("The key of the last checkpoint is not in the log.", what="checkpoint")


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
