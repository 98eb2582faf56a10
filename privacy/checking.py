"""Whether an open desk is sound: what `rightsdesk doctor` shows.

Opening has compared ids, generations, keys, ledger and checkpoint already; a
desk that opens has passed those. Here stands what may be left to do.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from privacy import scheduled
from privacy.clock import instant, rfc3339
from privacy.consent.registers import current
from privacy.desk import Desk
from privacy.errors import Altered
from privacy.gateway import clock_guard, desk_law
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import SuppressionRow
from privacy.storage.tables.people import ImportBatch, PossibleDuplicate, Subject
from privacy.terms import SubjectState
from privacy.vault.epochs import unfinished


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `do` is empty where nothing is to be done."""

    what: str
    sound: bool
    found: str
    do: str = ""


def examine(desk: Desk) -> list[Finding]:
    """Look at everything that a crash or neglect could have left."""
    return [
        Finding("ids, keys, ledger, checkpoint", True, "belong together: the desk opened"),
        _turn(desk),
        _reports(desk),
        _counted(
            desk,
            "erasures under way",
            Subject,
            table_of(Subject).c.state == SubjectState.ERASING,
            "Run `rightsdesk work`: it goes on with them.",
        ),
        _counted(
            desk,
            "imports not finished",
            ImportBatch,
            table_of(ImportBatch).c.finished_at.is_(None),
            "Run the same import again: it goes on where it stopped.",
        ),
        _counted(
            desk,
            "possible duplicates",
            PossibleDuplicate,
            table_of(PossibleDuplicate).c.settled_at.is_(None),
            "",
        ),
        _counted(
            desk,
            "opt-outs without withdrawals",
            SuppressionRow,
            table_of(SuppressionRow).c.spread_at.is_(None),
            "",
        ),
        _registers(desk),
        _own_rules(desk),
        _gate_clock(desk),
        _tail(desk),
    ]


def _reports(desk: Desk) -> Finding:
    """Reports of periods that ended; one that failed stays among them."""
    waiting = scheduled.due(desk)
    names = ", ".join(one.key for one in waiting[:5])
    return Finding(
        "scheduled reports",
        not waiting,
        f"{len(waiting)} due: {names}" if waiting else "none due",
        "Run `rightsdesk work`; it says why one fails." if waiting else "",
    )


def _turn(desk: Desk) -> Finding:
    with desk.reading() as db:
        begun = unfinished(db)
    if begun is None:
        return Finding("epoch", True, f"epoch {desk.vault.epoch}, no turn under way")
    return Finding(
        "epoch", False, f"the turn away from epoch {begun} is open", "Run `rightsdesk work`."
    )


def _counted(desk: Desk, what: str, model: type, condition: object, do: str) -> Finding:
    table = table_of(model)
    with desk.reading() as db:
        count = db.execute(
            select(func.count()).select_from(table).where(condition)  # type: ignore[arg-type]
        ).scalar_one()
    return Finding(what, not count or not do, str(count), do if count else "")


def _registers(desk: Desk) -> Finding:
    with desk.reading() as db:
        lists = current(db)
    if not lists:
        return Finding(
            "do-not-call registers",
            True,
            "none loaded",
            "`rightsdesk register import` before calls.",
        )
    today = desk.now().date()
    ages = [f"{name} {(today - held.published_on).days} d" for name, held in lists.items()]
    return Finding("do-not-call registers", True, ", ".join(sorted(ages)))


def _own_rules(desk: Desk) -> Finding:
    try:
        with desk.reading() as db:
            rules = desk_law.own_rules(desk.folder, db)
    except Altered as altered:
        return Finding("own rules", False, altered.message, altered.next)
    if rules is None:
        return Finding("own rules", True, "none set")
    return Finding("own rules", True, f"{len(rules.rules)}, SHA-256 {rules.pack.sha256[:16]}")


def _gate_clock(desk: Desk) -> Finding:
    with desk.reading() as db:
        since = clock_guard.refused_since(db)
    if since is None:
        return Finding("the gateway's clock", True, "never found wrong")
    return Finding(
        "the gateway's clock",
        False,
        f"found wrong at {rfc3339(instant(since))}: no permits",
        "Set it right, then `rightsdesk doctor --trust-clock`.",
    )


def _tail(desk: Desk) -> Finding:
    with desk.reading() as db:
        head, waiting = desk.log.head(db), desk.log.unsequenced(db)
    return Finding("log", True, f"{head.size} entries, {waiting} not yet in the tree")
