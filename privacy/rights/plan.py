"""The erasure plan: every step before the first one happens, what dies and what is kept. Pure.

The plan holds to whom it applies by a digest of the subject ids, so that a
merge after the approval is noticed. A class of keys outlives the erasure only
if records stand under it and a ground of the law pack names it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from privacy.rights import pack, refusal_grounds
from privacy.rights.case import Kind
from privacy.rights.plan_items import STAYS_SEALED, Reason
from privacy.terms import KeyClass

ALWAYS_DESTROYED = (KeyClass.CALL, KeyClass.DESK)
# A ground that is a retention rule of the desk, and what it is called.
RULE = "rr-"
BY_RULE = "records that a rule of the controller keeps for a legal duty or claims"
MAY_BE_KEPT = (KeyClass.CONSENT, KeyClass.CALLS)


@dataclass(frozen=True)
class Kept:
    """A class of keys that outlives the erasure; `until_on` is its last day."""

    key_class: KeyClass
    ground: str
    what: str
    citation: str
    until_on: date


@dataclass(frozen=True)
class PlannedStep:
    number: int
    name: str
    what: str


STEPS = (
    PlannedStep(1, "announce", "Write one line a person into the ledger of no, made durable."),
    PlannedStep(
        2,
        "close",
        "Close the person for every opening, permit and redemption; suppress each number and"
        " e-mail; put their keyed tags on the list of the erased.",
    ),
    PlannedStep(3, "calls_end", "Wait until no call to the person is live."),
    PlannedStep(
        4, "delete_keys", "Delete the wrapped keys and index rows; truncate the vault's log file."
    ),
    PlannedStep(
        5,
        "strip",
        "Delete profile and contact points; take subject, number tag and sealed facts from what"
        " figures rest on.",
    ),
    PlannedStep(
        6, "turn_epoch", "Turn the epoch: destroy the key that opens every older copy of the vault."
    ),
    PlannedStep(7, "read_back", "Look whether anything is left, and issue the certificate."),
)
# The steps that a runner does, by kind of request; a plan lists them before the first happens.
CORRECTION_STEPS = (
    PlannedStep(
        1, "refusals", "What the person refused at an old number or e-mail holds at the new one."
    ),
    PlannedStep(2, "index", "Make the person found by the new values."),
    PlannedStep(3, "write", "Replace the profile; keep the one before, sealed, as history."),
    PlannedStep(4, "unindex", "Stop the person from being found by the old values."),
    PlannedStep(5, "recipients", "List who was given the old data and is to be told."),
)
RESTRICTION_STEPS = (
    PlannedStep(1, "restrict", "Restrict every record of the person to storage, durably."),
    PlannedStep(2, "recipients", "List who was given the data and is to be told."),
)
OBJECTION_STEPS = (
    PlannedStep(1, "withdraw", "End every purpose on every channel for the person, durably."),
    PlannedStep(2, "recipients", "List who was given the data and is to be told."),
)
STEPS_OF: dict[Kind, tuple[PlannedStep, ...]] = {
    Kind.ERASURE: STEPS,
    Kind.RECTIFICATION: CORRECTION_STEPS,
    Kind.RESTRICTION: RESTRICTION_STEPS,
    Kind.OBJECTION: OBJECTION_STEPS,
}


@dataclass(frozen=True)
class ErasurePlan:
    """What an erasure will do. `people` counts the subjects that merges join."""

    request_id: str
    law: str
    people: int
    people_sha256: str
    destroyed: tuple[KeyClass, ...]
    kept: tuple[Kept, ...]
    records: Mapping[str, int]
    steps: tuple[PlannedStep, ...] = STEPS

    def keeping(self) -> dict[KeyClass, Reason]:
        """Why each kept class is kept, for the lines of the plan."""
        return {
            each.key_class: Reason(
                f"{each.what}: {STAYS_SEALED}",
                each.ground,
                each.citation,
                each.until_on.isoformat(),
                f"until {each.until_on.isoformat()}, then the key dies by itself",
            )
            for each in self.kept
        }

    def document(self) -> dict[str, Any]:
        """JSON-ready, and the same plan again through `from_document`."""
        document = asdict(self)
        document["destroyed"] = [key_class.value for key_class in self.destroyed]
        document["kept"] = [
            {**asdict(kept), "key_class": kept.key_class.value, "until_on": str(kept.until_on)}
            for kept in self.kept
        ]
        document["steps"] = [asdict(step) for step in self.steps]
        document["records"] = dict(self.records)
        return document


def make(
    request_id: str,
    law: str,
    people: Collection[int],
    people_sha256: str,
    regions: Collection[str],
    last_records: Mapping[KeyClass, datetime],
    records: Mapping[str, int],
    refused: Collection[Kept] = (),
) -> ErasurePlan:
    """The plan for persons with numbers in those countries and their latest records by class.

    `refused`: classes whose erasure is refused in part; of two grounds the longer holds.
    """
    kept: list[Kept] = []
    for key_class in MAY_BE_KEPT:
        if key_class in last_records:
            found = [*_kept(key_class, regions, last_records)]
            found += [each for each in refused if each.key_class is key_class]
            kept.extend([max(found, key=lambda each: each.until_on)] if found else [])
    held = {each.key_class for each in kept}
    destroyed = (*ALWAYS_DESTROYED, *(c for c in MAY_BE_KEPT if c not in held))
    return ErasurePlan(
        request_id, law, len(people), people_sha256, destroyed, tuple(kept), dict(records)
    )


def _kept(
    key_class: KeyClass, regions: Collection[str], last_records: Mapping[KeyClass, datetime]
) -> list[Kept]:
    """Of several grounds the one that lasts longest."""
    last_use = last_records.get(KeyClass.CALLS)
    found = [
        (ground.until(ground.latest(last_records[key_class], last_use).date()), ground)
        for ground in pack.grounds(key_class, regions)
    ]
    if not found:
        return []
    until, ground = max(found, key=lambda pair: pair[0])
    return [Kept(key_class, ground.id, ground.what, ground.citation, until)]


def from_document(document: Mapping[str, Any]) -> ErasurePlan:
    """A stored plan."""
    return ErasurePlan(
        document["request_id"],
        document["law"],
        document["people"],
        document["people_sha256"],
        tuple(KeyClass(name) for name in document["destroyed"]),
        tuple(
            Kept(
                KeyClass(kept["key_class"]),
                kept["ground"],
                kept["what"],
                kept["citation"],
                date.fromisoformat(kept["until_on"]),
            )
            for kept in document["kept"]
        ),
        dict(document["records"]),
        tuple(PlannedStep(**step) for step in document["steps"]),
    )


def text_of(document: Mapping[str, Any]) -> str:
    """The stored text of a plan's document."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """What an approval approves: SHA-256 of the plan's text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


# -- what is kept, in a line of the ledger of no ----------------------------------------


def kept_note(kept: Collection[Kept]) -> str:
    """The kept classes for a ledger line: `ground@last day@class`, by semicolons.

    The citation follows where the ground is a rule of this desk, which a restored one lacks.
    """
    return ";".join(
        f"{each.ground}@{each.until_on}@{each.key_class}"
        + (f"@{each.citation}" if each.ground.startswith(RULE) else "")
        for each in kept
    )


def kept_of_note(note: str) -> tuple[Kept, ...]:
    """What `kept_note` wrote; the class is missing in lines of the first release."""
    found = []
    for item in filter(None, note.split(";")):
        ground_id, until, key_class, citation = [*item.split("@"), "", ""][:4]
        if ground_id.startswith(RULE):
            until_on = date.fromisoformat(until)
            found.append(Kept(KeyClass(key_class), ground_id, BY_RULE, citation, until_on))
        else:
            found.append(_of_ground(ground_id, date.fromisoformat(until), key_class))
    return tuple(found)


def _of_ground(ground_id: str, until_on: date, key_class: str) -> Kept:
    """A ground for keeping, or one on which the erasure was refused in part."""
    refused = refusal_grounds.found(ground_id)
    if refused is not None:
        return Kept(KeyClass(key_class), refused.id, refused.what, refused.citation, until_on)
    kept = pack.ground(ground_id)
    return Kept(kept.key_class, kept.id, kept.what, kept.citation, until_on)
