"""Hours, closed days and agreed times: may this person be called now, in every zone?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from privacy.law.call_context import within
from privacy.law.closed_days import is_holiday
from privacy.law.findings import Finding, allow, deny, latest, lifted
from privacy.law.rulebook import Rule
from privacy.law.standing import Call, agreed_windows, holds
from privacy.law.windows import DayWindows, is_open, second_on_the_clock
from privacy.law.zones import instant_of, zone

LOOK_AHEAD_DAYS = 40
MONDAY = 0


def hours(rule: Rule, call: Call) -> Finding | None:
    """The rule's window of the week, in every candidate zone and those the rule names."""
    if rule.week is None:
        return None
    closed: list[datetime | None] = []
    reason = ""
    for key, clock in clocks_of(rule, call):
        second, day = second_on_the_clock(clock), clock.date()
        if is_open(windows_of(rule, call, day, ""), second):
            continue
        lift = lift_of(rule, call)
        if lift == "all" or (lift and is_open(windows_of(rule, call, day, lift), second)):
            reason = "hours lifted"
        elif is_open(agreed_of(rule, call, day), second):
            reason = "a time the person agreed to"
        else:
            closed.append(_opens(rule, call, key, clock, lift))
    if closed:
        return deny("outside the hours", latest(closed))
    return lifted(reason) if reason else allow("in hours")


def inconvenient_times(rule: Rule, call: Call) -> Finding | None:
    """Times the person called inconvenient, where the rule honours them."""
    told = call.facts.context.inconvenient_times
    if not rule.decide.get("inconvenient_times") or told is None:
        return None
    ends: list[datetime | None] = []
    for key, clock in clocks_of(rule, call):
        second = second_on_the_clock(clock)
        for start, end in told.days[clock.weekday()]:
            if start <= second < end:
                ends.append(instant_of(clock.date(), end, key))
    return deny("a time the person called inconvenient", latest(ends)) if ends else None


def clocks_of(rule: Rule, call: Call) -> Iterator[tuple[str, datetime]]:
    """Zones a rule is judged in, with their clocks: the call's, then those the rule adds."""
    yield from call.clocks.items()
    for key in rule.decide.get("also_zones", ()):
        if key not in call.clocks:
            yield key, call.at.astimezone(zone(key))


def lift_of(rule: Rule, call: Call) -> str:
    """What a consent or relationship lifts of this rule's hours: "", all, closed_days, holidays."""
    for word in rule.decide.get("lifted_by", ()):
        if not call.data["condition"][word].get("agreed_times") and holds(word, rule, call):
            return str(rule.decide.get("lifts", "all"))
    return ""


def windows_of(rule: Rule, call: Call, day: date, lift: str) -> DayWindows:
    """Windows of a day as the law has them, after the lift."""
    week = rule.week
    assert week is not None
    windows = week.days[day.weekday()]
    if week.holiday is not None and lift != "holidays" and closed_day(rule, call, day):
        windows = week.holiday
    elif windows and rule.eve is not None and closed_day(rule, call, day + timedelta(days=1)):
        windows = rule.eve
    if not windows and lift == "closed_days":
        # A lifted closed day is like a working day, never the whole night.
        windows = week.days[MONDAY]
    return windows


def agreed_of(rule: Rule, call: Call, day: date) -> DayWindows:
    """Windows of a day that the person agreed to."""
    agreed = agreed_windows(rule, call)
    return tuple(window for times in agreed for window in times.days[day.weekday()])


def closed_day(rule: Rule, call: Call, day: date) -> bool:
    """Whether a day is a holiday for this rule: by calendar or proclaimed."""
    for region, proclaimed in call.facts.context.proclaimed_days:
        if proclaimed == day and within(region, rule.jurisdiction):
            return True
    return is_holiday(rule.jurisdiction, call.facts.located.places, day)


def _opens(rule: Rule, call: Call, key: str, clock: datetime, lift: str) -> datetime | None:
    """The next opening in one zone, at or before the instant it really opens."""
    now = second_on_the_clock(clock)
    for ahead in range(LOOK_AHEAD_DAYS):
        day = clock.date() + timedelta(days=ahead)
        windows = (*windows_of(rule, call, day, lift), *agreed_of(rule, call, day))
        starts = [start for start, _ in windows if ahead or start > now]
        if starts:
            return instant_of(day, min(starts), key)
    return None
