"""How many are affected, by category of data and by country: figures for the notices.

By category they are read from the rows. By country every affected person's record is
opened, in leases, which the log tells; the result is kept in the timeline, so that it is
opened once. Erased persons count without a country.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from privacy.actors import Act, Actor
from privacy.contacts.store import Record, opened_records
from privacy.desk import Desk
from privacy.numbers import region_of
from privacy.rights.breach import store
from privacy.rights.breach.states import Event
from privacy.rights.breach.store import New
from privacy.storage.tables.base import table_of
from privacy.storage.tables.breaches import BreachPerson
from privacy.storage.unit import Unit
from privacy.terms import OpeningPurpose

LEASE = 200
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Figures:
    """`by_country` is as it was counted last, and empty before."""

    people: int = 0
    erased: int = 0
    with_letter: int = 0
    by_data: Mapping[str, int] = field(default_factory=dict)
    by_country: Mapping[str, int] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "people": self.people,
            "erased": self.erased,
            "with_letter": self.with_letter,
            "by_data": dict(self.by_data),
            "by_country": dict(self.by_country),
        }


def figures(desk: Desk, breach_id: str) -> Figures:
    """The figures as they stand; opens nothing."""
    table = table_of(BreachPerson)
    here = table.c.breach_id == breach_id
    by_data: Counter[str] = Counter()
    with desk.reading() as db:
        grouped = db.execute(
            select(table.c.what, func.count()).where(here).group_by(table.c.what)
        ).all()
        for what, count in grouped:
            by_data.update(dict.fromkeys(str(what).split(), int(count)))
        living, lettered = (
            int(
                db.execute(
                    select(func.count()).select_from(table).where(here, column.is_not(None))
                ).scalar_one()
            )
            for column in (table.c.subject_id, table.c.letter_id)
        )
        lines = store.timeline(db, breach_id)
    people = sum(int(count) for _, count in grouped)
    counted = [line.facts for line in lines if line.type is Event.COUNTED]
    countries = counted[-1]["by_country"] if counted else {}
    return Figures(people, people - living, lettered, dict(sorted(by_data.items())), countries)


def count_countries(
    desk: Desk, actor: Actor, breach_id: str, progress: Callable[[int], None] = lambda _: None
) -> Figures:
    """Open every affected person's record and count the countries; recorded and audited."""
    actor.require(Act.HANDLE_REQUEST)
    found: Counter[str] = Counter()
    seen = 0
    for page in pages(desk, breach_id):
        records = opened_records(desk, actor, page, OpeningPurpose.BREACH, object=breach_id)
        found.update(country_of(record) for record in records)
        found[UNKNOWN] += len(page) - len(records)
        seen += len(page)
        progress(seen)
    found[UNKNOWN] += figures(desk, breach_id).erased
    counted = {country: count for country, count in sorted(found.items()) if count}

    def job(unit: Unit) -> None:
        store.tell(unit, breach_id, actor.id, New(Event.COUNTED, None, {"by_country": counted}))
        unit.append("breach.counted", actor.id, object=breach_id, count=sum(counted.values()))

    desk.write(job)
    return figures(desk, breach_id)


def pages(desk: Desk, breach_id: str, *, without_letter: bool = False) -> Iterator[list[int]]:
    """Pages of the affected persons who are still here; with `without_letter` those left."""
    table, after = table_of(BreachPerson), 0
    while True:
        statement = select(table.c.subject_id).where(
            table.c.breach_id == breach_id, table.c.subject_id > after
        )
        if without_letter:
            statement = statement.where(table.c.letter_id.is_(None))
        with desk.reading() as db:
            ordered = statement.order_by(table.c.subject_id).limit(LEASE)
            page = list(db.execute(ordered).scalars())
        if not page:
            return
        yield page
        after = page[-1]


def country_of(record: Record) -> str:
    """Where the person lives: by address, else by the country of a number."""
    for address in record.profile.get("addresses") or []:
        if address.get("country"):
            return str(address["country"])
    for phone in record.phones:
        region = region_of(str(phone["number"]))
        if region:
            return region
    return UNKNOWN
