"""The rows of a consent audit from main, by pages; no person, no number, no key.

Everything is read as of an instant: what was recorded later is left out. Only what survives
an erasure is read (public ids, codes, instants, and which withdrawal ended which grant), so
that the same instant gives the same rows after any erasure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from privacy.clock import instant, micros, rfc3339
from privacy.consent.ledger import RecordKind
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import ConsentEnd, ConsentRow, Notice
from privacy.storage.tables.gateway import AttemptRow, DecisionRow
from privacy.terms import ConsentClass
from reports.consent_tally import (
    EXPIRED,
    IN_FORCE,
    MOST_LISTED,
    NO_EVIDENCE,
    NO_WORDING,
    REFUSAL,
    VOID,
    WITHDRAWN,
)

PAGE = 10_000
Reading = Callable[[], AbstractContextManager[Connection]]
RECORD, END, CALL = table_of(ConsentRow), table_of(ConsentEnd), table_of(AttemptRow)
DECISION = table_of(DecisionRow)
AGAINST = (
    "no_decision",
    "no_record",
    "other_consent",
    "class_withdrawn",
    "before_consent",
    "withdrawn",
    "expired",
    "void",
)
"""Why a call was against no or withdrawn consent; the first that holds is the one."""


@dataclass(frozen=True)
class Window:
    """What was said or called in [from_at, to_at), None without a bound; as known at `at`."""

    at: datetime
    from_at: datetime | None = None
    to_at: datetime | None = None

    def holds(self, column: Any) -> ColumnElement[bool]:
        bounds = [column <= micros(self.at)]
        if self.from_at is not None:
            bounds.append(column >= micros(self.from_at))
        if self.to_at is not None:
            bounds.append(column < micros(self.to_at))
        return and_(*bounds)


def records(reading: Reading, window: Window) -> Iterator[list[str]]:
    """One row with the columns of reports.consent_tally for each record said in the window."""
    after = 0
    while True:
        with reading() as db:
            rows = db.execute(_page(window, after)).all()
        for row in rows:
            yield _record(row, window)
        if len(rows) < PAGE:
            return
        after = rows[-1].id


def _page(window: Window, after: int) -> Any:
    known = micros(window.at)
    return (
        select(
            *(RECORD.c[name] for name in ("id", "public_id", "kind", "purpose", "channel")),
            *(RECORD.c[name] for name in ("consent_class", "effective_at", "recorded_at")),
            *(RECORD.c[name] for name in ("valid_until_at", "notice_id", "notice_version")),
            *(RECORD.c[name] for name in ("source", "documented")),
            _void(RECORD.c.public_id, known).label("void"),
            _first_end(RECORD.c.public_id, known).label("ended_at"),
            ended_any(RECORD.c.public_id, known).label("ended_any"),
        )
        .where(
            RECORD.c.id > after, RECORD.c.recorded_at <= known, window.holds(RECORD.c.effective_at)
        )
        .order_by(RECORD.c.id)
        .limit(PAGE)
    )


def _void(public_id: Any, known: int) -> Any:
    """Whether a correction that was recorded by then made the record void."""
    correction = RECORD.alias()
    return (
        select(correction.c.id)
        .where(correction.c.corrects == public_id, correction.c.recorded_at <= known)
        .correlate_except(correction)
        .exists()
    )


def _first_end(grant_id: Any, known: int) -> Any:
    """When the first withdrawal that ended the grant was said; null if none stands."""
    taken, end = RECORD.alias(), END.alias()
    return (
        select(func.min(taken.c.effective_at))
        .select_from(end.join(taken, taken.c.public_id == end.c.withdrawal_id))
        .where(
            end.c.grant_id == grant_id,
            taken.c.recorded_at <= known,
            ~_void(taken.c.public_id, known),
        )
        .correlate_except(taken, end)
        .scalar_subquery()
    )


def ended_any(withdrawal_id: Any, known: int) -> Any:
    """Whether the withdrawal ended a grant; one that did not refuses what was never given."""
    given, end = RECORD.alias(), END.alias()
    return (
        select(end.c.grant_id)
        .select_from(end.join(given, given.c.public_id == end.c.grant_id))
        .where(end.c.withdrawal_id == withdrawal_id, given.c.recorded_at <= known)
        .correlate_except(given, end)
        .exists()
    )


def _record(row: Row[Any], window: Window) -> list[str]:
    granted = row.kind == RecordKind.GRANT
    refused = row.kind == RecordKind.WITHDRAWAL and not row.ended_any
    state = _state(row, window) if granted else VOID if row.void else ""
    notice = f"{row.notice_id}/{row.notice_version}" if row.notice_id else ""
    exception = ""
    if granted and state != VOID:
        exception = NO_EVIDENCE if not row.documented else "" if notice else NO_WORDING
    return [
        row.public_id,
        REFUSAL if refused else row.kind,
        row.purpose,
        row.channel,
        row.consent_class,
        rfc3339(instant(row.effective_at)),
        rfc3339(instant(row.recorded_at)),
        "" if row.valid_until_at is None else rfc3339(instant(row.valid_until_at)),
        notice,
        row.source,
        "yes" if row.documented else "no",
        state,
        rfc3339(instant(row.ended_at)) if granted and row.ended_at is not None else "",
        exception,
    ]


def _state(row: Row[Any], window: Window) -> str:
    """A void grant is void whatever else; what was withdrawn did not expire."""
    if row.void:
        return VOID
    if row.ended_at is not None:
        return WITHDRAWN
    until = row.valid_until_at
    return EXPIRED if until is not None and until < micros(window.at) else IN_FORCE


# -- calls ---------------------------------------------------------------------------------


def calls(db: Connection, window: Window) -> list[dict[str, Any]]:
    """Calls whose number left in the window, by purpose, channel, consent class and judgement."""
    judged = _judged(window).subquery()
    names = ("purpose", "channel", "consent_class", "judged")
    columns = [judged.c[name] for name in names]
    rows = db.execute(select(*columns, func.count()).group_by(*columns).order_by(*columns))
    return [{**dict(zip(names, row, strict=False)), "calls": int(row[4])} for row in rows]


def against(db: Connection, window: Window) -> list[list[str]]:
    """Each call against no or withdrawn consent: the columns of reports.consent_audit."""
    judged = _judged(window).subquery()
    rows = db.execute(
        select(judged)
        .where(judged.c.judged.in_(AGAINST))
        .order_by(judged.c.redeemed_at, judged.c.id)
        .limit(MOST_LISTED)
    )
    return [_against(row) for row in rows]


def _against(row: Row[Any]) -> list[str]:
    ended = row.ended_at if row.judged == "withdrawn" else None
    return [
        row.id,
        rfc3339(instant(row.redeemed_at)),
        row.purpose,
        row.channel,
        row.consent_class,
        row.consent_id,
        row.judged,
        "" if ended is None else rfc3339(instant(ended)),
        "" if ended is None else f"{(row.redeemed_at - ended) / 1_000_000:.3f}",
        "" if ended is None else "yes" if row.known else "no",
    ]


def _judged(window: Window) -> Any:
    """Every call with why it was against consent, `on_consent`, or `none_asked`.

    Judged by the decision that was made then; and by what the records say of the consent at
    the instant of the call, as far as they were known at the window's.
    """
    known = micros(window.at)
    given = aliased(RECORD, name="given")
    ended = _first_end(CALL.c.consent_id, known)
    told = _told_by_then(CALL.c.consent_id, CALL.c.redeemed_at)
    has = given.c.id.is_not(None)
    reasons = (
        (or_(DECISION.c.id.is_(None), DECISION.c.decision != "allow"), "no_decision"),
        (CALL.c.consent_class == ConsentClass.WITHDRAWN.value, "class_withdrawn"),
        (and_(CALL.c.consent_id == "", _rests_on_none()), "none_asked"),
        (~has, "no_record"),
        (_is_of_something_else(given), "other_consent"),
        (_void(CALL.c.consent_id, known), "void"),
        (given.c.effective_at > CALL.c.redeemed_at, "before_consent"),
        (ended <= CALL.c.redeemed_at, "withdrawn"),
        (given.c.valid_until_at < CALL.c.redeemed_at, "expired"),
    )
    return (
        select(
            *(CALL.c[name] for name in ("id", "redeemed_at", "purpose", "channel")),
            CALL.c.consent_class,
            CALL.c.consent_id,
            case(*reasons, else_="on_consent").label("judged"),
            ended.label("ended_at"),
            told.label("known"),
        )
        .select_from(
            CALL.outerjoin(DECISION, DECISION.c.id == CALL.c.decision_id).outerjoin(
                given, and_(given.c.public_id == CALL.c.consent_id, CALL.c.consent_id != "")
            )
        )
        .where(CALL.c.redeemed_at.is_not(None), window.holds(CALL.c.redeemed_at))
    )


def _is_of_something_else(given: Any) -> Any:
    """A consent names one purpose and one channel, and is no word of the person against it."""
    return or_(
        given.c.kind != RecordKind.GRANT.value,
        given.c.purpose != CALL.c.purpose,
        given.c.channel != CALL.c.channel,
    )


def _rests_on_none() -> Any:
    return CALL.c.consent_class == ConsentClass.NONE.value


def _told_by_then(grant_id: Any, at: Any) -> Any:
    """Whether the desk had recorded a withdrawal of the grant when the number left."""
    taken, end = RECORD.alias(), END.alias()
    return (
        select(end.c.grant_id)
        .select_from(end.join(taken, taken.c.public_id == end.c.withdrawal_id))
        .where(end.c.grant_id == grant_id, taken.c.recorded_at <= at, taken.c.effective_at <= at)
        .correlate_except(taken, end)
        .exists()
    )


# -- wordings ------------------------------------------------------------------------------


def wordings(db: Connection, window: Window) -> list[dict[str, Any]]:
    """Every text that the desk knew by then, with the digest kept and the one of the text."""
    table = table_of(Notice)
    rows = db.execute(
        select(table)
        .where(table.c.created_at <= micros(window.at))
        .order_by(table.c.id, table.c.version)
    )
    return [
        {
            "notice": f"{row.id}/{row.version}",
            "language": row.language,
            "created_at": rfc3339(instant(row.created_at)),
            "sha256": row.sha256,
            "text": row.text,
            "holds": hashlib.sha256(row.text.encode()).hexdigest() == row.sha256,
        }
        for row in rows
    ]
