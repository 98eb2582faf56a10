"""`rightsdesk.call-records/1`: what this product's own dialer exports, JSON or CSV. Pure.

`released_at` is when the number left and `answer_to_sound_ms` when a first sound came: a
prerecorded voice or an agent. A line `simulator` called nobody and is put aside. Columns:
docs/call-records.md.
"""

from __future__ import annotations

from typing import IO, Any

from privacy.errors import BadInput
from privacy.vendors.calls.building import absolute, after, content_key, maybe, word
from privacy.vendors.calls.form import (
    Aside,
    BadRow,
    Format,
    Layout,
    Leg,
    Reading,
    Row,
    Unread,
    ZoneRule,
    marks,
)
from privacy.vendors.calls.instants import read_ms
from privacy.vendors.calls.record import (
    UNTOLD,
    AnsweredBy,
    Column,
    Disposition,
    VendorCall,
)
from privacy.vendors.calls.texts import csv_rows, first_row, json_rows

SCHEMA = "rightsdesk.call-records/1"
NEEDED = ("call_id", "called_number", "released_at", "disposition")
SIMULATED = "simulator"
BITS = {
    "called_number": Column.CALLED,
    "calling_number": Column.CALLER,
    "released_at": Column.AT,
    "answered_at": Column.ANSWERED,
    "ended_at": Column.ENDED,
    "ringing_s": Column.RING,
    "duration_s": Column.TALK,
    "disposition": Column.DISPOSITION,
    "answered_by": Column.ANSWERED_BY,
    "answer_to_sound_ms": Column.AGENT,
    "campaign": Column.CAMPAIGN,
    "opted_out_at": Column.OPT_OUT,
    "prerecorded": Column.PRERECORDED,
    "call_id": Column.KEY,
}
_D = Disposition
STATES = {
    "completed": _D.ANSWERED,
    "conversation": _D.ANSWERED,
    "unwanted": _D.ANSWERED,
    "opted_out": _D.ANSWERED,
    "machine": _D.ANSWERED,
    "declined": _D.NO_ANSWER,
    "busy": _D.BUSY,
    "no_answer": _D.NO_ANSWER,
    "unreachable": _D.FAILED,
    "abandoned": _D.ABANDONED,
    "uncertain": _D.UNTOLD,
}
WHO = {
    "human": AnsweredBy.PERSON,
    "person": AnsweredBy.PERSON,
    "machine": AnsweredBy.MACHINE,
    "unknown": AnsweredBy.UNKNOWN,
}


def looks_like(head: str) -> int:
    named = SCHEMA in head[:500]
    return 2 * int(named or set(NEEDED) <= set(first_row(head, ",")))


class _Maker:
    def __init__(self, reading: Reading, told: int) -> None:
        self._numbers, self.told = reading.numbers, told

    def group(self, row: Row) -> str:
        """call_id."""
        return word(row.cells.get("call_id")) or content_key(row.cells)

    def leg(self, row: Row) -> Leg | Aside:
        told = {name: word(cell).removeprefix("'") for name, cell in row.cells.items()}
        if told.get("line") == SIMULATED:
            return Aside(row.line, "simulated")
        if not told.get("released_at"):
            raise BadRow("at", "no_sure_instant")
        at = absolute(told["released_at"])
        sent = maybe(told.get("sent_at", ""))
        at = at if sent == UNTOLD else sent
        answered, ended = maybe(told.get("answered_at", "")), maybe(told.get("ended_at", ""))
        called = self._numbers.read(told.get("called_number", ""))
        caller = self._numbers.read(told.get("calling_number", ""))
        disposition = STATES.get(told.get("disposition", ""), Disposition.UNTOLD)
        if answered != UNTOLD and disposition in (_D.NO_ANSWER, _D.UNTOLD):
            disposition = Disposition.ANSWERED
        silence = read_ms(told.get("answer_to_sound_ms", ""))
        call = VendorCall(
            rows=(row.line,),
            key=self.group(row),
            columns=self.told,
            called_raw=told.get("called_number", ""),
            called=called.e164,
            called_state=called.state,
            caller=caller.e164,
            caller_state=caller.state,
            at_us=at,
            answered_us=answered,
            agent_us=after(answered, silence // 1000) if silence != UNTOLD else UNTOLD,
            ended_us=ended,
            ring_ms=read_ms(told.get("ringing_s", "")),
            talk_ms=read_ms(told.get("duration_s", "")),
            disposition=disposition,
            answered_by=WHO.get(told.get("answered_by", ""), AnsweredBy.UNTOLD),
            campaign=told.get("campaign", ""),
            opt_out_us=maybe(told.get("opted_out_at", "")),
            prerecorded={"yes": 1, "no": 0}.get(told.get("prerecorded", ""), -1),
        )
        return Leg(call)


def open_layout(head: str, reading: Reading) -> Layout:
    """BadInput where a column of the schema is missing."""
    if head.lstrip("\ufeff \r\n\t").startswith("{"):
        maker = _Maker(reading, int(sum(BITS.values())))
        return Layout(json_rows("calls"), maker.group, maker.leg, maker.told)
    names = first_row(head, ",")
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise BadInput(
            f"The file is not of {SCHEMA}: a column is missing.",
            what=missing[0],
            next="Export it again with `rightsdesk campaign records export`.",
        )
    maker = _Maker(reading, int(sum(bit for name, bit in BITS.items() if name in names)))

    def rows(text: IO[str]) -> Any:
        for number, row in enumerate(csv_rows(text)):
            if isinstance(row, Unread):
                yield row
            elif number:
                yield Row(row.line, dict(zip(names, row.cells, strict=False)))

    return Layout(rows, maker.group, maker.leg, maker.told)


OWN = Format(
    name="rightsdesk",
    title=f"This product's own export ({SCHEMA})",
    source="docs/call-records.md",
    verified="verified",
    golden=("own.json", "own.csv"),
    zone=ZoneRule.UTC,
    key="call_id",
    proves=marks("Y Y Y Y P Y Y Y Y -"),
    looks_like=looks_like,
    open=open_layout,
)
