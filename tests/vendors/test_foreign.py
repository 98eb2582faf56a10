"""Answers to VSAQ and CAIQ: what maps, what does not, and that nothing is overwritten silently."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.errors import BadInput, RightsdeskError
from privacy.vendors import answering, received
from privacy.vendors import store as vendors
from privacy.vendors.answers import Source, answered
from privacy.vendors.foreign import claims, mapped
from privacy.vendors.questionnaire import Kind
from privacy.vendors.reading import base
from tests.desks import MadeDesk

CSV = (
    "CAIQ v4.0.2,,,\n\n"
    "Question ID,Question,CSP CAIQ Answer,SSRM Control Ownership\n"
    'CEK-03.1,"Encrypted, at rest?",Yes,CSP-owned\n'
    "DSP-16.1,Retention?,No,CSP-owned\n"
    "HRS-10.1,NDA?,NA,CSP-owned\n"
    "AIS-01.1,Policies?,Yes,CSP-owned\n"
    "AIS-02.1,Baseline?,Mostly,CSP-owned\n"
    "End of Standard,,,\n"
)


def test_each_line_of_the_mapping_names_a_question_an_answer_it_takes_and_a_mark() -> None:
    for claim in claims():
        question = base().questions[claim.question]
        assert question.form.kind is Kind.CHOICE
        assert claim.answer in question.form.options
        # What another questionnaire asks is never the whole of what ours does.
        assert claim.said == "no" or question.values[claim.answer] != 1
        assert claim.mark in ("verified", "secondary", "memory")
        assert claim.because
        assert claim.source in ("vsaq", "caiq")


def test_a_caiq_sheet_maps_what_it_can_and_names_the_rest() -> None:
    found = mapped(base(), Source.CAIQ, CSV.encode())
    assert {each.question: each.value for each in found.answers} == {
        "security-02": "partly",
        "data-02": "no",
    }
    assert found.read == 4
    assert (found.unmapped, found.unreadable) == (("AIS-01.1",), ("AIS-02.1",))
    assert "CAIQ CEK-03.1: yes" in found.answers[0].comment


@pytest.mark.parametrize(
    "document",
    [
        {"CEK-03.1": "Yes", "DSP-16.1": "No"},
        [{"id": "CEK-03.1", "answer": "yes"}, {"id": "DSP-16.1", "answer": "NO"}],
        {"domains": [{"questions": [{"Question ID": "CEK-03.1", "CSP CAIQ Answer": "Yes"}]}],
         "more": {"questionId": "DSP-16.1", "response": "n"}},
    ],
)  # fmt: skip
def test_a_caiq_of_json_says_the_same_in_each_of_its_shapes(document: Any) -> None:
    found = mapped(base(), Source.CAIQ, json.dumps(document).encode())
    assert {each.question: each.value for each in found.answers} == {
        "security-02": "partly",
        "data-02": "no",
    }


def test_a_vsaq_file_says_nothing_by_what_is_not_ticked_and_the_worst_answer_counts() -> None:
    said = {
        "secprog_extaudits": "checked",
        "secprog_no": "checked",
        "secprog_vendorsec_clauses_yes": "",
        "secprog_standard_name": "ISO 27001",
        "options": "unchecked",
    }
    found = mapped(base(), Source.VSAQ, json.dumps(said).encode())
    (answer,) = found.answers
    assert (answer.question, answer.value) == ("security-01", "none")
    assert len(found.claims["security-01"]) == 2
    assert (found.unmapped, found.unreadable) == ((), ("secprog_standard_name",))


def test_an_answer_of_the_vendor_is_not_overwritten_unless_told_to(made: MadeDesk) -> None:
    vendor = vendors.new(made.desk, made.dpo, "Example Dialer Ltd", contact=None)
    own = answered(base(), "security-02", "yes", by="vendor")
    answering.record(made.desk, made.dpo, vendor.id, [own], Source.FORM)

    def imported(**how: bool) -> received.Claimed:
        content = CSV.encode()
        return received.claim(made.desk, made.dpo, vendor.id, Source.CAIQ, content, **how)

    done = imported()
    assert (done.recorded, done.kept) == (("data-02",), ("security-02",))
    assert answering.read(made.desk, made.dpo, vendor.id)["security-02"] == own
    assert imported().recorded == ()
    assert imported(replace=True).recorded == ("security-02",)
    assert answering.read(made.desk, made.dpo, vendor.id)["security-02"].value == "partly"
    with made.desk.reading() as db:
        assert answering.sources(db, vendor.id)["security-02"][0] == "caiq"


@pytest.mark.parametrize(
    ("source", "content"),
    [
        (Source.CAIQ, b""),
        (Source.CAIQ, b"Question ID,Question\nCEK-03.1,x\n"),
        (Source.CAIQ, b'"never closed'),
        (Source.CAIQ, b"[" * 50_000),
        (Source.CAIQ, b"Question ID,Answer\nCEK-03.1,Yes\nCEK-03.1,No\n"),
        (Source.CAIQ, b"\xff\xfe"),
        (Source.CAIQ, b"x" * 5_000_001),
        (Source.VSAQ, b"[]"),
        (Source.VSAQ, b'{"a": {"b": 1}}'),
        (Source.VSAQ, b'{"<b>": "checked"}'),
    ],
)
def test_a_file_that_is_none_of_these_is_refused(source: Source, content: bytes) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        mapped(base(), source, content)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200) | st.binary(max_size=200), st.sampled_from([Source.VSAQ, Source.CAIQ]))
def test_any_input_gives_claims_or_our_own_error(content: str | bytes, source: Source) -> None:
    data = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    for each in (data, b"Question ID,Answer\n" + data, b'{"a":' + data + b"}"):
        with contextlib.suppress(RightsdeskError):
            mapped(base(), source, each)
