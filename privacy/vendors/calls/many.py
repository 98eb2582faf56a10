"""Many calls of a vendor at once: the judgement of `one`, asked once for each kind of call.

Rows that no check can tell apart are found with numpy. What cannot be told by columns (an
ambiguous instant, an earlier opt-out, a crowded window, hours on several clocks) is asked of
`one` itself, row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from privacy.law.bulk import BulkJudge, Outcome
from privacy.law.bulk_columns import UNTOLD, Calls, Shared
from privacy.law.bulk_columns import Listing as ListColumn
from privacy.law.bulk_keys import Codes, distinct, interned
from privacy.law.grounds import Ground, grounds
from privacy.law.rulebook import rulebook
from privacy.vendors.calls import manner, one
from privacy.vendors.calls.checks import Check, Found, Looked, Reading, joined, too_old_is_ours
from privacy.vendors.calls.facts import (
    LINES,
    LIVE,
    RECORDED,
    Mandate,
    World,
    shared_context,
)
from privacy.vendors.calls.manner import Manner
from privacy.vendors.calls.manner_codes import MannerCodes
from privacy.vendors.calls.numbers import lines_and_plans
from privacy.vendors.calls.past_flags import (
    AMBIGUOUS,
    LONG_UNTOLD,
    TOO_SOON,
    UNTOLD_OPT_OUT,
    PastFlags,
)
from privacy.vendors.calls.people_columns import EITHER_LINE, among, list_columns, people_columns
from privacy.vendors.calls.record import CallChunk
from privacy.vendors.calls.windows import Window, windows_of

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
NOT_READ = -1


@dataclass(frozen=True, slots=True)
class Verdicts:
    """For each call of a chunk the index of what was found in it; 0 is nothing."""

    index: Integers
    table: Sequence[tuple[Found, ...]]

    def __getitem__(self, row: int) -> tuple[Found, ...]:
        return self.table[int(self.index[row])]


class Judge:
    """Judges chunks against one world. What it worked out for one kind of call it keeps."""

    def __init__(self, world: World, mandate: Mandate) -> None:
        self.world, self.mandate, self.book = world, mandate, rulebook()
        self._people = people_columns(world, mandate, (LIVE, RECORDED))
        self._readings = tuple(
            Reading(channel, line)
            for channel in (LIVE, RECORDED)
            for line in dict.fromkeys((*LINES, *filter(None, self._people.lines)))
        )
        self._bulk = BulkJudge(
            Shared(
                [self._case(reading) for reading in self._readings],
                list(self._people.texts),
                list(self._people.addresses),
            ),
            mandate.own,
            grounds,
        )
        own = mandate.own.rules if mandate.own else ()
        self._windows = windows_of((*self.book.rules, *own))
        self._codes = MannerCodes(self.book)
        self._looked: dict[tuple[int, ...], int] = {}
        self._kinds: list[_Kind] = []
        self.table: list[tuple[Found, ...]] = [()]
        self._index: dict[tuple[Found, ...], int] = {(): 0}
        self._flags = PastFlags(world.past, self._windows, manner.gap_us(self.book))
        self._stop_keys = np.array(sorted(world.stops), dtype=np.int64)
        # Before the first opt-out of a number none can stand.
        self._first_stop_us = np.array(
            [min(stop.since_us for stop in world.stops[key]) for key in self._stop_keys.tolist()],
            dtype=np.int64,
        )
        self._erased = np.array(sorted(world.erased), dtype=np.int64)
        self._lists = list_columns(world.registers)
        self._said: Sequence[Outcome] = ()
        self.asked_alone = 0

    def judge(self, chunk: CallChunk, subjects: Integers, keys: Integers | None = None) -> Verdicts:
        """What was found in each call of the chunk."""
        index = np.zeros(len(chunk), dtype=np.int64)
        keys = self.world.keys(chunk.number) if keys is None else keys
        plan, line = lines_and_plans(chunk.number)
        made = ~chunk.blocked
        nowhere = made & ~plan
        index[nowhere] = self._intern(manner.without_number(Check))
        rows = np.flatnonzero(made & plan)
        if len(rows):
            lists = {
                name: listing.at(keys[rows], chunk.at_us[rows])
                for name, listing in self._lists.items()
            }
            part = _Part(chunk, keys, rows, line[rows], subjects, lists)
            index[rows] = self._part(part)
        return Verdicts(index, self.table)

    def _part(self, part: _Part) -> Integers:
        chunk, rows, keys = part.chunk, part.rows, part.keys[part.rows]
        person = self._people.of(keys)
        known = person >= 0
        place = np.where(known, person, 0)
        alone = chunk.second_us[rows] != UNTOLD
        if len(self._people.keys):
            alone |= known & self._people.apart[place]
        alone |= among(keys, self._erased) | self._stopped(keys, chunk.at_us[rows])
        lines = self._lines(part, person)
        outcomes = self._outcomes(part, person, lines, alone)
        first, kind_of = distinct([interned(column) for column in outcomes] or [Codes(rows * 0, 1)])
        kinds = np.array([self._kind(outcomes, int(row)) for row in first])[kind_of]
        if len(self._people.keys):
            related = known & self._people.related[place]
            alone |= related & self._asks(kinds, lambda kind: bool(kind.looked.found))
        flags = self._flags.of(keys, chunk.at_us[rows], chunk.digest[rows])
        alone |= self._crowded(kinds, flags) | ((flags & AMBIGUOUS) != 0)
        index = np.empty(len(rows), dtype=np.int64)
        plain = np.flatnonzero(~alone)
        index[plain] = self._manners(part, plain, kinds[plain], flags[plain])
        for row in np.flatnonzero(alone):
            index[row] = self._alone(part, int(rows[row]))
        return index

    def _stopped(self, keys: Integers, at_us: Integers) -> Flags:
        """Calls after an opt-out of their number, whether it still stood or not."""
        if not len(self._stop_keys):
            return np.zeros(len(keys), dtype=np.bool_)
        place = np.searchsorted(self._stop_keys, keys)
        place = np.minimum(place, len(self._stop_keys) - 1)
        told = self._stop_keys[place] == keys
        return np.asarray(told & (self._first_stop_us[place] < at_us))

    def _case(self, reading: Reading) -> dict[str, object]:
        context = shared_context(self.mandate, reading)
        return {
            "channel": reading.channel.value,
            "campaign": self.mandate.purpose.value,
            "context": {**context, "earlier_calls": [], "registers": {}},
        }

    def _lines(self, part: _Part, person: Integers) -> Integers:
        """For each row the index of its one line in the readings' lines, -1 for either."""
        names = list(dict.fromkeys((*LINES, *filter(None, self._people.lines))))
        table = np.array([-1 if not name else names.index(name) for name in self._people.lines])
        lines = part.line.astype(np.int64)
        if len(self._people.keys):
            own = self._people.line[np.where(person >= 0, person, 0)]
            told = (person >= 0) & (own != EITHER_LINE)
            lines = np.where(told, table[own], lines)
        return lines

    def _outcomes(
        self, part: _Part, person: Integers, lines: Integers, alone: Flags
    ) -> list[Integers]:
        """For each reading the outcome of each row, NOT_READ where it does not apply."""
        chunk, rows = part.chunk, part.rows
        spoken = chunk.prerecorded[rows]
        names = list(dict.fromkeys(reading.line for reading in self._readings))
        either = [names.index(name) for name in LINES]
        found = []
        for number, reading in enumerate(self._readings):
            line = names.index(reading.line)
            fits = (spoken < 0) | (spoken == (1 if reading.channel is RECORDED else 0))
            fits &= (lines == line) | ((lines < 0) & (line in either))
            fits &= ~alone
            outcome = np.full(len(rows), NOT_READ, dtype=np.int64)
            there = np.flatnonzero(fits)
            if len(there):
                calls = self._calls(part, there, person[there], number, reading)
                judged = self._bulk.judge(calls)
                self._said, outcome[there] = judged.outcomes, judged.outcome
            found.append(outcome)
        return found

    def _calls(
        self, part: _Part, there: Integers, person: Integers, case: int, reading: Reading
    ) -> Calls:
        rows = part.rows[there]
        at_us, count = part.chunk.at_us[rows], len(there)
        columns = self._people.consents[reading.channel]
        epoch = columns.at(person, at_us)
        told, place = epoch >= 0, np.where(epoch >= 0, epoch, 0)

        def of(column: Integers, untold: int) -> Integers:
            if not len(column):
                return np.full(count, untold, dtype=np.int64)
            return np.where(told, column[place], untold)

        address = np.zeros(count, dtype=np.int64)
        if len(self._people.keys):
            address = np.where(
                person >= 0, self._people.address[np.where(person >= 0, person, 0)], 0
            )
        return Calls(
            part.chunk.number[rows],
            at_us,
            np.full(count, case, dtype=np.int64),
            of(columns.consent, 0),
            of(columns.granted_us, UNTOLD),
            of(columns.withdrawn_us, UNTOLD),
            of(columns.valid_until_us, UNTOLD),
            address,
            {
                name: ListColumn(column.listed[there], column.age_days[there])
                for name, column in part.lists.items()
            },
        )

    def _kind(self, outcomes: Sequence[Integers], row: int) -> int:
        key = tuple(int(column[row]) for column in outcomes)
        if key not in self._looked:
            answers = {
                reading: self._grounds(outcome)
                for reading, outcome in zip(self._readings, key, strict=True)
                if outcome != NOT_READ
            }
            self._looked[key] = len(self._kinds)
            self._kinds.append(_kind_of(answers, self._windows))
        return self._looked[key]

    def _grounds(self, outcome: int) -> tuple[Ground, ...]:
        return self._said[outcome].grounds

    def _asks(self, kinds: Integers, what: Callable[[_Kind], bool]) -> Flags:
        table = np.array([what(kind) for kind in self._kinds], dtype=np.bool_)
        return np.asarray(table[kinds])

    def _crowded(self, kinds: Integers, flags: Integers) -> Flags:
        """Rows that may be over a cap of a rule that reached them."""
        wanted = np.array([kind.windows for kind in self._kinds], dtype=np.int64)
        return np.asarray((wanted[kinds] & flags) != 0)

    def _manners(self, part: _Part, plain: Integers, kinds: Integers, flags: Integers) -> Integers:
        """What the manner of the plain rows adds, once for each kind of manner."""
        chunk, rows = part.chunk, part.rows[plain]
        by_day = self._asks(
            kinds, lambda kind: not self._codes.by_day.isdisjoint(kind.looked.rules)
        )
        columns = self._codes.of(chunk, rows, flags, by_day)
        first, inverse = distinct([Codes(kinds, max(len(self._kinds), 1)), *columns])
        table = []
        for row in first:
            kind = self._kinds[int(kinds[row])]
            told = self._manner(chunk, int(rows[row]), int(flags[row]))
            found = manner.look(told, kind.looked.rules, self.book)
            table.append(self._intern(one.merged((*kind.found, *found))))
        return np.array(table, dtype=np.int64)[inverse]

    def _manner(self, chunk: CallChunk, row: int, flags: int) -> Manner:
        return manner.manner_of(
            chunk.call(row),
            int(chunk.at_us[row]),
            self.book,
            too_soon=bool(flags & TOO_SOON),
            opt_outs_untold=bool(flags & UNTOLD_OPT_OUT),
            long_untold=bool(flags & LONG_UNTOLD),
            stop_us=None,
        )

    def _alone(self, part: _Part, row: int) -> int:
        self.asked_alone += 1
        call, subject = part.chunk.call(row), int(part.subjects[row])
        return self._intern(one.judge(call, subject, self.world, self.mandate))

    def _intern(self, found: tuple[Found, ...]) -> int:
        index = self._index.setdefault(found, len(self.table))
        if index == len(self.table):
            self.table.append(found)
        return index


@dataclass(frozen=True, slots=True)
class _Kind:
    """What the law found in calls of one kind; `windows` the bits of the caps that bind them."""

    looked: Looked
    found: tuple[Found, ...]
    windows: int


def _kind_of(answers: dict[Reading, tuple[Ground, ...]], windows: Sequence[Window]) -> _Kind:
    if not answers:
        return _Kind(Looked(), (), 0)
    looked = joined(answers)
    rules = {g.rule for told in answers.values() for g in told if g.clause == "frequency"}
    bits = sum(1 << bit for bit, window in enumerate(windows) if window.rules & rules)
    return _Kind(looked, too_old_is_ours(looked.found), bits)


@dataclass(frozen=True, slots=True)
class _Part:
    """The rows of a chunk that are judged, with the key, subject and line of each call.

    `lists` hold a row for each of `rows`.
    """

    chunk: CallChunk
    keys: Integers
    rows: Integers
    line: Integers
    subjects: Integers
    lists: Mapping[str, ListColumn]
