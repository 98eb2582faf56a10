"""What in a record contradicts itself: told, and never read in the vendor's favour. Pure."""

from __future__ import annotations

from privacy.vendors.calls.record import UNTOLD, AnsweredBy, Disposition, VendorCall

DAY_US = 86_400_000_000
BLOCKED_YET_DIALLED = "blocked_yet_dialled"
ANSWERED_AND_NOT = "answered_and_not"
AGENT_BEFORE_CALL = "agent_before_call"
LIST_AFTER_CALL = "list_after_call"
OPT_OUT_IN_THE_FUTURE = "opt_out_in_the_future"
CONTRADICTIONS: dict[str, str] = {
    "negative_length": "a length below nothing",
    "billed_longer_than_call": "a talk longer than its call",
    BLOCKED_YET_DIALLED: "stopped before dialing, and rang or was answered",
    ANSWERED_AND_NOT: "unanswered, with an instant of the answer",
    AGENT_BEFORE_CALL: "an agent on the line before the call began",
    LIST_AFTER_CALL: "a do-not-call list of a later day than the call",
    OPT_OUT_IN_THE_FUTURE: "an opt-out that lies in the future",
}


def sensible(call: VendorCall) -> tuple[VendorCall, tuple[str, ...]]:
    """The call without what cannot be, and the codes of what that was.

    What rang was dialled, whatever its word; a list that did not yet exist proves no check.
    """
    odd = []
    if call.blocked and _dialled(call):
        call = call._replace(disposition=Disposition.UNTOLD)
        odd.append(BLOCKED_YET_DIALLED)
    if call.agent_us != UNTOLD and call.agent_us < call.at_us:
        odd.append(AGENT_BEFORE_CALL)
    # A day more, for the list's day may be of another clock.
    if call.list_us != UNTOLD and call.list_us >= call.at_us + DAY_US:
        call = call._replace(list_us=UNTOLD)
        odd.append(LIST_AFTER_CALL)
    return call, tuple(odd)


def _dialled(call: VendorCall) -> bool:
    return (
        max(call.ring_ms, call.talk_ms) > 0
        or call.opt_out_us != UNTOLD
        or max(call.answered_us, call.agent_us) != UNTOLD
        or call.answered_by in (AnsweredBy.PERSON, AnsweredBy.MACHINE)
    )
