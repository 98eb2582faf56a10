"""`rightsdesk report all`: every report of a month, one signed manifest, and what goes wrong."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from privacy.cli import policy_report, report_all
from privacy.cli.main import run
from privacy.cli.options import Common
from privacy.cli.report import KINDS
from privacy.cli.report_all import MONTHLY
from privacy.cli.running import Run
from privacy.errors import BadFacts, BadInput
from reports import report_run
from reports.canonical import canonical
from reports.report_run import Row
from tests.cli.test_desk_reports import ten_calls
from tests.desks import MadeDesk, at_the_desk
from tests.gateway.scene import scene
from tests.reports.placed_calls import place

SECRET = "Canarina Canarison"


def refused(*_: Any, **__: Any) -> Any:
    raise BadFacts("A fact of the policy is missing.", field=SECRET, next="Give it.")


@pytest.mark.parametrize(
    "kinds",
    [
        pytest.param(("do-not-call-policy", "board"), id="two kinds"),
        pytest.param(MONTHLY, id="every kind", marks=pytest.mark.long),
    ],
)
def test_a_month_is_made_under_one_signed_manifest_and_goes_on_after_a_failure(
    kinds: tuple[str, ...],
    made: MadeDesk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    at_the_desk(made, tmp_path, monkeypatch)
    monkeypatch.setenv("RIGHTSDESK_ACTOR", "dpo")
    monkeypatch.setattr(report_all, "MONTHLY", kinds)
    set_up = scene(made, 10)
    place(set_up, ten_calls())
    out = tmp_path / "november"
    command = ["report", "all", "--month", "2026-11", "--out", str(out), "--json"]

    with monkeypatch.context() as patched:
        patched.setattr(policy_report, "data", refused)
        assert run(command) == 1
    first = json.loads(capsys.readouterr().out)
    assert first["failed"] == [
        {"name": "do-not-call-policy-2026-11", "why": "A fact of the policy is missing."}
    ]
    assert len(first["reports"]) == len(kinds)  # one failed, one of the campaign
    assert f"campaign-compliance-{set_up.campaign}-2026-11" in first["reports"]
    assert SECRET not in str(first)

    # As after a kill: one file has no name yet, one was never told to the log.
    (out / "board-2026-11.pdf").rename(out / "board-2026-11.pdf.part")
    (out / "do-not-call-policy-2026-11.pdf.part").write_bytes(b"half of it")
    assert run(command) == 0
    second = json.loads(capsys.readouterr().out)
    assert second["failed"] == []
    assert second["made_before"] == len(kinds)
    assert len(second["reports"]) == len(kinds) + 1
    assert not list(out.glob("*.part"))

    manifest = Path(second["manifest"])
    assert manifest.name == "reports-2026-11-2.json"
    assert json.loads(manifest.read_bytes())["failed"] == []
    pdf = out / "board-2026-11.pdf"
    assert run(["verify-report", str(pdf), "--manifest", str(manifest), "--json"]) == 0
    checks = json.loads(capsys.readouterr().out)["checks"]
    assert {"report", "pages", "root", "log entry", "signature"} <= {
        check["name"] for check in checks if check["outcome"] == "holds"
    }

    changed = tmp_path / "changed.pdf"
    changed.write_bytes(pdf.read_bytes() + b"\n")
    assert run(["verify-report", str(changed), "--manifest", str(manifest), "--json"]) != 0
    told = json.loads(manifest.read_bytes())
    told["period"] = "2026-10"
    for ending in (".p7s", ".proof.json"):
        (tmp_path / f"other{ending}").write_bytes(manifest.with_suffix(ending).read_bytes())
    (tmp_path / "other.json").write_bytes(canonical(told))
    capsys.readouterr()
    other = ["verify-report", str(pdf), "--manifest", str(tmp_path / "other.json"), "--json"]
    assert run(other) == 3
    outcomes = {
        check["name"]: check["outcome"] for check in json.loads(capsys.readouterr().out)["checks"]
    }
    assert (outcomes["log entry"], outcomes["signature"]) == ("fails", "fails")

    (out / "board-2026-11.pdf").write_bytes(b"somebody else's")
    assert run(command) == 2
    assert run(["report", "all", "--month", "2027-01", "--json"]) == 2
    assert run(["report", "all", "--json"]) == 2
    capsys.readouterr()


def test_a_report_made_before_its_month_was_over_is_not_kept_as_the_month_s(
    made: MadeDesk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    at_the_desk(made, tmp_path, monkeypatch)
    out, pdf = tmp_path / "november", b"%PDF-1.7 of the eighteenth"
    out.mkdir()
    report_all._release(
        Run(Common(), made.settings, made.desk, made.dpo),
        out / "board-2026-11.pdf",
        "board",
        pdf,
    )
    made.clock.at = datetime(2026, 12, 1, tzinfo=ZoneInfo("Europe/Berlin"))
    monkeypatch.setattr(report_all, "MONTHLY", ("board",))
    assert report_all._in_log(made.desk, "board", hashlib.sha256(pdf).hexdigest())
    with pytest.raises(BadInput, match="before the month was over"):
        report_all.make_all(
            Run(Common(), made.settings, made.desk, made.dpo), date(2026, 11, 1), out
        )


def test_every_kind_of_a_month_is_a_kind_and_the_board_looks_back_a_year(made: MadeDesk) -> None:
    assert set(MONTHLY) <= set(KINDS)
    wanted = dict(report_all.monthly(made.desk, date(2026, 2, 1)))
    assert (wanted["board-2026-02"].from_on, wanted["board-2026-02"].to_on) == (
        date(2025, 3, 1),
        date(2026, 2, 28),
    )
    register = wanted["request-register-2026-02"]
    assert (register.from_on, register.to_on) == (date(2026, 2, 1), date(2026, 2, 28))


ROWS = (Row("a-2026-11", "a", "ab" * 32, "cd" * 32), Row("b-2026-11", "b", "01" * 32, "cd" * 32))


def test_a_manifest_reads_back_and_one_that_was_changed_is_refused() -> None:
    content = report_run.manifest("rn-1", "2026-11", "2026-12-01T00:00:00Z", ROWS, [("c", "x")])
    held = report_run.parsed(content)
    assert held.rows == ROWS
    assert report_run.is_run(content)
    told = json.loads(content)
    told["reports"].reverse()
    with pytest.raises(Exception, match="root is not of its reports"):
        report_run.parsed(canonical(told))
    for other in (b"", b"{}", b"[]", b'{"schema": "rightsdesk.print-run/1"}', content + b" "):
        with pytest.raises(BadInput):
            report_run.parsed(other)
    assert not report_run.is_run(b"null")
