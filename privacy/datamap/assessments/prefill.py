"""The beginning of an assessment: what the data map knows already, and the open questions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date

from privacy.datamap import field_sets, record
from privacy.datamap.assessments.document import SCHEMA
from privacy.datamap.assessments.outlines import DEFAULT, Outline, outline, questions
from privacy.datamap.form import Row
from privacy.datamap.reading import DataMap
from privacy.errors import BadInput

# What each question is answered from: fields of the activity's record, joined.
FROM: Mapping[str, tuple[str, ...]] = {
    "need": ("dpia_reason",),
    "nature": ("description",),
    "source": ("source",),
    "sharing": ("recipients",),
    "data_scope": ("data", "special"),
    "volume": ("persons",),
    "frequency": ("frequency",),
    "retention": ("retention",),
    "area": ("area",),
    "technology": ("technology",),
    "aim": ("purposes", "purpose_text"),
    "lawful_basis": ("basis",),
    "rights": ("rights",),
    "objection": ("rights",),
    "opt_out": ("rights",),
    "processors": ("processors",),
    "transfers": ("transfers", "safeguards"),
    "responsibilities": ("department", "joint_controllers"),
    "assets": ("systems",),
    "consent": ("consent_record",),
    "existing_measures": ("measures",),
    "safeguards": ("measures",),
    "interest": ("interest",),
    "nature_data": ("special", "data_subjects"),
}


def answers(found: DataMap, activity: str, law: str, asked: Iterable[str]) -> dict[str, str]:
    """What the map answers of these questions; nothing where it says nothing."""
    row = found.activities[activity]
    place = record.Place(found, field_sets.home(law))
    told = {}
    for name in asked:
        lines = [line for field in FROM.get(name, ()) for line in _lines(place, row, field)]
        if lines:
            told[name] = "\n".join(lines)
    return told


def text(
    found: DataMap, activity: str, kind: str, law: str, digest: str, review_on: date,
    outline_id: str = "",
) -> str:  # fmt: skip
    """A valid assessment to go on with: prefilled answers, and each open question as a comment.

    BadInput for an activity that the map does not have.
    """
    if activity not in found.activities:
        known = ", ".join(found.activities) or "none"
        raise BadInput(
            "The data map has no activity of that id.", what="--activity", next=f"Known: {known}."
        )
    chosen = outline(outline_id or DEFAULT[kind], kind)
    named = [name for step in chosen.steps for name in step.questions]
    given = answers(found, activity, law, named)
    name = found.activities[activity]["name"]
    lines = [
        f"schema = {_quoted(SCHEMA)}",
        f"kind = {_quoted(kind)}",
        f"activity = {_quoted(activity)}",
        f"title = {_quoted(name)}",
        f"outline = {_quoted(chosen.id)}",
        f"scale = {_quoted('cnil' if chosen.id == 'cnil' else 'ico')}",
        f"datamap = {_quoted(digest)}",
        f"review_on = {review_on.isoformat()}",
        *_opinions(kind),
        "",
        "[answers]",
        *_answered(chosen, given),
        *EXAMPLE,
    ]
    return "\n".join(lines) + "\n"


def _opinions(kind: str) -> list[str]:
    if kind == "dpia":
        return [
            "# The views of the people concerned (Article 35(9)): sought or not, and why.",
            '# subjects_sought = true\n# subjects_opinion = ""\n# subjects_reason = ""',
        ]
    return ['# outcome = "may_rely"  # or may_not_rely\n# outcome_reason = ""']


def _answered(chosen: Outline, given: Mapping[str, str]) -> Iterable[str]:
    asked = questions()
    for step in chosen.steps:
        if step.questions:
            yield f"\n# {step.title}"
        for name in step.questions:
            must = " (must be answered)" if name in step.required else ""
            yield f"# {asked[name]}{must}"
            yield f"{name} = {_quoted(given[name])}" if name in given else f'# {name} = ""'


def _quoted(told: str) -> str:
    """A TOML basic string: JSON's escapes are TOML's."""
    return json.dumps(told, ensure_ascii=False).replace("\x7f", "\\u007f")


def _lines(place: record.Place, row: Row, field: str) -> list[str]:
    if field in record.LINES:
        return record.LINES[field](place, row) or []
    if field == "persons":
        return [f"About {row['persons']:,} people"] if field in row else []
    return [str(row[field])] if field in row else []


EXAMPLE = (
    "",
    "# A table for each risk and each measure, such as:",
    "# [[risk]]",
    '# id = "wrong-call"',
    '# title = "Somebody is called who said no"',
    '# event = "other"',
    '# source = "A stale list"',
    '# impact = "Annoyance, loss of trust"',
    '# likelihood = "possible"',
    '# severity = "significant"',
    '# measures = ["gate"]',
    '# residual_likelihood = "remote"',
    '# residual_severity = "significant"',
    "#",
    "# [[measure]]",
    '# id = "gate"',
    '# text = "Each call is decided again in the instant before it is made."',
    '# state = "in_place"',
    '# effect = "reduced"',
    "# approved = true",
)
