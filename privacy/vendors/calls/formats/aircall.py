"""Aircall calls: pages of its API, or a stream of its events, as JSON. Pure.

Times are Unix seconds. An event holds the call as `data` and comes again while the call goes
on: the newest one of a call is kept. Names from public samples of events.
"""

from __future__ import annotations

from typing import Any

from privacy.vendors.calls.building import (
    OPT_OUTS,
    absolute,
    between_ms,
    content_key,
    fold,
    objects,
    part,
    word,
)
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
from privacy.vendors.calls.numbering import NONE
from privacy.vendors.calls.record import UNTOLD, Column, Disposition, VendorCall
from privacy.vendors.calls.texts import json_rows

TOLD = int(
    Column.CALLED
    | Column.CALLER
    | Column.AT
    | Column.ANSWERED
    | Column.ENDED
    | Column.RING
    | Column.TALK
    | Column.DISPOSITION
    | Column.KEY
)


def looks_like(head: str) -> int:
    return 2 * int('"raw_digits"' in head and '"started_at"' in head)


class _Maker:
    def __init__(self, reading: Reading) -> None:
        self._numbers, self._opt_outs = reading.numbers, OPT_OUTS | reading.opt_outs

    def group(self, row: Row) -> str:
        """id."""
        return word(_call(row).get("id")) or content_key(row.cells)

    def leg(self, row: Row) -> Leg | Aside:
        told = _call(row)
        if word(told.get("direction")) != "outbound":
            return Aside(row.line, "inbound")
        at, answered, ended = (
            self._instant(row, name) for name in ("started_at", "answered_at", "ended_at")
        )
        if at == UNTOLD:
            raise BadRow("at", "no_sure_instant")
        raw, shown = word(told.get("raw_digits")), word(part(told, "number", "digits"))
        called = self._numbers.read(raw)
        caller = self._numbers.read(shown) if shown else NONE
        here = answered != UNTOLD
        tags = {fold(word(each.get("name"))) for each in objects(told.get("tags"))}
        call = VendorCall(
            rows=(row.line,),
            key=self.group(row),
            columns=TOLD | (int(Column.OPT_OUT) if "tags" in told else 0),
            called_raw=raw,
            called=called.e164,
            called_state=called.state,
            caller=caller.e164,
            caller_state=caller.state,
            at_us=at,
            answered_us=answered,
            ended_us=ended,
            ring_ms=between_ms(at, answered if here else ended),
            talk_ms=between_ms(answered, ended) if here else 0,
            disposition=Disposition.ANSWERED if here else Disposition.NO_ANSWER,
            opt_out_us=(ended if ended != UNTOLD else at) if tags & self._opt_outs else UNTOLD,
        )
        sent = word(row.cells.get("timestamp"))
        return Leg(
            call,
            rank=int(here),
            version=int(sent) if sent.isdecimal() and len(sent) < 16 else 0,
            copy=word(told.get("id")),
        )

    def _instant(self, row: Row, name: str) -> int:
        text = word(_call(row).get(name))
        return absolute(text, name) if text else UNTOLD


def _call(row: Row) -> dict[str, Any]:
    """The call of a record: itself, or what an event tells of."""
    told = row.cells.get("data")
    return told if isinstance(told, dict) and "raw_digits" in told else dict(row.cells)


def open_layout(head: str, reading: Reading) -> Layout:
    maker = _Maker(reading)
    return Layout(json_rows("calls"), maker.group, maker.leg, TOLD)


AIRCALL = Format(
    name="aircall",
    title="Aircall calls (JSON)",
    source="public samples of its events; pages of its API as remembered",
    verified="practice",
    golden=("aircall.json",),
    zone=ZoneRule.EPOCH,
    key="id; the newest event",
    proves=marks("Y Y Y - - - P Y - -"),
    looks_like=looks_like,
    open=open_layout,
)
