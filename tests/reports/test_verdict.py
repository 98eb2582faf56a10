"""The verdict of a campaign report never says less than its data do."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.campaign_compliance import CampaignCompliance, checked, figures
from reports.verdict import REQUIRED_CHECKS, findings, level
from tests.reports.examples import example

KIND = "campaign-compliance"


def campaign() -> dict[str, Any]:
    return example(KIND)


def verdict_of(data: dict[str, Any]) -> str:
    return level(checked(data))


def test_a_clean_campaign_has_no_breach_found_in_the_data() -> None:
    data = checked(campaign())
    assert findings(data) == []
    assert level(data) == "no_breach_found"


@pytest.mark.parametrize("name", REQUIRED_CHECKS)
def test_one_violation_of_any_check_is_a_breach(name: str) -> None:
    data = campaign()
    next(row for row in data["checks"] if row["id"] == name)["violations"] = 1
    assert verdict_of(data) == "breach"


@pytest.mark.parametrize("name", REQUIRED_CHECKS)
def test_a_check_that_was_not_made_is_not_provable(name: str) -> None:
    data = campaign()
    data["checks"] = [row for row in data["checks"] if row["id"] != name]
    assert verdict_of(data) == "not_provable"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda d: d["checks"][0].update(violations=None), "not_provable"),
        (lambda d: d["checks"][0].update(checked=1_203), "not_provable"),
        (lambda d: d["conduct"][0].update(verdict="breach"), "breach"),
        (lambda d: d["conduct"][0].update(lowest=0.031), "breach"),
        (lambda d: d["conduct"][0].update(highest=0.031), "not_provable"),
        (lambda d: d["conduct"][0].update(verdict="not_provable"), "not_provable"),
        (lambda d: d["conduct"][1].update(missing=["ring_seconds"]), "no_breach_found"),
        (lambda d: d.update(conduct=[]), "not_provable"),
        (lambda d: d["opt_outs"]["latency"].update(longest_s=864_000.5), "breach"),
        (lambda d: d["opt_outs"].update(latency=None), "not_provable"),
        (lambda d: d["consent"][0].update(consent_class="withdrawn"), "breach"),
        (lambda d: d["consent"][0].update(with_evidence=1_203), "not_provable"),
        (lambda d: d["rights"][0].update(in_time=13, late=1), "breach"),
        (lambda d: d["rights"][0].update(overdue=1), "breach"),
        (lambda d: d["rights"][0].update(received=99), "not_provable"),
        (lambda d: d["calls"].update(placed=1_217), "breach"),
        (lambda d: d["calls"]["by_outcome"][0].update(calls=498), "not_provable"),
        (lambda d: d["calls"]["by_local_hour"][3].update(calls=0), "not_provable"),
        (lambda d: d["calls"]["by_day"][3].update(calls=0), "not_provable"),
        (lambda d: d["decisions"].update(refused=1), "not_provable"),
        (lambda d: d["candidates"].update(total=1), "not_provable"),
        (lambda d: d["opt_outs"].update(count=1), "not_provable"),
        (lambda d: d.update(log_verified=None), "not_provable"),
        (lambda d: d.update(log_verified=False), "not_provable"),
    ],
)
def test_what_speaks_against_a_clean_verdict_counts(change: Any, expected: str) -> None:
    data = campaign()
    change(data)
    assert verdict_of(data) == expected


small = st.integers(0, 2)


@st.composite
def campaigns(draw: st.DrawFn) -> CampaignCompliance:
    """The example with any of its figures moved a little, in any combination."""
    data = campaign()
    if draw(st.booleans()):
        data["checks"] = [row for row in data["checks"] if draw(st.integers(0, 5))]
    for row in data["checks"]:
        row["violations"] = draw(st.sampled_from([0, 0, 0, 0, 0, 1, 7, None]))
        row["checked"] -= draw(st.sampled_from([0, 0, 0, 0, 1]))
    for row in data["conduct"]:
        row["verdict"] = draw(st.sampled_from(["no_breach"] * 6 + ["breach", "not_provable"]))
    data["consent"][0]["with_evidence"] -= draw(st.sampled_from([0, 0, 0, 1, -1]))
    for row in data["rights"]:
        row["late"] += draw(st.sampled_from([0, 0, 0, 0, 0, 1]))
        row["closed"] = row["in_time"] + row["late"]
        row["received"] = row["closed"] + row["open"]
    data["calls"]["placed"] += draw(st.sampled_from([0, 0, 0, 0, 1, 20]))
    data["log_verified"] = draw(st.sampled_from([True, True, True, True, False, None]))
    if draw(st.booleans()):
        data["opt_outs"]["latency"]["longest_s"] = draw(st.sampled_from([1.0, 864_001.0]))
    return checked(data)


@given(campaigns())
def test_nothing_in_the_data_contradicts_the_verdict(data: CampaignCompliance) -> None:
    breaches = [
        *(row for row in data["checks"] if row["violations"]),
        *(row for row in data["conduct"] if row["verdict"] == "breach"),
        *(row for row in data["rights"] if row["late"] or row["overdue"]),
    ]
    late = data["opt_outs"]["latency"]
    broken = (
        bool(breaches)
        or data["calls"]["placed"] > data["decisions"]["permitted"]
        or (late is not None and late["longest_s"] > late["limit_s"])
    )
    placed = data["calls"]["placed"]
    proved = (
        {row["id"] for row in data["checks"]} >= set(REQUIRED_CHECKS)
        and all(row["violations"] == 0 and row["checked"] == placed for row in data["checks"])
        and all(row["verdict"] == "no_breach" for row in data["conduct"])
        and all(row["with_evidence"] == row["calls"] for row in data["consent"])
        and sum(row["calls"] for row in data["calls"]["by_outcome"]) == placed
        and data["log_verified"] is True
    )
    expected = "breach" if broken else "no_breach_found" if proved else "not_provable"
    assert level(data) == expected
    told = figures(data)
    assert told["verdict"] == expected
    assert bool(told["findings"]) == (expected != "no_breach_found")


@given(campaigns())
def test_breaches_stand_before_what_is_not_provable(data: CampaignCompliance) -> None:
    levels = [finding.level for finding in findings(data)]
    assert levels == sorted(levels)


def test_the_report_names_no_person_and_no_number_of_one() -> None:
    fields = set(_names(campaign()))
    assert not fields & {"person", "number", "phone_number", "subject", "email_address"}


def _names(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(name for member in value.values() for name in _names(member))]
    if isinstance(value, list):
        return [name for member in value for name in _names(member)]
    return []
