"""Finishing, when a desk opens, what a crash left unfinished. Every step is idempotent.

Keys that main does not know are swept; lines of the ledger of no that main has
not carried out are carried out; an epoch turn that was begun is finished, if
this process holds both kinds of keys.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, select

from privacy.consent import restrictions, suppression
from privacy.consent import store as consent_store
from privacy.desk import Desk
from privacy.errors import MachineFailed
from privacy.rights import erasure
from privacy.storage.engines import is_sqlite
from privacy.storage.tables.base import table_of
from privacy.storage.tables.desk import LedgerDone
from privacy.terms import KekKind, LedgerKind
from privacy.vault.epochs import turn, unfinished
from privacy.vault.inserting import AdvisoryGuard, FileGuard, InsertGuard
from privacy.vault.ledger import Line
from privacy.vault.recovery import check_pairing

RECOVERY_ACTOR = "rightsdesk"
BOTH_KINDS = (KekKind.CALL, KekKind.DESK)

# What finishes a line of the ledger that main has not carried out, by kind of line, and
# whether it needs keys of both kinds.
CARRIERS: dict[LedgerKind, tuple[Callable[[Desk, Line], None], bool]] = {
    LedgerKind.ERASURE: (erasure.carry, True),
    LedgerKind.OPT_OUT: (suppression.carry, False),
    LedgerKind.WITHDRAWAL: (consent_store.carry, False),
    LedgerKind.RESTRICTION: (restrictions.carry, False),
}


@dataclass(frozen=True)
class Recovered:
    """What opening had to finish: for the last line of a command and for doctor."""

    swept_keys: int = 0
    carried_lines: int = 0
    finished_turns: int = 0


def recover(desk: Desk) -> Recovered:
    """Finish orphan keys, ledger lines and the epoch turn. Damaged if keys are missing."""
    lines = desk.ledger.lines()
    announced = {int(line.subject) for line in lines if line.kind is LedgerKind.ERASURE}
    guard = insert_guard(desk.folder, desk.vault.reads)
    swept = check_pairing(desk.reads, desk.vault, guard, announced)
    whole = all(desk.vault.keyring.holds(kind) for kind in BOTH_KINDS)
    carried = 0
    for line in _pending(desk, lines):
        carry, needs_both = CARRIERS[line.kind]
        if whole or not needs_both:
            carry(desk, line)
            carried += 1
    return Recovered(swept.keys, carried, _finish_turn(desk) if whole else 0)


def _finish_turn(desk: Desk) -> int:
    with desk.reading() as db:
        begun = unfinished(db)
    if begun is None:
        return 0
    try:
        turn(desk.vault, RECOVERY_ACTOR, wait_s=0)
    except MachineFailed:
        # Another process still holds the old keys: the turn stays open, as doctor shows.
        return 0
    return 1


def _pending(desk: Desk, lines: list[Line]) -> list[Line]:
    table = table_of(LedgerDone)
    with desk.reading() as db:
        done = set(db.execute(select(table.c.line_id)).scalars())
    return [line for line in lines if line.id not in done]


def insert_guard(folder: Path, vault: Engine) -> InsertGuard:
    """What keeps recovery from sweeping keys of a person who is just being inserted."""
    return FileGuard(folder / "inserting.lock") if is_sqlite(vault) else AdvisoryGuard(vault)
