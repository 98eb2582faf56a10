"""Checkpoints, day keys, and what a desk refuses when it opens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import select

from privacy.audit.checking import check_database
from privacy.audit.files import CheckpointFiles
from privacy.audit.note import Note, Verifier
from privacy.audit.verify import Verdict
from privacy.desk import Desk
from privacy.errors import Altered, Damaged, Forked, KeyMissing, RolledBack
from privacy.storage.tables.audit import AuditCheckpoint
from privacy.storage.tables.base import table_of
from privacy.storage.unit import Unit
from tests.audit.forging import Attack, Forge
from tests.desks import MadeDesk

T = TypeVar("T")
DAY = timedelta(days=1)


class PowerCut(Exception):
    """What these tests throw where a machine would have stopped."""


class CutAfterCommit(CheckpointFiles):
    """Files of a signer that stops right after the closing transaction."""

    def finish_closing(self) -> None:
        raise PowerCut


class CutBeforeCommit:
    """A write path whose transaction is lost."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.engine = desk.writes.engine

    def write(self, job: Callable[[Unit], T], *, alone: bool = False) -> T:
        def lost(unit: Unit) -> T:
            job(unit)
            raise PowerCut

        return self._desk.writes.write(lost)

    def close(self) -> None:
        return None


def verdict(desk: Desk) -> Verdict:
    return check_database(desk.reading, now=desk.now())


def append(desk: Desk, count: int = 1) -> None:
    for _ in range(count):
        desk.write(lambda unit: unit.append("test.done", "handler"))


def commit_attack(made: MadeDesk, attack: Callable[[Attack], object]) -> None:
    forge = Forge(made)
    with made.desk.reads.connect() as db:
        forge.sizes.append(made.desk.log.head(db).size)
        attack(Attack(forge, db))
        db.commit()


def test_a_new_desk_begins_with_its_key_and_is_signed_for(store: MadeDesk) -> None:
    desk = store.desk
    last = desk.sign_checkpoint()
    assert last is not None
    with desk.reading() as db:
        head = desk.log.head(db)
        first = next(body for _, body in desk.log.bodies(db))
    assert (last.origin, last.size, last.root) == (desk.log.origin, head.size, head.root)
    assert b'"action":"log.opened"' in first
    assert desk.signing.verifier_text().encode() in first
    assert verdict(desk).exit_code == 0
    store.reopen().close()


def test_nothing_new_needs_no_signature(made: MadeDesk) -> None:
    before = made.desk.sign_checkpoint()
    made.clock.advance(3 * DAY)
    assert made.desk.sign_checkpoint() == before
    assert verdict(made.desk).days == 1


def test_the_first_signature_of_a_later_day_closes_the_day(store: MadeDesk) -> None:
    desk, files = store.desk, store.desk.signing.files
    desk.sign_checkpoint()
    old_key, old_bytes = files.day(), (desk.state / "day.key").read_bytes()
    store.clock.advance(DAY)
    append(desk)
    closing = desk.sign_checkpoint()
    assert closing is not None
    with desk.reading() as db:
        table = table_of(AuditCheckpoint)
        note = db.execute(select(table.c.note).where(table.c.size == closing.size)).scalar_one()
        last = [body for _, body in desk.log.bodies(db)][-1]
    new_key = files.day()
    assert (new_key.number, old_key.number) == (2, 1)
    assert Note.parse(bytes(note)).verify([Verifier.parse(old_key.verifier)])
    assert b'"action":"log.day_closed"' in last
    assert new_key.verifier.encode() in last
    assert old_key.wrap != new_key.wrap
    left = [path.read_bytes() for path in desk.state.iterdir() if path.is_file()]
    assert old_bytes not in left
    append(desk)
    desk.sign_checkpoint()
    found = verdict(desk)
    assert (found.exit_code, found.days) == (0, 2)
    store.reopen().close()


def test_a_crash_after_the_closing_commit_is_finished(store: MadeDesk) -> None:
    desk = store.desk
    desk.sign_checkpoint()
    store.clock.advance(DAY)
    append(desk)
    whole = desk.signing.files
    assert desk.vault.custody is not None
    desk.signing.files = CutAfterCommit(desk.state, desk.vault.custody)
    with pytest.raises(PowerCut):
        desk.sign_checkpoint()
    assert (whole.day().number, whole.closing() is None) == (1, False)
    again = store.reopen()
    assert (whole.day().number, whole.closing()) == (2, None)
    append(again)
    again.sign_checkpoint()
    assert (verdict(again).exit_code, verdict(again).days) == (0, 2)
    again.close()


def test_a_closing_that_never_committed_is_dropped(store: MadeDesk) -> None:
    desk = store.desk
    desk.sign_checkpoint()
    store.clock.advance(DAY)
    append(desk)
    size = verdict(desk).size
    with pytest.raises(PowerCut):
        desk.signing.sign(desk.log, CutBeforeCommit(desk), desk.reading)
    assert verdict(desk).size == size
    append(desk)  # somebody else writes before anybody signs again
    again = store.reopen()
    assert (again.signing.files.day().number, again.signing.files.closing()) == (1, None)
    again.sign_checkpoint()
    assert (verdict(again).exit_code, verdict(again).days) == (0, 2)
    again.close()


@pytest.mark.parametrize("cut", range(1, 16))
def test_a_power_cut_at_any_step_of_a_closing_leaves_a_whole_log(
    made: MadeDesk, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    """Stopped at each making-durable of a folder, before and after the transaction."""
    desk = made.desk
    desk.sign_checkpoint()
    made.clock.advance(DAY)
    append(desk)
    steps = 0

    def counted(folder: Path) -> None:
        nonlocal steps
        steps += 1
        if steps == cut:
            raise PowerCut

    monkeypatch.setattr("privacy.vault.files.sync_folder", counted)
    monkeypatch.setattr("privacy.audit.files.sync_folder", counted)
    try:
        desk.sign_checkpoint()
    except PowerCut:
        pass
    else:
        assert cut > 5, "a closing has more steps than that"
    monkeypatch.undo()
    again = made.reopen()
    append(again)
    again.sign_checkpoint()
    append(again)
    last = again.sign_checkpoint()
    found = verdict(again)
    assert (found.exit_code, found.days, found.unsigned.entries) == (0, 2, 0)
    assert last is not None
    assert last.size == found.size
    names = {path.name for path in again.state.iterdir()}
    assert not {name for name in names if "dying" in name}
    assert "signed.json.next" not in names
    again.close()


def test_a_signature_whose_commit_was_lost_is_stored_by_the_next(made: MadeDesk) -> None:
    desk = made.desk
    desk.sign_checkpoint()
    append(desk)
    with pytest.raises(PowerCut):
        desk.signing.sign(desk.log, CutBeforeCommit(desk), desk.reading)
    signed = desk.signing.last()
    made.reopen().close()
    assert desk.sign_checkpoint() == signed
    assert verdict(desk).unsigned.entries == 0


def test_an_older_main_does_not_open(store: MadeDesk) -> None:
    desk = store.desk
    size = verdict(desk).size
    append(desk, 3)
    desk.sign_checkpoint()
    commit_attack(store, lambda attack: attack.cut(size))
    with pytest.raises(RolledBack):
        store.reopen()
    with pytest.raises(RolledBack):
        desk.sign_checkpoint()


def test_another_history_does_not_open_and_is_not_signed(store: MadeDesk) -> None:
    desk = store.desk
    desk.sign_checkpoint()
    before = desk.signing.last()

    def attack(attack: Attack) -> None:
        attack.edit(1, outcome="another")
        attack.rehash()

    commit_attack(store, attack)
    with pytest.raises(Forked):
        store.reopen()
    append(desk)
    with pytest.raises(Forked):
        desk.sign_checkpoint()
    assert desk.signing.last() == before


def test_entries_that_do_not_make_the_tree_are_not_signed(made: MadeDesk) -> None:
    desk = made.desk
    desk.sign_checkpoint()
    append(desk, 2)
    size = verdict(desk).size
    commit_attack(made, lambda attack: attack.edit(size - 1, actor="nobody"))
    with pytest.raises(Altered):
        desk.sign_checkpoint()


def test_a_damaged_state_row_does_not_open(made: MadeDesk) -> None:
    commit_attack(made, lambda attack: attack.sql("UPDATE audit_state SET size = size + 1"))
    with pytest.raises(Altered):
        made.reopen()


def test_a_state_directory_without_the_signers_files_is_told(made: MadeDesk) -> None:
    path = made.desk.state / "signed.json"
    content = path.read_bytes()
    path.unlink()
    with pytest.raises(KeyMissing):
        made.reopen()
    path.write_bytes(content.replace(b'"size": ', b'"size": 1'))
    with pytest.raises(Damaged):
        made.reopen()


@pytest.mark.parametrize("table", ["audit_entry", "audit_leaf", "audit_tile", "audit_checkpoint"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET {}"])
def test_the_logs_tables_refuse_change(made: MadeDesk, table: str, change: str) -> None:
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    made.desk.sign_checkpoint()
    append(made.desk, 260 if table == "audit_tile" else 1)
    column = {"audit_entry": "body", "audit_leaf": "leaf", "audit_tile": "hashes"}
    what = f"{column.get(table, 'note')} = x'00'"
    with made.desk.reads.connect() as db, pytest.raises(DBAPIError, match="append-only"):
        db.execute(text(change.format(table, what)))
