"""What is read of a case for its letter, and whether a letter is still true when it leaves.

A letter may wait between its writing and its leaving. What its words say of the case is
sealed with it, and compared with the case when it is queued, printed or handed over: a
letter that promises another day, or tells a refusal that was taken back, does not leave.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from privacy.clock import instant
from privacy.desk import Desk
from privacy.rights import clock, correction_store, letters_sent, people_store, recipients, store
from privacy.rights.case import CLOCK_EVENTS, Event, NotNow
from privacy.rights.clock import Law, statute
from privacy.rights.letters import facts
from privacy.rights.letters.catalogue import catalogue
from privacy.rights.letters.facts import Looked
from privacy.rights.letters.letterhead import today
from privacy.rights.package import copy_store
from privacy.rights.package.copy_store import Copy
from privacy.rights.sending_store import OnItsWay
from privacy.rights.store import Case, NewEvent, TimelineEvent

STANDS_ON = "stands_on"
# The day of the letter is its own, and whom it greets is its addressee.
ITS_OWN = frozenset({"letter_on", "person_name"})
DAYS = ("due_on", "extended_on", "copy_until_on")


def looked(
    desk: Desk,
    case: Case,
    told: Sequence[TimelineEvent],
    event: NewEvent | None,
    law: Law = statute,
) -> Looked:
    """The case with its clocks; `event`: what the letter tells of itself."""
    controller, now = desk.config.controller, desk.now()
    with desk.reading() as db:
        listed = recipients.told(db, case.id)
        people = people_store.merged_set(db, case.subject_id) if case.subject_id else ()
        restricted = people_store.restrictions(db, people)
        changed = correction_store.corrected_fields(db, case.id)
        copy = copy_store.latest(db, case.id)
    extended = None
    if event is not None and event.type is Event.EXTENSION_NOTICE:
        more = clock.allowed(controller, case, told, now, [event], law=law)
        extended = clock.read(controller, case, told, now, more=more, law=law)
    return Looked(
        case,
        told,
        clock.read(controller, case, told, now, law=law),
        extended,
        recipients=[str(each["name"]) for each in listed],
        restrictions=[_instants(row) for row in restricted],
        fields=changed,
        copy_until=_last_day(desk, copy),
    )


def try_event(
    desk: Desk,
    case: Case,
    told: Sequence[TimelineEvent],
    name: str,
    event: NewEvent,
    law: Law = statute,
) -> None:
    """NotAllowedByLaw or BadFacts if the law `name` does not allow to tell that now."""
    if event.type in CLOCK_EVENTS:
        alone = replace(case, law=name, laws=(name,))
        clock.allowed(desk.config.controller, alone, told, desk.now(), [event], law=law)


def stands_on(kind: str, law: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a case that the words of that letter may use, JSON-ready."""
    used: set[str] = set()
    for block in catalogue().letter(kind, law):
        used |= {*block.usable, *block.when, *block.unless, block.each}
    kept = {name: found[name] for name in sorted(used & found.keys() - ITS_OWN)}
    document: dict[str, Any] = json.loads(json.dumps(kept, default=str))
    return document


def refuse_changed(desk: Desk, letter: OnItsWay, content: bytes, *, law: Law = statute) -> None:
    """NotNow for a letter whose case is no longer as its words say; `content` is its sealed JSON.

    NotAllowedByLaw when what it tells may not be told any more. Of a letter that left before
    and came back only its days to come are looked at: what it told moved its own clock.
    """
    document: dict[str, Any] = json.loads(content)
    said = document.get(STANDS_ON)
    if said is None or letter.request_id is None:
        return
    if letter.sent_at is not None:
        over = [name for name in DAYS if name in said and said[name] < today(desk).isoformat()]
        _refuse(letter, over)
        return
    with desk.reading() as db:
        case = store.case(db, letter.request_id)
        told = store.timeline(db, letter.request_id)
    kind, name = str(document["kind"]), str(document["law"])
    event = letters_sent.told_by(content).event
    if event is not None:
        try_event(desk, case, told, name, event, law)
    found = looked(desk, case, told, event, law)
    now = stands_on(kind, name, facts.of_case(desk.config.controller, name, found, today(desk)))
    _refuse(
        letter, sorted(key for key in said.keys() | now.keys() if said.get(key) != now.get(key))
    )


def _refuse(letter: OnItsWay, changed: Sequence[str]) -> None:
    if changed:
        raise NotNow(
            f"What this letter says is no longer so: {', '.join(changed)}. It did not leave.",
            what=letter.id,
            next=f"Write it anew, after `rightsdesk letter cancel {letter.id}`.",
        )


def _last_day(desk: Desk, copy: Copy | None) -> date | None:
    """The last day on which the desk still has the package that it released."""
    if copy is None or copy.content is None:
        return None
    return copy.dies_at.astimezone(ZoneInfo(desk.config.controller.zone)).date()


def _instants(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: instant(value) if key.endswith("_at") and value is not None else value
        for key, value in row.items()
    }
