"""A dry run says what the gate would do, in three heaps, and names nobody."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from privacy.consent import suppression
from privacy.errors import NotFound
from privacy.gateway import rule_words
from privacy.gateway.alike import Alike
from privacy.gateway.explaining import explain_number
from privacy.gateway.issue import issue
from privacy.gateway.previewing import preview
from privacy.law import calling
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import CandidateRow, DecisionRow
from privacy.storage.unit import Unit
from tests.desks import MadeDesk
from tests.gateway.scene import Law, Scene, number, scene
from tests.gateway.test_commands import Command, command, create, people

__all__ = ["command"]


def foreseen(set_up: Scene) -> Any:
    return preview(set_up.desk, set_up.made.dpo, set_up.campaign, set_up.law)


def change(made: MadeDesk, statement: Any) -> None:
    """Change candidates behind the desk's commands."""

    def job(unit: Unit) -> None:
        unit.db.execute(statement)
        unit.append("test.changed", made.dpo.id, object="candidates")

    made.desk.write(job)


def test_now_later_and_never_are_told_apart_by_rule_and_hour(made: MadeDesk) -> None:
    set_up = scene(made, 4)
    assert foreseen(set_up).document()["now"] == {"people": 4, "by_rule": {"test-consent": 4}}
    suppression.opt_out(made.desk, made.handler, phone=number(0), source="test")
    hour = made.clock.now().hour
    set_up.law.opens = (hour + 2) % 24
    set_up.law.closes = 24
    found = foreseen(set_up).document()
    assert (found["now"]["people"], found["later"]["people"], found["never"]["people"]) == (0, 3, 1)
    assert found["never"]["by_rule"] == {"gateway.suppressed": 1}
    (opens,) = found["later"]["hours"]
    assert opens["people"] == 3
    assert datetime.fromisoformat(opens["from"]).astimezone(UTC).hour == set_up.law.opens
    cited = {each["rule"]: each["citation"] for each in found["rules"]}
    assert cited == {
        "gateway.suppressed": "GDPR Art. 21(3); 47 CFR 64.1200(d)(3)",
        "test-hours": "test",
    }
    assert number(0) not in json.dumps(found)


def test_whose_turn_comes_later_is_not_foreseen_as_now(made: MadeDesk) -> None:
    set_up = scene(made, 1)
    table = table_of(CandidateRow)
    at = made.clock.now() + timedelta(hours=3)
    change(made, table.update().values(next_try_at=int(at.timestamp() * 1_000_000)))
    found = foreseen(set_up)
    assert (found.allowed, found.later) == (0, {"gateway.turn": 1})


def test_a_dry_run_says_what_the_gate_then_does(store: MadeDesk) -> None:
    set_up = scene(store, 5)
    suppression.opt_out(store.desk, store.handler, phone=number(3), source="test")
    before = foreseen(set_up)
    answer = issue(set_up.gate, set_up.dialer, set_up.campaign, 20, set_up.resources)
    assert len(answer.permits) == before.allowed == 4
    assert {one["rule"]: one["count"] for one in answer.none_because} == before.by_rule
    decisions = table_of(DecisionRow)
    with store.desk.reading() as db:
        kept = db.execute(select(func.count()).select_from(decisions)).scalar_one()
    assert kept == 5  # of the gate alone: the dry run kept none


def test_what_was_put_away_before_is_counted_apart(made: MadeDesk) -> None:
    set_up = scene(made, 2)
    suppression.opt_out(made.desk, made.handler, phone=number(0), source="test")
    issue(set_up.gate, set_up.dialer, set_up.campaign, 1, ["p-1"])
    assert foreseen(set_up).document()["closed_before"] == {"gateway.suppressed": 1}


def test_the_law_is_asked_once_for_calls_that_it_cannot_tell_apart(made: MadeDesk) -> None:
    set_up = scene(made, 30)
    set_up.law.asked = 0
    assert foreseen(set_up).allowed == 30
    assert set_up.law.asked <= 4


@pytest.mark.parametrize("other", ["+12125550123", "+442079460001", "+33123456789", "nonsense"])
def test_numbers_of_other_places_are_asked_about_apart(other: str) -> None:
    law = Law()
    alike = Alike(law)
    base = {"consent": [{"state": "none"}], "context": {"suppressed": False}}
    at = "2026-11-24T12:00:00Z"
    alike({**base, "number": "+13055550100", "at": at})
    alike({**base, "number": other, "at": at})
    assert law.asked == 2


def test_alike_answers_are_those_of_the_law_itself(made: MadeDesk) -> None:
    alike = Alike(calling.answer)
    for national in ("2125550123", "3055550123", "2125550199", "4065550123", "8005550123"):
        for at in ("2026-11-24T12:00:00Z", "2026-11-24T15:00:00Z"):
            document: dict[str, Any] = {
                "number": f"+1{national}",
                "at": at,
                "channel": "voice_prerecorded",
                "campaign": "marketing",
                "consent": [{"state": "prior_express_written_consent", "granted": "2026-01-01"}],
                "context": {"earlier_calls": [], "registers": {}},
            }
            assert alike(document) == calling.answer(document)
            assert alike(document) == calling.answer(document)


def test_every_rule_of_the_gate_has_words_and_rests_on_something() -> None:
    from privacy.gateway import decide

    rules = {
        value
        for value in vars(decide).values()
        if isinstance(value, str) and value.startswith("gateway.")
    }
    assert rules | {rule_words.TURN} == set(rule_words.WORDS)
    assert all(all(words) for words in rule_words.WORDS.values())


def explained(set_up: Scene, phone: str) -> Any:
    return explain_number(set_up.desk, set_up.made.dpo, set_up.campaign, phone, set_up.law)


def test_an_explanation_is_the_gates_own_verdict(made: MadeDesk) -> None:
    set_up = scene(made, 3)
    suppression.opt_out(made.desk, made.handler, phone=number(1), source="test")
    said = {n: explained(set_up, number(n))["persons"][0] for n in range(3)}
    assert [said[n]["called_now"] for n in range(3)] == [True, False, True]
    issue(set_up.gate, set_up.dialer, set_up.campaign, 20, set_up.resources)
    decisions, candidates = table_of(DecisionRow), table_of(CandidateRow)
    with made.desk.reading() as db:
        rows = db.execute(
            select(decisions, candidates.c.subject_id).join(
                candidates, candidates.c.id == decisions.c.candidate_id
            )
        ).all()
    kept = {row.subject_id: row for row in rows}
    for one in said.values():
        row = kept[one["person"]]
        assert (row.decision == "allow") == one["allowed"]
        assert row.deciding_rule == one["deciding_rule"]
        assert sorted(map(tuple, json.loads(row.rules))) == sorted(
            (rule["id"], rule["effect"]) for rule in one["rules"]
        )


def test_a_number_that_was_just_called_says_why_not_and_what_is_left(made: MadeDesk) -> None:
    set_up = scene(made, 1, max_attempts=2)
    (permit,) = issue(set_up.gate, set_up.dialer, set_up.campaign, 1, ["p-1"]).permits
    assert permit.attempt
    (person,) = explained(set_up, number(0))["persons"]
    assert person["deciding_rule"] == "gateway.live_call"
    assert "the candidate waits for no call: it is called" in person["not_now"]
    assert person["limits"]["gateway.max_attempts"] == {"used": 0, "left": 2, "limit": 2}
    assert person["limits"]["gateway.number_cap"]["used"] == 1
    assert person["next_try_at"] == person["limits"]["gateway.min_gap"]["over_at"]


def test_an_unknown_number_and_one_that_is_no_candidate_get_an_answer(made: MadeDesk) -> None:
    set_up = scene(made, 1)
    assert explained(set_up, number(77))["persons"] == []
    table = table_of(CandidateRow)
    change(made, table.delete())
    (person,) = explained(set_up, number(0))["persons"]
    assert person["allowed"]
    assert not person["called_now"]
    assert person["candidate"] is None
    with pytest.raises(NotFound):
        explain_number(made.desk, made.dpo, "cm-" + "a" * 26, number(0), set_up.law)


def test_the_commands_show_both_and_log_the_look(
    made: MadeDesk, command: Command, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(made)
    campaign = create(command, tmp_path)
    command("campaign", "add", campaign)
    found = command("campaign", "preview", campaign)
    assert found["allowed"] + found["denied"] == 4
    assert {each["rule"] for each in found["rules"]} >= {"gateway.suppressed", "gb-automated"}
    assert all(each["citation"] and each["example"] for each in found["rules"])
    one = command("campaign", "explain", campaign, "--phone", number(2))["campaigns"][0]
    assert one["persons"][0]["deciding_rule"] == "gateway.suppressed"
    every = command("campaign", "explain", "--phone", number(0))["campaigns"]
    assert [each["campaign"] for each in every] == [campaign]
    assert number(0) not in json.dumps(every)
    command("campaign", "explain", code=2)
    assert "campaign.number_explained" in json.dumps(command("audit", "show", "--last", "40"))
