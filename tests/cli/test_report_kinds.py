"""`rightsdesk report` of the register and of the log: what the desk says, and nothing better."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from privacy.cli import register_report
from privacy.cli.main import run
from privacy.errors import Denied
from privacy.rights import figures, metrics
from privacy.rights.case import Kind
from privacy.terms import Role
from reports import request_register
from reports.reading import attached, verify
from reports.request_tally import COLUMNS
from tests.desks import MadeDesk, at_the_desk
from tests.persons import add_person
from tests.rights.flows import MAIL, NUMBER, opened, verified

YEAR = (date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def command(
    made: MadeDesk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Any:
    """Runs the command in this process on the made desk and gives its document."""
    at_the_desk(made, tmp_path, monkeypatch)
    monkeypatch.setenv("RIGHTSDESK_ACTOR", "dpo")
    monkeypatch.chdir(tmp_path)

    def called(*arguments: str, code: int = 0) -> dict[str, Any]:
        assert run([*arguments, "--json"]) == code
        document: dict[str, Any] = json.loads(capsys.readouterr().out)
        return document

    return called


def requests(made: MadeDesk) -> None:
    """Four requests, one of them overdue at the end."""
    add_person(made.desk, NUMBER, MAIL)
    opened(made.desk, made.handler, Kind.ACCESS)
    made.clock.advance(timedelta(days=33))
    verified(made, Kind.ERASURE, "US_CA")
    opened(made.desk, made.handler, Kind.OPT_OUT_SALE, "US_CA")
    opened(made.desk, made.handler, Kind.COMPLAINT)


def test_the_register_is_that_of_the_ledger_and_its_metrics_those_of_california(
    made: MadeDesk,
) -> None:
    requests(made)
    found = register_report.data(made.desk, made.dpo, *YEAR)
    data = request_register.checked(found.data)
    assert request_register.contradictions(data, found.annexes) == []
    ledger = figures.read(made.desk)
    rows = [vars(row) for row in figures.register(ledger, *YEAR)]
    assert data["counts"]["register"] == rows
    said: Any = request_register.figures(data)
    for shown, metric in zip(said["rights"], metrics.of(ledger.between(*YEAR)), strict=True):
        document = metric.document()
        assert shown["right"] == document["right"]
        assert shown["received"] == document["received"]
        assert shown["complied"] == document["complied_in_whole_or_in_part"]
        assert shown["denied"] == document["denied"]
        assert (shown["median_days"], shown["mean_days"]) == (
            document["median_days"],
            document["mean_days"],
        )
    assert (said["verdict"], said["total"]["overdue"]) == ("late", 1)
    assert said["complaints"]["received"] == 1


def test_no_name_number_or_mail_stands_in_the_register(made: MadeDesk) -> None:
    requests(made)
    found = register_report.data(made.desk, made.dpo, *YEAR)
    everything = json.dumps(found.data) + str(found.annexes)
    for secret in (NUMBER, NUMBER[3:], MAIL, "Canarina", "Canarison"):
        assert secret not in everything


def test_the_log_of_california_has_the_six_fields_of_24_months(made: MadeDesk) -> None:
    requests(made)
    found = register_report.data(made.desk, made.dpo, date(2026, 12, 1), date(2026, 12, 31))
    log = found.annexes["ccpa-log.csv"].decode().splitlines()
    assert log[0].split(",") == list(request_register.LOG_COLUMNS)
    assert len(log) == 3
    assert found.data["california"]["log_from_on"] == "2024-12-31"
    assert found.data["annexes"][0]["columns"] == list(COLUMNS)


def test_only_who_may_report_reads_the_register(made: MadeDesk) -> None:
    with pytest.raises(Denied):
        register_report.data(made.desk, replace(made.handler, role=Role.ADMIN), *YEAR)


def test_the_register_is_written_logged_and_reads_back(made: MadeDesk, command: Any) -> None:
    requests(made)
    made.desk.write(lambda unit: unit.append("notice.added", "dpo", object="later"))
    out = Path("register.pdf")
    told = command("report", "request-register", "--no-sign", "--out", str(out))
    assert told["entry"]
    assert out.stat().st_mode & 0o777 == 0o600
    read = verify(out.read_bytes())
    assert read.kind == "request-register"
    assert read.same_bytes
    assert len(attached(out.read_bytes()).annexes) == 2


def test_a_verification_of_the_log_says_what_audit_verify_says(
    made: MadeDesk, command: Any
) -> None:
    kept = Path("kept.txt")
    command("audit", "anchor", "--out", str(kept))
    out = Path("log.pdf")
    told = command(
        "report", "log-verification", "--anchor", str(kept), "--no-sign", "--out", str(out)
    )
    assert told["exit_code"] == 0
    data = json.loads(attached(out.read_bytes()).data)
    size = data["verification"]["size"]
    assert data["verification"]["verified"] is True
    assert data["given"][0]["source"] == "kept.txt"
    assert data["anchors"][0]["size"] == data["given"][0]["size"]
    assert data["annexes"][0]["rows"] == size
    assert verify(out.read_bytes()).figures["verdict"] == "verified"
    answer = command("audit", "verify", "--anchor", str(kept))
    for name in ("origin", "first_key", "days", "anchor", "findings", "exit_code"):
        assert data["verification"][name] == answer[name]


def test_a_stale_log_gives_a_report_and_the_exit_code_of_audit_verify(command: Any) -> None:
    out = Path("log.pdf")
    told = command(
        "report", "log-verification", "--max-tail", "0", "--no-sign", "--out", str(out), code=6
    )
    assert (told["exit_code"], bool(told["entry"])) == (6, True)
    assert verify(out.read_bytes()).figures["verdict"] == "stale"


def test_a_report_on_an_altered_log_is_in_no_log_and_signs_nothing(
    made: MadeDesk, command: Any
) -> None:
    with made.desk.reading() as db:
        before = made.desk.log.head(db).size
    signed = made.desk.signing.last()
    with made.desk.log.engine.begin() as db:
        triggers = text(
            "SELECT name FROM sqlite_master WHERE type='trigger' AND tbl_name='audit_entry'"
        )
        for name in db.execute(triggers).scalars().all():
            db.execute(text(f'DROP TRIGGER "{name}"'))
        db.execute(text("UPDATE audit_entry SET actor = 'somebody' WHERE rowid = 3"))
    out = Path("log.pdf")
    told = command("report", "log-verification", "--out", str(out), code=3)
    assert (told["entry"], told["signed"]) == ("", "")
    assert verify(out.read_bytes()).figures["verdict"] == "altered"
    assert made.desk.signing.last() == signed
    with made.desk.reading() as db:
        assert made.desk.log.head(db).size == before
