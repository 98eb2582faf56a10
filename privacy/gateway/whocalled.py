"""Who called this person, when, why, on which consent, with which words, and how it stops.

The question is the person's own: the look-up and the opening are entries with the purpose
of a right. A number or e-mail that nobody has gets the same form of answer as somebody
who was never called. Of a call to the same number that was for another person, only who
called and when is told.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, or_, select

from privacy.actors import Act, Actor
from privacy.clock import instant, micros, rfc3339
from privacy.consent.holders import holders_of
from privacy.consent.joined import joined
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.gateway.call_detail import Detail, Facts, columns, details, opened_facts, placed
from privacy.gateway.protocol import EventKind, State
from privacy.law.places import NoSuchNumber, locate
from privacy.storage.bulk import in_chunks
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import Notice, SuppressionRow
from privacy.storage.tables.gateway import AttemptRow, CallHistoryRow, EarlierCallRow
from privacy.terms import ContactKind, OpeningPurpose

ASKED = "call.who_called"
PURPOSE = OpeningPurpose.RIGHTS_REQUEST
MOST_CALLS = 500
HEARD = "heard"
PARTLY = "partly"
NOTHING = "nothing"
UNTOLD = "not_told"


@dataclass(frozen=True)
class Span:
    """Calls whose number left in [since, until]; both bounds inclusive."""

    since: datetime
    until: datetime


@dataclass(frozen=True)
class Asked:
    """Whose calls: `people` are one person's merged set, empty for nobody known."""

    people: frozenset[int]
    tag: bytes | None


def around(at: datetime, within: timedelta) -> Span:
    """The span around an instant that a person remembers."""
    return Span(at - within, at + within)


def person_of(
    desk: Desk,
    actor: Actor,
    kind: ContactKind,
    value: str,
    person: int | None = None,
    purpose: OpeningPurpose = PURPOSE,
) -> Asked:
    """Whoever has that E.164 number or folded mail. BadInput where several persons share it."""
    actor.require(Act.LOOK_UP)
    holders = holders_of(desk, actor.id, kind, value, purpose) or []
    with desk.reading() as db:
        sets = joined(db, {holder.subject_id for holder in holders})
    groups = {frozenset(each) for each in sets.values()}
    if person is not None:
        groups = {group for group in groups if person in group}
    if len(groups) > 1:
        raise BadInput(
            f"{len(groups)} persons share it.",
            what="person",
            next="Name one with --person ID; `rightsdesk contacts find` shows the ids.",
        )
    tag = None
    if kind is ContactKind.PHONE:
        tag = desk.vault.keyring.tags.number_tag(value)
    return Asked(next(iter(groups), frozenset()), tag)


def who_called(
    desk: Desk,
    actor: Actor,
    asked: Asked,
    span: Span,
    purpose: OpeningPurpose = PURPOSE,
    *,
    most: int | None = None,
) -> dict[str, Any]:
    """Calls in the span, earliest first, as a document without the number asked about.

    No more than `most` of them (default MOST_CALLS).
    """
    actor.require(Act.LOOK_UP)
    most = most or MOST_CALLS
    with desk.reading() as db:
        rows = _attempts(db, asked, span, most + 1)
        calls = [call for some in in_chunks(rows[:most], MOST_CALLS) for call in details(db, some)]
        notices = _notices(db, calls)
        earlier = _earlier(db, asked, span)
        opt_outs = _opt_outs(db, asked, span.since)
    mine = {call.id: call for call in calls if call.row.subject_id in asked.people}
    facts: dict[str, Facts] = {}
    for some in in_chunks(list(mine.values()), MOST_CALLS):
        facts |= opened_facts(desk, actor, some, purpose, action=ASKED)
    return {
        "since": rfc3339(span.since),
        "until": rfc3339(span.until),
        "controller": desk.config.controller.name,
        "contact": desk.config.controller.contact,
        "calls": [
            _call(desk, call, facts.get(call.id), notices, own=call.id in mine) for call in calls
        ],
        # There are more: a shorter time shows them.
        "more": len(rows) > most,
        "earlier_dialer": earlier,
        "opted_out": [rfc3339(at) for at in opt_outs],
    }


def _call(
    desk: Desk, call: Detail, facts: Facts | None, notices: dict[tuple[str, int], Any], *, own: bool
) -> dict[str, Any]:
    controller = desk.config.controller
    zone = _zone(facts)
    return {
        "call": call.id,
        "at": rfc3339(call.at),
        "at_controller": call.at.astimezone(ZoneInfo(controller.zone)).isoformat(),
        "at_person": None if zone is None else call.at.astimezone(ZoneInfo(zone)).isoformat(),
        "zone_person": zone,
        "caller": call.campaign.caller(controller.name),
        "number_shown": call.campaign.caller_id,
        "dialled_by": call.provider or None,
        # A debt or an illness of the other person must not be told to whoever shares the number.
        "purpose": call.row.purpose if own else None,
        "campaign": call.campaign.id if own else None,
        "title": call.campaign.title if own else None,
        "simulated": call.campaign.line == "simulator",
        "for_somebody_else": not own,
        "consent": _consent(call, notices) if own else None,
        "heard": _heard(call) if own else None,
        "outcome": call.row.state,
        "duration_s": call.duration_s,
        "opted_out_at": None if call.opted_out_at is None else rfc3339(call.opted_out_at),
        "stop": {"key": call.campaign.opt_out_key, "contact": controller.contact},
        "decision": call.row.decision_id if own else None,
    }


def _consent(call: Detail, notices: dict[tuple[str, int], Any]) -> dict[str, Any]:
    """The consent that the call rested on; state none where it rested on none."""
    row = call.consent
    if row is None:
        return {"state": call.row.consent_class, "id": call.row.consent_id or None}
    notice = notices.get((row.notice_id, row.notice_version))
    return {
        "state": row.consent_class,
        "id": row.public_id,
        "given_at": rfc3339(instant(row.effective_at)),
        "how": row.source,
        "notice": f"{row.notice_id}/{row.notice_version}" if row.notice_id else None,
        "text_shown": None if notice is None else notice.text,
        "documented": bool(row.documented),
    }


def _heard(call: Detail) -> dict[str, Any]:
    """The words that were played and how much of them, by what the dialer told."""
    prompt, heard_ms = call.prompt, call.heard_ms
    abandoned = call.row.state == State.ABANDONED.value
    if abandoned and "safe_harbour" in call.speech:
        prompt = call.speech["safe_harbour"]
    length_ms = None if prompt is None else prompt.length_ms
    how = NOTHING
    if heard_ms is None:
        how = UNTOLD
    elif heard_ms:
        how = HEARD if length_ms is None or heard_ms >= length_ms else PARTLY
    return {
        "how_much": how,
        "heard_s": None if heard_ms is None else heard_ms / 1_000,
        "length_s": None if length_ms is None else length_ms / 1_000,
        "language": call.campaign.language if prompt is None else prompt.language,
        "text": call.campaign.script if prompt is None else prompt.text,
        "sha256": None if prompt is None else prompt.sha256,
        "answered_at": _at(call.moment(EventKind.ANSWERED)),
    }


def _zone(facts: Facts | None) -> str | None:
    """The person's zone, where number and address leave one only."""
    told = {} if facts is None else facts.get("law_call", {})
    try:
        located = locate(
            str(told.get("number", "")),
            str(told.get("region", "")),
            str(told.get("postal_code", "")),
            tuple(told.get("zones", ())),
            True,
        )
    except NoSuchNumber:
        return None
    return located.zones[0] if len(located.zones) == 1 else None


def _attempts(db: Connection, asked: Asked, span: Span, most: int) -> Sequence[Any]:
    table = table_of(AttemptRow)
    whose: list[ColumnElement[bool]] = [table.c.subject_id.in_(asked.people)]
    if asked.tag is not None:
        whose.append(table.c.tag == asked.tag)
    return db.execute(
        select(*columns())
        .where(
            or_(*whose),
            *placed(),
            table.c.redeemed_at >= micros(span.since),
            table.c.redeemed_at <= micros(span.until),
        )
        .order_by(table.c.redeemed_at, table.c.id)
        .limit(most)
    ).all()


def _notices(db: Connection, calls: Collection[Detail]) -> dict[tuple[str, int], Any]:
    table = table_of(Notice)
    ids = {call.consent.notice_id for call in calls if call.consent is not None}
    rows = db.execute(select(table).where(table.c.id.in_(ids)))
    return {(row.id, row.version): row for row in rows}


def _earlier(db: Connection, asked: Asked, span: Span) -> list[dict[str, Any]]:
    """Calls that an earlier dialer of this organisation told, to the number itself."""
    if asked.tag is None:
        return []
    table, files = table_of(EarlierCallRow), table_of(CallHistoryRow)
    rows = db.execute(
        select(table.c.at, table.c.channel, table.c.outcome, files.c.source)
        .join(files, files.c.id == table.c.batch_id)
        .where(
            table.c.tag == asked.tag,
            table.c.at >= micros(span.since),
            table.c.at <= micros(span.until),
        )
        .order_by(table.c.at)
        .limit(MOST_CALLS)
    )
    return [
        {
            "at": rfc3339(instant(row.at)),
            "source": row.source,
            "channel": row.channel or None,
            "outcome": row.outcome,
        }
        for row in rows
    ]


def _opt_outs(db: Connection, asked: Asked, since: datetime) -> list[datetime]:
    """Opt-outs of the number that stand, from the span's begin on."""
    if asked.tag is None:
        return []
    table = table_of(SuppressionRow)
    rows = db.execute(
        select(table.c.since_at)
        .where(table.c.tag == asked.tag, table.c.since_at >= micros(since))
        .order_by(table.c.since_at)
    )
    return [instant(at) for at in rows.scalars()]


def _at(at: datetime | None) -> str | None:
    return None if at is None else rfc3339(at)
