"""Many rows at once through the driver's own executemany.

SQLAlchemy's bind processors cost more than sealing a row; `exec_driver_sql`
still passes the engine, so a unit of work sees the statement. On SQLite one
statement takes many rows: calling the driver for each costs as much as storing it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Table

# SQLite before 3.32 takes 999 values in a statement, and more gains nothing.
MOST_VALUES = 900


def insert_rows(
    db: Connection,
    table: Table,
    columns: tuple[str, ...],
    rows: Sequence[tuple[Any, ...]],
    *,
    keep_existing: bool = False,
) -> int:
    """Insert `rows`, tuples in the order of `columns`; nothing happens for none. How many.

    `keep_existing` leaves a row that is already there as it is; else it is an error.
    """
    whole = inserted = 0
    if db.dialect.name == "sqlite":
        many = MOST_VALUES // len(columns)
        whole = len(rows) - len(rows) % many
        statement = _insert(table.name, columns, "?", many, keep_existing)
        for start in range(0, whole, many):
            values = chain.from_iterable(rows[start : start + many])
            inserted += db.exec_driver_sql(statement, tuple(values)).rowcount
    if whole < len(rows):
        mark = "?" if db.dialect.name == "sqlite" else "%s"
        statement = _insert(table.name, columns, mark, 1, keep_existing)
        inserted += db.exec_driver_sql(statement, list(rows[whole:])).rowcount
    return inserted


@lru_cache(maxsize=256)
def _insert(table: str, columns: tuple[str, ...], mark: str, many: int, keep_existing: bool) -> str:
    row = f"({', '.join([mark] * len(columns))})"
    # Names come from our own table definitions, never from input.
    statement = (
        f"INSERT INTO {table} ({', '.join(columns)}) "  # noqa: S608
        f"VALUES {', '.join([row] * many)}"
    )
    return f"{statement} ON CONFLICT DO NOTHING" if keep_existing else statement


def select_in(
    db: Connection,
    table: Table,
    columns: tuple[str, ...],
    fixed: tuple[str, Any] | None,
    values: Sequence[Any],
) -> Iterator[Any]:
    """Rows whose column `fixed[0]` is `fixed[1]` and whose first of `columns` is in `values`."""
    mark = "?" if db.dialect.name == "sqlite" else "%s"
    statement = _select_in(table.name, columns, fixed[0] if fixed else "", mark)
    first = (fixed[1],) if fixed else ()
    for chunk in in_chunks(values, MOST_VALUES):
        # One statement for every length, so that it is prepared once: the last value is
        # repeated, which finds nothing twice.
        filled = [*chunk, *[chunk[-1]] * (MOST_VALUES - len(chunk))]
        yield from db.exec_driver_sql(statement, (*first, *filled))


def select_among(
    db: Connection,
    table: Table,
    columns: tuple[str, ...],
    fixed: tuple[str, Any] | None,
    values: Collection[Any],
) -> Iterator[Any]:
    """As `select_in`; a table with fewer rows than there are values is read whole.

    `values` must tell quickly whether one is among them.
    """
    mark = "?" if db.dialect.name == "sqlite" else "%s"
    where = f" WHERE {fixed[0]} = {mark}" if fixed else ""
    told = (fixed[1],) if fixed else ()
    # Names come from our own table definitions, never from input.
    some = f"SELECT 1 FROM {table.name}{where} LIMIT {len(values) + 1}"  # noqa: S608
    count = f"SELECT count(*) FROM ({some}) AS held"  # noqa: S608
    if db.exec_driver_sql(count, told).scalar_one() > len(values):
        yield from select_in(db, table, columns, fixed, sorted(values))
        return
    rows = f"SELECT {', '.join(columns)} FROM {table.name}{where}"  # noqa: S608
    yield from (row for row in db.exec_driver_sql(rows, told) if row[0] in values)


@lru_cache(maxsize=64)
def _select_in(table: str, columns: tuple[str, ...], fixed: str, mark: str) -> str:
    # Names come from our own table definitions, never from input.
    also = f"{fixed} = {mark} AND " if fixed else ""
    return (
        f"SELECT {', '.join(columns)} FROM {table} "  # noqa: S608
        f"WHERE {also}{columns[0]} IN ({', '.join([mark] * MOST_VALUES)})"
    )


def in_chunks(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    """Slices of at most `size` items, in order."""
    return [items[start : start + size] for start in range(0, len(items), size)]
