"""What an audit of call records says of claims: only what was seen, with the rows that show it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from privacy.vendors.calls.checks import Check
from privacy.vendors.findings import of_audit, of_completeness, targets
from privacy.vendors.reading import base
from privacy.vendors.scoring import Status, score
from tests.vendors.cases import whole

KNOWN = {by.kind for each in base().questions.values() for by in each.contradicted_by}


def audit(
    checks: dict[str, tuple[int, int, int]],
    findings: list[dict[str, Any]] | None = None,
    shares: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """An audit document; `checks`: broken, kept, undecided calls by check."""
    counts = {check.word: (0, 0, 0) for check in Check} | checks
    return {
        "schema": "rightsdesk.vendor-call-audit/1",
        "purpose": "marketing",
        "period": {"from_on": "2026-10-01", "to_on": "2026-10-31"},
        "checks": [
            {"check": key, "breach": a, "no_breach": b, "not_provable": c}
            for key, (a, b, c) in counts.items()
        ],
        "findings": findings or [],
        "abandonment": shares or [],
    }


def broke(check: str, rule: str, calls: int, *records: int) -> dict[str, Any]:
    rows = [{"records": [each]} for each in records]
    return {"check": check, "rule": rule, "reason": "r", "calls": calls, "rows": rows}


def test_the_mapping_names_checks_that_are_made_and_kinds_that_are_asked_for() -> None:
    checks, abandoned = targets()
    assert set(checks) <= {each.word for each in Check}
    assert {each.kind for listed in checks.values() for each in listed} | {abandoned} <= KNOWN


def test_a_broken_rule_is_a_finding_with_the_rows_that_show_it() -> None:
    found = of_audit(audit({"hours": (3, 97, 0)}, [broke("hours", "us-fed-hours", 3, 9, 4, 7)]))
    assert [(each.kind, each.exceptions, each.tested, each.rows) for each in found] == [
        ("outside_hours", 3, 100, (4, 7, 9))
    ]
    assert (found[0].period_from, found[0].period_to) == ("2026-10-01", "2026-10-31")
    line = score(base(), whole(tests=tuple(found))).line("hours-01")
    assert line.status is Status.CONTRADICTED


@pytest.mark.parametrize(
    ("check", "rule", "kinds"),
    [
        ("hours", "us-tx-hours", {"outside_hours", "outside_stricter_hours"}),
        ("hours", "us-fed-hours", {"outside_hours"}),
        ("hours", "gb-hours", {"outside_hours"}),
        ("holiday", "us-al-hours", {"outside_stricter_hours"}),
        ("do_not_call", "us-fed-dnc-company", {"call_to_internal_list"}),
        ("do_not_call", "us-fed-dnc-national", {"exemption_without_relationship"}),
        ("do_not_call", "gb-live", set()),
        ("list_age", "gb-live", {"tps_list_too_old"}),
        ("list_age", "us-fed-dnc-national", {"national_list_too_old"}),
        ("minimum_gap", "own", set()),
    ],
)
def test_the_rule_decides_which_claim_a_finding_speaks_to(
    check: str, rule: str, kinds: set[str]
) -> None:
    found = of_audit(audit({check: (1, 0, 0)}, [broke(check, rule, 1, 2)]))
    assert {each.kind for each in found} == kinds


def test_what_was_looked_at_and_kept_held_and_what_could_not_be_seen_says_nothing() -> None:
    found = of_audit(audit({"ring_time": (0, 40, 0), "consent": (0, 90, 10)}))
    assert [(each.kind, each.exceptions, each.tested) for each in found] == [
        ("ring_too_short", 0, 40)
    ]
    assert of_audit(audit({})) == []
    # Two checks speak to the same claim: it held only if both were kept.
    both = audit({"after_opt_out": (0, 5, 0), "opt_out_latency": (0, 0, 5)})
    assert "opt_out_not_honoured" not in {each.kind for each in of_audit(both)}


def share(campaign: str, lowest: float | None, calls: int = 200) -> dict[str, Any]:
    return {
        "campaign": campaign,
        "rule": "us-fed-abandonment",
        "from_on": "2026-10-01",
        "to_on": "2026-10-30",
        "lowest": lowest,
        "calls": calls,
    }


def test_the_highest_share_that_the_records_prove_stands_against_the_claimed_one() -> None:
    found = of_audit(audit({}, shares=[share("a", 0.012), share("b", 0.0351), share("c", None)]))
    assert [(each.measured, each.exceptions, each.tested) for each in found] == [
        (Decimal("3.51"), 7, 200)
    ]
    claimed = whole({"scope-03": ["US-TX"], "abandon-01": 3}, tests=tuple(found))
    assert score(base(), claimed).line("abandon-01").status is Status.CONTRADICTED
    admitted = whole({"scope-03": ["US-TX"], "abandon-01": 3.6}, tests=tuple(found))
    assert score(base(), admitted).line("abandon-01").status is not Status.CONTRADICTED


def test_gaps_of_an_export_contradict_claims_about_records() -> None:
    def manifest(**verdicts: str) -> dict[str, Any]:
        return {"completeness": [{"code": k, "verdict": v} for k, v in verdicts.items()]}

    found = of_completeness(manifest(row_cap="gap", unanswered="no_gap", invoice="not_provable"))
    assert [(each.kind, each.exceptions, each.tested) for each in found] == [("rows_missing", 1, 2)]
    assert of_completeness(manifest(row_cap="no_gap", unanswered="not_provable")) == []
    whole_one = of_completeness(manifest(row_cap="no_gap", unanswered="no_gap", invoice="no_gap"))
    assert [(each.kind, each.exceptions) for each in whole_one] == [("rows_missing", 0)]
