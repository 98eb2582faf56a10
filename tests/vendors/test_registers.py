"""Contract, sub-processors and transfers of a vendor: counted, sealed, and never another's."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from privacy.actors import Actor
from privacy.errors import BadInput, Denied, NotFound
from privacy.terms import Role
from privacy.vendors import abroad, answering, assessing, contract, files, reassessing
from privacy.vendors import store as vendors
from privacy.vendors import sub_processors as subs
from privacy.vendors.abroad import Tool
from privacy.vendors.answers import Source, answered
from privacy.vendors.clauses import Found, answers_of, clauses, lists
from privacy.vendors.questionnaire import Kind
from privacy.vendors.reading import base
from privacy.vendors.store import Vendor
from tests.desks import MadeDesk

PRIVATE = {"address": "1 Canary Street, Lyon", "contact": "Robin Canary, robin@voice.example"}


def vendor_of(made: MadeDesk, name: str = "Example Dialer Ltd") -> Vendor:
    return vendors.new(made.desk, made.dpo, name, country="GB", contact=None)


def test_the_lists_hold_article_28_3_whole_and_each_clause_its_citation_and_mark() -> None:
    gdpr = [key for key in clauses() if key.startswith("gdpr-")]
    opening = [each for each in clauses().values() if each.cite.endswith("opening words")]
    assert len(opening) == 6
    assert [key for key in gdpr if len(key) == 6] == [f"gdpr-{letter}" for letter in "abcdefgh"]
    assert "gdpr-unlawful" in gdpr
    assert {each.list_id for each in clauses().values()} == {each.id for each in lists()}
    for each in clauses().values():
        assert each.cite
        assert each.mark in ("verified", "secondary", "memory")


def test_each_clause_that_answers_a_question_names_one_and_an_item_that_stand() -> None:
    for each in clauses().values():
        if each.question:
            question = base().questions[each.question]
            wanted = question.form.kind is Kind.CHECKLIST
            assert (each.item in question.form.options) == wanted
    for key in ("contract-01", "contract-06"):
        items = {each.item for each in clauses().values() if each.question == key}
        assert items == set(base().questions[key].form.options)


@pytest.mark.parametrize(
    ("a", "unlawful", "answer"),
    [
        (Found.MET, Found.MET, "yes"),
        (Found.MET, Found.MISSING, "partly"),
        (Found.PARTLY, Found.MISSING, "partly"),
        (Found.MISSING, Found.MISSING, "no"),
        (Found.MET, None, None),
    ],
)
def test_a_question_is_answered_by_its_clauses_only_once_all_were_looked_at(
    a: Found, unlawful: Found | None, answer: str | None
) -> None:
    found = {"gdpr-a": a} | ({"gdpr-unlawful": unlawful} if unlawful else {})
    assert answers_of(base(), found).get("contract-02") == answer


def test_a_clause_stands_on_a_page_of_a_document_of_this_vendor(store: MadeDesk) -> None:
    mine, other = vendor_of(store), vendor_of(store, "Other Dialer Ltd")
    today = store.clock.now().date()
    theirs = files.keep(
        store.desk,
        store.dpo,
        other.id,
        ["contract-01"],
        "dpa.pdf",
        b"x",
        valid_from=today,
        valid_until=today,
    )
    for wrong in ({}, {"pages": "4"}, {"pages": "0", "name": "DPA"}, {"document": "a" * 64}):
        with pytest.raises(BadInput):
            contract.look(store.desk, store.dpo, mine.id, "gdpr-a", Found.MET, **wrong)
    with pytest.raises(NotFound):
        contract.look(
            store.desk, store.dpo, mine.id, "gdpr-a", Found.MET, pages="4", document=theirs
        )
    words = {"name": "Canary agreement", "note": "by Robin Canary"}
    contract.look(store.desk, store.dpo, mine.id, "gdpr-a", Found.PARTLY, pages="4-6", **words)
    contract.look(store.desk, store.dpo, mine.id, "gdpr-b", Found.MISSING)
    with store.desk.reading() as db:
        found = contract.found(db, mine.id)
        assert contract.found(db, other.id) == {}
    assert (found["gdpr-a"].state, found["gdpr-a"].pages) == (Found.PARTLY, "4-6")
    assert contract.words(store.desk, store.dpo, mine.id) == {"gdpr-a": words}
    engine = store.desk.writes.engine
    with pytest.raises(DBAPIError, match="only ever added to"), engine.begin() as db:
        db.execute(text("UPDATE vendor_clause SET state = 'met'"))


def test_clauses_take_the_place_of_no_answer_of_the_vendor_unless_told_to(made: MadeDesk) -> None:
    vendor = vendor_of(made)
    said = answered(base(), "contract-02", "yes", by="vendor")
    answering.record(made.desk, made.dpo, vendor.id, [said], Source.FORM)
    where = {"pages": "4", "document": "a" * 64}
    contract.look(made.desk, made.dpo, vendor.id, "gdpr-a", Found.MET, **where)
    contract.look(made.desk, made.dpo, vendor.id, "gdpr-unlawful", Found.MISSING)
    (fed,) = contract.feed(made.desk, made.dpo, vendor.id, record=False)
    assert (fed.answer.value, fed.before, fed.changes) == ("partly", said, True)
    assert answering.read(made.desk, made.dpo, vendor.id)["contract-02"].value == "yes"
    contract.feed(made.desk, made.dpo, vendor.id, record=True)
    assert answering.read(made.desk, made.dpo, vendor.id)["contract-02"].value == "partly"


def test_a_chain_of_sub_processors_is_counted_and_a_new_one_makes_a_review_due(
    store: MadeDesk,
) -> None:
    vendor = vendor_of(store)
    assessing.assess(store.desk, store.dpo, vendor.id)
    assert reassessing.due(store.desk) == []
    whole = {"country": "FR", "task": "speech synthesis", "notified_on": "2026-10-01"}
    first = subs.add(store.desk, store.dpo, vendor.id, "Example Voice SA", **whole, details=PRIVATE)
    second = subs.add(store.desk, store.dpo, vendor.id, "Example Cloud Inc", parent=first)
    with store.desk.reading() as db:
        chain = subs.engaged(db, vendor.id)
    assert [(each.id, each.depth) for each in chain] == [(first, 1), (second, 2)]
    # Six of six particulars, and the name alone: 7 of 12.
    assert subs.completeness(chain) == Fraction(7, 12)
    assert chain[1].row()["missing"] == ["address", "contact", "task", "country", "notified"]
    assert subs.details(store.desk, store.dpo, vendor.id) == {first: PRIVATE}
    (due,) = reassessing.due(store.desk)
    assert due.reason == "new_subprocessor"
    other = vendor_of(store, "Other Dialer Ltd")
    with pytest.raises(NotFound):
        subs.add(store.desk, store.dpo, other.id, "Example Third Ltd", parent=first)
    abroad.add(store.desk, store.dpo, vendor.id, "US", Tool.DPF, to=second)
    subs.end(store.desk, store.dpo, first)
    with store.desk.reading() as db:
        assert subs.engaged(db, vendor.id) == []
        assert abroad.listed(db, vendor.id) == []
        assert [each.ended for each in subs.engaged(db, vendor.id, ended=True)] == [True, True]
    assert subs.completeness([]) is None


def test_a_chain_has_an_end(made: MadeDesk) -> None:
    vendor, parent = vendor_of(made), ""
    for number in range(subs.DEEPEST):
        parent = subs.add(made.desk, made.dpo, vendor.id, f"Link {number} Ltd", parent=parent)
    with pytest.raises(BadInput, match="links"):
        subs.add(made.desk, made.dpo, vendor.id, "One More Ltd", parent=parent)


@pytest.mark.parametrize(
    "wrong",
    [
        {"country": "France"},
        {"task": "call +44 20 7946 0100"},
        {"notified_on": "soon"},
        {"details": {"secret": "x"}},
        {"details": {"address": "x" * 501}},
    ],
)
def test_what_may_not_stand_in_clear_is_refused(made: MadeDesk, wrong: dict[str, str]) -> None:
    vendor = vendor_of(made)
    with pytest.raises(BadInput):
        subs.add(made.desk, made.dpo, vendor.id, "Example Voice SA", **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tool", "assessed", "until", "state"),
    [
        (Tool.ADEQUACY, "", "", "covered"),
        (Tool.SCC, "2026-09-01", "2026-11-18", "covered"),
        (Tool.SCC, "2026-09-01", "2026-11-17", "lapsed"),
        (Tool.SCC, "", "", "unassessed"),
        (Tool.NONE, "2026-09-01", "", "uncovered"),
    ],
)
def test_a_transfer_is_covered_only_by_a_safeguard_that_holds_on_the_day(
    tool: Tool, assessed: str, until: str, state: str
) -> None:
    one = abroad.Abroad("vx-1", "vd-1", "", "IN", tool, assessed, until, "", False)
    assert one.state(date(2026, 11, 18)) == state


def test_persons_and_notes_stand_in_no_file_of_the_desk_and_an_auditor_opens_none(
    made: MadeDesk,
) -> None:
    vendor = vendor_of(made)
    subs.add(made.desk, made.dpo, vendor.id, "Example Voice SA", details=PRIVATE)
    contract.look(
        made.desk,
        made.dpo,
        vendor.id,
        "gdpr-a",
        Found.MET,
        pages="4",
        name="Canary agreement",
        note="Canary note",
    )
    for path in made.desk.folder.rglob("*"):
        if path.is_file():
            assert b"Canary" not in path.read_bytes()
    auditor = Actor("auditor", Role.AUDITOR)
    for opening in (subs.details, contract.words):
        with pytest.raises(Denied):
            opening(made.desk, auditor, vendor.id)
    made.clock.advance(timedelta(days=1))
