"""What the lines by a PBX share: the order of things in a call, and its times.

The PBX owns the call and names it by the attempt's id, so that it can be asked what
became of it, and refuses a second one of that name. Sounds lie on the PBX by their
SHA-256. When the connection breaks, what became of its calls is not known here.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dialer.lines.calls import Calls
from dialer.lines.causes import is_number, not_ready
from dialer.lines.port import Capabilities, Found, LineEvent, Order, Placed, Redeem, Sound
from dialer.lines.speaking import LINGER_MS
from dialer.lines.trunks import Trunks
from privacy.clock import SystemClock
from privacy.gateway.protocol import KEYS, EventKind
from privacy.settings import Trunk

TICK_S = 0.05
CANCELLED = "487"
# After a hang-up of ours the PBX says that the call is over; if it does not, we do.
END_WITHIN_S = 5.0
# The PBX ends a call by itself a little after we should have.
PBX_GRACE_S = 5


class NotSent(Exception):
    """The PBX was provably not told of the call."""


@dataclass
class PbxCall:
    """A call that a PBX was told of."""

    order: Order
    trunk: str
    begun_s: float
    answered_s: float | None = None
    rang: bool = False
    speaking: bool = False
    saying: str = ""
    said_s: float | None = None
    cause: str = ""
    ending_s: float = 0.0

    @property
    def last_word(self) -> bool:
        """Whether what is being said is the last thing."""
        return self.saying == "confirmation"


class PbxLine(ABC):
    """Events come in from the connection's thread; `place` and the rest from the dialer's."""

    def __init__(
        self, name: str, trunks: Sequence[Trunk], passwords: Mapping[str, str], most_calls: int
    ) -> None:
        self.capabilities = Capabilities(
            name=name,
            real=True,
            looks_up_after_restart=True,
            fences_duplicates=True,
            detects_machines=False,
            most_calls=most_calls,
            # Both PBXs tell a key when it is let go, or when the call ends with it down.
            keys_at="end",
        )
        self._clock = SystemClock()
        self._calls = Calls()
        self._trunks = Trunks(trunks)
        self._by_name = {trunk.name: trunk for trunk in trunks}
        self._passwords = passwords
        self._live: dict[str, PbxCall] = {}
        self._lock = threading.RLock()
        self._over = threading.Event()
        threading.Thread(target=self._watch, name=f"{name}-times", daemon=True).start()

    # What a PBX has to do.

    @abstractmethod
    def _originate(self, trunk: Trunk, order: Order, number: str) -> Placed:
        """Tell the PBX. NotSent if it was provably not told. No error may name the number."""

    @abstractmethod
    def _play(self, call: PbxCall, sound: Sound) -> None:
        """Let the PBX stop what it says and say `sound`."""

    @abstractmethod
    def _hang_up(self, attempt: str, trunk: str) -> None:
        """Let the PBX end the call; one that is over is let be."""

    @abstractmethod
    def _exists(self, attempt: str, trunk: Trunk) -> bool | None:
        """Whether the PBX has that call now; None if it does not say."""

    # The line.

    def ready(self) -> bool:
        """Whether some PBX is there and takes calls."""
        return not self._over.is_set() and bool(self._trunks.usable(self._clock.monotonic_s()))

    def place(self, order: Order, redeem: Redeem) -> Placed:
        """Redeem and tell one PBX; another only if the first was provably not told."""
        if not self.ready():
            raise not_ready(self.capabilities.name)
        number = redeem().number
        placed = Placed.REFUSED
        self._calls.begin(order.attempt)
        for trunk in self._trunks.usable(self._clock.monotonic_s()) if is_number(number) else ():
            with self._lock:
                self._live[order.attempt] = PbxCall(order, trunk.name, self._clock.monotonic_s())
            self._calls.put(order.attempt, EventKind.SENT)
            try:
                placed = self._originate(trunk, order, number)
                break
            except NotSent:
                self._trunks.failed(trunk.name, self._clock.monotonic_s())
                self._calls.begin(order.attempt)
        del number
        if placed is Placed.UNKNOWN and self.lookup(order.attempt) is Found.ALIVE:
            # The answer was lost, the call was not.
            placed = Placed.ACCEPTED
        if placed is not Placed.ACCEPTED:
            self._calls.drop(order.attempt)
            self._live.pop(order.attempt, None)
        return placed

    def next_events(self, attempt: str, timeout_s: float) -> list[LineEvent]:
        """What happened since the last look, in order. LineLost when the PBX is gone."""
        return self._calls.next_events(attempt, timeout_s)

    def confirm(self, attempt: str) -> None:
        """The prompt stops, the confirmation is said, and then the call is ended."""
        with self._lock:
            call = self._live.get(attempt)
            if call is None or call.cause:
                return
            if call.answered_s is None:
                self._end(call, "local")
            else:
                self._say(call, "confirmation")

    def stop(self, attempt: str) -> None:
        """Hang up, or cancel what rings; also a call that an earlier process left behind."""
        with self._lock:
            call = self._live.get(attempt)
            if call is not None:
                self._end(call, "local")
                return
        for trunk in self._by_name.values():
            if self._exists(attempt, trunk):
                self._hang_up(attempt, trunk.name)

    def lookup(self, attempt: str) -> Found:
        """What the PBX says, also of a call of an earlier process. A call that it does not
        have may have ended or never been."""
        known = self._calls.found(attempt)
        if known is Found.ENDED:
            return known
        if any(self._exists(attempt, trunk) for trunk in self._by_name.values()):
            return Found.ALIVE
        return Found.CANNOT_TELL

    def close(self) -> None:
        """Leave the PBX. Calls that are still there are ended first."""
        with self._lock:
            for call in list(self._live.values()):
                self._end(call, "local")
        self._over.set()
        self._calls.lose()

    # What the PBX tells.

    def _rings(self, attempt: str) -> None:
        with self._lock:
            call = self._live.get(attempt)
            if call is not None and not call.rang and call.answered_s is None:
                call.rang = True
                self._calls.put(attempt, EventKind.RINGING)

    def _is_answered(self, attempt: str) -> None:
        with self._lock:
            call = self._live.get(attempt)
            if call is None or call.answered_s is not None:
                return
            call.answered_s = self._clock.monotonic_s()
            self._calls.put(attempt, EventKind.ANSWERED)
            if call.cause:
                self._hang_up(attempt, call.trunk)
            else:
                self._say(call, "prompt" if call.order.speech.prompt.sha256 else "safe_harbour")

    def _say(self, call: PbxCall, role: str) -> None:
        call.saying, call.said_s = role, None
        if role == "safe_harbour":
            self._calls.put(call.order.attempt, EventKind.ABANDONED)
        self._play(call, getattr(call.order.speech, role))

    def _begins_to_speak(self, attempt: str) -> None:
        with self._lock:
            call = self._live.get(attempt)
            if call is not None and not call.speaking and call.saying == "prompt":
                call.speaking = True
                self._calls.put(attempt, EventKind.MEDIA_STARTED)

    def _has_spoken(self, attempt: str) -> None:
        with self._lock:
            call = self._live.get(attempt)
            if call is not None and call.saying:
                call.said_s = self._clock.monotonic_s()

    def _key(self, attempt: str, key: str) -> None:
        if key in KEYS and len(key) == 1:
            self._calls.put(attempt, EventKind.KEY, key)

    def _has_ended(self, attempt: str, cause: str) -> None:
        with self._lock:
            call = self._live.pop(attempt, None)
            if call is not None:
                answered = call.answered_s is not None
                told = call.cause or ("remote" if answered else cause)
                self._calls.put(attempt, EventKind.ENDED, told)

    def _lose(self) -> None:
        """The connection is broken."""
        if not self._over.is_set():
            self._over.set()
            self._calls.lose()

    # What time brings.

    def _watch(self) -> None:
        try:
            while not self._over.wait(TICK_S):
                with self._lock:
                    for call in list(self._live.values()):
                        self._look(call, self._clock.monotonic_s())
        finally:
            # Without it no call ends: a fault here is the end of the line.
            self._lose()

    def _look(self, call: PbxCall, now_s: float) -> None:
        if call.cause:
            if now_s - call.ending_s > END_WITHIN_S:
                self._has_ended(call.order.attempt, call.cause)
        elif call.answered_s is None:
            if now_s - call.begun_s > call.order.ring_s:
                self._end(call, CANCELLED)
        elif now_s - call.answered_s > call.order.max_s:
            self._end(call, "local")
        elif call.said_s is not None:
            linger_s = 0 if call.last_word else LINGER_MS / 1_000
            if now_s - call.said_s >= linger_s:
                self._end(call, "local")

    def _end(self, call: PbxCall, cause: str) -> None:
        if not call.cause:
            call.cause, call.ending_s = cause, self._clock.monotonic_s()
            self._hang_up(call.order.attempt, call.trunk)
