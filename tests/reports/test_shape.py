"""Data that do not fit their form make no document."""

from __future__ import annotations

import json
from typing import Any

import pytest

from privacy.errors import BadFacts, BadInput
from reports.render import report_of
from tests.reports.examples import example


@pytest.mark.parametrize(
    ("kind", "change", "field"),
    [
        ("access-answer", lambda d: d.pop("zone"), "data.zone"),
        ("access-answer", lambda d: d.update(zone="Mars/Crater"), "data.zone"),
        ("access-answer", lambda d: d.update(more=1), "data.more"),
        ("access-answer", lambda d: d.update(person=None), "data.person"),
        (
            "access-answer",
            lambda d: d["request"].update(due_on="2026-02-30"),
            "data.request.due_on",
        ),
        (
            "access-answer",
            lambda d: d["calls"][1].update(at="2025-02-05T16:12:30"),
            "data.calls[1].at",
        ),
        (
            "erasure-certificate",
            lambda d: d["classes"][0].update(state="gone"),
            "data.classes[0].state",
        ),
        (
            "campaign-compliance",
            lambda d: d["calls"].update(placed=-1),
            "data.calls.placed",
        ),
        (
            "campaign-compliance",
            lambda d: d["calls"].update(placed=True),
            "data.calls.placed",
        ),
        (
            "campaign-compliance",
            lambda d: d["campaign"].update(script_sha256="9F"),
            "data.campaign.script_sha256",
        ),
    ],
)
def test_data_of_another_form_are_refused_with_their_path(
    kind: str, change: Any, field: str
) -> None:
    data = example(kind)
    change(data)
    with pytest.raises(BadFacts) as refused:
        report_of(kind).checked(data)
    assert refused.value.field == field


def test_a_refusal_never_tells_the_value() -> None:
    data = example("access-answer")
    data["request"]["received_on"] = "Zoë Łukasińska-Müller"
    with pytest.raises(BadFacts) as refused:
        report_of("access-answer").checked(data)
    assert "Zoë" not in json.dumps(refused.value.document(), ensure_ascii=False)


def test_an_unknown_kind_of_report_is_wrong_usage() -> None:
    with pytest.raises(BadInput):
        report_of("assurance")
