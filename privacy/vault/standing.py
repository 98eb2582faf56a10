"""How the keys stand: epoch, places, open turn, keys by class, who holds old ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from privacy.clock import instant
from privacy.storage.tables.base import table_of
from privacy.storage.tables.vault import ProcessLease
from privacy.storage.tables.vault_turns import EpochTurn
from privacy.storage.writing import database_errors
from privacy.terms import KekKind
from privacy.vault.epochs import unfinished
from privacy.vault.store import Vault, key_table


@dataclass(frozen=True)
class Standing:
    """`places`: name and whether it answers; `keys`: persons' keys by class.

    `processes`: long processes with the oldest epoch that each holds.
    """

    epoch: int
    custody: str
    places: tuple[tuple[str, bool], ...]
    open_turn: int | None
    last_destroyed_at: datetime | None
    keys: dict[str, int]
    processes: tuple[tuple[str, int], ...]


def standing(vault: Vault) -> Standing:
    """Read vault and main; opens nothing."""
    turns, leases = table_of(EpochTurn), table_of(ProcessLease)
    keys: dict[str, int] = {}
    with database_errors(), vault.reads.connect() as db:
        for kind in KekKind:
            table = key_table(kind)
            rows = db.execute(
                select(table.c.key_class, func.count()).group_by(table.c.key_class)
            ).all()
            keys |= {key_class: int(count) for key_class, count in rows}
        held = db.execute(select(leases.c.name, leases.c.epoch).order_by(leases.c.name)).all()
    with database_errors(), vault.main_reads.connect() as db:
        open_turn = unfinished(db)
        last = db.execute(select(func.max(turns.c.destroyed_at))).scalar()
    custody = vault.custody
    return Standing(
        epoch=vault.epoch,
        custody=custody.kind if custody else "",
        places=tuple(custody.places()) if custody else (),
        open_turn=open_turn,
        last_destroyed_at=None if last is None else instant(last),
        keys=dict(sorted(keys.items())),
        processes=tuple((row.name, row.epoch) for row in held),
    )
