"""Bringing the vault into line with main after a crash; it never decides.

Keys that main does not know belong to nobody and are swept, if nobody is
between the vault's commit and main's. A subject that main holds as active and
for whom the vault has no key is damage: the desk does not open and nothing is
deleted.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, Table, func, select

from privacy.errors import Damaged
from privacy.storage.engines import is_sqlite
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import Subject
from privacy.terms import KEK_OF_CLASS, KeyClass, SubjectState
from privacy.vault.erase import delete_keys
from privacy.vault.inserting import InsertGuard
from privacy.vault.store import Vault, key_table

MODULUS = 1_000_000_007
# Every person has a key of each of these classes from the first moment.
OF_A_PERSON: tuple[tuple[KeyClass, Table], ...] = tuple(
    (of, key_table(KEK_OF_CLASS[of])) for of in (KeyClass.CALL, KeyClass.DESK)
)


@dataclass(frozen=True)
class Swept:
    """How many persons' keys belonged to nobody and were deleted."""

    keys: int


def check_pairing(main: Engine, vault: Vault, guard: InsertGuard, announced: set[int]) -> Swept:
    """Compare persons in main with keys in the vault; sweep orphans, refuse damage.

    `announced`: subject ids whose erasure stands in the ledger of no. Counts and
    sums are compared first, so that a whole desk costs short scans. A process that
    may read one kind of keys only looks at those and sweeps nothing.
    """
    subjects = table_of(Subject)
    active = subjects.c.state == SubjectState.ACTIVE
    looked_at = _readable(vault)
    with main.connect() as here, vault.reads.connect() as there:
        people = _summary(here, subjects, subjects.c.id, active)
        if all(
            people == _summary(there, table, table.c.holder_id, table.c.key_class == of)
            for of, table in looked_at
        ):
            return Swept(0)
        known = set(here.execute(select(subjects.c.id)).scalars())
        living = set(here.execute(select(subjects.c.id).where(active)).scalars())
        held = [
            set(there.execute(select(table.c.holder_id).where(table.c.key_class == of)).scalars())
            for of, table in looked_at
        ]
    lost = living - set.intersection(*held) - announced
    if lost:
        # An erasure that runs now says so in main before it deletes keys.
        with main.connect() as here:
            lost &= set(here.execute(select(subjects.c.id).where(active)).scalars())
    if lost:
        raise Damaged(
            f"The keys of {len(lost)} persons are missing from the vault.",
            what=f"{len(lost)} persons",
            next="Nothing was deleted. Restore the vault that belongs to this desk.",
        )
    if looked_at != OF_A_PERSON:
        return Swept(0)
    return _sweep(vault, guard, set.union(*held) - known, main)


def _readable(vault: Vault) -> tuple[tuple[KeyClass, Table], ...]:
    """The key tables that this process may read.

    On PostgreSQL the role of a gateway has no right to the other kind of keys.
    """
    if is_sqlite(vault.reads):
        return OF_A_PERSON
    return tuple(each for each in OF_A_PERSON if vault.keyring.holds(KEK_OF_CLASS[each[0]]))


def _sweep(vault: Vault, guard: InsertGuard, orphans: set[int], main: Engine) -> Swept:
    if not orphans:
        return Swept(0)
    subjects = table_of(Subject)
    with guard.alone() as alone:
        if not alone:
            return Swept(0)
        # Looked at again while nobody inserts: main may know some of them by now.
        with main.connect() as db:
            orphans = orphans - set(db.execute(select(subjects.c.id)).scalars())
        delete_keys(vault, sorted(orphans), (KeyClass.CALL, KeyClass.DESK))
    return Swept(len(orphans))


def _summary(db: Connection, table: Table, column: object, condition: object) -> tuple[int, int]:
    row = db.execute(
        select(func.count(), func.coalesce(func.sum(column % MODULUS), 0))  # type: ignore[operator]
        .select_from(table)
        .where(condition)  # type: ignore[arg-type]
    ).one()
    return int(row[0]), int(row[1])
