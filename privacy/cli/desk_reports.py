"""Kinds of report on a whole desk and a period: its calls, its controls, its requests, its year."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from privacy.actors import Act
from privacy.audit import as_of
from privacy.audit.as_of import AsOf
from privacy.cli.report_made import Gathered
from privacy.cli.running import Run
from privacy.cli.showing import progress
from privacy.errors import BadInput

AUDIT = "data-protection-audit"
KINDS = ("calling-compliance", "do-not-call-policy", AUDIT, "board", "requests-performance")
Days = Callable[[datetime], tuple[date, date]]


def data(run: Run, kind: str, days: Days, size: int | None) -> Gathered:
    """The kind as of `size` (None: now); `days` gives first and last day, from the instant.

    BadInput for an earlier size of a kind that tests the desk as it is.
    """
    run.actor.require(Act.REPORT)
    if kind == AUDIT and size is not None:
        raise BadInput(
            "This report tests the desk as it is now.", what="--as-of", next="Leave it out."
        )
    state = as_of.wanted(run.desk, run.actor.id, kind, size)
    from_on, to_on = days(state.at)
    return of_days(run, kind, from_on, to_on, state)


def of_days(run: Run, kind: str, from_on: date, to_on: date, state: AsOf) -> Gathered:
    """The kind of those days, both included, as of that state."""
    from privacy.cli import (
        audit_report,
        board_report,
        calling_report,
        performance_report,
        policy_report,
    )

    if kind == "requests-performance":
        return performance_report.data(run.desk, run.actor, from_on, to_on, state)
    if kind == AUDIT:
        return audit_report.data(run.desk, run.actor, from_on, to_on, state)
    make = {
        "calling-compliance": calling_report.data,
        "do-not-call-policy": policy_report.data,
        "board": board_report.data,
    }[kind]
    with progress() as bar:
        task = bar.add_task("Calls looked at again", total=None)
        return make(
            run.desk,
            run.actor,
            from_on,
            to_on,
            state,
            progress=lambda done: bar.update(task, completed=done),
        )
