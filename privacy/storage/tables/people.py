"""Data subjects, their contact points and imports. Every value is sealed or a code."""

from __future__ import annotations

from sqlmodel import Field

from privacy.storage.tables.base import MainTable, big, blob


class Subject(MainTable, table=True):
    """A data subject. `profile_sealed` holds names, e-mails and address under the desk key."""

    __tablename__ = "subject"
    id: int = Field(sa_column=big(key=True))
    state: str
    merged_into: int | None = Field(default=None, sa_column=big(null=True, index=True))
    import_id: str | None = Field(default=None, index=True)
    lawful_basis: str
    source: str
    obtained_on: str
    created_at: int = Field(sa_column=big())
    profile_sealed: bytes | None = Field(default=None, sa_column=blob(null=True))
    profile_version: int = 1


class ContactPoint(MainTable, table=True):
    """One phone (sealed under the call key) or e-mail (inside the profile) of a person."""

    __tablename__ = "contact_point"
    id: int = Field(sa_column=big(key=True))
    subject_id: int = Field(sa_column=big(index=True, to="subject.id"))
    kind: str
    label: str = ""
    created_at: int = Field(sa_column=big())
    sealed: bytes | None = Field(default=None, sa_column=blob(null=True))
    version: int = 1


class ImportBatch(MainTable, table=True):
    """One import of one file, with where it stands: rows up to `rows_done` are committed.

    Digests find the import again when the same file is given after an interruption.
    """

    __tablename__ = "import_batch"
    id: str = Field(primary_key=True)
    file_sha256: str = Field(index=True)
    settings_sha256: str
    source: str
    lawful_basis: str
    obtained_on: str
    started_at: int = Field(sa_column=big())
    finished_at: int | None = Field(default=None, sa_column=big(null=True))
    rows_done: int
    imported: int = 0
    merged: int = 0
    unchanged: int = 0
    rejected: int = 0
    erased: int = 0
    shared: int = 0
    possible_duplicates: int = 0


class PossibleDuplicate(MainTable, table=True):
    """Two subjects that share a contact point but whose names are not compatible."""

    __tablename__ = "possible_duplicate"
    subject_id: int = Field(sa_column=big(key=True))
    other_id: int = Field(sa_column=big(key=True))
    found_at: int = Field(sa_column=big())
    settled_at: int | None = Field(default=None, sa_column=big(null=True))


class ErasedTag(MainTable, table=True):
    """Full keyed tag of a number or mail of an erased person: not imported again."""

    __tablename__ = "erased_tag"
    tag: bytes = Field(sa_column=blob(key=True))
    erased_at: int = Field(sa_column=big())
