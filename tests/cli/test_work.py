"""`rightsdesk work`: what is due is done, and shown first with --list."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from privacy.cli.main import run
from privacy.clock import micros
from privacy.gateway.clock_guard import REFUSED
from privacy.gateway.issue import issue
from privacy.gateway.redeem import redeem
from privacy.storage.bulk import insert_rows
from privacy.storage.tables.base import table_of
from privacy.storage.tables.desk import Watermark
from privacy.storage.tables.gateway import AttemptRow, DecisionRow
from privacy.storage.unit import Unit
from tests.desks import MadeDesk, at_the_desk
from tests.gateway.looking import looked
from tests.gateway.scene import scene


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

    def called(*arguments: str, code: int = 0) -> dict[str, Any]:
        assert run([*arguments, "--json"]) == code
        document: dict[str, Any] = json.loads(capsys.readouterr().out)
        return document

    return called


def due(document: dict[str, Any]) -> dict[str, int]:
    return {row["work"]: row["due"] for row in document["work"]}


def test_a_call_that_nobody_ended_is_settled_as_uncertain(made: MadeDesk, command: Any) -> None:
    stage = scene(made, 1)
    (permit,) = issue(stage.gate, stage.dialer, stage.campaign, 1, ["p-1"]).permits
    redeem(stage.gate, stage.dialer, permit.permit)
    stage.wait(3600)
    made.desk.write(lambda unit: unit.append("notice.added", "dpo", object="later"))
    assert due(command("work", "--list"))["calls that nobody ended"] == 1
    command("work")
    with made.desk.reading() as db:
        states = db.execute(select(table_of(AttemptRow).c.state)).scalars().all()
    assert states == ["uncertain"]
    assert due(command("work", "--list"))["calls that nobody ended"] == 0


def test_calls_are_judged_again_while_their_facts_are_there(made: MadeDesk, command: Any) -> None:
    """An erasure that takes the facts later leaves the report as whole as it was."""
    stage = scene(made, 2)
    for number in range(2):
        stage.wait(5)
        (permit,) = issue(stage.gate, stage.dialer, stage.campaign, 1, [f"p-{number}"]).permits
        redeem(stage.gate, stage.dialer, permit.permit)
    work = "calls to ask the law about again"
    assert due(command("work", "--list"))[work] == 2
    command("work")
    assert due(command("work", "--list"))[work] == 0
    facts = table_of(DecisionRow)
    made.desk.write(lambda unit: _forget(unit, facts))
    looking, _ = looked(stage)
    assert (looking.found.placed, looking.found.by_facts) == (2, 2)


def _forget(unit: Unit, table: Any) -> None:
    unit.db.execute(update(table).values(facts_sealed=None))
    unit.append("test.forgotten", "test")


def test_after_work_every_entry_is_under_a_checkpoint(made: MadeDesk, command: Any) -> None:
    made.desk.write(lambda unit: unit.append("notice.added", "dpo", object="one"))
    assert due(command("work"))["entries under no checkpoint"] > 0
    assert due(command("work", "--list"))["entries under no checkpoint"] == 0


def test_a_clock_that_a_gate_refused_is_trusted_again_by_doctor(
    made: MadeDesk, command: Any
) -> None:
    made.desk.write(refuse)
    assert "no permits" in clock_finding(command("doctor", code=1))
    assert clock_finding(command("doctor", "--trust-clock")) == "never found wrong"


def refuse(unit: Unit) -> None:
    """What a gate leaves behind when it met a clock that went back."""
    insert_rows(unit.db, table_of(Watermark), ("name", "seen_at"), [(REFUSED, micros(unit.now))])


def clock_finding(document: dict[str, Any]) -> str:
    (found,) = [f["found"] for f in document["findings"] if f["what"] == "the gateway's clock"]
    return str(found)
