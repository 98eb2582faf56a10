"""A vendor whose assessment fails or has lapsed: no permit, no number, and the reason named."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from privacy.disclosures import store as disclosures
from privacy.disclosures.given import Role
from privacy.gateway.issue import issue
from privacy.gateway.protocol import Code, Problem
from privacy.gateway.redeem import redeem
from privacy.gateway.tokens import Dialer, Outside, issue_token
from privacy.settings import DeskConfig
from privacy.storage.tables.audit import AuditEntry
from privacy.storage.tables.base import table_of
from privacy.storage.unit import Unit
from privacy.vendors import answering, assessing, claims, files, giving, reassessing, standing
from privacy.vendors import store as vendors
from privacy.vendors.answers import Source, answered
from privacy.vendors.reading import base
from privacy.vendors.store import Vendor
from tests.desks import MadeDesk
from tests.gateway.scene import Scene, dialer_of, scene
from tests.vendors.cases import finding, given

COMPANY = "Example Dialer Ltd"


def approved(made: MadeDesk, name: str = COMPANY) -> Vendor:
    """A vendor whose best answers are backed for a year, and scored."""
    vendor = vendors.new(made.desk, made.dpo, name, country="GB", contact=None)
    answering.record(made.desk, made.dpo, vendor.id, list(given().values()), Source.FILE)
    today = made.clock.now().date()
    files.keep(
        made.desk,
        made.dpo,
        vendor.id,
        sorted(base().questions),
        "binder.pdf",
        b"binder",
        valid_from=today,
        valid_until=today + timedelta(days=400),
    )
    assert assessing.assess(made.desk, made.dpo, vendor.id)["outcome"] == "approved"
    return vendor


def dialer(set_up: Scene, company: str = COMPANY) -> Dialer:
    token = issue_token(
        set_up.desk,
        set_up.made.dpo,
        [set_up.campaign],
        rate_per_s=100,
        total=10,
        life=timedelta(days=7),
        outside=Outside("example", company, Role.PROCESSOR, "GB"),
    )
    return dialer_of(set_up.desk, token.token)


def refused(set_up: Scene, one: Dialer) -> Problem:
    with pytest.raises(Problem) as told:
        issue(set_up.gate, one, set_up.campaign, 1, ["p-1"])
    assert told.value.refusal is Code.VENDOR
    return told.value


def test_a_vendor_that_was_never_scored_or_has_ended_gets_no_permit_and_nobody_is_opened(
    store: MadeDesk,
) -> None:
    vendor = vendors.new(store.desk, store.dpo, COMPANY, contact=None)
    set_up = scene(store, 2)
    one = dialer(set_up)
    assert "never scored" in str(refused(set_up, one))
    vendors.end(store.desk, store.dpo, vendor.id)
    assert "ended" in str(refused(set_up, one))
    assert not set_up.gate.held
    with store.desk.reading() as db:
        assert disclosures.listed(db) == []


def test_an_approved_vendor_gets_a_number_and_each_one_stands_in_its_ledger(
    store: MadeDesk,
) -> None:
    vendor = approved(store)
    set_up = scene(store, 2)
    one = dialer(set_up)
    (permit,) = issue(set_up.gate, one, set_up.campaign, 1, ["p-1"]).permits
    redeem(set_up.gate, one, permit.permit)
    with store.desk.reading() as db:
        (line,) = giving.transfers(db, vendor)
    assert (line["way"], line["lines"]) == ("permit", 1)


def test_a_permit_of_before_is_refused_once_a_gate_of_the_vendor_fails(store: MadeDesk) -> None:
    vendor = approved(store)
    set_up = scene(store, 2)
    one = dialer(set_up)
    (permit,) = issue(set_up.gate, one, set_up.campaign, 1, ["p-1"]).permits
    tests = [finding("call_to_internal_list")]
    assert claims.record(store.desk, store.dpo, vendor.id, "run-1", tests) == ["dnc-04"]
    with pytest.raises(Problem) as told:
        redeem(set_up.gate, one, permit.permit)
    assert told.value.refusal is Code.VENDOR
    assert "dnc-04" in str(told.value)
    refused(set_up, one)
    with store.desk.reading() as db:
        assert disclosures.listed(db) == []
        table = table_of(AuditEntry)
        entries = [str(row) for row in db.execute(select(table))]
    assert any("call.refused" in entry and '"vendor"' in entry for entry in entries)


def test_an_own_answer_that_fails_a_gate_stops_numbers_until_it_is_scored_again(
    made: MadeDesk,
) -> None:
    vendor = approved(made)
    set_up = scene(made, 1)
    one = dialer(set_up)
    for value, code in (("no", Code.VENDOR), ("yes", Code.VENDOR)):
        said = answered(base(), "contract-02", value, by="vendor")
        answering.record(made.desk, made.dpo, vendor.id, [said], Source.FORM)
        assert refused(set_up, one).refusal is code
    assessing.assess(made.desk, made.dpo, vendor.id)
    assert issue(set_up.gate, one, set_up.campaign, 1, ["p-1"]).permits


@pytest.mark.parametrize("event", ["breach", "new_subprocessor"])
def test_a_review_that_an_event_makes_due_may_wait_for_the_set_days_and_no_longer(
    made: MadeDesk, event: str
) -> None:
    vendor = approved(made)
    set_up = scene(made, 2)
    one = dialer(set_up)
    reassessing.tell_event(made.desk, made.dpo, vendor.id, event)
    made.clock.advance(timedelta(days=5))
    assert issue(set_up.gate, one, set_up.campaign, 1, ["p-1"]).permits
    configured(made, grace_days="4")
    assert "overdue" in str(refused(set_up, one))
    configured(made, grace_days="no number")
    refused(set_up, one)
    configured(made, permits="any")
    issue(set_up.gate, one, set_up.campaign, 1, ["p-1"])


def configured(made: MadeDesk, **settings: str) -> None:
    config: DeskConfig = made.desk.config
    made.desk.config = replace(config, vendors=replace(config.vendors, **settings))


def test_a_vendor_recorded_after_its_token_is_held_to_its_standing_too(made: MadeDesk) -> None:
    set_up = scene(made, 1)
    one = dialer(set_up)
    vendors.new(made.desk, made.dpo, COMPANY, contact=None)
    refused(set_up, one)


def test_no_number_leaves_after_the_vendor_was_told_to_have_failed(store: MadeDesk) -> None:
    """The failure is written and not yet committed while a permit is redeemed."""
    vendor = approved(store)
    set_up = scene(store, 1)
    one = dialer(set_up)
    (permit,) = issue(set_up.gate, one, set_up.campaign, 1, ["p-1"]).permits
    written = threading.Event()
    told: list[object] = []

    def redeeming() -> None:
        written.wait(10)
        try:
            told.append(redeem(set_up.gate, one, permit.permit))
        except Problem as problem:
            told.append(problem.refusal)

    thread = threading.Thread(target=redeeming)
    thread.start()

    def failing(unit: Unit) -> None:
        standing.failing(unit, vendor.id, ["dnc-04"])
        unit.append("vendor.claims_tested", store.dpo.id, object=vendor.id, count=1)
        written.set()
        thread.join(0.5)

    store.desk.write(failing)
    thread.join(20)
    assert told == [Code.VENDOR]
