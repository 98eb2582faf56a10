"""What our own dialer exports of its calls is read without error, in both forms and the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from privacy.clock import micros
from privacy.vendors.calls.declared import Declared
from privacy.vendors.calls.importing import look
from privacy.vendors.calls.record import UNTOLD, AnsweredBy, Disposition, VendorCall
from tests.desks import MadeDesk
from tests.gateway.scene import number
from tests.gateway.test_records import called, exported
from tests.vendors.calls.exports import calls


@pytest.fixture
def told(made: MadeDesk, tmp_path: Path) -> tuple[MadeDesk, dict[str, Path]]:
    set_up, _ = called(made)
    paths = {form: tmp_path / f"calls.{form}" for form in ("csv", "json")}
    for form, path in paths.items():
        exported(set_up, path, form)
    return made, paths


def read(path: Path) -> list[VendorCall]:
    return calls(look([path], Declared()).export)


def test_calls_on_a_real_line_are_read_with_all_that_was_recorded(
    told: tuple[MadeDesk, dict[str, Path]],
) -> None:
    made, paths = told
    for path in paths.values():
        path.write_text(path.read_text().replace("simulator", "sip"))
    from_csv, from_json = read(paths["csv"]), read(paths["json"])
    assert [call[1:] for call in from_csv] == [call[1:] for call in from_json]
    assert {f"+{call.called}" for call in from_csv} == {number(n) for n in range(3)}
    first, *_, last = from_csv
    assert first.caller == 442079460100
    assert first.disposition is Disposition.ANSWERED
    assert first.talk_ms == 6000
    assert first.answered_by in (AnsweredBy.UNTOLD, AnsweredBy.PERSON, AnsweredBy.UNKNOWN)
    assert first.at_us <= first.answered_us <= first.ended_us
    assert abs(first.at_us - micros(made.clock.now())) < 3_600_000_000
    assert first.prerecorded in (0, 1)
    assert first.opt_out_us == UNTOLD
    # The desk stamps an opt-out by its own clock, the dialer the rest by its word.
    assert abs(last.opt_out_us - last.at_us) < 60_000_000


def test_calls_of_the_simulator_reached_nobody_and_are_put_aside(
    told: tuple[MadeDesk, dict[str, Path]],
) -> None:
    _, paths = told
    for path in paths.values():
        export = look([path], Declared()).export
        assert calls(export) == []
        assert export.counts.asides == {"simulated": 3}
        assert export.counts.refused == 0
