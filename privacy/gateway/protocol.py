"""The wire between gateway and dialer, version 1, and the states of one attempt. Pure.

Both sides use this module, so it knows no database and nothing above floor 0. A
number stands in two bodies only: the answer to a redemption and an opt-out by
number; never in a URL, a header or an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from privacy.errors import AnswerIsNo

WIRE = "1"
WIRE_HEADER = "Rightsdesk-Wire"
PROBLEM_TYPE = "application/problem+json"
MOST_PERMITS = 20
MOST_EVENTS = 20
# From a redemption to the moment by which the number must be dialled.
DIAL_WITHIN_S = 10


class State(StrEnum):
    """States of an attempt. PLANNED is a candidate that has no attempt yet."""

    PLANNED = "planned"
    INTENT = "intent"
    RELEASED = "released"
    DIALING = "dialing"
    RINGING = "ringing"
    ANSWERED = "answered"
    SPEAKING = "speaking"
    DENIED = "denied"
    EXPIRED = "expired"
    NOT_SENT = "not_sent"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    DECLINED = "declined"
    UNWANTED = "unwanted"
    UNREACHABLE = "unreachable"
    MACHINE = "machine"
    COMPLETED = "completed"
    ABANDONED = "abandoned"
    UNCERTAIN = "uncertain"


class By(StrEnum):
    """Who may make a step."""

    GATE = "gate"
    REDEMPTION = "redemption"
    EVENT = "event"
    RECOVERY = "recovery"


class EventKind(StrEnum):
    """What a dialer tells. KEY counts from the start of the key."""

    SENT = "sent"
    REFUSED = "refused"
    RINGING = "ringing"
    ANSWERED = "answered"
    MEDIA_STARTED = "media_started"
    ABANDONED = "abandoned"
    KEY = "key"
    HUMAN = "human"
    MACHINE = "machine"
    UNKNOWN = "unknown"
    ENDED = "ended"


_GIVEN_UP = (
    State.BUSY,
    State.NO_ANSWER,
    State.DECLINED,
    State.UNWANTED,
    State.UNREACHABLE,
)

# (from, by): every state that may follow. What is not here is illegal.
STEPS: dict[tuple[State, By], frozenset[State]] = {
    (State.PLANNED, By.GATE): frozenset({State.INTENT, State.DENIED, State.EXPIRED}),
    (State.INTENT, By.REDEMPTION): frozenset({State.RELEASED, State.NOT_SENT}),
    (State.INTENT, By.RECOVERY): frozenset({State.NOT_SENT}),
    # A released number was told: from here the call counts, whatever the dialer says.
    (State.RELEASED, By.EVENT): frozenset({State.DIALING, State.UNREACHABLE}),
    (State.RELEASED, By.RECOVERY): frozenset({State.UNCERTAIN}),
    (State.DIALING, By.EVENT): frozenset({State.RINGING, State.ANSWERED, *_GIVEN_UP}),
    (State.DIALING, By.RECOVERY): frozenset({State.UNCERTAIN}),
    (State.RINGING, By.EVENT): frozenset({State.ANSWERED, *_GIVEN_UP}),
    (State.RINGING, By.RECOVERY): frozenset({State.UNCERTAIN}),
    (State.ANSWERED, By.EVENT): frozenset({State.SPEAKING, State.ABANDONED}),
    (State.ANSWERED, By.RECOVERY): frozenset({State.UNCERTAIN}),
    (State.SPEAKING, By.EVENT): frozenset({State.COMPLETED, State.MACHINE}),
    (State.SPEAKING, By.RECOVERY): frozenset({State.UNCERTAIN}),
    # Provably nothing was sent: the one state that may be planned again.
    (State.NOT_SENT, By.GATE): frozenset({State.PLANNED}),
}

LIVE = frozenset(
    {
        State.INTENT,
        State.RELEASED,
        State.DIALING,
        State.RINGING,
        State.ANSWERED,
        State.SPEAKING,
    }
)
TERMINAL = frozenset(State) - LIVE - {State.PLANNED}
# States in which a person may have been called: they count in caps, gaps and windows.
COUNTED = (LIVE | TERMINAL) - {State.DENIED, State.EXPIRED, State.NOT_SENT}
# Live states in which an attempt may still be stopped before somebody answers.
STOPPABLE = frozenset({State.INTENT, State.RELEASED, State.DIALING, State.RINGING})

_BUSY = frozenset({486, 600})
_NO_ANSWER = frozenset({408, 480, 487})
DECLINED_CAUSE = 603
UNWANTED_CAUSE = 607
HANGUPS = frozenset({"local", "remote"})
KEYS = frozenset("0123456789*#")


class IllegalStep(AnswerIsNo):
    """A step that the table of states does not have."""

    code = "illegal_step"


def step(state: State, to: State, by: By) -> State:
    """`to`, if the table lets `by` make that step. IllegalStep otherwise."""
    if to not in STEPS.get((state, by), frozenset()):
        raise IllegalStep(
            f"An attempt does not go from {state.value} to {to.value} by {by.value}.",
            what=f"state {state.value}",
            next="Nothing was changed.",
        )
    return to


def after_event(state: State, kind: EventKind, cause: str = "", *, machine: bool = False) -> State:
    """The state after an event, possibly the same one. `machine`: one was heard before.

    Events about keys and who answered never change the state. IllegalStep for an
    event that the state does not allow.
    """
    if kind in (EventKind.KEY, EventKind.HUMAN, EventKind.MACHINE, EventKind.UNKNOWN):
        if state not in (State.ANSWERED, State.SPEAKING):
            raise IllegalStep("Nobody has answered.", what=f"event {kind.value}")
        return state
    return step(state, _aim(state, kind, cause, machine), By.EVENT)


def _aim(state: State, kind: EventKind, cause: str, machine: bool) -> State:
    if kind is EventKind.ENDED:
        return ended_as(state, cause, machine=machine)
    return {
        EventKind.SENT: State.DIALING,
        EventKind.REFUSED: State.UNREACHABLE,
        EventKind.RINGING: State.RINGING,
        EventKind.ANSWERED: State.ANSWERED,
        EventKind.MEDIA_STARTED: State.SPEAKING,
        EventKind.ABANDONED: State.ABANDONED,
    }[kind]


def ended_as(state: State, cause: str, *, machine: bool = False) -> State:
    """Terminal state of an attempt that ends in `state` with a SIP code or a hang-up.

    Somebody who answered and heard nothing counts as abandoned.
    """
    if state is State.ANSWERED:
        return State.ABANDONED
    if state is State.SPEAKING:
        return State.MACHINE if machine else State.COMPLETED
    code = int(cause) if cause.isdecimal() else 0
    if code in _BUSY:
        return State.BUSY
    if code in _NO_ANSWER or cause in HANGUPS:
        return State.NO_ANSWER
    if code == DECLINED_CAUSE:
        return State.DECLINED
    return State.UNWANTED if code == UNWANTED_CAUSE else State.UNREACHABLE


def may_be_tried_again(outcome: State) -> bool:
    """Whether a candidate may get a new attempt by itself after this one.

    Busy and no answer may, and what was provably not sent. Whoever declined, did not
    want, heard the message, or may have been called without our knowing is left alone.
    """
    return outcome in (State.BUSY, State.NO_ANSWER, State.NOT_SENT)


class Code(StrEnum):
    """Codes of problems; the first eight are the contract's."""

    EXPIRED = "expired"
    USED = "used"
    WITHDRAWN = "withdrawn"
    CLOSED_HOURS = "closed_hours"
    NOT_YET = "not_yet"
    NOT_YOURS = "not_yours"
    QUOTA = "quota"
    STOPPED = "stopped"
    NOT_EARNED = "not_earned"
    VENDOR = "vendor"
    BAD_REQUEST = "bad_request"
    BAD_TOKEN = "bad_token"  # noqa: S105 - a code, not a secret
    ILLEGAL_STEP = "illegal_step"
    CLOCK = "clock"
    UNAVAILABLE = "unavailable"


STATUS: dict[Code, int] = {
    Code.EXPIRED: 410,
    Code.USED: 409,
    Code.WITHDRAWN: 403,
    Code.CLOSED_HOURS: 403,
    Code.NOT_YET: 429,
    Code.NOT_YOURS: 404,
    Code.QUOTA: 403,
    Code.STOPPED: 409,
    Code.NOT_EARNED: 409,
    Code.VENDOR: 403,
    Code.BAD_REQUEST: 400,
    Code.BAD_TOKEN: 401,
    Code.ILLEGAL_STEP: 409,
    Code.CLOCK: 503,
    Code.UNAVAILABLE: 503,
}


class Problem(AnswerIsNo):
    """A refusal on the wire: RFC 9457 with `code`.

    `retry_at` is RFC 3339 by the gateway's clock, `retry_after_ms` the same as a wait.
    """

    code = "refused"

    def __init__(
        self,
        refusal: Code,
        message: str = "",
        *,
        retry_at: str | None = None,
        retry_after_ms: int | None = None,
    ) -> None:
        super().__init__(message or f"The gateway refused: {refusal.value}.", what=refusal.value)
        self.refusal = refusal
        self.retry_at = retry_at
        self.retry_after_ms = retry_after_ms

    def wire(self) -> dict[str, Any]:
        """The problem document."""
        document: dict[str, Any] = {
            "type": "about:blank",
            "title": self.message,
            "status": STATUS[self.refusal],
            "code": self.refusal.value,
        }
        if self.retry_at is not None:
            document.update(retry_at=self.retry_at, retry_after_ms=self.retry_after_ms)
        return document

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Problem:
        """A problem as received; an unknown code is `unavailable`."""
        named = document.get("code")
        code = next((code for code in Code if code.value == named), Code.UNAVAILABLE)
        retry_at, after = document.get("retry_at"), document.get("retry_after_ms")
        return cls(
            code,
            retry_at=retry_at if isinstance(retry_at, str) else None,
            retry_after_ms=after if isinstance(after, int) else None,
        )


@dataclass(frozen=True)
class Permit:
    """What a dialer gets before the number. Instants are RFC 3339; nothing tells a person.

    `resource` is the one that it keeps reserved for this call; "" for an over-dial. `speech`
    names by role the SHA-256 of each WAV file that the call may have to say.
    """

    permit: str
    attempt: str
    expires: str
    caller_id: str
    prompt: str
    language: str
    ring_s: int
    max_s: int
    opt_out_key: str = ""
    resource: str = ""
    speech: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PermitsAnswer:
    """Permits, or why there are none: {"rule", "count"} each, and when to ask again.

    `retry_at` is None when no candidate waits for a time; `retry_after_ms` is the wait.
    """

    permits: tuple[Permit, ...]
    none_because: tuple[dict[str, Any], ...]
    retry_at: str | None
    retry_after_ms: int | None = None


@dataclass(frozen=True, repr=False)
class Released:
    """A number, to be dialled before `dial_before` (RFC 3339). It has no repr."""

    attempt: str
    number: str
    dial_before: str


@dataclass(frozen=True)
class AttemptAnswer:
    """State of an attempt; `stop` asks the dialer to end what still rings."""

    attempt: str
    state: State
    stop: bool
