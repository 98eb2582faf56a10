"""Plans, refusals, holds and retention as a person meets them on the command line."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from privacy.cli.main import run
from privacy.rights import erasure, holds, store
from privacy.rights.case import Kind, State
from tests.desks import MadeDesk, at_the_desk
from tests.persons import add_person
from tests.rights.calls import add_consent
from tests.rights.flows import MAIL, NUMBER, approved, person_with, verified


@pytest.fixture
def command(
    made: MadeDesk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Any:
    """Runs a command in this process: (exit code, document, or text without --json)."""
    at_the_desk(made, tmp_path, monkeypatch)
    monkeypatch.setenv("RIGHTSDESK_ACTOR", "dpo")

    def called(*arguments: str, text: bool = False) -> tuple[int, Any]:
        code = run([*arguments] if text else [*arguments, "--json"])
        captured = capsys.readouterr()
        if text:
            return code, captured.out + captured.err
        return code, json.loads(captured.out)

    return called


def test_a_dry_run_lists_each_kind_and_class_and_stores_nothing(
    made: MadeDesk, command: Any
) -> None:
    known = add_person(made.desk, NUMBER, MAIL)
    add_consent(made, known)
    case = verified(made, Kind.ERASURE)
    code, plan = command("request", "plan", case.id, "--dry-run")
    assert (code, plan["dry_run"]) == (0, True)
    fates = {item["key"]: item["action"] for item in plan["items"]}
    assert fates["profile"] == fates["contact_points"] == fates["consent_evidence"] == "delete"
    assert fates["consents"] == "strip"
    assert fates["suppressions"] == fates["requests"] == "keep"
    for item in plan["items"]:
        assert item["why"]
        assert item["citation"] or item["action"] != "keep"
        assert item["until_on"] or item["until"] or item["action"] != "keep"
    assert [line["key_class"] for line in plan["keys"]] == [
        *("call", "desk", "consent", "calls", "case")
    ]
    with made.desk.reading() as db:
        assert store.case(db, case.id).state is State.VERIFIED
    code, shown = command("request", "plan", case.id, "--dry-run", "--all", text=True)
    assert code == 0
    assert "nothing was stored" in shown
    assert "consent_evidence" in shown
    assert not any(canary in shown for canary in (NUMBER, MAIL, "Canarison"))


def test_a_part_is_refused_and_the_refusal_shown(made: MadeDesk, command: Any) -> None:
    known = add_person(made.desk, NUMBER, MAIL)
    add_consent(made, known)
    case = verified(made, Kind.ERASURE)
    _, grounds = command("request", "grounds", case.id)
    assert "eu.17.3.e" in {row["ground"] for row in grounds["grounds"]}
    part = "consent_evidence=eu.17.3.e@2029-12-31"
    assert command("request", "plan", case.id, "--refuse", part)[0] == 0
    for wrong in ("consent_evidence", "=x", "consent_evidence=eu.17.3.e@soon"):
        assert command("request", "plan", case.id, "--refuse", wrong)[0] == 2
    code, shown = command("request", "refusal", case.id, text=True)
    assert code == 0
    for word in ("consent_evidence", "Art. 17(3)(e)", "Art. 12(4), 79", "Berliner Beauftragte"):
        assert word in " ".join(shown.split())


def test_a_whole_refusal_needs_a_ground_of_the_law(made: MadeDesk, command: Any) -> None:
    add_person(made.desk, NUMBER, MAIL)
    case = verified(made, Kind.ACCESS)
    assert command("request", "refuse", case.id)[0] == 2
    assert command("request", "refuse", case.id, "--reason", "because")[0] == 2
    code, document = command("request", "refuse", case.id, "--reason", "excessive")
    assert (code, document["outcome"]) == (0, "refused:excessive")


def test_work_goes_on_with_what_a_hold_stopped(made: MadeDesk, command: Any) -> None:
    brought = person_with(made, Kind.ERASURE)
    code, placed = command("hold", "place", "--request", brought.case.id, "--reason", "f-17")
    assert code == 0
    code, error = command("request", "fulfil", brought.case.id)
    assert (code, error["error"]["code"]) == (1, "held")
    _, listed = command("hold", "list")
    (row,) = listed["holds"]
    assert (row["scope"], row["on"], row["in_force"]) == ("case", brought.case.id, True)
    _, work = command("work", "--list")
    due = {each["work"]: each["due"] for each in work["work"]}
    assert due["erasures whose hold has ended"] == 0
    command("hold", "release", placed["id"])
    _, work = command("work")
    done = {each["work"]: each["done"] for each in work["work"]}
    assert done["erasures whose hold has ended"] == "1 erased"
    with made.desk.reading() as db:
        assert store.case(db, brought.case.id).state is State.FULFILLED


def test_work_tells_of_an_erasure_that_must_be_planned_again(made: MadeDesk, command: Any) -> None:
    known = add_person(made.desk, NUMBER, MAIL)
    case = approved(made, Kind.ERASURE)
    hold = holds.place(made.desk, made.dpo, known.subject_id, "f-17")
    with pytest.raises(holds.Held):
        erasure.run(made.desk, made.dpo, case.id)
    add_consent(made, known)
    holds.release(made.desk, made.dpo, hold)
    _, work = command("work")
    done = {each["work"]: each["done"] for each in work["work"]}
    assert done["erasures whose hold has ended"] == "0 erased, 1 to be planned again"


def test_a_hold_is_on_one_thing(made: MadeDesk, command: Any) -> None:
    assert command("hold", "place", "--reason", "f-17")[0] == 2
    both = ("--query", "source=test", "--request", "rq-x")
    assert command("hold", "place", *both, "--reason", "f-17")[0] == 2
    code, _ = command(
        *("hold", "place", "--query", "source=test country=GB"),
        *("--until", "2026-12-31", "--reason", "f-17"),
    )
    assert code == 0
    _, listed = command("hold", "list")
    assert (listed["holds"][0]["on"], listed["holds"][0]["until"]) == (
        "source=test country=GB",
        "2026-12-31",
    )


def test_retention_is_added_previewed_and_done_by_work(made: MadeDesk, command: Any) -> None:
    add_person(made.desk, NUMBER, MAIL)
    code, rule = command(
        *("retention", "add", "--what", "profile", "--start", "contract_end", "--months", "6"),
        *("--ground", "storage_limitation", "--citation", "GDPR Art. 5(1)(e)"),
    )
    assert code == 0
    day = ("retention", "day", "--phone", NUMBER, "--start", "contract_end", "--on", "2026-01-31")
    assert command(*day)[0] == 0
    _, preview = command("retention", "preview", "--on", "2026-07-31")
    assert preview["people"] == []
    _, preview = command("retention", "preview", "--on", "2026-08-01")
    assert (preview["due"], preview["people"][0]["last_day"]) == (1, "2026-07-31")
    _, work = command("work")
    done = {each["work"]: each["done"] for each in work["work"]}
    assert done["people whose retention has ended"] == "1 erased"
    assert command("retention", "end", rule["id"])[0] == 0
    code, shown = command("retention", "list", text=True)
    assert code == 0
    assert "storage_limitation" in shown
    made.clock.advance(timedelta(days=1))
    assert command("retention", "preview")[1]["people"] == []
