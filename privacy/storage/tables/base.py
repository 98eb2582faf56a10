"""The two metadata collections and the column types that all tables share.

Main and vault are two databases that are never attached to each other, so
their tables live in two metadata collections. Instants are integer
microseconds since 1970 in UTC (columns `…_at`); ids are made by the
application, never by a sequence.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, MetaData, Table
from sqlmodel import Field, SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

BIG = BigInteger().with_variant(Integer, "sqlite")


class MainTable(SQLModel):
    """Base of every table of the main database."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMING)


class VaultTable(SQLModel):
    """Base of every table of the vault database."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMING)


def big(*, key: bool = False, null: bool = False, index: bool = False, to: str = "") -> Any:
    """A 64-bit integer column; `to` names a foreign key, `table.column`."""
    arguments: list[Any] = [ForeignKey(to)] if to else []
    return Column(BIG, *arguments, primary_key=key, nullable=null, index=index, autoincrement=False)


def blob(
    *, key: bool = False, null: bool = False, index: bool = False, unique: bool = False
) -> Any:
    """A column of bytes."""
    return Column(LargeBinary, primary_key=key, nullable=null, index=index, unique=unique or None)


def text(default: str = "") -> Any:
    """A text column that a later revision added: rows before it hold `default`."""
    return Field(default=default, sa_column_kwargs={"server_default": default})


def added(default: float | str) -> Any:
    """A column that a later revision added: rows before it hold `default`."""
    return Field(default=default, sa_column_kwargs={"server_default": str(default)})


def table_of(model: type[SQLModel]) -> Table:
    """The Core table of a model, for statements on the hot paths."""
    return model.metadata.tables[str(model.__tablename__)]
