"""A finding's sentence tells the local time that the call was judged by, and no other."""

from __future__ import annotations

from datetime import UTC, datetime

from privacy.clock import micros
from privacy.law.grounds import Word
from privacy.vendors.calls.checks import Check
from privacy.vendors.calls.facts import Person, World
from privacy.vendors.calls.sentences import on_clocks, sentence
from privacy.vendors.calls.tally import Finding, Row
from tests.vendors.calls.simulated import NumbersThemselves

NEW_YORK, KENTUCKY = 12125550111, 12705550101
AT = micros(datetime(2026, 10, 5, 11, 30, tzinfo=UTC))
LATE = Finding(Check.HOURS, "us-fed-tcpa-hours", Word.BROKEN, "outside")


def told(zones: tuple[str, ...], at_us: int = AT, second_us: int = 0) -> str:
    return sentence(LATE, Row(at_us, 1, 2, NEW_YORK, zones, second_us, (17,)))


def test_the_place_of_the_address_on_file_is_told_beside_that_of_the_number() -> None:
    moved = Person((), {"region": "US-CA", "postal_code": "94105"})
    world = World(NumbersThemselves().keys, {NEW_YORK: moved})
    zones = world.clocks(NEW_YORK, NEW_YORK)
    assert zones == ("America/Los_Angeles", "America/New_York")
    both = (
        "at 04:30:00 local time (America/Los_Angeles, UTC-07:00)"
        " and 07:30:00 (America/New_York, UTC-04:00)"
    )
    assert both in told(zones)


def test_each_clock_of_a_code_on_two_clocks_is_told() -> None:
    zones = World(NumbersThemselves().keys).clocks(KENTUCKY, KENTUCKY)
    text = on_clocks(AT, zones)
    assert {"06:30:00", "07:30:00"} == {word for word in text.split() if word.count(":") == 2}


def test_another_day_on_another_clock_is_told() -> None:
    late = micros(datetime(2026, 10, 6, 5, 30, tzinfo=UTC))
    zones = ("America/Los_Angeles", "America/New_York")
    assert on_clocks(late, zones) == (
        "22:30:00 local time (America/Los_Angeles, UTC-07:00)"
        " and 01:30:00 of 6 October (America/New_York, UTC-04:00)"
    )


def test_an_hour_that_came_twice_is_told_as_two_instants() -> None:
    first = micros(datetime(2026, 11, 1, 5, 30, tzinfo=UTC))
    text = told(("America/New_York",), first, first + 3_600_000_000)
    assert "leaves open which of the two" in text
    assert "01:30:00 local time (America/New_York, UTC-04:00), or at 01:30:00" in text
    assert "(America/New_York, UTC-05:00), was" in text


def test_a_number_without_a_place_is_told_in_utc() -> None:
    assert "at 11:30:00 UTC, for the number tells no place," in told(())
