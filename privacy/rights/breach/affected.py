"""Who is affected by a breach: computed, joined into one set of persons, stored.

From the log (`opened`), or everybody of an import, a source, a campaign or a list. Subjects
that a merge joins are one person. Pages of 500, so that a hundred thousand take no more
memory than one page; run again, it adds only who is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, select, update

from privacy.actors import Act, Actor
from privacy.clock import micros
from privacy.consent.joined import joined
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.ids import row_ids
from privacy.rights.breach import store
from privacy.rights.breach.data_kinds import CODES
from privacy.rights.breach.opened import PAGE, Looked, Opened
from privacy.rights.breach.states import Event
from privacy.rights.breach.store import New
from privacy.storage.bulk import in_chunks, insert_rows
from privacy.storage.tables.base import table_of
from privacy.storage.tables.breaches import BreachPerson
from privacy.storage.tables.people import Subject
from privacy.storage.unit import Unit
from privacy.terms import SubjectState

COLUMNS = ("id", "breach_id", "subject_id", "known_by", "what", "added_at")
Progress = Callable[[int], None]


@dataclass
class Result:
    """What was computed. `erased_most` and `erased_least` bound the persons of the log who
    were erased meanwhile: a person has another pseudonym each month."""

    people: int = 0
    added: int = 0
    erased_least: int = 0
    erased_most: int = 0
    by_actor: dict[str, int] = field(default_factory=dict)


def by_log(
    desk: Desk,
    actor: Actor,
    breach_id: str,
    opened: Opened,
    progress: Progress = lambda _: None,
) -> Result:
    """Add everybody whose data was opened; bounds are inclusive. BadInput for to before from."""
    actor.require(Act.HANDLE_REQUEST)
    if opened.until < opened.since:
        raise BadInput("The period ends before it begins.", what="--to", next="Look at both.")
    looked, result, seen = Looked(desk, opened), Result(), 0
    for page in _living(desk):
        found = looked.opened_of(page)
        result.added += _add(desk, actor, breach_id, found, "log")
        seen += len(page)
        progress(seen)
    missing = looked.unmatched()
    result.erased_most, result.erased_least = sum(missing), max(missing, default=0)
    result.by_actor = looked.by_actor()
    return _told(desk, actor, breach_id, result, opened.facts())


def by_pages(
    desk: Desk,
    actor: Actor,
    breach_id: str,
    pages: Iterable[list[int]],
    how: str,
    which: str,
    what: Collection[str],
    progress: Progress = lambda _: None,
) -> Result:
    """Add everybody of those pages. `how`: import, source, campaign or list; `what`: codes."""
    actor.require(Act.HANDLE_REQUEST)
    if not what or not set(what) <= set(CODES):
        raise BadInput("Which data?", what="--what", next=f"Some of: {', '.join(CODES)}.")
    result, seen = Result(), 0
    for page in pages:
        for chunk in in_chunks(page, PAGE):
            known = {subject: tuple(what) for subject in chunk}
            result.added += _add(desk, actor, breach_id, known, how)
            seen += len(chunk)
            progress(seen)
    facts = {"by": how, "which": which, "what": " ".join(what)}
    return _told(desk, actor, breach_id, result, facts)


def people(db: Connection, breach_id: str) -> int:
    """How many persons are affected, erased ones too."""
    table = table_of(BreachPerson)
    found = db.execute(
        select(func.count()).select_from(table).where(table.c.breach_id == breach_id)
    )
    return int(found.scalar_one())


def _told(
    desk: Desk, actor: Actor, breach_id: str, result: Result, facts: dict[str, str]
) -> Result:
    def job(unit: Unit) -> int:
        new = {
            **facts,
            "people": result.added,
            "erased_least": result.erased_least,
            "erased_most": result.erased_most,
        }
        store.tell(unit, breach_id, actor.id, New(Event.AFFECTED, None, new))
        unit.append("breach.affected", actor.id, object=breach_id, count=result.added)
        return people(unit.db, breach_id)

    result.people = desk.write(job)
    return result


def _living(desk: Desk) -> Iterator[list[int]]:
    table, after = table_of(Subject), 0
    while True:
        statement = select(table.c.id).where(
            table.c.id > after, table.c.state == SubjectState.ACTIVE.value
        )
        with desk.reading() as db:
            page = list(db.execute(statement.order_by(table.c.id).limit(PAGE)).scalars())
        if not page:
            return
        yield page
        after = page[-1]


def _add(
    desk: Desk, actor: Actor, breach_id: str, found: dict[int, tuple[str, ...]], how: str
) -> int:
    """Add those who are not there yet, merged subjects once; how many."""
    if not found:
        return 0

    def job(unit: Unit) -> int:
        store.lock(unit, breach_id)
        kinds: dict[int, set[str]] = {}
        for subject, person in _persons(unit.db, found).items():
            kinds.setdefault(person, set()).update(found[subject])
        known = _known(unit.db, breach_id, list(kinds))
        new = {person: what for person, what in kinds.items() if person not in known}
        _widen(unit, known, kinds)
        if not new and not unit.changed:
            return 0
        at = micros(unit.now)
        rows = [
            (row, breach_id, person, how, " ".join(sorted(new[person])), at)
            for row, person in zip(row_ids(unit.now, len(new)), sorted(new), strict=True)
        ]
        insert_rows(unit.db, table_of(BreachPerson), COLUMNS, rows)
        names = desk.vault.pseudonyms(new, {}, unit.now)
        unit.append(
            "breach.people_added", actor.id, object=breach_id, subjects=names, count=len(new)
        )
        return len(new)

    return desk.write(job)


def _persons(db: Connection, subjects: Collection[int]) -> dict[int, int]:
    """For each subject the one that stands for the person: the oldest that is still here."""
    sets = joined(db, subjects)
    table = table_of(Subject)
    members = sorted({member for group in sets.values() for member in group})
    living: set[int] = set()
    for chunk in in_chunks(members, PAGE):
        living |= set(
            db.execute(
                select(table.c.id).where(
                    table.c.id.in_(chunk), table.c.state == SubjectState.ACTIVE.value
                )
            ).scalars()
        )
    return {subject: min(group & living) for subject, group in sets.items() if group & living}


def _known(db: Connection, breach_id: str, persons: list[int]) -> dict[int, tuple[int, set[str]]]:
    """Row and kinds of those who are there already."""
    table = table_of(BreachPerson)
    rows: list[Any] = []
    for chunk in in_chunks(persons, PAGE):
        rows += db.execute(
            select(table.c.id, table.c.subject_id, table.c.what).where(
                table.c.breach_id == breach_id, table.c.subject_id.in_(chunk)
            )
        ).all()
    return {row.subject_id: (row.id, set(row.what.split())) for row in rows}


def _widen(unit: Unit, known: dict[int, tuple[int, set[str]]], kinds: dict[int, set[str]]) -> None:
    """More kinds of data of somebody who is there already."""
    table = table_of(BreachPerson)
    for person, (row, had) in known.items():
        if not kinds[person] <= had:
            what = " ".join(sorted(had | kinds[person]))
            unit.db.execute(update(table).where(table.c.id == row).values(what=what))
