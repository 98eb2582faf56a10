"""The SIP stack (baresip) in a thread of its own, made safe for calling people.

What this version of it does wrong, and what is done about it here:

- An answer that comes before `dial` returns never reaches its Call object. All events are
  taken at the runtime and kept by handle until the call is known.
- A key is reported by `on_dtmf` only when it is let go. CALL_DTMF_START counts.
- 256 handles are all it has: the line refuses a call before its permit is redeemed.
- A write beyond the transmit buffer is dropped: `speaking` feeds it in real time.

Its events, logs and traces carry the number: they are muted, and its words are never
quoted. Nobody may make it call: transfers are refused, and so is who calls in.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import baresip
from baresip.call import Call
from baresip.runtime import Runtime
from baresip.ua import UserAgent

from privacy.errors import BadInput, MachineFailed
from privacy.settings import Trunk

T = TypeVar("T")
STACK_TIMEOUT_S = 20.0
# The stack's thread waits for the interpreter at each of its events; with Python's usual
# 5 ms a few hundred events a second stop all calls.
SWITCH_S = 0.0002
REGISTER_EVERY_S = 300
ATTEMPT_HEADER = "X-Rightsdesk-Attempt"
# Errors of `dial` after which it is documented that no INVITE was sent.
NOT_SENT = (baresip.NoLocalAddressError, baresip.CommandQueueFull, baresip.DrainingError)
# Errors after which nobody can tell.
UNKNOWN = (baresip.CommandTimeout, baresip.RuntimeDead)


def muted() -> None:
    """Let nothing of the stack's own words out: they name whom it calls."""
    logger = logging.getLogger("baresip")
    logger.propagate = False
    logger.setLevel(logging.CRITICAL + 1)


@dataclass
class Dialled:
    """A call that was handed to the stack."""

    handle: int
    call: Call


@dataclass
class Stack:
    """One per process. `heard` gets each event of a known call, on the stack's loop."""

    heard: Callable[[int, baresip.StackEvent], None]
    registration: Callable[[str, bool], None]
    died: Callable[[], None]
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _runtime: Runtime | None = None
    _thread: threading.Thread = field(default_factory=threading.Thread)
    _agents: dict[tuple[str, str], UserAgent] = field(default_factory=dict)
    _trunk_of: dict[int, str] = field(default_factory=dict)
    _known: set[int] = field(default_factory=set)
    _early: dict[int, list[baresip.StackEvent]] = field(default_factory=dict)
    _dialling: int = 0
    _running: set[asyncio.Task[Any]] = field(default_factory=set)

    def start(self, local: str, port: int) -> None:
        """Begin to run. MachineFailed if the stack does not start."""
        muted()
        sys.setswitchinterval(SWITCH_S)
        self._thread = threading.Thread(target=self.loop.run_forever, name="sip", daemon=True)
        self._thread.start()
        failure = ""
        try:
            self.wait(self._start(local, port))
        except baresip.BaresipError as error:
            failure = type(error).__name__
        if failure:
            raise MachineFailed(
                f"The SIP stack did not start ({failure}).",
                what="sip",
                next="Check the trunk's `local` address and that its port is free.",
            )

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Do `work` on the stack's loop, from any other thread."""
        done: Future[T] = asyncio.run_coroutine_threadsafe(work, self.loop)
        return done.result(STACK_TIMEOUT_S)

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Begin `work` on the loop's own thread, and keep it until it is done."""
        task = self.loop.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _start(self, local: str, port: int) -> None:
        self._runtime = Runtime(native_log_level="error")
        self._runtime.on_dead = self.died  # type: ignore[assignment]
        self._runtime.subscribe(self._on_event)
        await self._runtime.start(
            baresip.Config(
                net_interface=local or None,
                max_concurrent_calls=None,
                native_log_level="error",
                sip_trace=False,
                # Who vanished without a BYE is not talked to for ever.
                rtp_timeout=0,
                extra_config_text=f"sip_listen {local or '0.0.0.0'}:{port}\n",  # noqa: S104
            )
        )

    def _on_event(self, event: baresip.StackEvent) -> None:
        if event.event in (baresip.Event.REGISTER_OK, baresip.Event.REGISTER_FAIL):
            name = self._trunk_of.get(event.ua)
            if name is not None:
                self.registration(name, event.event is baresip.Event.REGISTER_OK)
        elif event.call in self._known:
            self.heard(event.call, event)
        elif event.call:
            # Possibly of a call whose `dial` has not returned yet.
            self._early.setdefault(event.call, []).append(event)

    async def open(self, trunk: Trunk, caller_id: str, password: str) -> None:
        """Make ready to call by that trunk under that caller id; registers where it has to."""
        key = (trunk.name, "" if trunk.registers else caller_id)
        if key in self._agents:
            return
        assert self._runtime is not None
        try:
            account = baresip.Account(
                user=trunk.user if trunk.registers else caller_id,
                domain=trunk.server,
                password=password,
                reg_interval=REGISTER_EVERY_S if trunk.registers else 0,
                transport="tcp" if trunk.transport == "tcp" else "udp",
                auth_user=trunk.user or None,
            )
            agent = await UserAgent.create(self._runtime, account, transfer_policy="reject")
        except (ValueError, baresip.BaresipError):
            raise BadInput(
                "The trunk's settings cannot be used.",
                what=f"trunks.{trunk.name}",
                next="Check server, user and password file.",
            ) from None
        agent.on_incoming(lambda call: self.spawn(_refuse(call)))
        self._agents[key] = agent
        self._trunk_of[agent.handle] = trunk.name
        if trunk.registers:
            await self._register(agent, trunk)

    async def _register(self, agent: UserAgent, trunk: Trunk) -> None:
        try:
            await agent.register(timeout=STACK_TIMEOUT_S / 2)
        except baresip.RegistrationError:
            self.registration(trunk.name, False)
        else:
            self.registration(trunk.name, True)

    async def dial(
        self, trunk: Trunk, caller_id: str, uri: str, attempt: str, known: Callable[[Dialled], None]
    ) -> None:
        """Send the INVITE. `known` is called before any event of the call is heard.

        The errors of baresip's `dial`; their words may hold the number.
        """
        agent = self._agents[(trunk.name, "" if trunk.registers else caller_id)]
        headers = {ATTEMPT_HEADER: attempt}
        if trunk.registers:
            # RFC 3325: the account is who it is; the number shown is asked for.
            headers["P-Preferred-Identity"] = f"<sip:{caller_id}@{trunk.server}>"
        self._dialling += 1
        try:
            call = await agent.dial(uri, headers)
            assert self._runtime is not None
            # The object would keep the number, and would miss early events: it is used for
            # its commands only.
            self._runtime.unsubscribe(call._on_stack_event)
            call.peer = attempt
            self._known.add(call.handle)
            known(Dialled(call.handle, call))
            for event in self._early.pop(call.handle, []):
                self.heard(call.handle, event)
        finally:
            self._dialling -= 1
            if not self._dialling:
                self._end_strays()

    def _end_strays(self) -> None:
        """Calls that belong to no attempt, as after a lost answer to `dial`, are ended."""
        assert self._runtime is not None
        for handle, events in self._early.items():
            closed = any(event.event is baresip.Event.CALL_CLOSED for event in events)
            incoming = any(event.event is baresip.Event.CALL_INCOMING for event in events)
            if not closed and not incoming:
                stray = Call(
                    self._runtime,
                    handle=handle,
                    ua_handle=events[0].ua,
                    state=baresip.CallState.OUTGOING,
                    peer="",
                )
                self.spawn(hang_up(stray))
        self._early.clear()

    def forget(self, handle: int) -> None:
        """A call has ended."""
        self._known.discard(handle)

    def close(self) -> None:
        """End the stack; calls that are still there end with it."""

        async def end() -> None:
            assert self._runtime is not None
            running = list(self._running)
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            await self._runtime.close()

        try:
            self.wait(end())
        except baresip.BaresipError:
            # A stack that is dead already needs no end.
            return
        finally:
            self.loop.call_soon_threadsafe(self.loop.stop)
            self._thread.join()
            self.loop.run_until_complete(self.loop.shutdown_default_executor())
            self.loop.close()


async def hang_up(call: Call) -> None:
    """End a call, or cancel it while it rings; one that is over already is let be."""
    with suppress(baresip.BaresipError):
        # A stack that does not answer is noticed by who waits for the end of the call.
        await call.hangup()


async def _refuse(call: Call) -> None:
    """Nobody is at home here: a caller gets 486."""
    with suppress(baresip.BaresipError):
        await call.reject()
