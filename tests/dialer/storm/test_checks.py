"""Each check of a storm bites: a record with one thing wrong is refused by the check for it."""

from __future__ import annotations

import json
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from privacy.gateway.protocol import State
from tests.canaries import find_leaks, forms
from tests.dialer.storm import checks
from tests.dialer.storm.called_side import CalledSide
from tests.dialer.storm.checks import CHECKS, Call, Limits, Record, Rung, Said
from tests.gateway.scene import number

S = 1_000_000
LIMITS = Limits(
    gap_us=5 * S,
    cap=3,
    cap_us=86_400 * S,
    tries=2,
    rates={"one": 10, "trunk": 10},
    places={"one": 3, "trunk": 4},
)


def call(name: str, person: int, at: int, state: State = State.COMPLETED, **more: Any) -> Call:
    """A call that began at `at` (microseconds) and lasted a second."""
    told = {"slot_until_us": at + 30 * S, "ended_us": at + S, "redeemed_us": at, **more}
    return Call(name, "one", "trunk", person, state, issued_us=at - 1, **told)


CALLS = (
    call("a", 1, 10 * S, State.BUSY),
    call("b", 1, 20 * S, heard_person=True),
    call("c", 2, 20 * S + 100_000, State.UNCERTAIN, ended_us=60 * S),
    call("d", 3, 30 * S, State.NOT_SENT, redeemed_us=None),
)
GOOD = Record(
    LIMITS,
    rung=tuple(Rung(one.attempt, one.person, (one.redeemed_us or 0) + 9) for one in CALLS[:3]),
    calls=CALLS,
    said=(Said(1, 25 * S, "gateway"), Said(3, 31 * S, "withdrawal")),
    kept=frozenset({(1, True), (3, False)}),
    listed=frozenset({4}),
    released=Counter(["a", "b", "c"]),
)


def changed(name: str, **fields: Any) -> Record:
    """The good record with one of its calls changed."""
    calls = tuple(replace(one, **fields) if one.attempt == name else one for one in CALLS)
    return replace(GOOD, calls=calls)


def with_calls(*more: Call) -> Record:
    return replace(GOOD, calls=(*CALLS, *more), released=GOOD.released + _names(more))


def _names(calls: tuple[Call, ...]) -> Counter[str]:
    return Counter(one.attempt for one in calls if one.redeemed_us is not None)


def rung(*more: Rung) -> Record:
    return replace(GOOD, rung=(*GOOD.rung, *more))


def live(*more: Call) -> Record:
    """Thirty-three persons who answered earn one call without an agent at 3 in a hundred."""
    return replace(GOOD, calls=(*HEARD, *more))


def over(name: str, at: int, **more: Any) -> Call:
    return call(name, 100, at, over=True, **more)


HEARD = tuple(call(f"h{n}", 200 + n, 100 * S + n * 2 * S, heard_person=True) for n in range(33))
LATER = 300 * S

DOCTORED: list[tuple[Callable[[Record], list[str]], Record]] = [
    (checks.rung_twice, rung(Rung("a", 1, 11 * S))),
    (checks.rung_twice, rung(Rung("d", 2, 31 * S))),
    (checks.called_too_often, changed("b", redeemed_us=15 * S - 1)),
    (
        checks.called_too_often,
        with_calls(*(call(f"e{n}", 1, (40 + 10 * n) * S) for n in range(2))),
    ),
    (checks.rung_too_often, rung(*(Rung(f"e{n}", 1, (40 + 10 * n) * S) for n in range(2)))),
    (checks.tried_again, changed("a", state=State.UNCERTAIN)),
    (checks.tried_again, changed("a", state=State.DECLINED)),
    (
        checks.tried_again,
        with_calls(*(call(f"e{n}", 7, (40 + 10 * n) * S, State.BUSY) for n in range(3))),
    ),
    (checks.called_after_no, replace(GOOD, said=(Said(1, 20 * S - 1, "key"),))),
    (checks.called_after_no, rung(Rung("x", 1, 26 * S))),
    (checks.called_after_no, rung(Rung("x", 4, 26 * S))),
    (checks.lost_noes, replace(GOOD, kept=frozenset({(3, False)}))),
    (checks.lost_noes, replace(GOOD, kept=frozenset({(1, False), (3, False)}))),
    (checks.started_too_fast, changed("c", redeemed_us=20 * S + 99_999)),
    (
        checks.started_too_fast,
        with_calls(*(call(f"e{n}", 50 + n, 70 * S + n * 99_000) for n in range(40))),
    ),
    (checks.too_many_at_once, with_calls(*(call(f"e{n}", 50 + n, 45 * S + n) for n in range(3)))),
    (checks.left_open, changed("b", state=State.RINGING)),
    (checks.left_open, changed("d", state=State.INTENT)),
    (checks.left_open, changed("b", state=State.NOT_SENT)),
    (checks.over_dialled, replace(GOOD, calls=(*HEARD[1:], over("o", LATER)))),
    (checks.over_dialled, live(over("o", LATER), over("p", LATER + 1))),
    (
        checks.over_dialled,
        live(call("l", 99, 200 * S, State.ABANDONED), over("o", LATER)),
    ),
    (
        checks.over_dialled,
        live(call("l", 99, 200 * S, State.UNCERTAIN), over("o", LATER)),
    ),
    (checks.unaudited, replace(GOOD, released=Counter(["a", "b"]))),
    (checks.unaudited, replace(GOOD, released=Counter(["a", "b", "b", "c"]))),
    (checks.unaudited, replace(GOOD, released=Counter(["a", "b", "c", "x"]))),
    (checks.unaudited, rung(Rung("d", 3, 31 * S))),
]


@pytest.mark.parametrize("check", CHECKS)
def test_a_record_without_fault_passes(check: Callable[[Record], list[str]]) -> None:
    assert check(GOOD) == []


def test_calls_without_an_agent_that_were_earned_pass() -> None:
    assert checks.over_dialled(live(over("o", LATER), over("p", LATER + 2 * S))) == []


@pytest.mark.parametrize(("check", "record"), DOCTORED)
def test_a_doctored_record_is_refused(check: Callable[[Record], list[str]], record: Record) -> None:
    assert check(record)


def test_every_check_has_a_doctored_record() -> None:
    assert {check for check, _ in DOCTORED} == set(CHECKS)


def test_the_most_in_a_window_and_at_once_are_counted() -> None:
    many = with_calls(*(call(f"e{n}", 50 + n, 70 * S + n * S // 4) for n in range(9)))
    assert checks.most_in(many, "trunk") == 4
    assert checks.most_at_once(many, "trunk") == 5


def test_a_call_whose_end_nobody_told_keeps_its_place_until_it_must_be_over() -> None:
    orphans = [call(f"e{n}", 50 + n, (100 + 10 * n) * S, State.UNCERTAIN) for n in range(3)]
    assert checks.most_at_once(with_calls(*orphans), "one") == 3


def test_the_called_side_has_written_down_who_rings_before_it_answers(tmp_path: Path) -> None:
    with CalledSide(tmp_path) as called:
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(str(called.socket))
            peer.sendall(json.dumps({"placed": "at-1", "digest": "ab"}).encode() + b"\n")
            assert peer.recv(8) == b"ok\n"
            # Read from the disk by another descriptor, while the call still rings.
            assert [note["placed"] for note in called.told("placed")] == ["at-1"]
        assert called.told("confirmed") == []


@pytest.mark.parametrize("form", ["plain", "hex", "sha256 hex", "base64+1"])
def test_a_number_that_was_left_in_a_file_is_found(tmp_path: Path, form: str) -> None:
    hidden = dict(forms(number(7)))[form]
    (tmp_path / "dialer-0.log").write_bytes(b"some words " + hidden + b" and more\n")
    assert [leak.form for leak in find_leaks(tmp_path, [number(7), number(8)])] == [form]
