"""FreeSWITCH `mod_cdr_csv`: the shipped template `example`, or a declared list of columns. Pure.

The template is free, so other column lists are declared (`--columns`). NORMAL_CLEARING does
not mean answered: only an answer stamp does. Some templates put a blank after a comma.
"""

from __future__ import annotations

import re

from privacy.errors import BadInput
from privacy.vendors.calls.building import after, between_ms, cell, content_key, local, need_clock
from privacy.vendors.calls.causes import of_name
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
from privacy.vendors.calls.record import UNTOLD, Column, Disposition, VendorCall
from privacy.vendors.calls.texts import csv_rows, first_row

TITLE = "FreeSWITCH mod_cdr_csv"
EXAMPLE = (
    "caller_id_name",
    "caller_id_number",
    "destination_number",
    "context",
    "start_stamp",
    "answer_stamp",
    "end_stamp",
    "duration",
    "billsec",
    "hangup_cause",
    "uuid",
    "bleg_uuid",
    "accountcode",
    "read_codec",
    "write_codec",
)
NEEDED = ("destination_number", "start_stamp", "answer_stamp", "hangup_cause", "uuid")
COLUMNS = {
    "destination_number": Column.CALLED,
    "caller_id_number": Column.CALLER,
    "start_stamp": Column.AT,
    "answer_stamp": Column.ANSWERED | Column.RING,
    "end_stamp": Column.ENDED,
    "billsec": Column.TALK,
    "hangup_cause": Column.DISPOSITION,
    "accountcode": Column.CAMPAIGN,
    "uuid": Column.KEY,
}
_STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_CAUSE = re.compile(r"[A-Z][A-Z0-9_]+")


def looks_like(head: str) -> int:
    """By stamps, cause and uuid in the places of the shipped template."""
    cells = first_row(head, ",", blank_after=True)
    return int(
        len(cells) == len(EXAMPLE)
        and bool(_STAMP.fullmatch(cells[4]))
        and bool(_CAUSE.fullmatch(cells[9]))
        and bool(_UUID.fullmatch(cells[10]))
    )


def open_layout(head: str, reading: Reading) -> Layout:
    """BadInput where no zone was declared, or declared columns lack one that is needed."""
    columns = reading.columns or EXAMPLE
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        raise BadInput(
            "The list of columns lacks one that a call needs.",
            what=missing[0],
            next="Give --columns as the template has them, with commas.",
        )
    maker = _Maker(need_clock(reading, TITLE), reading, columns)
    return Layout(lambda text: csv_rows(text, blank_after=True), maker.group, maker.leg, maker.told)


class _Maker:
    def __init__(self, clock: LocalClock, reading: Reading, columns: tuple[str, ...]) -> None:
        self._clock, self._numbers = clock, reading.numbers
        self._places = {name: index for index, name in enumerate(columns)}
        self._width = len(columns)
        self.told = int(sum(bit for name, bit in COLUMNS.items() if name in self._places))

    def group(self, row: Row) -> str:
        """The lesser of the two legs' ids: rows of leg a and leg b meet there."""
        own, other = cell(row, self._places, "uuid"), cell(row, self._places, "bleg_uuid")
        return min(own, other or own) or content_key(row.cells)

    def leg(self, row: Row) -> Leg | Aside:
        if len(row.cells) != self._width:
            raise BadRow("row", "wrong_width")
        start = local(self._clock, cell(row, self._places, "start_stamp"))
        answer = cell(row, self._places, "answer_stamp")
        answered = bool(answer)
        duration = read_ms(cell(row, self._places, "duration"))
        talk = read_ms(cell(row, self._places, "billsec")) if answered else 0
        ring, odd = duration, tuple[str, ...]()
        if answered:
            ring = between_ms(start.at_us, local(self._clock, answer, "answer").at_us)
            if UNTOLD not in (duration, talk) and talk <= duration:
                ring = duration - talk
            elif UNTOLD not in (duration, talk):
                odd = ("billed_longer_than_call",)
        called = self._numbers.read(cell(row, self._places, "destination_number"))
        caller = self._numbers.read(cell(row, self._places, "caller_id_number"))
        call = VendorCall(
            rows=(row.line,),
            key=self.group(row),
            columns=self.told,
            called_raw=cell(row, self._places, "destination_number"),
            called=called.e164,
            called_state=called.state,
            caller=caller.e164,
            caller_state=caller.state,
            at_us=start.at_us,
            second_us=start.second_us,
            answered_us=after(start.at_us, ring) if answered else UNTOLD,
            ended_us=after(start.at_us, ring, talk),
            ring_ms=ring,
            talk_ms=talk,
            disposition=of_name(cell(row, self._places, "hangup_cause"), answered=answered),
            campaign=cell(row, self._places, "accountcode"),
        )
        rank = int(call.disposition is Disposition.ANSWERED)
        return Leg(call, rank=rank, odd=odd)


FREESWITCH_CSV = Format(
    name="freeswitch-csv",
    title=TITLE,
    source="vanilla cdr_csv.conf.xml v1.11.3",
    verified="verified",
    golden=("freeswitch.csv",),
    zone=ZoneRule.DECLARED,
    key="uuid, with bleg_uuid for the other leg",
    proves=marks("Y Y P - - P - Y - -"),
    looks_like=looks_like,
    open=open_layout,
)
