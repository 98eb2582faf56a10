"""Twilio Calls resource: pages of the API as JSON. Pure.

Times are RFC 2822 with an offset. `completed` says only that somebody or something answered;
`answered_by` is there only with machine detection. The leg to the consumer is the one that
the API placed; where a call has two legs to outside numbers, `--consumer-leg` says which.
"""

from __future__ import annotations

import re

from privacy.vendors.calls.building import after, content_key, word
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
from privacy.vendors.calls.instants import BadInstant, read_ms, read_rfc2822
from privacy.vendors.calls.record import (
    UNTOLD,
    AnsweredBy,
    Column,
    Disposition,
    NumberState,
    VendorCall,
)
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
STATUSES = {
    "completed": Disposition.ANSWERED,
    "busy": Disposition.BUSY,
    "failed": Disposition.FAILED,
    "no-answer": Disposition.NO_ANSWER,
    "canceled": Disposition.CANCELLED,
    "queued": Disposition.UNTOLD,
    "ringing": Disposition.UNTOLD,
    "in-progress": Disposition.UNTOLD,
    "initiated": Disposition.UNTOLD,
}
PARENT, CHILD = "parent", "child"
_SID = re.compile(r'"sid"\s*:\s*"CA')


def looks_like(head: str) -> int:
    return 2 * int(bool(_SID.search(head)) and '"parent_call_sid"' in head)


class _Maker:
    def __init__(self, reading: Reading) -> None:
        self._numbers = reading.numbers
        self._child_first = reading.consumer_leg == CHILD

    def group(self, row: Row) -> str:
        """The parent's id, else its own."""
        found = word(row.cells.get("parent_call_sid")) or word(row.cells.get("sid"))
        return found or content_key(row.cells)

    def leg(self, row: Row) -> Leg | Aside:
        told = row.cells
        direction, status = word(told.get("direction")), word(told.get("status"))
        if direction.startswith("inbound"):
            return Aside(row.line, "inbound")
        if status not in STATUSES:
            raise BadRow("disposition", "unknown_word")
        start = self._instant(told.get("start_time"))
        if start == UNTOLD:
            start = self._instant(told.get("date_created"))
        if start == UNTOLD:
            raise BadRow("at", "no_sure_instant")
        end = self._instant(told.get("end_time"))
        called = self._numbers.read(word(told.get("to")))
        caller = self._numbers.read(word(told.get("from")))
        disposition = STATUSES[status]
        talk = read_ms(word(told.get("duration"))) if disposition is Disposition.ANSWERED else 0
        by = word(told.get("answered_by"))
        call = VendorCall(
            rows=(row.line,),
            key=self.group(row),
            # Without machine detection nobody looked who answered: the column is not there.
            columns=TOLD | (int(Column.ANSWERED_BY) if by else 0),
            called_raw=word(told.get("to")),
            called=called.e164,
            called_state=called.state,
            caller=caller.e164,
            caller_state=caller.state,
            at_us=start,
            ended_us=end if end != UNTOLD else after(start, talk),
            talk_ms=talk,
            disposition=disposition,
            answered_by=_answered_by(by),
        )
        outside = called.state is NumberState.TOLD
        child = bool(word(told.get("parent_call_sid")))
        return Leg(call, rank=2 * outside + (child == self._child_first))

    def _instant(self, cell: object) -> int:
        text = word(cell)
        if not text:
            return UNTOLD
        try:
            return read_rfc2822(text)
        except BadInstant as bad:
            raise BadRow("at", bad.reason) from None


def _answered_by(text: str) -> AnsweredBy:
    if not text:
        return AnsweredBy.UNTOLD
    if text == "human":
        return AnsweredBy.PERSON
    return AnsweredBy.MACHINE if text.startswith(("machine", "fax")) else AnsweredBy.UNKNOWN


def open_layout(head: str, reading: Reading) -> Layout:
    maker = _Maker(reading)
    return Layout(json_rows("calls"), maker.group, maker.leg, TOLD | int(Column.ANSWERED_BY))


TWILIO = Format(
    name="twilio",
    title="Twilio Calls resource (JSON)",
    source="twilio-oai, description of the API",
    verified="verified",
    golden=("twilio.json",),
    zone=ZoneRule.OFFSET,
    key="parent_call_sid, else sid",
    proves=marks("Y Y Y P - - - - - -"),
    looks_like=looks_like,
    open=open_layout,
)
