"""Cisco CUCM CDR: line 1 names, line 2 types, then rows. Pure.

Times are epoch seconds in UTC. CMR files look alike and are refused: they are measurements
of quality. Calls of no length are absent unless a service parameter is on; a file without
any is a finding of completeness.
"""

from __future__ import annotations

from privacy.errors import BadInput
from privacy.vendors.calls.building import absolute, between_ms, cell, content_key, header_of
from privacy.vendors.calls.causes import of_number
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
from privacy.vendors.calls.instants import read_ms
from privacy.vendors.calls.record import UNTOLD, Column, EndedBy, VendorCall
from privacy.vendors.calls.texts import first_row, with_header

TOLD = int(
    Column.CALLED
    | Column.CALLER
    | Column.AT
    | Column.ANSWERED
    | Column.ENDED
    | Column.RING
    | Column.TALK
    | Column.DISPOSITION
    | Column.ENDED_BY
    | Column.KEY
)
CDR, CMR = "1", "2"
QUALITY = ("numberpacketssent", "numberpacketslost", "jitter")


def looks_like(head: str) -> int:
    names = header_of(first_row(head, ","))
    return 2 * int("cdrrecordtype" in names and any("globalcallid" in name for name in names))


def open_layout(head: str, reading: Reading) -> Layout:
    """BadInput for a CMR file."""
    places = header_of(first_row(head, ","))
    if any(name in places for name in QUALITY):
        raise BadInput(
            "This is a CMR file: measurements of quality, and no calls.",
            what="file",
            next="Give the files whose names begin with cdr_, not cmr_.",
        )
    maker = _Maker(reading, places)
    return Layout(lambda text: with_header(text, ",", skip=2), maker.group, maker.leg, TOLD)


class _Maker:
    def __init__(self, reading: Reading, places: dict[str, int]) -> None:
        self._numbers, self._places = reading.numbers, places

    def group(self, row: Row) -> str:
        """The global call id: manager, cluster, call."""
        names = (
            "globalcallid clusterid",
            "globalcallid callmanagerid",
            "globalcallid callid",
        )
        found = [cell(row, self._places, name) for name in names]
        return "/".join(found) if found[-1] else content_key(row.cells)

    def leg(self, row: Row) -> Leg | Aside:
        kind = cell(row, self._places, "cdrrecordtype")
        if kind == CMR:
            return Aside(row.line, "quality_record")
        if kind != CDR:
            raise BadRow("cdrrecordtype", "unknown_word")
        at = self._instant(row, "datetimeorigination")
        if at == UNTOLD:
            raise BadRow("at", "no_sure_instant")
        answered = self._instant(row, "datetimeconnect")
        ended = self._instant(row, "datetimedisconnect")
        raw = cell(row, self._places, "originalcalledpartynumber", "finalcalledpartynumber")
        called = self._numbers.read(raw)
        caller = self._numbers.read(
            cell(row, self._places, "outpulsedcallingpartynumber")
            or cell(row, self._places, "callingpartynumber")
        )
        here = answered != UNTOLD
        cause = self._cause(row, "destcause value") or self._cause(row, "origcause value")
        talk = read_ms(cell(row, self._places, "duration")) if here else 0
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
            answered_us=answered,
            ended_us=ended,
            ring_ms=between_ms(at, answered if here else ended),
            talk_ms=talk,
            disposition=of_number(cause, answered=here),
            ended_by=self._ended_by(row),
        )
        return Leg(call, rank=int(here))

    def _instant(self, row: Row, name: str) -> int:
        text = cell(row, self._places, name)
        return absolute(text, name) if text.strip("0") else UNTOLD

    def _cause(self, row: Row, name: str) -> str:
        text = cell(row, self._places, name)
        return "" if text == "0" else text

    def _ended_by(self, row: Row) -> EndedBy:
        """The side that released the call has the cause; the other has 0 (Cisco's guide)."""
        origin = self._cause(row, "origcause value")
        called = self._cause(row, "destcause value")
        if bool(origin) == bool(called):
            return EndedBy.UNTOLD
        return EndedBy.CALLER if origin else EndedBy.CALLED


CUCM = Format(
    name="cucm",
    title="Cisco CUCM CDR",
    source="Cisco Call Detail Records guide, release 14",
    verified="verified",
    golden=("cucm.csv",),
    zone=ZoneRule.EPOCH,
    key="globalCallID (cluster, manager, call)",
    proves=marks("Y Y Y - - - - Y - -"),
    looks_like=looks_like,
    open=open_layout,
    refuses=("cucm-cmr.csv",),
)
