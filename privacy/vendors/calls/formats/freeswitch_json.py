"""FreeSWITCH `mod_json_cdr`: one document a call. Pure.

Epoch microseconds are in `variables` and in `callflow[].times`; they are absolute, so no
zone is declared. Values may be URL-encoded. A header with the attestation is there only
where the vendor's dial plan puts it into a variable.
"""

from __future__ import annotations

from urllib.parse import unquote

from privacy.vendors.calls.building import (
    absolute,
    after,
    between_ms,
    content_key,
    objects,
    part,
    word,
)
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
from privacy.vendors.calls.instants import read_ms
from privacy.vendors.calls.numbering import NONE
from privacy.vendors.calls.record import (
    UNTOLD,
    Attestation,
    Column,
    Disposition,
    VendorCall,
)
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
    | Column.CAMPAIGN
    | Column.KEY
)
ATTESTED = "sip_stir_shaken_attest"
LEVELS = {"A": Attestation.A, "B": Attestation.B, "C": Attestation.C}


def looks_like(head: str) -> int:
    return 2 * int('"variables"' in head and ('"callflow"' in head or '"start_uepoch"' in head))


class _Maker:
    def __init__(self, reading: Reading) -> None:
        self._numbers = reading.numbers

    def group(self, row: Row) -> str:
        """The id that both legs of a call share, else the leg's own."""
        names = ("call_uuid", "originating_leg_uuid", "uuid")
        found = next(filter(None, (self._value(row, name) for name in names)), "")
        return found or content_key(row.cells)

    def leg(self, row: Row) -> Leg | Aside:
        if self._value(row, "direction") == "inbound":
            return Aside(row.line, "inbound")
        start, answer = self._instant(row, "start"), self._instant(row, "answer")
        if start == UNTOLD:
            raise BadRow("at", "no_sure_instant")
        end = self._instant(row, "end")
        answered = answer != UNTOLD
        profile = next(iter(objects(row.cells.get("callflow"))), {})
        dialled = unquote(word(part(profile, "caller_profile", "destination_number")))
        dialled = dialled or self._value(row, "destination_number")
        called = self._numbers.read(dialled)
        shown = self._value(row, "effective_caller_id_number", "caller_id_number")
        shown = shown or unquote(word(part(profile, "caller_profile", "caller_id_number")))
        caller = self._numbers.read(shown) if shown else NONE
        attested = self._value(row, ATTESTED).upper()
        ring = between_ms(start, answer if answered else end)
        talk = between_ms(answer, end) if answered else 0
        if talk == UNTOLD:
            talk = read_ms(self._value(row, "billsec"))
        call = VendorCall(
            rows=(row.line,),
            key=self.group(row),
            columns=TOLD | (int(Column.ATTESTATION) if attested else 0),
            called_raw=dialled,
            called=called.e164,
            called_state=called.state,
            caller=caller.e164,
            caller_state=caller.state,
            at_us=start,
            answered_us=answer,
            ended_us=end if end != UNTOLD else after(start, ring, talk),
            ring_ms=ring,
            talk_ms=talk,
            disposition=of_name(self._value(row, "hangup_cause"), answered=answered),
            campaign=self._value(row, "accountcode"),
            attestation=LEVELS.get(attested, Attestation.UNTOLD),
        )
        return Leg(call, rank=int(call.disposition is Disposition.ANSWERED))

    def _value(self, row: Row, *names: str) -> str:
        """The first of the variables that says something."""
        told = row.cells.get("variables")
        if not isinstance(told, dict):
            return ""
        return next(filter(None, (unquote(word(told.get(name))) for name in names)), "")

    def _instant(self, row: Row, name: str) -> int:
        """Microseconds where they are told, else seconds; 0 is never."""
        for text in (self._value(row, f"{name}_uepoch"), self._value(row, f"{name}_epoch")):
            if text and text.strip("0"):
                return absolute(text, "at" if name == "start" else name)
        return UNTOLD


def open_layout(head: str, reading: Reading) -> Layout:
    maker = _Maker(reading)
    return Layout(json_rows("cdrs"), maker.group, maker.leg, TOLD)


FREESWITCH_JSON = Format(
    name="freeswitch-json",
    title="FreeSWITCH mod_json_cdr",
    source="module documentation",
    verified="memory",
    golden=("freeswitch.json",),
    zone=ZoneRule.EPOCH,
    key="call_uuid, else uuid",
    proves=marks("Y Y P - - P - Y - P"),
    looks_like=looks_like,
    open=open_layout,
)
