"""The audit log: entries, leaves, tiles, the compact range and checkpoints.

`audit_entry.body` is the evidence; every other column is a copy for queries
that verification compares with it.
"""

from __future__ import annotations

from sqlmodel import Field

from privacy.storage.tables.base import MainTable, big, blob


class AuditEntry(MainTable, table=True):
    __tablename__ = "audit_entry"
    id: str = Field(primary_key=True)
    at: int = Field(sa_column=big())
    actor: str
    action: str = Field(index=True)
    request: str | None = Field(default=None, index=True)
    body: bytes = Field(sa_column=blob())


class AuditLeaf(MainTable, table=True):
    """Position of an entry in the tree, and its leaf hash."""

    __tablename__ = "audit_leaf"
    idx: int = Field(sa_column=big(key=True))
    entry_id: str = Field(unique=True)
    leaf: bytes = Field(sa_column=blob())


class AuditTile(MainTable, table=True):
    """Hashes of one complete 256-wide tile (C2SP tlog-tiles), concatenated."""

    __tablename__ = "audit_tile"
    level: int = Field(primary_key=True)
    n: int = Field(sa_column=big(key=True))
    hashes: bytes = Field(sa_column=blob())


class AuditState(MainTable, table=True):
    """One row: size and compact range of the tree, and the last entry's instant."""

    __tablename__ = "audit_state"
    id: int = Field(primary_key=True)
    size: int = Field(sa_column=big())
    hashes: bytes = Field(sa_column=blob())
    last_at: int = Field(sa_column=big())


class AuditPending(MainTable, table=True):
    """Entries committed on PostgreSQL that no sequencer has put into the tree yet."""

    __tablename__ = "audit_pending"
    entry_id: str = Field(primary_key=True)
    at: int = Field(sa_column=big())


class AuditSubject(MainTable, table=True):
    """Copy of an entry's pseudonyms, to answer "who read my data"."""

    __tablename__ = "audit_subject"
    pseudonym: str = Field(primary_key=True)
    entry_id: str = Field(primary_key=True)


class AuditCheckpoint(MainTable, table=True):
    """A signed note over one tree size."""

    __tablename__ = "audit_checkpoint"
    size: int = Field(sa_column=big(key=True))
    note: bytes = Field(sa_column=blob())
    at: int = Field(sa_column=big())


# Tables that refuse UPDATE and DELETE by triggers, which the migrations make.
APPEND_ONLY = ("audit_entry", "audit_leaf", "audit_tile", "audit_checkpoint")
