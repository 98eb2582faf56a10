"""What an audit of call records says of claims: only what was seen, with the rows that show it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from privacy.vendors.calls.checks import Check
from privacy.vendors.claims_tested import table
from privacy.vendors.findings import measured, of_audit, of_completeness, targets
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
        "not_provable": [],
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


def test_two_checks_that_find_one_rule_broken_are_two_findings() -> None:
    """As a state's hours on a day and on a holiday, for the same reason."""
    both = {"hours": (1, 0, 0), "holiday": (1, 0, 0)}
    made = [broke(check, "us-al-hours", 1, 2) for check in both]
    found = [one for one in of_audit(audit(both, made)) if one.kind == "outside_stricter_hours"]
    assert len({one.finding_id for one in found}) == len(found) == 2


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


RULE_KINDS = {
    "outside_stricter_hours": ("hours", "us-tx-hours", "US-TX", "US-KS"),
    "call_to_internal_list": ("do_not_call", "us-fed-dnc-company", "US-TX", "GB"),
    "exemption_without_relationship": ("do_not_call", "us-fed-dnc-national", "US-TX", "GB"),
    "national_list_too_old": ("list_age", "us-fed-dnc-national", "US-TX", "GB"),
    "tps_list_too_old": ("list_age", "gb-live", "GB", "US-TX"),
}


def reached(checks: dict[str, tuple[int, int, int]], *places: str) -> dict[str, Any]:
    told = audit(checks)
    told["places"] = [{"places": [place], "calls": 30} for place in places]
    return told


@pytest.mark.parametrize("kind", RULE_KINDS)
def test_what_depends_on_a_rule_held_where_calls_went_to_its_place(kind: str) -> None:
    check, rule, there, elsewhere = RULE_KINDS[kind]
    counts = {check: (0, 100, 0), "holiday": (0, 0, 0)}
    held = {each.kind: each for each in of_audit(reached(counts, there, elsewhere))}
    assert (held[kind].exceptions, held[kind].tested) == (0, 30)
    assert kind not in {each.kind for each in of_audit(reached(counts, elsewhere))}
    either = reached(counts)
    either["places"] = [{"places": [there, elsewhere], "calls": 30}]
    assert kind not in {each.kind for each in of_audit(either)}, "it may be in the other place"
    still_open = reached(counts, there)
    still_open["not_provable"] = [broke(check, rule, 1)]
    assert kind not in {each.kind for each in of_audit(still_open)}
    broken = reached({**counts, check: (1, 99, 0)}, there)
    broken["findings"] = [broke(check, rule, 1, 7)]
    assert {each.exceptions for each in of_audit(broken) if each.kind == kind} == {1}


MEASURES = {
    "call_after_stop": ("incident-03", "tested", None),
    "clock_wrong": ("records-02", "yes", None),
    "longest_after_withdrawal": ("consent-05", "within_1h", "1.5"),
    "area_not_subscribed": ("dnc-01", "own_or_seller_account_full_cover", None),
    "national_list_age": ("dnc-02", "up_to_7_days", "8"),
    "abandonment_figure_differs": ("abandon-02", "live_answers_only", None),
    "neighbour_numbers": ("callerid-02", "no_rotation", None),
    "attestation_share": ("callerid-03", {"numerator": 9, "denominator": 10}, "0.8"),
    "erased_number_dialled": ("rights-02", "yes", None),
}
KEPT = {
    "longest_after_withdrawal": "0.5",
    "national_list_age": "7",
    "attestation_share": "0.9",
}


def claim(kind: str, shown: str, measure: str | None = None) -> dict[str, Any]:
    exceptions = int(shown == "contradicted" or measure is not None)
    return {
        "kind": kind,
        "shown": shown,
        "text": "as it was",
        "rows": [7] if exceptions else [],
        "exceptions": exceptions,
        "tested": 0 if shown == "not_provable" else 40,
        "measured": measure,
        "unit": "",
        "missing": ["a_column"] if shown == "not_provable" else [],
    }


def test_every_kind_that_is_measured_has_its_question() -> None:
    assert set(MEASURES) == set(measured())


@pytest.mark.parametrize("kind", MEASURES)
def test_a_measured_claim_contradicts_its_question_or_leaves_it(kind: str) -> None:
    question, answer, above = MEASURES[kind]
    given = {"scope-02": ["predictive"], question: answer}
    for told, status in (
        (claim(kind, "measured" if above else "contradicted", above), True),
        (claim(kind, "measured" if above else "held", KEPT.get(kind)), False),
    ):
        found = of_audit({**audit({}), "claims": [told]})
        assert [(each.kind, each.rows) for each in found] == [(kind, tuple(told["rows"]))]
        line = score(base(), whole(given, tests=tuple(found))).line(question)
        assert (line.status is Status.CONTRADICTED) is status
    assert of_audit({**audit({}), "claims": [claim(kind, "not_provable")]}) == []


def test_an_abandoned_share_and_a_gap_name_their_first_rows() -> None:
    worst = {**share("b", 0.0351), "records": [4, 9]}
    assert of_audit(audit({}, shares=[worst]))[0].rows == (4, 9)
    gap = {"code": "unread_rows", "verdict": "gap", "records": [17, 3]}
    checks = [gap, {"code": "sequence", "verdict": "no_gap"}]
    (found,) = of_completeness({"completeness": checks})
    assert (found.kind, found.rows, found.exceptions) == ("records_incomplete", (3, 17), 1)


def test_the_table_of_claims_has_a_line_for_each_kind_and_names_what_is_missing() -> None:
    told = audit({"ring_time": (0, 0, 3)}, [broke("hours", "us-tx-hours", 1, 5)])
    told["checks"][0].update(breach=1)
    told["not_provable"] = [{**broke("ring_time", "us-fed-ring", 3), "missing": ["ring_seconds"]}]
    told["claims"] = [claim("national_list_age", "measured", "8"), claim("clock_wrong", "held")]
    manifest = {"completeness": [{"code": "sequence", "verdict": "not_provable", "missing": "seq"}]}
    lines = {line["kind"]: line for line in table(base(), told, manifest)}
    assert set(lines) == KNOWN
    results = {
        kind: line["result"] for kind, line in lines.items() if line["result"] != "not_provable"
    }
    assert results == {
        "outside_hours": "exceptions",
        "outside_stricter_hours": "exceptions",
        "national_list_age": "measured",
        "clock_wrong": "held",
    }
    assert lines["outside_hours"]["records"] == [5]
    assert lines["ring_too_short"]["missing"] == ["ring_seconds"]
    assert lines["records_incomplete"]["missing"] == ["seq"]
