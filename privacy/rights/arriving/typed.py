"""What staff type in: a letter on paper, a call, somebody at the counter.

An oral request counts as one: no form may be demanded, so that a name, a contact and even
a kind may be missing. Of a letter the day of receipt counts (the stamp), never the day that
stands on it. What was said is kept as it was understood, with whether it was read back.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from hashlib import sha256
from zoneinfo import ZoneInfo

from privacy.actors import Actor
from privacy.desk import Desk
from privacy.errors import BadFacts
from privacy.rights.arriving import taking
from privacy.rights.arriving.asked import go_on_written, seen_of
from privacy.rights.arriving.mail import File
from privacy.rights.arriving.mails import Taken
from privacy.rights.arriving.taking import Original
from privacy.rights.arriving.ways import Known, Receipt, Source
from privacy.rights.arriving.written import COMMON, Written, code, day, instant, parsed, written
from privacy.rights.intake import Asking

SCHEMA = "rightsdesk.typed-request/1"
MORE = ("received", "received_on", "letter_on", "read_back", "asked_by")
ASKED_BY = ("person", "agent", "parent", "guardian", "estate")


@dataclass(frozen=True)
class Typed:
    """What was typed in. `received_on` and `letter_on` are days; one of the receipts or none.

    `read_back`: what was understood was read back and confirmed; None where nobody said.
    """

    written: Written
    received: datetime | None = None
    received_on: date | None = None
    letter_on: date | None = None
    read_back: bool | None = None
    asked_by: str = "person"


def read_typed(raw: bytes, region: str | None) -> Typed:
    """The facts in these bytes. BadFacts names the field that is wrong, never its value."""
    document = parsed(raw, SCHEMA, (*COMMON, *MORE))
    told = Typed(
        written(document, region),
        instant(document, "received"),
        day(document, "received_on"),
        day(document, "letter_on"),
        document.get("read_back"),
        code(document, "asked_by", ASKED_BY) or "person",
    )
    if told.read_back is not None and not isinstance(told.read_back, bool):
        raise BadFacts("Read back or not?", field="read_back", next="true or false.")
    if told.received is not None and told.received_on is not None:
        raise BadFacts(
            "A receipt is an instant or a day.", field="received_on", next="Give one of them."
        )
    if not any((told.written.name, told.written.contact, told.written.words, told.written.kinds)):
        raise BadFacts(
            "Nothing is said.", field="words", next="Type in what was said, as it was understood."
        )
    return told


def told_of(told: Typed) -> Written:
    """What the case file says: the words, with what the clerk noted of them in front."""
    notes = []
    if told.read_back is not None:
        notes.append(f"[read back: {'yes' if told.read_back else 'no'}]")
    if told.letter_on is not None:
        notes.append(f"[letter of {told.letter_on.isoformat()}]")
    return replace(told.written, words="\n".join([*notes, told.written.words]).strip())


def take_typed(
    desk: Desk,
    actor: Actor,
    source: Source,
    raw: bytes,
    scans: tuple[File, ...] = (),
) -> Taken:
    """Take what staff typed in by one of paper, telephone and in_person; open what it asks.

    BadFacts for a receipt to come, and for a letter that was received before it was written.
    """
    told = read_typed(raw, desk.config.region or None)
    if source is Source.TELEPHONE and told.written.words and told.read_back is None:
        raise BadFacts(
            "Was what was understood read back?", field="read_back", next="true or false."
        )
    receipt = _receipt(told, desk)
    scanned = b"".join(sha256(scan.content).digest() for scan in scans)
    # What is typed in names no day of its own where it came now: the same words of another
    # day are another request.
    day_in_zone = receipt.at.astimezone(ZoneInfo(desk.config.controller.zone)).date()
    came = f"{source.value}\x00{day_in_zone.isoformat()}\x00".encode()
    same = came + scanned + raw
    original = Original(raw, "application/json", identity=same)
    seen = seen_of(told.written)
    arrival, new = taking.take(desk, actor, source, original, receipt, seen)
    asking = Asking(asked_by="agent" if told.written.agent_name else told.asked_by)
    return go_on_written(desk, actor, arrival, told_of(told), new, files=scans, asking=asking)


def document_of(facts: dict[str, object]) -> bytes:
    """What was asked at a prompt, as the document that `read_typed` reads."""
    given = {key: value for key, value in facts.items() if value not in ("", None, [], {})}
    return json.dumps({"schema": SCHEMA, **given}).encode()


def _receipt(told: Typed, desk: Desk) -> Receipt:
    zone, now = ZoneInfo(desk.config.controller.zone), desk.now()
    at, known = told.received or now, Known.STATED if told.received else Known.CLOCK
    if told.received_on is not None:
        # The first instant of the day: no period is counted later than from that day.
        at, known = datetime.combine(told.received_on, time(), zone), Known.STATED
    if at > now:
        field = "received_on" if told.received_on else "received"
        raise BadFacts("It is not received in the future.", field=field, next="Look at the stamp.")
    if told.letter_on is not None and told.letter_on > at.astimezone(zone).date():
        raise BadFacts(
            "A letter is not written after it was received.",
            field="letter_on",
            next="Give the day that stands on the letter, and the day of the stamp.",
        )
    return Receipt(at, known)
