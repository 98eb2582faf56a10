"""No value of a person stands in any file: databases, WAL, logs, keys, temporary files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import update

from privacy.app import open_desk
from privacy.clock import micros
from privacy.consent.suppression import opt_out
from privacy.desk import Desk
from privacy.errors import RightsdeskError
from privacy.ids import row_ids
from privacy.storage.bulk import insert_rows
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import ContactPoint, Subject
from privacy.storage.unit import Unit
from privacy.terms import KeyClass, OpeningPurpose
from privacy.vault.epochs import turn
from privacy.vault.lookup import Query, find
from privacy.vault.sealing import Part, Place
from privacy.vault.store import NewPerson
from tests.canaries import find_leaks
from tests.desks import PASSPHRASE, SECRET, MadeDesk, make_desk
from tests.persons import POINT_COLUMNS, SUBJECT_COLUMNS, Known
from tests.vault.erasing import erase
from tests.vault.killing import run_killed
from tests.vault.parts import phone_of, profile_of

NUMBER, MAIL, SURNAME = "+442079460123", "canary-mail@canarison.example", "canarison|SW1A"
PROFILE = {
    "names": [{"given": "Canaryfirst", "family": "Canarysecond", "prefix": "Canarytitle"}],
    "surname_key": SURNAME,
    "emails": [{"address": MAIL, "point": 2}],
    "addresses": [{"street": "Canarystreet 17", "locality": "Canarytown", "region": "Canaryshire"}],
    "organisation": "Canary Holding",
    "birthday": "1901-02-03",
    "other": {"canarycolumn": "Canaryvalue", "umlaut": "Kanarienvögel"},
}
CALL = {"number": NUMBER, "locality": "Canarycalltown", "zones": ["Canary/Zone"], "line": "unknown"}
RECORD = b"Canaryrecord of a call"
CANARIES = [
    *(NUMBER, NUMBER[1:], MAIL, SURNAME, RECORD.decode()),
    *("Canaryfirst", "Canarysecond", "Canarytitle", "Canarystreet 17", "Canarytown"),
    *("Canaryshire", "Canary Holding", "1901-02-03", "Canaryvalue", "canarycolumn"),
    *("Kanarienvögel", "Canarycalltown", "Canary/Zone", "Canarywords"),
    *(PASSPHRASE.decode(), SECRET),
]


def add(desk: Desk) -> Known:
    subject_id, phone_point, mail_point = row_ids(desk.now(), 3)
    profile = json.dumps(PROFILE, ensure_ascii=False).encode()
    indexes = (("phone", NUMBER, phone_point), ("email", MAIL, mail_point), ("surname", SURNAME, 0))
    call = ((phone_point, json.dumps(CALL).encode()),)
    with desk.vault.inserting():
        (sealed,) = desk.vault.seal_people([NewPerson(subject_id, profile, call, indexes)])

        def job(unit: Unit) -> None:
            at = micros(unit.now)
            row = (subject_id, "active", "consent", "test", "2026-01-01", at, sealed.profile, 1)
            insert_rows(unit.db, table_of(Subject), SUBJECT_COLUMNS, [row])
            point = (phone_point, subject_id, "phone", "", at, sealed.phones[0][1], 1)
            insert_rows(unit.db, table_of(ContactPoint), POINT_COLUMNS, [point])
            unit.append("contact.added", "setup", count=1)

        desk.write(job)
    return Known(subject_id, phone_point, mail_point)


def look_up(desk: Desk) -> None:
    queries = [Query("phone", NUMBER), Query("email", MAIL), Query("surname", SURNAME)]
    assert len(find(desk.vault, queries, "dpo", OpeningPurpose.LOOKUP)) == 3


def fail_in_every_way(desk: Desk, known: Known) -> None:
    """Errors that could take a value with them into a file."""

    def job(unit: Unit) -> None:
        unit.db.execute(update(table_of(Subject)).values(source=NUMBER))
        raise ValueError(MAIL)

    with pytest.raises(ValueError):
        desk.write(job)
    with pytest.raises(RightsdeskError):
        desk.write(lambda unit: unit.db.exec_driver_sql(f"SELECT '{NUMBER}' FROM nothing"))


@pytest.fixture
def everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which desk, state and temporary files lie."""
    (tmp_path / "tmp").mkdir()
    for name in ("TMPDIR", "SQLITE_TMPDIR"):
        monkeypatch.setenv(name, str(tmp_path / "tmp"))
    return tmp_path


def test_no_value_stands_in_any_file_from_insert_to_the_epoch_turn(everywhere: Path) -> None:
    made = make_desk(everywhere)
    desk = made.desk
    known = add(desk)

    def clean() -> None:
        assert find_leaks(everywhere, CANARIES) == []

    clean()
    look_up(desk)
    clean()
    place = Place(Part.CALL_RECORD, known.subject_id, 1)
    for key_class in (KeyClass.CALLS, KeyClass.CONSENT, KeyClass.CASE):
        desk.vault.seal_parts(key_class, [(place, RECORD)])
    parts = [profile_of(desk, known), phone_of(desk, known)]
    opened = desk.vault.open(parts, "dpo", OpeningPurpose.ACCESS_REQUEST)
    assert "Canaryfirst" in opened[parts[0].place].decode()
    opt_out(desk, made.dpo, phone=NUMBER, source="person", words=b"Canarywords")
    opt_out(desk, made.dpo, email=MAIL, source="person", words=b"Canarywords")
    fail_in_every_way(desk, known)
    clean()
    erase(desk, known.subject_id)
    clean()
    turn(desk.vault, "dpo")
    clean()
    desk.close()
    clean()


@pytest.mark.serial
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_no_value_stands_in_any_file_after_a_kill(everywhere: Path, share: float) -> None:
    made = make_desk(everywhere)
    made.desk.close()
    calls = kill_at(made, 0)
    made = make_desk(everywhere / "again")
    made.desk.close()
    assert kill_at(made, int(calls * share)) >= int(calls * share)
    assert find_leaks(everywhere, CANARIES) == []


def kill_at(made: MadeDesk, call: int) -> int:
    def work() -> None:
        desk = open_desk(made.settings, made.clock, PASSPHRASE)
        known = add(desk)
        look_up(desk)
        erase(desk, known.subject_id)
        desk.close()

    run = run_killed(work, call)
    assert run.killed or run.status == 0
    return run.calls


@pytest.mark.parametrize("where", ["desk/main.db-wal", "state/ledger.jsonl", "tmp/spill"])
def test_the_search_would_find_a_value(everywhere: Path, where: str) -> None:
    made = make_desk(everywhere)
    made.desk.close()
    (everywhere / where).write_bytes(MAIL.encode())
    assert {found.value for found in find_leaks(everywhere, CANARIES)} == {MAIL}
