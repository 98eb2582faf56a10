"""What must hold after a storm, each as a function over its record; [] where it holds.

A record is what both sides wrote down: the desk (attempts, log, suppressions), and the
called side, who was rung. Instants are microseconds of one machine's clock. Persons are
numbered: no message can hold a telephone number.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from privacy.gateway.protocol import LIVE, State, may_be_tried_again
from privacy.gateway.rate import interval_us

# An end that another transaction wrote so shortly before may not have been seen yet.
UNSEEN_US = 1_000_000
# Of an attempt that is no call: it was provably never sent.
UNSENT = (State.NOT_SENT,)


@dataclass(frozen=True)
class Rung:
    """The called side's word: that attempt rang at that person."""

    attempt: str
    person: int
    at_us: int


@dataclass(frozen=True)
class Call:
    """The desk's word on one attempt."""

    attempt: str
    campaign: str
    trunk: str
    person: int
    state: State
    issued_us: int
    redeemed_us: int | None
    slot_until_us: int
    ended_us: int | None
    over: bool = False
    heard_person: bool = False

    @property
    def place_free_us(self) -> int:
        """When its place on the line was free: its end, or where nobody told it, the longest."""
        told = self.ended_us is not None and self.state is not State.UNCERTAIN
        return min(self.ended_us or 0, self.slot_until_us) if told else self.slot_until_us


@dataclass(frozen=True)
class Said:
    """A no that was acknowledged at that instant. `way`: gateway, command, key, withdrawal."""

    person: int
    at_us: int
    way: str


@dataclass(frozen=True)
class Limits:
    """Of the storm: to one number, of each campaign and trunk, and of calls without an agent."""

    gap_us: int
    cap: int
    cap_us: int
    tries: int
    rates: dict[str, float]
    places: dict[str, int]
    over_rate: Fraction = Fraction(3, 100)


@dataclass(frozen=True)
class Record:
    """Everything that both sides wrote down."""

    limits: Limits
    rung: tuple[Rung, ...]
    calls: tuple[Call, ...]
    said: tuple[Said, ...] = ()
    kept: frozenset[tuple[int, bool]] = frozenset()
    """Persons whose no stands in the desk; with True where it is an opt-out."""
    listed: frozenset[int] = frozenset()
    """Persons who stood on a do-not-call register from before the storm."""
    released: Counter[str] = field(default_factory=Counter)
    """Entries of the log about a number that left, by attempt."""


def rung_twice(record: Record) -> list[str]:
    """No attempt rings twice, and none rings at anybody but whom it is for."""
    counts = Counter(one.attempt for one in record.rung)
    found = [f"{attempt} rang {count} times" for attempt, count in counts.items() if count > 1]
    whom = {call.attempt: call.person for call in record.calls}
    return found + [
        f"{one.attempt} rang at person {one.person}"
        for one in record.rung
        if whom.get(one.attempt) != one.person
    ]


def called_too_often(record: Record) -> list[str]:
    """Gap and cap hold for each number in every window, over all campaigns."""
    limits, found = record.limits, []
    for person, times in _by_person(record).items():
        for before, after in itertools.pairwise(times):
            if after - before < limits.gap_us:
                found.append(f"person {person}: {after - before} us between two calls")
        for first, one_too_many in zip(times, times[limits.cap :], strict=False):
            if one_too_many - first < limits.cap_us:
                found.append(f"person {person}: more than {limits.cap} calls in a window")
    return found


def rung_too_often(record: Record) -> list[str]:
    """The same by the called side alone: calls in the cap's window, and distinct attempts."""
    limits, found = record.limits, []
    times = defaultdict(list)
    for one in sorted(record.rung, key=lambda one: one.at_us):
        times[one.person].append(one.at_us)
    for person, rings in times.items():
        for first, one_too_many in zip(rings, rings[limits.cap :], strict=False):
            if one_too_many - first < limits.cap_us:
                found.append(f"person {person} rang more than {limits.cap} times in a window")
    return found


def tried_again(record: Record) -> list[str]:
    """In one campaign a person is called again only after an end that lets it, and not too often.

    What nobody knows the end of counts as a call and is never dialled again.
    """
    found = []
    mine: dict[tuple[str, int], list[Call]] = defaultdict(list)
    for call in sorted(_calls(record), key=lambda call: call.redeemed_us or 0):
        mine[call.campaign, call.person].append(call)
    for (_, person), calls in mine.items():
        if len(calls) > record.limits.tries:
            found.append(f"person {person}: {len(calls)} calls of one campaign")
        found += [
            f"person {person} was called again after {call.state.value}"
            for call in calls[:-1]
            if not may_be_tried_again(call.state)
        ]
    return found


def called_after_no(record: Record) -> list[str]:
    """No number leaves after an opt-out or a withdrawal was acknowledged; nothing rings later
    but what had left before, and no number leaves that stands on a register."""
    no_at = {one.person: one.at_us for one in sorted(record.said, key=lambda one: -one.at_us)}
    left = {call.attempt: call.redeemed_us or 0 for call in _calls(record)}
    found = [
        f"{call.attempt}: the number left after the no"
        for call in _calls(record)
        if call.person in no_at and left[call.attempt] > no_at[call.person]
    ]
    for one in record.rung:
        said_us = no_at.get(one.person)
        if (
            said_us is not None
            and said_us < one.at_us
            and left.get(one.attempt, said_us) >= said_us
        ):
            found.append(f"{one.attempt} rang after the no, and its number had not left before")
    return found + [
        f"{one.attempt} rang at a person on a register"
        for one in record.rung
        if one.person in record.listed
    ]


def lost_noes(record: Record) -> list[str]:
    """Every acknowledged opt-out and withdrawal stands in the desk."""
    return [
        f"person {one.person}: a no by {one.way} is lost"
        for one in record.said
        if (one.person, one.way != "withdrawal") not in record.kept
    ]


def started_too_fast(record: Record) -> list[str]:
    """Each half-open window of length W holds at most ceil(W x rate) starts, by campaign and trunk.

    That is the same as: any n starts lie at least (n - 1) intervals apart.
    """
    found = []
    for name, rate in record.limits.rates.items():
        interval, earliest = interval_us(rate), None
        for place, at in enumerate(_starts(record, name)):
            shifted = at - place * interval
            if earliest is not None and shifted < earliest:
                found.append(f"{name}: a start {earliest - shifted} us too early")
            earliest = shifted if earliest is None else max(earliest, shifted)
    return found


def most_in(record: Record, name: str, window_us: int = 1_000_000) -> int:
    """The most starts in any half-open window of a campaign or trunk."""
    times, first, most = list(_starts(record, name)), 0, 0
    for place, at in enumerate(times):
        while at - times[first] >= window_us:
            first += 1
        most = max(most, place - first + 1)
    return most


def too_many_at_once(record: Record) -> list[str]:
    """Places on campaign and trunk are never passed; a place is taken until the end is told,
    and where its dialer died until the call must be over."""
    return [
        f"{name}: {most_at_once(record, name)} calls at once"
        for name, places in record.limits.places.items()
        if most_at_once(record, name) > places
    ]


def most_at_once(record: Record, name: str) -> int:
    """The most places that were taken at any instant on a campaign or trunk."""
    moves: list[tuple[int, int]] = []
    for call in record.calls:
        if name in (call.campaign, call.trunk):
            moves += [(call.issued_us, 1), (max(call.issued_us, call.place_free_us), -1)]
    return max(itertools.accumulate(move for _, move in sorted(moves)), default=0)


def left_open(record: Record) -> list[str]:
    """After recovery every attempt has ended; whoever was rung counts as called."""
    states = {call.attempt: call.state for call in record.calls}
    found = [f"{attempt} is {state.value}" for attempt, state in states.items() if state in LIVE]
    return found + [
        f"{one.attempt} rang and counts as not sent"
        for one in record.rung
        if states.get(one.attempt) in UNSENT
    ]


def over_dialled(record: Record) -> list[str]:
    """At each instant at which a call without an agent was permitted it was earned: even if
    everyone in flight were answered and abandoned, the share stays within the rate."""
    found = []
    by_campaign: dict[str, list[Call]] = defaultdict(list)
    for call in record.calls:
        by_campaign[call.campaign].append(call)
    for calls in by_campaign.values():
        over = sorted((one for one in calls if one.over), key=lambda one: one.issued_us)
        for place, one in enumerate(over):
            at = one.issued_us
            flying = sum(1 for each in over[:place] if not _ended_by(each, at))
            lost = [each for each in calls if _is_lost(each)]
            abandoned = sum(1 for each in lost if _ended_by(each, at - UNSEEN_US * (not each.over)))
            answered = sum(
                1 for each in calls if (_is_lost(each) or _is_heard(each)) and _ended_by(each, at)
            )
            if abandoned + flying + 1 > record.limits.over_rate * (answered + flying + 1):
                found.append(f"{one.attempt} was not earned")
    return found


def unaudited(record: Record) -> list[str]:
    """Each number that left has its one entry in the log; each ring has a redeemed permit."""
    left = {call.attempt for call in record.calls if call.redeemed_us is not None}
    found = [
        f"{attempt}: {record.released[attempt]} entries for a number that left"
        for attempt in sorted(left)
        if record.released[attempt] != 1
    ]
    found += [f"{attempt}: an entry, and no number" for attempt in record.released.keys() - left]
    return found + [
        f"{one.attempt} rang without a redeemed permit"
        for one in record.rung
        if one.attempt not in left
    ]


CHECKS: tuple[Callable[[Record], list[str]], ...] = (
    rung_twice,
    called_too_often,
    rung_too_often,
    tried_again,
    called_after_no,
    lost_noes,
    started_too_fast,
    too_many_at_once,
    left_open,
    over_dialled,
    unaudited,
)


def _calls(record: Record) -> Iterator[Call]:
    """Attempts whose number left: each counts as a call, whatever was told of it."""
    return (call for call in record.calls if call.redeemed_us is not None)


def _by_person(record: Record) -> dict[int, list[int]]:
    times: dict[int, list[int]] = defaultdict(list)
    for call in _calls(record):
        times[call.person].append(call.redeemed_us or 0)
    return {person: sorted(each) for person, each in times.items()}


def _starts(record: Record, name: str) -> Iterable[int]:
    return sorted(
        call.redeemed_us or 0 for call in _calls(record) if name in (call.campaign, call.trunk)
    )


def _ended_by(call: Call, at: int) -> bool:
    return call.ended_us is not None and call.ended_us <= at


def _is_lost(call: Call) -> bool:
    return call.state in (State.ABANDONED, State.UNCERTAIN)


def _is_heard(call: Call) -> bool:
    return call.state is State.COMPLETED and call.heard_person
