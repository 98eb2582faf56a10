"""Why one number would be called now or not, by one campaign: the gate's own verdict, in full.

It is decided by `decide` from what `gather` reads, as a permit would be; nothing is
reserved or kept. The look-up and the opening are entries in the log. A number that nobody
has gets the same form of answer: no campaign calls it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from privacy.actors import Act, Actor
from privacy.clock import instant, rfc3339
from privacy.consent.holders import Holder, holders_of
from privacy.desk import Desk
from privacy.gateway import desk_law, rule_words
from privacy.gateway.campaigns import Campaign, campaign_of
from privacy.gateway.decide import Law, LawOfCalls, Verdict, decide
from privacy.gateway.facts import Known, gather
from privacy.gateway.gate import limits_of, with_own
from privacy.gateway.leases import WAITING, Leased, open_candidates
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import CandidateRow
from privacy.storage.tables.people import ContactPoint
from privacy.terms import ContactKind, OpeningPurpose

RUNNING = "running"
EXPLAINED = "campaign.number_explained"
# Told to the law of each call, and worth a line where it is not known.
WORTH_KNOWING = ("region", "postal_code", "zones")


@dataclass
class Heard:
    """A law whose answers are kept: what the gate heard is what is shown."""

    law: LawOfCalls
    answers: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, document: dict[str, Any]) -> dict[str, Any]:
        found = self.law(document)
        self.answers.append(found)
        return found


@dataclass(frozen=True)
class _Asked:
    """One campaign at one instant, and the law that goes with it."""

    campaign: Campaign
    at: datetime
    law: LawOfCalls


def explain_number(
    desk: Desk, actor: Actor, campaign_id: str, number: str, law: Law
) -> dict[str, Any]:
    """The campaign's answer for an E.164 number, one entry in `persons` for each who has it."""
    actor.require(Act.RUN_CAMPAIGN)
    actor.require(Act.LOOK_UP)
    holders = holders_of(desk, actor.id, ContactKind.PHONE, number, OpeningPurpose.LOOKUP) or []
    with desk.reading() as db:
        campaign = campaign_of(db, campaign_id)
        rows = _rows(db, campaign_id, holders)
        asked = _Asked(
            campaign, desk.now_in(db), with_own(law, desk_law.own_rules(desk.folder, db))
        )
    leased = open_candidates(desk, rows, actor.id, campaign_id, EXPLAINED)
    with desk.reading() as db:
        seller = desk.config.controller.name
        known = gather(db, campaign, leased, asked.at, seller=seller) if leased else {}
        states = _states(db, [one.candidate_id for one in leased])
    return {
        "campaign": campaign.id,
        "title": campaign.title,
        "campaign_state": campaign.state,
        "at": rfc3339(asked.at),
        "persons": [
            _person(asked, one, known[one.candidate_id], states.get(one.candidate_id))
            for one in leased
        ],
    }


def _person(asked: _Asked, one: Leased, known: Known, candidate: Row[Any] | None) -> dict[str, Any]:
    heard = Heard(asked.law)
    campaign, at = asked.campaign, asked.at
    verdict = decide(known.document, known.standing, limits_of(campaign), heard, at)
    waits = _waits(asked, verdict, candidate)
    return {
        "person": one.subject_id,
        "allowed": verdict.allowed,
        "deciding_rule": verdict.deciding_rule,
        "called_now": not waits,
        "not_now": waits,
        "next_try_at": None if verdict.next_try_at is None else rfc3339(verdict.next_try_at),
        "candidate": _candidate(candidate),
        "rules": _rules(verdict, heard.answers),
        "not_applicable": _not_applicable(heard.answers),
        "facts": _facts(known, heard.answers),
        "limits": _limits(asked, known, heard.answers),
        "local_times": heard.answers[0].get("local_times", {}),
        "jurisdictions": list(verdict.places),
        "obligations": heard.answers[0].get("obligations", []),
        "pack_sha256": verdict.pack_sha256,
    }


def _waits(asked: _Asked, verdict: Verdict, candidate: Row[Any] | None) -> list[str]:
    """Each thing for which no permit would be given now; empty where one would."""
    found = [] if verdict.allowed else [f"denied by {verdict.deciding_rule}"]
    if asked.campaign.state != RUNNING:
        found.append(f"the campaign does not run: it is {asked.campaign.state}")
    if candidate is None:
        found.append("no candidate of this campaign: `campaign add` has not taken it in")
    elif candidate.state != WAITING:
        found.append(f"the candidate waits for no call: it is {candidate.state}")
    elif instant(candidate.next_try_at) > asked.at:
        found.append(f"its turn comes at {rfc3339(instant(candidate.next_try_at))}")
    return found


def _candidate(row: Row[Any] | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "state": row.state,
        "tries": row.tries,
        "next_try_at": rfc3339(instant(row.next_try_at)),
        "last_rule": row.last_rule,
    }


def _rules(verdict: Verdict, answers: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every rule that spoke in the verdict, with the words and citation of who said it."""
    words: dict[tuple[str, str], dict[str, Any]] = {}
    for answer in answers:
        for rule in answer["rules"]:
            words.setdefault((str(rule["id"]), str(rule["effect"])), rule)
    found = {}
    for one in verdict.reasons:
        told = words.get((one.rule, one.effect), {})
        found[one.rule, one.effect] = {
            "id": one.rule,
            "effect": one.effect,
            "reason": rule_words.reason(one.rule) or str(told.get("reason", "")),
            "citation": rule_words.citation(one.rule) or str(told.get("citation", "")),
            "ends_by": rule_words.ends_by(one.rule),
            "next_try_at": None if one.next_try_at is None else rfc3339(one.next_try_at),
        }
    return sorted(found.values(), key=lambda rule: rule["effect"] != "deny")


def _not_applicable(answers: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    rules = answers[0]["rules"]
    return [dict(rule) for rule in rules if rule["effect"] == "not_applicable"]


def _facts(known: Known, answers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What the gate knew, without the number, and what was missing."""
    document, standing = known.document, known.standing
    told = {name: value for name, value in document.items() if name != "number"}
    absent = [name for name in WORTH_KNOWING if name not in document]
    denied_for = [str(fact) for answer in answers for fact in answer.get("unknown", ())]
    return {
        "known": told,
        "consent_id": known.consent_id or None,
        "consent_class": known.consent_class.value,
        "standing": {
            "active": standing.active,
            "restricted": standing.restricted,
            "suppressed": standing.suppressed,
            "live_call": standing.live_call,
            "last_call_at": _at(standing.last_call_at),
            "preferred_times": standing.preferred,
            "channel_unwanted": standing.channel_unwanted,
            "no_language": standing.no_language,
        },
        "denied_for_unknown": sorted(set(denied_for)),
        "not_known": absent,
    }


def _limits(
    asked: _Asked, known: Known, answers: Sequence[dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Limits of the campaign and of the law: how much is used, how much is left."""
    campaign, standing = asked.campaign, known.standing
    gap = timedelta(seconds=campaign.min_gap_s)
    last = standing.last_call_at
    found: dict[str, dict[str, Any]] = {
        "gateway.max_attempts": _used(standing.tries, campaign.max_attempts),
        "gateway.min_gap": {
            "seconds": campaign.min_gap_s,
            "last_call_at": _at(last),
            "over_at": None if last is None else rfc3339(last + gap),
        },
    }
    if campaign.cap_calls:
        begins = asked.at - timedelta(hours=campaign.cap_hours)
        calls = known.document["context"].get("earlier_calls", [])
        used = sum(datetime.fromisoformat(str(call["at"])) > begins for call in calls)
        cap = _used(used, campaign.cap_calls)
        found["gateway.number_cap"] = {**cap, "hours": campaign.cap_hours}
    return {**found, **answers[0].get("limits", {})}


def _used(used: int, most: int) -> dict[str, int]:
    return {"used": used, "left": max(0, most - used), "limit": most}


def _at(at: datetime | None) -> str | None:
    return None if at is None else rfc3339(at)


def _rows(db: Connection, campaign_id: str, holders: Sequence[Holder]) -> list[Row[Any]]:
    """The holders' phone parts to open; who is no candidate gets an id below zero."""
    candidate, point = table_of(CandidateRow), table_of(ContactPoint)
    mine = (candidate.c.point_id == point.c.id) & (candidate.c.campaign_id == campaign_id)
    return list(
        db.execute(
            select(
                func.coalesce(candidate.c.id, -point.c.id).label("id"),
                point.c.subject_id,
                point.c.id.label("point_id"),
                point.c.sealed,
                point.c.version,
            )
            .select_from(point)
            .outerjoin(candidate, mine)
            .where(point.c.id.in_([holder.point_id for holder in holders]))
            .order_by(point.c.id)
        )
    )


def _states(db: Connection, ids: Sequence[int]) -> dict[int, Row[Any]]:
    table = table_of(CandidateRow)
    return {row.id: row for row in db.execute(select(table).where(table.c.id.in_(ids)))}
