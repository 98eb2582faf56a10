"""Restriction is a lock: a restricted person's number is tried at every door."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from privacy.consent import ledger, restrictions
from privacy.consent import store as consent_store
from privacy.consent.ledger import RecordKind
from privacy.consent.records import Evidence as Shown
from privacy.consent.records import NewRecord
from privacy.contacts import store as contacts
from privacy.errors import BadInput, Denied
from privacy.gateway import standing
from privacy.gateway.issue import issue
from privacy.gateway.protocol import Problem
from privacy.gateway.redeem import redeem
from privacy.imported_consents import keeper
from privacy.rights import approval, identity, planning, restricting
from privacy.rights.case import Kind, NotNow, State
from privacy.rights.identity import Evidence
from privacy.rights.store import Case
from privacy.terms import ConsentClass, OpeningPurpose
from tests.contacts.lists import imported, write_list
from tests.contacts.test_exporting import export, rows
from tests.desks import MadeDesk
from tests.gateway.scene import Scene, number, scene
from tests.persons import Known, add_person
from tests.rights.flows import CLAIMS, MAIL, NUMBER, again, opened

CLOSED = [
    OpeningPurpose.LOOKUP,
    OpeningPurpose.EXPORT,
    OpeningPurpose.IMPORT,
    OpeningPurpose.CALL,
    OpeningPurpose.CONSENT,
    OpeningPurpose.VENDOR,
]
OPEN = [purpose for purpose in OpeningPurpose if purpose not in CLOSED]


class Killed(Exception):
    """The process dies here."""


def restrict(made: MadeDesk, known: Known) -> str:
    return restrictions.place(made.desk, made.handler, known.subject_id, "contested")


def asked(made: MadeDesk, kind: Kind) -> tuple[Known, Case]:
    known = add_person(made.desk, NUMBER, MAIL)
    case = opened(made.desk, made.handler, kind)
    return known, identity.verify(made.desk, made.handler, case.id, Evidence.LOGIN, CLAIMS)


def grant(
    made: MadeDesk, known: Known, ago: timedelta = timedelta(), reference: str = "form-8"
) -> None:
    new = NewRecord(
        known.subject_id,
        known.phone_point,
        RecordKind.GRANT,
        "marketing",
        "voice_prerecorded",
        ConsentClass.PRIOR_EXPRESS_WRITTEN_CONSENT,
        made.clock.now() - ago,
        "form",
        Shown(reference=reference),
    )
    consent_store.record(made.desk, made.handler, [new])


# -- the doors --------------------------------------------------------------------------


def test_the_gate_issues_no_permit_and_the_dialer_gets_no_number(store: MadeDesk) -> None:
    stage: Scene = scene(store, 2)
    permits = issue(stage.gate, stage.dialer, stage.campaign, 1, ["p-1"]).permits
    for known in stage.people:
        restrict(store, known)
    with pytest.raises(Problem):
        redeem(stage.gate, stage.dialer, permits[0].permit)
    stage.wait(120)
    answered = issue(stage.gate, stage.dialer, stage.campaign, 2, ["p-2", "p-3"])
    assert answered.permits == ()
    assert standing.status(store.desk, stage.campaign)["attempts"].get("DIALING", 0) == 0


@pytest.mark.parametrize("purpose", CLOSED)
def test_search_and_show_are_refused(made: MadeDesk, purpose: OpeningPurpose) -> None:
    known = add_person(made.desk, NUMBER, MAIL)
    restrict(made, known)
    searches: tuple[Callable[[], object], ...] = (
        lambda: contacts.find(made.desk, made.handler, purpose, phone=NUMBER),
        lambda: contacts.find(made.desk, made.handler, purpose, email=MAIL),
        lambda: contacts.show(made.desk, made.handler, known.subject_id, purpose),
    )
    for search in searches:
        with pytest.raises(Denied, match="restricted to storage"):
            search()


@pytest.mark.parametrize("purpose", OPEN)
def test_the_persons_own_request_and_a_legal_claim_still_open_it(
    made: MadeDesk, purpose: OpeningPurpose
) -> None:
    known = add_person(made.desk, NUMBER, MAIL)
    restrict(made, known)
    (record,) = contacts.find(made.desk, made.handler, purpose, phone=NUMBER)
    assert record.subject_id == known.subject_id


def test_a_housemate_on_the_same_number_is_still_found(made: MadeDesk) -> None:
    known = add_person(made.desk, NUMBER, MAIL)
    other = add_person(made.desk, NUMBER, "other@example.com")
    restrict(made, known)
    found = contacts.find(made.desk, made.handler, OpeningPurpose.LOOKUP, phone=NUMBER)
    assert [record.subject_id for record in found] == [other.subject_id]


def test_no_export_holds_the_number(store: MadeDesk, tmp_path: Path) -> None:
    known = add_person(store.desk, NUMBER, MAIL)
    grant(store, known)
    restrict(store, known)
    export(store, tmp_path / "out.csv")
    assert rows(tmp_path / "out.csv") == []


@pytest.mark.parametrize(("ago", "reference"), [(timedelta(hours=1), "form-8"), (timedelta(), "")])
def test_a_consent_from_before_or_without_evidence_is_not_recorded(
    made: MadeDesk, ago: timedelta, reference: str
) -> None:
    known = add_person(made.desk, NUMBER, MAIL)
    restrict(made, known)
    made.clock.advance(timedelta(minutes=1))
    with pytest.raises(Denied, match="restricted"):
        grant(made, known, ago, reference)


def test_a_documented_consent_since_then_is_recorded(store: MadeDesk) -> None:
    known = add_person(store.desk, NUMBER, MAIL)
    restrict(store, known)
    store.clock.advance(timedelta(minutes=1))
    grant(store, known)
    with store.desk.reading() as db:
        records = consent_store.consents(db, [known.phone_point])[known.phone_point]
    kept = ledger.in_force(records, "marketing", "voice_prerecorded", store.clock.now())
    assert len(kept) == 1


def test_a_withdrawal_is_always_recorded(made: MadeDesk) -> None:
    known = add_person(made.desk, NUMBER, MAIL)
    grant(made, known)
    restrict(made, known)
    consent_store.withdraw(made.desk, made.handler, known.subject_id, None, source="letter")
    with made.desk.reading() as db:
        records = consent_store.consents(db, [known.phone_point])[known.phone_point]
    kept = ledger.in_force(records, "marketing", "voice_prerecorded", made.clock.now())
    assert kept == []


def test_a_list_brings_no_consent_of_a_restricted_person(made: MadeDesk, tmp_path: Path) -> None:
    header = "first name,last name,phone,email,marketing sms consent,consent date\n"
    row = "Ann,Leeward,020 7946 0018,ann@example.com,{},2026-11-01"
    path = write_list(tmp_path, [row.format("no")], header=header)
    imported(made, path, keeper(made.desk, made.dpo))
    (found,) = contacts.find(made.desk, made.dpo, OpeningPurpose.LOOKUP, email="ann@example.com")
    restrictions.place(made.desk, made.dpo, found.subject_id, "contested")
    path = write_list(tmp_path, [row.format("yes")], "more.csv", header=header)
    imported(made, path, keeper(made.desk, made.dpo))
    with made.desk.reading() as db:
        records = consent_store.of_subjects(db, [found.subject_id])
    assert [r for _, r in records if r.kind is RecordKind.GRANT] == []


def test_no_document_of_a_report_holds_the_person(made: MadeDesk) -> None:
    stage = scene(made, 1)
    restrict(made, stage.people[0])
    from privacy.cli import campaign_report

    end = made.clock.now() + timedelta(days=1)
    found = campaign_report.data(
        made.desk, made.dpo, stage.campaign, made.clock.now() - timedelta(days=9), end
    ).data
    text = json.dumps(found)
    for value in (number(0), "canary0@example.org", "Canarina", str(stage.people[0].subject_id)):
        assert value not in text


# -- restriction and objection as requests -----------------------------------------------


def test_an_objection_restricts_until_it_is_settled(made: MadeDesk) -> None:
    known, case = asked(made, Kind.OBJECTION)
    placed = restricting.meanwhile(made.desk, made.handler, case.id)
    assert restricting.meanwhile(made.desk, made.handler, case.id) == placed
    with made.desk.reading() as db:
        (held,) = restrictions.of_person(db, known.subject_id)
    assert (held.reason, held.request_id) == ("objection_pending", case.id)


def test_nobody_is_restricted_before_identity_is_proven(made: MadeDesk) -> None:
    add_person(made.desk, NUMBER, MAIL)
    case = opened(made.desk, made.handler, Kind.OBJECTION)
    with pytest.raises(NotNow, match="not proven"):
        restricting.meanwhile(made.desk, made.handler, case.id)
    access = opened(made.desk, made.handler, Kind.ACCESS)
    with pytest.raises(BadInput, match="Only a rectification"):
        restricting.meanwhile(made.desk, made.handler, access.id)


def test_an_approved_restriction_names_its_ground_and_who_is_told(made: MadeDesk) -> None:
    known, case = asked(made, Kind.RESTRICTION)
    plan = planning.make_plan(made.desk, made.handler, case.id)
    assert plan["recipients"] == []
    with pytest.raises(NotNow):
        restricting.run(made.desk, made.handler, case.id, reason="unlawful")
    approval.approve(made.desk, made.dpo, case.id)
    with pytest.raises(BadInput, match="no ground"):
        restricting.run(made.desk, made.handler, case.id, reason="because")
    done = restricting.run(made.desk, made.handler, case.id, reason="unlawful")
    assert (done.state, done.outcome) == (State.FULFILLED, "restricted")
    with made.desk.reading() as db:
        (held,) = restrictions.of_person(db, known.subject_id)
    assert held.reason == "unlawful"


@pytest.mark.parametrize("kind", [Kind.RESTRICTION, Kind.OBJECTION])
@pytest.mark.parametrize("step", ["_restrict", "_withdraw", "_tell"])
def test_a_kill_at_any_step_leaves_nothing_undone_and_nothing_twice(
    made: MadeDesk, monkeypatch: pytest.MonkeyPatch, kind: Kind, step: str
) -> None:
    known, case = asked(made, kind)
    again(made, case)
    real: Callable[..., Any] = getattr(restricting, step)

    def dying(*arguments: Any) -> Any:
        real(*arguments)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(restricting, step, dying)
        if (step, kind) in (("_withdraw", Kind.RESTRICTION), ("_restrict", Kind.OBJECTION)):
            restricting.run(made.desk, made.handler, case.id)
            return
        with pytest.raises(Killed):
            restricting.run(made.desk, made.handler, case.id)
    done = restricting.run(made.desk, made.handler, case.id)
    assert done.state is State.FULFILLED
    with made.desk.reading() as db:
        held = restrictions.of_person(db, known.subject_id)
        said = consent_store.of_subjects(db, [known.subject_id])
    assert len(held) == (kind is Kind.RESTRICTION)
    assert len(said) == (kind is Kind.OBJECTION)


def test_an_objection_that_is_upheld_ends_every_purpose_at_every_point(store: MadeDesk) -> None:
    known, case = asked(store, Kind.OBJECTION)
    grant(store, known)
    again(store, case)
    store.clock.advance(timedelta(minutes=1))
    done = restricting.run(store.desk, store.handler, case.id)
    assert done.outcome == "objection_upheld"
    with store.desk.reading() as db:
        records = consent_store.consents(db, [known.phone_point])[known.phone_point]
    kept = ledger.in_force(records, "marketing", "voice_prerecorded", store.clock.now())
    assert kept == []
