"""What each format can prove: the published table, and the golden files agree with it."""

from __future__ import annotations

import pytest

from privacy.vendors.calls.form import Check, Format, Mark
from privacy.vendors.calls.formats.all import FORMATS, named
from privacy.vendors.calls.record import UNTOLD, Column, NumberState, VendorCall
from tests.vendors.calls.exports import calls, golden, opened

# Nine formats as they are known in the trade: Y a column, P by inference or in part.
NINE = """
asterisk           Y P P - - P - Y P -
freeswitch         Y Y P - - P - Y - P
vicidial           Y - P P - Y Y P P -
vicidial-tables    Y Y Y P P Y Y P P -
twilio             Y Y Y P - - - - - -
genesys            Y Y Y P P Y Y Y P -
connect            Y Y Y Y P Y P P P -
cucm               Y Y Y - - - - Y - -
3cx                Y P Y - - - - Y - -
"""
FAMILIES = {"freeswitch": ("freeswitch-csv", "freeswitch-json")}
COLUMN = {
    Check.CALLED: Column.CALLED,
    Check.CALLER: Column.CALLER,
    Check.INSTANT: Column.AT,
    Check.PERSON: Column.ANSWERED_BY,
    Check.AGENT: Column.AGENT,
    Check.CAMPAIGN: Column.CAMPAIGN,
    Check.OPT_OUT: Column.OPT_OUT,
    Check.RING: Column.RING,
    Check.PRERECORDED: Column.PRERECORDED,
    Check.ATTESTATION: Column.ATTESTATION,
}
ORDER = (Mark.NO, Mark.PARTLY, Mark.YES)


@pytest.mark.parametrize("row", NINE.strip().splitlines(), ids=lambda row: row.split()[0])
def test_the_nine_formats_prove_what_is_known_of_them(row: str) -> None:
    name, *told = row.split()
    family = [named(each) for each in FAMILIES.get(name, (name,))]
    best = [max((form.proves[check] for form in family), key=ORDER.index) for check in Check]
    assert [mark.value for mark in best] == told


def test_every_format_says_something_of_every_check() -> None:
    assert all(list(form.proves) == list(Check) for form in FORMATS)


def told(call: VendorCall, check: Check) -> bool:
    """Whether the call carries what the check looks at."""
    values = {
        Check.CALLED: call.called_state is not NumberState.MISSING,
        Check.CALLER: call.caller_state is not NumberState.MISSING,
        Check.INSTANT: call.at_us != UNTOLD,
        Check.PERSON: call.has(Column.ANSWERED_BY),
        Check.AGENT: call.agent_us != UNTOLD,
        Check.CAMPAIGN: call.campaign != "",
        Check.OPT_OUT: call.opt_out_us != UNTOLD,
        Check.RING: call.ring_ms != UNTOLD,
        Check.PRERECORDED: call.prerecorded != -1,
        Check.ATTESTATION: call.attestation != -1,
    }
    return values[check]


# Columns that the shared column table allows, and that no golden file of ours shows.
UNSHOWN = {
    "connect": {Check.PRERECORDED},
    "genesys": {Check.PRERECORDED},
    "vicidial-tables": {Check.PRERECORDED},
    "mapped": {Check.CALLER, Check.AGENT, Check.RING, Check.PRERECORDED, Check.ATTESTATION},
}


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_a_golden_file_carries_just_what_its_format_claims(form: Format) -> None:
    found = [
        call
        for each, names in golden()
        if each is form
        for call in calls(opened(form, names).export)
    ]
    for check, mark in form.proves.items():
        carried = any(told(call, check) for call in found)
        column = any(call.has(COLUMN[check]) for call in found)
        if mark is Mark.NO:
            assert not carried, check
            assert not column, check
        elif check not in UNSHOWN.get(form.name, ()):
            assert carried, check
            assert column, check
