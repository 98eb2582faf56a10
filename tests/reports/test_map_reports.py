"""Records and assessments as documents: they say what the attached versions say, and no more."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from privacy.errors import Altered, BadFacts
from reports import annex, assessed, map_annex, records, risk_matrix
from reports.canonical import canonical
from reports.reading import verify
from reports.render import report_of
from reports.risk_matrix import Grid, Placed
from tests.reports import map_examples, pdfs
from tests.reports.examples import BASE, FILES, example
from tests.reports.kept import Kept

KINDS = ("records-controller", "records-processor", "dpia", "legitimate-interest")
OTHER = {KINDS[0]: KINDS[1], KINDS[1]: KINDS[0], KINDS[2]: KINDS[3], KINDS[3]: KINDS[2]}


def found(kind: str, change: Callable[[dict[str, Any]], object] = lambda data: None) -> list[str]:
    data = example(kind)
    change(data)
    report = report_of(kind)
    told: list[str] = report.contradictions(report.checked(data), FILES[kind])
    return told


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_says_what_its_versions_say(kind: str) -> None:
    assert found(kind) == []


def state_it(data: dict[str, Any]) -> None:
    row = next(r for a in data["activities"] for r in a["fields"] if r["state"] == "missing")
    row.update(state="stated", lines=["Three years"])


CHANGES: list[tuple[str, str, Callable[[dict[str, Any]], object]]] = [
    ("records-controller", "activities", state_it),
    ("records-controller", "gaps", lambda data: data["gaps"].pop(0)),
    ("records-controller", "cover", lambda data: data["cover"][0]["lines"].append("Another")),
    ("records-controller", "sample", lambda data: data.update(sample=True)),
    ("records-controller", "version", lambda data: data["version"].update(digest="0" * 64)),
    ("records-controller", "field_set", lambda data: data["field_set"].update(mark="verified")),
    ("records-processor", "activities", lambda data: data["activities"].pop()),
    ("dpia", "risks", lambda data: data["risks"][0].update(residual="low", level="low")),
    ("dpia", "risks", lambda data: data["risks"].pop()),
    ("dpia", "measures", lambda data: data["measures"][3].update(state="in_place")),
    ("dpia", "steps", lambda data: data["steps"][0]["answers"][0].update(text="Nothing new.")),
    ("dpia", "signature", lambda data: data["signature"].update(by="cfo")),
    ("dpia", "advice", lambda data: data["advice"].update(position="for")),
    ("dpia", "signature", lambda data: data.update(signature=None)),
    ("dpia", "gaps", lambda data: data.update(on="2027-11-21")),
    ("dpia", "versions", lambda data: data["versions"][0].update(digest="0" * 64)),
    ("dpia", "scale", lambda data: data["scale"]["levels"][2].__setitem__(2, "low")),
    ("legitimate-interest", "outcome", lambda data: data.update(outcome="may_not_rely")),
    ("legitimate-interest", "subjects", lambda data: data["subjects"].update(sought=True)),
]


@pytest.mark.parametrize(("kind", "part", "change"), CHANGES)
def test_a_part_that_is_not_of_the_attached_versions_is_named(
    kind: str, part: str, change: Callable[[dict[str, Any]], object]
) -> None:
    assert part in found(kind, change)


@pytest.mark.parametrize("kind", KINDS)
def test_changed_data_or_a_changed_version_do_not_verify(documents: Kept, kind: str) -> None:
    data, pdf = example(kind), documents[kind].pdf
    old = zlib.compress(canonical(data), 9)
    assert old in pdf
    data["limits"] = ["This document is perfect."]
    with pytest.raises(Altered):
        verify(pdf.replace(old, zlib.compress(canonical(data), 9)))
    ((name, content),) = FILES[kind].items()
    held = zlib.compress(content, 9)
    assert held in pdf, name
    with pytest.raises(Altered):
        verify(pdf.replace(held, zlib.compress(content.replace(b"Customer", b"Costumer"), 9)))


@pytest.mark.parametrize("kind", ["records-processor", "legitimate-interest"])
def test_a_document_with_consistent_but_other_parts_is_refused(kind: str) -> None:
    """The digest of the data fits, the parts do not: made by somebody with our renderer."""
    data = example(kind)
    data["gaps"] = [
        {"activity": "", "field": "x", "level": "weak", "text": "Other.", "citation": ""}
    ]
    made = pdfs.made(kind, data)
    with pytest.raises(Altered):
        verify(made.pdf)


def test_a_signature_about_another_text_is_no_signature_of_this_one() -> None:
    data = example("dpia")
    texts = map_annex.read(data["annexes"][0], FILES["dpia"]["assessment.jsonl"])
    texts[3] = map_examples._note("0" * 64, "handler", {})
    other = map_annex.write(assessed.TEXTS, assessed.WHAT, texts)
    data["annexes"] = [other.annex]
    data["versions"][3]["digest"] = map_annex.digest(texts[3])
    report = report_of("dpia")
    assert report.contradictions(report.checked(data), {assessed.TEXTS: other.content}) == ["of"]


def test_an_assessment_signed_by_its_author_is_never_called_signed() -> None:
    for authors, by in ((["clerk", "handler"], "handler"), ([], "clerk")):
        data, _ = map_examples.assessment(BASE, "dpia", signed_by=by)
        data["assessment"]["authors"] = authors
        figures: Any = assessed.figures(data)  # type: ignore[arg-type]
        assert figures["verdict"] == "incomplete"
        assert figures["findings"][-1]["text"] == "It is signed by one of its authors."


@pytest.mark.parametrize(
    ("name", "more", "verdict"),
    [
        ("dpia", {}, "signed"),
        ("dpia", {"signed_by": None}, "not_signed"),
        ("dpia", {"on": "2027-11-21"}, "incomplete"),
        ("dpia", {"on": "2027-11-20"}, "signed"),
        ("dpia", {"position": "against"}, "signed"),
        ("interest", {}, "signed"),
    ],
)
def test_the_verdict_says_no_more_than_the_versions(
    name: str, more: dict[str, Any], verdict: str
) -> None:
    data, _ = map_examples.assessment(BASE, name, **more)
    figures: Any = assessed.figures(data)  # type: ignore[arg-type]
    assert figures["verdict"] == verdict


def test_the_figures_of_the_examples_are_those_counted_by_hand() -> None:
    told: Any = records.figures(example("records-controller"))  # type: ignore[arg-type]
    assert told["fields"] == {"stated": 35, "missing": 7, "not_applicable": 6}
    assert (told["activities"], told["required"], told["required_missing"]) == (3, 27, 1)
    assert (told["third_countries"], told["by_level"]) == (1, {"missing": 2, "weak": 2})
    told = assessed.figures(example("dpia"))  # type: ignore[arg-type]
    assert told["before"] == {"low": 1, "medium": 0, "high": 2}
    assert told["after"] == {"low": 3, "medium": 0, "high": 0}
    assert (told["answered"], told["questions"]) == (28, 32)
    assert (told["in_place"], told["measures"]) == (3, 4)


@pytest.mark.parametrize("kind", ["records-controller", "records-processor"])
def test_totals_are_the_sums_of_the_records(kind: str) -> None:
    told: Any = records.figures(example(kind))  # type: ignore[arg-type]
    for state, total in told["fields"].items():
        assert total == sum(row[state] for row in told["fields_of"])


def test_an_earlier_version_makes_the_same_document_after_later_ones() -> None:
    """Nothing but the version and the desk's own name goes into the data."""
    data, files = map_examples.record(BASE, "controller", "ico")
    again, same = map_examples.record(deepcopy(BASE), "controller", "ico")
    assert canonical(data) == canonical(again)
    assert files == same


@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_and_the_role_are_the_kinds_own(kind: str) -> None:
    for key in ("schema", "role" if kind.startswith("records") else "kind"):
        data = example(kind)
        other = OTHER[kind]
        data[key] = example(other)[key]
        with pytest.raises(BadFacts):
            report_of(kind).checked(data)


def test_what_somebody_wrote_into_a_map_stays_text(tmp_path: Path) -> None:
    written = map_examples.KAUFHAUS.replace(
        "Advertising by telephone", "<script>alert(1)</script> & {{ 7 * 7 }}"
    )
    data, files = map_examples.record(BASE, "controller", "ico", written)
    told = pdfs.text(pdfs.made("records-controller", data, files).pdf, tmp_path)
    assert "<script>alert(1)</script> & {{ 7 * 7 }}" in told


def test_the_annex_gives_the_versions_again_and_rows_out_of_order_are_refused() -> None:
    texts = [{"a.toml": 'one\n\ntwo, "three"\n', "b.toml": ""}, {"a.toml": "x\r\ny"}]
    made = map_annex.write("x.csv", "x", texts)
    assert map_annex.read(made.annex, made.content) == texts
    rows = list(annex.read(made.annex, made.content))
    for wrong in (rows[1:], [*rows, rows[0]], [*rows[:2], rows[0], *rows[2:]]):
        other = annex.write(map_annex.layout("x.csv", "x"), wrong)
        with pytest.raises(ValueError, match=r"line|version"):
            map_annex.read(other.annex, other.content)


GRID = Grid(("a", "b"), ("c", "d"), (("low", "medium"), ("medium", "high")))


def test_the_matrix_says_every_risk_in_words_cells_and_rows() -> None:
    risks = [Placed("One", ("a", "d"), ("a", "c")), Placed("Two", ("b", "d"), None)]
    chart = risk_matrix.matrix("Risks", GRID, risks)
    assert chart.rows == (
        ("1. One", "medium (a, d)", "low (a, c)"),
        ("2. Two", "high (b, d)", "not said"),
    )
    for row in chart.rows:
        assert ", ".join(row[:1]) in chart.alt
        assert row[1] in chart.alt
    assert str(chart.svg).count("<text") == str(chart.svg).count("</text>")
    assert risk_matrix.matrix("Risks", GRID, risks) == chart
    assert "No risk" in risk_matrix.matrix("Risks", GRID, []).alt


def test_levels_differ_by_their_word_and_have_contrast() -> None:
    from tests.reports.test_charts import contrast

    for tint, edge in risk_matrix.TINTS.values():
        assert contrast("#1B1F24", tint) >= 4.5
        assert contrast(edge, "#FFFFFF") >= 3
