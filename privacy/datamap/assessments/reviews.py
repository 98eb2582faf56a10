"""Reviews of signed assessments: what is due, and reminders made once (`rightsdesk work`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from privacy.actors import ALLOWED, Act, Actor
from privacy.audit.entry import parse
from privacy.datamap.assessments import store
from privacy.datamap.assessments.store import Standing
from privacy.desk import Desk
from privacy.storage.tables.audit import AuditEntry
from privacy.storage.tables.base import table_of
from privacy.storage.unit import Unit

REMINDED = "assessment.review_reminded"
# (days left at most, level): the tightest that is reached is made.
LEVELS = ((-1, "overdue"), (7, "7_days"), (30, "30_days"))


@dataclass(frozen=True)
class Waiting:
    """An assessment that somebody has to look at. `why`: review, signature, advice or changed."""

    id: str
    kind: str
    activity: str
    why: str
    review_on: date
    days_left: int

    def document(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "id": self.id,
            "kind": self.kind,
            "activity": self.activity,
            "why": self.why,
            "review_on": self.review_on.isoformat(),
            "days_left": self.days_left,
        }


def waiting(desk: Desk, actor: Actor) -> list[Waiting]:
    """What waits: reviews within 30 days for everybody, and what this actor may do."""
    on = store.today(desk)
    found = []
    for held in store.listed(desk):
        days = (held.assessment.review_on - on).days
        for why in _why(held, actor, days):
            row = held.assessment.row
            found.append(
                Waiting(held.id, row["kind"], row["activity"], why, row["review_on"], days)
            )
    return sorted(found, key=lambda each: (each.why != "review", each.days_left, each.id))


def due(desk: Desk) -> list[tuple[Standing, str]]:
    """Reminders of reviews that are wanted now and were not made."""
    on = store.today(desk)
    with desk.reading() as db:
        made = _made(db)
    return [
        (held, level)
        for held in store.listed(desk)
        if held.signature is not None
        and (level := level_of((held.assessment.review_on - on).days))
        and (held.id, held.assessment.review_on.isoformat(), level) not in made
    ]


def level_of(days_left: int) -> str:
    """The level that is reached with so many days left; "" for none. The day itself counts."""
    return next((level for most, level in LEVELS if days_left <= most), "")


def make(desk: Desk, actor: Actor) -> int:
    """Make every reminder that is due; how many. Safe to run at once twice."""
    return sum(_make_one(desk, actor, held, level) for held, level in due(desk))


def _make_one(desk: Desk, actor: Actor, held: Standing, level: str) -> int:
    day = held.assessment.review_on.isoformat()

    def job(unit: Unit) -> int:
        if (held.id, day, level) in _made(unit.db):
            return 0
        unit.append(REMINDED, actor.id, object=held.id, fields=[day, level])
        return 1

    return desk.write(job)


def _why(held: Standing, actor: Actor, days: int) -> list[str]:
    if held.signature is not None:
        return ["review"] if level_of(days) else []
    why = ["changed"] if held.signed_before else []
    is_author = actor.id in held.authors
    if Act.APPROVE_REQUEST in ALLOWED[actor.role] and not is_author:
        why.append("signature" if held.advice or held.assessment.kind != "dpia" else "advice")
    return why


def _made(db: Connection) -> set[tuple[str, str, str]]:
    table = table_of(AuditEntry)
    bodies = db.execute(select(table.c.body).where(table.c.action == REMINDED)).scalars()
    found = set()
    for told in (parse(bytes(body)) for body in bodies):
        day, level = told["fields"]
        found.add((str(told["object"]), str(day), str(level)))
    return found
