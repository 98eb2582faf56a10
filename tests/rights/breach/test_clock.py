"""The 72 hours: elapsed time, whatever weekend, change of clocks or zone lies between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.clock import rfc3339
from privacy.law.pack import load_pack
from privacy.rights.breach import law
from privacy.rights.breach.law import BreachClock
from privacy.rights.breach.states import Risk
from privacy.rights.letters.words import words_of
from privacy.settings import Controller
from privacy.terms import Language

BERLIN = Controller(zone="Europe/Berlin", holiday_calendar="DE-BE")


def clock(aware: str, controller: Controller = BERLIN, name: str = "EU_GDPR") -> BreachClock:
    at = datetime.fromisoformat(aware)
    (found,) = law.clocks(controller, [name], at, Risk.RISK, at)
    return found


@pytest.mark.parametrize(
    ("aware", "due", "why"),
    [
        ("2026-11-27T15:00:00+01:00", "2026-11-30T15:00:00+01:00", "over a weekend"),
        ("2026-12-24T18:00:00+01:00", "2026-12-27T18:00:00+01:00", "over holidays"),
        ("2026-10-24T10:00:00+02:00", "2026-10-27T09:00:00+01:00", "clocks back: an hour less"),
        ("2027-03-27T10:00:00+01:00", "2027-03-30T11:00:00+02:00", "clocks on: an hour more"),
        ("2026-11-27T09:00:00-05:00", "2026-11-30T15:00:00+01:00", "aware in New York"),
        ("2026-12-31T23:30:00+00:00", "2027-01-04T00:30:00+01:00", "over the year"),
    ],
)
def test_72_elapsed_hours(aware: str, due: str, why: str) -> None:
    found = clock(aware)
    assert found.due is not None, why
    assert found.due.isoformat() == due, why
    assert found.due - datetime.fromisoformat(aware) == timedelta(hours=72)
    assert "33(1)" in found.citation


@given(
    st.integers(0, 15 * 366 * 24 * 60),
    st.sampled_from(["Europe/Berlin", "Europe/London", "America/New_York", "Asia/Tokyo"]),
    st.sampled_from(["EU_GDPR", "UK_GDPR"]),
)
def test_it_is_never_later_than_72_hours_in_any_zone(minutes: int, zone: str, name: str) -> None:
    start = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    at = start.astimezone(ZoneInfo(zone))
    controller = Controller(zone=zone, holiday_calendar="DE-BE")
    (found,) = law.clocks(controller, [name], at, Risk.RISK, at)
    assert found.due is not None
    assert found.due.astimezone(UTC) - at.astimezone(UTC) == timedelta(hours=72)


def test_hours_left_are_elapsed_and_turn_negative() -> None:
    found = clock("2026-10-24T10:00:00+02:00")
    assert found.due is not None
    assert found.hours_left(datetime.fromisoformat("2026-10-25T10:00:00+01:00")) == 47.0
    assert found.hours_left(found.due) == 0.0
    assert found.hours_left(found.due + timedelta(minutes=30)) == -0.5
    document = found.document(found.due)
    assert document["due_utc"] == rfc3339(found.due)


def test_hours_left_are_elapsed_also_in_one_zone_over_a_change_of_the_clocks() -> None:
    zone = ZoneInfo("America/Los_Angeles")
    due = datetime(2026, 11, 1, 12, tzinfo=zone)
    found = BreachClock("US_CA", "people", due, "", "", True, (), ())
    assert found.hours_left(datetime(2026, 10, 31, 12, tzinfo=zone)) == 25.0


def test_people_are_told_without_undue_delay_where_the_risk_is_high() -> None:
    at = datetime(2026, 11, 27, 14, tzinfo=UTC)
    authority, people = law.clocks(BERLIN, ["EU_GDPR"], at, Risk.HIGH, at)
    assert (authority.towards, people.towards) == ("authority", "people")
    assert people.due is None
    assert people.without_undue_delay
    assert "34(1)" in people.citation


def test_no_notice_is_owed_where_a_risk_is_unlikely_and_it_says_why() -> None:
    at = datetime(2026, 11, 27, 14, tzinfo=UTC)
    (found,) = law.clocks(BERLIN, ["EU_GDPR"], at, Risk.UNLIKELY, at)
    assert found.due is None
    assert "unlikely" in found.why or "No notice" in found.why


def test_a_processor_tells_the_controller() -> None:
    at = datetime(2026, 11, 27, 14, tzinfo=UTC)
    (found,) = law.clocks(BERLIN, ["EU_GDPR"], at, Risk.HIGH, at, as_processor=True)
    assert (found.towards, found.due) == ("controller", None)
    assert "33(2)" in found.citation


def test_california_tells_people_in_thirty_days_by_the_earlier_reading() -> None:
    at = datetime(2026, 11, 27, 14, tzinfo=UTC)
    pacific = Controller(zone="America/Los_Angeles", law="US_CA")
    (found,) = law.clocks(pacific, ["US_CA"], at, Risk.RISK, at)
    assert found.towards == "people"
    assert found.due is not None
    assert found.due.isoformat() == "2026-12-26T23:59:59-08:00"
    assert law.duties(["US_CA"]).people_always


def test_california_wants_a_sample_in_fifteen_days_where_more_than_500_were_told() -> None:
    at = datetime(2026, 11, 27, 14, tzinfo=UTC)
    pacific = Controller(zone="America/Los_Angeles", law="US_CA")
    (found,) = law.clocks(pacific, ["US_CA"], at, Risk.RISK, at)
    (sample,) = law.items("US_CA", "authority")
    assert sample.when == "many_told"
    for text in (sample.text, " ".join(found.warnings)):
        assert "500 residents" in text
        assert "15 calendar days" in text


def test_a_law_without_a_clock_says_so_and_is_never_dropped() -> None:
    at = datetime(2026, 11, 27, 14, tzinfo=UTC)
    found = law.clocks(BERLIN, ["EU_GDPR", "US_OR"], at, Risk.RISK, at)
    assert [each.law for each in found] == ["EU_GDPR", "US_OR"]
    assert (found[1].due, "no clock of US_OR" in found[1].why) == (None, True)


def test_the_items_of_article_33_3_are_all_there_for_both_laws() -> None:
    for name in ("EU_GDPR", "UK_GDPR", "UK_DPA2018"):
        cited = " ".join(item.citation for item in law.items(name, "authority"))
        assert all(f"33(3)({letter})" in cited for letter in "abcd")
        assert any(item.when == "late" for item in law.items(name, "authority"))
        assert law.items(name, "register")
    assert law.duties(["EU_GDPR"]).authority == {"EU_GDPR"}


def test_every_row_of_a_notice_needs_a_fact_that_the_notice_knows() -> None:
    known = {
        *("nature", "categories_of_persons", "persons", "categories_of_data", "records"),
        *("contact", "consequences", "measures", "delay_reasons", "exemption"),
    }
    for row in load_pack("rights").data["breach_item"]:
        assert set(row["needs"]) <= known, row["id"]


def test_categories_of_data_are_those_that_letters_have_words_for() -> None:
    from privacy.rights.breach.data_kinds import CODES, HELD_BY

    assert set(CODES) == set(words_of(Language.ENGLISH).codes["breach_data"])
    assert {code for codes in HELD_BY.values() for code in codes} <= set(CODES)
