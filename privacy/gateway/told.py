"""What the desk holds of one person that the law asks for beside consent and registers.

Absent stays absent: nothing here makes up a fact. A preference of the person only
narrows; it is never told to the law as a time they agreed to, which would widen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from privacy.consent import ledger
from privacy.consent.ledger import ConsentRecord
from privacy.law.windows import DayWindows, is_open, second_on_the_clock, week_windows
from privacy.law.zones import instant_of

# Answers of the FCC's database of reassigned numbers, imported as two lists: the day of
# a list is the day on which the database was asked.
REASSIGNED = {"us_reassigned_yes": "yes", "us_reassigned_no": "no"}
# A number rests this long before it is given to somebody else (47 CFR 52.15(f)(1)(ii)): until
# then a no still holds.
OLDEST_NO_DAYS = 45
LOOK_AHEAD_DAYS = 8


def relationship(call: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Last purchase and inquiry of the phone part, where they were told and have come.

    A day that has not come yet in UTC is no purchase that was made.
    """
    found = {}
    for name in ("last_purchase", "last_inquiry"):
        try:
            day = date.fromisoformat(str(call.get(name) or ""))
        except ValueError:
            continue
        if day <= at.astimezone(UTC).date():
            found[name] = day.isoformat()
    return {"relationship": found} if found else {}


def other_withdrawals(
    records: Sequence[ConsentRecord], purpose: str, channel: str, at: datetime
) -> dict[str, Any]:
    """Withdrawals of calls or texts that do not name this campaign's purpose and channel."""
    found = ledger.other_withdrawals(records, purpose, channel, at)
    return {"other_withdrawals": found} if found else {}


def reassigned(lists: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The database's answer about the number: a yes outweighs a no.

    Absent on neither list, and with a no of more than 45 days ago.
    """
    for name, answer in REASSIGNED.items():
        told = lists.get(name)
        if told and told["listed"] and (answer == "yes" or told["age_days"] <= OLDEST_NO_DAYS):
            asked = {"answer": answer, "asked_on": told["published"]}
            return {"reassigned_check": asked}
    return {}


def do_not_call(lists: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The registers without the two lists of answers, which nobody put himself on."""
    return {name: dict(told) for name, told in lists.items() if name not in REASSIGNED}


def preferred_again(times: Any, zones: Sequence[str], at: datetime) -> datetime | None:
    """None if `at` is a time that the person prefers in every zone; else when it is next.

    `times` is a table by weekday of [from, to], or one list for every day. ValueError
    where it cannot be read, where no zone is known, or where no day has such a time.
    """
    week = week_windows(times)
    if not zones:
        raise ValueError("no zone")
    waits = []
    for key in zones:
        clock = at.astimezone(ZoneInfo(key))
        if not is_open(week.days[clock.weekday()], second_on_the_clock(clock)):
            waits.append(_next(week.days, clock, key))
    return max(waits) if waits else None


def _next(days: Sequence[DayWindows], clock: datetime, key: str) -> datetime:
    for ahead in range(LOOK_AHEAD_DAYS):
        day = clock.date() + timedelta(days=ahead)
        for start, _ in days[day.weekday()]:
            begins = instant_of(day, start, key)
            if begins > clock:
                return begins
    raise ValueError("no day has such a time")
