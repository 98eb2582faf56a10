"""The document of the register of requests: rows of the ledger, counted from the rows."""

from __future__ import annotations

import base64
from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from privacy.actors import Act, Actor
from privacy.cli.report_made import Gathered, parties
from privacy.clock import rfc3339
from privacy.desk import Desk
from privacy.rights import clock, figures, metrics
from privacy.rights.figures import Counted, End

KEPT_MONTHS = 24
LOG_CITATION = "11 CCR 7101(b)"
LIMITS = (
    "A request that nobody recorded stands in no register.",
    "In time is judged by the clocks of the laws as they are read now; a request of which no"
    " last day can be computed counts as unclear, never as in time.",
    "A request under several laws stands under the one with the earliest last day.",
    "Days to the answer run from receipt; what stopped a clock is not taken off.",
)


def data(
    desk: Desk, actor: Actor, from_on: date, to_on: date, *, law: clock.Law = clock.statute
) -> Gathered:
    """The register of requests received in those days, both included."""
    from reports import annex, request_register
    from reports.request_tally import tally

    actor.require(Act.REPORT)
    with desk.snapshot() as db:
        ledger = figures.read(desk, law=law, within=db)
        seed = base64.b64encode(desk.log.head(db).root).decode()
    rights = {right: sorted(kinds) for right, kinds in metrics.RIGHTS.items()}
    kept_from = _months_before(to_on, KEPT_MONTHS)
    listed = [row_of(one) for one in in_order(ledger.between(from_on, to_on))]
    rows = annex.write(request_register.layout(seed), listed)
    log = annex.write(
        request_register.log_layout(seed), _log(ledger.between(min(kept_from, from_on), to_on))
    )
    document = {
        **parties(desk),
        "schema": request_register.SCHEMA,
        "period": {
            "from_on": from_on.isoformat(),
            "to_on": to_on.isoformat(),
            "zone": desk.config.controller.zone,
        },
        "read": {"at": rfc3339(ledger.at), "tree_size": ledger.size},
        "counts": tally(listed, rights),
        "california": {
            "log_from_on": min(kept_from, from_on).isoformat(),
            "citation": metrics.CITATION,
            "log_citation": LOG_CITATION,
        },
        "annexes": [rows.annex, log.annex],
        "limits": list(LIMITS),
    }
    return Gathered(document, {rows.annex["name"]: rows.content, log.annex["name"]: log.content})


def in_order(requests: Iterable[Counted]) -> list[Counted]:
    """By day of receipt."""
    return sorted(requests, key=lambda one: (one.received_on, one.id))


def row_of(one: Counted) -> list[str]:
    """A row with the columns of reports.request_tally."""
    told: Any = one.told
    merged, judged = one.end is End.MERGED, one.in_time
    named = {True: "yes", False: "no", None: "unclear"}[judged]
    late = one.overdue or (one.answered_on is not None and judged is False)
    exception = ("overdue" if one.end is End.OPEN else "late") if late else ""
    days = "" if one.days is None else str(one.days)
    return [
        one.id,
        one.kind.value,
        one.leading,
        " ".join(one.laws),
        one.received_on.isoformat(),
        told.channel,
        told.asked_by,
        told.identity,
        "" if told.due_on is None else told.due_on.isoformat(),
        "yes" if told.extended else "no",
        "" if one.answered_on is None else one.answered_on.isoformat(),
        days,
        "" if merged else named,
        one.end.value,
        one.reason,
        " ".join(told.withheld) if one.end is End.PART else "",
        " ".join(told.causes),
        "" if merged else exception or ("unclear" if judged is None else ""),
    ]


def _log(requests: Iterable[Counted]) -> Iterator[list[str]]:
    """The six fields of 11 CCR 7101(b), of requests to which the law of California applies."""
    for one in in_order(requests):
        if metrics.LAW in one.laws:
            told: Any = one.told
            yield [
                one.id,
                one.received_on.isoformat(),
                one.kind.value,
                told.channel,
                "" if one.answered_on is None else one.answered_on.isoformat(),
                one.end.value,
                one.reason,
            ]


def _months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
