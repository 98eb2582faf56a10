"""Which vendors are to be assessed again, and why: by period, by event, or for the first time.

An event counts when it was recorded after the newest scoring: it is told by whoever learns of it
(`tell_event`), by a new answer (mode, country) or by the audit of call records (contradicted).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from privacy.actors import Act, Actor
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.storage.unit import Unit
from privacy.vendors import (
    answering,
    assessing,
    files,
    mending,
    questionnaires,
    remediation,
    rounds,
    store,
)
from privacy.vendors.remediation import Item
from privacy.vendors.store import Vendor

NEVER, PERIOD, EVIDENCE = "never_scored", "period", "evidence_ended"
CHANGES = {answering.ANSWERED: "answers_changed", files.WITHDRAWN: files.WITHDRAWN}
"""What else takes away what a scoring rested on: a new scoring is due, by our own rule."""
SOON_DAYS = 7
ANSWER_DAYS = 30
"""How long a vendor that is asked again has to answer: our own proposal, from no law."""
REMINDED = "reminded"


@dataclass(frozen=True)
class Due:
    """A vendor that is to be assessed, since when, and why: a code."""

    vendor: Vendor
    reason: str
    since: date

    def document(self) -> dict[str, Any]:
        return {
            "vendor": self.vendor.id,
            "name": self.vendor.name,
            "reason": self.reason,
            "since": self.since.isoformat(),
        }


@dataclass(frozen=True)
class Reminder:
    """An item that nears its day or has passed it: `kind` 7_days, due_tomorrow or overdue."""

    item: Item
    kind: str

    @property
    def facts(self) -> dict[str, str]:
        """As the vendor's history keeps it."""
        return {
            "item": self.item.id,
            "kind": self.kind,
            "day": self.item.due_on.isoformat(),
            "to": self.item.owner,
        }

    @property
    def key(self) -> tuple[str, str, str]:
        """What is made once."""
        return self.item.id, self.kind, self.item.due_on.isoformat()


def tell_event(desk: Desk, actor: Actor, vendor_id: str, event: str) -> None:
    """Record an event that makes a reassessment due at once. BadInput for one that does not."""
    actor.require(Act.ASSESS_VENDOR)

    def job(unit: Unit) -> None:
        events = questionnaires.current(unit.db).rules.reassess_events
        if event not in events:
            raise BadInput(
                "That event makes no reassessment due.",
                what="--type",
                next=f"One of {', '.join(events)}.",
            )
        vendor = store.lock(unit, vendor_id)
        store.tell(unit, vendor.id, event, actor.id)
        unit.append("vendor.event_told", actor.id, object=vendor.id, outcome=event)

    desk.write(job)


def due(desk: Desk) -> list[Due]:
    """Active vendors that are to be assessed now, the longest due first; each once."""
    today = store.today(desk)
    with desk.reading() as db:
        events = questionnaires.current(db).rules.reassess_events
        found = [
            each
            for vendor in store.listed(db, store.ACTIVE)
            if (each := _due(db, vendor, events, today)) is not None
        ]
    return sorted(found, key=lambda each: (each.since, each.vendor.name))


def _due(db: Connection, vendor: Vendor, events: tuple[str, ...], today: date) -> Due | None:
    kept = assessing.last(db, vendor.id)
    if kept is None:
        asked = rounds.current(db, vendor.id)
        # While its first answers are awaited, nothing is due yet.
        if asked is not None and asked.due_on >= today:
            return None
        since = vendor.created_at.date() if asked is None else asked.due_on
        return Due(vendor, NEVER, since)
    lines = store.history(db, vendor.id)
    scored = max(line.seq for line in lines if line.type == assessing.SCORED)
    after = [line for line in lines if line.seq > scored and line.type in events]
    if after:
        return Due(vendor, after[0].type, after[0].at.date())
    changed = [line for line in lines if line.seq > scored and line.type in CHANGES]
    if changed:
        return Due(vendor, CHANGES[changed[0].type], changed[0].at.date())
    ended = [
        each.valid_until + timedelta(days=1)
        for each in files.counting(db, vendor.id)
        if kept.scored_at.date() <= each.valid_until < today
    ]
    if ended:
        return Due(vendor, EVIDENCE, min(ended))
    return Due(vendor, PERIOD, kept.next_review_on) if kept.next_review_on <= today else None


def to_begin(desk: Desk) -> list[Due]:
    """Vendors that are due again and were not asked again since the scoring that ended.

    Who has answered anew is to be scored, not to be asked.
    """
    with desk.reading() as db:
        return [
            each
            for each in due(desk)
            if each.reason != CHANGES[answering.ANSWERED] and _unasked(db, each)
        ]


def _unasked(db: Connection, each: Due) -> bool:
    kept, asked = assessing.last(db, each.vendor.id), rounds.current(db, each.vendor.id)
    if kept is None:
        return False
    return asked is None or asked.number <= kept.round


def begin(desk: Desk, actor: Actor) -> list[Due]:
    """Ask those again: a new round whose answers are due in 30 days, with its reason.

    Two runs at once ask once: the second finds another round than it looked at.
    """
    answers_due = store.today(desk) + timedelta(days=ANSWER_DAYS)
    wanted = to_begin(desk)
    for each in wanted:
        with desk.reading() as db:
            asked = rounds.current(db, each.vendor.id)
            kept = assessing.last(db, each.vendor.id)
        number = 0 if asked is None else asked.number
        if kept is not None and number <= kept.round:
            rounds.ask(desk, actor, each.vendor.id, answers_due, each.reason, after=number)
    return wanted


def reminders(desk: Desk) -> list[Reminder]:
    """Reminders of items that were not made yet: once each for 7 days, the day before, overdue."""
    today = store.today(desk)
    with desk.reading() as db:
        made: dict[str, set[tuple[str, str, str]]] = {}
        wanted = []
        for item in remediation.of_vendor(db):
            if item.done or not (kind := _kind(item, today)):
                continue
            if item.vendor_id not in made:
                made[item.vendor_id] = set(_made(db, item.vendor_id))
            if (each := Reminder(item, kind)).key not in made[item.vendor_id]:
                wanted.append(each)
    return wanted


def remind(desk: Desk, actor: Actor) -> list[Reminder]:
    """Make the reminders that are due; each stands in the vendor's history, once."""
    wanted = sorted(reminders(desk), key=lambda each: (each.item.vendor_id, each.item.id))

    def job(unit: Unit) -> list[Reminder]:
        done = []
        for each in wanted:
            store.lock(unit, each.item.vendor_id)
            # Looked at again under the lock: another run may have made it meanwhile.
            if each.key in set(_made(unit.db, each.item.vendor_id)):
                continue
            store.tell(unit, each.item.vendor_id, REMINDED, actor.id, each.facts)
            done.append(each)
        unit.append("vendor.reminded", actor.id, count=len(done))
        return done

    return desk.write(job) if wanted else []


def _kind(item: Item, today: date) -> str:
    left = (item.due_on - today).days
    if left < 0:
        return mending.OVERDUE
    if left <= 1:
        return "due_tomorrow"
    return f"{SOON_DAYS}_days" if left <= SOON_DAYS else ""


def _made(db: Connection, vendor_id: str) -> Iterator[tuple[str, str, str]]:
    for line in store.history(db, vendor_id):
        if line.type == REMINDED:
            yield str(line.facts["item"]), str(line.facts["kind"]), str(line.facts["day"])
