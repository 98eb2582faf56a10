"""Persons by where they came from: an import, a source, a campaign, or a list in a file.

In pages, so that a hundred thousand take no more memory than five hundred. Only an import,
a source and a campaign are read from the rows; a list is looked up number by number and
mail by mail, which is audited with its purpose.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Select, select

from privacy.actors import Act, Actor
from privacy.contacts.delimited import detect, records
from privacy.contacts.files import look_at
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.numbers import BadEmail, BadNumber, fold_email, parse_phone
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import AttemptRow, CampaignRow
from privacy.storage.tables.people import ImportBatch, Subject
from privacy.terms import OpeningPurpose, SubjectState
from privacy.vault.lookup import Query, find

PAGE = 500
ROWS_AT_ONCE = 200


@dataclass(frozen=True)
class Where:
    """One way to say who is meant; exactly one is given."""

    import_id: str = ""
    source: str = ""
    campaign_id: str = ""

    def __str__(self) -> str:
        return self.import_id or self.source or self.campaign_id


@dataclass
class Listed:
    """What became of a list: how many rows, and the lines that hold nothing readable (such as
    a heading) or that nobody here has."""

    rows: int = 0
    unreadable: list[int] = field(default_factory=list)
    unknown: list[int] = field(default_factory=list)


def people(desk: Desk, where: Where) -> Iterator[list[int]]:
    """Pages of the ids of active persons. BadInput for an import or campaign that is not."""
    _known(desk, where)
    after = 0
    while True:
        with desk.reading() as db:
            page = list(db.execute(_statement(where, after)).scalars())
        if not page:
            return
        yield page
        after = page[-1]


def of_list(
    desk: Desk, actor: Actor, path: Path, purpose: OpeningPurpose, told: Listed, **fields: Any
) -> Iterator[list[int]]:
    """Pages of the persons whose numbers or e-mails stand in a CSV; `told` is filled on the way.

    Every cell counts that is a number (of the desk's region, if it has no country code) or
    an e-mail. BadInput for a file that is no text.
    """
    actor.require(Act.LOOK_UP)
    file = look_at(path)
    queries: dict[Query, list[int]] = {}
    for row in records(file, detect(file)):
        told.rows += 1
        found = [q for cell in row.fields if (q := _query(cell, desk.config.region)) is not None]
        if row.refused or not found:
            told.unreadable.append(row.line)
        for query in found:
            queries.setdefault(query, []).append(row.line)
        if len(queries) >= ROWS_AT_ONCE:
            yield from _found(desk, actor, queries, purpose, told, fields)
            queries = {}
    yield from _found(desk, actor, queries, purpose, told, fields)


def _found(
    desk: Desk,
    actor: Actor,
    queries: dict[Query, list[int]],
    purpose: OpeningPurpose,
    told: Listed,
    fields: dict[str, Any],
) -> Iterator[list[int]]:
    if not queries:
        return
    matches = find(desk.vault, list(queries), actor.id, purpose, **fields)
    met = {row for match in matches for row in queries[match.query]}
    told.unknown.extend(sorted({row for rows in queries.values() for row in rows} - met))
    yield sorted({match.subject_id for match in matches})


def _query(cell: str, region: str) -> Query | None:
    text = cell.strip()
    try:
        if "@" in text:
            return Query("email", fold_email(text))
        return Query("phone", parse_phone(text, region or None))
    except (BadEmail, BadNumber):
        return None


def _statement(where: Where, after: int) -> Select[Any]:
    table = table_of(Subject)
    statement = select(table.c.id).where(
        table.c.id > after, table.c.state == SubjectState.ACTIVE.value
    )
    if where.import_id:
        statement = statement.where(table.c.import_id == where.import_id)
    elif where.source:
        statement = statement.where(table.c.source == where.source)
    else:
        attempts = table_of(AttemptRow)
        called = select(attempts.c.subject_id).where(
            attempts.c.campaign_id == where.campaign_id, attempts.c.subject_id.is_not(None)
        )
        statement = statement.where(table.c.id.in_(called))
    return statement.order_by(table.c.id).limit(PAGE)


def _known(desk: Desk, where: Where) -> None:
    if sum(map(bool, (where.import_id, where.source, where.campaign_id))) != 1:
        raise BadInput(
            "Say in one way who is meant.",
            what="--import, --source, --campaign",
            next="Give one of them.",
        )
    for model, value, what in (
        (ImportBatch, where.import_id, "--import"),
        (CampaignRow, where.campaign_id, "--campaign"),
    ):
        table = table_of(model)
        if not value:
            continue
        with desk.reading() as db:
            if db.execute(select(table.c.id).where(table.c.id == value)).first() is None:
                raise BadInput("The desk knows no such id.", what=what, next="Look it up first.")
