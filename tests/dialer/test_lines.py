"""Lines by name: what the worker is told of trunks, and what it refuses."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer import worker
from dialer.lines import lines
from dialer.lines.speaking import AHEAD_MS, BYTES_PER_MS, FRAME_BYTES, Track
from dialer.lines.trunks import REST_S, Trunks
from privacy.errors import BadInput, MachineFailed
from privacy.settings import Trunk

TOLD = {"trunks": [{"name": "main", "server": "127.0.0.1:5060"}], "passwords": {}}


@given(st.one_of(st.text(), st.dictionaries(st.text(), st.text()).map(json.dumps)))
def test_trunks_that_cannot_be_read_are_bad_input(told: str) -> None:
    with pytest.raises(BadInput):
        lines.made_line("sip", told)


def test_a_line_whose_library_is_missing_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(lines.REAL, "sip", "no_such_library_here")
    with pytest.raises(MachineFailed) as failed:
        lines.made_line("sip", json.dumps({**TOLD, "caller_ids": []}))
    assert "telephony" in failed.value.next


@pytest.mark.serial
def test_a_dialer_is_refused_more_calls_than_its_line_holds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    local = {"name": "main", "server": "127.0.0.1:5060", "local": "127.0.0.1"}
    told = {"trunks": [local], "passwords": {}, "caller_ids": ["+442079460100"]}
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"a token\n{json.dumps(told)}\n"))
    options = ["--gateway", f"unix:{tmp_path / 'none'}", "--campaign", "cm-x", "--line", "sip"]
    assert worker.run([*options, "--channels", "251"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["what"] == "--channels"


@given(st.binary(min_size=1, max_size=40_000), st.lists(st.integers(1, 20_000), max_size=60))
def test_no_more_than_a_second_lies_in_the_buffer_and_all_is_said_in_order(
    pcm: bytes, drained: list[int]
) -> None:
    track, buffered, said = Track(pcm, 0), 0, b""
    for some in [*drained, *[40_000] * 12]:
        due = track.due(buffered)
        track.at += len(due)
        buffered, said = buffered + len(due), said + due
        assert buffered <= AHEAD_MS * BYTES_PER_MS
        buffered = max(0, buffered - some)
    assert said[: len(pcm)] == pcm
    assert len(said) % FRAME_BYTES == 0
    assert not any(said[len(pcm) :])


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 100)), max_size=20))
def test_a_trunk_that_failed_rests_and_the_preferred_one_comes_first(
    failures: list[tuple[str, float]],
) -> None:
    trunks = Trunks([Trunk(name) for name in "abc"])
    last: dict[str, float] = {}
    for name, at_s in sorted(failures, key=lambda each: each[1]):
        trunks.failed(name, at_s)
        last[name] = at_s
    usable = [trunk.name for trunk in trunks.usable(100.0)]
    assert usable == [name for name in "abc" if 100.0 - last.get(name, -REST_S) >= REST_S]
    for name in last:
        trunks.answered(name)
    assert [trunk.name for trunk in trunks.usable(100.0)] == ["a", "b", "c"]
