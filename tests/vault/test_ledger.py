"""The ledger of no: chained, authenticated, durable, and ahead of main."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from privacy.consent.suppression import opt_out
from privacy.errors import Altered, Fault, RolledBack
from privacy.storage.tables.base import table_of
from privacy.storage.tables.desk import LedgerLine
from privacy.terms import LedgerKind
from privacy.vault.ledger import FIRST, Ledger, LedgerFile, new_line
from tests.desks import WEDNESDAY, MadeDesk

KEY, DESK = bytes(32), b"d-one"


def a_ledger(folder: Path, key: bytes = KEY, desk: bytes = DESK) -> Ledger:
    return Ledger(LedgerFile(folder), key, desk)


def fill(ledger: Ledger, count: int = 3) -> None:
    for number in range(count):
        ledger.append(LedgerKind.OPT_OUT, WEDNESDAY, number, tag=bytes([number]) * 32)


def lines_of(folder: Path) -> list[bytes]:
    return (folder / "ledger.jsonl").read_bytes().splitlines(keepends=True)


def test_lines_come_back_as_they_were_written(store: MadeDesk) -> None:
    ledger = store.desk.ledger
    written = [
        new_line(kind, WEDNESDAY, number, subject=number, scope="s", note="n")
        for number, kind in enumerate(LedgerKind)
    ]
    ledger.append_many(written[:2])
    ledger.append_many(written[2:])
    assert ledger.lines() == written


@pytest.mark.parametrize("number", range(3))
def test_an_altered_line_is_detected(tmp_path: Path, number: int) -> None:
    fill(a_ledger(tmp_path))
    lines = lines_of(tmp_path)
    document = json.loads(lines[number])
    lines[number] = json.dumps(document | {"scope": "other"}, sort_keys=True).encode() + b"\n"
    (tmp_path / "ledger.jsonl").write_bytes(b"".join(lines))
    with pytest.raises(Altered, match=f"Line {number}"):
        a_ledger(tmp_path).lines()


@pytest.mark.parametrize(
    "alter",
    [
        lambda lines: lines[1:],
        lambda lines: [lines[0], lines[2]],
        lambda lines: [lines[1], lines[0], lines[2]],
        lambda lines: [lines[0], lines[0], lines[1], lines[2]],
        lambda lines: [lines[0], b"[]\n", lines[2]],
        lambda lines: [lines[0], b"no document\n", lines[2]],
        lambda lines: [b"{}\n"],
    ],
    ids=["first gone", "middle gone", "swapped", "twice", "a list", "no JSON", "empty"],
)
def test_a_line_gone_moved_or_doubled_is_detected(
    tmp_path: Path, alter: Callable[[list[bytes]], list[bytes]]
) -> None:
    fill(a_ledger(tmp_path))
    (tmp_path / "ledger.jsonl").write_bytes(b"".join(alter(lines_of(tmp_path))))
    with pytest.raises(Altered):
        a_ledger(tmp_path).lines()


def test_a_flipped_bit_anywhere_in_a_line_is_detected(tmp_path: Path) -> None:
    fill(a_ledger(tmp_path), 1)
    path = tmp_path / "ledger.jsonl"
    whole = path.read_bytes()
    for position in range(0, (len(whole) - 1) * 8, 7):
        altered = bytearray(whole)
        altered[position // 8] ^= 1 << position % 8
        if altered[position // 8] in b"\n":
            continue
        path.write_bytes(bytes(altered))
        with pytest.raises(Altered):
            a_ledger(tmp_path).lines()


def test_another_key_or_desk_does_not_vouch_for_the_lines(tmp_path: Path) -> None:
    fill(a_ledger(tmp_path))
    for ledger in (a_ledger(tmp_path, key=bytes(31) + b"x"), a_ledger(tmp_path, desk=b"d-two")):
        with pytest.raises(Altered):
            ledger.lines()


@pytest.mark.parametrize("kept", [1, 40, -1])
def test_a_torn_last_line_is_dropped_and_the_chain_goes_on(tmp_path: Path, kept: int) -> None:
    fill(a_ledger(tmp_path))
    path = tmp_path / "ledger.jsonl"
    *whole, last = lines_of(tmp_path)
    path.write_bytes(b"".join(whole) + last[:kept])
    assert len(a_ledger(tmp_path).lines()) == 2
    fill(a_ledger(tmp_path), 1)
    assert len(a_ledger(tmp_path).lines()) == 3


def test_a_torn_first_line_leaves_an_empty_ledger(tmp_path: Path) -> None:
    (tmp_path / "ledger.jsonl").write_bytes(b'{"torn')
    assert a_ledger(tmp_path).lines() == []
    fill(a_ledger(tmp_path), 1)
    assert json.loads(lines_of(tmp_path)[0])["before"] == FIRST


def test_a_line_too_long_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    ledger = a_ledger(tmp_path)
    fill(ledger, 1)
    with pytest.raises(Fault):
        ledger.append(LedgerKind.OPT_OUT, WEDNESDAY, 1, note="x" * 5000)
    fill(ledger, 1)
    assert len(ledger.lines()) == 2


def test_threads_that_append_at_once_keep_the_chain(store: MadeDesk) -> None:
    threads = [threading.Thread(target=fill, args=(store.desk.ledger, 5)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.desk.ledger.lines()) == 20


def test_no_number_stands_in_a_line(made: MadeDesk) -> None:
    opt_out(made.desk, made.dpo, phone="+442079460123", source="person")
    assert b"2079460123" not in (made.desk.state / "ledger.jsonl").read_bytes()


def test_a_desk_behind_its_ledger_does_not_open(store: MadeDesk) -> None:
    with store.desk.reading() as db:
        size = store.desk.log.head(db).size
    store.desk.ledger.append(LedgerKind.OPT_OUT, WEDNESDAY, size + 1, tag=bytes(32))
    with pytest.raises(RolledBack) as refusal:
        store.reopen()
    assert refusal.value.exit_code == 4


def test_a_line_that_main_lacks_is_carried_out_at_the_next_start(made: MadeDesk) -> None:
    with made.desk.reading() as db:
        size = made.desk.log.head(db).size
    tag = made.desk.vault.keyring.tags.number_tag("+442079460123")
    made.desk.ledger.append(
        LedgerKind.OPT_OUT, WEDNESDAY, size, tag=tag, scope="phone", note="person"
    )
    made.reopen().close()
    with made.desk.reading() as db:
        assert db.execute(text("SELECT tag FROM suppression")).scalar_one() == tag


def test_a_ledger_cut_at_its_end_is_missed_by_what_main_carried_out(made: MadeDesk) -> None:
    for number in range(2):
        opt_out(made.desk, made.dpo, phone=f"+44207946012{number}", source="person")
    made.reopen().close()
    cut(made)
    made.desk.ledger.lines()
    with pytest.raises(Altered, match="lacks 1 lines"):
        made.reopen()


def cut(made: MadeDesk) -> None:
    """Remove the last line, as somebody would who wants an opt-out forgotten."""
    path = made.desk.state / "ledger.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def test_an_altered_row_of_the_table_is_detected(
    store: MadeDesk, request: pytest.FixtureRequest
) -> None:
    if request.node.callspec.params["store"] == "sqlite":
        return
    fill(store.desk.ledger)
    table = table_of(LedgerLine)
    with store.desk.vault.writes.engine.begin() as db:
        body = db.execute(select(table.c.body).where(table.c.number == 1)).scalar_one()
        altered = bytes(body).replace(b'"opt_out"', b'"erasure"')
        db.execute(update(table).where(table.c.number == 1).values(body=altered))
    with pytest.raises(Altered, match="Line 1"):
        store.reopen()
