"""Whoever asks for somebody else shows what the law asks for, or nothing is executed."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from privacy.errors import BadInput, NotProven
from privacy.rights import authority, evidence, execution, identity, store
from privacy.rights.case import Event, Kind
from privacy.rights.evidence import Piece
from privacy.rights.execution import Lack
from privacy.rights.identity import Evidence
from privacy.rights.store import Case
from privacy.storage.tables.base import table_of
from privacy.storage.tables.rights import RightsRequest
from privacy.storage.unit import Unit
from tests.canaries import find_leaks
from tests.desks import MadeDesk
from tests.persons import add_person
from tests.rights.flows import CLAIMS, MAIL, NUMBER, opened

PAPER = b"canary-of-a-power-of-attorney signed by the principal"


def set_values(made: MadeDesk, case: Case, **values: object) -> None:
    """Put a case into a shape by the database, as no entrance does."""
    table = table_of(RightsRequest)

    def job(unit: Unit) -> None:
        unit.db.execute(update(table).where(table.c.id == case.id).values(**values))
        unit.append("test.set", "test", request=case.id)

    made.desk.write(job)


def asked_by(made: MadeDesk, who: str, kind: Kind = Kind.ERASURE, law: str = "") -> Case:
    """A proven case that somebody else asked for, with a paper on file."""
    add_person(made.desk, NUMBER, MAIL)
    case = opened(made.desk, made.handler, kind, law)
    set_values(made, case, asked_by=who)
    identity.verify(made.desk, made.handler, case.id, Evidence.MATCHING, CLAIMS)
    evidence.add(made.desk, made.handler, case.id, Piece.AUTHORITY, PAPER)
    return now(made, case)


def now(made: MadeDesk, case: Case) -> Case:
    with made.desk.reading() as db:
        return store.case(db, case.id)


def lacking(made: MadeDesk, case: Case) -> tuple[Lack, ...]:
    with made.desk.reading() as db:
        return execution.lacking(db, store.case(db, case.id))


@pytest.mark.parametrize(
    ("who", "law", "place", "proofs"),
    [
        ("agent", "US_CA", "", ["signed_permission", "identity_verified_directly"]),
        ("agent", "US_CA", "", ["signed_permission", "permission_confirmed_directly"]),
        ("agent", "US_CA", "", ["power_of_attorney_probate_code"]),
        ("agent", "EU_GDPR", "", ["written_mandate"]),
        ("agent", "EU_GDPR", "", ["mandate_art_80", "body_statutes_art_80"]),
        ("agent", "US_VA", "", ["power_of_attorney"]),
        ("parent", "US_CA", "", ["parent_verified_7070"]),
        ("parent", "EU_GDPR", "", ["parental_authority", "child_cannot_act_alone"]),
        ("guardian", "EU_GDPR", "", ["court_appointment"]),
        ("estate", "EU_GDPR", "FR", ["death_certificate", "directive_of_the_deceased"]),
        (
            "estate",
            "EU_GDPR",
            "ES",
            ["death_certificate", "family_or_heir", "no_prohibition_by_the_deceased"],
        ),
    ],
)
def test_each_whole_way_opens_the_execution(
    made: MadeDesk, who: str, law: str, place: str, proofs: list[str]
) -> None:
    case = asked_by(made, who, law=law)
    assert Lack.AUTHORITY in lacking(made, case)
    for left_out in proofs if len(proofs) > 1 else []:
        part = [proof for proof in proofs if proof != left_out]
        with pytest.raises(NotProven):
            authority.prove(made.desk, made.handler, case.id, part, place=place)
        assert Lack.AUTHORITY in lacking(made, case)
    proven = authority.prove(made.desk, made.handler, case.id, proofs, place=place)
    assert proven.authority_ok
    assert Lack.AUTHORITY not in lacking(made, case)


def test_what_was_shown_stays_as_codes_and_the_paper_goes(made: MadeDesk) -> None:
    case = asked_by(made, "agent")
    authority.prove(made.desk, made.handler, case.id, ["written_mandate"])
    with made.desk.reading() as db:
        told = [e for e in store.timeline(db, case.id) if e.type is Event.AUTHORITY_PROVEN]
    assert [event.facts["proofs"] for event in told] == [["written_mandate"]]
    (paper,) = evidence.listed(made.desk, made.handler, case.id)
    assert paper.deleted_at is not None
    assert find_leaks(made.desk.folder, [PAPER.decode()[:28]]) == []


def test_an_estate_without_the_law_of_a_place_is_refused(made: MadeDesk) -> None:
    case = asked_by(made, "estate")
    for place in ("", "DE"):
        with pytest.raises((NotProven, BadInput)):
            authority.prove(made.desk, made.handler, case.id, ["death_certificate"], place=place)
    assert Lack.AUTHORITY in lacking(made, case)


def test_authority_has_to_be_shown_under_every_law_that_applies(made: MadeDesk) -> None:
    case = asked_by(made, "agent")
    set_values(made, case, laws="EU_GDPR US_CA")
    with pytest.raises(NotProven):
        authority.prove(made.desk, made.handler, case.id, ["written_mandate"])
    both = ["written_mandate", "power_of_attorney_probate_code"]
    assert authority.prove(made.desk, made.handler, case.id, both).authority_ok


def test_codes_without_a_paper_on_file_prove_nothing(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ERASURE)
    set_values(made, case, asked_by="agent")
    with pytest.raises(BadInput):
        authority.prove(made.desk, made.handler, case.id, ["written_mandate"])


def test_a_word_that_is_no_code_is_refused_and_not_written_down(made: MadeDesk) -> None:
    case = asked_by(made, "agent")
    with pytest.raises(BadInput) as refused:
        authority.prove(made.desk, made.handler, case.id, [f"mandate of {MAIL}"])
    assert MAIL not in str(refused.value) + refused.value.what
    assert find_leaks(made.desk.folder, [MAIL]) == []


def test_whoever_asks_for_himself_has_no_authority_to_show(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ERASURE)
    with pytest.raises(BadInput):
        authority.prove(made.desk, made.handler, case.id, ["written_mandate"])


def test_an_opt_out_through_an_agent_lacks_nothing(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.OPT_OUT_SALE, "US_CA")
    set_values(made, case, asked_by="agent")
    assert lacking(made, now(made, case)) == ()
