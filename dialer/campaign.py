"""Running one campaign: ask for permits, place calls, tell what happens, until nothing is left.

One thread a call, one redemption at a time. When the gateway is gone nothing new
is placed; calls under way end, and their opt-outs wait in the journal.
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from dialer.attempt import Attempt, Confirm, OptOut, Tell, on_event
from dialer.journal import Journal
from dialer.lines.port import Found, Line, LineEvent, LineLost, NotReady, Order, Placed, Speech
from dialer.pacing import DIAL_WITHIN_OF_ASKING_S, Pace, is_done, wait_s, want
from dialer.sounds import NoPrompt, Sounds
from privacy.clock import SystemClock
from privacy.errors import Interrupted, RightsdeskError
from privacy.gateway.client import Client, GatewayGone
from privacy.gateway.protocol import (
    DIAL_WITHIN_S,
    Code,
    EventKind,
    Permit,
    Problem,
    Released,
    State,
)

LOOK_EVERY_S = 1.0
TELL_TRIES = 5
TELL_AGAIN_S = 0.3
# A line that can place nothing for so long is not waited for.
LINE_PATIENCE_S = 120.0
NOT_PLACED = "not_placed"


class TooLate(Exception):
    """The number came so late that it must not be dialled."""


@dataclass
class Running:
    """One campaign on one line. `report` is called after each call, without any number.

    `patience_s`: how long to wait for candidates whose turn is yet to come. `report_stop`
    is told once how many calls are under way when it stops, and by when they are over (s).
    """

    client: Client
    line: Line
    journal: Journal
    campaign: str
    resources: tuple[str, ...]
    report: Callable[[Counter[str]], None]
    patience_s: float = 0.0
    report_stop: Callable[[int, int], None] = lambda _calls, _longest_s: None
    stopping: threading.Event = field(default_factory=threading.Event)
    ending: threading.Event = field(default_factory=threading.Event)
    outcomes: Counter[str] = field(default_factory=Counter)
    gone: bool = False
    pace: Pace = field(default_factory=Pace)
    _busy: dict[str, str] = field(default_factory=dict)
    _over_by_s: dict[str, float] = field(default_factory=dict)
    _asked_to_stop: bool = False
    _unredeemed: set[str] = field(default_factory=set)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _redeeming: threading.Lock = field(default_factory=threading.Lock)
    _clock: SystemClock = field(default_factory=SystemClock)
    _failure: RightsdeskError | None = None
    _not_ready_since_s: float | None = None

    def __post_init__(self) -> None:
        self._sounds = Sounds(self.client.sound)

    def stop(self) -> None:
        """Asked to stop: nothing new is placed. Asked again: calls under way are ended now.

        Safe in a signal's handler: it takes no lock.
        """
        if self.stopping.is_set() and self._asked_to_stop:
            self.ending.set()
        self._asked_to_stop = True
        self.stopping.set()

    def run(self) -> Counter[str]:
        """Until nothing is left, or `stopping` is set and the last call has ended.

        Problem: what the gateway refuses as a whole (bad_token, not_yours, clock).
        Interrupted: the gateway is gone. LineLost, NotReady: the line is. NoPrompt: there
        is nothing to say.
        """
        self._tell_pending()
        self._end_orphans()
        try:
            while not self.stopping.is_set() and not self.gone and self._step():
                pass
        finally:
            self._wait_for_calls()
        if self.gone:
            raise Interrupted(
                "The gateway is gone; no new call was placed.",
                what=self.campaign,
                next="Start it again: what it confirmed is saved, and opt-outs are told first.",
            )
        if self._failure is not None:
            raise self._failure
        return self.outcomes

    def _step(self) -> bool:
        """Ask once and place what was permitted; False when nothing is left."""
        if not self._line_is_ready():
            self._wait(LOOK_EVERY_S)
            return self._failure is None
        free = self._free()
        count = want(len(free), len(self._unredeemed), self.pace)
        if not count:
            self._wait(LOOK_EVERY_S)
            return True
        try:
            answer = self.client.permits(self.campaign, count, free)
        except GatewayGone:
            self.gone = True
            return False
        except Problem as problem:
            if problem.refusal is Code.STOPPED:
                return False
            if problem.refusal is Code.UNAVAILABLE:
                self._wait(wait_s(None))
                return True
            raise
        for permit in answer.permits:
            self._begin(permit, permit.resource)
        if answer.permits:
            return True
        if is_done(
            live=len(self._busy),
            retry_after_ms=answer.retry_after_ms,
            patience_s=self.patience_s,
        ):
            return False
        self._wait(wait_s(answer.retry_after_ms))
        return True

    def _line_is_ready(self) -> bool:
        """Whether the line can place a call; if it cannot for long, the run ends."""
        if self.line.ready():
            self._not_ready_since_s = None
            return True
        now_s = self._clock.monotonic_s()
        self._not_ready_since_s = self._not_ready_since_s or now_s
        if now_s - self._not_ready_since_s > LINE_PATIENCE_S:
            self._fail(
                NotReady(
                    "No trunk takes calls.",
                    what=self.line.capabilities.name,
                    next="Look at the trunks, then run it again: it goes on.",
                )
            )
        return False

    def _fail(self, failure: RightsdeskError) -> None:
        """Nothing new is placed; `failure` is told when the last call has ended."""
        self._failure = self._failure or failure
        self.stopping.set()

    def _free(self) -> tuple[str, ...]:
        with self._changed:
            busy = set(self._busy.values())
        return tuple(resource for resource in self.resources if resource not in busy)

    def _wait(self, seconds: float) -> None:
        """Until a call ends, or the time is over."""
        with self._changed:
            self._changed.wait(seconds)

    def _begin(self, permit: Permit, resource: str) -> None:
        with self._changed:
            self._busy[permit.attempt] = resource
            self._unredeemed.add(permit.attempt)
        threading.Thread(target=self._call, args=(permit,), name="call", daemon=True).start()

    def _wait_for_calls(self) -> None:
        with self._changed:
            if self._asked_to_stop:
                latest_s = max(self._over_by_s.values(), default=0.0)
                left_s = max(0.0, latest_s - self._clock.monotonic_s()) if latest_s else 0.0
                self.report_stop(len(self._over_by_s), math.ceil(left_s))
            while self._busy:
                self._changed.wait(LOOK_EVERY_S)

    def _call(self, permit: Permit) -> None:
        outcome = "fault"
        try:
            outcome = self._placed(permit)
        finally:
            with self._changed:
                self._busy.pop(permit.attempt, None)
                self._unredeemed.discard(permit.attempt)
                self._over_by_s.pop(permit.attempt, None)
                self.outcomes[outcome] += 1
                self.report(self.outcomes)
                self._changed.notify_all()

    def _placed(self, permit: Permit) -> str:
        """Place one call and follow it to its end; the outcome, or why it was not sent."""
        attempt = Attempt(permit.attempt, permit.opt_out_key)
        remembered = self.line.capabilities.looks_up_after_restart
        try:
            order = self._order(permit)
            if remembered:
                self.journal.placing(permit.attempt)
            placed = self.line.place(order, lambda: self._redeem(permit))
        except Problem as problem:
            return problem.refusal.value
        except NotReady:
            return NOT_PLACED
        except NoPrompt as missing:
            self._fail(missing)
            return NOT_PLACED
        except TooLate:
            placed = Placed.REFUSED
        except GatewayGone:
            # The permit may be spent: it is never asked for again.
            self.gone = True
            return State.UNCERTAIN.value
        if placed is Placed.REFUSED:
            return self._follow(attempt, [LineEvent(EventKind.REFUSED, 0)]).state.value
        if placed is Placed.UNKNOWN:
            return State.UNCERTAIN.value
        try:
            state = self._followed_to_its_end(attempt).state.value
            if remembered:
                self.journal.over(permit.attempt)
            return state
        except LineLost as lost:
            self._fail(lost)
            return State.UNCERTAIN.value

    def _order(self, permit: Permit) -> Order:
        """The call to be placed, with what it has to say. NoPrompt if there is nothing."""
        speaks = self.line.capabilities.speaks
        return Order(
            permit.attempt,
            permit.caller_id,
            permit.prompt,
            permit.language,
            permit.ring_s,
            permit.max_s,
            self._sounds.of(permit.speech) if speaks else Speech(),
        )

    def _followed_to_its_end(self, attempt: Attempt) -> Attempt:
        """Until the line says that the call is over: a key counts up to then."""
        ended = False
        while not ended:
            if self.ending.is_set():
                self.line.stop(attempt.id)
            events = self.line.next_events(attempt.id, LOOK_EVERY_S)
            ended = any(event.kind is EventKind.ENDED for event in events)
            if events:
                attempt = self._follow(attempt, events)
            elif attempt.state in (State.DIALING, State.RINGING):
                self._look(attempt.id)
        return attempt

    def _redeem(self, permit: Permit) -> Released:
        """The number, when its turn has come; one redemption at a time, in order."""
        with self._redeeming:
            while True:
                if self.stopping.is_set():
                    # The permit ends by itself; nobody is told a number any more.
                    raise Problem(Code.STOPPED)
                asked_s = self._clock.monotonic_s()
                try:
                    released = self.client.redeem(permit.permit)
                    break
                except Problem as problem:
                    if problem.refusal is not Code.NOT_YET:
                        raise
                    self.pace = self.pace.learned(problem.retry_after_ms)
                    self.stopping.wait(wait_s(problem.retry_after_ms))
        with self._changed:
            self._unredeemed.discard(permit.attempt)
            longest_s = DIAL_WITHIN_S + permit.ring_s + permit.max_s
            self._over_by_s[permit.attempt] = asked_s + longest_s
        if self._clock.monotonic_s() - asked_s > DIAL_WITHIN_OF_ASKING_S:
            raise TooLate
        return released

    def _follow(self, attempt: Attempt, events: Sequence[LineEvent]) -> Attempt:
        """Do what events ask for, an opt-out first of all; what came together is told together."""
        tells: list[Tell] = []
        durable = False
        for event in events:
            attempt, actions = on_event(attempt, event)
            for action in actions:
                match action:
                    case OptOut(how):
                        durable = self._opt_out(attempt.id, how)
                    case Confirm() if durable:
                        self.line.confirm(attempt.id)
                    case Confirm():
                        self.line.stop(attempt.id)
                    case Tell():
                        tells.append(action)
        if tells:
            self._tell(attempt.id, tells)
        return attempt

    def _opt_out(self, attempt: str, how: str) -> bool:
        """Durable here, then there. It is confirmed to the person only after that."""
        self.journal.wants_out(attempt, how)
        durable = self._surely(lambda: self.client.opt_out(attempt, how))
        if durable:
            self.journal.told(attempt)
        return durable

    def _tell(self, attempt: str, tells: Sequence[Tell]) -> None:
        told = [(one.seq, one.event.kind, one.event.at_ms, one.event.cause) for one in tells]

        def tell() -> None:
            if self.client.events(attempt, told).stop:
                self.line.stop(attempt)

        self._surely(tell)

    def _look(self, attempt: str) -> None:
        """Stop what still rings, if the person may no longer be called."""
        try:
            if self.client.state(attempt).stop:
                self.line.stop(attempt)
        except (Problem, GatewayGone):
            return

    def _surely(self, tell: Callable[[], None]) -> bool:
        """Tell, some times if need be; False if the gateway is gone or does not want it."""
        for _ in range(1 if self.gone else TELL_TRIES):
            try:
                tell()
                return True
            except GatewayGone:
                time.sleep(TELL_AGAIN_S)
            except Problem as problem:
                if problem.refusal is not Code.UNAVAILABLE:
                    return False
                time.sleep(TELL_AGAIN_S)
        self.gone = True
        return False

    def _end_orphans(self) -> None:
        """Calls of an earlier run that a PBX still holds: nobody follows them any more."""
        for attempt in self.journal.unended():
            if self.line.lookup(attempt) is Found.ALIVE:
                self.line.stop(attempt)
            self.journal.over(attempt)

    def _tell_pending(self) -> None:
        """Opt-outs that an earlier run could not tell."""
        for attempt, how in self.journal.pending().items():
            self._opt_out(attempt, how)
