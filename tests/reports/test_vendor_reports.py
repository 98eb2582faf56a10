"""The reports on vendors: figures by hand, what is changed is seen, and the desk's own data."""

from __future__ import annotations

import json
from copy import deepcopy
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.cli import vendor_report
from privacy.errors import BadInput
from privacy.vendors import abroad, assessing, claims, contract, questionnaires, remediation
from privacy.vendors import store as vendors
from privacy.vendors import sub_processors as subs
from privacy.vendors.abroad import Tool
from privacy.vendors.clauses import Found
from privacy.vendors.reading import base
from privacy.vendors.scored import document
from privacy.vendors.scoring import score
from reports import vendor_comparison, vendor_due_diligence
from reports.render import report_of
from reports.vendor_scored import fits
from tests.desks import MadeDesk
from tests.gateway.test_vendors import approved
from tests.reports.examples import example
from tests.vendors.cases import finding, whole

DILIGENCE, COMPARISON = "vendor-due-diligence", "vendor-comparison"


class Running:
    """What a command has open, for functions that take it."""

    def __init__(self, made: MadeDesk) -> None:
        self.desk, self.actor = made.desk, made.dpo


def test_the_total_by_hand_is_the_printed_one() -> None:
    # 270 points in all; 5 each lost at three gates, 1.5 at half of a weight of 3: 253.5 of 270.
    data = example(DILIGENCE)
    lost: Any = vendor_due_diligence.figures(vendor_due_diligence.checked(data))["lost"]
    assert [(each["lost"], each["question"]["id"]) for each in lost] == [
        ("5", "abandon-01"),
        ("5", "dnc-04"),
        ("5", "hours-01"),
        ("1.5", "contract-07"),
    ]
    assert data["scoring"]["total"] == "93.88"
    assert int(Fraction(25_350, 270) * 100) == 9_388
    assert data["complete"] == {"have": 8, "of": 12}


@pytest.mark.parametrize("kind", [DILIGENCE, COMPARISON])
def test_the_examples_agree_with_themselves(kind: str) -> None:
    report = report_of(kind)
    assert report.contradictions(report.checked(example(kind)), {}) == []


def changed(kind: str, path: list[Any], value: Any) -> list[str]:
    data = example(kind)
    node: Any = data
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    report = report_of(kind)
    found: list[str] = report.contradictions(report.checked(data), {})
    return found


@pytest.mark.parametrize(
    ("path", "value", "wrong"),
    [
        (["scoring", "total"], "93.89", "scoring.total"),
        (["scoring", "total"], None, "scoring.total"),
        (["scoring", "outcome"], "approved", "scoring.outcome"),
        (["scoring", "outcome"], "conditional", "scoring.outcome"),
        (["scoring", "reasons"], [], "scoring.outcome"),
        (["sections", 1, "percent"], "100", "sections.contract"),
        (["questions", 4, "points"], "0", "scoring.total"),
        (["complete", "have"], 12, "complete"),
    ],
)
def test_a_changed_figure_of_due_diligence_is_seen(path: list[Any], value: Any, wrong: str) -> None:
    assert wrong in changed(DILIGENCE, path, value)


@pytest.mark.parametrize(
    ("path", "value", "wrong"),
    [
        (["vendors", 2, "total"], "99", "vendors.vd-example1.total"),
        (["vendors", 2, "gates_failed"], [], "vendors.vd-example1.gates"),
        (["vendors", 2, "contradicted"], ["dnc-04"], "vendors.vd-example1.gates"),
        (["vendors", 1, "unanswered"], 0, "vendors.vd-example3.unanswered"),
        (["sections", 1, "percent", 2], "100", "sections.contract"),
        (["questions", 0, "stands"], [], "vendors"),
    ],
)
def test_a_changed_figure_of_a_comparison_is_seen(path: list[Any], value: Any, wrong: str) -> None:
    assert wrong in changed(COMPARISON, path, value)


VALUES = st.sampled_from(["yes", "partly", "no"])
QUESTIONS = st.sampled_from(["contract-02", "contract-07", "data-02", "rights-02"])


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(QUESTIONS, VALUES), st.integers(0, 3), st.integers(1, 7))
def test_totals_are_those_of_the_questions_whatever_was_answered(
    said: dict[str, str], top: int, bottom: int
) -> None:
    ratio = {"numerator": min(top, bottom), "denominator": bottom}
    case = whole({**said, "data-01": ratio}, tests=(finding("outside_hours", 1),))
    told = document(base(), case, score(base(), case))
    data = {**example(DILIGENCE), **vendor_report.scored(base(), told, "vs-1", "dpo")}
    report = vendor_due_diligence
    assert report.contradictions(report.checked(deepcopy(data)), {}) == []


def test_a_share_that_prints_cut_fits_and_one_hundredth_more_does_not() -> None:
    rows = [(3, "0.9999"), (4, "1.3333"), (5, None)]
    assert fits("33.33", rows)
    assert not fits("33.34", rows)
    assert not fits("33.32", rows)
    assert fits(None, [(5, None)])
    assert not fits(None, rows)


def test_a_desk_s_report_holds_what_stands_and_no_words_of_anybody(made: MadeDesk) -> None:
    vendor = approved(made)
    dpo = made.dpo
    link = subs.add(made.desk, dpo, vendor.id, "Example Voice SA", country="FR",
                    details={"contact": "Robin Canary"})  # fmt: skip
    abroad.add(made.desk, dpo, vendor.id, "IN", Tool.SCC, to=link)
    contract.look(made.desk, dpo, vendor.id, "gdpr-a", Found.PARTLY, pages="4", name="Canary DPA")
    claims.record(made.desk, dpo, vendor.id, "run-1", [finding("outside_hours", 2)])
    assessing.assess(made.desk, dpo, vendor.id)
    with made.desk.reading() as db:
        questionnaire = questionnaires.current(db)
    gaps = score(questionnaire, assessing.case_of(made.desk, dpo, vendor.id)[1]).gaps()
    remediation.open_items(made.desk, dpo, vendor.id, questionnaire, gaps, "vendor", note="Canary")
    run: Any = Running(made)
    gathered = vendor_report.data(run, DILIGENCE, [vendor.id])
    data = vendor_due_diligence.checked(gathered.data)
    assert vendor_due_diligence.contradictions(data, {}) == []
    assert data["scoring"]["outcome"] == "not_approved"
    assert data["permits"] == {
        "given": False,
        "why": "A gate of the vendor's assessment is at 0: hours-01.",
    }
    assert [each["to"] for each in data["transfers"]] == ["Example Voice SA"]
    assert [each["question"] for each in data["items"]] == ["hours-01"]
    assert {each["state"] for each in data["clauses"]} == {"partly", "open"}
    assert [each["outcome"] for each in data["history"]] == ["approved", "not_approved"]
    (test,) = [one for each in data["questions"] for one in each["tests"] if one["contradicts"]]
    assert test["rows"] == [2, 3]
    assert "Canary" not in json.dumps(data)
    other = vendors.new(made.desk, dpo, "Other Dialer Ltd", contact=None)
    both = vendor_report.data(run, COMPARISON, [other.id, vendor.id])
    compared = vendor_comparison.checked(both.data)
    assert vendor_comparison.contradictions(compared, {}) == []
    assert [each["name"] for each in compared["vendors"]] == [vendor.name, other.name]


@pytest.mark.parametrize(
    ("kind", "names"),
    [(DILIGENCE, []), (DILIGENCE, ["A Ltd", "B Ltd"]), (COMPARISON, ["A Ltd"]),
     (COMPARISON, ["A Ltd", "A Ltd"]), (DILIGENCE, ["A Ltd"])],
)  # fmt: skip
def test_a_report_needs_the_vendors_that_it_is_about(
    made: MadeDesk, kind: str, names: list[str]
) -> None:
    for name in set(names):
        vendors.new(made.desk, made.dpo, name, contact=None)
    run: Any = Running(made)
    with pytest.raises(BadInput):
        vendor_report.data(run, kind, names)
