"""Letters as they were written, and the print runs in which some of them left the desk.

The words of a letter and its addressee are sealed under the case class of its
holder; codes, digests and days stand open.
"""

from __future__ import annotations

from sqlmodel import Field

from privacy.storage.tables.base import MainTable, big, blob


class Letter(MainTable, table=True):
    """One letter. `state`: draft, approved, queued, printed, sent, returned or cancelled.

    `form`: email, post or by_hand. `templates_sha256`: of the words it was made from, own
    ones of the desk included. `sha256`: of the sealed content.
    """

    __tablename__ = "letter"
    id: str = Field(primary_key=True)
    holder_id: int = Field(sa_column=big(index=True))
    request_id: str | None = Field(default=None, index=True, foreign_key="rights_request.id")
    breach_id: str | None = Field(default=None, index=True)
    kind: str
    law: str
    language: str
    form: str
    state: str = Field(index=True)
    row_id: int = Field(sa_column=big())
    to_sealed: bytes | None = Field(default=None, sa_column=blob(null=True))
    content_sealed: bytes | None = Field(default=None, sa_column=blob(null=True))
    sha256: str
    templates_sha256: str
    made_at: int = Field(sa_column=big())
    made_by: str
    approved_by: str = ""
    sent_at: int | None = Field(default=None, sa_column=big(null=True))
    message_id: str | None = Field(default=None, index=True)
    print_run_id: str | None = Field(default=None, index=True)


class PrintRun(MainTable, table=True):
    """Letters printed together: one PDF and its manifest of ids, pages and digests."""

    __tablename__ = "print_run"
    id: str = Field(primary_key=True)
    letters: int
    pages: int
    sha256: str
    manifest: str
    made_at: int = Field(sa_column=big())
    made_by: str
    posted_at: int | None = Field(default=None, sa_column=big(null=True))
