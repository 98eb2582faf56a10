"""Opening a request: what came, when it reached the controller, under which law.

The clock runs from the receipt at an official channel, not from the opening
(EDPB Guidelines 01/2022, para. 159), so the receipt may lie before today, and
never after it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from privacy.actors import Act, Actor
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.ids import public_id, row_id
from privacy.rights import clock, store
from privacy.rights.case import Event, Kind, State
from privacy.rights.clock import Law
from privacy.rights.pack import Level
from privacy.rights.store import Case, NewEvent
from privacy.storage.unit import Unit
from privacy.terms import KeyClass, OpeningPurpose
from privacy.vault.sealing import Part, Place

CHANNELS = ("email", "phone", "post", "in_person", "portal", "api", "agent", "signal")


@dataclass(frozen=True)
class CaseFile:
    """What the person gave: sealed under the case's own key, opened with a reason only."""

    name: str = ""
    contact: str = ""
    words: str = ""


NO_FILE = CaseFile()


def open_request(
    desk: Desk,
    actor: Actor,
    kind: Kind,
    *,
    channel: str,
    file: CaseFile = NO_FILE,
    received_at: datetime | None = None,
    law: str = "",
    statute: Law = clock.statute,
) -> Case:
    """Open a case; `received_at` is aware and not after now (default now).

    `law` is the contract's name (default: the controller's). BadInput for a channel that is
    not known or a receipt to come, BadFacts for a law without a clock for this right.
    """
    actor.require(Act.HANDLE_REQUEST)
    now = desk.now()
    received = received_at or now
    check(channel, received, now)
    holder = row_id(now)
    chosen = law or desk.config.controller.law
    new = _new_case(kind, chosen, channel, actor.id, received, now, holder)
    # A law that has no clock for this right is refused before anything is saved.
    clock.answer(desk.config.controller, new, (), now, law=statute)
    (sealed,) = desk.vault.seal_parts(
        KeyClass.CASE,
        [(Place(Part.CASE_FILE, holder, holder), json.dumps(asdict(file)).encode())],
    )

    def job(unit: Unit) -> None:
        store.add(unit, new, sealed.sealed)
        store.tell(unit, new.id, actor.id, NewEvent(Event.OPENED, new.received_at))
        unit.append("request.opened", actor.id, request=new.id, object=kind.value, fields=[new.law])

    desk.write(job)
    return new


def read_file(desk: Desk, actor: Actor, request_id: str) -> CaseFile:
    """The opened case file, for whoever handles the request; audited."""
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        part = store.sealed_file(db, request_id)
    if part is None:
        return NO_FILE
    opened = desk.vault.open([part], actor.id, OpeningPurpose.RIGHTS_REQUEST, request=request_id)
    return CaseFile(**json.loads(opened[part.place]))


def check(channel: str, received: datetime, now: datetime) -> None:
    """BadInput for a channel that is not known, or a receipt without offset or to come."""
    if channel not in CHANNELS:
        raise BadInput(
            "That is not a channel.", what="channel", next=f"One of: {', '.join(CHANNELS)}."
        )
    if received.tzinfo is None or received > now:
        raise BadInput(
            "A request is received at an instant with an offset that is not in the future.",
            what="received",
            next="Give the instant at which it reached an official channel.",
        )


def _new_case(
    kind: Kind,
    law: str,
    channel: str,
    owner: str,
    received: datetime,
    now: datetime,
    holder: int,
) -> Case:
    return Case(
        id=public_id("rq"),
        kind=kind,
        law=law,
        channel=channel,
        state=State.OPEN,
        owner=owner,
        received_at=received,
        opened_at=now,
        holder_id=holder,
        subject_id=None,
        identity_level=Level.NONE.name.lower(),
        plan="",
        plan_sha256="",
        planned_by="",
        approved_by="",
        approved_seq=None,
        outcome="",
        certificate="",
        certificate_sha256="",
        closed_at=None,
    )
