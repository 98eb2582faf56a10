"""Every column of both stores is either planned for or about nobody."""

from __future__ import annotations

import pytest
from sqlalchemy import Column, MetaData, String, Table

from privacy.rights.inventory import HELD, KEYS, NOBODYS
from privacy.storage.tables import everything


def unplanned(*collections: MetaData) -> list[str]:
    """Columns of which no plan says anything."""
    said = {(held.table, column) for held in HELD for column in (*held.columns, *held.beside)}
    return [
        f"{table.name}.{column.name}"
        for metadata in collections
        for table in metadata.tables.values()
        if table.name not in NOBODYS
        for column in table.columns
        if (table.name, column.name) not in said
    ]


def test_every_column_of_every_table_is_in_a_plan_or_is_about_nobody() -> None:
    assert unplanned(*everything.load()) == []


def test_a_column_or_table_that_nobody_planned_for_is_found() -> None:
    made = MetaData()
    Table("subject", made, Column("id", String), Column("nickname", String))
    Table("diary", made, Column("words", String))
    assert unplanned(made) == ["subject.nickname", "diary.words"]


def test_the_inventory_names_only_what_there_is_and_each_column_once() -> None:
    main, vault = everything.load()
    for held in HELD:
        table = (main if held.store == "main" else vault).tables[held.table]
        assert {*held.columns, *held.beside, *held.digest} <= set(table.columns.keys())
    named = [(held.table, column) for held in HELD for column in (*held.columns, *held.beside)]
    assert len(named) == len(set(named))
    assert len(KEYS) == len(HELD)
    tables = {*main.tables, *vault.tables}
    assert set(NOBODYS) <= tables
    assert not set(NOBODYS) & {held.table for held in HELD}


@pytest.mark.parametrize("table", sorted(NOBODYS))
def test_a_table_about_nobody_has_no_column_that_leads_to_a_person(table: str) -> None:
    main, vault = everything.load()
    columns = set({**main.tables, **vault.tables}[table].columns.keys())
    assert not columns & {"subject_id", "holder_id", "point_id", "tag", "pseudonym"}
    assert not any(name.endswith("_sealed") for name in columns)
