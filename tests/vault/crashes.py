"""Kill, open once, look: one scenario at each of its points, in a process of its own.

`python -m tests.vault.crashes SCENARIO FOLDER EVERY SEED` prints how many points there
are and how many were tried; it ends with a traceback at the first point after which the
desk is neither complete nor as before.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from privacy import recovering
from privacy.app import open_desk
from privacy.audit.tree import CompactRange, hash_leaf
from privacy.desk import Desk
from privacy.settings import Settings
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import ContactPoint, Subject
from privacy.storage.tables.vault import ContactIndex
from privacy.terms import KekKind, LedgerKind, OpeningPurpose
from privacy.vault import epochs
from privacy.vault.lookup import Query, find
from privacy.vault.store import NewPerson, key_table
from tests.desks import PASSPHRASE, TestClock, make_desk
from tests.persons import Known, add_person
from tests.vault.erasing import carry, erase
from tests.vault.killing import run_killed
from tests.vault.parts import phone_of, profile_of

STAYS, VICTIM, NEW = ("+442079460123", "+442079460124", "+442079460125")

recovering.CARRIERS[LedgerKind.ERASURE] = (carry, True)


@dataclass(frozen=True)
class Before:
    """The desk that every point starts from."""

    folder: Path
    stays: Known
    victim: Known


def opened(folder: Path) -> Desk:
    settings = Settings(folder / "desk", folder / "state", None, "dpo", None)
    return open_desk(settings, TestClock(), PASSPHRASE)


def prepare(folder: Path) -> Before:
    """A desk with two persons; nobody has it open."""
    made = make_desk(folder)
    stays = add_person(made.desk, STAYS, "stays@canarison.example")
    victim = add_person(made.desk, VICTIM, "victim@canarison.example")
    made.desk.close()
    return Before(folder, stays, victim)


# What is done in the child that is killed.


def do_insert(folder: Path, before: Before) -> None:
    desk = opened(folder)
    add_person(desk, NEW, "new@canarison.example")
    desk.close()


def do_erase(folder: Path, before: Before) -> None:
    desk = opened(folder)
    erase(desk, before.victim.subject_id)
    desk.close()


def do_turn(folder: Path, before: Before) -> None:
    desk = opened(folder)
    epochs.turn(desk.vault, "test", wait_s=0)
    desk.close()


def do_recover(folder: Path, before: Before) -> None:
    opened(folder).close()


def leave_everything_half_done(folder: Path, before: Before) -> None:
    """Keys of nobody, an erasure that is only announced, and a turn that has just begun."""
    desk = opened(folder)
    desk.vault.seal_people([NewPerson(5, b"{}", ((6, b"{}"),), (("phone", NEW, 6),))])
    with desk.reading() as db:
        size = desk.log.head(db).size
    desk.ledger.append(LedgerKind.ERASURE, desk.now(), size, subject=before.victim.subject_id)
    assert desk.vault.custody is not None
    epochs._begin(desk.vault, "test")
    desk.vault.custody.make_epoch(2)
    epochs._set_current(desk.vault, desk.vault.custody, 2)
    desk.close()


# What must hold after one opening.


def check(folder: Path, before: Before, scenario: str) -> str:
    """Look at everything; "complete" or "as before"."""
    desk = opened(folder)
    try:
        check_log(desk)
        check_keys(desk, folder)
        openable(desk, before.stays, STAYS)
        return CHECKS[scenario](desk, before)
    finally:
        desk.close()


def check_log(desk: Desk) -> None:
    with desk.reading() as db:
        tree = CompactRange()
        tree.extend([hash_leaf(body) for _, body in desk.log.bodies(db)])
        head = desk.log.head(db)
        assert (head.size, head.root) == (tree.size, tree.root())


def check_keys(desk: Desk, folder: Path) -> None:
    subjects, index = table_of(Subject), table_of(ContactIndex)
    with desk.reading() as db:
        active = set(
            db.execute(select(subjects.c.id).where(subjects.c.state == "active")).scalars()
        )
        assert epochs.unfinished(db) is None
    with desk.vault.reads.connect() as db:
        for kind in KekKind:
            rows = db.execute(select(key_table(kind))).all()
            assert {row.holder_id for row in rows} == active
            assert {row.epoch for row in rows} == {desk.vault.epoch}
        assert set(db.execute(select(index.c.holder_id)).scalars()) == active
    assert desk.vault.custody is not None
    assert desk.vault.custody.epochs() == (desk.vault.epoch,)
    left = [
        path.name for path in (folder / "state").rglob("*") if path.suffix in (".new", ".dying")
    ]
    assert not [name for name in left if name.startswith("epoch")], left


def openable(desk: Desk, known: Known, number: str) -> None:
    parts = [profile_of(desk, known), phone_of(desk, known)]
    opened = desk.vault.open(parts, "dpo", OpeningPurpose.ACCESS_REQUEST)
    assert json.loads(opened[parts[1].place])["number"] == number


def after_insert(desk: Desk, before: Before) -> str:
    openable(desk, before.victim, VICTIM)
    matches = find(desk.vault, [Query("phone", NEW)], "dpo", OpeningPurpose.LOOKUP)
    with desk.reading() as db:
        entries = sum(b'"contact.added"' in body for _, body in desk.log.bodies(db))
        count = len(db.execute(select(table_of(Subject).c.id)).all())
    assert entries == count == 2 + len(matches)
    return "complete" if matches else "as before"


def after_erase(desk: Desk, before: Before) -> str:
    subjects, points = table_of(Subject), table_of(ContactPoint)
    lines = [line for line in desk.ledger.lines() if line.kind is LedgerKind.ERASURE]
    with desk.reading() as db:
        row = db.execute(select(subjects).where(subjects.c.id == before.victim.subject_id)).one()
        sealed = db.execute(
            select(points.c.sealed).where(points.c.subject_id == before.victim.subject_id)
        ).scalars()
        actions = [json.loads(body)["action"] for _, body in desk.log.bodies(db)]
        left = [value for value in sealed if value is not None]
    erasure = [action for action in actions if action.startswith(("erasure", "epoch.destroyed"))]
    if row.state == "active":
        assert (lines, erasure) == ([], [])
        openable(desk, before.victim, VICTIM)
        return "as before"
    assert row.state == "erased"
    assert row.profile_sealed is None
    assert (left, len(lines), desk.vault.epoch > 1) == ([], 1, True)
    kept = [action for action in erasure if action != "epoch.destroyed"]
    assert kept == ["erasure.intended", "erasure.keys_deleted", "erasure.verified"]
    assert erasure.index("epoch.destroyed") < erasure.index("erasure.verified")
    return "complete"


def after_turn(desk: Desk, before: Before) -> str:
    openable(desk, before.victim, VICTIM)
    with desk.reading() as db:
        actions = [json.loads(body)["action"] for _, body in desk.log.bodies(db)]
    assert actions.count("epoch.destroyed") == desk.vault.epoch - 1
    return "complete" if desk.vault.epoch == 2 else "as before"


def after_recovery(desk: Desk, before: Before) -> str:
    assert after_erase(desk, before) == "complete"
    return "complete"


WORK: dict[str, Callable[[Path, Before], None]] = {
    "insert": do_insert,
    "erase": do_erase,
    "turn": do_turn,
    "recovery": do_recover,
}
CHECKS: dict[str, Callable[[Desk, Before], str]] = {
    "insert": after_insert,
    "erase": after_erase,
    "turn": after_turn,
    "recovery": after_recovery,
}


def copy_of(folder: Path, name: str) -> Path:
    target = folder.with_name(name)
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(folder, target)
    return target


def storm(scenario: str, folder: Path, every: int, seed: int) -> dict[str, object]:
    """Kill at each (or each `every`-th) point; how many there are and how they ended."""
    before = prepare(folder / "before")
    if scenario == "recovery":
        leave_everything_half_done(before.folder, before)
    whole = run_killed(lambda: WORK[scenario](copy_of(before.folder, "whole"), before), 0)
    assert whole.status == 0, "the work fails without any kill"
    assert check(folder / "whole", before, scenario) == "complete"
    first = random.Random(seed).randrange(every)
    ends: dict[str, int] = {}
    points = range(1 + first, whole.calls + 1, every)
    for point in points:
        trial = copy_of(before.folder, "trial")
        run = run_killed(lambda: WORK[scenario](trial, before), point)  # noqa: B023
        assert run.killed, f"point {point} was not reached"
        try:
            end = check(trial, before, scenario)
        except BaseException:
            print(f"{scenario}: wrong after a kill at call {point} of {whole.calls}")
            raise
        ends[end] = ends.get(end, 0) + 1
    return {"scenario": scenario, "points": whole.calls, "tried": len(points), "ends": ends}


def main() -> None:
    scenario, folder, every, seed = sys.argv[1:]
    print(json.dumps(storm(scenario, Path(folder), int(every), int(seed))))


if __name__ == "__main__":
    main()
