"""A desk's own decisions judged again by two packs: which would come out otherwise?

Each is decided anew from its sealed facts, for its own instant, with the standing, the
campaign's limits and the own rules of then; only the pack differs. Opening is audited.
The answer names decisions by id and holds nothing of the person.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from privacy.actors import Act, Actor
from privacy.clock import instant, micros, rfc3339
from privacy.consent.restrictions import restricted
from privacy.desk import Desk
from privacy.errors import BadInput, KeyMissing
from privacy.gateway import desk_law
from privacy.gateway.campaigns import campaign_of
from privacy.gateway.decide import Limits, Standing, Verdict, decide
from privacy.gateway.gate import limits_of, with_own
from privacy.law import calling
from privacy.law.differing import CALLING, kind_of
from privacy.law.own_rules import OwnRules
from privacy.law.pack import Pack, standing_in
from privacy.storage.bulk import in_chunks
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import DecisionRow
from privacy.terms import KeyClass, OpeningPurpose
from privacy.vault.sealing import Part, Place
from privacy.vault.store import OPENING_LIMIT, SealedPart

ACTION = "law.decisions_compared"


@dataclass
class Rejudged:
    """What two packs make of the stored decisions.

    `as_stored`: the first pack decides as the desk did. `without_facts`: an erasure took
    them; `restricted`: the person's data is closed (GDPR Article 18(2)). Neither is judged.
    """

    judged: int = 0
    as_stored: int = 0
    without_facts: int = 0
    restricted: int = 0
    otherwise: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Stored:
    """One decision with its opened facts."""

    row: Row[Any]
    at: datetime
    document: Mapping[str, Any]
    standing: Standing
    limits: Limits
    own: OwnRules | None


def rejudge(
    desk: Desk, actor: Actor, before: Pack, after: Pack, since: datetime | None = None
) -> Rejudged:
    """Every decision of the desk from `since` on, by both packs. Raises BadInput for clock packs.

    The packs stand in for the package's own in the whole process meanwhile.
    """
    actor.require(Act.REPORT)
    if {kind_of(before), kind_of(after)} != {CALLING}:
        raise BadInput(
            "A desk keeps decisions on calls, and these are no calling packs.",
            what="--stored",
            next="Give two calling packs, or facts of requests with --decisions.",
        )
    table, found = table_of(DecisionRow), Rejudged()
    statement = select(table.c.id).order_by(table.c.id)
    if since is not None:
        statement = statement.where(table.c.at >= micros(since))
    with desk.reading() as db:
        ids = list(db.execute(statement).scalars())
    for chunk in in_chunks(ids, OPENING_LIMIT):
        stored = _stored(desk, actor, chunk, after, found)
        for one, old, new in _both(stored, before, after):
            found.judged += 1
            found.as_stored += _said(old)[:2] == (one.row.decision, one.row.deciding_rule)
            if _said(old) != _said(new):
                found.otherwise.append(_shown(one, old, new))
    return found


def _stored(
    desk: Desk, actor: Actor, ids: Sequence[int], after: Pack, found: Rejudged
) -> list[_Stored]:
    """The decisions of these ids with their facts opened; the others are counted."""
    table = table_of(DecisionRow)
    with desk.reading() as db:
        rows = db.execute(select(table).where(table.c.id.in_(ids)).order_by(table.c.id)).all()
        closed = restricted(db, {row.holder_id for row in rows if row.holder_id is not None})
        limits = {
            name: limits_of(campaign_of(db, name)) for name in {row.campaign_id for row in rows}
        }
        own = desk_law.history(desk.folder, db)
    found.restricted += sum(row.holder_id in closed for row in rows)
    parts = {
        row.id: SealedPart(
            Place(Part.DECISION_FACTS, row.holder_id, row.id),
            KeyClass.CALLS,
            bytes(row.facts_sealed),
        )
        for row in rows
        if row.holder_id is not None
        and row.holder_id not in closed
        and row.facts_sealed is not None
    }
    opened = _opened(desk, actor, list(parts.values()), after)
    held = []
    for row in rows:
        content = opened.get(parts[row.id].place) if row.id in parts else None
        if content is None:
            found.without_facts += row.holder_id not in closed
            continue
        facts, at = json.loads(content), instant(row.at)
        standing = _standing(facts["standing"])
        document, limit = facts["law_call"], limits[row.campaign_id]
        held.append(_Stored(row, at, document, standing, limit, own.at(at)))
    return held


def _opened(desk: Desk, actor: Actor, parts: list[SealedPart], after: Pack) -> dict[Place, bytes]:
    """The plaintexts of those whose key is there."""
    if not parts:
        return {}
    try:
        return desk.vault.open(
            parts, actor.id, OpeningPurpose.LEGAL_GROUND, action=ACTION, digest=after.sha256
        )
    except KeyMissing:
        if len(parts) == 1:
            return {}
        half = len(parts) // 2
        return {
            **_opened(desk, actor, parts[:half], after),
            **_opened(desk, actor, parts[half:], after),
        }


def _standing(told: Mapping[str, Any]) -> Standing:
    instants = {
        name: None if told.get(name) is None else datetime.fromisoformat(told[name])
        for name in ("last_call_at", "blocked_until", "capped_until")
    }
    return Standing(**{**told, **instants})


def _both(
    stored: Sequence[_Stored], before: Pack, after: Pack
) -> Iterator[tuple[_Stored, Verdict, Verdict]]:
    answers = []
    for pack in (before, after):
        with standing_in(CALLING, pack):
            answers.append([_decided(one) for one in stored])
    return zip(stored, *answers, strict=True)


def _decided(one: _Stored) -> Verdict:
    law = with_own(calling.answer, one.own)
    return decide(dict(one.document), one.standing, one.limits, law, one.at)


def _said(verdict: Verdict) -> tuple[str, str, datetime | None]:
    decision = "allow" if verdict.allowed else "deny"
    return decision, verdict.deciding_rule, verdict.next_try_at


def _shown(one: _Stored, old: Verdict, new: Verdict) -> dict[str, Any]:
    return {
        "decision_id": one.row.id,
        "campaign": one.row.campaign_id,
        "at": rfc3339(one.at),
        "stage": one.row.stage,
        "stored": {"decision": one.row.decision, "deciding_rule": one.row.deciding_rule},
        "before": _answer(old),
        "after": _answer(new),
    }


def _answer(verdict: Verdict) -> dict[str, Any]:
    decision, rule, again = _said(verdict)
    return {
        "decision": decision,
        "deciding_rule": rule,
        "next_try_at": None if again is None else rfc3339(again),
        "denying": [reason.rule for reason in verdict.reasons if reason.effect == "deny"],
    }
