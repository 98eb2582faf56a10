"""Opening a request: what came, when it reached the controller, under which law.

The clock runs from the receipt at an official channel, not from the opening
(EDPB Guidelines 01/2022, para. 159), so the receipt may lie before today, and
never after it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from privacy.actors import Act, Actor
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.ids import public_id, row_id
from privacy.rights import clock, duplicates, store
from privacy.rights.applying import laws_for
from privacy.rights.arriving import store as arrivals
from privacy.rights.arriving.ways import BY_API, Came, Known, Receipt
from privacy.rights.case import Event, Kind, State
from privacy.rights.clock import Law
from privacy.rights.pack import Level
from privacy.rights.store import Case, NewEvent
from privacy.storage.unit import Unit
from privacy.terms import KeyClass, OpeningPurpose
from privacy.vault.sealing import Part, Place

CHANNELS = ("email", "phone", "post", "in_person", "portal", "api", "agent", "signal")
ASKED_BY = ("person", "agent", "parent", "guardian", "estate", "authority")
HARMS = ("ordinary", "specific_pieces", "sensitive")
LINKS = ("appeal", "complaint")


@dataclass(frozen=True)
class CaseFile:
    """What the person gave: sealed under the case's own key, opened with a reason only."""

    name: str = ""
    contact: str = ""
    words: str = ""


NO_FILE = CaseFile()


@dataclass(frozen=True)
class Asking:
    """What is known of a request besides its kind and words. Codes and days only.

    `asked_by`: person, agent, parent, guardian, estate or authority. `harm`: ordinary,
    specific_pieces or sensitive. `letter_on`, `due_on_stated`: days (YYYY-MM-DD) of an
    authority's letter. `parent_id` with `link`: the request that this one appeals or
    complains of.
    """

    asked_by: str = "person"
    harm: str = "ordinary"
    deputy: str = ""
    letter_on: str = ""
    due_on_stated: str = ""
    parent_id: str | None = None
    link: str = ""


PLAIN = Asking()


def open_request(
    desk: Desk,
    actor: Actor,
    kind: Kind,
    *,
    channel: str,
    file: CaseFile = NO_FILE,
    received_at: datetime | None = None,
    law: str = "",
    laws: Sequence[str] = (),
    place: str = "",
    asking: Asking = PLAIN,
    came: Came = BY_API,
    statute: Law = clock.statute,
) -> Case:
    """Open a case; `received_at` is aware and not after now (default now).

    `law` or `laws` are the contract's names; else the controller's and those of `place`.
    BadInput for a channel that is not known, a receipt to come or a place without a law;
    BadFacts for a law that is not known. A law without a period for this right opens the
    case all the same, and its document says so. `came` says by which way: the ledger of
    arrivals has a row for each request, written here unless it was taken before.
    """
    actor.require(Act.HANDLE_REQUEST)
    now = desk.now()
    received = received_at or now
    check(channel, received, now)
    check_asking(kind, asking, received)
    chosen = laws_for(desk.config.controller, named=(law, *laws), place=place)
    new = _new_case(kind, chosen, channel, actor.id, received, now, asking, came.language)
    clock.read(desk.config.controller, new, (), now, law=statute)
    written = json.dumps(asdict(file)).encode()
    parts = [(Place(Part.CASE_FILE, new.holder_id, new.holder_id), written)]
    original = came.original or written
    if not came.arrival_id:
        parts.append((Place(Part.ARRIVAL, new.holder_id, new.holder_id), original))
    sealed = desk.vault.seal_parts(KeyClass.CASE, parts)
    known = Known.CLOCK if received_at is None else Known.STATED
    arrived = (new.id, kind.value, channel, new.holder_id, Receipt(new.received_at, known))
    tags = duplicates.tags_of(desk, file.contact)
    opened = NewEvent(Event.OPENED, new.received_at, opening(new))

    def job(unit: Unit) -> None:
        if asking.parent_id is not None:
            store.case(unit.db, asking.parent_id)
        store.add(unit, new, sealed[0].sealed)
        if came.arrival_id:
            arrivals.link(unit, came.arrival_id, new.id)
        else:
            taken = (sealed[1].sealed, len(original))
            arrivals.add_with_case(
                unit, actor.id, came, arrived, taken, desk.config.controller.zone
            )
        duplicates.add_tags(unit, new.id, tags)
        store.tell(unit, new.id, actor.id, opened)
        unit.append("request.opened", actor.id, request=new.id, object=kind.value, fields=chosen)

    desk.write(job)
    return new


def prepared(
    desk: Desk, owner: str, kind: Kind, channel: str, received: datetime, place: str = ""
) -> Case:
    """A case under the controller's own law, and that of a place, that is not stored yet."""
    laws = laws_for(desk.config.controller, place=place)
    return _new_case(kind, laws, channel, owner, received, desk.now(), PLAIN)


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


def check_asking(kind: Kind, asking: Asking, received: datetime) -> None:
    """BadInput for codes that are not known, or days that are none."""
    for value, known, what in (
        (asking.asked_by, ASKED_BY, "--asked-by"),
        (asking.harm, HARMS, "--harm"),
        (asking.link, ("", *LINKS), "link"),
    ):
        if value not in known:
            raise BadInput("That is not known.", what=what, next=f"One of: {', '.join(known)}.")
    if (kind is Kind.INQUIRY) is not (asking.asked_by == "authority"):
        raise BadInput(
            "An authority asks by an inquiry, and nobody else does.",
            what="--kind",
            next="Open its letter with --kind inquiry --asked-by authority.",
        )
    days = [_day(value) for value in (asking.letter_on, asking.due_on_stated) if value]
    if days and kind is not Kind.INQUIRY:
        raise BadInput("Only an authority's letter has days of its own.", what="--letter-on")
    if asking.letter_on and days[0] > received.date() + timedelta(days=1):
        raise BadInput(
            "A letter is not written after it was received.",
            what="--letter-on",
            next="Give the day that stands on the letter.",
        )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(
            "A day is written like 2026-11-24.", what="day", next="Give it so."
        ) from None


def opening(new: Case) -> dict[str, str]:
    """What the timeline itself says of the case, so that it alone gives the case."""
    told = {"laws": " ".join(new.laws), "owner": new.owner, "deputy": new.deputy}
    if new.parent_id is not None:
        told.update(parent_id=new.parent_id, link=new.link)
    return told


def _new_case(
    kind: Kind,
    laws: tuple[str, ...],
    channel: str,
    owner: str,
    received: datetime,
    now: datetime,
    asking: Asking,
    language: str = "",
) -> Case:
    return Case(
        id=public_id("rq"),
        kind=kind,
        law=laws[0],
        channel=channel,
        state=State.OPEN,
        owner=owner,
        received_at=received,
        opened_at=now,
        holder_id=row_id(now),
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
        laws=laws,
        language=language,
        **asdict(asking),
    )
