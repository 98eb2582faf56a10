"""Evidence that controls are kept, and what the law said of each placed call looked at again."""

from __future__ import annotations

from sqlmodel import Field

from privacy.storage.tables.base import MainTable, big, blob


class ControlEvidence(MainTable, table=True):
    """One document of the controller that shows how a duty is kept; never changed, only withdrawn.

    `kind`: policy, procedure, training, contract, review, test or other. `clauses`: what it
    shows, as codes of clauses and controls separated by spaces. `people`: how many were
    trained; `staff`: those of them with a staff id, separated by spaces. The file is sealed
    under the case class of `holder_id`, or lies where `reference` says. Days are ISO dates;
    `valid_until` is "" for one without an end.
    """

    __tablename__ = "control_evidence"
    id: str = Field(primary_key=True)
    kind: str
    clauses: str
    title: str
    version: str
    dated_on: str
    valid_until: str
    people: int
    staff: str
    file_sha256: str
    file_bytes: int
    reference: str
    holder_id: int | None = Field(default=None, sa_column=big(null=True))
    row_id: int | None = Field(default=None, sa_column=big(null=True))
    file_sealed: bytes | None = Field(default=None, sa_column=blob(null=True))
    added_at: int = Field(sa_column=big(index=True))
    added_by: str
    withdrawn_at: int | None = Field(default=None, sa_column=big(null=True))
    withdrawn_by: str = ""
    withdrawn_why: str = ""


class CallJudgement(MainTable, table=True):
    """What the law said of one placed call when it was looked at again; codes, of no person.

    It stays when an erasure takes the facts, so that figures stay as they were. `looked` is 1
    where the facts were there; `denying` are rule ids separated by spaces; `local_minute` counts
    from Monday 00:00 in the called person's first zone; `places` are jurisdictions separated by
    spaces; `after_opt_out` is None where no tag was left to compare. `list_age_days` is the
    oldest list's.
    """

    __tablename__ = "call_judgement"
    attempt_id: str = Field(primary_key=True, foreign_key="attempt.id")
    judged_at: int = Field(sa_column=big())
    looked: int
    denying: str = ""
    unknown: str = ""
    local_minute: int | None = None
    places: str = ""
    list_age_days: float | None = None
    after_opt_out: int | None = None
    pack_sha256: str = ""
    own_sha256: str = ""
