"""Taking what came in: sealed and written down before anything is done about it.

The same original a second time gives the first arrival again. Receipt is the instant
at which it reached the controller, not the instant of taking: it may lie before, never
after.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from privacy.actors import Act, Actor
from privacy.desk import Desk
from privacy.errors import BadInput, NotFound
from privacy.ids import row_id
from privacy.rights.arriving import store
from privacy.rights.arriving.store import Arrival, NewArrival
from privacy.rights.arriving.ways import CHANNEL_OF, ArrivalState, Receipt, Source
from privacy.storage.unit import Unit
from privacy.terms import KeyClass, OpeningPurpose
from privacy.vault.sealing import Part, Place

LARGEST_BYTES = 25 * 1024 * 1024


@dataclass(frozen=True)
class Original:
    """A file as it came, with its name and media type; `identity`: what makes it the same again."""

    content: bytes
    media_type: str
    name: str = ""
    identity: bytes = b""


@dataclass(frozen=True)
class Seen:
    """What was seen of it: kinds it may ask for, place, language, state and reason."""

    kinds: tuple[str, ...] = ()
    place: str = ""
    language: str = ""
    language_by: str = ""
    state: ArrivalState = ArrivalState.WAITING
    reason: str = ""


def take(
    desk: Desk, actor: Actor, source: Source, original: Original, receipt: Receipt, seen: Seen
) -> tuple[Arrival, bool]:
    """The arrival, and whether it is new. Durable with its entry when this returns.

    BadInput for an empty or too large original, and for a receipt that is to come.
    """
    actor.require(Act.HANDLE_REQUEST)
    check_size(original.content)
    check_receipt(receipt.at, desk.now())
    tag = desk.vault.keyring.tags.arrival_tag(original.identity or original.content)
    with desk.reading() as db:
        known = store.by_tag(db, tag)
    if known is not None:
        return known, False
    holder, row = row_id(desk.now()), row_id(desk.now())
    parts = [(Place(Part.ARRIVAL, holder, row), original.content)]
    if original.name:
        parts.append((Place(Part.ARRIVAL_NAME, holder, row), original.name.encode()))
    sealed = desk.vault.seal_parts(KeyClass.CASE, parts)
    new = NewArrival(
        source=source,
        channel=CHANNEL_OF[source],
        receipt=receipt,
        holder_id=holder,
        row_id=row,
        tag=tag,
        size_bytes=len(original.content),
        media_type=original.media_type,
        original_sealed=sealed[0].sealed,
        name_sealed=sealed[1].sealed if original.name else None,
        state=seen.state,
        reason=seen.reason,
        language=seen.language,
        language_by=seen.language_by,
        kinds=seen.kinds,
        place=seen.place,
    )

    def job(unit: Unit) -> tuple[Arrival, bool]:
        # Another process may have taken the same file meanwhile.
        before = store.by_tag(unit.db, tag)
        if before is not None:
            return before, False
        arrival_id = store.add(unit, actor.id, new, desk.config.controller.zone)
        return store.arrival(unit.db, arrival_id), True

    return desk.write(job)


def read_original(desk: Desk, actor: Actor, arrival_id: str) -> tuple[str, bytes]:
    """(name, content) of what came in; audited. NotFound when it is gone."""
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        store.arrival(db, arrival_id)
        found = store.sealed(db, arrival_id)
    if found is None:
        raise NotFound(
            "What came in is kept no longer.",
            what=arrival_id,
            next="Its row stays: see `rightsdesk intake list --all`.",
        )
    original, name = found
    parts = [original] if name is None else [original, name]
    opened = desk.vault.open(parts, actor.id, OpeningPurpose.RIGHTS_REQUEST, object=arrival_id)
    return opened[name.place].decode() if name else "", opened[original.place]


def check_size(content: bytes) -> None:
    """BadInput for nothing, and for more than 25 MiB."""
    if not 0 < len(content) <= LARGEST_BYTES:
        raise BadInput(
            f"What comes in has 1 to {LARGEST_BYTES} bytes.",
            what="file",
            next="Type in what it says with `rightsdesk intake paper`, and attach its parts.",
        )


def check_receipt(at: datetime, now: datetime) -> None:
    """BadInput for a receipt without an offset, or one to come."""
    if at.tzinfo is None or at > now:
        raise BadInput(
            "A request is received at an instant with an offset that is not in the future.",
            what="received",
            next="Give the instant at which it reached an official channel.",
        )


def local(arrival: Arrival) -> str:
    """The instant of receipt in the zone that the controller had then, with its name."""
    at = arrival.received_at.astimezone(ZoneInfo(arrival.zone))
    return f"{at.isoformat(timespec='seconds')}[{arrival.zone}]"
