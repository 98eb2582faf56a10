"""What stands about a vendor beside its answers: clauses, sub-processors, transfers, and whether
it may have numbers.

Words and persons are sealed under the vendor's own `holder_id`; organisations, countries, days
and codes stand in clear.
"""

from __future__ import annotations

from sqlmodel import Field

from privacy.storage.tables.base import MainTable, big, blob


class VendorClause(MainTable, table=True):
    """What was found of one clause in the contract, only ever added: the newest counts.

    `pages`: such as 4 or 4-6. `document`: id of evidence or a SHA-256. Sealed: document's name
    and note.
    """

    __tablename__ = "vendor_clause"
    vendor_id: str = Field(primary_key=True, foreign_key="vendor.id")
    seq: int = Field(primary_key=True)
    clause: str
    state: str
    pages: str = ""
    document: str = ""
    row_id: int | None = Field(default=None, sa_column=big(null=True))
    words_sealed: bytes | None = Field(default=None, sa_column=blob(null=True))
    set_at: int = Field(sa_column=big())
    set_by: str


class VendorSubProcessor(MainTable, table=True):
    """Whom a vendor passes data on to. `parent_id`: who engaged it, where not the vendor itself.

    `depth`: 1 for whom the vendor engages. `has`: codes of the sealed particulars.
    `notified_on`: when the controller was told, or "".
    """

    __tablename__ = "vendor_sub_processor"
    id: str = Field(primary_key=True)
    vendor_id: str = Field(index=True, foreign_key="vendor.id")
    parent_id: str = ""
    depth: int
    name: str
    country: str = ""
    task: str = ""
    notified_on: str = ""
    has: str = ""
    row_id: int = Field(sa_column=big())
    details_sealed: bytes | None = Field(default=None, sa_column=blob(null=True))
    added_at: int = Field(sa_column=big())
    added_by: str
    ended_at: int | None = Field(default=None, sa_column=big(null=True))


class VendorDataTransfer(MainTable, table=True):
    """A transfer to another country, its safeguard, and its assessment.

    `sub_processor_id`: who gets it, or "" for the vendor. `assessed_on`, `valid_until`: days of
    the transfer impact assessment and of the safeguard, or "". `document`: as of a clause.
    """

    __tablename__ = "vendor_data_transfer"
    id: str = Field(primary_key=True)
    vendor_id: str = Field(index=True, foreign_key="vendor.id")
    sub_processor_id: str = ""
    country: str
    tool: str
    assessed_on: str = ""
    valid_until: str = ""
    document: str = ""
    added_at: int = Field(sa_column=big())
    added_by: str
    ended_at: int | None = Field(default=None, sa_column=big(null=True))


class VendorStanding(MainTable, table=True):
    """Whether the vendor may have numbers, as the gateway reads it. Written with what changes it.

    `outcome`: of the newest scoring, "" before the first. `failed`: gates at 0 now, separated by
    spaces. `review_on`: from this day on the vendor is due again. `ended`: 1 for one that
    calls no more.
    """

    __tablename__ = "vendor_standing"
    vendor_id: str = Field(primary_key=True, foreign_key="vendor.id")
    name: str = Field(unique=True)
    outcome: str = ""
    failed: str = ""
    review_on: str = ""
    ended: int = 0
