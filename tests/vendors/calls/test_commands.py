"""`vendor audit-calls` and `vendor calls` on one desk, and the page that tells of them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from privacy.cli.main import run
from privacy.vendors.calls.formats.mapped import read_mapping
from privacy.vendors.calls.tabular import FIELDS
from tests.desks import MadeDesk, at_the_desk
from tests.vendors.calls.exports import GOLDEN, THREECX
from tests.vendors.calls.tables import PAGE, page

COMMON = ("--zone", "America/New_York", "--region", "us", "--trunk-prefix", "9")


@pytest.fixture
def command(
    made: MadeDesk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Any:
    """Runs the command in this process on the made desk and gives its document or text."""
    at_the_desk(made, tmp_path, monkeypatch)
    monkeypatch.setenv("RIGHTSDESK_ACTOR", "dpo")
    monkeypatch.chdir(tmp_path)
    made.desk.close()

    def called(*arguments: str, code: int = 0, text: bool = False) -> Any:
        monkeypatch.setattr("sys.stdin", io.StringIO(""))
        ended = run([*arguments, *(() if text else ("--json",))])
        out = capsys.readouterr().out
        assert ended == code, out
        return out if text else json.loads(out)

    return called


def test_an_export_is_audited_listed_and_shown(command: Any, tmp_path: Path) -> None:
    (tmp_path / "Master.csv").write_bytes((GOLDEN / "asterisk-21.csv").read_bytes())
    vendor = command("vendor", "new", "Example Dialer Ltd")["id"]
    refused = command("vendor", "audit-calls", vendor, "Master.csv", code=2)
    assert refused["error"]["what"] == "--zone"
    done = command("vendor", "audit-calls", vendor, "Master.csv", *COMMON)
    assert done["schema"] == "rightsdesk.vendor-audit-calls/1"
    assert done["manifest"]["rows"]["calls"] == 5
    checks = {each["code"]: each["verdict"] for each in done["manifest"]["completeness"]}
    assert checks["sequence"] == "gap"
    assert checks["invoice"] == "not_provable"
    again = command("vendor", "audit-calls", "Example Dialer Ltd", "Master.csv", *COMMON)
    assert again["unchanged"] is True
    (listed,) = command("vendor", "calls", "list", "--vendor", vendor)["imports"]
    assert listed == {**again["import"]}
    shown = command("vendor", "calls", "show", listed["id"])
    assert shown["manifest"] == done["manifest"]
    text = command("vendor", "calls", "show", listed["id"], text=True)
    assert "numbered 7 to 13; missing between are 1." in " ".join(text.split())
    assert "\ninvoice: Take the count" in text
    dropped = command("vendor", "calls", "drop", listed["id"])
    assert (dropped["import"]["state"], dropped["import"]["calls"]) == ("replaced", 0)
    missing = command("vendor", "calls", "show", "vi-none", code=1)
    assert missing["error"]["code"] == "not_found"


def test_where_nothing_was_imported_the_list_says_what_to_do(command: Any) -> None:
    assert "audit-calls" in command("vendor", "calls", "list", text=True)


def test_formats_are_told_without_a_desk(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["vendor", "calls", "formats", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["formats"]) == 17
    assert told["formats"][0]["proves"]["called number"] == "Y"


def test_the_page_has_the_tables_as_the_formats_make_them() -> None:
    text = PAGE.read_text()
    assert page(text) == text


def test_the_page_tells_every_field_and_its_mapping_can_be_read() -> None:
    text = PAGE.read_text()
    told = text.partition("\nFields: ")[2].partition("\n")[0]
    assert all(name in told for name in FIELDS)
    assert all(name in text for name in THREECX)
    example = text.partition("```toml\n")[2].partition("```")[0]
    assert read_mapping(example).columns["at"] == "Start"


def test_the_simulators_records_are_made_audited_and_reported(command: Any) -> None:
    made = command(
        "vendor", "demo-records", "--out", "training", "--calls", "4", "--each", "1",
        "--format", "asterisk",
    )  # fmt: skip
    assert made["made_by"] == "simulator"
    vendor = command("vendor", "new", "Simulated Dialer Ltd")["id"]
    audited = command("vendor", "audit-calls", vendor, "training/Master.csv", *SIMULATED)
    found = {row["check"]: row["breach"] for row in audited["audit"]["checks"]}
    assert audited["audit"]["verdict"] == "breach"
    assert (found["hours"], found["caller_id"]) == (2, 1)
    missing = {name for row in audited["audit"]["not_provable"] for name in row["missing"]}
    assert {"list_date", "desk.list.us_national", "opt_out_at"} <= missing
    command(
        "report", "vendor-calls", "--import", audited["import"]["id"], "--format", "json",
        "--no-sign", "--out", "again.json",
    )  # fmt: skip
    told = json.loads(Path("again.json").read_text())
    assert told["calls"]["with_breach"] == audited["audit"]["calls"]["with_breach"]
    assert "--import" in str(command("report", "vendor-calls", "--out", "none.pdf", code=2))


@pytest.mark.long
def test_the_report_at_the_end_of_an_audit_verifies(command: Any) -> None:
    command("vendor", "demo-records", "--out", "training", "--calls", "4", "--each", "1")
    vendor = command("vendor", "new", "Simulated Dialer Ltd")["id"]
    command(
        "vendor", "audit-calls", vendor, "training/calls.csv", *SIMULATED,
        "--mapping", "training/mapping.toml", "--report", "audit.pdf",
    )  # fmt: skip
    command("verify-report", "audit.pdf")


SIMULATED = (
    "--zone", "Europe/Berlin", "--clock", "the simulator says so", "--region", "US",
)  # fmt: skip
