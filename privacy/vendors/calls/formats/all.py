"""Every format, and which one a text is of. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from privacy.errors import BadInput
from privacy.vendors.calls.form import Format
from privacy.vendors.calls.formats.aircall import AIRCALL
from privacy.vendors.calls.formats.asterisk import ASTERISK
from privacy.vendors.calls.formats.connect import CONNECT
from privacy.vendors.calls.formats.cucm import CUCM
from privacy.vendors.calls.formats.freeswitch_csv import FREESWITCH_CSV
from privacy.vendors.calls.formats.freeswitch_json import FREESWITCH_JSON
from privacy.vendors.calls.formats.genesys import GENESYS
from privacy.vendors.calls.formats.mapped import MAPPED
from privacy.vendors.calls.formats.own import OWN
from privacy.vendors.calls.formats.ringcentral import RINGCENTRAL
from privacy.vendors.calls.formats.tables import (
    FIVE9_FORMAT,
    SINCH_FORMAT,
    TELNYX_FORMAT,
    THREECX_FORMAT,
)
from privacy.vendors.calls.formats.twilio import TWILIO
from privacy.vendors.calls.formats.vicidial import VICIDIAL
from privacy.vendors.calls.formats.vicidial_tables import VICIDIAL_TABLES

FORMATS: tuple[Format, ...] = (
    ASTERISK,
    FREESWITCH_CSV,
    FREESWITCH_JSON,
    VICIDIAL,
    VICIDIAL_TABLES,
    TWILIO,
    FIVE9_FORMAT,
    GENESYS,
    RINGCENTRAL,
    CONNECT,
    CUCM,
    THREECX_FORMAT,
    AIRCALL,
    TELNYX_FORMAT,
    SINCH_FORMAT,
    MAPPED,
    OWN,
)
NAMES = tuple(each.name for each in FORMATS)


def named(name: str) -> Format:
    """The format of that name. BadInput."""
    found = next((each for each in FORMATS if each.name == name), None)
    if found is None:
        raise BadInput(
            "There is no such format.",
            what="--format",
            next=f"One of: {', '.join(NAMES)}.",
        )
    return found


def detect(head: str) -> Format:
    """The one format that a text is of. BadInput where it is none, or could be several."""
    told = [(each.looks_like(head), each) for each in FORMATS]
    best = max(sure for sure, _ in told)
    found: Sequence[Format] = [each for sure, each in told if sure == best and sure]
    if len(found) == 1:
        return found[0]
    if found:
        raise BadInput(
            f"The file could be {' or '.join(each.name for each in found)}.",
            what="file",
            next="Name the format with --format.",
        )
    shape = "JSON" if head.lstrip("\ufeff \r\n\t")[:1] in ("{", "[") else "text"
    raise BadInput(
        f"This {shape} is of no format of call records that is known here.",
        what="file",
        next="Name it with --format (see `rightsdesk vendor calls formats`), or give --mapping"
        " for a CSV.",
    )
