"""What both databases say of themselves, actors, and the lines of the ledger carried out."""

from __future__ import annotations

from sqlmodel import Field

from privacy.storage.tables.base import MainTable, VaultTable, big, blob


class DeskMeta(MainTable, table=True):
    """One row: which desk this is. Compared with vault and custody before anything else."""

    __tablename__ = "desk_meta"
    desk_id: str = Field(primary_key=True)
    generation: int
    demo: bool
    created_at: int = Field(sa_column=big())


class Actor(MainTable, table=True):
    """A person or program that acts; `id` is a staff id, never a name."""

    __tablename__ = "actor"
    id: str = Field(primary_key=True)
    role: str
    secret_hash: str
    active: bool = True
    created_at: int = Field(sa_column=big())


class LedgerDone(MainTable, table=True):
    """Ids of the lines of the ledger of no that main has carried out."""

    __tablename__ = "ledger_done"
    line_id: str = Field(primary_key=True)
    done_at: int = Field(sa_column=big())


class Watermark(MainTable, table=True):
    """Latest instant seen by a named writer (operational): finds a clock set back."""

    __tablename__ = "watermark"
    name: str = Field(primary_key=True)
    seen_at: int = Field(sa_column=big())


class VaultMeta(VaultTable, table=True):
    """One row: which desk this vault belongs to and the current epoch."""

    __tablename__ = "vault_meta"
    desk_id: str = Field(primary_key=True)
    generation: int
    epoch: int


class LedgerLine(VaultTable, table=True):
    """The ledger of no on PostgreSQL; on SQLite it is a file of the state directory."""

    __tablename__ = "ledger_line"
    number: int = Field(sa_column=big(key=True))
    body: bytes = Field(sa_column=blob())
