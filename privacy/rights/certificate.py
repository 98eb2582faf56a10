"""What an erasure proved, kept without the person's name.

The certificate that is given to the person is rendered from this document and
names them; it is not kept. The desk keeps this document and its digest. It is
made after the epoch turn, says where and how the old key was destroyed, which
classes of keys live on and why, and what the proof does not cover.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from privacy.clock import rfc3339
from privacy.rights import erasing_store, store
from privacy.rights.plan import Kept, text_of
from privacy.storage.unit import Unit
from privacy.terms import KeyClass

OUTSIDE = (
    "Copies of the epoch key file that other software made (file system snapshots, machine"
    " backups) are outside this proof: the epoch key belongs in no backup.",
    "Packages and reports that were handed out before are with their recipients.",
)


def make(
    unit: Unit,
    request_id: str,
    epoch: int,
    kept: Sequence[Kept],
    destroyed: Sequence[KeyClass],
    wraps_found: int | None,
) -> str:
    """The text of the certificate's document; the steps are done by now."""
    done = erasing_store.steps(unit.db, request_id)
    case = store.case(unit.db, request_id)
    custody, places = erasing_store.epoch_turn(unit.db, epoch)
    stored: dict[str, Any] = json.loads(case.plan) if case.plan else {}
    document = {
        "schema": "rightsdesk.erasure-certificate/1",
        "request": request_id,
        "law": case.law,
        "received": rfc3339(case.received_at),
        "erased": rfc3339(unit.now),
        "people": stored.get("people"),
        "records": stored.get("records", {}),
        "planned_by": case.planned_by,
        "approved_by": case.approved_by,
        "plan_sha256": case.plan_sha256,
        "destroyed": [key_class.value for key_class in destroyed],
        "kept": [
            {
                "key_class": each.key_class.value,
                "what": each.what,
                "ground": each.ground,
                "citation": each.citation,
                "until": each.until_on.isoformat(),
            }
            for each in kept
        ],
        "steps": [
            {
                "number": step.number,
                "name": step.name,
                "what": step.what,
                "done": None if step.done_at is None else rfc3339(step.done_at),
                "entry": step.entry_id,
            }
            for step in done.values()
        ],
        "epoch": {"number": epoch, "custody": custody, "places": json.loads(places)},
        "read_back": {
            "keys": 0,
            "rows": 0,
            # None: the deleted bytes were not searched for (PostgreSQL, or after a restart).
            "wraps_in_files": wraps_found,
        },
        "outside_the_proof": list(OUTSIDE),
    }
    return text_of(document)
