"""Consent with its evidence, suppression, restrictions, notices and do-not-call registers.

Consent rows are only ever added. Tags are keyed and full length; they stand
here for numbers and mails that opted out, and for the lists of registers.
"""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field

from privacy.storage.tables.base import MainTable, big, blob


class Notice(MainTable, table=True):
    """A text that was shown when consent was asked; not personal data."""

    __tablename__ = "notice"
    id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    language: str
    text: str
    sha256: str
    created_at: int = Field(sa_column=big())


class ConsentRow(MainTable, table=True):
    """One grant, withdrawal or correction. `effective_at` is when the person said so.

    An erasure takes subject, point and, if the consent key dies, the evidence.
    """

    __tablename__ = "consent_record"
    id: int = Field(sa_column=big(key=True))
    public_id: str = Field(unique=True)
    subject_id: int | None = Field(default=None, sa_column=big(null=True, index=True))
    point_id: int | None = Field(default=None, sa_column=big(null=True, index=True))
    kind: str
    purpose: str
    channel: str
    consent_class: str
    effective_at: int = Field(sa_column=big())
    valid_until_at: int | None = Field(default=None, sa_column=big(null=True))
    notice_id: str = ""
    notice_version: int = 0
    seller: str = ""
    source: str
    documented: bool
    evidence_sealed: bytes | None = Field(default=None, sa_column=blob(null=True))
    recorded_at: int = Field(sa_column=big())
    recorded_by: str
    corrects: str | None = Field(default=None, index=True)


class SuppressionRow(MainTable, table=True):
    """A number or mail that opted out of everything; outlives its person.

    `spread_at` is set when each known person who has it got a withdrawal.
    """

    __tablename__ = "suppression"
    id: str = Field(primary_key=True)
    tag: bytes = Field(sa_column=blob(index=True))
    kind: str
    since_at: int = Field(sa_column=big())
    source: str
    recorded_by: str
    attempt: str | None = None
    words_holder_id: int | None = Field(default=None, sa_column=big(null=True))
    words_row_id: int | None = Field(default=None, sa_column=big(null=True))
    words_sealed: bytes | None = Field(default=None, sa_column=blob(null=True))
    spread_at: int | None = Field(default=None, sa_column=big(null=True))


class SuppressionLift(MainTable, table=True):
    """A later express consent that lifts a suppression for one purpose and channel."""

    __tablename__ = "suppression_lift"
    suppression_id: str = Field(primary_key=True, foreign_key="suppression.id")
    consent_id: str = Field(primary_key=True)
    purpose: str
    channel: str
    lifted_at: int = Field(sa_column=big())


class ConsentEnd(MainTable, table=True):
    """Which grant a withdrawal ended, noted when the later of the two was recorded.

    By public ids only, so that an erasure, which takes the person from both, leaves it.
    """

    __tablename__ = "consent_end"
    grant_id: str = Field(primary_key=True)
    withdrawal_id: str = Field(primary_key=True, index=True)


class RestrictionRow(MainTable, table=True):
    """A person whose data may only be stored (GDPR Article 18), until lifted.

    `informed_at`: when the person was told that it will be lifted (Article 18(3)).
    """

    __tablename__ = "restriction"
    id: str = Field(primary_key=True)
    subject_id: int | None = Field(default=None, sa_column=big(null=True, index=True))
    reason: str
    placed_at: int = Field(sa_column=big())
    lifted_at: int | None = Field(default=None, sa_column=big(null=True))
    request_id: str | None = Field(default=None, index=True)
    informed_at: int | None = Field(default=None, sa_column=big(null=True))


class RegisterList(MainTable, table=True):
    """One published state of a do-not-call register; it counts once `loaded_at` is set."""

    __tablename__ = "register_list"
    id: str = Field(primary_key=True)
    register_id: str = Field(index=True)
    published_on: str
    source: str
    sha256: str
    numbers: int
    loaded_at: int | None = Field(default=None, sa_column=big(null=True))


class RegisterNumber(MainTable, table=True):
    """Keyed tag of a number on a list."""

    __tablename__ = "register_number"
    list_id: str = Field(primary_key=True)
    tag: bytes = Field(sa_column=blob(key=True))


class RegisterChange(MainTable, table=True):
    """A number that came onto a register, or left it, with the list of that day.

    With the newest list it tells who stood on any earlier one. The first list that was ever
    loaded has no changes: before its day nothing is known.
    """

    __tablename__ = "register_change"
    __table_args__ = (Index("ix_register_change_register_tag", "register_id", "tag"),)
    id: int = Field(sa_column=big(key=True))
    register_id: str
    tag: bytes = Field(sa_column=blob())
    published_on: str
    listed: bool
