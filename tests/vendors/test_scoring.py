"""Scores by hand: every type of answer, gate, cap, contradiction, tier and outcome."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from privacy.vendors.reading import base
from privacy.vendors.scored import document, facts_digest, side_by_side, what_if
from privacy.vendors.scoring import Case, Evidence, Gate, Outcome, Status, score, shown
from tests.vendors.cases import TODAY, all_evidence, finding, given, small, whole

BASE = base()


def value_of(question_id: str, answer: Any, **more: Any) -> Fraction | None:
    return score(BASE, whole({question_id: answer, **more})).line(question_id).value


def test_the_package_has_the_questions_of_its_file_with_their_weights_gates_and_tests() -> None:
    questions = BASE.questions.values()
    assert len(questions) == 72
    assert sum(each.weight > 0 for each in questions) == 69
    assert sum(each.weight for each in questions) == 270
    assert sum(each.gate for each in questions) == 21
    assert sum(bool(each.cdr_test) for each in questions) == 24
    assert sum(bool(each.rule_refs) for each in questions) == 35
    assert len(BASE.sections) == 15


def test_the_best_answers_with_evidence_score_a_hundred_and_are_approved() -> None:
    found = score(BASE, whole())
    assert found.total == 100
    assert (found.outcome, found.reasons) == (Outcome.APPROVED, ())
    assert all(value == 100 for value in found.sections.values())


@pytest.mark.parametrize(
    ("question", "answer", "value"),
    [
        # choice: the value map of the file
        ("incident-01", "up_to_24", "1"),
        ("incident-01", "up_to_48", "7/10"),
        ("incident-01", "up_to_72", "3/10"),
        ("incident-01", "longer_or_unwritten", "0"),
        ("consent-05", "same_day", "4/5"),
        ("consent-05", "within_10_business_days", "2/5"),
        ("rights-01", "up_to_20", "1/5"),
        ("security-01", "self_assessment", "1/4"),
        ("contract-02", "partly", "1/2"),
        # checklist: items present of all items
        ("contract-01", ["subject_matter", "duration"], "1/3"),
        ("contract-06", ["no_combining", "specific_purposes", "no_sell_or_share"], "3/5"),
        ("abandon-03", [], "0"),
        # ratio: numerator of denominator
        ("subproc-01", {"numerator": 9, "denominator": 12}, "3/4"),
        ("subproc-01", {"numerator": 0, "denominator": 0}, "0"),
        ("consent-02", {"numerator": 24, "denominator": 25}, "24/25"),
        # number: bands of each jurisdiction called, the lower of the two
        ("abandon-01", 0, "1"),
        ("abandon-01", 1, "1/2"),
        ("abandon-01", 1.01, "0"),
    ],
)
def test_an_answer_of_each_type_is_worth_what_its_rule_says(
    question: str, answer: Any, value: str
) -> None:
    assert value_of(question, answer) == Fraction(value)


@pytest.mark.parametrize(
    ("countries", "share", "value"),
    [
        (["US-TX"], 1, "1"),
        (["US-TX"], 1.01, "7/10"),
        (["US-TX"], 3, "7/10"),
        (["US-TX"], 3.01, "0"),
        (["GB"], 0, "1"),
        (["GB"], 0.5, "1/2"),
        (["GB"], 2, "0"),
        # No country of either: the bands of both hold, and the lower counts.
        (None, 2, "0"),
    ],
)
def test_abandonment_is_worth_what_the_bands_of_the_places_called_say(
    countries: list[str] | None, share: float, value: str
) -> None:
    found = score(BASE, whole({"scope-03": countries, "abandon-01": share}))
    assert found.line("abandon-01").value == Fraction(value)


def test_loaded_jurisdictions_are_counted_of_the_places_called_however_few_are_claimed() -> None:
    places = ["DE", "FR", "GB", "US-CA", "US-TX"]
    answer = {"numerator": 2, "denominator": 2}
    assert value_of("hours-02", answer, **{"scope-03": places}) == Fraction(2, 5)


def test_nothing_to_do_is_left_out_and_not_applicable_too() -> None:
    nothing = {"numerator": 0, "denominator": 0}
    found = score(BASE, whole({"records-06": nothing, "security-06": "not_applicable"}))
    for question in ("records-06", "security-06"):
        line = found.line(question)
        assert (line.status, line.value) == (Status.NOT_APPLICABLE, None)
    assert found.total == 100


@pytest.mark.parametrize(
    ("report_on", "value"),
    [("2025-11-18", "1"), ("2025-11-17", "1/2"), (None, "1/2")],
)
def test_a_report_older_than_twelve_months_or_of_no_known_day_counts_half(
    report_on: str | None, value: str
) -> None:
    answer = "type2_or_27001_in_scope"
    assert value_of("security-01", answer, **{"security-01.report_on": report_on}) == Fraction(
        value
    )


def test_a_refused_raw_export_counts_nothing_and_fails_the_gate() -> None:
    line = score(BASE, whole({"records-01.raw_export": "refused"})).line("records-01")
    assert (line.claimed, line.value) == (Fraction(1), Fraction(0))
    assert line.gate is Gate.FAILED


@pytest.mark.parametrize(
    ("valid_from", "valid_until", "status"),
    [
        (date(2026, 1, 1), TODAY, Status.ANSWERED),
        (date(2026, 1, 1), date(2026, 11, 17), Status.CAPPED),
        (TODAY, date(2027, 1, 1), Status.ANSWERED),
        (date(2026, 11, 19), date(2027, 1, 1), Status.CAPPED),
    ],
)
def test_evidence_counts_on_its_first_and_last_day_and_caps_at_half_outside(
    valid_from: date, valid_until: date, status: Status
) -> None:
    file = Evidence("ev-1", frozenset(["incident-01"]), valid_from, valid_until)
    line = score(BASE, whole(evidence=(file,))).line("incident-01")
    assert line.status is status
    assert line.value == (1 if status is Status.ANSWERED else Fraction(1, 2))


def test_without_evidence_a_value_under_the_cap_stays_as_it_is() -> None:
    found = score(BASE, whole({"incident-01": "up_to_72"}, evidence=()))
    assert found.line("incident-01").value == Fraction(3, 10)
    # By hand: 265 points count half, and 5 count 0.3, of 270.
    assert found.total == 100 * (Fraction(265, 2) + Fraction(3, 2)) / 270


def test_a_finding_on_call_records_sets_a_claim_to_zero_and_fails_its_gate() -> None:
    found = score(BASE, whole(tests=(finding("outside_hours", 3),)))
    line = found.line("hours-01")
    assert (line.claimed, line.value) == (Fraction(1), Fraction(0))
    assert line.status is Status.CONTRADICTED
    assert line.gate is Gate.FAILED
    assert found.outcome is Outcome.NOT_APPROVED
    assert "gate_failed:hours-01" in found.reasons
    assert line.compared[0].tested.rows == (2, 3, 4)
    assert line.steps == (
        "Call records contradict it: outside hours, 3 of 100, rows 2, 3, 4."
        " The tested value wins: 0.",
    )
    # 5 points of 270 are lost, nothing else changes.
    assert found.total == Fraction(100 * 265, 270)


@pytest.mark.parametrize("question", [q.id for q in BASE.questions.values() if q.contradicted_by])
def test_every_question_with_a_test_on_call_records_can_be_contradicted_by_it(
    question: str,
) -> None:
    each = BASE.questions[question]
    measured = {"attestation_share": "0.1"}.get(each.contradicted_by[0].kind, "1000")
    tests = (finding(each.contradicted_by[0].kind, 1, measured),)
    assert score(BASE, whole(tests=tests)).line(question).status is Status.CONTRADICTED
    held = (finding(each.contradicted_by[0].kind, 0),)
    assert score(BASE, whole(tests=held)).line(question).status is Status.ANSWERED


@pytest.mark.parametrize(
    ("question", "claim", "kind", "measured", "contradicted"),
    [
        ("consent-05", "within_1h", "longest_after_withdrawal", "1", False),
        ("consent-05", "within_1h", "longest_after_withdrawal", "1.01", True),
        ("consent-05", "same_day", "longest_after_withdrawal", "24", False),
        ("consent-05", "longer", "longest_after_withdrawal", "9000", False),
        ("dnc-02", "up_to_31_days", "national_list_age", "31", False),
        ("dnc-02", "up_to_31_days", "national_list_age", "32", True),
        ("abandon-01", 0.5, "abandoned_share", "0.5", False),
        ("abandon-01", 0.5, "abandoned_share", "0.51", True),
        ("callerid-03", {"numerator": 3, "denominator": 4}, "attestation_share", "0.75", False),
        ("callerid-03", {"numerator": 3, "denominator": 4}, "attestation_share", "0.7", True),
    ],
)
def test_a_measured_figure_contradicts_only_a_claim_that_is_better(
    question: str, claim: Any, kind: str, measured: str, contradicted: bool
) -> None:
    found = score(BASE, whole({question: claim}, tests=(finding(kind, 1, measured),)))
    assert (found.line(question).status is Status.CONTRADICTED) is contradicted


def test_who_admits_it_is_contradicted_by_nothing_and_not_applicable_is_a_claim_too() -> None:
    tests = (finding("call_without_consent"), finding("prerecorded_without_consent"))
    changes = {"consent-01": "older_or_none", "consent-06": "not_applicable"}
    found = score(BASE, whole(changes, tests=tests))
    assert found.line("consent-01").status is Status.ANSWERED
    assert found.line("consent-06").status is Status.CONTRADICTED


def test_a_question_that_the_vendor_hid_counts_zero_where_call_records_show_that_it_applies() -> (
    None
):
    hidden: dict[str, Any] = {"scope-02": ["progressive"], "consent-06": None, "abandon-01": None}
    assert score(BASE, whole(hidden)).line("consent-06").status is Status.HIDDEN
    tests = (finding("prerecorded_without_consent", 2), finding("abandoned_share", 4, "10"))
    found = score(BASE, whole(hidden, tests=tests))
    for question in ("consent-06", "abandon-01"):
        line = found.line(question)
        assert (line.status, line.value) == (Status.CONTRADICTED, Fraction(0))
        assert line.gate is Gate.FAILED
        assert line.compared[0].contradicts
    # Answered all the same, it counts as its answer does; a share within every band shows nothing.
    answered = score(BASE, whole({"scope-02": ["progressive"], "abandon-01": 12}, tests=tests))
    assert answered.line("abandon-01").status is Status.ANSWERED
    small_share = (finding("abandoned_share", 1, "0.9"),)
    within = score(BASE, whole(hidden | {"scope-03": ["US-TX"]}, tests=small_share))
    assert within.line("abandon-01").status is Status.HIDDEN


def test_a_separate_legal_basis_lifts_the_gate_of_reuse_and_not_its_zero() -> None:
    reuse: dict[str, Any] = {"scope-04": "yes"}
    failed = score(BASE, whole(reuse))
    assert failed.line("scope-04").gate is Gate.FAILED
    lifted = score(BASE, whole(reuse | {"scope-04.separate_basis": "recorded"}))
    assert lifted.line("scope-04").gate is Gate.LIFTED
    assert lifted.line("scope-04").value == 0


@pytest.mark.parametrize("question", [q.id for q in BASE.questions.values() if q.gate])
def test_a_zero_at_any_gate_is_not_approved_whatever_the_total(question: str) -> None:
    found = score(BASE, whole({question: None}))
    assert found.line(question).gate is Gate.FAILED
    assert found.outcome is Outcome.NOT_APPROVED


def test_what_is_unanswered_counts_nothing_before_the_due_date_and_zero_after_it() -> None:
    before = score(BASE, whole({"contract-03": None}, due_on=TODAY))
    assert before.total == 100
    assert before.line("contract-03").value is None
    assert before.outcome is Outcome.NOT_APPROVED
    assert before.reasons[0] == "unanswered:contract-03"
    after = score(BASE, whole({"contract-03": None}, due_on=date(2026, 11, 17)))
    assert after.line("contract-03").value == 0
    assert after.total == Fraction(100 * 267, 270)
    assert after.outcome is Outcome.APPROVED


@pytest.mark.parametrize(
    ("people", "modes", "tier", "bar"),
    [
        (999, ["manual"], "low", 65),
        (1000, ["manual"], "medium", 75),
        (49_999, ["preview"], "medium", 75),
        (50_000, ["manual"], "high", 85),
        (999, ["predictive"], "medium", 75),
        (1000, ["prerecorded"], "high", 85),
        (50_000, ["artificial_voice"], "high", 85),
        (None, ["manual"], "high", 85),
        (999, None, "medium", 75),
    ],
)
def test_the_tier_follows_people_and_modes_and_what_is_not_known_raises_it(
    people: int | None, modes: list[str] | None, tier: str, bar: int
) -> None:
    found = score(BASE, whole({"scope-01": people, "scope-02": modes}))
    assert (found.tier.value, found.bar) == (tier, bar)


@pytest.mark.parametrize(
    ("people", "modes", "next_review"),
    [
        (50_000, ["manual"], date(2027, 5, 18)),
        (1000, ["manual"], date(2027, 11, 18)),
        (1, ["manual"], date(2028, 11, 18)),
    ],
)
def test_the_next_review_comes_after_six_twelve_or_twenty_four_months(
    people: int, modes: list[str], next_review: date
) -> None:
    found = score(BASE, whole({"scope-01": people, "scope-02": modes}))
    assert found.next_review_on == next_review


# Two questions of weight 3 without gate, by hand: both `partly` are 50, one of them `yes` is 75.
TWO = small(BASE, "contract-03", "contract-04")
MANUAL = {"scope-01": 1000, "scope-02": ["manual"]}
BOTH = frozenset({"contract-03", "contract-04"})


def test_a_total_at_the_bar_is_approved_and_ten_under_it_conditional_once_gaps_are_owned() -> None:
    def outcome(answers: dict[str, str], tier: dict[str, Any], owned: frozenset[str]) -> Outcome:
        return score(TWO, whole({**answers, **tier}, owned=owned)).outcome

    three_quarters = {"contract-03": "yes", "contract-04": "partly"}
    assert outcome(three_quarters, MANUAL, frozenset()) is Outcome.APPROVED
    high = {**MANUAL, "scope-01": 50_000}
    assert outcome(three_quarters, high, frozenset()) is Outcome.NOT_APPROVED
    assert outcome(three_quarters, high, BOTH) is Outcome.CONDITIONAL
    half = {"contract-03": "partly", "contract-04": "partly"}
    assert outcome(half, high, BOTH) is Outcome.NOT_APPROVED
    assert outcome(half, {**MANUAL, "scope-01": 1}, BOTH) is Outcome.NOT_APPROVED


@pytest.mark.parametrize(
    ("people", "bar"), [(1, 65), (1000, 75), (50_000, 85)], ids=["low", "medium", "high"]
)
def test_bar_and_ten_under_it_are_met_exactly_and_one_less_is_not(people: int, bar: int) -> None:
    one = small(BASE, "data-01")

    def outcome(percent: int) -> Outcome:
        changes = {
            **MANUAL,
            "scope-01": people,
            "data-01": {"numerator": percent, "denominator": 100},
        }
        return score(one, whole(changes, owned=frozenset(["data-01"]))).outcome

    assert [outcome(percent) for percent in (bar, bar - 1, bar - 10, bar - 11)] == [
        Outcome.APPROVED,
        Outcome.CONDITIONAL,
        Outcome.CONDITIONAL,
        Outcome.NOT_APPROVED,
    ]


def test_a_section_under_fifty_stands_in_the_way_of_approval() -> None:
    answers: dict[str, Any] = {
        "dnc-01": "partial_cover",
        "dnc-02": "up_to_31_days",
        "dnc-03": "partly",
        "dnc-04": "partly",
        "dnc-05": None,
        "dnc-06": "no",
        "dnc-07": "no",
        "dnc-08": [],
    }
    low = score(BASE, whole(answers))
    # By hand: (4 x 0.5 + 5 x 0.7 + 5 x 0.5 + 5 x 0.5) of 32.
    assert low.sections["dnc"] == 100 * Fraction(21, 2) / 32
    assert low.total is not None
    assert low.total > low.bar
    assert "section_under_50:dnc" in low.reasons
    assert low.outcome is Outcome.NOT_APPROVED
    owned = frozenset(line.question.id for line in low.gaps())
    assert score(BASE, whole(answers, owned=owned)).outcome is Outcome.CONDITIONAL


def test_a_percentage_is_cut_and_never_rounded_over_a_bar() -> None:
    assert shown(Fraction(84_999, 1000)) == "84.99"
    assert shown(Fraction(85)) == "85"
    assert shown(Fraction(1, 3), 4) == "0.3333"


def test_every_point_is_explained_with_rule_and_citation() -> None:
    case = whole({"hours-01": "one_source"}, evidence=())
    told = document(BASE, case, score(BASE, case))
    line = next(each for each in told["questions"] if each["id"] == "hours-01")
    assert (line["points"], line["lost"], line["weight"]) == ("2.5", "2.5", 5)
    assert line["rule"] == "stricter_of_both=1, one_source=0.5, caller_time=0."
    assert [each["cite"] for each in line["citations"]] == [
        "47 CFR 64.1200(c)(1)",
        "16 CFR 310.4(c) (calling hours)",
    ]
    assert all(each["steps"] and each["citations"] for each in told["questions"] if each["lost"])
    earned = sum(Fraction(each["points"]) for each in told["questions"] if each["points"])
    weight = sum(each["weight"] for each in told["questions"] if each["points"])
    assert told["total"] == shown(100 * earned / weight)


def test_beside_a_sample_stands_the_exact_bound_and_beside_nothing_else() -> None:
    case = whole({"disclose-01": {"numerator": 10, "denominator": 10}})
    told = document(BASE, case, score(BASE, case))
    sampled = {q["id"]: q["sample"] for q in told["questions"] if q["sample"]}
    assert sampled == {"disclose-01": {"drawn": 10, "exceptions": 0, "upper_bound_95": "0.258866"}}


def test_a_what_if_tells_what_would_change_and_nothing_else() -> None:
    case = whole({"hours-01": "caller_time"}, tests=(finding("ring_too_short"),))
    better = given()["hours-01"]
    told = what_if(BASE, case, [better], disproved=["ring_too_short"]).document()
    assert told["outcome"] == {"before": "not_approved", "after": "approved"}
    assert [each["id"] for each in told["questions"]] == ["hours-01", "hours-04"]
    assert told["reasons_gone"][0] == "gate_failed:hours-01"
    backed = what_if(BASE, whole(evidence=()), [], backed=["hours-01"]).document()
    assert [each["id"] for each in backed["questions"]] == ["hours-01"]


def test_vendors_stand_side_by_side_the_best_first() -> None:
    good, bad = score(BASE, whole()), score(BASE, whole({"hours-01": "caller_time"}))
    told = side_by_side(BASE, {"vd-b": ("Bad Ltd", bad), "vd-g": ("Good Ltd", good)})
    assert [each["id"] for each in told["vendors"]] == ["vd-g", "vd-b"]
    hours = next(each for each in told["questions"] if each["id"] == "hours-01")
    assert {key: each["value"] for key, each in hours["stands"].items()} == {
        "vd-g": "1",
        "vd-b": "0",
    }


def test_the_digest_of_the_facts_changes_with_each_of_them_and_only_then() -> None:
    cases = [
        whole(),
        whole({"hours-01": "one_source"}),
        whole(evidence=()),
        whole(tests=(finding("ring_too_short"),)),
        whole(owned=frozenset(["hours-01"])),
        whole(due_on=TODAY),
    ]
    assert len({facts_digest(each) for each in cases}) == len(cases)
    assert facts_digest(whole()) == facts_digest(whole())


def test_nobody_who_said_nothing_is_approved() -> None:
    silent = score(BASE, Case(TODAY))
    assert (silent.total, silent.outcome) == (None, Outcome.NOT_APPROVED)
    assert "nothing_scored" in silent.reasons
    late = score(BASE, Case(TODAY, due_on=date(2026, 11, 17), evidence=(all_evidence(),)))
    assert late.total == 0
    assert len(late.failed_gates()) == 21
