"""Refusals carry a ground of the law, remedies as the law wants them named, and the appeal."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from privacy.errors import BadInput, NotFound
from privacy.law.pack import load_pack
from privacy.rights import approval, erasure, keeping, planning, refusal, refusal_grounds, store
from privacy.rights.case import Kind, State
from privacy.rights.inventory import KEYS
from privacy.rights.planning import Refused
from privacy.terms import KeyClass
from privacy.vault.erase import keys_left
from tests.desks import MadeDesk
from tests.persons import add_person
from tests.rights.calls import add_call, add_consent
from tests.rights.flows import MAIL, NUMBER, opened, verified

EU27 = {
    *("AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI"),
    *("FR", "DE", "GR", "HU", "IE", "IT", "LV", "LT", "LU"),
    *("MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE"),
}
STATES = {f"US_{row['code']}" for row in load_pack("rights").data["us_state"]}
MARKS = {"verified", "secondary", "memory", "practice"}


def stored(made: MadeDesk, request_id: str) -> store.Case:
    with made.desk.reading() as db:
        return store.case(db, request_id)


def test_a_whole_refusal_names_ground_complaint_and_court(store: MadeDesk) -> None:
    case = opened(store.desk, store.handler, Kind.ACCESS)
    refusal.refuse(store.desk, store.handler, case.id, "excessive", "three times this week")
    found = refusal.of_case(store.desk, store.handler, case.id)
    assert (found["scope"], found["grounds"][0]["citation"]) == ("whole", "GDPR Art. 12(5)(b)")
    ways = found["remedies"]
    assert "77" in ways["authority"]["citation"]
    assert "79" in ways["court"]["citation"]
    assert ways["authority"]["authorities"][0]["name"].startswith("Berliner Beauftragte")
    assert found["appeal"] is None
    assert "three times" not in json.dumps(found)
    assert stored(store, case.id).outcome == "refused:excessive"


def test_nothing_refused_has_no_refusal(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    with pytest.raises(NotFound):
        refusal.of_case(made.desk, made.handler, case.id)


def test_a_reason_that_the_law_does_not_know_refuses_nothing(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    for reason, ground in (("because", ""), ("", "ca.145.p"), ("", "eu.17.3.e"), ("", "nothing")):
        with pytest.raises(BadInput):
            refusal.refuse(made.desk, made.handler, case.id, reason, ground=ground)
    assert stored(made, case.id).state is State.OPEN


def test_a_part_is_refused_with_the_plan_and_the_rest_is_done(store: MadeDesk) -> None:
    known = add_person(store.desk, NUMBER, MAIL)
    add_consent(store, known)
    add_call(store, known, NUMBER)
    case = verified(store, Kind.ERASURE)
    until = date(2029, 6, 30)
    refused = {"consent_evidence": Refused("eu.17.3.e", until)}
    made = planning.make_plan(store.desk, store.handler, case.id, refused=refused)
    item = next(i for i in made["items"] if i["key"] == "consent_evidence")
    assert (item["action"], item["citation"]) == ("keep", "GDPR Art. 17(3)(e)")
    approval.approve(store.desk, store.dpo, case.id)
    assert erasure.run(store.desk, store.dpo, case.id).state is State.FULFILLED
    (kept,) = keeping.kept(store.desk)
    assert (kept.key_class, kept.ground, kept.until_on) == (
        KeyClass.CONSENT,
        "eu.17.3.e",
        until,
    )
    assert keys_left(store.desk.vault, [known.subject_id], [KeyClass.CALLS]) == 0
    found = refusal.of_case(store.desk, store.handler, case.id)
    assert (found["scope"], found["rest"] != "") == ("part", True)
    (field,) = found["fields"]
    assert (field["field"], field["until_on"]) == ("consent_evidence", "2029-06-30")
    assert found["remedies"]["court"] is not None


@pytest.mark.parametrize(
    ("key", "ground", "until"),
    [
        ("diary", "eu.17.3.e", date(2029, 1, 1)),
        ("profile", "eu.17.3.e", date(2029, 1, 1)),
        ("consent_evidence", "eu.17.3.e", None),
        ("consent_evidence", "eu.15.4", date(2029, 1, 1)),
        ("consent_evidence", "eu.12.5.excessive", date(2029, 1, 1)),
        ("consent_evidence", "uk.17.3.e", date(2029, 1, 1)),
    ],
)
def test_a_part_that_the_law_does_not_let_refuse_is_not_planned(
    made: MadeDesk, key: str, ground: str, until: date | None
) -> None:
    add_person(made.desk, NUMBER, MAIL)
    case = verified(made, Kind.ERASURE)
    with pytest.raises(BadInput):
        planning.make_plan(made.desk, made.handler, case.id, refused={key: Refused(ground, until)})
    assert stored(made, case.id).plan == ""


def test_an_answer_withholds_what_was_refused_and_says_so(made: MadeDesk) -> None:
    add_person(made.desk, NUMBER, MAIL)
    case = verified(made, Kind.ACCESS)
    refused = {"decisions": Refused("eu.15.4")}
    document = planning.make_plan(made.desk, made.handler, case.id, refused=refused)
    assert {i["key"] for i in document["items"] if i["ground"] == "eu.15.4"} == {"decisions"}
    assert refusal.refused_fields(stored(made, case.id).plan)["decisions"].id == "eu.15.4"


def document_of(made: MadeDesk, law: str, on: date) -> dict[str, Any]:
    remedies = refusal_grounds.remedies(law, on)
    names = refusal_grounds.authorities(law, "DE-BE", on)
    return {"controller": remedies.controller, "authority": remedies.authority, "names": names}


def test_the_uk_route_to_the_controller_is_named_from_its_day_on(made: MadeDesk) -> None:
    before = document_of(made, "UK_GDPR", date(2026, 6, 18))
    after = document_of(made, "UK_GDPR", date(2026, 6, 19))
    assert "complaint to us" not in before["controller"]
    assert "complaint to us" in after["controller"]
    assert refusal_grounds.remedies("UK_GDPR", date(2026, 6, 19)).controller_citation.endswith(
        "s. 164A"
    )
    old = document_of(made, "UK_GDPR", date(2026, 9, 29))["names"]
    new = document_of(made, "UK_GDPR", date(2026, 9, 30))["names"]
    assert [n["name"] for n in (*old, *new)] == [
        "Information Commissioner's Office",
        "Information Commission",
    ]


def test_a_state_with_an_appeal_tells_its_days_and_utah_tells_none() -> None:
    virginia = refusal_grounds.appeal("US_VA")
    assert virginia is not None
    assert (virginia.answer_within_days, virginia.extension_days) == (60, 0)
    colorado = refusal_grounds.appeal("US_CO")
    assert colorado is not None
    assert (colorado.answer_within_days, colorado.extension_days) == (45, 60)
    for law in ("US_UT", "US_CA", "EU_GDPR"):
        assert refusal_grounds.appeal(law) is None


def test_every_country_of_the_union_and_every_state_has_an_authority() -> None:
    on = date(2026, 11, 24)
    for country in EU27 | {"IS", "LI", "NO"}:
        assert refusal_grounds.authorities("EU_GDPR", country, on), country
    assert refusal_grounds.authorities("EU_GDPR", "FR-75", on)[0]["website"].endswith("cnil.fr")
    for law in STATES | {"US_CA", "CH_FADP", "BR_LGPD", "CA_PIPEDA", "CA_QC", "AU_APP"}:
        assert refusal_grounds.authorities(law, "DE-BE", on), law


def test_every_law_and_right_can_say_that_nobody_was_identified_and_why_not() -> None:
    laws = ["EU_GDPR", "UK_GDPR", "US_CA", "CH_FADP", "BR_LGPD", "CA_PIPEDA", "CA_QC", "AU_APP"]
    for law in (*laws, *sorted(STATES), "IN_DPDP"):
        refusal_grounds.remedies(law, date(2026, 11, 24))
        for kind in (Kind.ACCESS, Kind.ERASURE, Kind.RECTIFICATION):
            for reason in ("not_identified", "unfounded", "excessive"):
                ground = refusal_grounds.of_reason(reason, kind, law)
                assert ground.citation
                assert ground.status in MARKS


def test_the_pack_is_whole() -> None:
    data = load_pack("refusals").data
    kinds = {kind.value for kind in Kind} | {"*"}
    ids = [row["id"] for row in data["ground"]]
    assert len(ids) == len(set(ids))
    for row in data["ground"]:
        assert set(row["rights"]) <= kinds, row["id"]
        assert row["status"] in MARKS
        assert row["citation"]
        assert row["scope"] in ("whole", "field")
    assert {row["status"] for row in load_pack("authorities").data["authority"]} <= MARKS
    assert len(KEYS) > 20


def test_direct_marketing_is_never_refused_by_a_ground_of_its_own() -> None:
    reasons = {g.reason for g in refusal_grounds.grounds(Kind.OPT_OUT, "EU_GDPR")}
    assert "compelling" not in reasons
