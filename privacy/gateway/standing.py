"""How a campaign stands, and why one decision came out as it did."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import func, select

from privacy.actors import Act, Actor
from privacy.clock import instant, rfc3339
from privacy.desk import Desk
from privacy.errors import KeyMissing, NotFound
from privacy.gateway.campaigns import campaign_of
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import AttemptRow, CandidateRow, DecisionRow
from privacy.terms import KeyClass, OpeningPurpose
from privacy.vault.opening import SealedPart
from privacy.vault.sealing import Part, Place


def status(desk: Desk, campaign_id: str) -> dict[str, Any]:
    """Counts of candidates by state, denials by rule, attempts by state."""
    candidates, decisions = table_of(CandidateRow), table_of(DecisionRow)
    attempts = table_of(AttemptRow)
    with desk.reading() as db:
        campaign = campaign_of(db, campaign_id)

        def counts(column: Any, *where: Any) -> dict[str, int]:
            rows = db.execute(
                select(column, func.count()).where(*where).group_by(column).order_by(column)
            )
            return {str(value): int(count) for value, count in rows}

        document: dict[str, Any] = {
            "campaign": campaign.id,
            "title": campaign.title,
            "state": campaign.state,
            "purpose": campaign.purpose,
            "channel": campaign.channel,
            "line": campaign.line,
            "candidates": counts(candidates.c.state, candidates.c.campaign_id == campaign_id),
            "denied_by_rule": counts(
                decisions.c.deciding_rule,
                decisions.c.campaign_id == campaign_id,
                decisions.c.decision == "deny",
            ),
            "attempts": counts(attempts.c.state, attempts.c.campaign_id == campaign_id),
        }
        upcoming = db.execute(
            select(func.min(candidates.c.next_try_at)).where(
                candidates.c.campaign_id == campaign_id, candidates.c.state == "waiting"
            )
        ).scalar()
    document["next_try_at"] = None if upcoming is None else rfc3339(instant(upcoming))
    return document


def decisions_of(
    desk: Desk, campaign_id: str, rule: str = "", limit: int = 20
) -> list[dict[str, Any]]:
    """The latest decisions of a campaign, for a deciding rule where one is named."""
    table = table_of(DecisionRow)
    statement = select(table).where(table.c.campaign_id == campaign_id)
    if rule:
        statement = statement.where(table.c.deciding_rule == rule)
    with desk.reading() as db:
        campaign_of(db, campaign_id)
        rows = db.execute(statement.order_by(table.c.at.desc(), table.c.id).limit(limit)).all()
    return [_shown(row) for row in rows]


def explain(
    desk: Desk, actor: Actor, campaign_id: str, decision_id: int, *, with_facts: bool = False
) -> dict[str, Any]:
    """One decision with every rule that spoke; its facts, opened and audited, if asked for.

    NotFound for an unknown decision. Facts of a person whose calls key is gone are None.
    """
    actor.require(Act.RUN_CAMPAIGN)
    table = table_of(DecisionRow)
    with desk.reading() as db:
        row = db.execute(
            select(table).where(table.c.id == decision_id, table.c.campaign_id == campaign_id)
        ).one_or_none()
    if row is None:
        raise NotFound(
            "There is no such decision.",
            what=str(decision_id),
            next="See `rightsdesk campaign explain CAMPAIGN`.",
        )
    document = _shown(row)
    if with_facts:
        document["facts"] = _facts(desk, actor, row)
    return document


def _facts(desk: Desk, actor: Actor, row: Any) -> dict[str, Any] | None:
    if row.holder_id is None or row.facts_sealed is None:
        return None
    place = Place(Part.DECISION_FACTS, row.holder_id, row.id)
    part = SealedPart(place, KeyClass.CALLS, bytes(row.facts_sealed))
    try:
        opened = desk.vault.open(
            [part], actor.id, OpeningPurpose.CALL, action="decision.explained", object=str(row.id)
        )
    except KeyMissing:
        return None
    facts: dict[str, Any] = json.loads(opened[place])
    return facts


def _shown(row: Any) -> dict[str, Any]:
    return {
        "decision_id": row.id,
        "at": rfc3339(instant(row.at)),
        "stage": row.stage,
        "decision": row.decision,
        "deciding_rule": row.deciding_rule,
        "rules": [{"id": rule, "effect": effect} for rule, effect in json.loads(row.rules)],
        "place": row.place_code,
        "consent_class": row.consent_class,
        "attempt": row.attempt_id,
        "next_try_at": None if row.next_try_at is None else rfc3339(instant(row.next_try_at)),
        "pack_sha256": row.pack_sha256,
    }
