"""The rows of the clock pack as typed values: laws, clocks, and what events do to them.

Nothing here knows a law: numbers, kinds and citations all come from the pack, and a
row that names something the pack does not have is a fault, found when it is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from typing import Any

from privacy.errors import Fault
from privacy.law.counting import Counting
from privacy.law.pack import Pack, load_pack

PACK = "rights_clocks"


@dataclass(frozen=True)
class Law:
    """One law. Only holidays of `holiday_countries` may move its last days."""

    code: str
    name: str
    citation: str
    holiday_countries: frozenset[str]
    aliases: Mapping[str, str]


@dataclass(frozen=True)
class Reading:
    """Another reading of one date of a clock, by another counting or in two steps."""

    field: str
    counting: str = ""
    kind: str = "counting"
    stricter: bool = False
    text: str = ""
    citation: str = ""


@dataclass(frozen=True)
class Clock:
    """One period of one law, for some request kinds, in force between two dates of receipt.

    `amount` and `extension_total` are in `unit`; the total counts from the same start.
    `extension_open`: the law fixes no length, the notice names the new day.
    """

    id: str
    laws: frozenset[str]
    applies_to: frozenset[str]
    unit: str
    citation: str
    status: str
    field: str = "due"
    amount: int = 0
    counting: str = ""
    effective: date | None = None
    effective_until: date | None = None
    extension_total: int = 0
    extension_open: bool = False
    immediate: bool = False
    without_undue_delay: bool = False
    deemed_refusal: bool = False
    start_event: str = ""
    ends_with: frozenset[str] = frozenset()
    forbids: frozenset[str] = frozenset()
    forbids_text: str = ""
    forbids_citation: str = ""
    appeal_clock: str = ""
    is_appeal: bool = False
    appeal_unknown: bool = False
    warning: str = ""
    warning_before: tuple[date, str] | None = None
    no_duty_at_risk: frozenset[str] = frozenset()
    no_duty_text: str = ""
    also_at_risk: tuple[tuple[str, str], ...] = ()
    readings: tuple[Reading, ...] = ()

    @property
    def has_period(self) -> bool:
        """False for clocks that say only at once or without undue delay."""
        return self.amount > 0

    @property
    def extensible(self) -> bool:
        return self.extension_open or self.extension_total > 0


@dataclass(frozen=True)
class EventRule:
    """What one kind of event does to some clocks.

    `effect`: start_over (the period starts when the answer comes), exclude_days (days
    are left out), wait_days (it starts that many days later), none (explained only).
    `days`, `stricter`, `later`: how many days of a pause each reading leaves out.
    """

    id: str
    laws: frozenset[str]
    clocks: frozenset[str]
    effect: str
    begins: frozenset[str]
    ends: frozenset[str]
    citation: str
    text: str = ""
    kinds: frozenset[str] = frozenset()
    effective: date | None = None
    requires: tuple[tuple[str, bool], ...] = ()
    why: str = ""
    days: str = "none"
    stricter: str = ""
    later: str = ""
    days_text: str = ""
    stricter_text: str = ""
    later_text: str = ""
    wait_days: int = 0
    lapse_text: str = ""


@dataclass(frozen=True)
class Rules:
    """The whole pack, typed."""

    pack: Pack
    laws: Mapping[str, Law]
    countings: Mapping[str, Counting]
    clocks: Mapping[str, Clock]
    events: tuple[EventRule, ...]
    same_kinds: tuple[frozenset[str], ...]

    def kinds_of(self, law: str, kind: str) -> frozenset[str]:
        """The kind as this law's clocks may name it: itself, its synonyms, its alias."""
        alias = self.laws[law].aliases.get(kind)
        names = {kind} | ({alias} if alias else set())
        for group in self.same_kinds:
            if names & group:
                names |= group
        return frozenset(names)

    def clocks_of(self, law: str, kind: str) -> tuple[Clock, ...]:
        """Every clock of the law for the kind, whenever in force, in the pack's order."""
        names = self.kinds_of(law, kind)
        return tuple(clock for clock in self._by_law[law] if clock.applies_to & names)

    @cached_property
    def beginning(self) -> frozenset[str]:
        """Every kind of event that begins something for some clock."""
        return frozenset[str]().union(*(rule.begins for rule in self.events))

    @cached_property
    def _by_law(self) -> Mapping[str, tuple[Clock, ...]]:
        return {
            law: tuple(clock for clock in self.clocks.values() if law in clock.laws)
            for law in self.laws
        }


@cache
def clock_rules() -> Rules:
    """The clock pack, read and checked once."""
    return rules_of(load_pack(PACK))


def rules_of(pack: Pack) -> Rules:
    """Typed rules of a pack. Raises Fault where a row is not whole."""
    try:
        rules = Rules(
            pack=pack,
            laws={row["code"]: _law(row) for row in pack.data["law"]},
            countings={row["id"]: _counting(row) for row in pack.data["counting"]},
            clocks={row["id"]: _clock(row) for row in pack.data["clock"]},
            events=tuple(_event_rule(row) for row in pack.data["clock_event"]),
            same_kinds=tuple(frozenset(row["kinds"]) for row in pack.data["same_kind"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Fault("A row of the clock pack is not whole.", what=PACK) from None
    _check_names(rules)
    return rules


def _law(row: Mapping[str, Any]) -> Law:
    return Law(
        code=row["code"],
        name=row["name"],
        citation=row["citation"],
        holiday_countries=frozenset(row["holiday_countries"]),
        aliases=row.get("aliases", {}),
    )


def _counting(row: Mapping[str, Any]) -> Counting:
    return Counting(
        id=row["id"],
        text=row["text"],
        citation=row["citation"],
        status=row["status"],
        rolls_over=frozenset(row.get("rolls_over", ())),
        closed=frozenset(row.get("closed", ())),
        **_given(row, "first_day_counted", "day_after", "whole_hours", "own_calendar"),
    )


def _clock(row: Mapping[str, Any]) -> Clock:
    before = row.get("warning_before")
    return Clock(
        id=row["id"],
        laws=_laws(row),
        applies_to=frozenset(row["applies_to"]),
        unit=row["unit"],
        citation=row["citation"],
        status=row["status"],
        effective=_date(row, "effective"),
        effective_until=_date(row, "effective_until"),
        ends_with=frozenset(row.get("ends_with", ())),
        forbids=frozenset(row.get("forbids", ())),
        warning_before=(date.fromisoformat(before["date"]), before["text"]) if before else None,
        no_duty_at_risk=frozenset(row.get("no_duty_at_risk", ())),
        also_at_risk=tuple(sorted(row.get("also_at_risk", {}).items())),
        readings=tuple(Reading(**reading) for reading in row.get("reading", ())),
        **_given(row, "field", "amount", "counting", "extension_total", "extension_open"),
        **_given(row, "immediate", "without_undue_delay", "deemed_refusal", "start_event"),
        **_given(row, "forbids_text", "forbids_citation", "appeal_clock", "is_appeal", "warning"),
        **_given(row, "no_duty_text", "appeal_unknown"),
    )


def _event_rule(row: Mapping[str, Any]) -> EventRule:
    return EventRule(
        id=row["id"],
        laws=_laws(row),
        clocks=frozenset(row["clocks"]),
        effect=row["effect"],
        begins=frozenset([row["begins"], *row.get("also_begins", ())]),
        ends=frozenset(row["ends"]),
        citation=row["citation"],
        kinds=frozenset(row.get("kinds", ())),
        effective=_date(row, "effective"),
        requires=tuple(sorted(row.get("requires", {}).items())),
        **_given(row, "text", "why", "days", "stricter", "later", "days_text"),
        **_given(row, "stricter_text", "later_text", "wait_days", "lapse_text"),
    )


def _laws(row: Mapping[str, Any]) -> frozenset[str]:
    return frozenset([row["law"], *row.get("also_laws", ())])


def _date(row: Mapping[str, Any], field: str) -> date | None:
    return date.fromisoformat(row[field]) if field in row else None


def _given(row: Mapping[str, Any], *fields: str) -> dict[str, Any]:
    return {field: row[field] for field in fields if field in row}


def _check_names(rules: Rules) -> None:
    for clock in rules.clocks.values():
        named = [reading.counting for reading in clock.readings if reading.kind == "counting"]
        named += [clock.counting] if clock.has_period else []
        missing = [name for name in named if name not in rules.countings]
        missing += [law for law in clock.laws if law not in rules.laws]
        if clock.appeal_clock and clock.appeal_clock not in rules.clocks:
            missing.append(clock.appeal_clock)
        if missing:
            raise Fault("A clock names what the pack does not have.", what=clock.id)
    for rule in rules.events:
        if not rule.clocks <= rules.clocks.keys():
            raise Fault("An event rule names a clock that the pack does not have.", what=rule.id)
