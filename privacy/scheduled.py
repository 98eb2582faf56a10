"""Reports that are made by themselves: which period is due. See desk_tables.Reports.

A period is whole days in the controller's zone and is due from the day after its last one.
What was made stands in the log (`report.scheduled`, its object is kind and period), so that
one is made once, and one that was missed is made later. So does what failed (`report.failed`,
with the code of the error), until it is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from privacy.audit.entry import parse
from privacy.clock import instant, micros, rfc3339
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.storage.tables.audit import AuditEntry
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import AttemptRow

MADE, FAILED = "report.scheduled", "report.failed"
# How many days a period has at most: so many after its first day lies the next one.
LONGEST_DAYS = {"week": 7, "month": 31, "quarter": 92, "year": 366}
MOST_PERIODS = 60
"""Missed periods that are caught up; older ones are made by hand."""

KINDS = {
    "request_register": "request-register",
    "log_verification": "log-verification",
    "campaign_compliance": "campaign-compliance",
}


@dataclass(frozen=True)
class Period:
    """First and last day, both included, and a name such as 2026-11, 2026-W48, 2026-Q4."""

    name: str
    from_on: date
    to_on: date


@dataclass(frozen=True)
class Due:
    """A report that is to be made. `campaign` is "" but for campaign-compliance."""

    kind: str
    period: Period
    campaign: str = ""

    @property
    def key(self) -> str:
        """How the log names it, and its file."""
        middle = f"-{self.campaign}" if self.campaign else ""
        return f"{self.kind}{middle}-{self.period.name}"


@dataclass(frozen=True)
class Failed:
    """A report that is due and could not be made: the code of the last error, and when."""

    report: Due
    code: str
    at: datetime

    def document(self) -> dict[str, str]:
        """For `--json`."""
        return {"report": self.report.key, "code": self.code, "at": rfc3339(self.at)}


def due(desk: Desk) -> list[Due]:
    """What is to be made now, the oldest first. BadInput for a setting that cannot be read."""
    wanted = desk.config.reports
    zone = ZoneInfo(desk.config.controller.zone)
    today = desk.now().astimezone(zone).date()
    found: list[Due] = []
    with desk.reading() as db:
        made = keys_made(db)
        for setting, kind in KINDS.items():
            every = getattr(wanted, setting)
            if not every:
                continue
            for period in periods(every, _since(wanted.since, every, today), today):
                found += [each for each in _of(db, kind, period, zone) if each.key not in made]
    return sorted(found, key=lambda each: (each.period.to_on, each.key))


def periods(every: str, since: date, today: date) -> list[Period]:
    """Whole periods that began on `since` or later and ended before `today`; the newest ones."""
    if every not in LONGEST_DAYS:
        raise BadInput(
            "Reports are made every week, month, quarter or year.",
            what="reports",
            next="See `rightsdesk config show`.",
        )
    found = [each for each in _running(every, since, today) if each.from_on >= since]
    return found[-MOST_PERIODS:]


def _running(every: str, since: date, today: date) -> Iterator[Period]:
    first = _first_day(every, since)
    while True:
        after = _first_day(every, first + timedelta(days=LONGEST_DAYS[every]))
        if after > today:
            return
        yield Period(_name(every, first), first, after - timedelta(days=1))
        first = after


def _first_day(every: str, day: date) -> date:
    """The first day of the period that `day` lies in. Weeks begin on Monday (ISO 8601)."""
    if every == "week":
        return day - timedelta(days=day.weekday())
    if every == "month":
        return day.replace(day=1)
    if every == "quarter":
        return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return date(day.year, 1, 1)


def _name(every: str, first: date) -> str:
    if every == "week":
        year, week, _ = first.isocalendar()
        return f"{year}-W{week:02d}"
    if every == "month":
        return f"{first:%Y-%m}"
    return f"{first.year}-Q{(first.month + 2) // 3}" if every == "quarter" else f"{first.year}"


def _since(text: str, every: str, today: date) -> date:
    """The day from which periods count; without one the newest whole period alone."""
    if not text:
        return _first_day(every, _first_day(every, today) - timedelta(days=1))
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput("That is not a date.", what="reports.since", next="YYYY-MM-DD.") from None


def _of(db: Connection, kind: str, period: Period, zone: ZoneInfo) -> list[Due]:
    """The reports of that kind and period: one, or one for each campaign that called."""
    if kind != "campaign-compliance":
        return [Due(kind, period)]
    table = table_of(AttemptRow)
    start = datetime.combine(period.from_on, time(0), tzinfo=zone)
    end = datetime.combine(period.to_on + timedelta(days=1), time(0), tzinfo=zone)
    called = (
        select(table.c.campaign_id)
        .distinct()
        .where(table.c.redeemed_at >= micros(start), table.c.redeemed_at < micros(end))
    )
    return [Due(kind, period, str(name)) for name in sorted(db.execute(called).scalars())]


def keys_made(db: Connection) -> set[str]:
    """The keys of all reports that the log says were made by themselves."""
    table = table_of(AuditEntry)
    bodies = db.execute(select(table.c.body).where(table.c.action == MADE)).scalars()
    return {str(parse(bytes(body))["object"]) for body in bodies}


def failed(desk: Desk) -> list[Failed]:
    """What is due and failed the last time, the oldest first."""
    waiting = due(desk)
    if not waiting:
        return []
    with desk.reading() as db:
        told = _failures(db)
    return [Failed(each, *told[each.key]) for each in waiting if each.key in told]


def _failures(db: Connection) -> dict[str, tuple[str, datetime]]:
    """The last error of each report that ever failed."""
    table = table_of(AuditEntry)
    rows = db.execute(
        select(table.c.body, table.c.at).where(table.c.action == FAILED).order_by(table.c.id)
    ).all()
    told = ((parse(bytes(row.body)), row.at) for row in rows)
    return {str(entry["object"]): (str(entry["outcome"]), instant(at)) for entry, at in told}
