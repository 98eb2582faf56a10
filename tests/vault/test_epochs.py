"""The epoch turn: what makes a deleted key gone from every old copy as well."""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
import time
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Engine, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from privacy.desk import Desk
from privacy.errors import DeskInUse, KeyMissing, MachineFailed, RightsdeskError, WrongDesk
from privacy.storage.tables.base import table_of
from privacy.storage.tables.desk import VaultMeta
from privacy.storage.tables.vault import CallKey, DeskKey, VaultKey
from privacy.storage.tables.vault_turns import EpochTurn
from privacy.terms import KekKind, KeyClass, OpeningPurpose
from privacy.vault.custody import PassphraseFiles
from privacy.vault.epochs import leave_process, register_process, turn
from privacy.vault.store import NewPerson, key_table
from privacy.vault.wrap import unwrap_key, unwrap_person_key
from tests.desks import PASSPHRASE, MadeDesk, make_desk
from tests.persons import Known, add_person
from tests.vault.erasing import erase
from tests.vault.parts import phone_of, profile_of

NUMBERS = [f"+4420794601{n:02}" for n in range(5)]
ACCESS = OpeningPurpose.ACCESS_REQUEST


def people(desk: Desk) -> list[Known]:
    return [add_person(desk, n, f"canarina{n[-2:]}@canarison.example") for n in NUMBERS]


def epochs_of_wraps(desk: Desk) -> set[int]:
    found: set[int] = set()
    with desk.vault.reads.connect() as db:
        for kind in KekKind:
            found |= set(db.execute(select(key_table(kind).c.epoch)).scalars())
    return found


def test_a_turn_rewraps_everybody_destroys_the_root_and_says_so(store: MadeDesk) -> None:
    desk = store.desk
    known = people(desk)
    turned = turn(desk.vault, "dpo")
    assert (turned.epoch, turned.rewrapped) == (1, 2 * len(known))
    assert epochs_of_wraps(desk) == {2}
    assert desk.vault.keyring.epochs() == {2}
    assert desk.vault.custody is not None
    assert desk.vault.custody.epochs() == (2,)
    with desk.reading() as db:
        row = db.execute(select(table_of(EpochTurn))).one()
        _, body = next((i, b) for i, b in desk.log.bodies(db) if turned.entry_id.encode() in b)
    assert row.destroyed_at is not None
    entry = json.loads(body)
    assert entry["action"] == "epoch.destroyed"
    assert [place["place"] for place in entry["places"]] == ["state directory"]
    for person in known:
        assert desk.vault.open([profile_of(desk, person), phone_of(desk, person)], "dpo", ACCESS)


def test_rewrapping_opens_no_persons_data(made: MadeDesk) -> None:
    people(made.desk)
    turn(made.desk.vault, "dpo")
    with made.desk.reading() as db:
        actions = [json.loads(body)["action"] for _, body in made.desk.log.bodies(db)]
    assert "keys.rewrapped" in actions
    assert "personal_data.opened" not in actions


def test_the_root_is_destroyed_in_every_listed_place(tmp_path: Path) -> None:
    copies = (tmp_path / "first.key", tmp_path / "second.key")
    made = make_desk(tmp_path, epoch_copies=copies)
    turned = turn(made.desk.vault, "dpo")
    assert len(turned.destroyed) == 3
    for place in (made.desk.state / "epoch.key", *copies):
        assert list(json.loads(place.read_text())["epochs"]) == ["2"]
    made.desk.close()


def test_a_missing_place_keeps_the_turn_open_until_it_is_back(tmp_path: Path) -> None:
    copy = tmp_path / "medium.key"
    made = make_desk(tmp_path, epoch_copies=(copy,))
    known = people(made.desk)
    copy.rename(tmp_path / "away")
    with pytest.raises(MachineFailed, match="does not answer"):
        turn(made.desk.vault, "dpo")
    made.desk.close()
    desk = made.reopen()
    assert desk.vault.open([profile_of(desk, known[0])], "dpo", ACCESS)
    desk.close()
    (tmp_path / "away").rename(copy)
    desk = made.reopen()
    assert list(json.loads(copy.read_text())["epochs"]) == ["2"]
    assert desk.vault.open([profile_of(desk, known[0])], "dpo", ACCESS)
    desk.close()


def test_the_turn_waits_for_leases_then_names_them_and_stays_open(made: MadeDesk) -> None:
    desk = made.desk
    people(desk)
    register_process(desk.vault, "lease", "gateway 17")
    gateway = made.reopen([KekKind.CALL])
    register_process(gateway.vault, "lease", "gateway 17")
    try:
        with pytest.raises(MachineFailed, match="gateway 17"):
            turn(desk.vault, "dpo", wait_s=0)
        assert desk.vault.custody is not None
        assert desk.vault.custody.epochs() == (1, 2)
        renewing = threading.Timer(0.3, register_process, (gateway.vault, "lease", "gateway 17"))
        renewing.start()
        assert turn(desk.vault, "dpo", wait_s=10).epoch == 1
        renewing.join()
        assert gateway.vault.keyring.epochs() == {2}, "the old key is dropped"
        assert desk.vault.custody.epochs() == (2,)
    finally:
        gateway.close()


def test_a_process_that_left_or_died_is_not_waited_for(made: MadeDesk) -> None:
    register_process(made.desk.vault, "left", "console")
    leave_process(made.desk.vault, "left")
    other = made.reopen()
    register_process(other.vault, "died", "gateway")
    other.close()
    made.clock.advance(timedelta(seconds=61))
    assert turn(made.desk.vault, "dpo", wait_s=0).epoch == 1


def test_a_process_of_before_the_turn_goes_on_after_it(store: MadeDesk) -> None:
    known = people(store.desk)
    other = store.reopen()
    try:
        turn(store.desk.vault, "dpo")
        assert other.vault.epoch == 1
        late = add_person(other, "+442079460199", "late@canarison.example")
        assert epochs_of_wraps(other) == {2}
        for person in (known[0], late):
            assert other.vault.open([profile_of(other, person)], "dpo", ACCESS)
    finally:
        other.close()


def test_the_database_refuses_a_wrap_of_another_epoch(store: MadeDesk) -> None:
    desk = store.desk
    known = people(desk)[0]
    turn(desk.vault, "dpo")
    row = {"holder_id": 1, "key_class": "call", "wrap": b"wrap"}
    for keys, epoch in product((table_of(CallKey), table_of(DeskKey)), (1, 3)):
        for statement in (
            insert(keys).values(epoch=epoch, **row),
            update(keys).where(keys.c.holder_id == known.subject_id).values(epoch=epoch),
        ):
            with pytest.raises(DBAPIError, match="wrap of another epoch"), bare(desk).begin() as db:
                db.execute(statement)
    assert epochs_of_wraps(desk) == {2}


def bare(desk: Desk) -> Engine:
    return desk.vault.writes.engine


def test_a_stale_inserter_who_skips_our_check_cannot_lose_a_person(store: MadeDesk) -> None:
    """Wraps made before the turn and written after it: the trigger stands behind the check."""
    desk, other = store.desk, store.reopen()
    try:
        other.vault._require_epoch = lambda db, epoch: None  # type: ignore[method-assign]
        turn(desk.vault, "dpo")
        person = NewPerson(5, b"{}", (), ())
        with pytest.raises(MachineFailed):
            other.vault.seal_people([person])
        assert 5 not in {holder for holder, _ in desk.vault.person_keys([(5, KeyClass.DESK)])}
    finally:
        other.close()


def test_on_postgresql_a_turn_waits_for_a_writer_who_has_checked_the_epoch(
    store: MadeDesk, request: pytest.FixtureRequest
) -> None:
    if request.node.callspec.params["store"] == "sqlite":
        return
    desk = store.desk
    people(desk)
    done: list[int] = []
    with bare(desk).begin() as db:
        desk.vault._require_epoch(db, 1)
        turning = threading.Thread(target=lambda: done.append(turn(desk.vault, "dpo").epoch))
        turning.start()
        time.sleep(0.3)
        assert done == []
        db.execute(
            insert(table_of(CallKey)).values(
                holder_id=77,
                key_class="calls",
                epoch=1,
                wrap=desk.vault.keyring.wrap(bytes(32), 77, KeyClass.CALLS, 1),
            )
        )
    turning.join()
    assert done == [1]
    assert desk.vault.person_keys([(77, KeyClass.CALLS)])


def test_only_one_process_turns_at_a_time(made: MadeDesk) -> None:
    assert made.desk.vault.custody is not None
    with made.desk.vault.custody.turning():
        other = made.reopen()
        with pytest.raises(DeskInUse):
            turn(other.vault, "dpo")
        other.close()


def test_processes_that_insert_while_the_epoch_turns_lose_nobody(store: MadeDesk) -> None:
    desk, other = store.desk, store.reopen()
    added: list[Known] = []

    def insert_many() -> None:
        for number in range(30):
            added.append(
                add_person(other, f"+4420794602{number:02}", f"p{number}-many@canarison.example")
            )

    inserting = threading.Thread(target=insert_many)
    try:
        inserting.start()
        for _ in range(3):
            turn(desk.vault, "dpo")
        inserting.join()
        turn(desk.vault, "dpo")
        assert len(added) == 30
        for person in added:
            assert desk.vault.open([profile_of(desk, person)], "dpo", ACCESS)
    finally:
        other.close()


def test_an_old_epoch_file_put_back_is_noticed_at_once(made: MadeDesk) -> None:
    people(made.desk)
    path = made.desk.state / "epoch.key"
    old = path.read_bytes()
    turn(made.desk.vault, "dpo")
    made.desk.close()
    path.write_bytes(old)
    with pytest.raises(KeyMissing, match="root of epoch 2"):
        made.reopen()


# The attacker: everything that was ever on this machine but the destroyed root.


def thief_opens(vault: Path, state: Path, desk_id: str, known: Known) -> list[str]:
    """Which keys of `known` a thief gets from a copy of the vault with these custody files.

    He has the passphrase and tries every wrap of the person with every KEK that any
    epoch root in the files unwraps, and with the root itself.
    """
    desk = desk_id.encode()
    custody = PassphraseFiles.open(state, PASSPHRASE, desk)
    with sqlite3.connect(vault) as db:
        keks = db.execute("SELECT label, epoch, wrap, check_value FROM vault_key").fetchall()
        wraps = [
            (KeyClass(key_class), wrap)
            for table in ("call_key", "desk_key")
            for key_class, wrap in db.execute(
                f"SELECT key_class, wrap FROM {table} WHERE holder_id = ?", (known.subject_id,)
            )
        ]
    db.close()
    candidates = [custody._root, *(custody.epoch_root(e) for e in custody.epochs())]
    for label, epoch, wrap, check in keks:
        for root in list(candidates):
            try:
                candidates.append(unwrap_key(root, wrap, check, label, desk, epoch))
            except RightsdeskError:
                continue
    opened = []
    for key in candidates:
        for key_class, wrap in wraps:
            try:
                unwrap_person_key(AESGCM(key), wrap, desk, known.subject_id, key_class)
            except KeyMissing:
                continue
            opened.append(key_class.value)
    return sorted(opened)


def test_after_the_turn_an_old_vault_and_the_current_custody_open_nothing_of_an_erased_person(
    made: MadeDesk, tmp_path: Path
) -> None:
    desk, desk_id = made.desk, made.desk.config.desk_id
    gone, stays = people(desk)[:2]
    old = tmp_path / "old"
    shutil.copytree(desk.folder, old)
    old_state = tmp_path / "old-state"
    shutil.copytree(desk.state, old_state)
    erase(desk, gone.subject_id)
    desk.close()
    # Controls: with the undestroyed root the old copy opens, so the attack can succeed.
    assert thief_opens(old / "vault.db", old_state, desk_id, gone) == ["call", "desk"]
    assert thief_opens(made.desk.folder / "vault.db", desk.state, desk_id, stays) == [
        "call",
        "desk",
    ]
    assert thief_opens(old / "vault.db", desk.state, desk_id, gone) == []
    assert thief_opens(made.desk.folder / "vault.db", desk.state, desk_id, gone) == []
    assert thief_opens(made.desk.folder / "vault.db", old_state, desk_id, gone) == []


def test_an_old_vault_put_back_does_not_open_as_a_desk(made: MadeDesk, tmp_path: Path) -> None:
    desk = made.desk
    gone = people(desk)[0]
    shutil.copytree(desk.folder, tmp_path / "old")
    erase(desk, gone.subject_id)
    desk.close()
    for name in ("vault.db", "vault.db-wal", "vault.db-shm"):
        (desk.folder / name).unlink(missing_ok=True)
        if (tmp_path / "old" / name).exists():
            shutil.copy(tmp_path / "old" / name, desk.folder / name)
    with pytest.raises((KeyMissing, WrongDesk)) as refusal:
        made.reopen()
    assert refusal.value.exit_code == 7


def test_the_vault_holds_two_keks_of_the_current_epoch_and_none_older(made: MadeDesk) -> None:
    for _ in range(2):
        turn(made.desk.vault, "dpo")
    keys = table_of(VaultKey)
    with made.desk.vault.reads.connect() as db:
        held = {(row.label, row.epoch) for row in db.execute(select(keys))}
        assert db.execute(select(table_of(VaultMeta).c.epoch)).scalar_one() == 3
        assert db.execute(select(func.count()).select_from(keys)).scalar_one() == len(held)
    assert held == {
        ("index-root", 0),
        ("suppression-root", 0),
        ("kek-call", 3),
        ("kek-desk", 3),
    }


def test_swapped_second_level_keys_are_refused(made: MadeDesk) -> None:
    """Wrap and check value moved together to another slot, as RFC 3394 alone would accept."""
    with bare(made.desk).begin() as db:
        db.execute(text("UPDATE vault_key SET label = 'kek-x' WHERE label = 'kek-call'"))
        db.execute(text("UPDATE vault_key SET label = 'kek-call' WHERE label = 'kek-desk'"))
        db.execute(text("UPDATE vault_key SET label = 'kek-desk' WHERE label = 'kek-x'"))
    with pytest.raises(KeyMissing):
        made.reopen()


def test_swapped_wraps_of_two_persons_open_neither(made: MadeDesk) -> None:
    desk = made.desk
    first, second = people(desk)[:2]
    keys = table_of(DeskKey)
    with bare(desk).begin() as db:
        wraps = {row.holder_id: row.wrap for row in db.execute(select(keys))}
        for to, of in ((first, second), (second, first)):
            db.execute(
                update(keys)
                .where(keys.c.holder_id == to.subject_id)
                .values(wrap=wraps[of.subject_id])
            )
    for person in (first, second):
        with pytest.raises(KeyMissing):
            desk.vault.open([profile_of(desk, person)], "dpo", ACCESS)
