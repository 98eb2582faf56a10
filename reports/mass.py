"""Many documents at once: a pool of spawned processes, recycled, fed through pipes.

WeasyPrint is not safe in threads nor after a fork, and gives memory back only when its
process ends: so the processes are spawned and are new ones after RECYCLED documents. Each
loads style sheet, fonts and template once. What goes in and comes out passes through pipes,
never through a file. A document that cannot be made, or whose process dies, is told with its
key and a reason that holds nothing of the document; the others are made all the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from multiprocessing import get_context
from typing import Any, TypeVar

from privacy.errors import RightsdeskError

Task = TypeVar("Task")
PROCESSES = 2
RECYCLED = 500
"""Documents that one pool makes before its processes are new ones."""

AHEAD = 4
"""Documents a process that wait to be made: what is opened early is no more than this."""

DIED = "the process that made it ended"


@dataclass(frozen=True)
class Made:
    """One document by its key: the file, or why there is none."""

    key: str
    content: bytes | None
    why: str = ""


@dataclass(frozen=True)
class Letter:
    """What one letter is made from; it goes to a process by a pipe."""

    data: dict[str, Any]
    made_at: datetime
    look: Any


def letter_pdf(letter: Letter) -> bytes:
    """The letter as PDF. For `made`, in the process that makes it."""
    from reports.letter import render_letter

    return render_letter(letter.data, made_at=letter.made_at, look=letter.look).pdf


@dataclass(frozen=True)
class Report:
    """What one report is made from; see `render.render`. Nobody signs it by itself."""

    kind: str
    data: dict[str, Any]
    annexes: dict[str, bytes]
    made_at: datetime
    anchor: Any
    classification: str
    look: Any


def report_pdf(report: Report) -> bytes:
    """The report as PDF. For `made`, in the process that makes it."""
    from reports.render import render

    return render(
        report.kind,
        report.data,
        made_at=report.made_at,
        anchor=report.anchor,
        classification=report.classification,
        look=report.look,
        annexes=report.annexes,
    ).pdf


def made(
    make: Callable[[Task], bytes],
    tasks: Iterable[tuple[str, Task]],
    *,
    processes: int = PROCESSES,
    recycled: int = RECYCLED,
) -> Iterator[Made]:
    """Make each task's document, in the order of the tasks; the key names it.

    `make` is a function of a module, run in another process; a task is taken from `tasks`
    shortly before it is made. What `tasks` raises ends the making.
    """
    waiting = iter(tasks)
    while batch := tuple(islice(waiting, 1)):
        with _pool(processes) as pool:
            yield from _of_pool(pool, make, _chain(batch, islice(waiting, recycled - 1)), processes)


def _of_pool(
    pool: ProcessPoolExecutor,
    make: Callable[[Task], bytes],
    tasks: Iterator[tuple[str, Task]],
    processes: int,
) -> Iterator[Made]:
    """The documents of one pool. Once a process of it died, each is made in one of its own."""
    under_way: deque[tuple[str, Task, Future[tuple[bytes | None, str]] | None]] = deque()
    broken = False
    while True:
        for key, task in islice(tasks, AHEAD * processes - len(under_way)):
            future = None if broken else _submitted(pool, make, task)
            under_way.append((key, task, future))
        if not under_way:
            return
        key, task, future = under_way.popleft()
        told = None if future is None else _result(future)
        if told is None:
            broken = True
            told = _alone(make, task)
        yield Made(key, *told)


def _submitted(
    pool: ProcessPoolExecutor, make: Callable[[Task], bytes], task: Task
) -> Future[tuple[bytes | None, str]] | None:
    try:
        return pool.submit(_guarded, make, task)
    except BrokenProcessPool:
        return None


def _result(future: Future[tuple[bytes | None, str]]) -> tuple[bytes | None, str] | None:
    """What came back; None if the process died, of this document or of another."""
    try:
        return future.result()
    except BrokenProcessPool:
        return None


def _alone(make: Callable[[Task], bytes], task: Task) -> tuple[bytes | None, str]:
    """Made in a process that nothing else shares: if that dies, it was this document."""
    with _pool(1) as pool:
        told = _result(pool.submit(_guarded, make, task))
    return (None, DIED) if told is None else told


def _guarded(make: Callable[[Task], bytes], task: Task) -> tuple[bytes | None, str]:
    """In the process: the file, or a reason. An error's own text may hold what it was about."""
    try:
        return make(task), ""
    except RightsdeskError as error:
        return None, error.message
    except Exception as fault:  # noqa: BLE001 (told by its kind; the rest must go on)
        return None, f"a fault of ours ({type(fault).__name__})"


def _pool(processes: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(processes, mp_context=get_context("spawn"))


def _chain(
    first: Iterable[tuple[str, Task]], rest: Iterable[tuple[str, Task]]
) -> Iterator[tuple[str, Task]]:
    yield from first
    yield from rest
