"""How sure the desk must be: by right, laws and harm, and never where the law forbids asking."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import BadInput, NotAllowedByLaw
from privacy.law.pack import load_pack
from privacy.rights import authority, identity, levels
from privacy.rights.case import Kind
from privacy.rights.evidence import Piece
from privacy.rights.identity import Claims, Evidence
from privacy.rights.pack import PACK, Level
from tests.desks import MadeDesk
from tests.rights.flows import CLAIMS, opened

HARMS = ("ordinary", "specific_pieces", "sensitive")
LAWS = ("EU_GDPR", "UK_GDPR", "US_CA", "US_VA", "US_CO", "BR_LGPD", "CH_FADP", "CA_PIPEDA")
NEVER = (Kind.OPT_OUT, Kind.OPT_OUT_SALE, Kind.LIMIT, Kind.WITHDRAWAL)
OF_NOBODY = (Kind.COMPLAINT, Kind.APPEAL, Kind.INQUIRY, Kind.NOTICE)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_right_has_a_level_with_a_citation_under_every_law(kind: Kind) -> None:
    for law in LAWS:
        for harm in HARMS:
            found = levels.needed(kind.value, [law], harm)
            assert found.citation
            assert (found.level is Level.NONE) == (kind in (*NEVER, *OF_NOBODY))


@pytest.mark.parametrize(
    ("kind", "law", "harm", "level"),
    [
        (Kind.ACCESS, "US_CA", "ordinary", Level.HIGH),
        (Kind.ACCESS, "EU_GDPR", "ordinary", Level.REASONABLE),
        (Kind.ACCESS, "EU_GDPR", "specific_pieces", Level.HIGH),
        (Kind.ACCESS, "US_VA", "specific_pieces", Level.HIGH),
        (Kind.PORTABILITY, "US_CA", "ordinary", Level.HIGH),
        (Kind.ERASURE, "US_CA", "ordinary", Level.REASONABLE),
        (Kind.ERASURE, "US_CA", "sensitive", Level.HIGH),
        (Kind.ERASURE, "EU_GDPR", "sensitive", Level.HIGH),
        (Kind.RECTIFICATION, "US_CA", "ordinary", Level.REASONABLE),
    ],
)
def test_the_level_follows_from_right_law_and_harm(
    kind: Kind, law: str, harm: str, level: Level
) -> None:
    assert levels.needed(kind.value, [law], harm).level is level


@given(st.sampled_from(list(Kind)), st.lists(st.sampled_from(LAWS), min_size=1), st.data())
def test_a_law_or_a_harm_that_is_added_never_lowers_the_level(
    kind: Kind, laws: list[str], data: st.DataObject
) -> None:
    more = data.draw(st.sampled_from(LAWS))
    harm = data.draw(st.sampled_from(HARMS))
    before = levels.needed(kind.value, laws, "ordinary").level
    assert levels.needed(kind.value, [*laws, more], "ordinary").level >= before
    assert levels.needed(kind.value, laws, harm).level >= before


def test_a_right_that_nobody_knows_and_a_case_without_law_are_not_executed() -> None:
    for kind, laws in (("anything", ["EU_GDPR"]), ("access", [])):
        with pytest.raises(BadInput):
            levels.needed(kind, laws, "ordinary")


@pytest.mark.parametrize("kind", [*NEVER, Kind.COMPLAINT])
def test_a_right_that_is_never_verified_refuses_proof_and_link(made: MadeDesk, kind: Kind) -> None:
    """11 CCR 7060(b), GDPR Article 21(3): not even by a code in an e-mail."""
    case = opened(made.desk, made.handler, kind, "US_CA" if kind in NEVER else "UK_GDPR")
    with pytest.raises(NotAllowedByLaw) as refused:
        identity.verify(made.desk, made.handler, case.id, Evidence.MATCHING, CLAIMS)
    assert refused.value.citation
    with pytest.raises(NotAllowedByLaw):
        identity.send_code(made.desk, made.handler, case.id, Claims(email=CLAIMS.email))


def test_every_row_of_identity_and_authority_names_its_paragraph_and_how_sure_it_is() -> None:
    data = load_pack(PACK).data
    for row in (*data["identity"], *data["authority"], *data["doubt"]):
        assert row["citation"]
        assert row["status"] in ("verified", "secondary", "memory", "practice")


def test_the_dead_are_spoken_for_only_by_the_law_of_a_named_place() -> None:
    """GDPR recital 27 leaves the dead to national law."""
    assert authority.ways("estate", "EU_GDPR") == []
    assert authority.ways("estate", "EU_GDPR", "DE") == []
    places = ("FR", "ES", "IT", "PT", "HU")
    for place in places:
        found = authority.ways("estate", "EU_GDPR", place)
        assert found
        assert {way.place for way in found} == {place}


def test_a_power_of_attorney_is_a_way_in_california_and_never_the_only_one() -> None:
    """11 CCR 7063(b)."""
    found = [way.proofs for way in authority.ways("agent", "US_CA")]
    assert ("power_of_attorney_probate_code",) in found
    assert any("power_of_attorney_probate_code" not in proofs for proofs in found)


def test_kinds_of_evidence_are_codes() -> None:
    assert {piece.value for piece in Piece} == {"identity_document", "declaration", "authority"}
