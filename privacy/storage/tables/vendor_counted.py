"""Calls of vendors as the gate counts them: by keyed tag, beside the sealed records."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field

from privacy.storage.tables.base import MainTable, big, blob


class VendorCallRow(MainTable, table=True):
    """One call that a vendor's own records tell: it counts in caps and gaps.

    It holds no number, only the keyed tag. `digest` is of the call's key: the same call in
    two exports of one import's vendor stands once. `tells_opt_out`: its export would say if the
    person had opted out in it.
    """

    __tablename__ = "vendor_call"
    __table_args__ = (
        Index("uq_vendor_call_tag_at_digest", "tag", "at", "digest", unique=True),
        Index("ix_vendor_call_import_id", "import_id"),
    )
    id: int = Field(sa_column=big(key=True))
    import_id: str = Field(foreign_key="vendor_call_import.id")
    digest: int = Field(sa_column=big())
    tag: bytes | None = Field(default=None, sa_column=blob(null=True))
    at: int = Field(sa_column=big())
    channel: str
    outcome: str
    tells_opt_out: bool
