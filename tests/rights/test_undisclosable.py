"""Numbers and secrets that no answer sends out (11 CCR 7024(d))."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.rights.undisclosable import blocked, screen, screened

CALIFORNIA = "US_CA"


@pytest.mark.parametrize(
    ("heading", "value", "category"),
    [
        ("SSN", "078051120", "ssn"),
        ("SocialSecurityNumber", "x", "ssn"),
        ("note", "my number is 219-09-9999, thanks", "ssn"),
        ("Driver's License", "D1234567", "gov_id"),
        ("customer_passport_no", "C01X00T47", "gov_id"),
        ("remark", "QQ passport P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "gov_id"),
        ("remark", "AB 12 34 56 C", "gov_id"),
        ("remark", "12345678Z", "gov_id"),
        ("IBAN", "anything", "fin_account"),
        ("other", "GB82 WEST 1234 5698 7654 32", "fin_account"),
        ("other", "pay to DE89370400440532013000 please", "fin_account"),
        ("other", "4111 1111 1111 1111", "fin_account"),
        ("other", "378282246310005", "fin_account"),
        ("Health Insurance No.", "1", "health_id"),
        ("x", "1EG4-TE5-MK73", "health_id"),
        ("Password", "hunter2", "password"),
        ("x", "$2b$12$KIXQ1rV0m0y0Zx8P3P0F7e0000000000000000000000000000000", "password"),
        ("security question 1", "the first pet", "security_qa"),
        ("fingerprint_template", "AAAA", "biometric"),
    ],
)
def test_a_type_that_is_never_disclosed_is_found(heading: str, value: str, category: str) -> None:
    found = blocked(heading, value, CALIFORNIA)
    assert found is not None
    assert found.category == category
    assert "7024(d)" in found.citation


@pytest.mark.parametrize(
    ("heading", "value"),
    [
        ("phone", "+12125550123"),
        ("phone", "+49 30 901820 4111"),
        ("order", "4111 1111 1111 1112"),
        ("article", "4006381333931"),
        ("order", "078051120"),
        ("order", "987-65-4320"),
        ("order", "000-12-3456"),
        ("ref", "GB82 WEST 1234 5698 7654 33"),
        ("company", "Panorama Pinball Ltd"),
        ("opinion", "a pinch of salt"),
        ("spin", "1"),
        ("remark", "12345678A"),
        ("SSN", ""),
        ("birthday", "1980-02-29"),
    ],
)
def test_other_values_are_disclosed(heading: str, value: str) -> None:
    assert blocked(heading, value, CALIFORNIA) is None


def test_what_one_of_several_laws_forbids_is_withheld() -> None:
    iban = "DE89370400440532013000"
    assert blocked("x", iban, "EU_GDPR") is None
    assert blocked("x", iban, ("EU_GDPR", "US_CA")) is not None
    assert blocked("x", iban, "US_VA") is not None


def test_secrets_are_withheld_under_every_law() -> None:
    for law in ("EU_GDPR", "UK_GDPR", "BR_LGPD"):
        assert blocked("Passwort", "geheim", law) is not None
        assert blocked("SSN", "219-09-9999", law) is None


def test_a_screened_document_names_the_type_and_holds_no_value() -> None:
    fields = {
        "other": {"SSN": "219-09-9999", "shoe size": 43, "memo": ["card 4111111111111111 ok"]},
        "secret question": {"text": "pet?", "answer": "Rex"},
        "language": "en",
        "none": None,
        "flag": True,
    }
    clean, found = screen(fields, CALIFORNIA)
    text = json.dumps(clean)
    for value in ("219-09-9999", "4111111111111111", "Rex", "pet?"):
        assert value not in text
    assert clean["other"]["shoe size"] == 43
    assert (clean["language"], clean["none"], clean["flag"]) == ("en", None, True)
    assert {each.category for each in found} == {"ssn", "fin_account", "security_qa"}
    assert "we hold a Social Security number" in clean["other"]["SSN"]


@given(
    before=st.text(alphabet=" abc,.\n", max_size=20),
    after=st.text(alphabet=" abc,.\n", max_size=20),
    area=st.integers(1, 665),
    group=st.integers(1, 99),
    serial=st.integers(1, 9999),
)
def test_a_number_is_found_wherever_it_stands(
    before: str, after: str, area: int, group: int, serial: int
) -> None:
    number = f"{area:03}-{group:02}-{serial:04}"
    clean, found = screened(f"{before}{number}{after}", CALIFORNIA)
    assert number not in clean
    assert [each.category for each in found] == ["ssn"]


@given(st.text(max_size=200))
def test_no_text_breaks_the_screen_and_a_screened_one_stays(text: str) -> None:
    once, _ = screened(text, CALIFORNIA)
    assert screened(once, CALIFORNIA) == (once, ())
