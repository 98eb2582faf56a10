"""What the desk knows of candidates at an instant: the law's document, and their standing.

Read inside the transaction that decides, after its locks, in a few statements for
the whole batch. An unreadable fact is left out, and the law denies for it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from privacy.clock import instant
from privacy.consent import ledger, registers, restrictions, suppression
from privacy.consent.store import consents
from privacy.gateway import desk_law, history, told, wishes
from privacy.gateway.campaigns import Campaign
from privacy.gateway.decide import Standing
from privacy.gateway.leases import Leased
from privacy.gateway.prompts import languages
from privacy.storage.tables.base import table_of
from privacy.storage.tables.desk import Watermark
from privacy.storage.tables.gateway import CandidateRow
from privacy.storage.tables.people import Subject
from privacy.terms import ConsentClass, SubjectState

HISTORY_UNKNOWN_UNTIL = "gateway.history_unknown_until"


@dataclass(frozen=True, slots=True)
class Known:
    """One candidate's facts: a `law call` document without `at`, and the standing."""

    document: dict[str, Any]
    standing: Standing
    state: str
    consent_id: str
    consent_class: ConsentClass


Lists = Mapping[str, Mapping[str, Any]]
"""What each register says of one number, as `registers.facts` gives it."""


def gather(
    db: Connection,
    campaign: Campaign,
    leased: Sequence[Leased],
    at: datetime,
    *,
    seller: str,
    apart_from: str = "",
) -> dict[int, Known]:
    """Facts by candidate id. `apart_from` is the attempt that is decided again.

    `seller` is the desk's controller: in its name a campaign calls that tells no other.
    """
    tags = [one.tag for one in leased]
    subjects = [one.subject_id for one in leased]
    states = _subject_states(db, subjects)
    rows = _candidates(db, [one.candidate_id for one in leased])
    restricted = restrictions.restricted(db, subjects)
    closed = suppression.suppressed(db, tags, campaign.purpose, campaign.channel)
    opted_out = suppression.last_opt_outs(db, tags)
    records = consents(db, [one.point_id for one in leased])
    lists = registers.facts(db, tags, at)
    calls = history.calls(db, tags, at, apart_from)
    scripts = languages(db, campaign)
    unknown_until = _history_unknown_until(db)
    shared = with_additions(
        with_seller(campaign.call_facts(), seller), desk_law.additions(db).facts(at)
    )
    found = {}
    for one in leased:
        earlier = calls.get(one.tag, [])
        held = records[one.point_id]
        granted = ledger.in_force(held, campaign.purpose, campaign.channel, at, known_at=at)
        # What one person's consent lifted stays shut for a housemate who gave none since.
        said_no = opted_out.get(one.tag)
        shut = one.tag in closed or (
            said_no is not None and not any(grant.effective_at > said_no for grant in granted)
        )
        state, tries = rows.get(one.candidate_id, ("", 0))
        found[one.candidate_id] = Known(
            document={
                **_person(one),
                "channel": campaign.channel,
                "campaign": campaign.purpose,
                "consent": ledger.facts(held, campaign.purpose, campaign.channel, at),
                "context": {
                    **shared,
                    **told.other_withdrawals(held, campaign.purpose, campaign.channel, at),
                    **_context(one, earlier, lists[one.tag], at, shut),
                },
            },
            standing=Standing(
                active=states.get(one.subject_id) == SubjectState.ACTIVE,
                restricted=one.subject_id in restricted,
                suppressed=shut,
                tries=tries,
                blocked_until=unknown_until,
                **_calls_before(campaign, earlier, at),
                **_wished(campaign, one, scripts),
            ),
            state=state,
            consent_id=granted[-1].id if granted else "",
            consent_class=granted[-1].consent_class if granted else ConsentClass.NONE,
        )
    return found


def _calls_before(
    campaign: Campaign, earlier: Sequence[history.Call], at: datetime
) -> dict[str, Any]:
    """What earlier calls to the number say against another one."""
    window = timedelta(hours=campaign.cap_hours)
    return {
        "live_call": any(call.live for call in earlier),
        "last_call_at": max((call.at for call in earlier), default=None),
        "capped_until": history.capped_until(earlier, campaign.cap_calls, window, at),
    }


def _wished(campaign: Campaign, one: Leased, scripts: Collection[str]) -> dict[str, Any]:
    """What the person's own wishes say against this campaign's calls."""
    fallback = bool(campaign.language_fallback)
    return {
        "preferred": one.call.get("times"),
        "channel_unwanted": wishes.channel_unwanted(one.call, campaign.channel),
        "no_language": wishes.no_language(one.call, scripts, fallback=fallback),
    }


def _context(
    one: Leased, earlier: Sequence[history.Call], lists: Lists, at: datetime, shut: bool
) -> dict[str, Any]:
    """What the desk knows of a candidate beside consents, as the law's `context` tells it."""
    return {
        "line": one.call.get("line") or "unknown",
        "earlier_calls": [call.told() for call in earlier],
        "registers": told.do_not_call(lists),
        **told.reassigned(lists),
        **told.relationship(one.call, at),
        "suppressed": shut,
        "company_list": shut,
    }


def with_seller(facts: dict[str, Any], name: str) -> dict[str, Any]:
    """A campaign's facts that say in whose name it calls."""
    told = facts.get("seller")
    if told is not None and not isinstance(told, dict):
        return facts  # The law refuses it, and nobody is called.
    return {**facts, "seller": {"name": name, **(told or {})}}


def with_additions(facts: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """A campaign's facts and what the desk declared: each may only add to the other."""
    joined = {**facts, **said}
    for name in said:
        before = facts.get(name)
        if before is True:
            joined[name] = True
        elif isinstance(before, str):
            joined[name] = [*said[name], before]
        elif isinstance(before, list):
            joined[name] = [*said[name], *(one for one in before if one not in said[name])]
    return joined


def _person(one: Leased) -> dict[str, Any]:
    """What the call part says about where the person is."""
    call = one.call
    named = ("number", "region", "postal_code", "locality", "zones")
    return {name: call[name] for name in named if call.get(name)}


def _subject_states(db: Connection, subject_ids: Collection[int]) -> dict[int, str]:
    table = table_of(Subject)
    rows = db.execute(select(table.c.id, table.c.state).where(table.c.id.in_(subject_ids)))
    return {row.id: row.state for row in rows}


def _candidates(db: Connection, ids: Collection[int]) -> dict[int, tuple[str, int]]:
    table = table_of(CandidateRow)
    rows = db.execute(select(table.c.id, table.c.state, table.c.tries).where(table.c.id.in_(ids)))
    return {row.id: (row.state, row.tries) for row in rows}


def _history_unknown_until(db: Connection) -> datetime | None:
    """After a restore the calls since the backup are unknown until this instant."""
    table = table_of(Watermark)
    found = db.execute(
        select(table.c.seen_at).where(table.c.name == HISTORY_UNKNOWN_UNTIL)
    ).scalar()
    return None if found is None else instant(found)
