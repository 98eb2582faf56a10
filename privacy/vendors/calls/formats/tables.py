"""Formats that are tables with named columns: Five9, 3CX, Telnyx batch reports, Sinch. Pure.

Where a source is not verified the names are those of the vendors' pages as remembered; a
file whose columns have other names needs a mapping file.
"""

from __future__ import annotations

from privacy.errors import BadInput
from privacy.vendors.calls.building import fold, header_of, need_clock
from privacy.vendors.calls.form import (
    Format,
    Layout,
    Reading,
    ZoneRule,
    marks,
)
from privacy.vendors.calls.record import Disposition
from privacy.vendors.calls.tabular import Plan, TableMaker
from privacy.vendors.calls.texts import first_row, with_header

OUT = frozenset({"outbound", "manual", "preview", "outgoing", "autodial", "power", "predictive"})
FIVE9 = Plan(
    title="Five9 Call Log report",
    columns={
        "key": ("call id",),
        "group": ("session id", "call id"),
        "at": ("timestamp",),
        "called": ("dnis",),
        "caller": ("ani",),
        "campaign": ("campaign",),
        "disposition": ("disposition",),
        "direction": ("call type",),
        "ring_s": ("ring time",),
        "talk_s": ("talk time",),
        "duration_s": ("call time",),
        "to_agent_s": ("queue wait time", "speed of answer"),
    },
    machines=frozenset({"answering machine", "fax", "voicemail"}),
    people=frozenset({"declined", "transferred to 3rd party", "live answer"}),
    outbound=OUT,
)
THREECX_FIELDS = (
    "historyid",
    "callid",
    "duration",
    "time-start",
    "time-answered",
    "time-end",
    "reason-terminated",
    "from-no",
    "to-no",
    "from-dn",
    "to-dn",
    "dial-no",
    "reason-changed",
    "final-number",
    "final-dn",
    "bill-code",
    "bill-rate",
    "bill-cost",
    "bill-name",
    "chain",
    "from-type",
    "to-type",
    "final-type",
    "from-dispname",
    "to-dispname",
    "final-dispname",
    "missed-queue-calls",
)
THREECX = Plan(
    title="3CX CDR",
    columns={
        "key": ("historyid",),
        "group": ("callid", "historyid"),
        "at": ("time start",),
        "answered_at": ("time answered",),
        "ended_at": ("time end",),
        "duration_s": ("duration",),
        "called": ("dial no", "final number", "to no"),
        "caller": ("from no",),
        "ended_by": ("reason terminated",),
    },
)
TELNYX = Plan(
    title="Telnyx batch CDR report",
    columns={
        "key": ("sip call id", "id"),
        "at": ("start timestamp", "start timestamp utc"),
        "answered_at": ("answer timestamp",),
        "ended_at": ("end timestamp",),
        "called": ("terminating number",),
        "caller": ("origination number",),
        "direction": ("direction",),
    },
    outbound=OUT,
)
SINCH = Plan(
    title="Sinch voice CDR",
    columns={
        "key": ("callid",),
        "at": ("calltime",),
        "answered_at": ("answertime",),
        "talk_s": ("duration",),
        "disposition": ("result",),
        "called": ("to",),
        "caller": ("from",),
    },
    words={"noanswer": Disposition.NO_ANSWER},
)


def _named(head: str, delimiter: str, *names: str) -> int:
    return 2 * int(set(names) <= header_of(first_row(head, delimiter)).keys())


def _layout(plan: Plan, delimiter: str, head: str, reading: Reading, *needed: str) -> Layout:
    """BadInput where a column is not found by name, or a zone is wanted and not declared."""
    places = plan.found(header_of(first_row(head, delimiter)))
    missing = [name for name in ("at", "called", *needed) if name not in places]
    if missing:
        raise BadInput(
            f"{plan.title}: a column is not found by its name.",
            what=missing[0],
            next="Ask for the report with its header, or name the columns with --mapping.",
        )
    maker = TableMaker(plan, places, reading)
    return Layout(lambda text: with_header(text, delimiter), maker.group, maker.leg, maker.told)


def _zoned(reading: Reading, title: str) -> Reading:
    need_clock(reading, title)
    return reading


def _threecx(head: str, reading: Reading) -> Layout:
    """BadInput without the administrator's field list: its order is free."""
    if not reading.columns:
        raise BadInput(
            "The fields of a 3CX CDR and their order are set by its administrator.",
            what="--columns",
            next="Ask the vendor for its field list and give it: --columns historyid,callid,...",
        )
    unknown = [name for name in reading.columns if name not in THREECX_FIELDS]
    places = THREECX.found({fold(name): index for index, name in enumerate(reading.columns)})
    if unknown or not {"at", "called"} <= places.keys():
        raise BadInput(
            "The field list holds a name that 3CX has not, or lacks time-start or dial-no.",
            what="--columns",
            next="See docs/vendor-calls.md for the 27 names.",
        )
    maker = TableMaker(THREECX, places, _zoned(reading, THREECX.title))
    return Layout(lambda text: with_header(text, ",", skip=0), maker.group, maker.leg, maker.told)


FIVE9_FORMAT = Format(
    name="five9",
    title=FIVE9.title,
    source="headers in two public test fixtures",
    verified="practice",
    golden=("five9.csv",),
    zone=ZoneRule.DECLARED,
    key="SESSION ID, else CALL ID",
    proves=marks("Y Y P P P Y P P - -"),
    looks_like=lambda head: _named(head, ",", "call id", "timestamp", "ani", "dnis"),
    open=lambda head, reading: _layout(FIVE9, ",", head, _zoned(reading, FIVE9.title)),
)
THREECX_FORMAT = Format(
    name="3cx",
    title=THREECX.title,
    source="3cx.com, page on call data records",
    verified="verified",
    golden=("3cx.csv",),
    zone=ZoneRule.DECLARED,
    key="callid, else historyid",
    proves=marks("Y P Y - - - - Y - -"),
    looks_like=lambda _head: 0,
    open=_threecx,
)
TELNYX_FORMAT = Format(
    name="telnyx",
    title=TELNYX.title,
    source="developers.telnyx.com, fields that a CDR report may have",
    verified="verified",
    golden=("telnyx.csv",),
    zone=ZoneRule.EITHER,
    key="sip_call_id, else the whole row",
    proves=marks("Y Y P - - - - Y - -"),
    looks_like=lambda head: _named(head, ",", "terminating number", "origination number"),
    open=lambda head, reading: _layout(TELNYX, ",", head, reading),
)
SINCH_FORMAT = Format(
    name="sinch",
    title=SINCH.title,
    source="developers.sinch.com",
    verified="verified",
    golden=("sinch.csv",),
    zone=ZoneRule.EITHER,
    key="CallId",
    proves=marks("Y Y P - - - - P - -"),
    looks_like=lambda head: _named(head, ";", "callid", "calltime", "result"),
    open=lambda head, reading: _layout(SINCH, ";", head, reading),
)
