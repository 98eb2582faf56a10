"""The register of personal data breaches (GDPR Article 33(5))."""

from __future__ import annotations

from sqlmodel import Field

from privacy.storage.tables.base import MainTable, big, blob


class Breach(MainTable, table=True):
    """One incident. Its account is sealed under the case class of `holder_id`.

    `aware_at`: when the controller became aware, from which 72 elapsed hours count.
    `risk`: unknown, unlikely, risk or high. State and risk follow from the events.
    """

    __tablename__ = "breach"
    id: str = Field(primary_key=True)
    holder_id: int = Field(sa_column=big(index=True))
    row_id: int = Field(sa_column=big())
    account_sealed: bytes | None = Field(default=None, sa_column=blob(null=True))
    laws: str
    state: str = Field(index=True)
    risk: str
    aware_at: int = Field(sa_column=big(index=True))
    began_at: int | None = Field(default=None, sa_column=big(null=True))
    ended_at: int | None = Field(default=None, sa_column=big(null=True))
    opened_at: int = Field(sa_column=big())
    opened_by: str
    closed_at: int | None = Field(default=None, sa_column=big(null=True))


class BreachEvent(MainTable, table=True):
    """One line of an incident's timeline, only ever added; `facts` are codes as JSON."""

    __tablename__ = "breach_event"
    breach_id: str = Field(primary_key=True, foreign_key="breach.id")
    seq: int = Field(primary_key=True)
    type: str
    at: int = Field(sa_column=big())
    recorded_at: int = Field(sa_column=big())
    actor: str
    facts: str = "{}"
    row_id: int | None = Field(default=None, sa_column=big(null=True))
    note_sealed: bytes | None = Field(default=None, sa_column=blob(null=True))


class BreachPerson(MainTable, table=True):
    """A person who is affected and how that is known. An erasure takes `subject_id`."""

    __tablename__ = "breach_person"
    id: int = Field(sa_column=big(key=True))
    breach_id: str = Field(index=True, foreign_key="breach.id")
    subject_id: int | None = Field(default=None, sa_column=big(null=True, index=True))
    known_by: str
    what: str
    added_at: int = Field(sa_column=big())
    letter_id: str | None = None
    told_at: int | None = Field(default=None, sa_column=big(null=True))
