"""Call records of vendors as they were imported: sealed in chunks, with their manifest.

Of an export stay numbers, instants, dispositions and keys, sealed under the calls class of
the import's own `holder_id`. Names, addresses and birth dates of the export are not read.
"""

from __future__ import annotations

from sqlmodel import Field

from privacy.storage.tables.base import MainTable, big, blob


class VendorCallImport(MainTable, table=True):
    """One export of one vendor. `manifest`: what was declared and found, as JSON, of nobody.

    `state`: running, done, replaced or ended. `settings_sha256`: of the files and all that was
    declared about them; the same again changes nothing.
    """

    __tablename__ = "vendor_call_import"
    id: str = Field(primary_key=True)
    vendor_id: str = Field(foreign_key="vendor.id", index=True)
    holder_id: int = Field(sa_column=big())
    state: str
    format: str
    settings_sha256: str = Field(index=True)
    started_at: int = Field(sa_column=big())
    started_by: str
    finished_at: int | None = Field(default=None, sa_column=big(null=True))
    calls: int = Field(default=0, sa_column=big())
    first_at: int | None = Field(default=None, sa_column=big(null=True))
    last_at: int | None = Field(default=None, sa_column=big(null=True))
    manifest: str = "{}"
    manifest_sha256: str = ""


class VendorCallFile(MainTable, table=True):
    """One file of an export as it was given: its digest, and how many records it held."""

    __tablename__ = "vendor_call_file"
    import_id: str = Field(primary_key=True, foreign_key="vendor_call_import.id")
    position: int = Field(primary_key=True)
    sha256: str = Field(index=True)
    size_bytes: int = Field(sa_column=big())


class VendorCallChunk(MainTable, table=True):
    """Up to 100,000 calls as sealed columns; `digests_sealed` are those of their keys alone."""

    __tablename__ = "vendor_call_chunk"
    row_id: int = Field(sa_column=big(key=True))
    digest_row_id: int = Field(sa_column=big())
    import_id: str = Field(foreign_key="vendor_call_import.id", index=True)
    number: int
    calls: int
    sealed: bytes = Field(sa_column=blob())
    digests_sealed: bytes = Field(sa_column=blob())
