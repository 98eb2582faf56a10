"""The ledger of disclosures in the database: written with the entry that tells of them.

`record` joins the caller's transaction: the line commits with the audit entry that
precedes the release, or neither is there. An export is written in pages and counts only
once its own entry `contacts.exported` or `calls.exported` is there: what was prepared and
never released was given to nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from privacy.audit.entry import parse
from privacy.clock import instant, micros
from privacy.disclosures.given import Disclosure, Given, Role, Way
from privacy.errors import NotFound
from privacy.ids import row_ids
from privacy.storage.bulk import in_chunks, insert_rows
from privacy.storage.tables.audit import AuditEntry
from privacy.storage.tables.base import table_of
from privacy.storage.tables.disclosures import Disclosure as DisclosureRow
from privacy.storage.unit import Unit

RELEASED = "contacts.exported"
CALLS_RELEASED = "calls.exported"
PAGE = 1_000
COLUMNS = (
    "id",
    "subject_id",
    "recipient",
    "role",
    "country",
    "what",
    "why",
    "basis",
    "way",
    "sold",
    "ref",
    "at",
    "by",
    "detail",
)


@dataclass(frozen=True)
class Question:
    """Which lines: every given field must fit. `since` is inclusive, `until` is not."""

    people: tuple[int, ...] | None = None
    recipient: str = ""
    ref: str = ""
    since: datetime | None = None
    until: datetime | None = None
    sold: bool | None = None


EVERYTHING = Question()


def record(
    unit: Unit,
    given: Given,
    people: Collection[int],
    actor_id: str,
    *,
    at: datetime | None = None,
    nobody: bool = False,
) -> int:
    """Add one line a person to the caller's unit; how many. The caller appends the entry.

    `at`: when it was given, if not now. `nobody`: one line without a person, for what is
    told of somebody who was erased before.
    """
    subjects: list[int | None] = [*sorted(set(people))] or ([None] if nobody else [])
    when = micros(at or unit.now)
    ids = row_ids(unit.now, len(subjects))
    rows = [
        (
            row_id,
            subject,
            given.recipient,
            given.role.value,
            given.country,
            " ".join(given.what),
            given.why,
            given.basis,
            given.way.value,
            int(given.sold),
            given.ref,
            when,
            actor_id,
            given.detail,
        )
        for row_id, subject in zip(ids, subjects, strict=True)
    ]
    insert_rows(unit.db, table_of(DisclosureRow), COLUMNS, rows)
    return len(rows)


def outside_permit(
    unit: Unit,
    subject_id: int,
    attempt_id: str,
    company: str,
    *,
    role: Role = Role.PROCESSOR,
    country: str = "",
    basis: str = "consent",
    by: str = "gateway",
) -> None:
    """A number released to a dialer outside this package: the gateway calls it at redemption.

    `company`: the organisation that runs it; `by`: the dialer that got it. Calls of the desk's
    own dialer are counted from its attempts and have no line of their own.
    """
    given = Given(
        company,
        role,
        ("phone",),
        "to place a call",
        basis,
        Way.PERMIT,
        attempt_id,
        country,
    )
    record(unit, given, [subject_id], by)


def vendor_transfer(
    unit: Unit, given: Given, people: Collection[int], actor_id: str, *, at: datetime
) -> int:
    """Records handed to a vendor, one line a person; `given.way` must be vendor."""
    if given.way is not Way.VENDOR:
        raise ValueError("a transfer to a vendor has the way vendor")
    return record(unit, given, people, actor_id, at=at)


def of_people(db: Connection, people: Collection[int]) -> list[Disclosure]:
    """What was given of those persons, earliest first; what was never released left out."""
    found: list[Disclosure] = []
    for chunk in in_chunks(sorted(people), 500):
        found += listed(db, Question(people=tuple(chunk)))
    return sorted(found, key=lambda line: (line.at, line.id))


def listed(db: Connection, question: Question = EVERYTHING) -> list[Disclosure]:
    """Lines that fit, earliest first; see `read` for many."""
    return list(read(db, question))


def read(db: Connection, question: Question = EVERYTHING) -> Iterator[Disclosure]:
    """Lines that fit, earliest first, one page in memory at a time."""
    table = table_of(DisclosureRow)
    released = released_exports(db)
    statement = select(table).order_by(table.c.at, table.c.id)
    for condition in _conditions(table, question):
        statement = statement.where(condition)
    after = (-(2**62), 0)
    while True:
        page = db.execute(
            statement.where(
                (table.c.at > after[0]) | ((table.c.at == after[0]) & (table.c.id > after[1]))
            ).limit(PAGE)
        ).all()
        for row in page:
            if row.way != Way.EXPORT or row.ref in released:
                yield _line(row)
        if len(page) < PAGE:
            return
        after = (page[-1].at, page[-1].id)


def one(db: Connection, line_id: int) -> Disclosure:
    """The line with that id. NotFound."""
    table = table_of(DisclosureRow)
    row = db.execute(select(table).where(table.c.id == line_id)).one_or_none()
    if row is None:
        raise NotFound(
            "The ledger has no such line.",
            what="disclosure",
            next="See `rightsdesk disclosure list`.",
        )
    return _line(row)


def refs_of(db: Connection, people: Sequence[int]) -> set[str]:
    """Exports, requests and attempts of which the ledger has a line of those persons."""
    table = table_of(DisclosureRow)
    found: set[str] = set()
    for chunk in in_chunks(sorted(people), 500):
        found |= set(db.execute(select(table.c.ref).where(table.c.subject_id.in_(chunk))).scalars())
    return found


def released_exports(db: Connection) -> set[str]:
    """Ids of the exports that were released, by the log."""
    entries = table_of(AuditEntry)
    bodies = db.execute(
        select(entries.c.body).where(entries.c.action.in_((RELEASED, CALLS_RELEASED)))
    ).scalars()
    return {str(parse(bytes(body))["object"]) for body in bodies}


def exports_known(db: Connection) -> set[str]:
    """Ids of the exports of which the ledger has any line."""
    table = table_of(DisclosureRow)
    rows = db.execute(select(table.c.ref).where(table.c.way == Way.EXPORT.value).distinct())
    return set(rows.scalars())


def _conditions(table: Any, question: Question) -> Iterator[Any]:
    if question.people is not None:
        yield table.c.subject_id.in_(question.people)
    if question.recipient:
        yield table.c.recipient == question.recipient
    if question.ref:
        yield table.c.ref == question.ref
    if question.since is not None:
        yield table.c.at >= micros(question.since)
    if question.until is not None:
        yield table.c.at < micros(question.until)
    if question.sold is not None:
        yield table.c.sold == int(question.sold)


def _line(row: Row[Any]) -> Disclosure:
    given = Given(
        row.recipient,
        Role(row.role),
        tuple(row.what.split()),
        row.why,
        row.basis,
        Way(row.way),
        row.ref,
        row.country,
        bool(row.sold),
        row.detail,
    )
    return Disclosure(row.id, row.subject_id, given, instant(row.at), row.by)
