"""One export, read whole: which records tell of the same call, and the calls in chunks.

The files of an export are read twice. The first pass finds records that belong together, at
eight bytes a record; the second makes the calls, and keeps in memory only calls of which
records are still to come. So the order of records, and into how many files they are cut,
changes nothing. Of several records the consumer's leg is kept and the others fill its gaps.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from privacy.contacts.rows import Refusal
from privacy.errors import BadInput
from privacy.vendors.calls.building import need_clock
from privacy.vendors.calls.files import Part
from privacy.vendors.calls.form import (
    Aside,
    BadRow,
    Format,
    Layout,
    Leg,
    Page,
    Reading,
    Row,
    Unread,
)
from privacy.vendors.calls.legs import apart, merged
from privacy.vendors.calls.record import (
    NO_NUMBER,
    CallChunk,
    Disposition,
    NumberState,
    VendorCall,
    chunk_of,
)
from privacy.vendors.calls.sense import sensible

CHUNK = 100_000
BATCH = 20_000
FIRST_RECORDS = 50
TWO_OUTSIDE = "two_outside_legs"
PART_ROWS = 10**12
"""A row of a later file is its line plus so many for each file before it."""

Progress = Callable[[int], None]


@dataclass
class Counts:
    """What became of the records: read = calls + legs + duplicates + asides + refused.

    `blocked` calls were stopped before dialing and are counted among `calls`.
    """

    read: int = 0
    calls: int = 0
    legs: int = 0
    duplicates: int = 0
    refused: int = 0
    blocked: int = 0
    asides: dict[str, int] = field(default_factory=dict)
    odd: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        return {
            "read": self.read,
            "calls": self.calls,
            "legs": self.legs,
            "duplicates": self.duplicates,
            "asides": dict(sorted(self.asides.items())),
            "refused": self.refused,
            "blocked": self.blocked,
            "odd": dict(sorted(self.odd.items())),
            "reasons": dict(sorted(self.reasons.items())),
        }


@dataclass
class Batch:
    """Calls of one chunk with the refusals that came on the way."""

    calls: list[VendorCall]
    refusals: list[Refusal]
    sequences: list[int]


class Export:
    """The files of one export under one format. Raises BadInput where one cannot be read."""

    def __init__(self, form: Format, reading: Reading, parts: Sequence[Part]) -> None:
        self.form, self.parts = form, tuple(parts)
        self.counts = Counts()
        self.rows_of_part: list[int] = [0] * len(self.parts)
        self.pages = self.last_pages = 0
        self._reading = reading
        self._layouts = [form.open(part.head(), reading) for part in self.parts]
        self._several: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._many: NDArray[np.int64] = np.empty(0, dtype=np.int64)

    @property
    def told(self) -> int:
        """Bits of the columns that some file of the export has."""
        bits = 0
        for layout in self._layouts:
            bits |= layout.told
        return bits

    def refuse_without_zone(self) -> None:
        """BadInput where no zone was declared and the first records need one.

        A format of which some exports tell an offset is known by its records only.
        """
        if self._reading.clock is not None:
            return
        for number, layout in enumerate(self._layouts):
            for row in islice(self._records(number, layout), FIRST_RECORDS):
                try:
                    if not isinstance(row, Unread):
                        layout.leg(row)
                except BadRow as bad:
                    if bad.reason == "no_zone":
                        need_clock(self._reading, self.form.title)
        self.pages = self.last_pages = 0

    def look(self, progress: Progress = lambda _: None) -> int:
        """The first pass: how many records there are, and which belong together."""
        groups = array("q")
        self.pages = self.last_pages = 0
        for number, layout in enumerate(self._layouts):
            before = len(groups)
            unread = 0
            for row in self._records(number, layout):
                if isinstance(row, Unread):
                    unread += 1
                    continue
                groups.append(_hashed(layout, row))
                if not len(groups) % BATCH:
                    progress(len(groups))
            self.rows_of_part[number] = len(groups) - before + unread
        found = np.frombuffer(groups, dtype=np.int64) if groups else self._several
        found = np.sort(found)
        repeated = found[1:][found[1:] == found[:-1]]
        self._several, more = np.unique(repeated, return_counts=True)
        self._many = more + 1
        return sum(self.rows_of_part)

    def batches(self, progress: Progress = lambda _: None) -> Iterator[Batch]:
        """The second pass: calls in chunks of at most CHUNK, in an order that never changes."""
        self.counts = Counts()
        self.pages = self.last_pages = 0
        batch = Batch([], [], [])
        waiting: dict[int, list[Leg | None]] = {}
        for number, layout in enumerate(self._layouts):
            rows = self._records(number, layout)
            while records := list(islice(rows, BATCH)):
                for legs in self._grouped(number, layout, records, waiting, batch):
                    batch.calls.append(self._merged(legs, batch))
                    if len(batch.calls) == CHUNK:
                        yield batch
                        batch = Batch([], [], [])
                progress(self.counts.read)
        if batch.calls or batch.refusals:
            yield batch

    def _records(self, number: int, layout: Layout) -> Iterator[Row | Unread]:
        with self.parts[number].text() as text:
            for row in layout.records(text):
                if isinstance(row, Page):
                    self.pages += 1
                    self.last_pages += not row.more
                else:
                    yield row

    def _grouped(
        self,
        number: int,
        layout: Layout,
        records: list[Row | Unread],
        waiting: dict[int, list[Leg | None]],
        batch: Batch,
    ) -> Iterator[list[Leg]]:
        """Calls that are whole. A record that is no leg counts for its group all the same."""
        groups = [0 if isinstance(row, Unread) else _hashed(layout, row) for row in records]
        known = self._several
        places = np.searchsorted(known, np.array(groups, dtype=np.int64))
        for row, group, place in zip(records, groups, places.tolist(), strict=True):
            self.counts.read += 1
            leg = self._leg(number, layout, row, batch)
            several = place < len(known) and known[place] == group
            if isinstance(row, Unread) or not several:
                if leg is not None:
                    if leg.part:
                        self._aside("no_call_row")
                        continue
                    yield [leg]
                continue
            held = waiting.setdefault(group, [])
            held.append(leg)
            if len(held) == self._many[place]:
                del waiting[group]
                legs = [each for each in held if each is not None]
                if any(not each.part for each in legs):
                    yield from apart(legs)
                else:
                    for _ in legs:
                        self._aside("no_call_row")

    def _leg(self, number: int, layout: Layout, row: Row | Unread, batch: Batch) -> Leg | None:
        line = number * PART_ROWS + row.line
        if isinstance(row, Unread):
            self._refuse(batch, line, "row", row.reason)
            return None
        try:
            leg = layout.leg(row)
        except BadRow as bad:
            self._refuse(batch, line, bad.field, bad.reason)
            return None
        if isinstance(leg, Aside):
            self._aside(leg.reason)
            return None
        if number:
            leg = leg._replace(call=leg.call._replace(rows=(line,)))
        return leg

    def _refuse(self, batch: Batch, line: int, name: str, reason: str) -> None:
        batch.refusals.append(Refusal(line, name, reason))
        self.counts.refused += 1
        self.counts.reasons[reason] = self.counts.reasons.get(reason, 0) + 1

    def _aside(self, reason: str) -> None:
        self.counts.asides[reason] = self.counts.asides.get(reason, 0) + 1

    def _merged(self, legs: list[Leg], batch: Batch) -> VendorCall:
        counts = self.counts
        call, doubles = merged(legs)
        call, odd = sensible(call)
        counts.calls += 1
        counts.duplicates += doubles
        counts.legs += len(legs) - 1 - doubles
        counts.blocked += call.disposition is Disposition.BLOCKED
        outside = {leg.call.called for leg in legs} - {NO_NUMBER}
        if len(outside) > 1:
            counts.odd[TWO_OUTSIDE] = counts.odd.get(TWO_OUTSIDE, 0) + 1
        for code in (*odd, *(code for leg in legs for code in leg.odd)):
            counts.odd[code] = counts.odd.get(code, 0) + 1
        for leg in legs:
            if leg.sequence >= 0:
                batch.sequences.append(leg.sequence)
        if call.called_state is not NumberState.TOLD:
            # The call is kept and told; only its number is none.
            name = f"called_{call.called_state.name.lower()}"
            batch.refusals.append(Refusal(call.rows[0], "called", name, kept=True))
            counts.odd[name] = counts.odd.get(name, 0) + 1
        return call


def _hashed(layout: Layout, row: Row) -> int:
    """The group of a record as a number. Python's own hash: it never leaves this process."""
    return hash(layout.group(row))


def chunks(export: Export, progress: Progress = lambda _: None) -> Iterator[CallChunk]:
    """The export as columns, for a judgement without a desk."""
    export.look()
    for batch in export.batches(progress):
        yield chunk_of(batch.calls)


def refuse_mixed(heads: Sequence[Format]) -> Format:
    """The one format of several files. BadInput where they differ."""
    names = {each.name for each in heads}
    if len(names) != 1:
        raise BadInput(
            "The files are of different formats.",
            what=", ".join(sorted(names)),
            next="Give the files of one system together, and others in a second import.",
        )
    return heads[0]
