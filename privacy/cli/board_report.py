"""The document of the board's page: counts by month as of a size of the log."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from privacy.actors import Act, Actor
from privacy.audit.as_of import AsOf
from privacy.audit.checking import check_database
from privacy.cli import breaches_then
from privacy.cli.calling_report import by_simulator
from privacy.cli.report_made import Gathered, parties
from privacy.clock import instant, micros, rfc3339
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.gateway import judgements
from privacy.gateway.decide import Law
from privacy.rights import figures
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import ConsentRow, SuppressionRow
from privacy.storage.tables.controls import CallJudgement
from privacy.storage.tables.gateway import AttemptRow, DecisionRow

if TYPE_CHECKING:
    from reports.calling_data import Span

MICROS_A_QUARTER = 15 * 60 * 1_000_000
HOURS_72 = timedelta(hours=72)
MOST_MONTHS = 12
LIMITS = (
    "It is management's own evidence; what nobody recorded is not in it.",
    "Calls that were made without the desk's gateway are not counted.",
)
ATTEMPT, JUDGED = table_of(AttemptRow), table_of(CallJudgement)


def data(
    desk: Desk,
    actor: Actor,
    from_on: date,
    to_on: date,
    as_of: AsOf,
    *,
    law: Law | None = None,
    progress: judgements.Progress = lambda done: None,
) -> Gathered:
    """Twelve months at most, with the same days a year before. BadInput for a longer period."""
    from reports import board, calling_data

    actor.require(Act.REPORT)
    months = _months(from_on, to_on)
    if len(months) > MOST_MONTHS:
        raise BadInput("The page holds twelve months.", what="--from", next="Give a year.")
    span = _span(desk, from_on, to_on, as_of)
    # What has not been yet is not held against a whole year.
    read_on = as_of.at.astimezone(ZoneInfo(span.zone)).date()
    days = _a_year_before(from_on), _a_year_before(min(to_on, max(from_on, read_on)))
    before = _span(desk, *days, as_of)
    for each in (before, span):
        until = min(each.to_at, as_of.at)
        judgements.judge_all(desk, actor, each.from_at, until, law=law, progress=progress)
    with desk.snapshot() as db:
        counted = counts(desk, db, span, as_of)
        sums = counts(desk, db, before, as_of)
        simulated = by_simulator(calling_data.campaigns(db, span))
    past = {name: sum(each.values()) for name, each in sums.items()}
    found = parties(desk)
    found["marker"]["simulator"] = simulated
    document = {
        **found,
        "schema": board.SCHEMA,
        "period": {
            "from_on": from_on.isoformat(),
            "to_on": to_on.isoformat(),
            "zone": span.zone,
        },
        "read": {"at": rfc3339(as_of.at), "tree_size": as_of.size},
        "months": [
            {"month": month, **{name: counted[name][month] for name in board.NAMES}}
            for month in months
        ],
        "before": past if any(past.values()) else None,
        "log_verified": not check_database(desk.reading, now=desk.now()).findings,
        "limits": list(LIMITS),
    }
    return Gathered(document)


def counts(desk: Desk, db: Connection, span: Span, as_of: AsOf) -> dict[str, Counter[str]]:
    """Every count of the page by month of the controller's zone."""
    from reports import consent_rows, opt_out_data

    said, until = opt_out_data.said_then(span.at), micros(span.at)
    consents, decisions = table_of(ConsentRow), table_of(DecisionRow)
    suppressed = table_of(SuppressionRow)
    broken = (JUDGED.c.denying != "") | (JUDGED.c.after_opt_out == 1)
    unseen = JUDGED.c.attempt_id.is_(None) | (JUDGED.c.looked == 0)
    return {
        "placed": _by_month(db, span, ATTEMPT.c.redeemed_at),
        "refused": _by_month(db, span, decisions.c.at, decisions.c.decision == "deny"),
        "violations": _by_month(db, span, ATTEMPT.c.redeemed_at, broken, judged=True),
        "not_looked": _by_month(db, span, ATTEMPT.c.redeemed_at, unseen, judged=True),
        "opt_outs": _by_month(db, span, suppressed.c.since_at, said),
        "granted": _by_month(db, span, consents.c.recorded_at, consents.c.kind == "grant"),
        # Who never consented and says no withdraws nothing.
        "withdrawn": _by_month(
            db,
            span,
            consents.c.recorded_at,
            consents.c.kind == "withdrawal",
            consent_rows.ended_any(consents.c.public_id, until),
        ),
        **_requests(desk, db, span, as_of),
        **_breaches(db, span),
    }


def _by_month(
    db: Connection, span: Span, column: Any, *conditions: Any, judged: bool = False
) -> Counter[str]:
    """Rows by month of an instant; every offset of a zone is whole quarters of an hour."""
    quarter = column // MICROS_A_QUARTER
    statement = select(quarter, func.count()).where(span.holds(column), *conditions)
    if judged:
        joined = ATTEMPT.outerjoin(JUDGED, JUDGED.c.attempt_id == ATTEMPT.c.id)
        statement = statement.select_from(joined)
    zone, found = ZoneInfo(span.zone), Counter[str]()
    for number, count in db.execute(statement.group_by(quarter)):
        at = instant(int(number) * MICROS_A_QUARTER).astimezone(zone)
        found[f"{at:%Y-%m}"] += int(count)
    return found


def _requests(desk: Desk, db: Connection, span: Span, as_of: AsOf) -> dict[str, Counter[str]]:
    ledger = figures.read(desk, as_of.size, within=db)
    zone = ZoneInfo(span.zone)
    first = span.from_at.astimezone(zone).date()
    last = (span.to_at - timedelta(microseconds=1)).astimezone(zone).date()
    names = ("requests", "answered", "late")
    found: dict[str, Counter[str]] = {name: Counter() for name in names}
    for one in ledger.between(first, last):
        month = f"{one.received_on:%Y-%m}"
        found["requests"][month] += 1
        found["answered"][month] += one.answered_on is not None
        found["late"][month] += one.overdue or (
            one.answered_on is not None and one.in_time is False
        )
    return found


def _breaches(db: Connection, span: Span) -> dict[str, Counter[str]]:
    """Breaches by month of awareness; late: notified, or still open, after 72 hours."""
    found: dict[str, Counter[str]] = {"breaches": Counter(), "breaches_late": Counter()}
    limit, zone = HOURS_72 // timedelta(microseconds=1), ZoneInfo(span.zone)
    for one in breaches_then.read(db, span.at):
        if not micros(span.from_at) <= one.aware_us < micros(span.to_at):
            continue
        month = f"{instant(one.aware_us).astimezone(zone):%Y-%m}"
        end = micros(span.at) if one.notified_us is None else one.notified_us
        found["breaches"][month] += 1
        found["breaches_late"][month] += one.owed and end - one.aware_us > limit
    return found


def _months(from_on: date, to_on: date) -> list[str]:
    """The months of these days, oldest first."""
    first, last = from_on.year * 12 + from_on.month - 1, to_on.year * 12 + to_on.month - 1
    return [f"{month // 12}-{month % 12 + 1:02d}" for month in range(first, last + 1)]


def _a_year_before(day: date) -> date:
    """The same day of the year before; the 28th for 29 February."""
    last = monthrange(day.year - 1, day.month)[1]
    return day.replace(year=day.year - 1, day=min(day.day, last))


def _span(desk: Desk, from_on: date, to_on: date, as_of: AsOf) -> Span:
    """From the first day to the last one, both included."""
    from reports.calling_data import Span

    name = desk.config.controller.zone
    zone = ZoneInfo(name)
    start = datetime.combine(from_on, time(0), tzinfo=zone)
    end = datetime.combine(to_on + timedelta(days=1), time(0), tzinfo=zone)
    return Span(start, end, name, as_of.at)
