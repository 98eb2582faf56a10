"""Several laws, each with its own clock: the strictest leads, none is lost, none stops a case."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.errors import BadFacts, BadInput, NotAllowedByLaw
from privacy.law.clock_rules import clock_rules
from privacy.rights import applying, casework, clock, handling, intake, pack, standing
from privacy.rights.applying import laws_for
from privacy.rights.case import Event, Kind, State
from privacy.rights.intake import Asking
from privacy.rights.law_clock import DATES, Runs
from privacy.rights.store import Case, NewEvent
from privacy.settings import Controller
from tests.desks import MadeDesk
from tests.rights.flows import FILE

CONTROLLER = Controller(zone="Europe/Berlin", holiday_calendar="DE-BE")
RECEIVED = datetime(2026, 11, 18, 16, 0, tzinfo=UTC)
LAWS = st.sampled_from(clock.known_laws())


def case_of(kind: Kind, laws: tuple[str, ...], received: datetime = RECEIVED) -> Case:
    return Case(
        id="rq-test",
        kind=kind,
        law=laws[0],
        channel="email",
        state=State.OPEN,
        owner="handler",
        received_at=received,
        opened_at=received,
        holder_id=1,
        subject_id=None,
        identity_level="none",
        plan="",
        plan_sha256="",
        planned_by="",
        approved_by="",
        approved_seq=None,
        outcome="",
        certificate="",
        certificate_sha256="",
        closed_at=None,
        laws=laws,
    )


@pytest.mark.parametrize("law", clock.known_laws())
@pytest.mark.parametrize("kind", list(Kind))
def test_every_law_answers_for_every_kind_with_a_date_or_says_why_not(kind: Kind, law: str) -> None:
    found = clock.read(CONTROLLER, case_of(kind, (law,)), (), RECEIVED)
    document = found.document()
    (mine,) = [each for each in found.laws if each.law == law]
    assert mine.citation
    assert set(DATES) <= document.keys()
    if mine.runs is Runs.DATED:
        assert mine.due is not None
        assert date.fromisoformat(mine.due) >= RECEIVED.date()
    else:
        assert mine.runs in (Runs.NO_PERIOD, Runs.NOT_IN_FORCE)
        assert law in mine.why
    known = clock_rules().clocks_of(law, pack.request_kind(kind, law))
    assert (mine.answer is not None) == (bool(known) and mine.runs is not Runs.NOT_IN_FORCE)


def test_no_row_of_the_pack_cites_the_gdpr_for_a_law_outside_it() -> None:
    for law in clock.known_laws():
        for kind in Kind:
            cited = pack.right_citation(kind, law)
            if law not in ("EU_GDPR", "UK_GDPR", "UK_DPA2018"):
                assert "GDPR" not in cited, (law, kind)


@pytest.mark.parametrize(
    ("law", "kind", "due"),
    [
        ("CA_PIPEDA", Kind.ACCESS, "2026-12-18"),
        ("CA_QC", Kind.RECTIFICATION, "2026-12-18"),
        ("CH_FADP", Kind.PORTABILITY, "2026-12-18"),
        ("BR_LGPD", Kind.ACCESS, "2026-12-03"),
        ("AU_APP", Kind.RECTIFICATION, "2026-12-18"),
        ("US_IA", Kind.ERASURE, "2027-02-16"),
        ("US_CA", Kind.OPT_OUT_SALE, "2026-12-10"),
        ("US_VA", Kind.APPEAL, "2027-01-17"),
    ],
)
def test_a_law_counts_by_its_own_period(law: str, kind: Kind, due: str) -> None:
    assert clock.read(CONTROLLER, case_of(kind, (law,)), (), RECEIVED).leading.due == due


def test_a_right_that_is_not_in_force_says_from_when() -> None:
    found = clock.read(CONTROLLER, case_of(Kind.ACCESS, ("IN_DPDP",)), (), RECEIVED).leading
    assert (found.runs, found.due) == (Runs.NOT_IN_FORCE, None)
    assert "2027-05-12" in found.why


@given(st.sampled_from(list(Kind)), st.lists(LAWS, min_size=1, max_size=4, unique=True))
@settings(max_examples=60, deadline=None)
def test_another_law_never_makes_the_date_later(kind: Kind, laws: list[str]) -> None:
    alone = [clock.read(CONTROLLER, case_of(kind, (law,)), (), RECEIVED) for law in laws]
    together = clock.read(CONTROLLER, case_of(kind, tuple(laws)), (), RECEIVED)
    targets = [each.leading.target for each in alone if each.leading.target]
    assert together.leading.target == min(targets, default=None)
    waits = [each.acknowledge_due for each in alone if each.acknowledge_due]
    assert together.acknowledge_due == min(waits, default=None)
    assert {each.law for each in together.laws} >= set(laws)


def test_the_laws_are_the_controllers_and_those_of_the_persons_place() -> None:
    assert laws_for(CONTROLLER) == ("EU_GDPR",)
    assert laws_for(CONTROLLER, place="FR") == ("EU_GDPR",)
    assert laws_for(CONTROLLER, place="US-CA") == ("EU_GDPR", "US_CA")
    assert laws_for(CONTROLLER, place="CA-QC") == ("EU_GDPR", "CA_QC", "CA_PIPEDA")
    assert laws_for(CONTROLLER, place="CA-ON") == ("EU_GDPR", "CA_PIPEDA")
    assert laws_for(replace(CONTROLLER, law="US_CA"), place="GB") == ("US_CA", "UK_GDPR")
    assert laws_for(CONTROLLER, named=("AU_APP",), place="GB") == ("AU_APP",)


@pytest.mark.parametrize("place", ["JP", "US", "US-NY", "germany", "de"])
def test_a_place_without_a_law_is_a_question_and_not_a_guess(place: str) -> None:
    with pytest.raises(BadInput) as asked:
        laws_for(CONTROLLER, place=place)
    assert asked.value.next


def test_a_law_that_is_not_known_is_refused_and_one_that_vanished_is_to_mend() -> None:
    with pytest.raises(BadFacts):
        laws_for(CONTROLLER, named=("ATLANTIS",))
    found = clock.read(CONTROLLER, case_of(Kind.ACCESS, ("EU_GDPR", "ATLANTIS")), (), RECEIVED)
    assert "ATLANTIS" in found.to_mend
    assert found.judged(date(2026, 11, 19)) is None


def test_an_inquiry_is_due_on_the_day_of_the_letter_and_to_mend_without_one() -> None:
    case = case_of(Kind.INQUIRY, ("EU_GDPR",))
    dated = clock.read(CONTROLLER, replace(case, due_on_stated="2026-12-04"), (), RECEIVED)
    assert (dated.leading.law, dated.leading.due) == ("LETTER", "2026-12-04")
    assert dated.judged(date(2026, 12, 4)) is True
    assert dated.judged(date(2026, 12, 5)) is False
    undated = clock.read(CONTROLLER, case, (), RECEIVED)
    assert "letter" in undated.to_mend
    assert undated.judged(date(2026, 11, 18)) is None


def test_what_has_no_period_counts_neither_as_in_time_nor_as_late() -> None:
    found = clock.read(CONTROLLER, case_of(Kind.ERASURE, ("CA_PIPEDA",)), (), RECEIVED)
    assert (found.judged(RECEIVED.date()), found.to_mend) == (None, "")


def test_an_extension_extends_the_laws_that_allow_it_and_the_stricter_one_leads(
    store: MadeDesk,
) -> None:
    case = intake.open_request(
        store.desk, store.handler, Kind.ACCESS, channel="email", file=FILE,
        laws=("EU_GDPR", "BR_LGPD"),
    )  # fmt: skip
    before = standing.standing(store.desk, case.id)
    assert (before.clock["law"], before.due) == ("BR_LGPD", "2026-12-03")
    handling.extend(store.desk, store.handler, case.id, "complexity")
    after = standing.standing(store.desk, case.id)
    dates = {law.law: law.due for law in after.laws}
    assert dates == {"BR_LGPD": "2026-12-03", "EU_GDPR": "2027-02-18"}
    assert after.to_mend == ""
    assert [event.facts["laws"] for event in after.events[1:]] == ["EU_GDPR"]


def test_an_event_that_an_added_law_refuses_does_not_move_its_date(made: MadeDesk) -> None:
    case = intake.open_request(
        made.desk, made.handler, Kind.ERASURE, channel="email", laws=("CA_PIPEDA",)
    )
    handling.tell(made.desk, made.handler, case.id, NewEvent(Event.APPEAL_EXTENSION_NOTICE))
    casework.name_laws(made.desk, made.handler, case.id, laws=("EU_GDPR",))
    each = standing.standing(made.desk, case.id)
    assert (each.due, each.to_mend) == ("2026-12-18", "")


def test_an_extension_that_no_law_allows_is_refused(made: MadeDesk) -> None:
    case = intake.open_request(
        made.desk, made.handler, Kind.ACCESS, channel="email", laws=("BR_LGPD",)
    )
    with pytest.raises(NotAllowedByLaw):
        handling.extend(made.desk, made.handler, case.id, "complexity")
    told = standing.standing(made.desk, case.id).events
    assert [event.type for event in told] == [Event.OPENED]


def test_a_law_may_be_added_to_a_case_and_never_be_taken_away(store: MadeDesk) -> None:
    case = intake.open_request(store.desk, store.handler, Kind.ACCESS, channel="email")
    casework.name_laws(store.desk, store.handler, case.id, laws=("BR_LGPD",))
    each = standing.standing(store.desk, case.id)
    assert each.case.laws == ("EU_GDPR", "BR_LGPD")
    assert (each.due, each.to_mend) == ("2026-12-03", "")
    with pytest.raises(BadInput):
        casework.name_laws(store.desk, store.handler, case.id, laws=("EU_GDPR",))
    assert standing.standing(store.desk, case.id).case.laws == ("EU_GDPR", "BR_LGPD")


def test_a_confirmation_that_a_law_wants_is_owed_until_it_is_told(made: MadeDesk) -> None:
    case = intake.open_request(
        made.desk, made.handler, Kind.COMPLAINT, channel="email", laws=("UK_GDPR",)
    )
    each = standing.standing(made.desk, case.id)
    assert (each.due, each.acknowledge_due, each.next_day) == (None, "2026-12-18", "2026-12-18")
    handling.tell(made.desk, made.handler, case.id, NewEvent(Event.ACKNOWLEDGED))
    each = standing.standing(made.desk, case.id)
    assert (each.acknowledge_due, each.next_day) == (None, None)


def test_only_an_authority_has_a_letter_and_it_is_opened_as_an_inquiry(made: MadeDesk) -> None:
    letter = Asking(asked_by="authority", letter_on="2026-11-16", due_on_stated="2026-12-04")
    case = intake.open_request(made.desk, made.handler, Kind.INQUIRY, channel="post", asking=letter)
    assert standing.standing(made.desk, case.id).due == "2026-12-04"
    later = (made.clock.now() + timedelta(days=9)).date().isoformat()
    for kind, wrong in (
        (Kind.ACCESS, letter),
        (Kind.INQUIRY, Asking()),
        (Kind.ACCESS, Asking(due_on_stated="2026-12-04")),
        (Kind.INQUIRY, replace(letter, letter_on=later)),
        (Kind.INQUIRY, replace(letter, due_on_stated="soon")),
        (Kind.ACCESS, Asking(harm="none")),
        (Kind.ACCESS, Asking(asked_by="friend")),
    ):
        with pytest.raises(BadInput):
            intake.open_request(made.desk, made.handler, kind, channel="post", asking=wrong)


def test_every_law_has_a_place_or_is_one_that_no_place_gives() -> None:
    placed = {law for place in _places() for law in pack.laws_at(place)}
    assert set(clock.known_laws()) - placed == {"UK_DPA2018", "US_CA_DELETE"}
    assert all(applying.PLACE.fullmatch(place) for place in _places())


def _places() -> set[str]:
    from privacy.law.pack import load_pack

    return {p for row in load_pack(pack.PACK).data["territory"] for p in row["places"]}
