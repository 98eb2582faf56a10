"""What was asked of a report is done or refused: options of other kinds, days to come."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest

from privacy.cli.main import run
from privacy.cli.report import ALL, KINDS, report
from privacy.cli.report_made import Gathered
from privacy.cli.report_options import NOT_OF_ALL, TAKEN_BY
from privacy.cli.report_period import OPEN, told_if_open
from tests.desks import MadeDesk, at_the_desk

GIVEN = {
    "from_on": "2026-11-01",
    "to_on": "2026-11-02",
    "month": "2026-11",
    "anchors": "kept.note",
    "max_tail": "1",
    "person": "1",
    "for_whom": "authority",
    "language": "de",
    "version": "1",
    "form": "json",
    "size": "3",
}
OPTIONS = {option.name: option for option in report.params if isinstance(option, click.Option)}
FOREIGN = [
    *((kind, name) for name, kinds in TAKEN_BY.items() for kind in KINDS if kind not in kinds),
    *((ALL, name) for name in [*TAKEN_BY, *sorted(NOT_OF_ALL)] if name != "month"),
]


def test_every_option_of_the_table_is_one_of_the_command_and_every_kind_is_a_kind() -> None:
    assert set(TAKEN_BY) | NOT_OF_ALL <= set(OPTIONS)
    assert {kind for kinds in TAKEN_BY.values() for kind in kinds} <= {*KINDS, ALL}


def test_an_option_that_a_kind_does_not_take_is_refused_and_not_ignored(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for kind, name in FOREIGN:
        option = OPTIONS[name]
        value = [] if option.is_flag else [GIVEN.get(name, "x")]
        assert run(["report", kind, option.opts[0], *value]) == 2, (kind, name)
        told = capsys.readouterr().err
        assert f"`report {kind}` takes no such option" in told
        assert option.opts[0] in told


@pytest.mark.parametrize(
    "kind", ["board", "calling-compliance", "consent-audit", "breach-register", "request-register"]
)
def test_a_period_that_has_not_begun_is_refused(
    kind: str,
    made: MadeDesk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    at_the_desk(made, tmp_path, monkeypatch)
    monkeypatch.setenv("RIGHTSDESK_ACTOR", "dpo")
    made.desk.close()
    out = tmp_path / "of-days-to-come.pdf"
    assert (
        run(["report", kind, "--from", "2100-01-01", "--to", "2100-02-01", "--out", str(out)]) == 2
    )
    assert "That period has not begun." in capsys.readouterr().err
    assert not out.exists()


def limits(to: dict[str, Any], at: str) -> list[str]:
    data = {"period": to, "read": {"at": at}, "limits": ["x"]}
    found: list[str] = told_if_open(Gathered(data)).data["limits"]
    return found


BERLIN = {"to_on": "2026-11-30", "zone": "Europe/Berlin"}


def test_a_period_whose_last_day_was_not_over_says_so() -> None:
    # In Berlin the day ends at 23:00 UTC.
    assert limits(BERLIN, "2026-11-30T22:59:59Z") == ["x", OPEN]
    assert limits(BERLIN, "2026-11-30T23:00:00Z") == ["x"]
    instants = {"to_at": "2026-11-30T23:00:00Z"}
    assert limits(instants, "2026-11-30T22:59:59Z") == ["x", OPEN]
    of_utc = {"from_on": "2026-11-01", "to_on": "2026-11-30"}
    assert limits(of_utc, "2026-11-30T23:59:59Z") == ["x", OPEN]
    assert limits(of_utc, "2026-12-01T00:00:00Z") == ["x"]
    assert limits(instants, "2026-11-30T23:00:00Z") == ["x"]
    assert limits({"to_at": None}, "2026-11-30T22:59:59Z") == ["x"]
