"""Hours of many calls at once: for each kind of day a map of its minutes.

A day's kind is all that the hours rules of a place can see of it: its weekday, and for
each rule whether it and the next day are closed. The scalar functions of `call_hours`
say what a kind of day holds; here they are asked once a kind, not once a call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from privacy.law.bulk_clock import BITS, MINUTES, OPEN, day_of, minute_map
from privacy.law.bulk_columns import Integers
from privacy.law.bulk_keys import distinct_values
from privacy.law.call_hours import agreed_of, closed_day, windows_of
from privacy.law.rulebook import Rule
from privacy.law.standing import Call
from privacy.law.windows import DayWindows, WeekWindows

MOST_RULES = 64 // BITS
ALL_DAY: DayWindows = ((0, MINUTES * 60),)

Hours = tuple[Rule, str, tuple[WeekWindows, ...]]
"""A rule, what of it is lifted, and the times the person agreed to."""


class Calendar:
    """The kinds of the days at one place for one case. `rules` are all that may see them."""

    def __init__(self, call: Call, rules: Sequence[Rule]) -> None:
        self._call = call
        self._rules = [rule for rule in rules if _sees_closed_days(rule)]
        self._kind_of: dict[int, int] = {}
        self._kinds: dict[tuple[object, ...], int] = {}
        self.example: list[int] = []
        """For each kind one day of it."""

    def kinds(self, days: Integers) -> Integers:
        """The kind of each day."""
        first, inverse = distinct_values(days)
        return np.array([self._kind(int(days[row])) for row in first], dtype=np.int64)[inverse]

    def _kind(self, number: int) -> int:
        kind = self._kind_of.get(number)
        if kind is None:
            seen = (day_of(number).weekday(), self._closed(number), self._closed(number + 1))
            if seen not in self._kinds:
                self._kinds[seen] = len(self.example)
                self.example.append(number)
            kind = self._kind_of[number] = self._kinds[seen]
        return kind

    def _closed(self, number: int) -> tuple[bool, ...]:
        day = day_of(number)
        return tuple(closed_day(rule, self._call, day) for rule in self._rules)


class Programme:
    """The hours rules of calls that differ in their instant only."""

    def __init__(self, call: Call, hours: Sequence[Hours], calendar: Calendar) -> None:
        assert len(hours) <= MOST_RULES, "more hours rules in one place than a mask holds"
        self._call, self._hours, self._calendar = call, hours, calendar
        self._maps: dict[tuple[int, str], NDArray[np.int64]] = {}
        self._closings: dict[tuple[int, str], NDArray[np.int64]] = {}

    @property
    def more_zones(self) -> tuple[str, ...]:
        """Zones beyond those of the place in which a rule is judged too."""
        named = [z for rule, _, _ in self._hours for z in rule.decide.get("also_zones", ())]
        return tuple(zone for zone in dict.fromkeys(named) if zone not in self._call.clocks)

    def masks(self, clocks: Mapping[str, tuple[Integers, Integers]], rows: int) -> Integers:
        """For each call the states of all rules, joined over the zones by OR."""
        mask = np.zeros(rows, dtype=np.int64)
        for there in self._each(clocks, self._map):
            mask |= there
        return mask

    def by_clock(self, clocks: Mapping[str, tuple[Integers, Integers]]) -> list[Integers]:
        """For each zone the states of all rules, and which of them only a holiday closes."""
        return [*self._each(clocks, self._map), *self._each(clocks, self._closing)]

    def _each(
        self,
        clocks: Mapping[str, tuple[Integers, Integers]],
        map_of: Callable[[int, str], NDArray[np.int64]],
    ) -> Iterator[Integers]:
        if not self._hours:
            return
        for zone, (days, minutes) in clocks.items():
            kinds = self._calendar.kinds(days)
            first, inverse = distinct_values(kinds)
            maps = np.stack([map_of(int(kinds[row]), zone) for row in first])
            yield maps[inverse, minutes]

    def _closing(self, kind: int, zone: str) -> NDArray[np.int64]:
        """For each minute of a day a bit for each rule whose usual hours a holiday closes."""
        if (kind, zone) not in self._closings:
            joined = np.zeros(MINUTES, dtype=np.int64)
            day = day_of(self._calendar.example[kind])
            for number, (rule, lift, _) in enumerate(self._hours):
                if rule.week is None or not _sees_closed_days(rule):
                    continue
                usual = minute_map(rule.week.days[day.weekday()], (), ())
                law = minute_map(windows_of(rule, self._call, day, lift), (), ())
                joined |= ((usual == OPEN) & (law != OPEN)).astype(np.int64) << number
            self._closings[kind, zone] = joined
        return self._closings[kind, zone]

    def _map(self, kind: int, zone: str) -> NDArray[np.int64]:
        """The masks of a day's minutes in a zone."""
        there = "" if zone in self._call.clocks else zone
        if (kind, there) not in self._maps:
            joined = np.zeros(MINUTES, dtype=np.int64)
            for number, (rule, lift, _) in enumerate(self._hours):
                if not there or there in rule.decide.get("also_zones", ()):
                    joined |= self._states(rule, lift, kind) << (BITS * number)
            self._maps[kind, there] = joined
        return self._maps[kind, there]

    def _states(self, rule: Rule, lift: str, kind: int) -> NDArray[np.int64]:
        day = day_of(self._calendar.example[kind])
        told = self._call.facts.context.inconvenient_times
        avoided = told.days[day.weekday()] if told and _avoids(rule) else ()
        if rule.week is None:
            return minute_map(ALL_DAY, (), avoided)
        lifted: DayWindows = ALL_DAY if lift == "all" else ()
        if lift and not lifted:
            lifted = windows_of(rule, self._call, day, lift)
        law = windows_of(rule, self._call, day, "")
        return minute_map(law, (*lifted, *agreed_of(rule, self._call, day)), avoided)


def has_hours(rule: Rule) -> bool:
    """Whether the time of day can matter to a rule."""
    return rule.week is not None or _avoids(rule)


def _avoids(rule: Rule) -> bool:
    return bool(rule.decide.get("inconvenient_times"))


def _sees_closed_days(rule: Rule) -> bool:
    return rule.week is not None and (rule.week.holiday is not None or rule.eve is not None)
