"""The validator names question and field; extensions are put in by id and change nothing else."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import BadFacts
from privacy.vendors.expressions import checks
from privacy.vendors.extensions import extended
from privacy.vendors.reading import base, base_document, read
from privacy.vendors.scoring import score
from tests.vendors.cases import whole

OWN: dict[str, Any] = {
    "schema": "rightsdesk.vendor-extension/1",
    "namespace": "acme",
    "citations": {"ACME-1": {"cite": "Own policy 1", "url": "", "mark": "practice"}},
    "facts": [
        {
            "id": "local-01.since",
            "of": "local-01",
            "by": "vendor",
            "ask": "Since when?",
            "type": "date",
        }
    ],
    "questions": [
        {
            "id": "local-01",
            "insertAfter": "hours-02",
            "section": "hours",
            "ask": "Are the shop's own quiet days loaded?",
            "type": "choice",
            "values": {"yes": 1, "no": 0},
            "evidence": "Calendar",
            "evidence_cap": 0.5,
            "why": ["ACME-1"],
            "weight": 5,
            "gate": "fail_if_zero",
            "score_rule": "yes=1, no=0.",
            "jurisdictions": ["EU", "UK", "US"],
            "condition": "scope-02 includes predictive",
            "rule_refs": [],
        },
        {
            "id": "local-02",
            "insertBefore": "acme:local-01",
            "section": "hours",
            "ask": "How many of the shop's numbers?",
            "type": "integer",
            "evidence": "",
            "evidence_cap": None,
            "why": [],
            "weight": 0,
            "gate": None,
            "score_rule": "Not scored.",
            "jurisdictions": ["EU", "UK", "US"],
            "rule_refs": [],
        },
    ],
}


def own(change: Callable[[dict[str, Any]], Any] = lambda _: None) -> dict[str, Any]:
    made = copy.deepcopy(OWN)
    change(made)
    return made


def test_own_questions_stand_where_they_say_and_count_like_others() -> None:
    found = extended([OWN])
    ids = list(found.questions)
    at = ids.index("hours-02")
    assert ids[at + 1 : at + 4] == ["acme:local-02", "acme:local-01", "hours-03"]
    assert len(ids) == 74
    assert found.sha256 != base().sha256
    assert {key: found.questions[key] for key in base().questions} == dict(base().questions)
    # Unanswered after the due date, its gate fails and its 5 points are lost.
    scored = score(found, whole())
    assert [line.question.id for line in scored.failed_gates()] == ["acme:local-01"]
    assert "acme:local-01.since" in found.facts


def test_a_later_extension_may_stand_beside_an_earlier_one_and_order_matters() -> None:
    def second(made: dict[str, Any]) -> None:
        made["namespace"] = "zeta"
        made["citations"] = {"ZETA-1": made["citations"]["ACME-1"]}
        made["questions"] = [{**made["questions"][0], "insertAfter": "acme:local-01"}]
        made["questions"][0]["why"] = ["ZETA-1"]
        made["facts"] = []

    later = own(second)
    ids = list(extended([OWN, later]).questions)
    assert ids.index("zeta:local-01") == ids.index("acme:local-01") + 1
    with pytest.raises(BadFacts, match="no question of this id"):
        extended([later, OWN])


QUESTION_CHANGES: list[tuple[Callable[[dict[str, Any]], Any], str]] = [
    (lambda q: q.pop("insertAfter"), "local-01.insertAfter"),
    (lambda q: q.update(insertBefore="hours-02"), "local-01.insertAfter"),
    (lambda q: q.update(insertAfter="hours-99"), "local-01.insertAfter"),
    (lambda q: q.update(id="hours-02.x"), "hours-02.x.id"),
    (lambda q: q.update(id="local-02"), "local-02.id"),
    (lambda q: q.update(id=7), "questions.id"),
    (lambda q: q.update(section="colour"), "acme:local-01.section"),
    (lambda q: q.update(type="colour"), "acme:local-01.type"),
    (lambda q: q.update(weight=6), "acme:local-01.weight"),
    (lambda q: q.update(weight=2.5), "acme:local-01.weight"),
    (lambda q: q.update(weight=True), "acme:local-01.weight"),
    (lambda q: q.update(weight=0), "acme:local-01.gate"),
    (lambda q: q.update(gate="always"), "acme:local-01.gate"),
    (lambda q: q.update(evidence_cap=2), "acme:local-01.evidence_cap"),
    (lambda q: q.update(values={}), "acme:local-01.values"),
    (lambda q: q.update(values={"yes": 1.5}), "acme:local-01.values.yes"),
    (lambda q: q.update(values={"maybe": None}), "acme:local-01.values"),
    (lambda q: q.update(why=["NOTHING"]), "acme:local-01.why"),
    (lambda q: q.update(jurisdictions=["XX"]), "acme:local-01.jurisdictions"),
    (lambda q: q.update(jurisdictions=[]), "acme:local-01.jurisdictions"),
    (lambda q: q.update(condition="scope-02 has predictive"), "acme:local-01.condition"),
    (lambda q: q.update(condition="scope-02 includes telepathy"), "acme:local-01.condition"),
    (lambda q: q.update(condition="scope-99 includes predictive"), "acme:local-01.condition"),
    (lambda q: q.update(condition="scope-01 includes predictive"), "acme:local-01.condition"),
    (lambda q: q.update(condition="transfer-01 is maybe"), "acme:local-01.condition"),
    (lambda q: q.update(condition="scope-03 outside moon"), "acme:local-01.condition"),
    (lambda q: q.update(gate_lifted_if="scope-01 > "), "acme:local-01.gate_lifted_if"),
    (lambda q: q.update(colour="red"), "acme:local-01.colour"),
    (
        lambda q: q.update(contradicted_by=[{"kind": "x", "above": {"maybe": 1}}]),
        "acme:local-01.contradicted_by",
    ),
]


@pytest.mark.parametrize(("change", "field"), QUESTION_CHANGES)
def test_the_validator_names_the_question_and_the_field(
    change: Callable[[dict[str, Any]], Any], field: str
) -> None:
    with pytest.raises(BadFacts) as refused:
        extended([own(lambda made: change(made["questions"][0]))])
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda made: made.update(namespace="Acme Ltd"), "extension.namespace"),
        (lambda made: made.update(schema="x"), "extension.schema"),
        (lambda made: made.update(colour="red"), "extension.colour"),
        (lambda made: made["citations"].update({"GDPR-44": {}}), "acme.citations"),
        (lambda made: made["facts"][0].update(of="x-01", id="x-01.y"), "acme:x-01.y.of"),
    ],
)
def test_an_extension_that_clashes_is_refused(
    change: Callable[[dict[str, Any]], Any], field: str
) -> None:
    with pytest.raises(BadFacts) as refused:
        extended([own(change)])
    assert refused.value.field == field


def test_the_same_namespace_stands_once() -> None:
    with pytest.raises(BadFacts) as refused:
        extended([OWN, OWN])
    assert refused.value.field == "extension.namespace"


def test_bands_that_do_not_rise_or_are_worth_more_above_are_refused() -> None:
    for bands in (
        [{"max": 3, "value": 1}, {"max": 1, "value": 0.5}, {"max": None, "value": 0}],
        [{"max": 1, "value": 0.5}, {"max": None, "value": 1}],
        [{"max": 1, "value": 1}],
        [],
    ):
        document = copy.deepcopy(dict(base_document()))
        question = next(q for q in document["questions"] if q["id"] == "abandon-01")
        question["bands"]["US"] = bands
        with pytest.raises(BadFacts) as refused:
            read(document)
        assert refused.value.field == "abandon-01.bands"


def test_every_condition_of_the_package_rests_on_what_is_asked_and_each_prose_one_became_one() -> (
    None
):
    questions = base_document()["questions"]
    for each in questions:
        assert bool(each["condition"]) == bool(each["condition_words"])
    found = base()
    for question in found.questions.values():
        if question.condition is not None:
            assert all(found.form_of(test.ref) for test in checks(question.condition))
    assert sum(each.condition is not None for each in found.questions.values()) == 7


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 200) | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
FIELDS = st.sampled_from(sorted(OWN["questions"][0]))


@given(
    st.dictionaries(FIELDS, JSON, max_size=3),
    st.dictionaries(st.sampled_from(sorted(OWN)), JSON, max_size=1),
)
def test_any_extension_fits_or_gives_our_own_error(
    question: dict[str, Any], top: dict[str, Any]
) -> None:
    made = own(lambda each: (each["questions"][0].update(question), each.update(top)))
    try:
        found = extended([made])
    except BadFacts:
        return
    assert set(base().questions) <= set(found.questions)
