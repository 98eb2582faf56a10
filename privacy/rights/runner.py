"""The one runner of what was approved: listed steps, each done once, in order, whatever dies.

A doing prepares what lies outside main (vault, ledger) and may be repeated; its job
changes main and marks its steps in one transaction, with the audit entry. Killed
anywhere, the same call goes on with the first step that is not marked. One process
runs at a time on a desk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from privacy.actors import Act, Actor
from privacy.desk import Desk
from privacy.errors import DeskInUse
from privacy.rights import erasing_store, execution, planning, store
from privacy.rights.case import Event, State, Step, after
from privacy.rights.store import Case, NewEvent
from privacy.storage.unit import Unit

# Step number to (audit entry, detail): what a job did, in its own transaction.
Marks = Mapping[int, tuple[str, str]]
Job = Callable[[Unit], Marks]
InUnit = Callable[[Unit], None]


@dataclass(frozen=True)
class Doing:
    """Planned steps that are done in one go: prepare outside main, then one transaction."""

    numbers: tuple[int, ...]
    prepare: Callable[[], Job]


def run(
    desk: Desk,
    actor: Actor,
    request_id: str,
    doings: Callable[[Case], Sequence[Doing]],
    *,
    outcome: str,
    act: Act = Act.HANDLE_REQUEST,
) -> Case:
    """Carry out the approved plan of a request, or go on where a crash left it.

    Denied unless identity and approval stand; NotNow if facts changed since the approval,
    or for a request that is fulfilled; DeskInUse while another process runs one.
    """
    actor.require(act)
    with alone(desk, request_id):
        with desk.reading() as db:
            case = store.case(db, request_id)
            if case.state is not State.RUNNING:
                after(request_id, case.kind, case.state, Step.RUN)
                execution.may_execute(db, request_id)
        if case.state is not State.RUNNING:
            planning.refuse_changed(desk, actor, case)

        def begin(unit: Unit) -> None:
            if store.case(unit.db, request_id).state is State.RUNNING:
                return
            execution.may_execute(unit.db, request_id)
            store.move(unit, request_id, Step.RUN)
            store.tell(unit, request_id, actor.id, NewEvent(Event.STARTED))

        def end(unit: Unit) -> None:
            store.move(unit, request_id, Step.FULFIL, outcome=outcome)
            store.tell(unit, request_id, actor.id, NewEvent(Event.FULFILLED))

        execute(desk, request_id, doings(case), begin=begin, end=end)
        with desk.reading() as db:
            return store.case(db, request_id)


def execute(
    desk: Desk,
    request_id: str,
    doings: Sequence[Doing],
    *,
    begin: InUnit = lambda unit: None,
    end: InUnit = lambda unit: None,
) -> None:
    """Do what is not marked as done; `begin` and `end` join the first and the last transaction."""
    for doing in doings:
        with desk.reading() as db:
            if _done(erasing_store.steps(db, request_id), doing):
                continue
        desk.write(_job(request_id, doing, doing.prepare(), begin, end, doing is doings[-1]))


def _job(
    request_id: str, doing: Doing, work: Job, begin: InUnit, end: InUnit, last: bool
) -> Callable[[Unit], None]:
    def job(unit: Unit) -> None:
        if _done(erasing_store.steps(unit.db, request_id), doing):
            return
        begin(unit)
        for number, (entry_id, detail) in work(unit).items():
            erasing_store.mark(unit, request_id, number, entry_id, detail)
        if last:
            end(unit)

    return job


def _done(steps: Mapping[int, erasing_store.StepRow], doing: Doing) -> bool:
    return all(number in steps and steps[number].done_at for number in doing.numbers)


@contextmanager
def alone(desk: Desk, request_id: str) -> Iterator[None]:
    """DeskInUse while another process runs a request on this desk."""
    with erasing_store.alone(desk) as mine:
        if not mine:
            raise DeskInUse(
                "Another process is carrying out a request on this desk.",
                what=request_id,
                next="Wait for it, then run the command again.",
            )
        yield
