"""Vendors, what they answered with which evidence, and how that was scored.

A vendor's words, files and contact persons are sealed under the case class of the vendor's
own `holder_id`: one vendor's key opens nothing of another's.
"""

from __future__ import annotations

from sqlmodel import Field

from privacy.storage.tables.base import MainTable, big, blob


class Vendor(MainTable, table=True):
    """One organisation that calls for the controller. `name` is the organisation's.

    `contact_sealed`: who to reach there, as JSON. `state`: active or ended.
    """

    __tablename__ = "vendor"
    id: str = Field(primary_key=True)
    holder_id: int = Field(sa_column=big(index=True))
    row_id: int = Field(sa_column=big())
    name: str = Field(unique=True)
    country: str = ""
    contact_sealed: bytes | None = Field(default=None, sa_column=blob(null=True))
    state: str = Field(index=True)
    created_at: int = Field(sa_column=big())
    created_by: str


class VendorRound(MainTable, table=True):
    """One asking: the first or a reassessment. After `due_on` what is unanswered counts 0.

    `reason`: first, period, or the event that made it due. `closed_at`: when a scoring closed it.
    """

    __tablename__ = "vendor_round"
    vendor_id: str = Field(primary_key=True, foreign_key="vendor.id")
    number: int = Field(primary_key=True)
    reason: str
    opened_at: int = Field(sa_column=big())
    opened_by: str
    due_on: str
    closed_at: int | None = Field(default=None, sa_column=big(null=True))


class VendorAnswer(MainTable, table=True):
    """One answer, only ever added: the newest of a question counts.

    `source`: typed, file, form, vsaq or caiq. Sealed: the value and the vendor's comment.
    """

    __tablename__ = "vendor_answer"
    vendor_id: str = Field(primary_key=True, foreign_key="vendor.id")
    seq: int = Field(primary_key=True)
    row_id: int = Field(sa_column=big())
    question_id: str
    answer_sealed: bytes = Field(sa_column=blob())
    source: str
    given_at: int = Field(sa_column=big())
    recorded_by: str


class VendorEvidence(MainTable, table=True):
    """A file that backs answers, from `valid_from` to `valid_until`, both days included.

    `questions`: ids separated by spaces. `sha256`: of the file as it was given.
    """

    __tablename__ = "vendor_evidence"
    id: str = Field(primary_key=True)
    vendor_id: str = Field(index=True, foreign_key="vendor.id")
    questions: str
    row_id: int = Field(sa_column=big())
    name_sealed: bytes = Field(sa_column=blob())
    content_sealed: bytes = Field(sa_column=blob())
    sha256: str
    size_bytes: int = Field(sa_column=big())
    valid_from: str
    valid_until: str
    added_at: int = Field(sa_column=big())
    added_by: str
    withdrawn_at: int | None = Field(default=None, sa_column=big(null=True))


class VendorScoring(MainTable, table=True):
    """One scoring as it was made, only ever added; its whole explanation is sealed.

    `total`: 0 to 100, "" where nothing could be scored. Digests: of the questionnaire with
    its extensions, and of answers, evidence and contradictions as they counted.
    """

    __tablename__ = "vendor_scoring"
    id: str = Field(primary_key=True)
    vendor_id: str = Field(index=True, foreign_key="vendor.id")
    seq: int
    round: int
    row_id: int = Field(sa_column=big())
    scored_at: int = Field(sa_column=big())
    scored_by: str
    questionnaire_sha256: str
    facts_sha256: str
    tier: str
    total: str
    outcome: str
    next_review_on: str
    document_sealed: bytes = Field(sa_column=blob())


class VendorRemediation(MainTable, table=True):
    """One gap that is to be closed, internal to the controller. `finding` is a code.

    `owner`: a staff id, or vendor. `note_sealed`: in words.
    """

    __tablename__ = "vendor_remediation"
    id: str = Field(primary_key=True)
    vendor_id: str = Field(index=True, foreign_key="vendor.id")
    question_id: str
    finding: str
    severity: str
    owner: str
    due_on: str
    state: str
    evidence_ids: str = ""
    opened_at: int = Field(sa_column=big())
    opened_by: str
    verified_at: int | None = Field(default=None, sa_column=big(null=True))
    verified_by: str = ""
    row_id: int | None = Field(default=None, sa_column=big(null=True))
    note_sealed: bytes | None = Field(default=None, sa_column=blob(null=True))


class VendorEvent(MainTable, table=True):
    """What happened to a vendor, only ever added; `facts` are codes as JSON."""

    __tablename__ = "vendor_event"
    vendor_id: str = Field(primary_key=True, foreign_key="vendor.id")
    seq: int = Field(primary_key=True)
    type: str
    at: int = Field(sa_column=big())
    recorded_at: int = Field(sa_column=big())
    actor: str
    facts: str = "{}"


class VendorClaimTest(MainTable, table=True):
    """A claim as call records tested it; the newest run of a kind counts. It names no person.

    `exceptions` of `tested` rows contradict it; `rows`: their numbers in the run's export as
    JSON, at most 1,000. `measured`: a figure as decimal text, or "".
    """

    __tablename__ = "vendor_claim_test"
    vendor_id: str = Field(primary_key=True, foreign_key="vendor.id")
    run_id: str = Field(primary_key=True)
    finding_id: str = Field(primary_key=True)
    kind: str
    rows: str
    exceptions: int = Field(sa_column=big())
    tested: int = Field(sa_column=big())
    measured: str = ""
    sampled: int = 0
    period_from: str = ""
    period_to: str = ""
    found_at: int = Field(sa_column=big())
    replaced_at: int | None = Field(default=None, sa_column=big(null=True))


class VendorExtension(MainTable, table=True):
    """The controller's own questions, inserted into the questionnaire in order of `position`."""

    __tablename__ = "vendor_extension"
    namespace: str = Field(primary_key=True)
    position: int
    sha256: str
    body: str
    added_at: int = Field(sa_column=big())
    added_by: str
