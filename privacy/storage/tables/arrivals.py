"""What came in, by whichever way: one ledger of arrivals, each with its sealed original."""

from __future__ import annotations

from sqlmodel import Field

from privacy.storage.tables.base import MainTable, big, blob


class Arrival(MainTable, table=True):
    """One thing that came in. `state`: waiting, opened, joined (to a request) or set_aside.

    `source`: cli, api, email, folder, paper, telephone, in_person, agent or web_form.
    `received_at` with `zone`: the instant at which it reached the controller and the
    controller's zone then; `received_by`: how that is known. `original_tag`: keyed hash of
    the original, so that the same file twice changes nothing. `kinds`: what it may ask for,
    separated by spaces. `language_by`: stated, detected, asked or "". `reason`: a code, why
    it waits or was set aside.
    """

    __tablename__ = "arrival"
    id: str = Field(primary_key=True)
    source: str = Field(index=True)
    channel: str
    state: str = Field(index=True)
    received_at: int = Field(sa_column=big(index=True))
    zone: str
    received_by: str
    taken_at: int = Field(sa_column=big())
    taken_by: str
    holder_id: int = Field(sa_column=big(index=True))
    row_id: int = Field(sa_column=big())
    original_tag: bytes = Field(sa_column=blob(unique=True))
    name_sealed: bytes | None = Field(default=None, sa_column=blob(null=True))
    original_sealed: bytes | None = Field(default=None, sa_column=blob(null=True))
    size_bytes: int
    media_type: str
    language: str = ""
    language_by: str = ""
    kinds: str = ""
    place: str = ""
    batch_id: str | None = Field(default=None, index=True)
    row_number: int | None = None
    reason: str = ""
    set_aside_at: int | None = Field(default=None, sa_column=big(null=True))


class ArrivalCase(MainTable, table=True):
    """A request that an arrival opened or joined: one letter can ask for several things."""

    __tablename__ = "arrival_case"
    arrival_id: str = Field(primary_key=True, foreign_key="arrival.id")
    request_id: str = Field(primary_key=True, index=True, foreign_key="rights_request.id")


class ArrivalBatch(MainTable, table=True):
    """Many arrivals from one file or folder, so that an interrupted one goes on."""

    __tablename__ = "arrival_batch"
    id: str = Field(primary_key=True)
    source: str
    file_tag: bytes = Field(sa_column=blob(unique=True))
    next_row: int
    opened: int
    rejected: int
    started_at: int = Field(sa_column=big())
    started_by: str
    finished_at: int | None = Field(default=None, sa_column=big(null=True))
