"""A rights request as a pure state machine: what may happen in which state, and what is next.

open ── verify ──▶ verified ── plan ──▶ planned ── approve ──▶ approved
approved ── (the runner begins) ──▶ running ── fulfil ──▶ fulfilled ── close ──▶ closed
open, verified, planned, approved ── refuse ──▶ refused ── close ──▶ closed

Each kind goes one of five ways (`WAY_OF`):

proven     as above, fulfilled straight from the approval: what changes nothing on the desk.
run        as above, fulfilled by its runner only; what it has begun is no longer refused.
immediate  open ── fulfil ──▶ fulfilled ── close ──▶ closed: no proof, no plan, no second
           person (11 CCR 7060(b), GDPR Articles 7(3) and 21(3)).
reviewed   open ── plan ──▶ planned ── approve ──▶ approved ── fulfil: nothing is disclosed
           or changed, so nobody is verified; a second person looks at the answer.
task       open ── fulfil or refuse: a duty of the controller that nobody has to ask for.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import cache

from privacy.errors import AnswerIsNo


class Kind(StrEnum):
    """Which right; the law's own name of it comes from the pack."""

    ACCESS = "access"
    PORTABILITY = "portability"
    RECTIFICATION = "rectification"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    OBJECTION = "objection"
    OPT_OUT = "opt_out"
    WITHDRAWAL = "withdrawal"
    OPT_OUT_SALE = "opt_out_sale"
    LIMIT = "limit"
    HUMAN_REVIEW = "human_review"
    COMPLAINT = "complaint"
    APPEAL = "appeal"
    INQUIRY = "inquiry"
    NOTICE = "notice"


class Way(StrEnum):
    """Which steps a kind makes, as the head of this module tells."""

    PROVEN = "proven"
    RUN = "run"
    IMMEDIATE = "immediate"
    REVIEWED = "reviewed"
    TASK = "task"


WAY_OF: dict[Kind, Way] = {
    Kind.ACCESS: Way.PROVEN,
    Kind.PORTABILITY: Way.PROVEN,
    Kind.RECTIFICATION: Way.RUN,
    Kind.ERASURE: Way.RUN,
    Kind.RESTRICTION: Way.RUN,
    Kind.OBJECTION: Way.RUN,
    Kind.OPT_OUT: Way.IMMEDIATE,
    Kind.WITHDRAWAL: Way.IMMEDIATE,
    Kind.OPT_OUT_SALE: Way.IMMEDIATE,
    Kind.LIMIT: Way.IMMEDIATE,
    Kind.HUMAN_REVIEW: Way.PROVEN,
    Kind.COMPLAINT: Way.REVIEWED,
    Kind.APPEAL: Way.REVIEWED,
    Kind.INQUIRY: Way.REVIEWED,
    Kind.NOTICE: Way.TASK,
}
IMMEDIATE = frozenset(kind for kind, way in WAY_OF.items() if way is Way.IMMEDIATE)
OF_A_PERSON = frozenset(kind for kind, way in WAY_OF.items() if way in (Way.PROVEN, Way.RUN))


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
    """What somebody does to a case. TELL adds an event of the clock and moves nothing.

    MERGE ends a case whose person asks the same in an older one.
    """

    TELL = "tell"
    VERIFY = "verify"
    PLAN = "plan"
    APPROVE = "approve"
    RUN = "run"
    FULFIL = "fulfil"
    REFUSE = "refuse"
    CLOSE = "close"
    MERGE = "merge"


class Event(StrEnum):
    """Types of the timeline: those of the clock, and those of the case itself."""

    OPENED = "opened"
    PLANNED = "planned"
    APPROVED = "approved"
    STARTED = "started"
    FULFILLED = "fulfilled"
    REFUSED = "refused"
    REFUSED_IN_PART = "refused_in_part"
    HELD = "held"
    CLOSED = "closed"
    MERGED = "merged"
    LINKED = "linked"
    ASSIGNED = "assigned"
    NOTED = "noted"
    ATTACHED = "attached"
    AUTHORITY_PROVEN = "authority_proven"
    PROOF_TRIED = "proof_tried"
    LAWS_NAMED = "laws_named"
    REDACTED = "redacted"
    ACKNOWLEDGED = "acknowledged"
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


CLOCK_EVENTS = frozenset(
    {
        Event.IDENTITY_REQUESTED,
        Event.IDENTITY_RECEIVED,
        Event.VERIFIED,
        Event.CLARIFICATION_REQUESTED,
        Event.CLARIFICATION_RECEIVED,
        Event.FEE_ANNOUNCED,
        Event.FEE_CHARGED,
        Event.FEE_PAID,
        Event.EXTENSION_NOTICE,
        Event.APPEAL_RECEIVED,
        Event.APPEAL_EXTENSION_NOTICE,
        Event.FIRST_COMMUNICATION,
        Event.FIRST_DISCLOSURE,
        Event.OPT_OUT,
        Event.REFUSAL_SENT,
        Event.DATA_PROVIDED,
    }
)
OWN_EVENTS = frozenset(Event) - CLOCK_EVENTS
# What ends or proves something is recorded by the step that does it, never by being told:
# a word alone would stop a clock.
BY_STEP_ONLY = frozenset({Event.VERIFIED, Event.OPT_OUT, Event.REFUSAL_SENT, Event.DATA_PROVIDED})
TELLABLE = (CLOCK_EVENTS - BY_STEP_ONLY) | {Event.ACKNOWLEDGED}
STEP_OF: dict[Event, Step] = {
    Event.VERIFIED: Step.VERIFY,
    Event.PLANNED: Step.PLAN,
    Event.APPROVED: Step.APPROVE,
    Event.STARTED: Step.RUN,
    Event.FULFILLED: Step.FULFIL,
    Event.REFUSED: Step.REFUSE,
    Event.CLOSED: Step.CLOSE,
    Event.MERGED: Step.MERGE,
}

Moves = dict[tuple[State, Step], State]

_PROVEN_MOVES: Moves = {
    (State.OPEN, Step.VERIFY): State.VERIFIED,
    (State.VERIFIED, Step.PLAN): State.PLANNED,
    (State.PLANNED, Step.PLAN): State.PLANNED,
    (State.APPROVED, Step.PLAN): State.PLANNED,
    (State.PLANNED, Step.APPROVE): State.APPROVED,
    (State.APPROVED, Step.FULFIL): State.FULFILLED,
    (State.OPEN, Step.REFUSE): State.REFUSED,
    (State.VERIFIED, Step.REFUSE): State.REFUSED,
    (State.PLANNED, Step.REFUSE): State.REFUSED,
    (State.APPROVED, Step.REFUSE): State.REFUSED,
    (State.FULFILLED, Step.CLOSE): State.CLOSED,
    (State.REFUSED, Step.CLOSE): State.CLOSED,
    (State.VERIFIED, Step.MERGE): State.CLOSED,
    (State.PLANNED, Step.MERGE): State.CLOSED,
    (State.APPROVED, Step.MERGE): State.CLOSED,
    (State.OPEN, Step.TELL): State.OPEN,
    (State.VERIFIED, Step.TELL): State.VERIFIED,
    (State.PLANNED, Step.TELL): State.PLANNED,
    (State.APPROVED, Step.TELL): State.APPROVED,
}
_RUN_MOVES: Moves = {
    **{move: to for move, to in _PROVEN_MOVES.items() if move != (State.APPROVED, Step.FULFIL)},
    (State.APPROVED, Step.RUN): State.RUNNING,
    (State.RUNNING, Step.FULFIL): State.FULFILLED,
    (State.RUNNING, Step.TELL): State.RUNNING,
}
_IMMEDIATE_MOVES: Moves = {
    (State.OPEN, Step.FULFIL): State.FULFILLED,
    (State.OPEN, Step.TELL): State.OPEN,
    (State.FULFILLED, Step.CLOSE): State.CLOSED,
}
_REVIEWED_MOVES: Moves = {
    (State.OPEN, Step.PLAN): State.PLANNED,
    (State.PLANNED, Step.PLAN): State.PLANNED,
    (State.APPROVED, Step.PLAN): State.PLANNED,
    (State.PLANNED, Step.APPROVE): State.APPROVED,
    (State.APPROVED, Step.FULFIL): State.FULFILLED,
    (State.FULFILLED, Step.CLOSE): State.CLOSED,
    (State.OPEN, Step.TELL): State.OPEN,
    (State.PLANNED, Step.TELL): State.PLANNED,
    (State.APPROVED, Step.TELL): State.APPROVED,
}
_TASK_MOVES: Moves = {
    (State.OPEN, Step.FULFIL): State.FULFILLED,
    (State.OPEN, Step.REFUSE): State.REFUSED,
    (State.OPEN, Step.TELL): State.OPEN,
    (State.FULFILLED, Step.CLOSE): State.CLOSED,
    (State.REFUSED, Step.CLOSE): State.CLOSED,
}
_MOVES: dict[Way, Moves] = {
    Way.PROVEN: _PROVEN_MOVES,
    Way.RUN: _RUN_MOVES,
    Way.IMMEDIATE: _IMMEDIATE_MOVES,
    Way.REVIEWED: _REVIEWED_MOVES,
    Way.TASK: _TASK_MOVES,
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
_FIRST: dict[Way, Step] = {
    Way.PROVEN: Step.VERIFY,
    Way.RUN: Step.VERIFY,
    Way.IMMEDIATE: Step.FULFIL,
    Way.REVIEWED: Step.PLAN,
    Way.TASK: Step.FULFIL,
}


class NotNow(AnswerIsNo):
    """The case is not in a state in which this may happen."""

    code = "not_now"


@cache
def moves(kind: Kind) -> Moves:
    """Every move that a case of this kind may make."""
    return dict(_MOVES[WAY_OF[kind]])


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
    return _FIRST[WAY_OF[kind]] if state is State.OPEN else _NEXT[state]


def replayed(request_id: str, kind: Kind, events: Iterable[Event]) -> State:
    """The state to which a timeline leads, step by step.

    NotNow for one that no case of this kind can have: the first event opens, no other does.
    """
    state: State | None = None
    for event in events:
        if (event is Event.OPENED) is not (state is None):
            raise NotNow(
                "A timeline begins with its opening, once.",
                what=request_id,
                next="Run `rightsdesk audit verify`: rows of this case were changed.",
            )
        if state is None:
            state = State.OPEN
        elif event in STEP_OF:
            state = after(request_id, kind, state, STEP_OF[event])
    if state is None:
        raise NotNow("The case has no timeline.", what=request_id, next="Restore it.")
    return state
