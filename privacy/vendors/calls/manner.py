"""How one call was made: number shown, ring, list used, gap, time since an opt-out. Pure.

These need columns that the law of permits does not ask for. Each answer is broken, kept or,
for want of a column, open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum
from typing import NamedTuple

from privacy.clock import instant
from privacy.law.calendars import calendar_of
from privacy.law.call_lists import age_limit_days, states_list_age, superseded
from privacy.law.counting import add_business_days
from privacy.law.grounds import Word
from privacy.law.rulebook import Rule, Rulebook
from privacy.vendors.calls.checks import Check, Found
from privacy.vendors.calls.record import (
    NO_NUMBER,
    UNTOLD,
    AnsweredBy,
    Column,
    Disposition,
    EndedBy,
    VendorCall,
)

GAP_RULE = "policy.minimum_gap"
OPT_OUTS = "records.opt_outs"
DAY_US = 86_400_000_000
NORTH_AMERICA = (10**10, 2 * 10**10)
WEST_US = DAY_US // 2
"""Evening in North America is the next day in UTC. Half a day back it is the day it was there, at
every hour from 8 in the morning in the east to 2 at night in the west."""
HOUR_US = 3_600_000_000
WEEKEND = (5, 6)
BUSINESS_DAYS = ("max_business_days", "honour_within_business_days")
CALENDAR_DAYS = ("add_within_days",)
UTC_DAY = timedelta(days=1)
SHORTEST_TERM_US = 14 * DAY_US
"""No rule lets an opt-out wait for less: ten business days, or fourteen days."""


class Rang(IntEnum):
    """What the record says of an unanswered call: who ended it, if it was unanswered at all."""

    NOT_UNANSWERED = 0
    GIVEN_UP = 1
    BY_WHOM = 2
    ANSWERED_OR_NOT = 3


class Manner(NamedTuple):
    """The told facts of one call as small values, which are all that these checks see.

    `ring_ms` -1 untold; `list_age_days` None untold; `too_soon` another call lies within the
    minimum gap; `opt_outs_untold` an earlier call may have told an opt-out and has no column
    for it, `long_untold` one so long ago that no rule lets it wait; `stop_us` the first standing
    opt-out before the call.
    """

    number: bool
    shown: int
    premium: bool
    rang: Rang
    ring_ms: int
    list_age_days: int | None
    day: date
    too_soon: bool
    opt_outs_untold: bool
    long_untold: bool
    stop_us: int | None = None


def rang(call: VendorCall) -> Rang:
    """Whether a call was given up by the caller before anybody answered."""
    if call.answered_us != UNTOLD or call.answered_by in (AnsweredBy.PERSON, AnsweredBy.MACHINE):
        return Rang.NOT_UNANSWERED
    if call.disposition in _NOT_RUNG or call.ended_by is EndedBy.CALLED:
        return Rang.NOT_UNANSWERED
    if call.disposition in (Disposition.NO_ANSWER, Disposition.CANCELLED):
        return Rang.GIVEN_UP
    if not call.has(Column.ANSWERED) or call.answered_by is AnsweredBy.UNKNOWN:
        return Rang.ANSWERED_OR_NOT
    return Rang.GIVEN_UP if call.ended_by is EndedBy.CALLER else Rang.BY_WHOM


_NOT_RUNG = (
    Disposition.ANSWERED,
    Disposition.ABANDONED,
    Disposition.BUSY,
    Disposition.FAILED,
)


def list_age_days(call: VendorCall) -> int | None:
    """Whole days from the list's date to the day of the call; None where it is untold."""
    if call.list_us == UNTOLD:
        return None
    west_us = WEST_US if NORTH_AMERICA[0] <= call.called < NORTH_AMERICA[1] else 0
    return max((call.at_us - west_us) // DAY_US - call.list_us // DAY_US, 0)


def premium(call: VendorCall, book: Rulebook) -> bool:
    """Whether the number shown is a premium one of the North American plan."""
    codes = book.pack.data["words"]["premium_area_codes"]
    return call.caller != NO_NUMBER and f"{call.caller}".startswith(tuple(f"1{c}" for c in codes))


def manner_of(
    call: VendorCall,
    at_us: int,
    book: Rulebook,
    *,
    too_soon: bool,
    opt_outs_untold: bool,
    long_untold: bool,
    stop_us: int | None,
) -> Manner:
    """One call's manner, made at `at_us`."""
    return Manner(
        number=call.called != NO_NUMBER,
        shown=call.shown,
        premium=premium(call, book),
        rang=rang(call),
        ring_ms=max(call.ring_ms, -1),
        list_age_days=list_age_days(call),
        day=_day(at_us),
        too_soon=too_soon,
        opt_outs_untold=opt_outs_untold,
        long_untold=long_untold,
        stop_us=stop_us,
    )


def gap_us(book: Rulebook) -> int:
    """The minimum gap of the organisation's own policy."""
    return int(book.pack.data["own_policy"]["minimum_gap_hours"] * HOUR_US)


def look(manner: Manner, rules: Sequence[str], book: Rulebook) -> Iterator[Found]:
    """What the manner of a call breaks or leaves open, of the rules that reached it."""
    reached = [book.by_id[name] for name in rules if name in book.by_id]
    for rule in reached:
        yield from _caller_id(manner, rule)
        yield from _ring(manner, rule)
        yield from _list(manner, rule, book)
        yield from _latency(manner, rule)
    yield from _between(manner)


def _caller_id(manner: Manner, rule: Rule) -> Iterator[Found]:
    if rule.decide.get("shows_number"):
        if manner.shown == 0:
            yield _broken(Check.CALLER_ID, rule.id, "the caller's number is withheld")
        elif manner.shown < 0:
            yield _open(Check.CALLER_ID, rule.id, "whether a number was shown", "calling_number")
    if "number_not" in rule.params and manner.premium:
        yield _broken(Check.CALLER_ID, rule.id, "the caller's number is a premium number")


def _ring(manner: Manner, rule: Rule) -> Iterator[Found]:
    """Seconds that the law names; it may name rings instead, which no record counts."""
    if rule.kind != "ring" or manner.rang is Rang.NOT_UNANSWERED:
        return
    least_ms = rule.params["min_ring_seconds"] * 1000
    if manner.ring_ms >= least_ms:
        return
    missing = [_WANTS[manner.rang]] if manner.rang in _WANTS else []
    if manner.ring_ms < 0:
        missing.append("ring_seconds")
    if missing:
        yield _open(Check.RING_TIME, rule.id, "how long it rang unanswered", *missing)
    else:
        yield _broken(Check.RING_TIME, rule.id, "it rang too short before it was given up")


_WANTS = {Rang.BY_WHOM: "ended_by", Rang.ANSWERED_OR_NOT: "answered_at"}


def _list(manner: Manner, rule: Rule, book: Rulebook) -> Iterator[Found]:
    """The age of the list that the vendor checked the number against."""
    grace = "grace_days_after_publication" in rule.params
    if rule.kind != "dnc" or not rule.decide.get("registers"):
        return
    if not grace and not states_list_age(rule):
        return
    age = manner.list_age_days
    if age is None:
        yield _open(Check.LIST_AGE, rule.id, "how old the vendor's list was", "list_date")
    elif (
        superseded(age, rule.params, manner.day)
        if grace
        else age > age_limit_days(rule, book.pack.data["lists"])
    ):
        yield _broken(Check.LIST_AGE, rule.id, "the vendor's list was too old")


def deadline_days(rule: Rule) -> tuple[str, int] | None:
    """Within how many days an opt-out must hold at the latest, and of which kind."""
    if not (rule.decide.get("own_list") or rule.decide.get("withdrawal")):
        return None
    for names, kind in ((BUSINESS_DAYS, "business"), (CALENDAR_DAYS, "calendar")):
        for name in names:
            if name in rule.params:
                return kind, int(rule.params[name])
    return None


def _latency(manner: Manner, rule: Rule) -> Iterator[Found]:
    """A call on a day after the last on which the rule lets an opt-out wait."""
    term = deadline_days(rule)
    if term is None or manner.stop_us is None:
        return
    # The day after in UTC: it has come in every zone, so no term is counted too short.
    asked = _day(manner.stop_us) + UTC_DAY
    kind, days = term
    if kind == "business":
        last = add_business_days(asked, days, calendar_of(rule.jurisdiction[:2]), WEEKEND)
    else:
        last = asked + timedelta(days=days)
    if manner.day > last:
        yield _broken(
            Check.OPT_OUT_LATENCY, rule.id, "later than the days in which an opt-out must hold"
        )


def _between(manner: Manner) -> Iterator[Found]:
    if manner.too_soon:
        yield _broken(Check.MINIMUM_GAP, GAP_RULE, "sooner after another call than the minimum gap")
    if manner.opt_outs_untold:
        yield _open(
            Check.AFTER_OPT_OUT,
            OPT_OUTS,
            "whether an earlier call to this number told an opt-out",
            "opt_out_at",
        )
    if manner.long_untold:
        yield _open(
            Check.OPT_OUT_LATENCY,
            OPT_OUTS,
            "whether an opt-out of an earlier call had to hold by then",
            "opt_out_at",
        )


def without_number(rules: Iterable[Check]) -> tuple[Found, ...]:
    """A call to a number that the export does not tell: nothing of it can be shown."""
    why = "the called number is not told"
    return tuple(_open(check, "records.called_number", why, "called_number") for check in rules)


def _broken(check: Check, rule: str, reason: str) -> Found:
    return Found(check, rule, Word.BROKEN, reason)


def _open(check: Check, rule: str, reason: str, *missing: str) -> Found:
    return Found(check, rule, Word.OPEN, reason, tuple(sorted(missing)))


def _day(at_us: int) -> date:
    moment: datetime = instant(at_us)
    return moment.astimezone(UTC).date()
