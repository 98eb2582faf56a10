"""Calls begun per second over real SIP, and calls held that talk, from one process.

The called party is sipp on the same machine, so both sides share its cores. First calls
that are busy at once, as fast as they go. Then fifty calls hear a prompt all the time
while forty more are begun each second, of which a share is answered and ended at once and
the others are busy; set-up is the time from the INVITE to the answer or to the refusal.
Last, calls that all begin at once and hear five seconds.
Run: `.venv/bin/python -m tests.benchmarks.bench_sip`.
"""

from __future__ import annotations

import resource
import socket
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dialer.lines.port import Sound, Speech
from dialer.lines.sip import SipLine
from privacy.gateway.protocol import EventKind
from tests.dialer.sip.called import CALLER, SPEECH, called, followed, gives, order, tone

BUSY_CALLS = 600
TALKING = 50
STARTS_PER_S = 40
FOR_S = 15
PROMPT_S = 25.0
THREADS = 8
# Shares of answered calls: those of the simulator, and all.
ANSWERED = (0.64, 1.0)


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def processor_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def busy(line: SipLine) -> str:
    """Calls begun per second that are busy at once."""

    def one(n: int) -> None:
        line.place(order(f"b-{n}"), gives("86", n))
        followed(line, f"b-{n}")

    begun, used = time.perf_counter(), processor_s()
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(one, range(BUSY_CALLS)))
    took_s = time.perf_counter() - begun
    each_ms = (processor_s() - used) / BUSY_CALLS * 1_000
    return f"busy at once: {BUSY_CALLS / took_s:.0f} starts/s, {each_ms:.2f} ms of processor each"


def set_up(line: SipLine, attempt: str, ending: str, found: list[float]) -> None:
    """One call that is ended when it is answered; its set-up in ms."""
    line.place(order(attempt), gives(ending))
    ended = False
    while not ended:
        for event in line.next_events(attempt, 10.0):
            ended = event.kind is EventKind.ENDED
            if event.kind is EventKind.ANSWERED:
                line.stop(attempt)
            if event.kind is EventKind.ANSWERED or event.cause == "486":
                found.append(event.at_ms)


def talking(line: SipLine, share: float) -> str:
    """Set-up of forty calls a second beside fifty that talk; `share` of them is answered."""
    speech = Speech(Sound("a" * 64, tone(PROMPT_S)), SPEECH.confirmation, SPEECH.safe_harbour)
    for n in range(TALKING):
        line.place(order(f"t-{share}-{n}", max_s=60, speech=speech), gives("11", 5_000 + n))
    time.sleep(1.0)
    used = processor_s()
    found: list[float] = []
    threads: list[threading.Thread] = []
    begun = time.perf_counter()
    for n in range(STARTS_PER_S * FOR_S):
        time.sleep(max(0.0, begun + n / STARTS_PER_S - time.perf_counter()))
        ending = "11" if n % 100 < share * 100 else "86"
        asked = (line, f"s-{share}-{n}", ending, found)
        threads.append(threading.Thread(target=set_up, args=asked))
        threads[-1].start()
    took_s = time.perf_counter() - begun
    for thread in threads:
        thread.join()
    cores = (processor_s() - used) / took_s
    live = sum(line.lookup(f"t-{share}-{n}").value == "alive" for n in range(TALKING))
    for n in range(TALKING):
        line.stop(f"t-{share}-{n}")
        followed(line, f"t-{share}-{n}")
    missed, rate = STARTS_PER_S * FOR_S - len(found), STARTS_PER_S * FOR_S / took_s
    return (
        f"{live} talking, {share:.0%} of {rate:.1f} starts/s answered, for {took_s:.0f} s:"
        f" set-up p50 {percentile(found, 0.5):.0f} ms, p95 {percentile(found, 0.95):.0f} ms,"
        f" {missed} not set up, {line.rejected_bytes} bytes dropped, {cores:.2f} cores"
    )


def held(line: SipLine, calls: int) -> str:
    """Calls that hear a prompt of five seconds at once, and how long it took them."""
    speech = Speech(Sound("a" * 64, tone(5)), SPEECH.confirmation, SPEECH.safe_harbour)
    before, used = line.rejected_bytes, processor_s()
    for n in range(calls):
        line.place(order(f"h{calls}-{n}", max_s=60, speech=speech), gives("11", n))
    late, longest = 0, 0.0
    for n in range(calls):
        events = {event.kind: event.at_ms for event in followed(line, f"h{calls}-{n}", 120)}
        late += EventKind.ABANDONED in events
        longest = max(longest, events[EventKind.ENDED] - events[EventKind.ANSWERED])
    cost = (processor_s() - used) / (calls * 5) * 1_000
    return (
        f"{calls} at once: {late} heard nothing in time, {line.rejected_bytes - before} bytes"
        f" dropped, longest {longest / 1_000:.1f} s, {cost:.1f} ms of processor a call-second"
    )


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink,
    ):
        # Bound and never read: the kernel drops what comes, and sends nothing back.
        sink.bind(("127.0.0.1", 0))
        with called(Path(folder) / "party", rtp_port=sink.getsockname()[1]) as party:
            line = SipLine([party.trunk], {}, [CALLER])
            try:
                print(busy(line))
                for share in ANSWERED:
                    print(talking(line, share), flush=True)
                for calls in (50, 100, 200):
                    print(held(line, calls))
            finally:
                line.close()


if __name__ == "__main__":
    main()
