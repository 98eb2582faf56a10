"""What may stand in the ledger in clear, and which lists of third parties a law gives."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.disclosures import third_parties
from privacy.disclosures.given import UNNAMED, Given, Role, Way
from privacy.errors import BadInput
from privacy.law.pack import load_pack

AFTER = date(2026, 11, 30)


def line(recipient: str, role: Role, **more: str) -> Given:
    words = {"why": "marketing", "basis": "consent", **more}
    return Given(recipient, role, ("names",), words["why"], words["basis"], Way.EXPORT, "x-1")


@given(st.text(min_size=1), st.sampled_from(sorted(UNNAMED)))
def test_a_natural_person_never_stands_in_the_ledger_by_name(name: str, role: Role) -> None:
    with pytest.raises(BadInput, match="without a name"):
        line(name, role)


@given(st.text())
def test_a_recipient_is_an_organisations_name_or_refused(name: str) -> None:
    try:
        made = line(name, Role.THIRD_PARTY)
    except BadInput:
        return
    assert made.recipient == name
    assert "@" not in name
    assert sum(character.isdigit() for character in name) < 80


@pytest.mark.parametrize("name", ["", "a@example.com", "+44 20 7946 0123", "Call 02079460123 Ltd"])
def test_a_number_or_address_is_no_recipient(name: str) -> None:
    with pytest.raises(BadInput, match="organisation's name"):
        line(name, Role.PROCESSOR)


@pytest.mark.parametrize("field", ["why", "basis"])
@pytest.mark.parametrize("words", ["ann@example.com", "to 020 7946 0123", "x" * 121])
def test_no_word_of_a_line_may_hold_a_value_of_a_person(field: str, words: str) -> None:
    with pytest.raises(BadInput, match="stands in clear"):
        line("Example Ltd", Role.PROCESSOR, **{field: words})


@pytest.mark.parametrize(
    ("law", "last_day_without"),
    [("US_OR", date(2024, 6, 30)), ("US_MN", date(2025, 7, 30)), ("US_CT", date(2026, 6, 30))],
)
def test_a_list_is_owed_from_its_first_day_on(law: str, last_day_without: date) -> None:
    assert third_parties.owed(law, last_day_without) is None
    rule = third_parties.owed(law, date.fromordinal(last_day_without.toordinal() + 1))
    assert rule is not None
    assert rule.may_be_any
    assert law in third_parties.laws()


@pytest.mark.parametrize("law", ["EU_GDPR", "US_CA", "US_VA"])
def test_other_laws_give_no_such_list(law: str) -> None:
    assert third_parties.owed(law, AFTER) is None


@pytest.mark.parametrize("law", third_parties.laws())
@given(st.text(min_size=1), st.sampled_from(sorted(Role)), st.booleans())
def test_no_processor_and_no_natural_person_is_on_a_list(
    law: str, name: str, role: Role, sold: bool
) -> None:
    rule = third_parties.owed(law, AFTER)
    assert rule is not None
    counted = rule.counts(name, role.value, sold)
    assert not (counted and role in (Role.PROCESSOR, *UNNAMED))
    assert not rule.counts("", role.value, sold)
    if law == "US_CT":
        assert not (counted and not sold), "only what was sold"
    elif role is Role.THIRD_PARTY:
        assert counted


def test_an_old_export_of_unknown_role_is_named_rather_than_hidden() -> None:
    rule = third_parties.owed("US_OR", AFTER)
    assert rule is not None
    assert rule.counts("Example Ltd", third_parties.UNKNOWN, False)


def test_every_row_says_where_it_is_from() -> None:
    for row in load_pack("rights").data["third_party_list"]:
        assert row["citation"]
        assert row["url"]
        assert row["status"] in ("verified", "secondary", "memory")
