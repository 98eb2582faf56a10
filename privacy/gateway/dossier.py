"""Everything that the desk has of one number: consents, calls, decisions, opt-outs, and proofs.

For a person's complaint or an authority's question. The look-up and each opening are entries
with the purpose that was named, durable before anything is read here. Of a person who shares
the number nothing is told but that a call was for somebody else. A number that nobody has
gets the same form of answer, with what its keyed tag alone shows.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from privacy.actors import Act, Actor
from privacy.clock import instant, rfc3339
from privacy.consent import store as consents
from privacy.consent.records import Evidence
from privacy.desk import Desk
from privacy.gateway import dossier_log
from privacy.gateway.whocalled import Asked, Span, who_called
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import (
    ConsentEnd,
    ConsentRow,
    Notice,
    SuppressionLift,
    SuppressionRow,
)
from privacy.storage.tables.gateway import AttemptRow, CandidateRow, DecisionRow
from privacy.terms import KeyClass, OpeningPurpose
from privacy.vault.sealing import Part, Place
from privacy.vault.store import SealedPart

ASKED = "dossier.opened"
MOST_PROVEN = 10_000
"""Calls that are told and parts that are proven; who has more is no person who complains."""

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class _Read:
    """Rows of one person and one number, read in one snapshot."""

    records: Sequence[Row[Any]]
    ends: Mapping[str, list[str]]
    notices: Mapping[tuple[str, int], Row[Any]]
    opt_outs: Sequence[Row[Any]]
    lifts: Mapping[str, list[dict[str, Any]]]
    decisions: Mapping[int, Row[Any]]
    refusals: Sequence[Row[Any]]
    attempts: Mapping[str, Row[Any]]


def dossier(desk: Desk, actor: Actor, asked: Asked, purpose: OpeningPurpose) -> dict[str, Any]:
    """All of it, oldest first, with the entries of the log that tell of it and their proofs."""
    actor.require(Act.LOOK_UP)
    actor.require(Act.REPORT)
    span = Span(BEGINNING, desk.now())
    found = who_called(desk, actor, asked, span, purpose, most=MOST_PROVEN)
    evidence = consents.evidence_of(desk, actor, asked.people, purpose, action=ASKED)
    called = [datetime.fromisoformat(call["at"]) for call in found["calls"]]
    names = dossier_log.names_of(desk, asked.people, called)
    with desk.snapshot() as db:
        read = _read(db, asked, found["calls"])
        told = dossier_log.entries(db, read.records, read.opt_outs, names)
    # Entries of this person's other calls would be proven for nothing.
    wanted = _names(read)
    told = dict([each for each in told.items() if each[0] in wanted][:MOST_PROVEN])
    words = _words(desk, actor, asked, read.opt_outs, purpose)
    return {
        "known": bool(asked.people),
        "more": found["more"],
        "consents": [_consent(row, read, evidence, told) for row in read.records],
        "calls": [_call(call, read, told) for call in found["calls"]],
        "refusals": [_refusal(row) for row in read.refusals],
        "opt_outs": [_opt_out(row, read, words, told) for row in read.opt_outs],
        "earlier_dialer": found["earlier_dialer"],
        "log": dossier_log.proven(desk, told.values()),
    }


def _names(read: _Read) -> set[str]:
    """The public ids of everything that an entry may tell of."""
    rows = {row.public_id for row in read.records} | {row.id for row in read.opt_outs}
    return rows | set(read.attempts)


def _read(db: Connection, asked: Asked, calls: Sequence[Mapping[str, Any]]) -> _Read:
    record, end, notice = table_of(ConsentRow), table_of(ConsentEnd), table_of(Notice)
    people = list(asked.people)
    records = db.execute(
        select(record)
        .where(record.c.subject_id.in_(people))
        .order_by(record.c.effective_at, record.c.id)
    ).all()
    ids = [row.public_id for row in records]
    ends: dict[str, list[str]] = {}
    for row in db.execute(select(end).where(end.c.grant_id.in_(ids))):
        ends.setdefault(row.grant_id, []).append(row.withdrawal_id)
    named = {row.notice_id for row in records if row.notice_id}
    notices = db.execute(select(notice).where(notice.c.id.in_(named)))
    opt_outs, lifts = _opted_out(db, asked)
    decided = {call["decision"] for call in calls if call["decision"] is not None}
    decision, attempt = table_of(DecisionRow), table_of(AttemptRow)
    own = [call["call"] for call in calls]
    return _Read(
        records,
        ends,
        {(row.id, row.version): row for row in notices},
        opt_outs,
        lifts,
        {row.id: row for row in db.execute(select(decision).where(decision.c.id.in_(decided)))},
        _refused(db, people),
        {row.id: row for row in db.execute(select(attempt).where(attempt.c.id.in_(own)))},
    )


def _opted_out(
    db: Connection, asked: Asked
) -> tuple[Sequence[Row[Any]], dict[str, list[dict[str, Any]]]]:
    """Opt-outs of the number, oldest first, and what lifted each."""
    table, lift = table_of(SuppressionRow), table_of(SuppressionLift)
    rows: Sequence[Row[Any]] = ()
    if asked.tag is not None:
        rows = db.execute(
            select(table).where(table.c.tag == asked.tag).order_by(table.c.since_at, table.c.id)
        ).all()
    lifts: dict[str, list[dict[str, Any]]] = {}
    ids = [row.id for row in rows]
    for row in db.execute(
        select(lift).where(lift.c.suppression_id.in_(ids)).order_by(lift.c.lifted_at)
    ):
        lifts.setdefault(row.suppression_id, []).append(
            {
                "consent": row.consent_id,
                "purpose": row.purpose,
                "channel": row.channel,
                "at": rfc3339(instant(row.lifted_at)),
            }
        )
    return rows, lifts


def _refused(db: Connection, people: Collection[int]) -> Sequence[Row[Any]]:
    """Refusals to call the person, by campaign and deciding rule."""
    decision, candidate = table_of(DecisionRow), table_of(CandidateRow)
    columns = (decision.c.campaign_id, decision.c.deciding_rule)
    return db.execute(
        select(
            *columns,
            func.count().label("times"),
            func.min(decision.c.at).label("first_at"),
            func.max(decision.c.at).label("last_at"),
        )
        .join(candidate, candidate.c.id == decision.c.candidate_id)
        .where(
            candidate.c.subject_id.in_(list(people)),
            decision.c.decision != "allow",
        )
        .group_by(*columns)
        .order_by(*columns)
    ).all()


def _words(
    desk: Desk,
    actor: Actor,
    asked: Asked,
    opt_outs: Sequence[Row[Any]],
    purpose: OpeningPurpose,
) -> dict[str, str]:
    """What the person said in an opt-out, where it was theirs and is still there; audited."""
    parts = {
        row.id: SealedPart(
            Place(Part.OPT_OUT_WORDS, row.words_holder_id, row.words_row_id),
            KeyClass.CALLS,
            bytes(row.words_sealed),
        )
        for row in opt_outs
        if row.words_sealed is not None and row.words_holder_id in asked.people
    }
    if not parts:
        return {}
    opened = desk.vault.open(list(parts.values()), actor.id, purpose, action=ASKED)
    return {name: str(json.loads(opened[part.place])) for name, part in parts.items()}


def _consent(
    row: Row[Any],
    read: _Read,
    evidence: Mapping[str, Evidence],
    told: Mapping[str, str],
) -> dict[str, Any]:
    notice = read.notices.get((row.notice_id, row.notice_version))
    shown = evidence.get(row.public_id)
    until = row.valid_until_at
    return {
        "id": row.public_id,
        "kind": row.kind,
        "purpose": row.purpose,
        "channel": row.channel,
        "consent_class": row.consent_class,
        "said_at": rfc3339(instant(row.effective_at)),
        "recorded_at": rfc3339(instant(row.recorded_at)),
        "valid_until": None if until is None else rfc3339(instant(until)),
        "source": row.source,
        "documented": bool(row.documented),
        "notice": f"{row.notice_id}/{row.notice_version}" if row.notice_id else "",
        "text_shown": None if notice is None else notice.text,
        "text_sha256": None if notice is None else notice.sha256,
        "evidence": None if shown is None else _evidence(shown),
        "ended_by": sorted(read.ends.get(row.public_id, [])),
        "corrects": row.corrects or "",
        "entry": told.get(row.public_id, ""),
    }


def _evidence(shown: Evidence) -> dict[str, str]:
    names = ("told_at", "text_sha256", "reference", "ip", "words")
    held = asdict(shown)
    return {name: str(held[name]) for name in names}


def _call(call: Mapping[str, Any], read: _Read, told: Mapping[str, str]) -> dict[str, Any]:
    rested = call["consent"]
    decided = read.decisions.get(call["decision"]) if call["decision"] is not None else None
    names = ("call", "at", "at_person", "zone_person", "caller", "number_shown", "dialled_by")
    more = ("purpose", "campaign", "title", "simulated", "for_somebody_else", "heard", "outcome")
    return {
        **{name: call[name] for name in (*names, *more, "duration_s", "opted_out_at")},
        "channel": read.attempts[call["call"]].channel,
        "consent": None if rested is None else {"state": rested["state"], "id": rested["id"] or ""},
        "stop_key": call["stop"]["key"],
        "decision": None if decided is None else _decision(decided),
        "entry": told.get(call["call"], ""),
    }


def _decision(row: Row[Any]) -> dict[str, Any]:
    rules = json.loads(row.rules)
    return {
        "id": str(row.id),
        "at": rfc3339(instant(row.at)),
        "decision": row.decision,
        "deciding_rule": row.deciding_rule,
        "rules": [{"rule": str(rule), "effect": str(effect)} for rule, effect in rules],
        "place": row.place_code,
        "pack_sha256": row.pack_sha256,
    }


def _refusal(row: Row[Any]) -> dict[str, Any]:
    return {
        "campaign": row.campaign_id,
        "rule": row.deciding_rule,
        "times": int(row.times),
        "first_at": rfc3339(instant(row.first_at)),
        "last_at": rfc3339(instant(row.last_at)),
    }


def _opt_out(
    row: Row[Any], read: _Read, words: Mapping[str, str], told: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "id": row.id,
        "at": rfc3339(instant(row.since_at)),
        "source": row.source,
        "in_call": row.attempt or "",
        "words": words.get(row.id, ""),
        "lifts": read.lifts.get(row.id, []),
        "entry": told.get(row.id, ""),
    }
