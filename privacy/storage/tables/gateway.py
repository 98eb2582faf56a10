"""Campaigns, candidates, decisions, attempts with their permits, and what paces them.

An attempt is one dial under one permit; its number stands here only as a keyed
tag. An erasure takes subject, point, tag and sealed facts from these rows and
leaves ids, instants, rule ids, place, outcome and consent class.
"""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlmodel import Field

from privacy.storage.tables.base import MainTable, added, big, blob


class TrunkRow(MainTable, table=True):
    """A line to the telephone network, shared by campaigns: starts per second, calls at once."""

    __tablename__ = "trunk"
    id: str = Field(primary_key=True)
    rate_per_s: float
    concurrency: int


class CampaignRow(MainTable, table=True):
    """A campaign and its limits. `script` says who calls and why first; it names no person.

    `line` is what carries its calls (simulator, sip, ari, esl); `facts` is a JSON
    document of what the calling law asks about the seller and its calls. At most
    `cap_calls` calls to one number in `cap_hours`, over all campaigns (0: the law's caps
    alone). `over_most` calls at once without a reserved resource, at `over_rate` or the
    law's lower rate (0: the law's). `language_fallback` is 1 where whoever speaks a
    language without a script is called in the campaign's own.
    """

    __tablename__ = "campaign"
    id: str = Field(primary_key=True)
    title: str
    state: str
    purpose: str
    channel: str
    trunk: str = Field(foreign_key="trunk.id")
    line: str
    caller_id: str
    script: str
    language: str
    opt_out_key: str
    rate_per_s: float
    concurrency: int
    max_attempts: int
    min_gap_s: int
    ring_s: int
    max_s: int
    facts: str = "{}"
    cap_calls: int = added(0)
    cap_hours: int = added(0)
    over_most: int = added(0)
    over_rate: float = added(0.0)
    language_fallback: int = added(1)
    created_at: int = Field(sa_column=big())
    created_by: str
    started_at: int | None = Field(default=None, sa_column=big(null=True))


class CandidateRow(MainTable, table=True):
    """A contact point that a campaign would call. States: waiting, called, done, denied.

    `called` has a live attempt; `denied` has no earliest time at which it would be allowed.
    """

    __tablename__ = "candidate"
    __table_args__ = (
        Index("uq_candidate_campaign_point", "campaign_id", "point_id", unique=True),
        Index("ix_candidate_campaign_state_next", "campaign_id", "state", "next_try_at"),
    )
    id: int = Field(sa_column=big(key=True))
    campaign_id: str = Field(foreign_key="campaign.id")
    subject_id: int | None = Field(default=None, sa_column=big(null=True, index=True))
    point_id: int | None = Field(default=None, sa_column=big(null=True, index=True))
    state: str
    next_try_at: int = Field(sa_column=big())
    tries: int = 0
    last_decision_id: int | None = Field(default=None, sa_column=big(null=True))
    last_rule: str = ""


class DecisionRow(MainTable, table=True):
    """One decision of the gate with every rule that spoke; facts sealed under the calls key.

    `stage` is issue or redeem; `rules` a JSON list of [rule id, effect]; `holder_id` the
    person whose key seals `facts_sealed`.
    """

    __tablename__ = "decision"
    id: int = Field(sa_column=big(key=True))
    campaign_id: str = Field(foreign_key="campaign.id", index=True)
    candidate_id: int = Field(sa_column=big(index=True))
    attempt_id: str | None = Field(default=None, index=True)
    at: int = Field(sa_column=big())
    stage: str
    decision: str
    deciding_rule: str
    rules: str
    place_code: str
    consent_class: str
    pack_sha256: str
    next_try_at: int | None = Field(default=None, sa_column=big(null=True))
    holder_id: int | None = Field(default=None, sa_column=big(null=True, index=True))
    facts_sealed: bytes | None = Field(default=None, sa_column=blob(null=True))


LIVE = text("live = 1")


class AttemptRow(MainTable, table=True):
    """One attempt. `live` is 1 until a terminal state: one live attempt a number at most.

    `slot_until_at` is when its place on the line is free even if nobody reports the end.
    `outcome` is "" while live, then the terminal state. `over` is 1 where no resource was
    reserved; `connect_ms` is from the answer to the first sound, None if there was none.
    """

    __tablename__ = "attempt"
    __table_args__ = (
        Index(
            "uq_attempt_live_tag",
            "tag",
            unique=True,
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        ),
        Index("ix_attempt_campaign_live", "campaign_id", "live"),
        Index("ix_attempt_tag_issued", "tag", "issued_at"),
        Index("ix_attempt_campaign_redeemed", "campaign_id", "redeemed_at"),
        Index("ix_attempt_trunk_live", "trunk", "live"),
        Index("ix_attempt_slot_until", "slot_until_at"),
    )
    id: str = Field(primary_key=True)
    campaign_id: str = Field(foreign_key="campaign.id")
    candidate_id: int = Field(sa_column=big(index=True))
    decision_id: int = Field(sa_column=big(to="decision.id"))
    trunk: str
    dialer: str = Field(index=True)
    resource: str
    subject_id: int | None = Field(default=None, sa_column=big(null=True, index=True))
    point_id: int | None = Field(default=None, sa_column=big(null=True))
    tag: bytes | None = Field(default=None, sa_column=blob(null=True))
    state: str
    live: int
    outcome: str = ""
    cause: int | None = None
    answered_by: str = ""
    purpose: str
    channel: str
    consent_class: str
    consent_id: str
    place_code: str
    permit_hash: bytes = Field(sa_column=blob(unique=True))
    issued_at: int = Field(sa_column=big())
    expires_at: int = Field(sa_column=big())
    redeemed_at: int | None = Field(default=None, sa_column=big(null=True))
    dial_before_at: int | None = Field(default=None, sa_column=big(null=True))
    slot_until_at: int = Field(sa_column=big())
    ended_at: int | None = Field(default=None, sa_column=big(null=True))
    last_seq: int = 0
    over: int = added(0)
    connect_ms: int | None = None


class AttemptEventRow(MainTable, table=True):
    """What a dialer told of an attempt. `at_ms` counts from the redemption, by its clock."""

    __tablename__ = "attempt_event"
    attempt_id: str = Field(primary_key=True, foreign_key="attempt.id")
    seq: int = Field(primary_key=True)
    kind: str
    at_ms: int = Field(sa_column=big())
    cause: str = ""
    received_at: int = Field(sa_column=big())


class DialerTokenRow(MainTable, table=True):
    """A dialer's right to ask: token hashed, bound to campaigns, a rate and a total.

    `inside` is 1 for a dialer that the package itself started: only it may over-dial. Each
    number given to another one stands in the ledger of disclosures under `recipient`, the
    organisation that runs it, with its role and country; `name` is what staff call the token.
    """

    __tablename__ = "dialer_token"
    id: str = Field(primary_key=True)
    token_hash: bytes = Field(sa_column=blob(unique=True))
    campaigns: str
    rate_per_s: float
    total: int
    used: int = 0
    created_at: int = Field(sa_column=big())
    expires_at: int = Field(sa_column=big())
    revoked_at: int | None = Field(default=None, sa_column=big(null=True))
    inside: int = added(0)
    name: str = added("")
    recipient: str = added("")
    role: str = added("")
    country: str = added("")


class GatewayRateRow(MainTable, table=True):
    """Theoretical arrival time of a GCRA (operational), by campaign, trunk or token."""

    __tablename__ = "gateway_rate"
    name: str = Field(primary_key=True)
    tat_at: int = Field(sa_column=big())


class NumberLeaseRow(MainTable, table=True):
    """A candidate that a gateway holds opened in memory until `until_at` (operational)."""

    __tablename__ = "number_lease"
    candidate_id: int = Field(sa_column=big(key=True))
    gateway: str
    until_at: int = Field(sa_column=big())


class EarlierCallRow(MainTable, table=True):
    """A call that another dialer made, told by its own records: it counts in caps and gaps.

    It holds no number, only the keyed tag; `batch_id` is the import, `line` its line there.
    The same call told twice stands once.
    """

    __tablename__ = "earlier_call"
    __table_args__ = (Index("uq_earlier_call_tag_at_channel", "tag", "at", "channel", unique=True),)
    id: int = Field(sa_column=big(key=True))
    batch_id: str = Field(foreign_key="call_history.id", index=True)
    line: int
    tag: bytes | None = Field(default=None, sa_column=blob(null=True))
    at: int = Field(sa_column=big())
    channel: str
    outcome: str


class CallHistoryRow(MainTable, table=True):
    """One file of an earlier dialer's calls: its digest, and what became of its rows."""

    __tablename__ = "call_history"
    id: str = Field(primary_key=True)
    file_sha256: str
    source: str
    started_at: int = Field(sa_column=big())
    finished_at: int | None = Field(default=None, sa_column=big(null=True))
    imported: int = 0
    known: int = 0
    rejected: int = 0
    too_old: int = 0
