"""May these calls have been made? A million historic calls by the rules of one.

Rows that the law cannot tell apart are found first: by place, by what they share, by
where their instants lie to each other, and by what each hours rule makes of the minute
on each clock. One call of each kind is then judged by `calling.decide`, the scalar
judgement itself, and its answer stands for all of them. So both paths have the same
rules, and a rule that is changed is changed once.

Told dates in the shared facts (earlier calls, texts, purchases) would need a kind of
their own for each instant; such calls are refused here and judged one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from privacy.errors import BadFacts
from privacy.law.bulk_clock import local_clock
from privacy.law.bulk_columns import EPOCH, MICROSECOND, UNTOLD, Calls, Integers, Shared, instant
from privacy.law.bulk_hours import Calendar, Hours, Programme, has_hours
from privacy.law.bulk_keys import (
    Codes,
    confirmation_codes,
    consent_codes,
    distinct,
    distinct_values,
    interned,
    register_codes,
    renewal_codes,
)
from privacy.law.call_facts import Facts, read_request
from privacy.law.call_hours import lift_of
from privacy.law.calling import Decision, decide, rules_in_force
from privacy.law.findings import Effect
from privacy.law.grounds import Ground
from privacy.law.own_rules import OwnRules
from privacy.law.places import Located, NoSuchNumber, codes_that_decide, locate
from privacy.law.rulebook import Rule, rulebook
from privacy.law.standing import Call, agreed_windows, call_at
from privacy.law.zones import midnight

CHUNK = 1 << 20
NORTH_AMERICA = (10**10, 2 * 10**10)
CODE_BELOW = 10**7
LAST_CODE = 1999
"""Keys up to here are codes such as 1212, and name nobody."""
EXCHANGE_BELOW = 10**6
NO_NUMBER = "That is no telephone number in E.164."


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to calls of one kind: the decision of `law call` without its `earliest`.

    `denying` are the ids of all rules that deny, in the order in which they decide;
    `grounds` what each clause said, where the judge was asked for it.
    """

    allowed: bool
    deciding_rule: str | None
    denying: tuple[str, ...]
    unknown: tuple[str, ...]
    grounds: tuple[Ground, ...] = ()


Asking = Callable[[Call, Decision], tuple[Ground, ...]]


def _not_asked(_call: Call, _decision: Decision) -> tuple[Ground, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Judged:
    """For each call the index of its outcome."""

    outcome: Integers
    outcomes: tuple[Outcome, ...]

    @property
    def allowed(self) -> NDArray[np.bool_]:
        """For each call whether every rule allowed it."""
        table = np.array([outcome.allowed for outcome in self.outcomes], dtype=np.bool_)
        return table[self.outcome]


class BulkJudge:
    """Judges columns of calls. What it worked out for one kind of call it keeps.

    It keeps places, rules and days, and never a number. `asking` gives the grounds of a
    kind of calls beside its decision; it may see nothing that tells two such calls apart.
    """

    def __init__(
        self, shared: Shared, own: OwnRules | None = None, asking: Asking = _not_asked
    ) -> None:
        self.shared, self.own, self.book, self.asking = shared, own, rulebook(), asking
        self._sites: dict[Located, _Site] = {}
        self._site_of: dict[tuple[int, ...], int] = {}
        self._read: set[tuple[int, int]] = set()
        self._outcomes: dict[Outcome, int] = {}

    def judge(self, calls: Calls, progress: Callable[[int], None] = lambda done: None) -> Judged:
        """Judge every row; `progress` is told how many rows are done.

        Raises BadFacts naming column and row, or the shared fact, that cannot be used.
        """
        calls.check(self.shared)
        outcome = np.empty(len(calls), dtype=np.int64)
        for start in range(0, len(calls), CHUNK):
            part = slice(start, start + CHUNK)
            outcome[part] = self._chunk(calls.rows(part), start)
            progress(min(start + CHUNK, len(calls)))
        return Judged(outcome, tuple(self._outcomes))

    def facts_of(self, calls: Calls, row: int) -> Facts:
        """The facts of a row, read from its document."""
        request = read_request(calls.document(row, self.shared))
        case = int(calls.case[row])
        if request.facts is None:
            raise BadFacts(
                "A shared case or consent lacks a fact.",
                field=f"cases[{case}]",
                next=f"Tell {', '.join(request.missing)}.",
            )
        _no_told_dates(request.facts, calls, row)
        return request.facts

    def outcome_of(self, call: Call) -> int:
        """The index of the scalar judgement's answer to one call."""
        decision = decide(call, self.own)
        denying = [v.rule.id for v in decision.verdicts if v.effect is Effect.DENY]
        found = Outcome(
            decision.allowed,
            decision.deciding_rule,
            tuple(denying),
            decision.unknown,
            self.asking(call, decision),
        )
        return self._outcomes.setdefault(found, len(self._outcomes))

    def _chunk(self, calls: Calls, offset: int) -> Integers:
        numbers = _number_keys(calls.number, offset)
        first, inverse = distinct(
            [interned(numbers), Codes(calls.address, len(self.shared.addresses)),
             Codes(calls.case, len(self.shared.cases))]
        )  # fmt: skip
        sites = np.array([self._site(calls, int(numbers[r]), int(r), offset) for r in first])[
            inverse
        ]
        order = np.argsort(sites.astype(np.int32), kind="stable")
        edges = np.flatnonzero(np.diff(sites[order])) + 1
        outcome = np.empty(len(calls), dtype=np.int64)
        all_sites = tuple(self._sites.values())
        for rows in np.split(order, edges):
            outcome[rows] = all_sites[sites[rows[0]]].judge(calls.rows(rows))
        return outcome

    def _site(self, calls: Calls, key: int, row: int, offset: int) -> int:
        seen = (key, int(calls.address[row]), int(calls.case[row]))
        if key > LAST_CODE:
            return self._located(calls, row, offset)
        if seen not in self._site_of:
            self._site_of[seen] = self._located(calls, row, offset)
        return self._site_of[seen]

    def _located(self, calls: Calls, row: int, offset: int) -> int:
        shared, told = self.shared, (int(calls.address[row]), int(calls.case[row]))
        if told not in self._read:
            # The document of a first row shows that the address can be read at all.
            self.facts_of(calls, row)
            self._read.add(told)
        address, context = shared.addresses[told[0]], shared.cases[told[1]].get("context") or {}
        try:
            located = locate(
                f"+{calls.number[row]}",
                address.get("region") or "",
                address.get("postal_code") or "",
                tuple(sorted(address.get("zones") or ())),
                context.get("follow_codes") is not False,
            )
        except NoSuchNumber:
            raise BadFacts(NO_NUMBER, field=f"number[{offset + row}]") from None
        if located not in self._sites:
            self._sites[located] = _Site(self, located, len(self._sites))
        return self._sites[located].number


@dataclass(frozen=True, slots=True)
class _Standing:
    """Calls that differ in the minute on the clock only; `number` tells them apart."""

    number: int
    programme: int


class _Site:
    """Every place and zone that some numbers may reach, and what was found there."""

    def __init__(self, judge: BulkJudge, located: Located, number: int) -> None:
        self.number = number
        self._judge, self._located = judge, located
        own = judge.own.rules if judge.own else ()
        self._rules = tuple(
            r for r in (*judge.book.rules, *own) if r.jurisdiction in located.jurisdictions
        )
        self._eras = np.array(sorted(set(_changes(located, self._rules))), dtype=np.int64)
        self._facts: dict[tuple[int, int], Facts] = {}
        self._calendars: dict[int, Calendar] = {}
        self._programmes: list[Programme] = []
        self._programme_of: dict[tuple[int, tuple[tuple[str, ...], ...], object], int] = {}
        self._standings: dict[tuple[int, ...], _Standing] = {}
        self._answers: dict[tuple[int, int], int] = {}
        self._codes: dict[tuple[int, ...], int] = {}

    def judge(self, calls: Calls) -> Integers:
        """The outcome of each call, all of them at this site."""
        clocks = {zone: local_clock(calls.at_us, zone) for zone in self._located.zones}
        columns = list(self._columns(calls, clocks))
        first, inverse = distinct(columns)
        seen = np.stack([column.values[first] for column in columns], axis=1).tolist()
        standings = [
            self._standing(tuple(codes), calls, int(row))
            for codes, row in zip(seen, first, strict=True)
        ]
        masks = self._masks(calls, clocks, np.array([s.programme for s in standings])[inverse])
        rows, which = distinct([Codes(inverse, len(first)), interned(masks)])
        answers = [
            self._answer(standings[inverse[row]].number, int(masks[row]), calls, int(row))
            for row in rows
        ]
        return np.array(answers, dtype=np.int64)[which]

    def _columns(
        self, calls: Calls, clocks: Mapping[str, tuple[Integers, Integers]]
    ) -> Iterator[Codes]:
        """Everything but the time of day that a rule of this site can see of a call."""

        def today() -> Integers:
            days = [days for days, _ in clocks.values()]
            return np.maximum.reduce(days) if days else np.zeros(len(calls), dtype=np.int64)

        shared, book = self._judge.shared, self._judge.book
        yield Codes(calls.case, len(shared.cases))
        yield Codes(calls.consent, len(shared.consents))
        eras = np.searchsorted(self._eras, calls.at_us, side="right")
        yield Codes(eras.astype(np.int64), len(self._eras) + 1)
        yield consent_codes(calls)
        yield from confirmation_codes(calls, book.rules)
        yield from renewal_codes(calls, self._rules)
        yield from register_codes(calls, self._rules, book.pack.data["lists"], today)

    def _call(self, calls: Calls, row: int) -> Call:
        """One row as the scalar judgement takes it.

        What rows share is read once; a column tells an instant or a listing whole, so
        that nothing is left to read in it.
        """
        shared = (int(calls.case[row]), int(calls.consent[row]))
        if shared not in self._facts:
            self._facts[shared] = self._judge.facts_of(calls, row)
        facts = self._facts[shared]
        registers = {name: listing.register(row) for name, listing in calls.registers.items()}
        granted, withdrawn, until = calls.consent_instants(row)
        (consent,) = facts.consents
        told = replace(
            facts,
            consents=(
                replace(
                    consent,
                    granted=granted,
                    withdrawn_from=withdrawn,
                    withdrawn_to=withdrawn,
                    valid_until=until,
                ),
            ),
            context=replace(facts.context, registers={**facts.context.registers, **registers}),
        )
        return call_at(told, instant(int(calls.at_us[row])), self._judge.book)

    def _standing(self, codes: tuple[int, ...], calls: Calls, row: int) -> _Standing:
        found = self._standings.get(codes)
        if found is None:
            call = self._call(calls, row)
            programme = self._programme(call, int(calls.case[row]))
            found = self._standings[codes] = _Standing(len(self._standings), programme)
        return found

    def _programme(self, call: Call, case: int) -> int:
        own = self._judge.own.applying(call) if self._judge.own else ()
        hours: list[Hours] = [
            (rule, lift_of(rule, call), agreed_windows(rule, call))
            for rule in (*rules_in_force(call), *own)
            if has_hours(rule)
        ]
        names = tuple((rule.id, lift) for rule, lift, _ in hours)
        key = (case, names, tuple(agreed for _, _, agreed in hours))
        if key not in self._programme_of:
            if case not in self._calendars:
                self._calendars[case] = Calendar(call, self._rules)
            self._programme_of[key] = len(self._programmes)
            self._programmes.append(Programme(call, hours, self._calendars[case]))
        return self._programme_of[key]

    def _masks(
        self,
        calls: Calls,
        clocks: Mapping[str, tuple[Integers, Integers]],
        programmes: Integers,
    ) -> Integers:
        masks = np.zeros(len(calls), dtype=np.int64)
        first, which = distinct_values(programmes)
        for number, row in enumerate(first):
            rows = np.flatnonzero(which == number)
            programme = self._programmes[programmes[row]]
            there = {zone: (d[rows], m[rows]) for zone, (d, m) in clocks.items()}
            at_us = calls.at_us[rows]
            there |= {zone: local_clock(at_us, zone) for zone in programme.more_zones}
            if self._judge.asking is _not_asked:
                masks[rows] = programme.masks(there, len(rows))
            else:
                masks[rows] = self._clock_codes(programme.by_clock(there), len(rows))
        return masks

    def _clock_codes(self, states: list[Integers], rows: int) -> Integers:
        """What each clock shows as one code: grounds may hold on some clocks only."""
        if not states:
            return np.zeros(rows, dtype=np.int64)
        first, which = distinct([interned(state) for state in states])
        seen = np.stack([state[first] for state in states], axis=1).tolist()
        codes = [self._codes.setdefault(tuple(key), len(self._codes)) for key in seen]
        return np.array(codes, dtype=np.int64)[which]

    def _answer(self, standing: int, mask: int, calls: Calls, row: int) -> int:
        key = (standing, mask)
        if key not in self._answers:
            self._answers[key] = self._judge.outcome_of(self._call(calls, row))
        return self._answers[key]


def _number_keys(number: Integers, offset: int) -> Integers:
    """What of a number tells its place: a North American code, else all of it.

    Raises BadFacts where a number under such a code is none.
    """
    deciding = np.zeros(1000, dtype=np.bool_)
    deciding[[int(code) for code in codes_that_decide()]] = True
    american = (number >= NORTH_AMERICA[0]) & (number < NORTH_AMERICA[1])
    exchange = number // EXCHANGE_BELOW % 10
    if (wrong := american & (exchange < 2)).any():
        row = offset + int(np.argmax(wrong))
        raise BadFacts(NO_NUMBER, field=f"number[{row}]")
    code = number // CODE_BELOW
    return np.where(american & deciding[code % 1000], code, number)


def _changes(located: Located, rules: Iterable[Rule]) -> Iterator[int]:
    """Instants, in microseconds, at which a rule begins or ends to hold in a zone."""
    days = {rule.first_day for rule in rules}
    days |= {rule.last_day + timedelta(days=1) for rule in rules if rule.last_day != date.max}
    for zone in located.zones:
        for day in days - {date.min}:
            yield (midnight(day, zone) - EPOCH) // MICROSECOND


def _no_told_dates(facts: Facts, calls: Calls, row: int) -> None:
    """Raise BadFacts where the shared facts of a row tell a date that time would run against."""
    told = 1 + sum(
        int(column[row]) != UNTOLD
        for column in (calls.granted_us, calls.withdrawn_us, calls.valid_until_us)
    )
    if len(facts.moments) > told + len(facts.context.proclaimed_days):
        raise BadFacts(
            "The shared facts tell a date, and its calls are judged one by one.",
            field=f"cases[{int(calls.case[row])}].context",
            next="Leave it out, or ask `law call` about these calls.",
        )
