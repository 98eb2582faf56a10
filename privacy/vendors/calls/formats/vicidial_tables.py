"""VICIdial tables as they stand: vicidial_log, and beside it dial, agent and carrier log. Pure.

`start_epoch` is absolute, so no zone is declared. Only vicidial_dial_log knows the calling
number (schema 1325 and later), vicidial_agent_log when an agent came, vicidial_carrier_log
how long it rang. Give the files together: rows of one `uniqueid` are one call.
"""

from __future__ import annotations

from privacy.vendors.calls.building import absolute, after, cell, content_key, header_of
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
from privacy.vendors.calls.formats.vicidial import number_of
from privacy.vendors.calls.formats.vicidial_status import told_by
from privacy.vendors.calls.instants import read_ms
from privacy.vendors.calls.numbering import NONE
from privacy.vendors.calls.record import (
    NO_NUMBER,
    UNTOLD,
    Column,
    Disposition,
    EndedBy,
    NumberState,
    VendorCall,
)
from privacy.vendors.calls.texts import first_row, with_header

LOG = int(
    Column.CALLED
    | Column.AT
    | Column.ENDED
    | Column.TALK
    | Column.RING
    | Column.DISPOSITION
    | Column.ANSWERED_BY
    | Column.CAMPAIGN
    | Column.OPT_OUT
    | Column.PRERECORDED
    | Column.ENDED_BY
    | Column.KEY
)
NEEDED = {
    "log": {"uniqueid", "lead id", "start epoch", "status", "phone number"},
    "dial": {"uniqueid", "outbound cid"},
    "agent": {"uniqueid", "talk epoch"},
    "carrier": {"uniqueid", "dialstatus", "dial time"},
}
ENDS = {"CALLER": EndedBy.CALLED, "AGENT": EndedBy.CALLER, "ABANDON": EndedBy.CALLER}


def _delimiter(head: str) -> str:
    return "\t" if "\t" in head.partition("\n")[0] else ","


def _kind(head: str) -> str:
    names = header_of(first_row(head, _delimiter(head))).keys()
    if "phone number dialed" in names:
        return ""  # the extended report export, whose columns hold these too
    return next((kind for kind, needed in NEEDED.items() if needed <= names), "")


def looks_like(head: str) -> int:
    return 2 * int(_kind(head) != "")


def open_layout(head: str, reading: Reading) -> Layout:
    delimiter, kind = _delimiter(head), _kind(head) or "log"
    places = header_of(first_row(head, delimiter))
    maker = _Maker(reading, places, kind)
    return Layout(
        lambda text: with_header(text, delimiter, quoted=delimiter != "\t"),
        maker.group,
        maker.leg,
        {"log": LOG, "dial": int(Column.CALLER), "agent": int(Column.AGENT)}.get(
            kind, int(Column.RING | Column.ANSWERED)
        ),
    )


class _Maker:
    def __init__(self, reading: Reading, places: dict[str, int], kind: str) -> None:
        self._numbers, self._statuses = reading.numbers, reading.statuses
        self._places, self._kind = places, kind

    def group(self, row: Row) -> str:
        """uniqueid."""
        return self._cell(row, "uniqueid") or content_key(row.cells)

    def leg(self, row: Row) -> Leg | Aside:
        makers = {"dial": self._dial, "agent": self._agent, "carrier": self._carrier}
        return makers.get(self._kind, self._log)(row)

    def _cell(self, row: Row, *names: str) -> str:
        text = cell(row, self._places, *names)
        return "" if text in ("NULL", "\\N") else text

    def _log(self, row: Row) -> Leg | Aside:
        status = told_by(self._cell(row, "status"), self._statuses)
        if status.aside:
            return Aside(row.line, status.aside)
        epoch = self._cell(row, "start epoch")
        if not epoch:
            raise BadRow("at", "no_sure_instant")
        at = absolute(epoch)
        answered = status.disposition in (Disposition.ANSWERED, Disposition.ABANDONED)
        length = read_ms(self._cell(row, "length in sec"))
        ring, talk = (UNTOLD, length) if answered else (length or UNTOLD, 0)
        end = self._cell(row, "end epoch")
        ended = absolute(end, "end") if end.strip("0") else after(at, length)
        raw = number_of(row, self._places)
        called = self._numbers.read(raw)
        call = VendorCall(
            rows=(row.line,),
            key=self.group(row),
            columns=LOG,
            called_raw=raw,
            called=called.e164,
            called_state=called.state,
            at_us=at,
            ended_us=ended,
            ring_ms=ring,
            talk_ms=talk,
            disposition=status.disposition,
            answered_by=status.by,
            ended_by=ENDS.get(self._cell(row, "term reason"), EndedBy.UNTOLD),
            campaign=self._cell(row, "campaign id"),
            opt_out_us=(at if ended == UNTOLD else ended) if status.opt_out else UNTOLD,
            prerecorded=status.prerecorded,
        )
        return Leg(call, rank=int(answered))

    def _part(self, row: Row, columns: Column, **told: object) -> Leg:
        call = VendorCall(
            (row.line,), self.group(row), int(columns), "", NO_NUMBER, NumberState.MISSING
        )
        return Leg(call._replace(**told), part=True)  # type: ignore[arg-type]

    def _dial(self, row: Row) -> Leg:
        text = self._cell(row, "outbound cid")
        found = self._numbers.read(text.rpartition("<")[2].rstrip("> ")) if text else NONE
        return self._part(row, Column.CALLER, caller=found.e164, caller_state=found.state)

    def _agent(self, row: Row) -> Leg:
        epoch = self._cell(row, "talk epoch")
        came = absolute(epoch, "agent") if epoch.strip("0") else UNTOLD
        return self._part(row, Column.AGENT, agent_us=came)

    def _carrier(self, row: Row) -> Leg:
        dialled = read_ms(self._cell(row, "dial time"))
        answered = read_ms(self._cell(row, "answered time") or "0")
        rang = UNTOLD if UNTOLD in (dialled, answered) else max(dialled - answered, 0)
        return self._part(row, Column.RING, ring_ms=rang)


VICIDIAL_TABLES = Format(
    name="vicidial-tables",
    title="VICIdial tables (vicidial_log and its neighbours)",
    source="first_server_install.sql, schema upgrades to 1325",
    verified="verified",
    golden=("vicidial_log.tsv", "vicidial_dial_log.tsv", "vicidial_agent_log.tsv",
            "vicidial_carrier_log.tsv"),
    zone=ZoneRule.EPOCH,
    key="uniqueid",
    proves=marks("Y Y Y P P Y Y P P -"),
    looks_like=looks_like,
    open=open_layout,
)  # fmt: skip
