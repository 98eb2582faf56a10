"""Asterisk `cdr_csv`: Master.csv, 16 to 21 columns without a header. Pure.

Columns by cdr_csv.c: sixteen fixed ones; `uniqueid` and `userfield` by configuration; with
`newcdrcolumns` peeraccount, linkedid and sequence. `dst` is what was dialled, maybe with a
trunk prefix; `clid` holds the number that was shown and a name, which is dropped. Times are
the server's, in no stated zone: answer and end are counted from the start by the lengths,
which no change of clocks bends.
"""

from __future__ import annotations

import re

from privacy.errors import BadInput
from privacy.vendors.calls.building import after, between_ms, content_key, local, need_clock
from privacy.vendors.calls.form import (
    Aside,
    BadRow,
    Format,
    Layout,
    Leg,
    Reading,
    Row,
    ZoneRule,
    marks,
)
from privacy.vendors.calls.instants import LocalClock, read_ms
from privacy.vendors.calls.record import (
    UNTOLD,
    AnsweredBy,
    Column,
    Disposition,
    EndedBy,
    VendorCall,
)
from privacy.vendors.calls.texts import csv_rows, first_row

TITLE = "Asterisk cdr_csv"
FIXED = 16
MOST = 21
SRC, DST, CLID, LAST_APP, START, ANSWER, END = 1, 2, 4, 7, 9, 10, 11
DURATION, BILLSEC, DISPOSITION, ACCOUNT = 12, 13, 14, 0
WORDS = {
    "ANSWERED": Disposition.ANSWERED,
    "NO ANSWER": Disposition.NO_ANSWER,
    "BUSY": Disposition.BUSY,
    "FAILED": Disposition.FAILED,
    "CONGESTION": Disposition.FAILED,
}
# Applications that play a sound. What else ran last leaves it open.
PLAYERS = frozenset({"playback", "background", "controlplayback", "mp3player", "morsecode"})
TOLD = int(
    Column.CALLED
    | Column.CALLER
    | Column.AT
    | Column.ANSWERED
    | Column.ENDED
    | Column.RING
    | Column.TALK
    | Column.DISPOSITION
    | Column.CAMPAIGN
    | Column.PRERECORDED
    | Column.KEY
)
_STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_UNIQUE = re.compile(r"(?:[^,]*-)?\d{9,10}\.\d+")
_SHOWN = re.compile(r"<([^<>]*)>\s*$")


def looks_like(head: str) -> int:
    """By the shape of the first row: stamps, lengths and a known disposition in their places."""
    cells = first_row(head, ",")
    return int(
        FIXED <= len(cells) <= MOST
        and cells[DISPOSITION] in WORDS
        and bool(_STAMP.fullmatch(cells[START]))
        and cells[DURATION].isdecimal()
    )


def open_layout(head: str, reading: Reading) -> Layout:
    """BadInput where no zone was declared."""
    maker = _Maker(need_clock(reading, TITLE), reading, len(first_row(head, ",")))
    return Layout(csv_rows, maker.group, maker.leg, TOLD)


class _Maker:
    def __init__(self, clock: LocalClock, reading: Reading, width: int) -> None:
        if not FIXED <= width <= MOST:
            raise BadInput(
                f"A row has {width} columns; {TITLE} has 16 to 21.",
                what="file",
                next="Name the format with --format, or its columns with --mapping.",
            )
        self._clock, self._numbers = clock, reading.numbers

    def group(self, row: Row) -> str:
        """linkedid where it is there (all rows of one call), else uniqueid, else the row."""
        cells = row.cells
        width = len(cells)
        if width >= 19 and cells[-2]:
            return str(cells[-2])
        if width in (17, 18, 20, 21) and _UNIQUE.fullmatch(cells[FIXED]):
            return str(cells[FIXED])
        return content_key(cells)

    def leg(self, row: Row) -> Leg | Aside:
        cells = row.cells
        if not FIXED <= len(cells) <= MOST:
            raise BadRow("row", "wrong_width")
        at = local(self._clock, cells[START])
        disposition = WORDS.get(cells[DISPOSITION])
        if disposition is None:
            raise BadRow("disposition", "unknown_word")
        answered = disposition is Disposition.ANSWERED
        ring, talk, odd = self._lengths(cells, answered)
        called = self._numbers.read(cells[DST])
        shown = _SHOWN.search(cells[CLID])
        caller = self._numbers.read(shown[1] if shown else cells[SRC])
        # By position: a name for each of 23 fields costs a quarter of the whole row.
        call = VendorCall(
            (row.line,),
            self.group(row),
            TOLD,
            cells[DST],
            called.e164,
            called.state,
            caller.e164,
            caller.state,
            at.at_us,
            at.second_us,
            after(at.at_us, ring) if answered else UNTOLD,
            UNTOLD,
            after(at.at_us, ring, talk),
            ring,
            talk,
            disposition,
            AnsweredBy.UNTOLD,
            EndedBy.UNTOLD,
            cells[ACCOUNT],
            UNTOLD,
            1 if cells[LAST_APP].casefold() in PLAYERS else -1,
        )
        number = cells[-1] if len(cells) >= 19 else ""
        sequence = int(number) if number.isdecimal() and len(number) < 16 else -1
        return Leg(call, odd=odd, sequence=sequence)

    def _lengths(self, cells: list[str], answered: bool) -> tuple[int, int, tuple[str, ...]]:
        """Ring and talk in milliseconds; where lengths contradict each other, by the stamps."""
        duration, billed = read_ms(cells[DURATION]), read_ms(cells[BILLSEC])
        if not answered:
            return duration, 0, ("billed_without_answer",) if billed > 0 else ()
        if UNTOLD not in (duration, billed) and billed <= duration:
            return duration - billed, billed, ()
        ring = between_ms(self._at(cells[START]), self._at(cells[ANSWER]))
        talk = between_ms(self._at(cells[ANSWER]), self._at(cells[END]))
        return ring, talk, ("billed_longer_than_call",)

    def _at(self, text: str) -> int:
        return local(self._clock, text, "answer").at_us if text else UNTOLD


ASTERISK = Format(
    name="asterisk",
    title=TITLE,
    source="cdr_csv.c, cdr.conf.sample, the project's own test suite",
    verified="verified",
    golden=("asterisk-16.csv", "asterisk-18.csv", "asterisk-21.csv"),
    zone=ZoneRule.DECLARED,
    key="linkedid, else uniqueid, else the whole row",
    proves=marks("Y P P - - P - Y P -"),
    looks_like=looks_like,
    open=open_layout,
)
