"""Campaigns: who calls, why, on what line, within which limits.

A campaign is the unit in which abandonment is measured (47 CFR 64.1200(a)(7)).
Its script names the caller and the purpose first and says how to opt out; a
campaign without one does not start.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from privacy.actors import Act, Actor
from privacy.clock import micros
from privacy.desk import Desk
from privacy.errors import BadInput, NotFound
from privacy.gateway import prompts, trunks
from privacy.gateway.protocol import KEYS
from privacy.ids import public_id, row_ids
from privacy.storage.bulk import in_chunks, insert_rows
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import CampaignRow, CandidateRow
from privacy.storage.tables.people import ContactPoint, Subject
from privacy.storage.unit import Unit
from privacy.terms import Channel, ContactKind, Purpose, SubjectState

LINES = ("simulator", "sip", "ari", "esl")
VOICE = (Channel.VOICE_PRERECORDED, Channel.VOICE_LIVE)
BATCH = 2_000
SHORTEST_SCRIPT = 20
CANDIDATE_COLUMNS = (
    "id",
    "campaign_id",
    "subject_id",
    "point_id",
    "state",
    "next_try_at",
    "tries",
    "last_rule",
)


@dataclass(frozen=True)
class NewCampaign:
    """What it takes to make one. Rates are starts per second, times seconds.

    `facts` is what the calling law asks about seller and call (`law call`, context). At most
    `cap_calls` calls to one number in `cap_hours`, whoever called (0: the law's caps alone).
    `over_most`: calls in flight without a reserved agent, as far as they are earned; at most
    the share `over_rate` of answered calls is abandoned (0: the law's own share).
    """

    title: str
    purpose: Purpose
    caller_id: str
    script: str
    channel: Channel = Channel.VOICE_PRERECORDED
    line: str = "simulator"
    trunk: str = "trunk-1"
    language: str = "en"
    opt_out_key: str = "9"
    rate_per_s: float = 1.0
    concurrency: int = 10
    max_attempts: int = 3
    min_gap_s: int = 7_200
    ring_s: int = 25
    max_s: int = 120
    cap_calls: int = 3
    cap_hours: int = 24
    over_most: int = 0
    over_rate: float = 0.0
    language_fallback: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Campaign:
    """A stored campaign."""

    id: str
    title: str
    state: str
    purpose: str
    channel: str
    trunk: str
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
    facts: str
    cap_calls: int
    cap_hours: int
    over_most: int
    over_rate: float
    language_fallback: int
    started_at: int | None

    def caller(self, controller: str) -> str:
        """In whose name it calls: its own seller's, else the controller's."""
        seller = json.loads(self.facts).get("seller")
        return str((seller or {}).get("name") or controller)

    def call_facts(self) -> dict[str, Any]:
        """The law's context that is the same for each call of the campaign."""
        return {
            "dialing": "automated",
            "caller_number": self.caller_id,
            "caller_number_shown": True,
            "ring_timeout_s": self.ring_s,
            **json.loads(self.facts),
        }


def create(desk: Desk, actor: Actor, new: NewCampaign) -> str:
    """Make a campaign in state draft; its id. BadInput names a setting that cannot be."""
    actor.require(Act.RUN_CAMPAIGN)
    _check(new)
    campaign_id = public_id("cm")
    values = {
        name: getattr(new, name)
        for name in NewCampaign.__dataclass_fields__
        if name not in ("facts", "purpose", "channel", "language_fallback")
    }

    def job(unit: Unit) -> None:
        trunks.ensure(unit, new.trunk, new.rate_per_s, new.concurrency)
        unit.db.execute(
            insert(table_of(CampaignRow)).values(
                id=campaign_id,
                state="draft",
                purpose=new.purpose.value,
                channel=new.channel.value,
                facts=json.dumps(dict(new.facts), sort_keys=True),
                language_fallback=int(new.language_fallback),
                created_at=micros(unit.now),
                created_by=actor.id,
                **values,
            )
        )
        unit.append("campaign.created", actor.id, object=campaign_id, outcome=new.purpose.value)

    desk.write(job)
    return campaign_id


def _check(new: NewCampaign) -> None:
    checks = {
        "title": bool(new.title.strip()),
        "channel": new.channel in VOICE,
        "line": new.line in LINES,
        "caller id": new.caller_id.startswith("+") and new.caller_id[1:].isdecimal(),
        "script": len(new.script.strip()) >= SHORTEST_SCRIPT,
        "opt-out key": new.opt_out_key in KEYS,
        "rate": 0 < new.rate_per_s <= 200,
        "concurrency": 0 < new.concurrency <= 1_000,
        "attempts": 0 < new.max_attempts <= 20,
        "gap": new.min_gap_s >= 0,
        "ring time": 5 <= new.ring_s <= 120,
        "longest call": 5 <= new.max_s <= 3_600,
        "cap": 0 <= new.cap_calls <= 100 and 0 <= new.cap_hours <= 400 * 24,
        "over-dial": new.over_most == 0
        or (0 < new.over_most <= 1_000 and new.channel is Channel.VOICE_LIVE),
        "over-dial rate": 0 <= new.over_rate < 1,
    }
    for name, holds in checks.items():
        if not holds:
            raise BadInput(
                "A setting of the campaign cannot be used.",
                what=name,
                next="See `rightsdesk campaign create --help`; the script says who calls and why.",
            )


def campaign_of(db: Connection, campaign_id: str) -> Campaign:
    """The campaign. NotFound for an unknown id."""
    table = table_of(CampaignRow)
    return _campaign(db, select(table).where(table.c.id == campaign_id), campaign_id)


def locked_campaign(db: Connection, campaign_id: str) -> Campaign:
    """The campaign, its row locked until the transaction ends; lock its trunk after it."""
    table = table_of(CampaignRow)
    return _campaign(
        db, select(table).where(table.c.id == campaign_id).with_for_update(), campaign_id
    )


def _campaign(db: Connection, statement: Any, campaign_id: str) -> Campaign:
    row = db.execute(statement).one_or_none()
    if row is None:
        raise NotFound(
            "There is no such campaign.", what=campaign_id, next="See `rightsdesk campaign status`."
        )
    return Campaign(**{name: getattr(row, name) for name in Campaign.__dataclass_fields__})


def listed(db: Connection) -> list[Campaign]:
    """All campaigns, oldest first."""
    table = table_of(CampaignRow)
    rows = db.execute(select(table).order_by(table.c.created_at, table.c.id))
    return [
        Campaign(**{name: getattr(row, name) for name in Campaign.__dataclass_fields__})
        for row in rows
    ]


def add(
    desk: Desk, actor: Actor, campaign_id: str, point_ids: Sequence[int] | None = None
) -> tuple[int, int]:
    """Add phone numbers of active persons (default: all) as candidates; (added, already there).

    Adding asks nothing of consent or law: the gate decides each one when its turn comes.
    """
    actor.require(Act.RUN_CAMPAIGN)
    with desk.reading() as db:
        campaign_of(db, campaign_id)
        points = _phones(db, point_ids)
        table = table_of(CandidateRow)
        there = set(
            db.execute(select(table.c.point_id).where(table.c.campaign_id == campaign_id)).scalars()
        )
    fresh = [(point, subject) for point, subject in points if point not in there]

    def job(unit: Unit, chunk: Sequence[tuple[int, int]]) -> None:
        now = micros(unit.now)
        rows = [
            (row_id, campaign_id, subject, point, "waiting", now, 0, "")
            for row_id, (point, subject) in zip(row_ids(unit.now, len(chunk)), chunk, strict=True)
        ]
        insert_rows(unit.db, table, CANDIDATE_COLUMNS, rows)
        unit.append("campaign.candidates_added", actor.id, object=campaign_id, count=len(rows))

    for chunk in in_chunks(fresh, BATCH):
        desk.write(lambda unit, chunk=chunk: job(unit, chunk))  # type: ignore[misc]
    return len(fresh), len(points) - len(fresh)


def _phones(db: Connection, point_ids: Sequence[int] | None) -> list[tuple[int, int]]:
    point, subject = table_of(ContactPoint), table_of(Subject)
    statement = (
        select(point.c.id, point.c.subject_id)
        .join(subject, subject.c.id == point.c.subject_id)
        .where(
            point.c.kind == ContactKind.PHONE,
            point.c.sealed.is_not(None),
            subject.c.state == SubjectState.ACTIVE,
        )
        .order_by(point.c.id)
    )
    if point_ids is None:
        return [(row.id, row.subject_id) for row in db.execute(statement)]
    found: list[tuple[int, int]] = []
    for chunk in in_chunks(sorted(point_ids), 500):
        rows = db.execute(statement.where(point.c.id.in_(chunk)))
        found.extend((row.id, row.subject_id) for row in rows)
    return found


def start(desk: Desk, actor: Actor, campaign_id: str) -> None:
    """From now on dialers may ask for permits. BadInput if it has no candidates, or where it
    really calls and people would not hear at once who calls, why and how to opt out."""
    actor.require(Act.RUN_CAMPAIGN)
    table, candidates = table_of(CampaignRow), table_of(CandidateRow)

    def job(unit: Unit) -> None:
        campaign = locked_campaign(unit.db, campaign_id)
        count = unit.db.execute(
            select(func.count()).where(candidates.c.campaign_id == campaign_id)
        ).scalar_one()
        if not count:
            raise BadInput(
                "The campaign has nobody to call.",
                what=campaign_id,
                next="Add candidates with `rightsdesk campaign add`.",
            )
        prompts.require(unit.db, campaign, campaign.caller(desk.config.controller.name))
        unit.db.execute(
            update(table)
            .where(table.c.id == campaign_id)
            .values(state="running", started_at=func.coalesce(table.c.started_at, micros(unit.now)))
        )
        unit.append("campaign.started", actor.id, object=campaign_id, outcome=campaign.line)

    desk.write(job)


def pause(desk: Desk, actor: Actor, campaign_id: str) -> None:
    """No permit is issued or redeemed until it starts again; calls under way end by themselves."""
    actor.require(Act.RUN_CAMPAIGN)
    table = table_of(CampaignRow)

    def job(unit: Unit) -> None:
        locked_campaign(unit.db, campaign_id)
        unit.db.execute(update(table).where(table.c.id == campaign_id).values(state="paused"))
        unit.append("campaign.paused", actor.id, object=campaign_id)

    desk.write(job)
