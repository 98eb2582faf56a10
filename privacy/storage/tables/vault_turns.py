"""Epoch turns as main knows them: an unfinished one is gone on with at the next start."""

from __future__ import annotations

from sqlmodel import Field

from privacy.storage.tables.base import MainTable, big


class EpochTurn(MainTable, table=True):
    """One turn away from `epoch`; `destroyed_at` is set when every place was read back."""

    __tablename__ = "epoch_turn"
    epoch: int = Field(primary_key=True)
    begun_at: int = Field(sa_column=big())
    destroyed_at: int | None = Field(default=None, sa_column=big(null=True))
    custody_kind: str = ""
    places: str = ""
    entry_id: str = ""
