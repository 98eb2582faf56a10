"""VICIdial: the call report export, and the older AST_call_log_export. Pure.

`call_date` is the server's clock; `gmt_offset_now` is the lead's offset as it is now, and
never used. Statuses are the shipped ones, or those of the vendor's own table (--statuses).
DNCL and DNCC were stopped before dialing. Names, addresses, mails and birth dates of the
export are not even read.
"""

from __future__ import annotations

from privacy.errors import BadInput
from privacy.vendors.calls.building import after, cell, content_key, header_of, local, need_clock
from privacy.vendors.calls.form import (
    Aside,
    Format,
    Layout,
    Leg,
    Reading,
    Row,
    ZoneRule,
    marks,
)
from privacy.vendors.calls.formats.vicidial_status import Told, told_by
from privacy.vendors.calls.instants import LocalClock, read_ms
from privacy.vendors.calls.numbering import NONE
from privacy.vendors.calls.record import UNTOLD, Column, Disposition, VendorCall
from privacy.vendors.calls.texts import first_row, with_header

TITLE = "VICIdial call report export"
REPORT = (
    "call_date",
    "phone_number_dialed",
    "status",
    "user",
    "full_name",
    "campaign_id",
    "vendor_lead_code",
    "source_id",
    "list_id",
    "gmt_offset_now",
    "phone_code",
    "phone_number",
    "title",
    "first_name",
    "middle_initial",
    "last_name",
    "address1",
    "address2",
    "address3",
    "city",
    "state",
    "province",
    "postal_code",
    "country_code",
    "gender",
    "date_of_birth",
    "alt_phone",
    "email",
    "security_phrase",
    "comments",
    "length_in_sec",
    "user_group",
    "alt_dial",
    "rank",
    "owner",
    "lead_id",
)
CALL_LOG = (
    "call_date",
    "phone_number",
    "vendor_id",
    "status",
    "user",
    "first_name",
    "last_name",
    "lead_id",
    "list_id",
    "campaign_id",
    "length_in_sec",
    "source_id",
)
TOLD = int(
    Column.CALLED
    | Column.AT
    | Column.TALK
    | Column.RING
    | Column.DISPOSITION
    | Column.ANSWERED_BY
    | Column.CAMPAIGN
    | Column.OPT_OUT
    | Column.PRERECORDED
    | Column.KEY
)
RINGS = int(Column.ANSWERED | Column.ENDED)
SHOWN = "dial log outbound cid"


def looks_like(head: str) -> int:
    if head.replace("|", "\t").lstrip("\ufeff").startswith("call_date\tphone_number_dialed\t"):
        return 2
    cells = first_row(head, "\t", quoted=False)
    if len(cells) >= len(REPORT) and _stamp(cells[0]) and cells[1].isdecimal():
        return int(0 < len(cells[2]) <= 6)
    return int(_log_delimiter(head) != "")


def _stamp(text: str) -> bool:
    return len(text) == 19 and text[4] == "-" and text[10] == " "


def _log_delimiter(head: str) -> str:
    for delimiter in ("\t", "|"):
        cells = first_row(head, delimiter)
        if len(cells) == len(CALL_LOG) and _stamp(cells[0]) and 0 < len(cells[3]) <= 6:
            return delimiter
    return ""


def open_layout(head: str, reading: Reading) -> Layout:
    """BadInput where no zone was declared."""
    clock = need_clock(reading, TITLE)
    delimiter = _log_delimiter(head)
    if delimiter:
        names: list[str] = list(CALL_LOG)
        skip = 0
    else:
        # The report's shorter variants are written with bars.
        delimiter = "|" if head.lstrip("\ufeff").startswith("call_date|") else "\t"
        names = first_row(head, delimiter, quoted=False)
        skip = int("call_date" in names)
        if not skip and len(names) < len(REPORT):
            raise BadInput(
                f"A row has {len(names)} columns; {TITLE} has 36 or more.",
                what="file",
                next="Ask for the export with its header row.",
            )
        names = names if skip else list(REPORT)
    maker = _Maker(clock, reading, header_of(names))
    return Layout(
        lambda text: with_header(text, delimiter, skip=skip, quoted=False),
        maker.group,
        maker.leg,
        maker.told,
    )


class _Maker:
    def __init__(self, clock: LocalClock, reading: Reading, places: dict[str, int]) -> None:
        self._clock, self._numbers, self._places = clock, reading.numbers, places
        self._statuses = reading.statuses
        self.told = TOLD
        if "dial time" in places:
            self.told |= RINGS
        if SHOWN in places:
            self.told |= int(Column.CALLER)

    def group(self, row: Row) -> str:
        """uniqueid where the extended export has it, else lead, instant and number."""
        unique = cell(row, self._places, "uniqueid")
        if unique:
            return unique
        names = ("lead id", "call date", "phone number dialed", "phone number")
        return content_key([cell(row, self._places, name) for name in names])

    def leg(self, row: Row) -> Leg | Aside:
        at = local(self._clock, cell(row, self._places, "call date"))
        status = told_by(cell(row, self._places, "status"), self._statuses)
        if status.aside:
            return Aside(row.line, status.aside)
        answered = status.disposition in (Disposition.ANSWERED, Disposition.ABANDONED)
        talk = read_ms(cell(row, self._places, "length in sec"))
        ring = self._ring(row)
        if not answered:
            # Of a call that nobody answered the length is that of its ringing; 0 is not told.
            ring, talk = talk or ring, 0
        raw = number_of(row, self._places)
        called = self._numbers.read(raw)
        shown = cell(row, self._places, SHOWN)
        caller = self._numbers.read(shown) if SHOWN in self._places else NONE
        call = VendorCall(
            rows=(row.line,),
            key=self.group(row),
            columns=self.told,
            called_raw=raw,
            called=called.e164,
            called_state=called.state,
            caller=caller.e164,
            caller_state=caller.state,
            at_us=at.at_us,
            second_us=at.second_us,
            answered_us=after(at.at_us, ring) if answered else UNTOLD,
            ended_us=after(at.at_us, ring, talk),
            ring_ms=ring,
            talk_ms=talk,
            disposition=status.disposition,
            answered_by=status.by,
            campaign=cell(row, self._places, "campaign id"),
            opt_out_us=_opted_out(status, at.at_us, (ring, talk)),
            prerecorded=status.prerecorded,
        )
        return Leg(call, rank=int(answered))

    def _ring(self, row: Row) -> int:
        """What the extended export tells: the whole dialling time less the answered part."""
        dialled = read_ms(cell(row, self._places, "dial time"))
        answered = read_ms(cell(row, self._places, "answered time") or "0")
        if UNTOLD in (dialled, answered) or answered > dialled:
            return UNTOLD
        return dialled - answered


def number_of(row: Row, places: dict[str, int]) -> str:
    """The number as it was dialled, with the country code that stands beside it."""
    number = cell(row, places, "phone number dialed", "phone number")
    code = cell(row, places, "phone code")
    return f"+{code}{number}" if code.isdecimal() and number.isdecimal() else number


def _opted_out(status: Told, at_us: int, lengths_ms: tuple[int, int]) -> int:
    """When the person said so: at the latest when the call ended, by the lengths that are told."""
    if not status.opt_out:
        return UNTOLD
    return after(at_us, *(length for length in lengths_ms if length != UNTOLD))


VICIDIAL = Format(
    name="vicidial",
    title=TITLE,
    source="call_report_export.php, AST_call_log_export.pl, first_server_install.sql",
    verified="verified",
    golden=("vicidial-report.txt", "vicidial-log.txt"),
    zone=ZoneRule.DECLARED,
    key="uniqueid, else lead_id with call_date and number",
    proves=marks("Y - P P - Y Y P P -"),
    looks_like=looks_like,
    open=open_layout,
)
