"""VICIdial statuses: what the shipped ones mean, and a vendor's own table of them. Pure.

Source: first_server_install.sql. A campaign may define them anew; then the vendor's table is
imported with its calls.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import NamedTuple

from privacy.errors import BadInput
from privacy.vendors.calls.building import YES, cell, header_of
from privacy.vendors.calls.form import Row, Status
from privacy.vendors.calls.record import AnsweredBy, Disposition
from privacy.vendors.calls.texts import first_row, with_header


class Told(NamedTuple):
    """What a status says of a call. `aside`: why it is none."""

    disposition: Disposition
    by: AnsweredBy
    opt_out: bool = False
    prerecorded: int = -1
    aside: str = ""


_A, _D = AnsweredBy, Disposition
PERSON = Told(_D.ANSWERED, _A.PERSON)
MACHINE = Told(_D.ANSWERED, _A.MACHINE)
SURVEY = Told(_D.ANSWERED, _A.UNKNOWN, prerecorded=1)
# Nobody said who answered: the caller hung up, the call is open, the word is the vendor's own.
OPEN = Told(_D.UNTOLD, _A.UNKNOWN)
INBOUND = Told(_D.UNTOLD, _A.UNTOLD, aside="inbound")
BLOCKED = Told(_D.BLOCKED, _A.UNTOLD)
SHIPPED: dict[str, Told] = {
    **dict.fromkeys(("CALLBK", "CBHOLD", "DEC", "SALE", "NI", "NP", "XFER", "RQXFER"), PERSON),
    "DNC": PERSON._replace(opt_out=True),
    **dict.fromkeys(("DNCL", "DNCC"), BLOCKED),
    **dict.fromkeys(("DROP", "PDROP"), Told(_D.ABANDONED, _A.PERSON)),
    **dict.fromkeys(("XDROP", "TIMEOT", "AFTHRS", "NANQUE"), INBOUND),
    **dict.fromkeys(("A", "AA", "AM", "AL"), MACHINE),
    **dict.fromkeys(("NA", "N"), Told(_D.NO_ANSWER, _A.UNTOLD)),
    **dict.fromkeys(("AB", "B"), Told(_D.BUSY, _A.UNTOLD)),
    **dict.fromkeys(("DC", "ADC"), Told(_D.FAILED, _A.UNTOLD)),
    "AFAX": Told(_D.ANSWERED, _A.MACHINE),
    "PM": MACHINE._replace(prerecorded=1),
    "PU": SURVEY,
    **dict.fromkeys(("SVYEXT", "SVYHU", "SVYREC"), SURVEY),
    "SVYVM": MACHINE._replace(prerecorded=1),
}


def told_by(status: str, own: Mapping[str, Status]) -> Told:
    """What a status means: by the vendor's own table first, then as shipped.

    One that neither knows leaves open who answered and whether anybody did.
    """
    shipped = SHIPPED.get(status, OPEN)
    theirs = own.get(status)
    if theirs is None or shipped.aside or shipped is BLOCKED:
        return shipped
    if theirs.person:
        kept = shipped.disposition is Disposition.ABANDONED
        disposition = Disposition.ABANDONED if kept else Disposition.ANSWERED
        return Told(disposition, AnsweredBy.PERSON, theirs.opt_out, shipped.prerecorded)
    return shipped._replace(opt_out=theirs.opt_out)


def read_statuses(text: str) -> dict[str, Status]:
    """A status table with its header row (`vicidial_statuses`), tab or comma. BadInput."""
    delimiter = "\t" if "\t" in text.partition("\n")[0] else ","
    places = header_of(first_row(text, delimiter))
    if not {"status", "human answered", "dnc"} <= places.keys():
        raise BadInput(
            "That is no table of statuses.",
            what="--statuses",
            next="Export vicidial_statuses with its header: status, human_answered, dnc ...",
        )
    found = {}
    for row in with_header(io.StringIO(text), delimiter):
        if isinstance(row, Row):
            found[cell(row, places, "status")] = Status(
                cell(row, places, "human answered").casefold() in YES,
                cell(row, places, "dnc").casefold() in YES,
            )
    return found
