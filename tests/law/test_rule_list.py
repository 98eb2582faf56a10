"""The list of every rule: nothing of either pack is left out, and each row says whence it is."""

from __future__ import annotations

from datetime import date

import pytest

from privacy.law.clock_rules import clock_rules
from privacy.law.pack import load_pack
from privacy.law.rule_list import CLOCK_TABLES, listed
from privacy.law.rulebook import rulebook

DAY = date(2026, 11, 24)


def ids(**asked: object) -> set[str]:
    return {row["id"] for row in listed(**asked)}  # type: ignore[arg-type]


def test_every_rule_clock_event_and_way_of_counting_is_listed_once() -> None:
    clocks = load_pack("rights_clocks").data
    wanted = [rule.id for rule in rulebook().rules]
    wanted += [row["id"] for table in CLOCK_TABLES for row in clocks[table]]
    assert sorted(row["id"] for row in listed()) == sorted(wanted)
    assert sum(row["kind"] == "clock" for row in listed()) == len(clock_rules().clocks) >= 107


@pytest.mark.parametrize("row", listed(), ids=lambda row: str(row["id"]))
def test_a_row_has_its_citation_source_dates_and_mark(row: dict[str, object]) -> None:
    assert row["citation"]
    assert str(row["source_url"]).startswith("http")
    assert row["effective_from"] == "unknown" or date.fromisoformat(str(row["effective_from"]))
    assert row["effective_to"] is None or date.fromisoformat(str(row["effective_to"]))
    marks = {"calling": ("primary", "secondary", "memory")}
    assert row["verification"] in marks.get(str(row["pack"]), ("verified", "secondary", "memory"))
    assert row["verified"] is (row["verification"] != "memory")
    assert row["jurisdictions"] or row["kind"] == "counting"


def test_a_place_has_its_rules_of_calls_and_its_clocks() -> None:
    found = listed("US-CA")
    assert {row["pack"] for row in found} == {"calling", "rights_clocks"}
    assert {"us-ca-adad-hours", "us-ca-adad-consent"} & {row["id"] for row in found}
    assert "ca.opt_out" in {row["id"] for row in found} or any("US_CA" in r["laws"] for r in found)
    assert all("US-CA" in row["jurisdictions"] for row in found)


def test_a_law_is_a_jurisdiction_too() -> None:
    found = listed("US_CA_DELETE", kind="clock")
    assert found
    assert all("US_CA_DELETE" in row["laws"] for row in found)
    assert ids(jurisdiction="GB", kind="clock") == ids(jurisdiction="UK_GDPR", kind="clock") | ids(
        jurisdiction="UK_DPA2018", kind="clock"
    )


def test_a_day_filters_clocks_as_it_filters_rules() -> None:
    # Oklahoma's law begins on 1 January 2027, Pennsylvania's window changed on 18 October 2026.
    assert not ids(jurisdiction="US_OK", kind="clock", on=date(2026, 12, 31))
    assert ids(jurisdiction="US_OK", kind="clock", on=date(2027, 1, 1))
    before = ids(jurisdiction="US-PA", on=date(2026, 10, 17))
    after = ids(jurisdiction="US-PA", on=date(2026, 10, 18))
    assert (before - after, after - before) == ({"us-pa-holidays-old"}, {"us-pa-holidays"})


def test_a_day_lists_the_clocks_that_the_answer_of_that_day_uses() -> None:
    listed_now = ids(kind="clock", on=DAY)
    in_force = {
        clock.id
        for clock in clock_rules().clocks.values()
        if (clock.effective is None or clock.effective <= DAY)
        and (clock.effective_until is None or clock.effective_until >= DAY)
    }
    assert listed_now == in_force


def test_a_kind_is_one_of_calls_a_table_of_clocks_or_a_kind_of_request() -> None:
    assert {row["kind"] for row in listed(kind="hours")} == {"hours"}
    assert "eu.response" in ids(kind="access")
    assert "us-fed-hours" not in ids(kind="access")
    assert {row["kind"] for row in listed(kind="counting")} == {"counting"}
