"""The epoch turn: what makes a deleted key gone from every old copy as well.

Steps, each idempotent: W_(e+1) in every custody place; one vault transaction
makes the new KEKs and sets the current epoch; rewrap in batches; under one lock
count that no row of an older epoch is left and drop its KEKs; wait for
processes that still hold older keys; destroy W_e in every place and read it
back; log place, kind and method. Rewrapping opens no personal data.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from datetime import timedelta

from sqlalchemy import Connection, delete, func, insert, select, update

from privacy.clock import micros
from privacy.errors import Fault, MachineFailed
from privacy.storage.tables.base import table_of
from privacy.storage.tables.desk import VaultMeta
from privacy.storage.tables.vault import ProcessLease, VaultKey
from privacy.storage.tables.vault_turns import EpochTurn
from privacy.storage.unit import Unit
from privacy.terms import KekKind, KeyClass
from privacy.vault.custody import Custody, Destroyed
from privacy.vault.erase import truncated
from privacy.vault.keyring import new_keks
from privacy.vault.store import Vault, key_table

BATCH = 5_000
LEASE_LIFE = timedelta(seconds=60)
# A long process renews its lease every 10 s and drops old keys then.
LEASE_WAIT_S = 15.0
LEASE_POLL_S = 0.1
ALL_KINDS = (KekKind.CALL, KekKind.DESK)


@dataclass(frozen=True)
class Turned:
    """A finished turn: the destroyed epoch, where and how, and the log entry that says so."""

    epoch: int
    rewrapped: int
    destroyed: tuple[Destroyed, ...]
    entry_id: str


def turn(vault: Vault, actor: str, *, wait_s: float = LEASE_WAIT_S) -> Turned:
    """Turn the epoch, or finish the turn that was begun.

    MachineFailed names the processes that still hold old keys after `wait_s`
    seconds, or the place that does not answer; the turn stays open then.
    DeskInUse if another process turns.
    """
    custody = _custody(vault)
    with custody.turning():
        return _turn(vault, custody, actor, wait_s)


def _turn(vault: Vault, custody: Custody, actor: str, wait_s: float) -> Turned:
    old = _begin(vault, actor)
    new = old + 1
    custody.make_epoch(new)
    _set_current(vault, custody, new)
    rewrapped = _rewrap(vault, new, actor)
    _drop_old_keks(vault, new)
    if not truncated(vault.writes.engine):
        raise MachineFailed(
            "A reader keeps the vault's log file busy; the turn stays open.",
            what="vault",
            next="End other rightsdesk processes and run `rightsdesk work`.",
        )
    vault.refresh()
    _wait_for_leases(vault, new, wait_s)
    destroyed = custody.destroy_before(new)
    entry = _finish(vault, actor, old, custody, destroyed)
    return Turned(old, rewrapped, tuple(destroyed), entry)


def unfinished(main: Connection) -> int | None:
    """The epoch whose turn was begun and not finished."""
    table = table_of(EpochTurn)
    return main.execute(
        select(table.c.epoch).where(table.c.destroyed_at.is_(None)).order_by(table.c.epoch)
    ).scalar()


def _custody(vault: Vault) -> Custody:
    if vault.custody is None or not all(vault.keyring.holds(kind) for kind in ALL_KINDS):
        raise Fault("This process may not turn the epoch: it holds one kind of key only.")
    return vault.custody


def _begin(vault: Vault, actor: str) -> int:
    """The epoch to leave: of the open turn, else the current one with a new turn row."""
    table = table_of(EpochTurn)

    def job(unit: Unit) -> int:
        begun = unfinished(unit.db)
        if begun is not None:
            return begun
        unit.db.execute(insert(table).values(epoch=vault.epoch, begun_at=micros(unit.now)))
        unit.append("epoch.turn_begun", actor, object=f"epoch {vault.epoch}")
        return vault.epoch

    vault.refresh()
    return vault.main.write(job)


def _set_current(vault: Vault, custody: Custody, new: int) -> None:
    keys, meta = table_of(VaultKey), table_of(VaultMeta)

    def job(unit: Unit) -> None:
        current = unit.db.execute(select(meta.c.epoch).with_for_update()).scalar_one()
        if current >= new:
            return
        unit.db.execute(delete(keys).where(keys.c.epoch == new))
        unit.db.execute(insert(keys), new_keks(custody, vault.keyring.desk, new))
        unit.db.execute(update(meta).values(epoch=new))

    vault.writes.write(job)
    vault.refresh()


def _wait_for_leases(vault: Vault, new: int, wait_s: float) -> None:
    end = time.monotonic() + wait_s
    while holders := _holders_of_old_keys(vault, new):
        if time.monotonic() >= end:
            raise MachineFailed(
                f"The turn waits for {', '.join(holders)}, which still holds the old keys.",
                what="epoch turn",
                next="End it, then run `rightsdesk work`; all data is already under the new epoch.",
            )
        time.sleep(LEASE_POLL_S)


def _holders_of_old_keys(vault: Vault, new: int) -> list[str]:
    table = table_of(ProcessLease)

    def job(unit: Unit) -> list[str]:
        oldest = micros(unit.now - LEASE_LIFE)
        unit.db.execute(delete(table).where(table.c.renewed_at < oldest))
        rows = unit.db.execute(select(table.c.name).where(table.c.epoch < new))
        return sorted(rows.scalars())

    return vault.writes.write(job)


def _rewrap(vault: Vault, new: int, actor: str) -> int:
    total = 0
    for kind in ALL_KINDS:
        while count := _rewrap_some(vault, kind, new, actor):
            total += count
    return total


def _rewrap_some(vault: Vault, kind: KekKind, new: int, actor: str) -> int:
    """One batch and its entry; how many keys it moved."""
    count = vault.writes.write(lambda unit: _rewrap_batch(vault, unit, kind, new))
    if count:
        vault.main.write(
            lambda unit: unit.append(
                "keys.rewrapped", actor, object=f"{kind.value} keys", count=count
            )
        )
    return count


def _rewrap_batch(vault: Vault, unit: Unit, kind: KekKind, new: int) -> int:
    table = key_table(kind)
    rows = unit.db.execute(select(table).where(table.c.epoch < new).limit(BATCH)).all()
    ring = vault.keyring
    renewed = []
    for row in rows:
        key_class = KeyClass(row.key_class)
        keys = ring.unwrap(bytes(row.wrap), row.holder_id, key_class, row.epoch)
        wrap = ring.wrap(keys, row.holder_id, key_class, new)
        renewed.append((new, wrap, row.holder_id, row.key_class))
    if renewed:
        mark = "?" if unit.db.dialect.name == "sqlite" else "%s"
        unit.db.exec_driver_sql(
            f"UPDATE {table.name} SET epoch = {mark}, wrap = {mark} "  # noqa: S608
            f"WHERE holder_id = {mark} AND key_class = {mark}",
            renewed,
        )
    return len(renewed)


def _drop_old_keks(vault: Vault, new: int) -> None:
    keys, meta = table_of(VaultKey), table_of(VaultMeta)

    def job(unit: Unit) -> None:
        unit.db.execute(select(meta.c.epoch).with_for_update()).scalar_one()
        for kind in ALL_KINDS:
            table = key_table(kind)
            left = unit.db.execute(
                select(func.count()).select_from(table).where(table.c.epoch < new)
            ).scalar_one()
            if left:
                raise Fault(f"{left} keys are still under an old epoch.", what="epoch turn")
        unit.db.execute(delete(keys).where(keys.c.epoch > 0, keys.c.epoch < new))

    vault.writes.write(job)


def _finish(
    vault: Vault, actor: str, old: int, custody: Custody, destroyed: list[Destroyed]
) -> str:
    table = table_of(EpochTurn)
    places = [asdict(place) for place in destroyed]

    def job(unit: Unit) -> str:
        entry = unit.append(
            "epoch.destroyed",
            actor,
            object=f"epoch {old}",
            custody=custody.kind,
            places=places,
            outcome="read back: absent",
        )
        unit.db.execute(
            update(table)
            .where(table.c.epoch == old)
            .values(
                destroyed_at=micros(unit.now),
                custody_kind=custody.kind,
                places=json.dumps(places),
                entry_id=entry,
            )
        )
        return entry

    return vault.main.write(job)


def register_process(vault: Vault, lease_id: str, name: str) -> None:
    """Say that a long process holds keys, and of which epoch; call again at least every 10 s.

    New keys are learnt here and those that a turn has left behind are dropped. The
    lease names the oldest epoch that this process still holds.
    """
    table = table_of(ProcessLease)
    vault.refresh()
    oldest = min(vault.keyring.epochs(), default=vault.epoch)

    def job(unit: Unit) -> None:
        unit.db.execute(delete(table).where(table.c.id == lease_id))
        unit.db.execute(
            insert(table).values(id=lease_id, name=name, epoch=oldest, renewed_at=micros(unit.now))
        )

    vault.writes.write(job)


def leave_process(vault: Vault, lease_id: str) -> None:
    """The long process has dropped its keys."""
    table = table_of(ProcessLease)
    vault.writes.write(lambda unit: unit.db.execute(delete(table).where(table.c.id == lease_id)))
