"""Deleting keys: gone from the file, from the log file, and found gone."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import insert, select

from privacy.errors import AnswerIsNo, KeyMissing, MachineFailed
from privacy.storage.tables.base import table_of
from privacy.storage.tables.vault import ContactIndex, EvidenceTag
from privacy.terms import KeyClass, OpeningPurpose
from privacy.vault import erase as erasing
from privacy.vault.erase import bytes_left, commitment, delete_keys, keys_left, wraps_of
from privacy.vault.evidence import evidence_holders, tag_evidence
from privacy.vault.sealing import Part, Place
from tests.desks import MadeDesk
from tests.persons import add_person
from tests.vault.erasing import AT_ONCE, erase
from tests.vault.parts import phone_of, profile_of

NUMBER, MAIL = "+442079460123", "canarina@canarison.example"
ALL = tuple(KeyClass)


def test_an_erased_persons_keys_and_indexes_are_gone(store: MadeDesk) -> None:
    desk = store.desk
    known, other = add_person(desk, NUMBER, MAIL), add_person(desk, "+442079460124", "o@c.example")
    parts = [profile_of(desk, known), phone_of(desk, known)]
    wraps = wraps_of(desk.vault, [known.subject_id], ALL)
    assert len(wraps) == 2
    erase(desk, known.subject_id)
    assert keys_left(desk.vault, [known.subject_id], ALL) == 0
    assert keys_left(desk.vault, [other.subject_id], ALL) == 2
    assert bytes_left(desk.vault.writes.engine, wraps) in (0, None)
    index = table_of(ContactIndex)
    with desk.vault.reads.connect() as db:
        assert set(db.execute(select(index.c.holder_id)).scalars()) == {other.subject_id}
    for part in parts:
        with pytest.raises((AnswerIsNo, KeyMissing)):
            desk.vault.open([part], "dpo", OpeningPurpose.LEGAL_GROUND)


def test_the_byte_search_finds_a_wrap_that_is_still_there(made: MadeDesk) -> None:
    known = add_person(made.desk, NUMBER, MAIL)
    wraps = wraps_of(made.desk.vault, [known.subject_id], ALL)
    assert bytes_left(made.desk.vault.writes.engine, wraps) == 2
    assert bytes_left(made.desk.vault.writes.engine, [bytes(98)]) in (0, 1)
    assert bytes_left(made.desk.vault.writes.engine, []) == 0


def test_a_wrap_across_two_blocks_of_a_file_is_found(tmp_path: Path) -> None:
    needle = bytes(range(100, 200))
    path = tmp_path / "vault.db"
    for before in ((1 << 20) - 50, (1 << 20) - 99, (1 << 20), 0):
        path.write_bytes(bytes(before) + needle + bytes(10))
        assert erasing._found(path, [needle]) == {0}


def test_a_class_with_a_ground_is_kept(store: MadeDesk) -> None:
    desk, known = store.desk, add_person(store.desk, NUMBER, MAIL)
    place = Place(Part.CALL_RECORD, known.subject_id, 1)
    (part,) = desk.vault.seal_parts(KeyClass.CALLS, [(place, b"a call")])
    erase(desk, known.subject_id)
    assert keys_left(desk.vault, [known.subject_id], AT_ONCE) == 0
    assert desk.vault.open([part], "dpo", OpeningPurpose.LEGAL_GROUND)[place] == b"a call"
    delete_keys(desk.vault, [known.subject_id], [KeyClass.CALLS])
    with pytest.raises(KeyMissing):
        desk.vault.open([part], "dpo", OpeningPurpose.LEGAL_GROUND)


def test_a_busy_reader_is_told_because_the_keys_still_stand_in_the_log_file(
    made: MadeDesk,
) -> None:
    desk, known = made.desk, add_person(made.desk, NUMBER, MAIL)
    wraps = wraps_of(desk.vault, [known.subject_id], ALL)
    with desk.vault.reads.connect() as reader:
        reader.execute(select(table_of(ContactIndex))).all()
        with pytest.raises(MachineFailed, match="busy"):
            delete_keys(desk.vault, [known.subject_id], AT_ONCE, busy_wait_s=0)
        assert bytes_left(desk.vault.writes.engine, wraps) == 2
    delete_keys(desk.vault, [known.subject_id], AT_ONCE)
    assert bytes_left(desk.vault.writes.engine, wraps) == 0


def test_deleting_twice_is_deleting_once(made: MadeDesk) -> None:
    desk, known = made.desk, add_person(made.desk, NUMBER, MAIL)
    for _ in range(2):
        delete_keys(desk.vault, [known.subject_id], AT_ONCE)
        assert keys_left(desk.vault, [known.subject_id], ALL) == 0


def test_an_evidence_tag_goes_with_its_holders_last_key(store: MadeDesk) -> None:
    desk = store.desk
    number_tag = desk.vault.keyring.tags.number_tag(NUMBER)
    for key_class in (KeyClass.CALLS, KeyClass.CONSENT):
        desk.vault.seal_parts(key_class, [(Place(Part.OPT_OUT_WORDS, 77, 1), b"stop")])
    tag_evidence(desk.vault, number_tag, 77)
    delete_keys(desk.vault, [77], [KeyClass.CONSENT])
    assert evidence_holders(desk.vault, number_tag) == [77]
    delete_keys(desk.vault, [77], [KeyClass.CALLS])
    assert evidence_holders(desk.vault, number_tag) == []


def test_an_evidence_tag_is_not_the_number_tag(made: MadeDesk) -> None:
    desk = made.desk
    number_tag = desk.vault.keyring.tags.number_tag(NUMBER)
    tag_evidence(desk.vault, number_tag, 77)
    with desk.vault.reads.connect() as db:
        (stored,) = db.execute(select(table_of(EvidenceTag).c.tag)).scalars()
    assert bytes(stored) != number_tag


def test_a_commitment_names_the_wraps_in_any_order() -> None:
    assert commitment([b"a", b"b"]) == commitment([b"b", b"a"]) != commitment([b"a"])


def test_a_person_with_many_keys_is_deleted_whole(made: MadeDesk) -> None:
    """More holders than one statement takes."""
    desk = made.desk
    index = table_of(ContactIndex)
    holders = list(range(1, 1202))
    with desk.vault.writes.engine.begin() as db:
        rows = [{"kind": "phone", "value": 1, "holder_id": h, "part_id": h} for h in holders]
        db.execute(insert(index), rows)
    delete_keys(desk.vault, holders, AT_ONCE)
    with desk.vault.reads.connect() as db:
        assert db.execute(select(index)).all() == []
