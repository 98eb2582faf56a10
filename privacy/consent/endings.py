"""Which withdrawal ended which grant, noted when the later of the two is recorded.

A consent row loses its person with an erasure, and with it what a withdrawal was about.
The pair of public ids stays: a figure of last year is the same after this year's erasures.
A pair says that the withdrawal covers the grant's purpose, channel and contact point and is
not older; whether either is void by a correction is for whoever reads it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from privacy.consent.joined import joined
from privacy.consent.ledger import EVERYTHING, RecordKind
from privacy.storage.bulk import in_chunks, insert_rows
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import ConsentEnd, ConsentRow
from privacy.storage.unit import Unit

COLUMNS = ("grant_id", "withdrawal_id")
GRANT, WITHDRAWAL = RecordKind.GRANT.value, RecordKind.WITHDRAWAL.value


def note_endings(unit: Unit, recorded: Collection[str], subject_ids: Collection[int]) -> None:
    """Keep the pairs of which one is among `recorded` (public ids, inserted before).

    `subject_ids` are the persons of those records. A merged person's rows count together,
    as they do at the gate.
    """
    sets = joined(unit.db, subject_ids)
    people = {one for group in sets.values() for one in group}
    withdrawals = _of(unit.db, people, WITHDRAWAL)
    if not withdrawals:
        return
    withdrawing = {row.subject_id for row in withdrawals}
    meant = {one for group in sets.values() if group & withdrawing for one in group}
    grants = _of(unit.db, meant, GRANT)
    new = set(recorded)
    pairs = {
        (grant.public_id, withdrawal.public_id)
        for grant, withdrawal in _met(sets, grants, withdrawals)
        if {grant.public_id, withdrawal.public_id} & new and ends(grant, withdrawal)
    }
    insert_rows(unit.db, table_of(ConsentEnd), COLUMNS, sorted(pairs))


def ends(grant: Row[Any], withdrawal: Row[Any]) -> bool:
    """Whether the withdrawal covers the whole grant and is not older; a tie ends it.

    What another row of the same person withdrew covers every point: which of them are the
    same number is sealed.
    """
    return (
        withdrawal.purpose in (EVERYTHING, grant.purpose)
        and withdrawal.channel in (EVERYTHING, grant.channel)
        and withdrawal.effective_at >= grant.effective_at
        and (
            withdrawal.subject_id != grant.subject_id
            or withdrawal.point_id in (None, grant.point_id)
        )
    )


def _met(
    sets: dict[int, set[int]], grants: Sequence[Row[Any]], withdrawals: Sequence[Row[Any]]
) -> Iterator[tuple[Row[Any], Row[Any]]]:
    """Each grant with each withdrawal of the same person."""
    person = {one: min(group) for group in sets.values() for one in group}
    by_person: dict[int, list[Row[Any]]] = {}
    for row in withdrawals:
        by_person.setdefault(person[row.subject_id], []).append(row)
    for grant in grants:
        for withdrawal in by_person.get(person[grant.subject_id], ()):
            yield grant, withdrawal


def _of(db: Connection, subject_ids: Collection[int], kind: str) -> list[Row[Any]]:
    table = table_of(ConsentRow)
    names = ("public_id", "subject_id", "point_id", "purpose", "channel", "effective_at")
    return [
        row
        for chunk in in_chunks(sorted(subject_ids), 500)
        for row in db.execute(
            select(*(table.c[name] for name in names)).where(
                table.c.subject_id.in_(chunk), table.c.kind == kind
            )
        )
    ]
