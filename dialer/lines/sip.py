"""SIP: real calls by one or several trunks, out of this process.

An attempt is sent once. Another trunk is tried only where the stack says that no INVITE
was sent; a trunk that failed rests, and carries no further call meanwhile. Who hung up
is what we know ourselves, never what the stack's words say.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import baresip
from baresip import AudioNotActive, AudioRestarted, Event

from dialer.lines.calls import Calls
from dialer.lines.causes import is_number
from dialer.lines.port import (
    Capabilities,
    Found,
    LineEvent,
    NotReady,
    Order,
    Placed,
    Redeem,
    Sound,
)
from dialer.lines.sip_stack import NOT_SENT, UNKNOWN, Dialled, Stack, hang_up
from dialer.lines.speaking import LINGER_MS, TAIL_MS, Track
from dialer.lines.trunks import Trunks
from privacy.clock import SystemClock
from privacy.errors import RightsdeskError
from privacy.gateway.protocol import KEYS, EventKind
from privacy.settings import Trunk

NAME = "sip"
TICK_S = 0.05
# A call that is spoken to is looked after less often: a second of speech lies ready.
FEED_EVERY_S = 0.2
# One of 256 handles is the account's; three more are kept free.
MOST_CALLS = 250
# The stack empties its buffer at its next frame: what is handed over before that is lost.
FLUSH_S = 0.08
# Something must be said within two seconds of the answer (47 CFR 64.1200(a)(7)(i)(A),
# 16 CFR 310.4(b)(4)(iii)): if the prompt has not begun by now, the other message is.
PROMPT_WITHIN_S = 1.5
# After a hang-up of ours the stack says that the call is over; if it does not, we do.
END_WITHIN_S = 5.0
STATUS = re.compile(r"([3-6]\d\d) ")
CANCELLED = "487"
NO_TRUNK = "503"
TRUNK_FAILED = frozenset({"500", "502", "503", "504"})


@dataclass
class _Call:
    """A call on the stack's loop."""

    order: Order
    trunk: str
    dialled: Dialled
    begun_s: float
    heard_of: bool = False
    answered_s: float | None = None
    speaking: bool = False
    fed_s: float = 0.0
    flushed_s: float = 0.0
    late: bool = False
    track: Track | None = None
    cause: str = ""
    ending_s: float | None = None
    dropped_bytes: int = 0


class SipLine:
    """A line of one process. `most_calls` bounds all its calls, ringing and talking."""

    def __init__(
        self,
        trunks: Sequence[Trunk],
        passwords: Mapping[str, str],
        caller_ids: Sequence[str],
        *,
        port: int = 0,
        most_calls: int = MOST_CALLS,
    ) -> None:
        self.capabilities = Capabilities(
            name=NAME,
            real=True,
            looks_up_after_restart=False,
            fences_duplicates=False,
            detects_machines=False,
            most_calls=min(most_calls, MOST_CALLS),
        )
        self._clock = SystemClock()
        self._calls = Calls()
        self._trunks = Trunks(trunks)
        self._placing = threading.Lock()
        self._reserved: set[str] = set()
        self._alive, self._closed = True, False
        self._by_attempt: dict[str, _Call] = {}
        self._by_handle: dict[int, _Call] = {}
        self.rejected_bytes = 0
        self._stack = Stack(self._heard, self._trunks.registered, self._died)
        self._stack.start(next((t.local for t in trunks if t.local), ""), port)
        try:
            self._open(trunks, passwords, caller_ids)
        except RightsdeskError:
            self.close()
            raise
        self._stack.loop.call_soon_threadsafe(lambda: self._stack.spawn(self._tick()))

    def _open(
        self, trunks: Sequence[Trunk], passwords: Mapping[str, str], caller_ids: Sequence[str]
    ) -> None:
        for trunk in trunks:
            for caller_id in caller_ids:
                secret = passwords.get(trunk.name, "")
                self._stack.wait(self._stack.open(trunk, caller_id, secret))

    def ready(self) -> bool:
        """Whether some trunk may carry a call now."""
        return self._alive and bool(self._trunks.usable(self._clock.monotonic_s()))

    def place(self, order: Order, redeem: Redeem) -> Placed:
        """Redeem, send one INVITE, forget the number. NotReady before anything is redeemed."""
        self._reserve(order.attempt)
        try:
            number = redeem().number
        except BaseException:
            self._release(order.attempt)
            raise
        self._calls.begin(order.attempt)
        for trunk in self._trunks.usable(self._clock.monotonic_s()) if is_number(number) else ():
            placed = self._send(order, trunk, f"sip:{number}@{trunk.server}")
            if placed is not None:
                break
            self._trunks.failed(trunk.name, self._clock.monotonic_s())
        else:
            placed = Placed.REFUSED
        del number
        if placed is not Placed.ACCEPTED:
            self._calls.drop(order.attempt)
            self._release(order.attempt)
        return placed

    def _reserve(self, attempt: str) -> None:
        with self._placing:
            full = len(self._reserved) >= self.capabilities.most_calls
            if full or not self.ready():
                raise NotReady(
                    "No trunk can take a call now." if not full else "The line is full.",
                    what="sip",
                    next="Nothing was redeemed; it is tried again.",
                )
            self._reserved.add(attempt)

    def _release(self, attempt: str) -> None:
        with self._placing:
            self._reserved.discard(attempt)

    def _send(self, order: Order, trunk: Trunk, uri: str) -> Placed | None:
        """None if that trunk provably sent nothing. No error leaves here: it may quote `uri`."""

        def known(dialled: Dialled) -> None:
            call = _Call(order, trunk.name, dialled, self._clock.monotonic_s())
            self._by_attempt[order.attempt] = self._by_handle[dialled.handle] = call
            self._calls.put(order.attempt, EventKind.SENT)

        uri += ";transport=tcp" if trunk.transport == "tcp" else ""
        try:
            self._stack.wait(self._stack.dial(trunk, order.caller_id, uri, order.attempt, known))
        except NOT_SENT:
            return None
        except (*UNKNOWN, TimeoutError):
            return Placed.UNKNOWN
        except (baresip.BaresipError, ValueError):
            return Placed.REFUSED
        return Placed.ACCEPTED

    # What the stack tells, on its loop.

    def _heard(self, handle: int, event: baresip.StackEvent) -> None:
        call = self._by_handle[handle]
        attempt = call.order.attempt
        match event.event:
            case Event.CALL_RINGING | Event.CALL_PROGRESS:
                if not call.heard_of and call.answered_s is None:
                    self._calls.put(attempt, EventKind.RINGING)
                call.heard_of = True
                self._trunks.answered(call.trunk)
            case Event.CALL_ESTABLISHED:
                self._answered(call)
            case Event.CALL_DTMF_START if event.text and event.text in KEYS:
                self._calls.put(attempt, EventKind.KEY, event.text)
            case Event.CALL_CLOSED:
                self._ended(call, event.text or "")

    def _answered(self, call: _Call) -> None:
        call.answered_s = self._clock.monotonic_s()
        call.heard_of = True
        self._trunks.answered(call.trunk)
        self._calls.put(call.order.attempt, EventKind.ANSWERED)
        if call.ending_s is not None:
            # Answered in the moment in which it was cancelled.
            self._stack.spawn(hang_up(call.dialled.call))
            return
        call.track = Track(call.order.speech.prompt.pcm, LINGER_MS)
        self._feed(call)

    def _ended(self, call: _Call, words: str) -> None:
        told = STATUS.match(words)
        if call.cause:
            cause = call.cause
        elif call.answered_s is not None:
            cause = "remote"
        else:
            cause = told.group(1) if told else NO_TRUNK
            if cause in TRUNK_FAILED and not call.heard_of:
                self._trunks.failed(call.trunk, self._clock.monotonic_s())
        self._over(call, cause)

    def _over(self, call: _Call, cause: str) -> None:
        attempt = call.order.attempt
        if self._by_attempt.pop(attempt, None) is None:
            return
        self._by_handle.pop(call.dialled.handle, None)
        self._stack.forget(call.dialled.handle)
        self.rejected_bytes += call.dropped_bytes
        self._release(attempt)
        self._calls.put(attempt, EventKind.ENDED, cause)

    def _died(self) -> None:
        self._alive = False
        self._calls.lose()

    # What time brings, on the stack's loop.

    async def _tick(self) -> None:
        try:
            while self._alive:
                await asyncio.sleep(TICK_S)
                for call in list(self._by_attempt.values()):
                    self._look(call, self._clock.monotonic_s())
        finally:
            # Without it nobody speaks and no call ends: a fault here is the end of the line.
            self._died()

    def _look(self, call: _Call, now_s: float) -> None:
        if call.ending_s is not None:
            if now_s - call.ending_s > END_WITHIN_S:
                self._over(call, call.cause)
        elif call.answered_s is None:
            if now_s - call.begun_s > call.order.ring_s:
                if not call.heard_of:
                    self._trunks.failed(call.trunk, now_s)
                self._end(call, CANCELLED)
        elif now_s - call.answered_s > call.order.max_s:
            self._end(call, "local")
        elif not call.speaking or now_s - call.fed_s >= FEED_EVERY_S:
            self._feed(call)

    def _feed(self, call: _Call) -> None:
        """Hand over what is due, and see whether anything is heard in time."""
        assert call.answered_s is not None
        assert call.track is not None
        call.fed_s = now_s = self._clock.monotonic_s()
        buffered = self._hand_over(call)
        if buffered is not None and call.track.begun(buffered):
            if not call.speaking and not call.late:
                self._calls.put(call.order.attempt, EventKind.MEDIA_STARTED)
            call.speaking = True
        waited = now_s - call.answered_s > PROMPT_WITHIN_S
        if not call.speaking and not call.late and (waited or not call.track.pcm):
            call.late = True
            self._calls.put(call.order.attempt, EventKind.ABANDONED)
            self._say(call, call.order.speech.safe_harbour, LINGER_MS)
        elif buffered is not None and call.track.over(buffered, now_s):
            self._end(call, "local")

    def _hand_over(self, call: _Call) -> int | None:
        """What waits in the stack's buffer afterwards; None while nothing can be said."""
        assert call.track is not None
        audio = call.dialled.call.audio
        if self._clock.monotonic_s() - call.flushed_s < FLUSH_S:
            return None
        try:
            info = audio.info()
            if not info.tx_ready:
                return None
            buffered, due = info.tx_buffered, call.track.due(info.tx_buffered)
            if due:
                taken = audio.write(due)
                call.track.at += taken
                call.dropped_bytes += len(due) - taken
        except (AudioNotActive, AudioRestarted):
            return None
        return buffered + len(due)

    def _say(self, call: _Call, sound: Sound, linger_ms: int) -> None:
        """Say something else from now on."""
        call.track = Track(sound.pcm, linger_ms)
        call.flushed_s, call.fed_s = self._clock.monotonic_s(), 0.0
        try:
            call.dialled.call.audio.flush_tx()
        except (AudioNotActive, AudioRestarted):
            return

    def _end(self, call: _Call, cause: str) -> None:
        if call.ending_s is None:
            call.cause, call.ending_s = cause, self._clock.monotonic_s()
            self._stack.spawn(hang_up(call.dialled.call))

    # What the dialer asks for, from its own threads.

    def next_events(self, attempt: str, timeout_s: float) -> list[LineEvent]:
        """What happened since the last look, in order. LineLost when the stack is gone."""
        return self._calls.next_events(attempt, timeout_s)

    def confirm(self, attempt: str) -> None:
        """The prompt stops, the confirmation is said, and then the call is ended."""

        def say() -> None:
            call = self._by_attempt.get(attempt)
            if call is None or call.ending_s is not None:
                return
            if call.answered_s is None or not call.order.speech.confirmation.pcm:
                self._end(call, "local")
            else:
                call.speaking = True
                self._say(call, call.order.speech.confirmation, TAIL_MS)

        self._stack.loop.call_soon_threadsafe(say)

    def stop(self, attempt: str) -> None:
        """Hang up, or cancel what rings; ends that are over already are let be."""

        def end() -> None:
            call = self._by_attempt.get(attempt)
            if call is not None:
                self._end(call, "local")

        self._stack.loop.call_soon_threadsafe(end)

    def lookup(self, attempt: str) -> Found:
        """What this process knows; after a restart nobody can tell."""
        return self._calls.found(attempt)

    def close(self) -> None:
        """End the line; a call that is still there ends as if we hung up."""
        self._alive = False
        if not self._closed:
            self._closed = True
            self._stack.close()
        self._calls.lose()


def line(
    trunks: Sequence[Trunk], passwords: Mapping[str, str], caller_ids: Sequence[str]
) -> SipLine:
    """The line as the worker makes it."""
    return SipLine(trunks, passwords, caller_ids)
