"""A rights request as a pure state machine: what may happen in which state, and what is next.

open ── verify ──▶ verified ── plan ──▶ planned ── approve ──▶ approved
approved ── (erasure begins) ──▶ running ── fulfil ──▶ fulfilled ── close ──▶ closed
open, verified, planned, approved ── refuse ──▶ refused ── close ──▶ closed

An opt-out needs no proof, no plan and no second person (11 CCR 7060(b), GDPR
Article 21(3)): it is fulfilled from `open`. What an erasure has announced can
no longer be refused.
"""

from __future__ import annotations

from enum import StrEnum

from privacy.errors import AnswerIsNo


class Kind(StrEnum):
    """Which right; the law's own name of it comes from the pack."""

    ACCESS = "access"
    ERASURE = "erasure"
    OPT_OUT = "opt_out"


class State(StrEnum):
    OPEN = "open"
    VERIFIED = "verified"
    PLANNED = "planned"
    APPROVED = "approved"
    RUNNING = "running"
    FULFILLED = "fulfilled"
    REFUSED = "refused"
    CLOSED = "closed"


class Step(StrEnum):
    """What somebody does to a case. TELL adds an event of the clock and moves nothing."""

    TELL = "tell"
    VERIFY = "verify"
    PLAN = "plan"
    APPROVE = "approve"
    RUN = "run"
    FULFIL = "fulfil"
    REFUSE = "refuse"
    CLOSE = "close"


class Event(StrEnum):
    """Types of the timeline: those of the clock, and those of the case itself."""

    OPENED = "opened"
    PLANNED = "planned"
    APPROVED = "approved"
    STARTED = "started"
    FULFILLED = "fulfilled"
    REFUSED = "refused"
    CLOSED = "closed"
    IDENTITY_REQUESTED = "identity_requested"
    IDENTITY_RECEIVED = "identity_received"
    VERIFIED = "verified"
    CLARIFICATION_REQUESTED = "clarification_requested"
    CLARIFICATION_RECEIVED = "clarification_received"
    FEE_ANNOUNCED = "fee_announced"
    FEE_CHARGED = "fee_charged"
    FEE_PAID = "fee_paid"
    EXTENSION_NOTICE = "extension_notice"
    APPEAL_RECEIVED = "appeal_received"
    APPEAL_EXTENSION_NOTICE = "appeal_extension_notice"
    FIRST_COMMUNICATION = "first_communication"
    FIRST_DISCLOSURE = "first_disclosure"
    OPT_OUT = "opt_out"
    REFUSAL_SENT = "refusal_sent"
    DATA_PROVIDED = "data_provided"


OWN_EVENTS = frozenset(
    {
        Event.OPENED,
        Event.PLANNED,
        Event.APPROVED,
        Event.STARTED,
        Event.FULFILLED,
        Event.REFUSED,
        Event.CLOSED,
    }
)
CLOCK_EVENTS = frozenset(Event) - OWN_EVENTS

_BEFORE_RUNNING = (State.OPEN, State.VERIFIED, State.PLANNED, State.APPROVED)
_MOVES: dict[tuple[State, Step], State] = {
    (State.OPEN, Step.VERIFY): State.VERIFIED,
    (State.VERIFIED, Step.PLAN): State.PLANNED,
    (State.PLANNED, Step.PLAN): State.PLANNED,
    (State.APPROVED, Step.PLAN): State.PLANNED,
    (State.PLANNED, Step.APPROVE): State.APPROVED,
    (State.APPROVED, Step.RUN): State.RUNNING,
    (State.APPROVED, Step.FULFIL): State.FULFILLED,
    (State.RUNNING, Step.FULFIL): State.FULFILLED,
    **{(state, Step.REFUSE): State.REFUSED for state in _BEFORE_RUNNING},
    (State.FULFILLED, Step.CLOSE): State.CLOSED,
    (State.REFUSED, Step.CLOSE): State.CLOSED,
    **{(state, Step.TELL): state for state in (*_BEFORE_RUNNING, State.RUNNING)},
}
_OPT_OUT_MOVES: dict[tuple[State, Step], State] = {
    (State.OPEN, Step.FULFIL): State.FULFILLED,
    (State.OPEN, Step.TELL): State.OPEN,
    (State.FULFILLED, Step.CLOSE): State.CLOSED,
}
_NEXT: dict[State, Step | None] = {
    State.OPEN: Step.VERIFY,
    State.VERIFIED: Step.PLAN,
    State.PLANNED: Step.APPROVE,
    State.APPROVED: Step.FULFIL,
    State.RUNNING: Step.FULFIL,
    State.FULFILLED: Step.CLOSE,
    State.REFUSED: Step.CLOSE,
    State.CLOSED: None,
}


class NotNow(AnswerIsNo):
    """The case is not in a state in which this may happen."""

    code = "not_now"


def moves(kind: Kind) -> dict[tuple[State, Step], State]:
    """Every move that a case of this kind may make."""
    if kind is Kind.OPT_OUT:
        return _OPT_OUT_MOVES
    if kind is Kind.ACCESS:
        return {move: to for move, to in _MOVES.items() if State.RUNNING not in (move[0], to)}
    # An erasure is fulfilled by its runner only, never straight from the approval.
    return {m: to for m, to in _MOVES.items() if m != (State.APPROVED, Step.FULFIL)}


def after(request_id: str, kind: Kind, state: State, step: Step) -> State:
    """The state after `step`. NotNow names the step that is next instead."""
    to = moves(kind).get((state, step))
    if to is None:
        following = next_step(kind, state)
        raise NotNow(
            f"A request of kind {kind.value} that is {state.value} cannot take the step"
            f" {step.value}.",
            what=request_id,
            next=f"Next is: {following.value}." if following else "It is closed; open a new one.",
        )
    return to


def next_step(kind: Kind, state: State) -> Step | None:
    """The one next step; None when the case is closed."""
    if kind is Kind.OPT_OUT and state is State.OPEN:
        return Step.FULFIL
    return _NEXT[state]
