"""Numbers, mails and names in one form: what is taken, and refusals that name no value."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.numbers import (
    BadEmail,
    BadNumber,
    earlier_email_forms,
    fold_email,
    fold_name,
    parse_phone,
    region_of,
    zones_of,
)


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("907-385-4412", "US", "+19073854412"),
        ("(0)20 7946 0018", "GB", "+442079460018"),
        ("+49 30 23125 123", None, "+493023125123"),
        ("tel:+1-212-555-0123", None, "+12125550123"),
        ("０２０ ７９４６ ００１８", "GB", "+442079460018"),
        ("020 7946 0018 ext. 4", "GB", "+442079460018"),
    ],
)
def test_a_number_is_read_with_its_region(text: str, region: str | None, number: str) -> None:
    assert parse_phone(text, region) == number


@pytest.mark.parametrize(
    ("text", "region", "reason"),
    [
        ("0", "US", "not_a_number"),
        ("+1", "US", "not_a_number"),
        ("911", "US", "too_short"),
        ("112", "DE", "not_valid"),
        ("", "US", "empty"),
        ("907-385-4412", None, "no_region"),
        ("+999 123 456 789", "US", "no_region"),
        ("555-555-1111", "US", "not_valid"),
        ("9" * 200, "US", "too_long"),
        ("call me", "US", "not_a_number"),
    ],
)
def test_what_cannot_be_called_is_refused_with_a_reason(
    text: str, region: str | None, reason: str
) -> None:
    with pytest.raises(BadNumber) as refusal:
        parse_phone(text, region)
    assert str(refusal.value) == refusal.value.reason == reason


def test_every_published_example_agrees_with_its_own_flag(samples: Path) -> None:
    with (samples / "contacts" / "libphonenumber-examples-even.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["valid"] == "1":
                assert parse_phone(row["e164"], None) == row["e164"]
            else:
                with pytest.raises(BadNumber):
                    parse_phone(row["e164"], None)


def test_a_number_knows_its_country_and_its_zones() -> None:
    assert region_of("+442079460018") == "GB"
    assert zones_of("+12125550123") == ("America/New_York",)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        (" Ann@Example.COM ", "ann@example.com"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann+tag@example.com.", "ann+tag@example.com"),
        ("Ann@STRAẞE.example", "ann@xn--strae-oqa.example"),
        ("GROSS@example.com", "gross@example.com"),
        ("groß@example.com", "groß@example.com"),
        ("a@σίγμας.example", "a@xn--kxaef0b5ab.example"),
    ],
)
def test_an_address_is_folded(text: str, folded: str) -> None:
    assert fold_email(text) == folded


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ann@example.com\nBcc: bob@example.com", "control_character"),
        ("ann@example.com\r", "control_character"),
        ("ann\u200b@example.com", "control_character"),
        ("ann@example.com\u2028", "control_character"),
        ("", "empty"),
        ("ann@", "not_an_address"),
        ("Ann <ann@example.com>", "not_an_address"),
        ("ann@localhost", "not_an_address"),
        ("ann@-bad.example", "not_an_address"),
        ("ann@☃.example", "not_an_address"),
        ("a" * 250 + "@example.com", "too_long"),
    ],
)
def test_no_address_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(BadEmail) as refusal:
        fold_email(text)
    assert str(refusal.value) == reason


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("O'Brien", "OBRIEN"),
        ("Müller", "muller"),
        ("Straße", "STRASSE"),
        ("Ann-Marie", "ann marie"),
    ],
)
def test_names_are_equal_after_folding(one: str, other: str) -> None:
    assert fold_name(one) == fold_name(other)


def test_a_japanese_voicing_mark_keeps_names_apart() -> None:
    assert fold_name("かとう") != fold_name("がとう")


@given(st.text(max_size=100), st.sampled_from([None, "", "US", "GB", "DE", "ZZ"]))
def test_any_text_is_a_number_or_a_refusal(text: str, region: str | None) -> None:
    try:
        number = parse_phone(text, region)
    except BadNumber:
        return
    assert parse_phone(number, None) == number


@given(st.text(max_size=100) | st.emails())
def test_any_text_is_an_address_or_a_refusal(text: str) -> None:
    try:
        folded = fold_email(text)
    except BadEmail:
        return
    assert fold_email(folded) == folded
    assert all(form != folded for form in earlier_email_forms(folded))
    assert folded.isprintable()


@given(st.text(max_size=60))
def test_folding_a_name_twice_changes_nothing(text: str) -> None:
    assert fold_name(fold_name(text)) == fold_name(text)
