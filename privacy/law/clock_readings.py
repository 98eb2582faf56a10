"""Where a text can be read in two ways, every reading with its date and citation.

The answer's dates follow the law as the pack reads it, which is never later than
another reading may be. A stricter reading gives the earlier target `safe_due`; a
later one is shown so that nobody takes it for the limit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from privacy.law.clock_events import Mode, Timeline
from privacy.law.clock_rules import Clock
from privacy.law.counting import Counting
from privacy.law.periods import Setting, due, due_instant


@dataclass(frozen=True)
class Read:
    """One reading of one field of the answer."""

    field: str
    on: date | datetime
    text: str
    citation: str


def readings_of_timeline(timeline: Timeline) -> list[Read]:
    """Readings of the last day and of the extended one, for fields that have two at least."""
    found: list[Read] = []
    for field, extended in (("due", False), ("extended_due", True)):
        if extended and not timeline.clock.extension_total:
            continue
        others = [*_by_clock(timeline, field, extended), *_by_pauses(timeline, field, extended)]
        adopted = None if timeline.open else timeline.due(extended=extended).on
        found += _with_adopted(field, adopted, others, timeline.clock, timeline.setting)
    return found


def readings_of_period(clock: Clock, start: date, setting: Setting, field: str) -> list[Read]:
    """Readings of a period without pauses: an acknowledgement, a waiting time."""
    others = [
        _read(field, due(clock, start, setting, counting=r.counting).on, setting, r.counting)
        for r in clock.readings
        if r.field == field and r.kind == "counting"
    ]
    return _with_adopted(field, due(clock, start, setting).on, others, clock, setting)


def readings_of_hours(clock: Clock, start: datetime, setting: Setting) -> list[Read]:
    """Readings of a period in hours."""
    others = [
        _read("due", due_instant(clock, start, setting, r.counting), setting, r.counting)
        for r in clock.readings
        if r.field == "due"
    ]
    return _with_adopted("due", due_instant(clock, start, setting), others, clock, setting)


def _by_clock(timeline: Timeline, field: str, extended: bool) -> Iterator[Read]:
    if timeline.open:
        return
    for reading in timeline.clock.readings:
        if reading.field != field:
            continue
        if reading.kind == "counting":
            on = timeline.due(extended=extended, counting=reading.counting).on
            yield _read(field, on, timeline.setting, reading.counting)
        else:
            on = timeline.due_in_two_steps().on
            yield Read(field, on, reading.text, reading.citation)


def _by_pauses(timeline: Timeline, field: str, extended: bool) -> Iterator[Read]:
    modes: tuple[Mode, ...] = ("stricter", "later")
    for mode in modes:
        pauses = [p for p in timeline.pauses if p.counted(mode) != p.rule.days]
        waits = timeline.waiting or any(
            p.ends_on is None and p.counted(mode) != "none" for p in timeline.pauses
        )
        if not pauses or waits:
            continue
        rule = pauses[0].rule
        text = rule.stricter_text if mode == "stricter" else rule.later_text
        yield Read(field, timeline.due(mode, extended=extended).on, text, rule.citation)


def _read(field: str, on: date | datetime, setting: Setting, counting: str) -> Read:
    how: Counting = setting.rules.countings[counting]
    return Read(field, on, how.text, how.citation)


def _with_adopted(
    field: str, adopted: date | datetime | None, others: list[Read], clock: Clock, setting: Setting
) -> list[Read]:
    others = [read for read in others if read.on != adopted]
    if not others or adopted is None:
        return others
    how = setting.counting(clock)
    return [Read(field, adopted, f"As counted here: {how.text}", clock.citation), *others]
