"""Reports made by `rightsdesk work`: one a period, missed ones later, what fails stays due."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from privacy import scheduled
from privacy.cli.main import run
from privacy.errors import BadInput
from privacy.rights.package import writing
from privacy.storage.tables.audit import AuditEntry
from privacy.storage.tables.base import table_of
from reports.reading import verify
from reports.signing.revisions import first_revision
from tests.desks import MadeDesk, at_the_desk

ENTRY = table_of(AuditEntry)
SPANS = {"week": (7, 7), "month": (28, 31), "quarter": (90, 92), "year": (365, 366)}
days = st.dates(date(2020, 1, 1), date(2040, 12, 31))


@given(st.sampled_from(list(SPANS)), days, st.integers(0, 900))
def test_periods_are_whole_without_gap_and_over(every: str, since: date, later: int) -> None:
    today = since + timedelta(days=later)
    found = scheduled.periods(every, since, today)
    least, most = SPANS[every]
    for one in found:
        assert least <= (one.to_on - one.from_on).days + 1 <= most
        assert since <= one.from_on
        assert one.to_on < today
    for one, after in pairwise(found):
        assert after.from_on == one.to_on + timedelta(days=1)
    assert len({one.name for one in found}) == len(found)
    if later > 2 * most:
        assert found
        assert (today - found[-1].to_on).days <= most


@pytest.mark.parametrize(
    ("every", "name"),
    [("week", "2026-W46"), ("month", "2026-10"), ("quarter", "2026-Q3"), ("year", "2025")],
)
def test_without_a_day_to_begin_the_newest_whole_period_alone_is_due(
    made: MadeDesk, every: str, name: str
) -> None:
    object.__setattr__(made.desk.config.reports, "log_verification", every)
    (one,) = scheduled.due(made.desk)
    assert one.key == f"log-verification-{name}"


def test_another_interval_is_refused() -> None:
    with pytest.raises(BadInput):
        scheduled.periods("fortnight", date(2026, 1, 1), date(2026, 2, 1))


@pytest.fixture
def command(
    made: MadeDesk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Any:
    """Runs the command in this process on the made desk and gives its document."""
    at_the_desk(made, tmp_path, monkeypatch)

    def called(actor: str, *arguments: str, code: int = 0) -> dict[str, Any]:
        assert run([*arguments, "--as", actor, "--json"]) == code
        document: dict[str, Any] = json.loads(capsys.readouterr().out)
        return document

    for name, value in (
        ("request_register", "month"), ("since", "2026-09-01"), ("out", "out"),
    ):  # fmt: skip
        called("dpo", "config", "set", f"reports.{name}", value)
    return called


def due(document: dict[str, Any]) -> int:
    (found,) = [row["due"] for row in document["work"] if row["work"].startswith("reports")]
    return int(found)


def test_missed_periods_are_made_once_and_lie_there_for_their_owner(
    made: MadeDesk, command: Any, tmp_path: Path
) -> None:
    assert due(command("dpo", "work", "--list")) == 2
    command("dpo", "work")
    out = made.settings.desk_dir / "out"
    assert sorted(path.name for path in out.iterdir()) == [
        "request-register-2026-09.pdf",
        "request-register-2026-10.pdf",
    ]
    pdf = out / "request-register-2026-10.pdf"
    assert pdf.stat().st_mode & 0o777 == 0o600
    read = verify(first_revision(pdf.read_bytes()))
    assert (read.kind, read.made_at <= datetime.now(UTC) + timedelta(days=3650)) == (
        "request-register",
        True,
    )
    assert due(command("dpo", "work", "--list")) == 0


def test_a_run_killed_between_the_entry_and_the_name_gives_the_file_its_name(
    made: MadeDesk,
    command: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def killed(_: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr("privacy.cli.work_reports.writing.complete", killed)
        assert run(["work", "--as", "dpo", "--json"]) != 0
    capsys.readouterr()
    out = made.settings.desk_dir / "out"
    part = out / "request-register-2026-09.pdf.part"
    before = writing.digest(part.read_bytes())
    command("dpo", "work")
    assert writing.digest((out / "request-register-2026-09.pdf").read_bytes()) == before
    assert not list(out.glob("*.part"))


def test_a_report_that_fails_stays_due_and_today_and_the_doctor_name_it(
    made: MadeDesk, command: Any
) -> None:
    out = made.settings.desk_dir / "out"
    out.mkdir()
    (out / "request-register-2026-09.pdf").write_text("of somebody else")
    told = command("dpo", "work")
    assert any("request-register-2026-09" in str(row["done"]) for row in told["work"])
    assert due(command("dpo", "work", "--list")) == 1
    (failed,) = command("dpo", "today")["reports_failed"]
    assert (failed["report"], failed["code"]) == ("request-register-2026-09", "bad_input")
    command("dpo", "work")
    # The same failure again is no news.
    with made.desk.reading() as db:
        bodies = db.execute(select(ENTRY.c.body).where(ENTRY.c.action == scheduled.FAILED)).all()
    assert len(bodies) == 1
    found = command("dpo", "doctor", code=1)["findings"]
    (reports,) = [each for each in found if each["what"] == "scheduled reports"]
    assert (reports["sound"], "request-register-2026-09" in reports["found"]) == (False, True)
    (out / "request-register-2026-09.pdf").unlink()
    command("dpo", "work")
    assert command("dpo", "today")["reports_failed"] == []
