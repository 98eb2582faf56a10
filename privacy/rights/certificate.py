"""What an erasure proved, kept without the person's name.

The certificate that is given to the person is rendered from this document and
names them; it is not kept. The desk keeps this document and its digest. It is
made after the epoch turn, says where and how the old key was destroyed, which
classes of keys live on and why, and what the proof does not cover.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from privacy.actors import Act, Actor
from privacy.clock import rfc3339
from privacy.desk import Desk
from privacy.rights import (
    approval,
    clock,
    disclosing,
    erasing_store,
    intake,
    pack,
    plan_items,
    store,
)
from privacy.rights.answer_data import Renderer, contact
from privacy.rights.case import NotNow
from privacy.rights.clock import Law, statute
from privacy.rights.erasing_store import StepRow
from privacy.rights.package import writing
from privacy.rights.plan import Kept, text_of
from privacy.storage.tables.base import table_of
from privacy.storage.tables.vendor_calls import VendorCallChunk
from privacy.storage.unit import Unit
from privacy.terms import KeyClass

OUTSIDE = (
    "Copies of the epoch key file that other software made (file system snapshots, machine"
    " backups) are outside this proof: the epoch key belongs in no backup.",
    "Packages and reports that were handed out before are with their recipients.",
)


SUPPRESSION = {
    "kept": True,
    "what": "a keyed hash of each number and e-mail address, which cannot be turned back",
    "why": "so that the person is not called or imported again",
}
LABELS = {
    KeyClass.CALL: "phone numbers",
    KeyClass.DESK: "names, e-mail addresses, postal addresses, other columns",
    KeyClass.CONSENT: "evidence of consents and withdrawals",
    KeyClass.CALLS: "records of calls and what was said at an opt-out",
}


def make(
    unit: Unit,
    request_id: str,
    epoch: int,
    kept: Sequence[Kept],
    wraps_found: int | None,
) -> str:
    """The text of the certificate's document; the steps are done by now."""
    done = erasing_store.steps(unit.db, request_id)
    case = store.case(unit.db, request_id)
    turned = erasing_store.epoch_turn(unit.db, epoch)
    document = {
        "schema": "rightsdesk.erasure-record/1",
        "request": request_id,
        "law": case.law,
        "received": rfc3339(case.received_at),
        "completed": rfc3339(unit.now),
        "planned_by": case.planned_by,
        "approved_by": case.approved_by,
        "approval": approval.shown(unit.db, case),
        "plan_sha256": case.plan_sha256,
        "steps": [
            {
                "name": step.name,
                "what": step.what,
                "at": rfc3339(step.done_at or unit.now),
                "entry": step.entry_id,
                "result": "done",
            }
            for step in done.values()
        ],
        "classes": _classes(done, kept),
        "epoch": {
            "number": epoch,
            "destroyed_at": rfc3339(turned.destroyed_at),
            "entry": turned.entry_id,
            "custody": turned.custody,
            "places": [
                {
                    "place": place["place"],
                    "kind": place["kind"],
                    "method": place["method"],
                    "read_back": "absent",
                    "at": rfc3339(turned.destroyed_at),
                }
                for place in json.loads(turned.places)
            ],
        },
        "read_back": {
            "at": rfc3339(unit.now),
            "entry": done[7].entry_id,
            "looked": _looked(wraps_found),
        },
        "outside": outside(unit.db),
    }
    return text_of(document)


def outside(db: Connection) -> list[str]:
    """What the proof does not cover, one sentence each."""
    table = table_of(VendorCallChunk)
    if db.execute(select(table.c.row_id).limit(1)).first() is None:
        return list(OUTSIDE)
    records = plan_items.sellers_records()
    return [
        *OUTSIDE,
        "A number that a company called for the controller stays in the sealed file of calls"
        f" that the company gave: the seller has to hold these records ({records.citation}),"
        f" {records.until}.",
    ]


def _classes(done: Mapping[int, StepRow], kept: Sequence[Kept]) -> list[dict[str, Any]]:
    counted: dict[str, int] = json.loads(done[2].detail)
    grounds = {each.key_class: each for each in kept}
    deleted = done[4].done_at
    assert deleted is not None
    rows = []
    for key_class, what in LABELS.items():
        keys = counted.get(key_class.value, 0)
        ground = grounds.get(key_class)
        destroyed = ground is None and keys > 0
        rows.append(
            {
                "key_class": key_class.value,
                "what": what,
                "state": "kept" if ground else "destroyed" if destroyed else "none",
                "keys": keys,
                "destroyed_at": rfc3339(deleted) if destroyed else None,
                "ground": ground.what if ground else "",
                "citation": ground.citation if ground else "",
                "until_on": ground.until_on.isoformat() if ground else None,
            }
        )
    return rows


def _looked(wraps_found: int | None) -> list[dict[str, Any]]:
    looked = [
        {"store": "vault", "what": "key rows of the destroyed classes", "rows_left": 0},
        {"store": "main", "what": "rows that name the person, profiles", "rows_left": 0},
    ]
    if wraps_found is not None:
        looked.append(
            {"store": "vault files", "what": "the deleted wraps, byte by byte", "rows_left": 0}
        )
    return looked


def report(
    desk: Desk,
    actor: Actor,
    request_id: str,
    *,
    named: bool,
    law: Law = statute,
) -> dict[str, Any]:
    """The document of the report `erasure-certificate`; NotNow before the read-back.

    `named`: for the person, with the name from the case file (its opening is audited);
    otherwise the desk's own copy.
    """
    with desk.reading() as db:
        case = store.case(db, request_id)
        told = store.timeline(db, request_id)
        others = disclosing.told_by(db, request_id)
    if not case.certificate:
        raise NotNow(
            "This erasure has no certificate yet.", what=request_id, next="Fulfil it first."
        )
    stored: dict[str, Any] = json.loads(case.certificate)
    controller = desk.config.controller
    completed = datetime.fromisoformat(stored["completed"])
    answered = clock.answer(controller, case, told, completed, law=law)
    zone = ZoneInfo(controller.zone)
    person = intake.read_file(desk, actor, request_id).name if named else ""
    return {
        "schema": "rightsdesk.report.erasure-certificate/1",
        "marker": {
            "demo_desk": desk.config.demo,
            "simulator": False,
            "simulated_clock": desk.config.demo,
        },
        "zone": controller.zone,
        "controller": contact(controller.name, controller.contact),
        "dpo": contact("Data protection officer", controller.dpo_contact),
        "authority": contact(""),
        "person": {"name": person, "contact_points": []} if person else None,
        "request": {
            "id": case.id,
            "law": case.law,
            "law_name": pack.law_name(case.law),
            "right": case.kind.value,
            "citation": pack.right_citation(case.kind, case.law),
            "received_on": case.received_at.astimezone(zone).date().isoformat(),
            "due_on": clock.due_day(answered, told),
            "completed_on": completed.astimezone(zone).date().isoformat(),
        },
        **{key: stored[key] for key in ("steps", "classes", "epoch", "read_back", "outside")},
        "suppression": {**SUPPRESSION, "citation": pack.suppression_citation(case.law)},
        "recipients": others,
    }


def issue(
    desk: Desk,
    actor: Actor,
    request_id: str,
    out: Path,
    renderer: Renderer,
    *,
    named: bool,
    law: Law = statute,
) -> str:
    """Write the certificate as a new file with mode 0600; its digest, which is in the log.

    BadInput if something lies there already.
    """
    actor.require(Act.HANDLE_REQUEST)
    writing.refuse_existing(out)
    writing.refuse_existing(writing.part_of(out))
    content = renderer("erasure-certificate", report(desk, actor, request_id, named=named, law=law))
    sha256 = writing.digest(content)
    writing.write_private(writing.part_of(out), content)
    desk.write(
        lambda unit: unit.append(
            "certificate.issued",
            actor.id,
            request=request_id,
            digest=sha256,
            outcome="named" if named else "not named",
        )
    )
    writing.complete(out)
    return sha256
