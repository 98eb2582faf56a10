"""Many rows at once through the driver's own executemany.

SQLAlchemy's bind processors cost more than sealing a row; `exec_driver_sql`
still passes the engine, so a unit of work sees the statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table


def insert_rows(
    db: Connection,
    table: Table,
    columns: tuple[str, ...],
    rows: Sequence[tuple[Any, ...]],
    *,
    keep_existing: bool = False,
) -> None:
    """Insert `rows`, tuples in the order of `columns`; nothing happens for none.

    `keep_existing` leaves a row that is already there as it is; else it is an error.
    """
    if rows:
        statement = _insert(table.name, columns, db.dialect.name)
        if keep_existing:
            statement += " ON CONFLICT DO NOTHING"
        db.exec_driver_sql(statement, list(rows))


@lru_cache(maxsize=256)
def _insert(table: str, columns: tuple[str, ...], dialect: str) -> str:
    mark = "?" if dialect == "sqlite" else "%s"
    # Names come from our own table definitions, never from input.
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) "  # noqa: S608
        f"VALUES ({', '.join([mark] * len(columns))})"
    )


def in_chunks(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    """Slices of at most `size` items, in order."""
    return [items[start : start + size] for start in range(0, len(items), size)]
