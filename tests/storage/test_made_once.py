"""Tables that tests are given in a hurry are the tables of the migrations."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import create_engine, text

from privacy.storage.migrating import upgrade
from tests.desks import MadeDesk, make_desk


def schema(url: str) -> set[tuple[str, str]]:
    """Name and statement of everything that a SQLite file holds."""
    with create_engine(url).connect() as db:
        rows = db.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
        return {(row.name, row.sql) for row in rows}


def test_a_second_desk_of_a_process_has_the_tables_of_the_migrations(
    made: MadeDesk, tmp_path: Path
) -> None:
    again = make_desk(tmp_path / "again")
    again.desk.close()
    for tree in ("main", "vault"):
        fresh = f"sqlite:///{tmp_path / tree}.db"
        upgrade(create_engine(fresh), tree)
        (file,) = (tmp_path / "again").rglob(f"{tree}.db")
        assert schema(fresh) == schema(f"sqlite:///{file}")
        assert len(schema(fresh)) > 3
