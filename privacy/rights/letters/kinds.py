"""Kinds of letters: to which requests each belongs, what it tells the clock, who looks. Pure."""

from __future__ import annotations

from privacy.errors import BadInput
from privacy.rights.case import IMMEDIATE, Event, Kind, State

# A letter about what was done goes with the right that was used; others go with any.
OF_KINDS: dict[str, frozenset[Kind]] = {
    "access_answer": frozenset({Kind.ACCESS, Kind.PORTABILITY}),
    "correction": frozenset({Kind.RECTIFICATION}),
    "erasure_confirmation": frozenset({Kind.ERASURE}),
    "restriction": frozenset({Kind.RESTRICTION, Kind.RECTIFICATION, Kind.OBJECTION}),
    "restriction_lifted": frozenset({Kind.RESTRICTION, Kind.RECTIFICATION, Kind.OBJECTION}),
    "objection": frozenset({Kind.OBJECTION}),
    "opt_out_confirmation": IMMEDIATE,
    "complaint_acknowledgement": frozenset({Kind.COMPLAINT}),
    "complaint_outcome": frozenset({Kind.COMPLAINT}),
    "appeal_answer": frozenset({Kind.APPEAL}),
    "article14_notice": frozenset({Kind.NOTICE}),
    "recipients_notice": frozenset(
        {Kind.RECTIFICATION, Kind.ERASURE, Kind.RESTRICTION, Kind.OBJECTION}
    ),
}
# Recorded when the letter is sent; tried on the law before it is written.
TELLS: dict[str, Event] = {
    "acknowledgement": Event.ACKNOWLEDGED,
    "complaint_acknowledgement": Event.ACKNOWLEDGED,
    "identity_request": Event.IDENTITY_REQUESTED,
    "clarification": Event.CLARIFICATION_REQUESTED,
    "fee": Event.FEE_ANNOUNCED,
    "extension": Event.EXTENSION_NOTICE,
}
# Another actor than the writer looks at these, unless one approved the plan that they tell.
SECOND_LOOK = frozenset(
    {
        "fee",
        "refusal",
        "partial_refusal",
        "objection",
        "complaint_outcome",
        "appeal_answer",
        "breach_persons",
        "restriction_lifted",
    }
)
# Never to whoever asked.
TELLS_RECIPIENT = "recipients_notice"
TO_OTHERS = frozenset({TELLS_RECIPIENT, "article14_notice"})
# They tell an outcome, and what is left to the person against it: only once it is recorded.
TELL_OUTCOME = frozenset({"appeal_answer", "complaint_outcome"})
# It says that an answer is with it: only once somebody approved what that answer gives.
GIVES = "access_answer"
DECIDED = frozenset({State.APPROVED, State.RUNNING, State.FULFILLED, State.CLOSED})
PROVES = "identity_request"
EXTENDS = "extension"
# Letters that are about no request of a person, or are sent by a step of their own.
BREACH = "breach_persons"
CODE = "identity_code"


def refuse_other(kind: str, of: Kind, request_id: str) -> None:
    """BadInput for a letter that has nothing to do with such a request."""
    if kind in (BREACH, CODE):
        raise BadInput(
            "This letter is written by its own step, not for a request.",
            what=kind,
            next="See `rightsdesk breach` and `rightsdesk request verify --send-code`.",
        )
    fits = OF_KINDS.get(kind)
    if fits is not None and of not in fits:
        raise BadInput(
            f"The letter {kind} is none for a request of kind {of.value}.",
            what=request_id,
            next=f"It is for: {', '.join(sorted(each.value for each in fits))}.",
        )
