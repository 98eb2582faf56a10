"""Spans in which calls count together, of every rule that has one: caps and quiet days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from privacy.law.rulebook import Rule, rulebook

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
# A calendar day of a zone reaches this much further back than whole days of 24 hours.
SLACK_US = 26 * HOUR_US
EVER_US = 1 << 61
MOST_WINDOWS = 59


@dataclass(frozen=True, slots=True)
class Window:
    """The rules that may deny once `most` earlier calls lie within `span_us` before a call.

    With `outcomes` one call counts that ended so, and no other.
    """

    span_us: int
    most: int
    outcomes: tuple[str, ...]
    rules: frozenset[str]


def windows_of(rules: Iterable[Rule]) -> tuple[Window, ...]:
    """Each span and count once; never narrower than its rules."""
    named: dict[tuple[int, int, tuple[str, ...]], set[str]] = {}
    for rule in rules:
        for key in _of(rule):
            named.setdefault(key, set()).add(rule.id)
    found = tuple(Window(*key, frozenset(ids)) for key, ids in sorted(named.items()))
    assert len(found) <= MOST_WINDOWS, "more spans than a mask of bits holds"
    return found


def _of(rule: Rule) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    for cap in rule.decide.get("caps", ()):
        most = int(_figure(cap["max"], rule))
        if "hours" in cap:
            yield int(_figure(cap["hours"], rule) * HOUR_US), most, ()
        elif "days" in cap:
            yield int(_figure(cap["days"], rule) * DAY_US) + SLACK_US, most, ()
        else:
            yield EVER_US, most, ()
    words = rulebook().pack.data["words"]
    for rest in rule.decide.get("quiet", ()):
        days = _figure(rest["days"], rule) + rest.get("full_days_after", 0)
        ended = tuple(sorted(words[f"{rest['after']}_outcomes"]))
        yield int(days * DAY_US) + 2 * SLACK_US, 1, ended


def _figure(name: str | int, rule: Rule) -> float:
    return float(rule.params[name] if isinstance(name, str) else name)
