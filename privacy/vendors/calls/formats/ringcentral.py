"""RingCentral call log: JSON records, legs in the detailed view only. Pure.

A transfer's Disconnected with a reason is not the end: records of one sessionId are one call.
"""

from __future__ import annotations

from privacy.vendors.calls.building import (
    DISPOSITIONS,
    MACHINES,
    absolute,
    after,
    content_key,
    fold,
    part,
    word,
)
from privacy.vendors.calls.form import Aside, Format, Layout, Leg, Reading, Row, ZoneRule, marks
from privacy.vendors.calls.instants import read_ms
from privacy.vendors.calls.numbering import NONE
from privacy.vendors.calls.record import AnsweredBy, Column, Disposition, VendorCall
from privacy.vendors.calls.texts import json_rows

TOLD = int(
    Column.CALLED
    | Column.CALLER
    | Column.AT
    | Column.ENDED
    | Column.TALK
    | Column.DISPOSITION
    | Column.KEY
)


def looks_like(head: str) -> int:
    return 2 * int('"sessionId"' in head and '"result"' in head and '"startTime"' in head)


class _Maker:
    def __init__(self, reading: Reading) -> None:
        self._numbers = reading.numbers

    def group(self, row: Row) -> str:
        """sessionId, else id."""
        found = word(row.cells.get("sessionId")) or word(row.cells.get("id"))
        return found or content_key(row.cells)

    def leg(self, row: Row) -> Leg | Aside:
        told = row.cells
        if word(told.get("type")) not in ("", "Voice"):
            return Aside(row.line, "no_voice")
        if word(told.get("direction")) != "Outbound":
            return Aside(row.line, "inbound")
        at = absolute(word(told.get("startTime")) or "-")
        said = fold(word(told.get("result")))
        disposition = DISPOSITIONS.get(said, Disposition.UNTOLD)
        raw = word(part(told, "to", "phoneNumber")) or word(part(told, "to", "extensionNumber"))
        called = self._numbers.read(raw)
        shown = word(part(told, "from", "phoneNumber"))
        caller = self._numbers.read(shown) if shown else NONE
        length = read_ms(word(told.get("duration")))
        answered = disposition is Disposition.ANSWERED
        call = VendorCall(
            rows=(row.line,),
            key=self.group(row),
            columns=TOLD,
            called_raw=raw,
            called=called.e164,
            called_state=called.state,
            caller=caller.e164,
            caller_state=caller.state,
            at_us=at,
            ended_us=after(at, length),
            talk_ms=length if answered else 0,
            disposition=disposition,
            answered_by=AnsweredBy.MACHINE if said in MACHINES else AnsweredBy.UNTOLD,
        )
        return Leg(call, rank=int(answered))


def open_layout(head: str, reading: Reading) -> Layout:
    maker = _Maker(reading)
    return Layout(json_rows("records"), maker.group, maker.leg, TOLD)


RINGCENTRAL = Format(
    name="ringcentral",
    title="RingCentral call log (JSON)",
    source="ringcentral-api-docs",
    verified="verified",
    golden=("ringcentral.json",),
    zone=ZoneRule.OFFSET,
    key="sessionId, else id",
    proves=marks("Y Y Y - - - - - - -"),
    looks_like=looks_like,
    open=open_layout,
)
