"""Index rows of one person after a correction: new ones before main knows, old ones after.

Between the two a lookup finds the person by either value; what it finds is opened
and compared, so a row that is too many finds nobody.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete

from privacy.storage.bulk import insert_rows
from privacy.storage.tables.base import table_of
from privacy.storage.tables.vault import ContactIndex
from privacy.storage.unit import Unit
from privacy.vault.store import INDEX_COLUMNS, Vault

# (kind, normalised value, holder id, part id); the part of a surname is 0.
Row = tuple[str, str, int, int]


def add(vault: Vault, rows: Iterable[Row]) -> None:
    """Add index rows; those that are there already stay. Repeating changes nothing."""
    values = _values(vault, rows)

    def job(unit: Unit) -> None:
        insert_rows(unit.db, table_of(ContactIndex), INDEX_COLUMNS, values, keep_existing=True)

    if values:
        vault.writes.write(job)


def drop(vault: Vault, rows: Iterable[Row], keep: Iterable[Row] = ()) -> None:
    """Delete index rows, except those that `keep` has too: two values may share a short one.

    Repeating changes nothing.
    """
    kept = set(_values(vault, keep))
    table = table_of(ContactIndex)
    values = [value for value in _values(vault, rows) if value not in kept]

    def job(unit: Unit) -> None:
        for kind, value, holder, part in values:
            unit.db.execute(
                delete(table).where(
                    table.c.kind == kind,
                    table.c.value == value,
                    table.c.holder_id == holder,
                    table.c.part_id == part,
                )
            )

    if values:
        vault.writes.write(job)


def _values(vault: Vault, rows: Iterable[Row]) -> list[tuple[str, int, int, int]]:
    index = vault.keyring.index
    return [(kind, index.value(kind, value), holder, part) for kind, value, holder, part in rows]
