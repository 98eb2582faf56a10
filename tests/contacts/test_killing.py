"""An import that is killed loses nothing and doubles nothing when it is run again."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import Subject
from privacy.storage.tables.vault import DeskKey
from tests.contacts.lists import imported, numbers, stored, write_list
from tests.desks import MadeDesk, make_desk

ROWS = 600


def _list(folder: Path) -> Path:
    rows = [f"P{n},Q{n},020 7946 0{n % 1000:03d},p{n}@example.com," for n in range(ROWS)]
    rows[100::100] = ["Bad,Row,911,,"] * len(rows[100::100])
    return write_list(folder, rows)


def _start(folder: Path, path: Path, batches: int) -> subprocess.Popen[bytes]:
    program = [sys.executable, "-m", "tests.contacts.importer", str(folder), str(path)]
    return subprocess.Popen(
        [*program, str(batches)], stdout=subprocess.PIPE, cwd=Path(__file__).parent.parent.parent
    )


def _kill(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.wait()
    assert child.stdout is not None
    child.stdout.close()


def _whole(made: MadeDesk) -> None:
    """No key without a person and no person without a key."""
    with made.desk.reading() as db:
        people = set(db.execute(select(table_of(Subject).c.id)).scalars())
    with made.desk.vault.reads.connect() as db:
        keys = set(db.execute(select(table_of(DeskKey).c.holder_id)).scalars())
    assert keys == people


def test_an_import_killed_after_a_batch_goes_on_there(tmp_path: Path) -> None:
    made = make_desk(tmp_path)
    made.desk.close()
    path = _list(tmp_path)
    child = _start(tmp_path, path, 4)
    assert child.stdout is not None
    assert [int(child.stdout.readline()) for _ in range(4)] == [50, 100, 150, 200]
    _kill(child)
    made.desk = made.reopen()
    result = imported(made, path)
    assert result.resumed_at_row == 201
    assert numbers(result) == (595, 0, 0, 5)
    assert result.reject_file is not None
    assert len(result.reject_file.read_text().splitlines()) == 1 + 2 * 5
    assert stored(made.desk)[0] == 595
    _whole(made)
    made.desk.close()


@pytest.mark.parametrize("kills", [2, pytest.param(40, marks=pytest.mark.long)])
def test_an_import_killed_at_any_moment_loses_and_doubles_nothing(
    tmp_path: Path, kills: int
) -> None:
    made = make_desk(tmp_path)
    made.desk.close()
    path = _list(tmp_path)
    chance = random.Random(20261124)
    for _ in range(kills):
        child = _start(tmp_path, path, 0)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(chance.random() * 0.12)
        _kill(child)
    made.desk = made.reopen()
    result = imported(made, path)
    # A run that reached the end before its kill leaves nothing to go on with.
    assert numbers(result) in ((595, 0, 0, 5), (0, 0, 595, 5))
    assert stored(made.desk)[0] == 595
    assert imported(made, path).unchanged == 595
    _whole(made)
    made.desk.close()
