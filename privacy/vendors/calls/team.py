"""The judging of many calls shared by processes: each has the numbers of one share.

All calls to a number go to one process, with what the desk knows of it. They go through pipes,
never through a file, and no key of the desk leaves this process: a number stands beside its
key, which the hash of this process made. What comes back are sums, the same however many
processes there were, and rows that broke a rule.
"""

from __future__ import annotations

import gc
import signal
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import Any

from privacy.errors import MachineFailed, RightsdeskError
from privacy.vendors.calls.collecting import rare_collections
from privacy.vendors.calls.desk_world import Told, share_of
from privacy.vendors.calls.facts import Mandate
from privacy.vendors.calls.judging import Broke, Sums, judge_all, tell_in_order
from privacy.vendors.calls.record import CallChunk
from privacy.vendors.calls.tally import Tell

PROCESSES = 2
ALONE = 50_000
"""Up to so many calls are judged in this process: another takes a second to begin."""

CLOSES_WITHIN_S = 10


@dataclass
class _Work:
    """What a process needs before the chunks of its share come."""

    told: Told
    erased: Mapping[int, int]
    mandate: Mandate
    sums: Sums
    telling: bool


def processes_for(calls: int) -> int:
    """How many processes judge so many calls."""
    return 1 if calls <= ALONE else PROCESSES


class Team:
    """So many processes, begun at once and ended with the block; 1: this one alone."""

    def __init__(self, processes: int) -> None:
        self._count = processes
        self._pipes: list[Connection] = []
        self._processes: list[SpawnProcess] = []

    def __enter__(self) -> Team:
        context = get_context("spawn")
        for _ in range(self._count if self._count > 1 else 0):
            ours, theirs = context.Pipe()
            process = context.Process(target=_judge_what_comes, args=(theirs,), daemon=True)
            process.start()
            theirs.close()
            self._pipes.append(ours)
            self._processes.append(process)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            if kind is not None:
                process.terminate()
            process.join(CLOSES_WITHIN_S)
            if process.is_alive():
                process.kill()
                process.join()

    def judge(
        self,
        told: Told,
        erased: Mapping[int, int],
        mandate: Mandate,
        chunks: Iterable[CallChunk],
        sums: Sums,
        tell: Tell | None,
    ) -> None:
        """Judge the chunks into `sums`. MachineFailed where a process ended."""
        if not self._pipes:
            judge_all(told.world(), erased, mandate, chunks, sums, tell)
            del told
            _let_go()
            return
        keyring = told.keyring
        for number in range(self._count):
            share = told.share(number, self._count)
            self._send(number, _Work(share, erased, mandate, sums.empty(), tell is not None))
        del told, share
        busy = False
        for chunk in chunks:
            keys = keyring.known(chunk.number)
            pieces = [share_of(chunk, keys, n, self._count) for n in range(self._count)]
            # The next chunk is read and cut while the last one is judged.
            if busy:
                self._take_breaches(tell)
            for number, piece in enumerate(pieces):
                self._send(number, piece)
            busy = True
        if busy:
            self._take_breaches(tell)
        for number in range(self._count):
            self._send(number, None)
        for number in range(self._count):
            sums.join(self._take(number))

    def _take_breaches(self, tell: Tell | None) -> None:
        broke: list[Broke] = []
        for number in range(self._count):
            broke += self._take(number)
        if tell is not None:
            tell_in_order(broke, tell)

    def _send(self, number: int, what: _Work | CallChunk | None) -> None:
        try:
            self._pipes[number].send(what)
        except OSError:
            raise _ended() from None

    def _take(self, number: int) -> Any:
        try:
            found = self._pipes[number].recv()
        except (EOFError, OSError):
            raise _ended() from None
        if isinstance(found, RightsdeskError):
            raise found
        return found


def _ended() -> MachineFailed:
    return MachineFailed(
        "A process that judges calls ended.",
        what="calls",
        next="Ask again: the calls are kept, and nothing of the judgement is.",
    )


def _judge_what_comes(pipe: Connection) -> None:
    """The life of a process: work after work until the pipe is closed."""
    # Whoever breaks off speaks to the process that began this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            work = pipe.recv()
        except EOFError:
            return
        try:
            with rare_collections():
                found: Sums | RightsdeskError = _judged(work, pipe)
        except EOFError:
            return
        except RightsdeskError as error:
            found = error
        pipe.send(found)
        del work, found
        _let_go()


def _let_go() -> None:
    """A judge and its places know each other: only a collection frees what they know."""
    gc.collect()


def _judged(work: _Work, pipe: Connection) -> Sums:
    broke: list[Broke] = []

    def chunks() -> Iterator[CallChunk]:
        while (chunk := pipe.recv()) is not None:
            yield chunk
            pipe.send(broke.copy())
            broke.clear()

    tell: Tell | None = (lambda row, one: broke.append((row, one))) if work.telling else None
    world = work.told.world()
    work.told.parts.clear()
    judge_all(world, work.erased, work.mandate, chunks(), work.sums, tell)
    work.sums.gauges.let_go()
    return work.sums
