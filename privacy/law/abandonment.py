"""Abandonment: live calls without an agent in time, as a share of calls answered by a person.

Source: 47 CFR 64.1200(a)(7) and 16 CFR 310.4(b)(4), and their likes; the figures
stand in the pack. Where a row leaves open whether a person answered or whether
an agent came in time, the share has a lowest and a highest value.

Calls are counted by kind: what the row says of the answerer, and of the agent. How a
kind counts may hang on whether any row of the whole record carries a column, so that is
asked only when the share is read; until then counts of chunks are added.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum

import numpy as np

from privacy.law.bulk_columns import UNTOLD, Integers
from privacy.law.conduct_columns import Answerer, Carried, Chunk, Measured, day_of
from privacy.law.conduct_gauges import SECOND_US
from privacy.law.measuring_spans import SECONDS, begins_on
from privacy.law.rulebook import Rule
from privacy.law.standing import first

COLUMNS = ("answered_at", "agent_at", "ended_at", "answered_by")
ANSWERERS = 5
UNANSWERED = 4
"""Beside the codes of Answerer: neither an answerer nor an answer is told."""


class _Agent(IntEnum):
    """What a row says of the agent; the end tells whether whoever answered still waited."""

    LATE = 0
    IN_TIME = 1
    NO_ANSWER_TOLD = 2
    NOBODY_END_UNTOLD = 3
    NOBODY_AFTER_TIME = 4
    NOBODY_WITHIN_TIME = 5


KINDS = ANSWERERS * len(_Agent)


@dataclass(frozen=True, slots=True)
class Share:
    """One measuring span, by its first day: `lowest` and `highest` are bounds of the share."""

    begins_on: date
    figure: Measured


@dataclass
class Abandonment:
    """Counts of calls by kind for each measuring span of a rule."""

    rule: Rule
    first_day: date
    own_seconds: float
    spans: dict[date, Integers] = field(default_factory=dict)

    def add(self, rows: Chunk) -> None:
        days, where = np.unique(rows.day, return_inverse=True)
        counts = np.bincount(where * KINDS + self._kinds(rows), minlength=len(days) * KINDS)
        for day, of_day in zip(days, counts.reshape(-1, KINDS), strict=True):
            self._count(begins_on(self.rule.params, day_of(day), self.first_day), of_day)

    def join(self, other: Abandonment) -> None:
        for begins, counts in other.spans.items():
            self._count(begins, counts)

    def figure(self, carried: Carried) -> Measured:
        """Bounds of the worst share over the rule's measuring spans."""
        shares = [share.figure for share in self.shares(carried)]
        untold = {name for share in shares for name in share.missing}
        return Measured(
            lowest=max((share.lowest or 0.0 for share in shares), default=0.0),
            highest=max((share.highest or 0.0 for share in shares), default=0.0),
            rows=sum(share.rows for share in shares),
            missing=tuple(name for name in COLUMNS if name in untold),
        )

    def shares(self, carried: Carried) -> Iterator[Share]:
        """Each span that has calls, by date, with the bounds of its share."""
        for begins, counts in sorted(self.spans.items()):
            yield Share(begins, _share(counts, carried))

    def _count(self, begins: date, counts: Integers) -> None:
        held = self.spans.get(begins)
        self.spans[begins] = counts if held is None else held + counts

    def _kinds(self, rows: Chunk) -> Integers:
        within_us = round((first(self.rule.params, SECONDS) or self.own_seconds) * SECOND_US)
        return _answerers(rows) * len(_Agent) + _agents(rows, within_us)


def _answerers(rows: Chunk) -> Integers:
    codes = rows.answered_by.astype(np.int64)
    codes[(codes == Answerer.NOT_TOLD) & (rows.answered_us == UNTOLD)] = UNANSWERED
    return codes


def _agents(rows: Chunk, within_us: int) -> Integers:
    answered = rows.answered_us != UNTOLD
    came = rows.agent_us != UNTOLD
    # A call cannot end before its answer: such a row tells nothing.
    ended = (rows.ended_us != UNTOLD) & (rows.ended_us >= rows.answered_us)
    codes: Integers = np.select(
        [
            ~answered,
            came & (rows.agent_us - rows.answered_us > within_us),
            came,
            ~ended,
            # Nobody came; who hung up before the time was over was not abandoned.
            rows.ended_us - rows.answered_us > within_us,
        ],
        [
            _Agent.NO_ANSWER_TOLD,
            _Agent.LATE,
            _Agent.IN_TIME,
            _Agent.NOBODY_END_UNTOLD,
            _Agent.NOBODY_AFTER_TIME,
        ],
        _Agent.NOBODY_WITHIN_TIME,
    )
    return codes


def _person(answerer: int, carried: Carried) -> bool | None:
    """Whether a person answered; None where the record leaves it open."""
    if answerer == UNANSWERED:
        return False if carried.answered_at else None
    return {Answerer.PERSON: True, Answerer.MACHINE: False}.get(Answerer(answerer))


def _late(agent: _Agent, carried: Carried) -> bool | None:
    """Whether no agent came in time after the answer; None where the record leaves it open."""
    if agent is _Agent.LATE:
        return True
    if agent is _Agent.IN_TIME:
        return False
    if not carried.agent_at:
        return None
    return {_Agent.NOBODY_AFTER_TIME: True, _Agent.NOBODY_WITHIN_TIME: False}.get(agent)


def _open(agent: _Agent, carried: Carried) -> str:
    """The column for want of which it is not known whether an agent came in time."""
    if agent is _Agent.NO_ANSWER_TOLD:
        return "answered_at"
    return "ended_at" if carried.agent_at else "agent_at"


def _share(counts: Integers, carried: Carried) -> Measured:
    """Bounds of the share of late calls among those a person answered.

    For the lowest, an open call is in time, and out where it would only add to
    the late ones; for the highest the other way round.
    """
    low_late = low_all = high_late = high_all = rows = 0
    untold: set[str] = set()
    for kind in np.flatnonzero(counts):
        answerer, code = divmod(int(kind), len(_Agent))
        count, agent = int(counts[kind]), _Agent(code)
        person, late = _person(answerer, carried), _late(agent, carried)
        if person is False:
            continue
        rows += count
        if person is None:
            untold.add("answered_by" if carried.answered_at else "answered_at")
        if late is None:
            untold.add(_open(agent, carried))
        low_late += count if late is True and person else 0
        low_all += count if late is not True or person else 0
        high_late += count if late is not False else 0
        high_all += count if late is not False or person else 0
    return Measured(
        low_late / low_all if low_all else 0.0,
        high_late / high_all if high_all else 0.0,
        rows,
        tuple(name for name in COLUMNS if name in untold),
    )
