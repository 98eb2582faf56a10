"""Legs of one call: which belong together, and the one call that they make. Pure.

Nothing here looks at the order of records. The consumer's leg is kept: by the format's rank,
then the newest copy, then the one that knows its number, was answered, and talked longest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from privacy.vendors.calls.building import MS_US
from privacy.vendors.calls.form import Leg
from privacy.vendors.calls.record import (
    NO_NUMBER,
    UNTOLD,
    AnsweredBy,
    Attestation,
    Disposition,
    EndedBy,
    NumberState,
    VendorCall,
)

LEG_AFTER_US = 60_000_000
"""A leg to the same number may begin so much after the one before it ended."""


def apart(legs: Sequence[Leg]) -> list[list[Leg]]:
    """The calls that rows of one group tell of: legs of one call happen at the same time.

    A dialer that calls one person after the other on one channel writes all of them under one
    id, and so does one that takes the lead's id for the call's. Another number that is dialled
    when everything before it has ended is another call, and the same number some time after:
    to take it for a leg would hide it. Rows that only add to a call go to the first.
    """
    told = sorted((leg for leg in legs if not leg.part), key=_began)
    calls: list[list[Leg]] = []
    numbers: set[int] = set()
    over_us = UNTOLD
    for leg in told:
        number, at_us = leg.call.called, leg.call.at_us
        fresh = number != NO_NUMBER and number not in numbers and at_us >= over_us
        again = number in numbers and at_us > over_us + LEG_AFTER_US
        if not calls or (numbers and (fresh or again)):
            calls.append([])
            numbers = set()
        calls[-1].append(leg)
        numbers |= {number} - {NO_NUMBER}
        over_us = max(over_us, _over(leg.call))
    if len(calls) > 1:
        calls = [[_of_its_own(leg, each[0].call.at_us) for leg in each] for each in calls]
    calls[0] += [leg for leg in legs if leg.part]
    return calls


def _over(call: VendorCall) -> int:
    """When a record's call had ended, as far as it tells."""
    lengths = (call.ring_ms, call.talk_ms)
    return max(call.ended_us, call.at_us + sum(each for each in lengths if each > 0) * MS_US)


def _began(leg: Leg) -> tuple[Any, ...]:
    return (leg.call.at_us, _content(leg))


def _of_its_own(leg: Leg, at_us: int) -> Leg:
    """A leg whose call shares its id with others: the key says when it began."""
    return leg._replace(call=leg.call._replace(key=f"{leg.call.key}#{at_us}"))


def merged(legs: Sequence[Leg]) -> tuple[VendorCall, int]:
    """One call of its records, and how many of them only repeat another one."""
    if len(legs) == 1:
        return legs[0].call, 0
    ordered = sorted(legs, key=_worth, reverse=True)
    newest: dict[object, Leg] = {}
    for leg in ordered:
        name: object = leg.copy or _content(leg)
        if name not in newest or leg.version > newest[name].version:
            newest[name] = leg
    kept, *others = sorted(newest.values(), key=_worth, reverse=True)
    call = kept.call
    for other in others:
        call = _filled(call, other.call)
    own = call.rows[0]
    rows = sorted(leg.call.rows[0] for leg in ordered)
    rows.remove(own)
    return call._replace(rows=(own, *rows)), len(legs) - len(newest)


def _worth(leg: Leg) -> tuple[Any, ...]:
    call = leg.call
    return (
        not leg.part,
        leg.rank,
        leg.version,
        call.called_state is NumberState.TOLD,
        call.disposition is Disposition.ANSWERED,
        call.talk_ms,
        -call.at_us,
        -len(leg.odd),
        _content(leg),
    )


def _content(leg: Leg) -> tuple[Any, ...]:
    """What a record says, without the place where it stands."""
    return (*leg.call[1:], leg.odd)


_EMPTY: dict[str, Any] = {
    "second_us": UNTOLD,
    "answered_us": UNTOLD,
    "agent_us": UNTOLD,
    "ended_us": UNTOLD,
    "ring_ms": UNTOLD,
    "talk_ms": UNTOLD,
    "disposition": Disposition.UNTOLD,
    "answered_by": AnsweredBy.UNTOLD,
    "ended_by": EndedBy.UNTOLD,
    "campaign": "",
    "opt_out_us": UNTOLD,
    "prerecorded": -1,
    "attestation": Attestation.UNTOLD,
    "list_us": UNTOLD,
}
# Of a leg that was not kept, these are facts of the whole call; its times are its own.
_WHOLE = ("agent_us", "campaign", "opt_out_us", "prerecorded", "attestation", "list_us")


def _filled(call: VendorCall, other: VendorCall) -> VendorCall:
    """The call with what only another of its records tells."""
    told: dict[str, Any] = {"columns": call.columns | other.columns}
    names = _EMPTY if other.called_state is NumberState.MISSING else _WHOLE
    for name in names:
        if name == "second_us":
            continue
        mine, theirs, empty = getattr(call, name), getattr(other, name), _EMPTY[name]
        if mine == empty and theirs != empty:
            told[name] = theirs
        elif name == "opt_out_us" and theirs != empty:
            told[name] = min(mine, theirs)
    if call.caller_state is NumberState.MISSING:
        told |= {"caller": other.caller, "caller_state": other.caller_state}
    return call._replace(**told)
