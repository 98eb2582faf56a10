"""Nobody approves their own plan alone: every entrance, and the database, is tried."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from privacy import actors
from privacy.actors import Actor
from privacy.cli.main import run
from privacy.errors import AnswerIsNo, BadInput, Denied
from privacy.rights import (
    answering,
    approval,
    erasure,
    plan,
    planning,
    standing,
)
from privacy.rights.approval import How
from privacy.rights.case import Kind, NotNow, State
from privacy.storage.tables.base import table_of
from privacy.storage.tables.cases import PlanApproval
from privacy.storage.tables.desk import Actor as ActorRow
from privacy.storage.tables.rights import RightsRequest
from privacy.terms import Role
from tests.desks import SECRET, MadeDesk, at_the_desk
from tests.persons import add_person
from tests.rights.approving import DAY, SECOND, alone, planned, standing_of, store_case, swapped
from tests.rights.calls import add_consent
from tests.rights.flows import MAIL, NUMBER, approved, verified


def test_a_second_person_approves_and_the_log_says_so(store: MadeDesk) -> None:
    request_id = planned(store)
    approval.approve(store.desk, store.dpo, request_id)
    found = standing_of(store, request_id)
    assert (found.kind, found.actor) == (How.SECOND_PERSON, "dpo")


@pytest.mark.parametrize("role", [Role.DPO, Role.HANDLER])
def test_whoever_planned_may_not_approve_in_whichever_role(made: MadeDesk, role: Role) -> None:
    planner = made.dpo if role is Role.DPO else made.handler
    request_id = planned(made, planner)
    for claimed in (planner, Actor(planner.id, Role.DPO), Actor(planner.id, Role.HANDLER)):
        with pytest.raises(Denied):
            approval.approve(made.desk, claimed, request_id)
    with pytest.raises(Denied):
        standing_of(made, request_id)


def test_an_actor_in_memory_who_was_deactivated_approves_nothing(made: MadeDesk) -> None:
    request_id = planned(made)
    other = actors.add(made.desk, "dpo-two", Role.DPO, SECRET, "setup")
    actors.deactivate(made.desk, "dpo", other)
    with pytest.raises(Denied, match="not active"):
        approval.approve(made.desk, made.dpo, request_id)
    with pytest.raises(Denied, match="not active"):
        approval.break_glass(made.desk, made.dpo, request_id, "court_order")


def test_an_actor_that_never_was_approves_nothing(made: MadeDesk) -> None:
    request_id = planned(made)
    with pytest.raises(Denied, match="not active"):
        approval.approve(made.desk, Actor("somebody", Role.DPO), request_id)


def test_a_second_account_made_by_the_preparer_waits_a_day(made: MadeDesk) -> None:
    request_id = planned(made, made.dpo)
    double = actors.add(made.desk, "dpo-two", Role.HANDLER, SECRET, "dpo")
    with pytest.raises(Denied, match="made the account"):
        approval.approve(made.desk, double, request_id)
    made.clock.advance(DAY - SECOND)
    with pytest.raises(Denied):
        approval.approve(made.desk, double, request_id)
    made.clock.advance(SECOND)
    assert approval.approve(made.desk, double, request_id).state is State.APPROVED


def test_planning_again_takes_every_approval_back(made: MadeDesk) -> None:
    request_id = planned(made)
    approval.approve(made.desk, made.dpo, request_id)
    planning.make_plan(made.desk, made.dpo, request_id)
    with pytest.raises(Denied):
        standing_of(made, request_id)
    with pytest.raises(AnswerIsNo):
        erasure.run(made.desk, made.handler, request_id)
    with pytest.raises(Denied):
        approval.approve(made.desk, made.dpo, request_id)


def test_an_auditor_and_an_administrator_approve_nothing(made: MadeDesk) -> None:
    request_id = planned(made)
    for role in (Role.AUDITOR, Role.ADMIN, Role.DIALER):
        actor = actors.add(made.desk, f"a-{role.value}", role, SECRET, "setup")
        with pytest.raises(Denied):
            approval.approve(made.desk, actor, request_id)
        with pytest.raises(Denied):
            approval.approve_after_wait(made.desk, actor, request_id)


# -- the database ---------------------------------------------------------------------------


def test_a_plan_swapped_in_the_database_does_not_stand(store: MadeDesk) -> None:
    request_id = planned(store)
    approval.approve(store.desk, store.dpo, request_id)
    cases = table_of(RightsRequest)
    other = json.loads(store_case(store, request_id).plan)
    other["destroyed"] = []
    changed = plan.text_of(other)
    swapped(store.desk, cases, cases.c.id == request_id, plan=changed)
    with pytest.raises(AnswerIsNo):
        erasure.run(store.desk, store.dpo, request_id)
    # With the digests beside it changed as well, the log still says otherwise.
    rows = table_of(PlanApproval)
    sha256 = plan.digest(changed)
    swapped(store.desk, cases, cases.c.id == request_id, plan_sha256=sha256)
    swapped(store.desk, rows, rows.c.request_id == request_id, plan_sha256=sha256)
    with pytest.raises(Denied, match="audit log"):
        standing_of(store, request_id)
    with pytest.raises(AnswerIsNo):
        erasure.run(store.desk, store.dpo, request_id)


def test_a_swapped_plan_is_not_approved_either(made: MadeDesk) -> None:
    request_id = planned(made)
    cases = table_of(RightsRequest)
    text = json.dumps({**json.loads(store_case(made, request_id).plan), "people": 7})
    swapped(made.desk, cases, cases.c.id == request_id, plan=text, plan_sha256=plan.digest(text))
    with pytest.raises(Denied, match="not the one"):
        approval.approve(made.desk, made.dpo, request_id)


def test_a_preparer_who_renames_himself_in_the_row_still_prepared_it(made: MadeDesk) -> None:
    request_id = planned(made)
    cases = table_of(RightsRequest)
    swapped(made.desk, cases, cases.c.id == request_id, planned_by="dpo")
    with pytest.raises(Denied):
        approval.approve(made.desk, made.handler, request_id)


def test_a_state_set_in_the_row_is_no_approval(made: MadeDesk) -> None:
    request_id = planned(made)
    cases = table_of(RightsRequest)
    swapped(
        made.desk,
        cases,
        cases.c.id == request_id,
        state=State.APPROVED.value,
        approved_by="dpo",
        approved_seq=3,
    )
    with pytest.raises(AnswerIsNo):
        erasure.run(made.desk, made.dpo, request_id)


# -- a desk of one person -------------------------------------------------------------------


def test_a_desk_of_one_person_waits_24_hours_from_the_planning(store: MadeDesk) -> None:
    alone(store)
    request_id = planned(store, store.dpo)
    store.clock.advance(DAY - SECOND)
    with pytest.raises(NotNow):
        approval.approve_after_wait(store.desk, store.dpo, request_id)
    store.clock.advance(SECOND)
    approval.approve_after_wait(store.desk, store.dpo, request_id)
    assert standing_of(store, request_id).kind is How.WAITED
    assert erasure.run(store.desk, store.dpo, request_id).state is State.FULFILLED


def test_planning_again_starts_the_wait_anew(made: MadeDesk) -> None:
    alone(made)
    request_id = planned(made, made.dpo)
    made.clock.advance(DAY)
    planning.make_plan(made.desk, made.dpo, request_id)
    with pytest.raises(NotNow):
        approval.approve_after_wait(made.desk, made.dpo, request_id)


def test_a_dry_run_leaves_plan_and_wait_as_they_are(made: MadeDesk) -> None:
    alone(made)
    request_id = planned(made, made.dpo)
    before = store_case(made, request_id)
    made.clock.advance(DAY)
    shown = planning.make_plan(made.desk, made.dpo, request_id, dry_run=True)
    assert store_case(made, request_id) == before
    kept = json.loads(before.plan)
    assert [(i["key"], i["action"], i["until_on"]) for i in shown["items"]] == [
        (i["key"], i["action"], i["until_on"]) for i in kept["items"]
    ]
    approval.approve_after_wait(made.desk, made.dpo, request_id)


def test_waiting_is_no_way_around_a_second_person(made: MadeDesk) -> None:
    request_id = planned(made, made.dpo)
    made.clock.advance(DAY)
    with pytest.raises(Denied, match="another person"):
        approval.approve_after_wait(made.desk, made.dpo, request_id)
    # Sending the second person away after the planning does not make it a desk of one.
    actors.deactivate(made.desk, "handler", made.dpo)
    with pytest.raises(Denied, match="another person"):
        approval.approve_after_wait(made.desk, made.dpo, request_id)
    swapped(made.desk, table_of(ActorRow), table_of(ActorRow).c.id == "handler", role="admin")
    with pytest.raises(Denied):
        approval.approve_after_wait(made.desk, made.dpo, request_id)


# -- break-glass ----------------------------------------------------------------------------


def test_breaking_the_glass_is_marked_wherever_the_case_is_shown(store: MadeDesk) -> None:
    request_id = planned(store, store.dpo)
    approval.break_glass(store.desk, store.dpo, request_id, "court_order")
    found = standing_of(store, request_id)
    assert (found.kind, found.detail) == (How.BREAK_GLASS, "court_order")
    with store.desk.reading() as db:
        entries = [json.loads(body) for _, body in store.desk.log.bodies(db)]
    (entry,) = [e for e in entries if e["action"] == "request.approved"]
    assert entry["outcome"] == "break_glass:court_order"
    erasure.run(store.desk, store.dpo, request_id)
    case = store_case(store, request_id)
    assert json.loads(case.certificate)["approval"]["kind"] == "break_glass"
    document = standing.document(store.desk, store.dpo, request_id)
    assert document["approval"]["kind"] == "break_glass"
    (row,) = [standing.summary(each) for each in standing.listed(store.desk)]
    assert row["approval"]["kind"] == "break_glass"


def test_only_a_data_protection_officer_breaks_the_glass_and_with_a_code(made: MadeDesk) -> None:
    request_id = planned(made)
    with pytest.raises(Denied):
        approval.break_glass(made.desk, made.handler, request_id, "court_order")
    with pytest.raises(Denied):
        approval.break_glass(made.desk, Actor("handler", Role.DPO), request_id, "court_order")
    for reason in ("", "x", "Anna Schmidt", "+441234"):
        with pytest.raises(BadInput):
            approval.break_glass(made.desk, made.dpo, request_id, reason)


# -- facts that changed ---------------------------------------------------------------------


def test_a_consent_given_after_the_approval_makes_the_plan_void_by_name(store: MadeDesk) -> None:
    known = add_person(store.desk, NUMBER, MAIL)
    case = approved(store, Kind.ERASURE)
    add_consent(store, known)
    with pytest.raises(NotNow, match="consent_evidence: 0 rows when approved, 1 now"):
        erasure.run(store.desk, store.dpo, case.id)
    assert store_case(store, case.id).state is State.APPROVED
    planning.make_plan(store.desk, store.handler, case.id)
    approval.approve(store.desk, store.dpo, case.id)
    assert erasure.run(store.desk, store.dpo, case.id).state is State.FULFILLED


# -- the command line -----------------------------------------------------------------------


@pytest.fixture
def command(
    made: MadeDesk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Any:
    """Runs a command as an actor in this process; (exit code, document)."""
    at_the_desk(made, tmp_path, monkeypatch)

    def called(actor: str, *arguments: str) -> tuple[int, dict[str, Any]]:
        code = run([*arguments, "--as", actor, "--json"] if actor else [*arguments, "--json"])
        output = capsys.readouterr().out
        return code, json.loads(output) if output else {}

    return called


def test_the_command_refuses_ones_own_plan_each_way(made: MadeDesk, command: Any) -> None:
    add_person(made.desk, NUMBER, MAIL)
    request_id = verified(made, Kind.ERASURE).id
    code, made_plan = command("handler", "request", "plan", request_id)
    assert (code, made_plan["request_id"]) == (0, request_id)
    assert {item["key"] for item in made_plan["items"]} >= {"profile", "contact_points"}
    assert command("handler", "request", "approve", request_id)[0] == 1
    assert command("handler", "request", "approve", request_id, "--after-wait")[0] == 1
    assert command("handler", "request", "approve", request_id, "--break-glass", "x1")[0] == 1
    assert command("handler", "request", "fulfil", request_id)[0] == 1
    code, document = command("dpo", "request", "approve", request_id)
    assert (code, document["state"]) == (0, "approved")


def test_the_outside_approver_needs_no_desk(made: MadeDesk, command: Any, tmp_path: Path) -> None:
    add_person(made.desk, NUMBER, MAIL)
    request_id = verified(made, Kind.ERASURE).id
    key, out = str(tmp_path / "counsel.pem"), str(tmp_path / "yes.json")
    code, document = command("", "request", "approval-file", "--new-key", key)
    assert code == 0
    assert command("dpo", "request", "approver", "add", key + ".pub")[1]["id"] == document["id"]
    _, made_plan = command("dpo", "request", "plan", request_id)
    (tmp_path / "plan.json").write_text(json.dumps(made_plan))
    code, told = command(
        "",
        *("request", "approval-file", str(tmp_path / "plan.json")),
        *("--key", key, "--out", out, "--yes"),
    )
    assert (code, told["plan_sha256"]) == (0, made_plan["plan_sha256"])
    assert Path(out).stat().st_mode & 0o777 == 0o600
    # Signed by the real clock, which this desk's clock has not reached: refused as it should be.
    code, document = command("dpo", "request", "approve", request_id, "--outside", out)
    assert (code, document["error"]["code"]) == (1, "not_verified")


def test_a_package_is_released_once_whatever_is_tried(made: MadeDesk, tmp_path: Path) -> None:
    add_person(made.desk, NUMBER, MAIL)
    case = approved(made, Kind.ACCESS)

    def answered(out: Path) -> None:
        answering.fulfil(
            made.desk,
            made.handler,
            case.id,
            out,
            renderer=lambda kind, data: b"%PDF",
            wording=lambda law: ([], {}),
        )

    answered(tmp_path / "one.zip")
    for name in ("two.zip", "three.zip"):
        with pytest.raises(AnswerIsNo):
            answered(tmp_path / name)
        assert not (tmp_path / name).exists()
    with pytest.raises(NotNow):
        approval.approve(made.desk, made.dpo, case.id)
