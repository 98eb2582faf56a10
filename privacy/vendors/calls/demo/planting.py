"""A simulator of a vendor's calls with planted, labelled breaches. Nobody was called. Pure.

What is planted is labelled by how it was made, never by what a judgement says of it. Numbers
are of the range that is reserved for fiction (555-0100 to 555-0199). The vendor's clock stands
in Europe/Berlin, so that the repeated hour at the end of summer time falls into the evening
of the called persons.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from privacy.errors import BadInput
from privacy.vendors.calls.checks import Check
from privacy.vendors.calls.record import Column

CLOCK = "Europe/Berlin"
SELLER = "Example Retail"
FIRST, LAST = date(2026, 3, 2), date(2026, 10, 31)
GRANTED = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)
LIST_BEFORE = timedelta(days=5)
CALLER = "+12025550100"
REGISTER = "us_national"
PUBLISHED_EVERY_DAYS = 14
RESERVED = (100, 200)
MOST_CLEAN, MOST_EACH = 300, 8
# Area codes of one state and one zone each, with that zone.
PLACES: dict[str, str] = {
    "404": "America/New_York",
    "303": "America/Denver",
    "213": "America/Los_Angeles",
    "614": "America/New_York",
}


@dataclass(frozen=True)
class Simulated:
    """One call of the simulator, with all that any export could tell of it.

    `planted` are the breaches, `by_clock` those that only a clock without a zone makes: it
    shows the instant twice, and the stricter reading counts. `at_local` is set where the
    vendor's clock shows a time that is no instant at all. `list_on` is the day of the list that
    the vendor checked against. `against` are kinds of findings on claims that the call shows.
    """

    key: str
    number: str
    at: datetime
    campaign: str
    answered_after_s: int | None = 12
    agent_after_s: float | None = 0.5
    talk_s: int = 45
    ring_s: int = 12
    disposition: str = "answered"
    answered_by: str = "person"
    ended_by: str = "called"
    shown: bool = True
    caller: str = CALLER
    attestation: str = "A"
    recorded: bool = False
    opt_out: bool = False
    list_on: date | None = None
    planted: frozenset[Check] = frozenset()
    by_clock: frozenset[Check] = frozenset()
    at_local: str = ""
    abandoned: bool = False
    against: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Holder:
    """Who has a number at the desk: line, and when consent was given and withdrawn."""

    number: str
    region: str
    line: str = "wireless"
    consented: bool = True
    granted_at: datetime = GRANTED


@dataclass
class Scenario:
    """Calls in order of time, the desk's own history to match, and where breaches stand.

    `erased`: numbers whose person the desk had erased, and when.
    """

    calls: list[Simulated] = field(default_factory=list)
    holders: dict[str, Holder] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)
    abandoning: set[str] = field(default_factory=set)
    erased: dict[str, datetime] = field(default_factory=dict)


STATES = {
    "404": "US-GA",
    "303": "US-CO",
    "213": "US-CA",
    "614": "US-OH",
    "203": "US-CT",
    "205": "US-AL",
    "305": "US-FL",
    "206": "US-WA",
    "410": "US-MD",
    "703": "US-VA",
    "919": "US-NC",
    "515": "US-IA",
    "316": "US-KS",
    "802": "US-VT",
    "603": "US-NH",
}
ZONES = {
    **PLACES,
    "203": "America/New_York",
    "205": "America/Chicago",
    "305": "America/New_York",
    "206": "America/Los_Angeles",
    "410": "America/New_York",
    "703": "America/New_York",
    "919": "America/New_York",
    "515": "America/Chicago",
    "316": "America/Chicago",
    "802": "America/New_York",
    "603": "America/New_York",
}
# What stands in no record of calls: when the vendor was told to stop, and which areas of the
# national registry were paid for.
STOP_AT = datetime(2026, 11, 3, 16, 0, tzinfo=UTC)
UNPAID = "802"
PAID = sorted(STATES.keys() - {UNPAID})
NEIGHBOURS = {"515": "+15155550199", "316": "+13165550199"}
NEIGHBOUR_CALLS = 10
# What a breach can be shown by: the columns that an export must carry.
NEEDS: dict[Check, Column] = {
    Check.HOURS: Column(0),
    Check.HOLIDAY: Column(0),
    Check.CONSENT: Column(0),
    Check.PRERECORDED: Column.PRERECORDED,
    Check.DO_NOT_CALL: Column(0),
    Check.LIST_AGE: Column.LIST,
    Check.FREQUENCY: Column.CAMPAIGN,
    Check.MINIMUM_GAP: Column(0),
    Check.CALLER_ID: Column.CALLER,
    Check.RING_TIME: Column.RING,
    Check.AFTER_OPT_OUT: Column.OPT_OUT,
    Check.OPT_OUT_LATENCY: Column.OPT_OUT,
    Check.OTHER: Column.PRERECORDED,
}

# The same for what speaks of a claim; clock_wrong needs a format whose clock is declared.
CLAIM_NEEDS: dict[str, Column] = {
    "call_after_stop": Column(0),
    "clock_wrong": Column(0),
    "longest_after_withdrawal": Column.OPT_OUT,
    "area_not_subscribed": Column(0),
    "national_list_age": Column.LIST,
    "neighbour_numbers": Column.CALLER,
    "attestation_share": Column.ATTESTATION,
    "erased_number_dialled": Column(0),
}


class Planter:
    """Makes a scenario; the same seed makes the same one."""

    def __init__(self, seed: int, clean: int, each: int) -> None:
        # A simulator's dice: the same seed makes the same calls.
        self._random = random.Random(seed)  # noqa: S311
        self._clean, self._each = clean, each
        self._made = Scenario()
        self._used: dict[str, int] = {}
        self._keys = 0

    def scenario(self) -> Scenario:
        """Clean calls, and each kind of breach so many times."""
        for number in range(self._clean):
            self._add(self._call(sorted(CLEAN)[number % len(CLEAN)]))
        for number in range(self._each):
            for planted in self._kinds(number):
                self._add(planted)
        for call in (*self._abandoned(), *self._claims()):
            self._add(call)
        self._made.calls.sort(key=lambda call: (call.at, call.key))
        return self._made

    def _kinds(self, number: int) -> Iterator[Simulated]:
        """One of each kind of breach; several calls where one alone is none."""
        yield self._at_night()
        yield self._on_labor_day()
        yield self._planted(self._call("203", consented=False), Check.CONSENT)
        yield self._planted(
            replace(self._call("614", consented=False), recorded=True), Check.PRERECORDED
        )
        yield self._listed()
        old = self._call("404")
        yield self._planted(
            replace(
                old,
                list_on=old.at.date() - timedelta(days=40),
                against=frozenset({"national_list_age"}),
            ),
            Check.LIST_AGE,
        )
        yield from self._too_often()
        yield from self._too_soon()
        yield self._planted(replace(self._call("303"), shown=False), Check.CALLER_ID)
        yield self._planted(self._unanswered(ring_s=8), Check.RING_TIME)
        yield self._unanswered(ring_s=25)
        yield from self._after_opt_out()
        yield self._planted(replace(self._call("206"), recorded=True), Check.OTHER)
        yield from self._clock_edges(number)

    def _add(self, call: Simulated) -> None:
        self._made.calls.append(call)

    def _call(self, area: str, *, consented: bool = True, at: datetime | None = None) -> Simulated:
        """A call that keeps every rule: at midday, on a weekday that is no holiday."""
        number = self._number(area, consented=consented)
        when = at or self._midday(area)
        return Simulated(
            key=self._key(),
            number=number,
            at=when,
            campaign="spring" if when.month < 7 else "autumn",
            talk_s=self._random.randrange(20, 200),
            list_on=when.date() - LIST_BEFORE,
        )

    def _planted(self, call: Simulated, *checks: Check) -> Simulated:
        return replace(call, planted=frozenset(checks))

    def _key(self) -> str:
        self._keys += 1
        return f"sim-{self._keys:06d}"

    def _number(self, area: str, *, consented: bool = True) -> str:
        """A reserved number that no other call of the scenario uses."""
        used = self._used.get(area, 0)
        self._used[area] = used + 1
        if used >= RESERVED[1] - RESERVED[0]:
            raise BadInput(
                "There are no more reserved numbers for so many calls.",
                what="--calls",
                next=f"Ask for at most {MOST_CLEAN} calls, and {MOST_EACH} of each breach.",
            )
        number = f"+1{area}5550{RESERVED[0] + used}"
        self._made.holders[number] = Holder(number, STATES[area], consented=consented)
        return number

    def _midday(self, area: str) -> datetime:
        """Between 11 and 17 local time on a Tuesday, Wednesday or Thursday without a holiday."""
        while True:
            day = FIRST + timedelta(days=self._random.randrange((LAST - FIRST).days - 40))
            if day.weekday() in (1, 2, 3) and (day.month, day.day) not in HOLIDAYS:
                break
        return self._local(area, day, self._random.randrange(11 * 60, 17 * 60))

    def _local(self, area: str, day: date, minute: int) -> datetime:
        clock = time(minute // 60, minute % 60)
        return datetime.combine(day, clock, ZoneInfo(ZONES[area])).astimezone(UTC)

    def _at_night(self) -> Simulated:
        area = self._random.choice(sorted(PLACES))
        call = self._call(area)
        day = call.at.date()
        minute = self._random.choice([6 * 60 + 10, 21 * 60 + 40, 22 * 60 + 5])
        return self._planted(
            replace(call, at=self._local(area, day, minute), list_on=day - LIST_BEFORE), Check.HOURS
        )

    def _on_labor_day(self) -> Simulated:
        return self._planted(
            self._call("205", at=self._local("205", date(2026, 9, 7), 12 * 60)), Check.HOLIDAY
        )

    def _listed(self) -> Simulated:
        call = self._call("404", consented=False)
        self._made.listed.add(call.number)
        return self._planted(call, Check.DO_NOT_CALL)

    def _unanswered(self, ring_s: int) -> Simulated:
        return replace(
            self._call("303"),
            answered_after_s=None,
            agent_after_s=None,
            talk_s=0,
            ring_s=ring_s,
            disposition="no_answer",
            answered_by="",
            ended_by="caller",
        )

    def _too_often(self) -> Iterator[Simulated]:
        """Four calls in a day to one person in Florida, three hours apart; the fourth is over."""
        first = self._call("305")
        day = first.at.date()
        for number, hour in enumerate((9, 12, 15, 18)):
            at = self._local("305", day, hour * 60)
            call = replace(first, key=self._key(), at=at)
            yield self._planted(call, Check.FREQUENCY) if number == 3 else call

    def _too_soon(self) -> Iterator[Simulated]:
        first = self._call("614")
        yield first
        again = replace(first, key=self._key(), at=first.at + timedelta(minutes=30))
        yield self._planted(again, Check.MINIMUM_GAP)

    def _after_opt_out(self) -> Iterator[Simulated]:
        """Asked to stop in a call; called three days later, and again after a month."""
        first = replace(self._call("614"), opt_out=True)
        yield first
        for days, checks in (
            (3, (Check.AFTER_OPT_OUT,)),
            (35, (Check.AFTER_OPT_OUT, Check.OPT_OUT_LATENCY)),
        ):
            at = first.at + timedelta(days=days)
            while at.weekday() not in (1, 2, 3) or (at.month, at.day) in HOLIDAYS:
                at += timedelta(days=1)
            later = replace(
                first,
                key=self._key(),
                at=at,
                opt_out=False,
                list_on=at.date() - LIST_BEFORE,
                against=frozenset({"longest_after_withdrawal"}),
            )
            yield self._planted(later, *checks)

    def _clock_edges(self, number: int) -> Iterator[Simulated]:
        """Both edges of summer time on the vendor's clock.

        In the repeated hour of 25 October 02:00 to 03:00 it is 20 or 21 o'clock in Georgia,
        where one reading is too late, and 17 or 18 in California, where both are in time. The
        hour of 29 March 02:00 to 03:00 was skipped: such a record is no call that can be read.
        """
        minute = number % 60
        repeated = datetime(2026, 10, 25, 0, minute, 30, tzinfo=UTC)
        yield replace(self._call("404", at=repeated), by_clock=frozenset({Check.HOURS}))
        yield self._call("213", at=repeated)
        skipped = datetime(2026, 3, 29, 1, minute, 30, tzinfo=UTC)
        yield replace(
            self._call("213", at=skipped),
            at_local=f"2026-03-29 02:{minute:02d}:30",
            against=frozenset({"clock_wrong"}),
        )

    def _claims(self) -> Iterator[Simulated]:
        """Lawful calls that each show a claim of the vendor to be wrong, and one that does not."""
        for area, caller in sorted(NEIGHBOURS.items()):
            for _ in range(NEIGHBOUR_CALLS):
                yield self._against(replace(self._call(area), caller=caller), "neighbour_numbers")
        yield self._call("303", at=STOP_AT + timedelta(minutes=30))
        for number in range(self._each):
            late = self._call("303", at=STOP_AT + timedelta(hours=2, minutes=number))
            yield self._against(late, "call_after_stop")
            yield self._against(self._call(UNPAID), "area_not_subscribed")
            yield self._against(replace(self._call("303"), attestation="B"), "attestation_share")
            yield self._to_erased()

    def _against(self, call: Simulated, kind: str) -> Simulated:
        return replace(call, against=frozenset({kind}))

    def _to_erased(self) -> Simulated:
        """To somebody whom the desk had erased the day before: it holds no consent any more."""
        call = self._call("603", consented=False)
        del self._made.holders[call.number]
        self._made.erased[call.number] = call.at - timedelta(days=1)
        return self._against(call, "erased_number_dialled")

    def _abandoned(self) -> Iterator[Simulated]:
        """A campaign of which one answered call in ten reached no agent in two seconds."""
        self._made.abandoning.add("abandoning")
        for number in range(40):
            day = date(2026, 5, 5) + timedelta(days=number % 3)
            call = self._call("303", at=self._local("303", day, 12 * 60 + number))
            call = replace(call, campaign="abandoning")
            if number % 10 == 0:
                call = replace(call, agent_after_s=None, talk_s=6, abandoned=True)
            yield call


CLEAN = ("410", "703", "919")
HOLIDAYS = {(5, 25), (6, 19), (7, 3), (9, 7), (10, 12)}
