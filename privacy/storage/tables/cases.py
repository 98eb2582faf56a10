"""What belongs to a request besides its row: evidence, mail, reminders, approvals, rules.

What a person gave or is sent is sealed under the case's own key (class case), so
it dies with the case's ground; codes, ids and days stand open.
"""

from __future__ import annotations

from sqlmodel import Field

from privacy.storage.tables.base import MainTable, big, blob, text


class RequestTag(MainTable, table=True):
    """Keyed tag of what somebody claimed to be reached by: finds duplicates before identity.

    It proves nothing, leads to no person, and goes when the case is closed.
    """

    __tablename__ = "request_tag"
    request_id: str = Field(primary_key=True, foreign_key="rights_request.id")
    tag: bytes = Field(sa_column=blob(key=True, index=True))


class RequestAttachment(MainTable, table=True):
    """A file that belongs to the case, sealed with its name under the case's key."""

    __tablename__ = "request_attachment"
    request_id: str = Field(primary_key=True, foreign_key="rights_request.id")
    number: int = Field(primary_key=True)
    row_id: int = Field(sa_column=big())
    name_sealed: bytes | None = Field(default=None, sa_column=blob(null=True))
    content_sealed: bytes | None = Field(default=None, sa_column=blob(null=True))
    added_at: int = Field(sa_column=big())
    added_by: str


class RequestEvidence(MainTable, table=True):
    """Identity evidence; its content goes after the decision, the row stays."""

    __tablename__ = "request_evidence"
    request_id: str = Field(primary_key=True, foreign_key="rights_request.id")
    number: int = Field(primary_key=True)
    row_id: int = Field(sa_column=big())
    kind: str
    content_sealed: bytes | None = Field(default=None, sa_column=blob(null=True))
    added_at: int = Field(sa_column=big())
    deleted_at: int | None = Field(default=None, sa_column=big(null=True))


class Outbox(MainTable, table=True):
    """A message to be sent: queued, sending, sent, failed or cancelled; `error` is a code.

    Sealed under the case class of `holder_id`; address and content go when it is sent.
    """

    __tablename__ = "outbox"
    id: str = Field(primary_key=True)
    holder_id: int = Field(sa_column=big(index=True))
    request_id: str | None = Field(default=None, index=True, foreign_key="rights_request.id")
    kind: str
    row_id: int = Field(sa_column=big())
    to_sealed: bytes | None = Field(default=None, sa_column=blob(null=True))
    content_sealed: bytes | None = Field(default=None, sa_column=blob(null=True))
    state: str = Field(index=True)
    tries: int = 0
    next_at: int = Field(sa_column=big())
    sent_at: int | None = Field(default=None, sa_column=big(null=True))
    error: str = ""
    created_at: int = Field(sa_column=big())
    bounced_at: int | None = Field(default=None, sa_column=big(null=True))
    bounce: str = text()


class PackageCopy(MainTable, table=True):
    """The desk's own sealed copy of a released package, under a key that dies on its day."""

    __tablename__ = "package_copy"
    request_id: str = Field(primary_key=True, foreign_key="rights_request.id")
    approved_seq: int = Field(primary_key=True)
    holder_id: int = Field(sa_column=big(index=True))
    row_id: int = Field(sa_column=big())
    content_sealed: bytes | None = Field(default=None, sa_column=blob(null=True))
    sha256: str
    size_bytes: int
    dies_at: int = Field(sa_column=big(index=True))
    destroyed_at: int | None = Field(default=None, sa_column=big(null=True))


class RequestReminder(MainTable, table=True):
    """A reminder that was made: one of a kind for a case on one day."""

    __tablename__ = "request_reminder"
    request_id: str = Field(primary_key=True, foreign_key="rights_request.id")
    kind: str = Field(primary_key=True)
    on_day: str = Field(primary_key=True)
    made_at: int = Field(sa_column=big())


class ProfileVersion(MainTable, table=True):
    """A profile that a rectification replaced, sealed under the person's desk key."""

    __tablename__ = "profile_version"
    subject_id: int = Field(sa_column=big(key=True))
    version: int = Field(primary_key=True)
    sealed: bytes = Field(sa_column=blob())
    request_id: str = Field(index=True)
    replaced_at: int = Field(sa_column=big())


class Correction(MainTable, table=True):
    """What a rectification proposes, sealed under the person's desk key until it is done."""

    __tablename__ = "correction"
    request_id: str = Field(primary_key=True, foreign_key="rights_request.id")
    subject_id: int = Field(sa_column=big(index=True))
    row_id: int = Field(sa_column=big())
    sealed: bytes = Field(sa_column=blob())
    sha256: str
    made_at: int = Field(sa_column=big())
    made_by: str


class PlanApproval(MainTable, table=True):
    """How a plan was approved: by a second person, after the wait, outside, or by break-glass."""

    __tablename__ = "plan_approval"
    request_id: str = Field(primary_key=True, foreign_key="rights_request.id")
    seq: int = Field(primary_key=True)
    kind: str
    actor: str
    plan_sha256: str
    at: int = Field(sa_column=big())
    detail: str = ""


class ApproverKey(MainTable, table=True):
    """The public key of somebody outside the desk who may approve plans by a signed file."""

    __tablename__ = "approver_key"
    id: str = Field(primary_key=True)
    public_key_pem: str
    added_by: str
    added_at: int = Field(sa_column=big())
    revoked_at: int | None = Field(default=None, sa_column=big(null=True))


class RetentionRule(MainTable, table=True):
    """How long the controller keeps what, from which start, on which ground."""

    __tablename__ = "retention_rule"
    id: str = Field(primary_key=True)
    what: str
    start: str
    keep_months: int
    ground: str
    citation: str
    active: bool
    added_at: int = Field(sa_column=big())
    added_by: str


class RetentionEvent(MainTable, table=True):
    """A day from which a retention rule counts for a person, such as a contract's end."""

    __tablename__ = "retention_event"
    subject_id: int = Field(sa_column=big(key=True))
    what: str = Field(primary_key=True)
    on_day: str
    recorded_at: int = Field(sa_column=big())
    recorded_by: str


class NoticeTask(MainTable, table=True):
    """People of one list bought in who must be told where their data came from (GDPR Art. 14)."""

    __tablename__ = "notice_task"
    id: str = Field(primary_key=True)
    import_id: str = Field(index=True, unique=True)
    source: str
    obtained_at: int = Field(sa_column=big())
    people: int
    request_id: str | None = Field(default=None, foreign_key="rights_request.id")
