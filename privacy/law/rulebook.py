"""The calling rules of the pack, compiled once: what applies where, to what, on which day."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any

from privacy.law.compiled import (
    DUTIES,
    Said,
    clauses_for,
    duties_for,
    scopes_for,
)
from privacy.law.pack import Pack, load_pack
from privacy.law.windows import DayWindows, WeekWindows, day_windows, week_windows
from privacy.terms import Channel, Purpose

# The order in which rules of one jurisdiction decide (contract, `law call`).
DECIDING = (
    "ban",
    "location",
    "revocation",
    "dnc",
    "dnc_exemption",
    "consent",
    "hours",
    "frequency",
)
# Rules that only inform.
INFORMING = ("ported_number", "status", "definition", "penalty")
# Kinds whose word on a call makes it known to the law; the others only serve them.
COVERING = ("ban", "dnc", "consent", "hours", "frequency")
KINDS = (*DECIDING, *DUTIES, *INFORMING)
# Ordered rules kept by places, channels, campaign and era (never by number or person).
MOST_ORDERS = 10_000
_Asked = tuple[tuple[str, ...], frozenset[str], str, frozenset[int]]


# A rule is itself only: two files may hold rules alike. So it is compared by identity.
@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One rule. `params` is what the law says, `decide` how it is applied.

    `scopes`, `clauses` and `duties` name what privacy.law.judging and call_duties need
    ask for it; `covering`: its word makes a call known to the law.
    """

    id: str
    jurisdiction: str
    kind: str
    citation: str
    channels: frozenset[str]
    campaigns: frozenset[str]
    first_day: date
    last_day: date
    params: Mapping[str, Any]
    decide: Mapping[str, Any]
    week: WeekWindows | None
    eve: DayWindows | None
    rank: tuple[int, int, str]
    scopes: tuple[str, ...]
    clauses: tuple[str, ...]
    duties: tuple[str, ...]
    covering: bool

    def in_force(self, days: frozenset[date]) -> bool:
        """Whether the rule is in force on one of the days."""
        return any(self.first_day <= day <= self.last_day for day in days)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The compiled pack. `stop_words` are every word and phrase that ends a consent by text."""

    pack: Pack
    rules: tuple[Rule, ...]
    by_id: Mapping[str, Rule]
    index: Mapping[tuple[str, str, str], tuple[Rule, ...]]
    above: Mapping[str, frozenset[str]]
    boundaries: tuple[date, ...]
    registers: frozenset[str]
    stop_words: tuple[str, ...]
    orders: dict[_Asked, tuple[Rule, ...]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def countries(self) -> Collection[str]:
        """The countries that the pack has law of."""
        return self.above.keys()

    def is_area(self, country: str, area: str) -> bool:
        """Whether the tables of area codes know a state or province of that name."""
        tables = self.pack.data["areas"]
        return country in tables and area in self.pack.data[tables[country]]

    def applying(self, place: str, channels: frozenset[str], campaign: str) -> tuple[Rule, ...]:
        """Rules of one jurisdiction for these channels and this campaign, whenever in force."""
        found: dict[str, Rule] = {}
        for channel in channels:
            for rule in self.index.get((place, channel, campaign), ()):
                found[rule.id] = rule
        return tuple(found.values())

    def in_order(
        self,
        jurisdictions: tuple[str, ...],
        channels: frozenset[str],
        campaign: str,
        days: frozenset[date],
    ) -> tuple[Rule, ...]:
        """Rules of these jurisdictions in force on one of the days, in the order they decide."""
        # Between two boundaries no rule begins or ends: such days have the same rules.
        eras = frozenset(bisect_right(self.boundaries, day) for day in days)
        key = (jurisdictions, channels, campaign, eras)
        found = self.orders.get(key)
        if found is None:
            if len(self.orders) >= MOST_ORDERS:
                self.orders.clear()
            found = self.orders[key] = self._ordered(jurisdictions, channels, campaign, days)
        return found

    def _ordered(
        self,
        jurisdictions: tuple[str, ...],
        channels: frozenset[str],
        campaign: str,
        days: frozenset[date],
    ) -> tuple[Rule, ...]:
        found: dict[str, Rule] = {}
        for place in jurisdictions:
            for rule in self.applying(place, channels, campaign):
                found[rule.id] = rule
        in_force = (rule for rule in found.values() if rule.in_force(days))
        return tuple(sorted(in_force, key=lambda rule: rule.rank))


@cache
def rulebook() -> Rulebook:
    """The calling pack of this package, compiled once for the process."""
    return compiled(load_pack("calling"))


def compiled(pack: Pack) -> Rulebook:
    """A pack's rules ready to decide with."""
    unions = pack.data["union"]
    rules = rules_of(pack.data["rule"], unions)
    index: dict[tuple[str, str, str], list[Rule]] = {}
    for rule in rules:
        for channel, campaign in _reach(rule):
            index.setdefault((rule.jurisdiction, channel, campaign), []).append(rule)
    edges = {rule.first_day for rule in rules} | {_after(rule.last_day) for rule in rules}
    return Rulebook(
        pack=pack,
        rules=rules,
        by_id={rule.id: rule for rule in rules},
        index={key: tuple(found) for key, found in index.items()},
        above=_above({rule.jurisdiction[:2] for rule in rules} - set(unions), unions),
        boundaries=tuple(sorted(edges - {date.min, date.max})),
        registers=frozenset(name for r in rules for name in r.decide.get("registers", ())),
        stop_words=tuple(_stop_words(pack, rules)),
    )


def _stop_words(pack: Pack, rules: Iterable[Rule]) -> Iterator[str]:
    yield from pack.data["words"]["opt_out_phrases"]
    for rule in rules:
        for figure in ("keywords", "text_words"):
            yield from (str(word).lower() for word in rule.params.get(figure, ()))


def _above(
    countries: Iterable[str], unions: Mapping[str, Iterable[str]]
) -> dict[str, frozenset[str]]:
    """Each country of the pack with itself and the unions it is a member of."""
    return {
        country: frozenset({country, *(name for name in unions if country in unions[name])})
        for country in countries
    }


def rules_of(rows: Iterable[Mapping[str, Any]], unions: Mapping[str, Any]) -> tuple[Rule, ...]:
    """Rows of a pack's rules, compiled, in the order in which they decide."""
    return tuple(sorted((_rule(row, unions) for row in rows), key=lambda rule: rule.rank))


def _reach(rule: Rule) -> set[tuple[str, str]]:
    """Channels and campaigns that the rule speaks of, exempted ones included."""
    exempt = rule.decide.get("exempt_campaigns", ())
    if rule.decide.get("confirms_opt_out"):
        return {(Channel.TEXT.value, Purpose.OPT_OUT_CONFIRMATION.value)}
    spoken = {(channel, campaign) for channel in rule.channels for campaign in rule.campaigns}
    # What the law lets through whatever the consent, it lets through on every channel.
    voices = (Channel.VOICE_LIVE, Channel.VOICE_PRERECORDED, Channel.TEXT)
    return spoken | {(channel.value, campaign) for channel in voices for campaign in exempt}


def _rule(entry: Mapping[str, Any], unions: Mapping[str, Any]) -> Rule:
    params, decide = entry.get("params", {}), entry.get("decide", {})
    keeps_hours = "hours" in params and not decide.get("hours_from_federal_rule")
    jurisdiction, kind = entry["jurisdiction"], entry["kind"]
    said = Said(kind, params, decide, keeps_hours)
    width = 0 if "-" in jurisdiction else 2 if jurisdiction in unions else 1
    return Rule(
        id=entry["id"],
        jurisdiction=jurisdiction,
        kind=kind,
        citation=entry["citation"],
        channels=frozenset(entry["channel"]),
        campaigns=frozenset(entry["applies_to"]),
        first_day=_day(entry["effective_from"], date.min),
        last_day=_day(entry.get("effective_to", "unknown"), date.max),
        params=params,
        decide=decide,
        week=week_windows(params["hours"]) if keeps_hours else None,
        eve=day_windows(params["pre_holiday"]) if "pre_holiday" in params else None,
        rank=(width, KINDS.index(kind), entry["id"]),
        scopes=scopes_for(said),
        clauses=clauses_for(said),
        duties=duties_for(said),
        covering=kind in COVERING or bool(decide.get("confirms_opt_out")),
    )


def _day(text: str, unknown: date) -> date:
    return unknown if text == "unknown" else date.fromisoformat(text)


def _after(day: date) -> date:
    return day if day == date.max else day + timedelta(days=1)
