"""One attempt on the dialer's side: from what the line says to what has to be done. Pure.

The opt-out comes before everything else: the key counts from its start, is told
and made durable by the gateway, and only then is it confirmed and the call ended.
The states are the gateway's own; an event that they do not allow is not told, but a
key counts in every state, also while it rings and after the call counts as ended.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from dialer.lines.port import LineEvent
from privacy.gateway.protocol import (
    TERMINAL,
    UNWANTED_CAUSE,
    EventKind,
    IllegalStep,
    State,
    after_event,
)


@dataclass(frozen=True)
class OptOut:
    """Tell the gateway, and wait until it is durable."""

    how: str


@dataclass(frozen=True)
class Tell:
    """Tell the gateway an event."""

    seq: int
    event: LineEvent


@dataclass(frozen=True)
class Confirm:
    """If the opt-out is durable, say so to the person; end the call in any case."""


Action = OptOut | Tell | Confirm


@dataclass(frozen=True)
class Attempt:
    """Where an attempt stands. `seq` is that of the last event told."""

    id: str
    opt_out_key: str
    state: State = State.RELEASED
    seq: int = 0
    opted_out: bool = False
    machine: bool = False

    @property
    def over(self) -> bool:
        return self.state in TERMINAL


def on_event(attempt: Attempt, event: LineEvent) -> tuple[Attempt, tuple[Action, ...]]:
    """The attempt after an event, and what to do, in order."""
    actions: list[Action] = []
    wants_out = _wants_out(attempt, event) and not attempt.opted_out
    if wants_out:
        actions.append(OptOut("key" if event.kind is EventKind.KEY else "unwanted"))
    state, seq = attempt.state, attempt.seq
    try:
        state = after_event(attempt.state, event.kind, event.cause, machine=attempt.machine)
    except IllegalStep:
        told = False
    else:
        told, seq = True, seq + 1
        actions.append(Tell(seq, event))
    if wants_out and event.kind is EventKind.KEY:
        actions.append(Confirm())
    after = replace(
        attempt,
        state=state,
        seq=seq,
        opted_out=attempt.opted_out or wants_out,
        machine=attempt.machine or (told and event.kind is EventKind.MACHINE),
    )
    return after, tuple(actions)


def _wants_out(attempt: Attempt, event: LineEvent) -> bool:
    """The opt-out key, or a call that ended as unwanted (SIP 607)."""
    if event.kind is EventKind.KEY:
        return event.cause == attempt.opt_out_key
    return event.kind is EventKind.ENDED and event.cause == str(UNWANTED_CAUSE)
