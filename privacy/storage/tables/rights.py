"""Rights requests: the case, its timeline, its erasure plan, holds and what is kept.

No due date is stored: it is computed from the facts and the timeline. What a
person wrote is sealed under the case's own key (class case), whose holder is
the case and not the person, so that it can outlive an erasure on its ground.
"""

from __future__ import annotations

from sqlmodel import Field

from privacy.storage.tables.base import MainTable, big, blob, text


class RightsRequest(MainTable, table=True):
    """One request. An erasure takes `subject_id`; what figures rest on stays.

    `laws`: all that apply, separated by spaces; `law` is the one named or found first.
    `link`: what the case is to `parent_id` (appeal, complaint, duplicate, merged).
    `asked_by`: person, agent, parent, guardian, estate or authority; `authority_ok`:
    proof of their authority was seen. `letter_on`, `due_on_stated`: days of an
    authority's letter. `language`: of the letters to whoever asked; "" is not known.
    """

    __tablename__ = "rights_request"
    id: str = Field(primary_key=True)
    holder_id: int = Field(sa_column=big(index=True))
    kind: str
    law: str
    channel: str
    state: str = Field(index=True)
    owner: str
    received_at: int = Field(sa_column=big())
    opened_at: int = Field(sa_column=big())
    subject_id: int | None = Field(default=None, sa_column=big(null=True, index=True))
    identity_level: str = ""
    file_sealed: bytes | None = Field(default=None, sa_column=blob(null=True))
    plan: str = ""
    plan_sha256: str = ""
    planned_by: str = ""
    approved_by: str = ""
    approved_seq: int | None = None
    outcome: str = ""
    certificate: str = ""
    certificate_sha256: str = ""
    closed_at: int | None = Field(default=None, sa_column=big(null=True))
    laws: str = text()
    deputy: str = text()
    parent_id: str | None = Field(default=None, index=True)
    link: str = text()
    asked_by: str = text("person")
    authority_ok: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    harm: str = text("ordinary")
    letter_on: str = text()
    due_on_stated: str = text()
    language: str = text()


class RequestEvent(MainTable, table=True):
    """One line of the timeline, only ever added.

    `facts` are codes for the clock, as JSON; `row_id` is the place of a sealed note.
    """

    __tablename__ = "request_event"
    request_id: str = Field(primary_key=True, foreign_key="rights_request.id")
    seq: int = Field(primary_key=True)
    type: str
    at: int = Field(sa_column=big())
    recorded_at: int = Field(sa_column=big())
    actor: str
    facts: str = "{}"
    row_id: int | None = Field(default=None, sa_column=big(null=True))
    note_sealed: bytes | None = Field(default=None, sa_column=blob(null=True))


class RequestChallenge(MainTable, table=True):
    """A code sent to a contact point on file; only its keyed hash is kept."""

    __tablename__ = "request_challenge"
    request_id: str = Field(primary_key=True, foreign_key="rights_request.id")
    code_hash: bytes = Field(sa_column=blob())
    subject_id: int | None = Field(default=None, sa_column=big(null=True, index=True))
    expires_at: int = Field(sa_column=big())
    tries_left: int


class RequestPackage(MainTable, table=True):
    """A package that was released, once for each approval; never where it was written."""

    __tablename__ = "request_package"
    request_id: str = Field(primary_key=True, foreign_key="rights_request.id")
    approved_seq: int = Field(primary_key=True)
    sha256: str
    entry_id: str
    released_at: int = Field(sa_column=big())


class ErasureStep(MainTable, table=True):
    """One step of an erasure: listed by the plan before the first one happens."""

    __tablename__ = "erasure_step"
    request_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    name: str
    what: str
    done_at: int | None = Field(default=None, sa_column=big(null=True))
    entry_id: str = ""
    detail: str = ""


class KeptKey(MainTable, table=True):
    """A key that an erasure or a closed case left alive: on which ground, and its last day."""

    __tablename__ = "kept_key"
    holder_id: int = Field(sa_column=big(key=True))
    key_class: str = Field(primary_key=True)
    request_id: str = Field(index=True)
    ground: str
    citation: str
    until_on: str
    destroyed_at: int | None = Field(default=None, sa_column=big(null=True))


class LegalHold(MainTable, table=True):
    """What stops a destruction for legal claims (GDPR Article 17(3)(e)), until released.

    `scope`: person, case, or query (codes such as import, source or country in `query`,
    never a name or number). `until_on`: its last day, or "" for until it is released.
    """

    __tablename__ = "legal_hold"
    id: str = Field(primary_key=True)
    subject_id: int | None = Field(default=None, sa_column=big(null=True, index=True))
    reason: str
    placed_by: str
    placed_at: int = Field(sa_column=big())
    released_at: int | None = Field(default=None, sa_column=big(null=True))
    scope: str = text("person")
    request_id: str | None = Field(default=None, index=True)
    query: str = text()
    until_on: str = text()
