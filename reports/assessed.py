"""Assessments: what the DPIA and the legitimate-interest assessment share.

Input (`Assessed`); staff stand by their ids, nobody else is named:

- `outline`: whose order of questions, and how it was read (`mark`). `steps` are its steps; a
  step with a `part` is where risks, measures or the sign-off stand.
- `assessment`: id, title, activity, all `authors` by the log, day of review.
- `versions`: the texts that it follows from, in the order of the annex: the assessment, the
  newest data map, the one that it was written from where that is another, and advice and
  signature where there are any; each with its SHA-256, its entry in the log, by whom and when.
  `map_same`: both maps say the same of the activity.
- `scale`, `risks`, `measures`, `subjects` (opinion of data subjects), `advice`, `signature`.
- `read`: the log's size as of which it is made; the same size gives the same document data.
- `on`: the day as of which reviews are late; `signed_before`: an earlier text was signed.
- `gaps`: what is missing, and what somebody has to decide.
- `annexes`: `assessment.jsonl`, those versions line by line.

Reading the document puts the versions together again, compares their digests and makes steps,
risks, opinions and gaps from them anew.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal, TypedDict, cast

from privacy.datamap import reading
from privacy.datamap.assessments import document, lacking, outlines, sameness
from privacy.errors import BadInput
from reports import map_annex, risk_matrix
from reports.annex import Annex
from reports.charts import Chart
from reports.findings import NO_CRITERION, NOBODY
from reports.parts import Contact, Marker
from reports.risk_matrix import Grid, Placed
from reports.shape import Count, Day, Digest, Instant
from reports.showing import headline, words

FOR_WHOM = "the controller and a supervisory authority; staff by their ids"
TEXTS = "assessment.jsonl"
WHAT = "Assessment, data map, advice and signature, line by line"
NOTE = "note.json"


class OutlineSaid(TypedDict):
    id: str
    name: str
    source: str
    mark: str


class About(TypedDict):
    id: str
    title: str
    activity: str
    activity_name: str
    authors: list[str]
    texts: Count
    review_on: Day


class VersionSaid(TypedDict):
    what: Literal["assessment", "datamap", "datamap_then", "advice", "signature"]
    digest: Digest
    entry: str
    by: str
    at: Instant


class Answer(TypedDict):
    question: str
    label: str
    required: bool
    text: str


class StepSaid(TypedDict):
    title: str
    part: str
    answers: list[Answer]


class ScaleSaid(TypedDict):
    id: str
    name: str
    mark: str
    likelihood: list[str]
    severity: list[str]
    levels: list[list[str]]


class Risk(TypedDict):
    id: str
    title: str
    event: str
    source: str
    impact: str
    threats: str
    likelihood: str
    severity: str
    level: str
    measures: list[str]
    residual_likelihood: str
    residual_severity: str
    residual: str


class Measure(TypedDict):
    id: str
    text: str
    state: str
    effect: str
    owner: str
    due_on: Day | None
    approved: bool


class Subjects(TypedDict):
    sought: bool
    opinion: str
    reason: str


class NoteSaid(TypedDict):
    by: str
    at: Instant
    position: str
    text: str
    overruled: str


class Gap(TypedDict):
    activity: str
    field: str
    level: Literal["missing", "weak"]
    text: str
    citation: str


class Read(TypedDict):
    at: Instant
    tree_size: Count


class Assessed(TypedDict):
    schema: str
    marker: Marker
    controller: Contact
    dpo: Contact
    kind: Literal["dpia", "legitimate-interest"]
    outline: OutlineSaid
    assessment: About
    versions: list[VersionSaid]
    read: Read
    on: Day
    signed_before: bool
    map_same: bool
    steps: list[StepSaid]
    scale: ScaleSaid
    risks: list[Risk]
    measures: list[Measure]
    subjects: Subjects
    prior_consultation: str
    outcome: str
    outcome_reason: str
    advice: NoteSaid | None
    signature: NoteSaid | None
    gaps: list[Gap]
    annexes: list[Annex]
    limits: list[str]


def said(texts: Mapping[str, Mapping[str, str]], outline_id: str, on: str) -> dict[str, Any]:
    """Everything of the document that follows from its versions, by what they are.

    BadInput for texts that are no valid assessment or map.
    """
    found = document.read(texts["assessment"][document.FILE].encode())
    maps = {name: text.encode() for name, text in texts.get("datamap", {}).items()}
    known = reading.read(maps)
    chosen = outlines.outline(outline_id, found.kind)
    advice, signature = (_note(texts.get(name)) for name in ("advice", "signature"))
    same = sameness.same(_then(texts, found), known if maps else None, str(found.row["activity"]))
    listed = [
        *lacking.content(found, chosen, known),
        *lacking.standing(
            found, date.fromisoformat(on), advised=advice is not None,
            signed=signature is not None, map_same=same,
        ),
    ]  # fmt: skip
    row = found.row
    return {
        "kind": found.kind,
        "outline": {name: getattr(chosen, name) for name in OutlineSaid.__annotations__},
        "map_same": same,
        "steps": _steps(found, chosen),
        "scale": {name: _plain(getattr(found.scale, name)) for name in ScaleSaid.__annotations__},
        "risks": [_risk(found, each) for each in found.risks],
        "measures": [_measure(each) for each in found.measures],
        "subjects": {
            "sought": bool(row.get("subjects_sought")),
            "opinion": row.get("subjects_opinion", ""),
            "reason": row.get("subjects_reason", ""),
        },
        **{name: row.get(name, "") for name in ("prior_consultation", "outcome", "outcome_reason")},
        "advice": advice,
        "signature": signature,
        "gaps": [gap.document() for gap in listed],
    }


def contradictions(data: Assessed, files: Mapping[str, bytes]) -> list[str]:
    """Which parts are not those of the attached versions; empty if all are."""
    held = next((each for each in data["annexes"] if each["name"] == TEXTS), None)
    if held is None or held["columns"] != list(map_annex.COLUMNS):
        return [TEXTS]
    try:
        found = map_annex.read(held, files[TEXTS])
        named = [str(each["what"]) for each in data["versions"]]
        texts = dict(zip(named, found, strict=True))
        again = said(texts, data["outline"]["id"], data["on"])
        again_of = [_of(texts.get(name)) for name in ("advice", "signature")]
    except (ValueError, KeyError, TypeError, AttributeError, BadInput):
        return [TEXTS]
    own = cast(Mapping[str, Any], data)
    differ = [name for name, value in again.items() if own[name] != value]
    digests = [map_annex.digest(each) for each in found]
    if digests != [each["digest"] for each in data["versions"]]:
        differ.append("versions")
    if any(of not in (None, digests[0]) for of in again_of):
        differ.append("of")
    return differ


def figures(data: Assessed) -> dict[str, object]:
    """Risks by level before and after, cards of what is missing, and the verdict."""
    before = Counter(risk["level"] for risk in data["risks"])
    after = Counter(risk["residual"] for risk in data["risks"])
    answers = [each for step in data["steps"] for each in step["answers"]]
    gaps = [*data["gaps"], *_self_signed(data)]
    levels: Counter[str] = Counter(gap["level"] for gap in gaps)
    return {
        "risks": len(data["risks"]),
        "before": {name: before[name] for name in outlines.LEVELS},
        "after": {name: after[name] for name in outlines.LEVELS},
        "not_said": after[""],
        "answered": sum(bool(each["text"]) for each in answers),
        "questions": len(answers),
        "measures": len(data["measures"]),
        "in_place": sum(each["state"] == "in_place" for each in data["measures"]),
        "findings": [_card(number, gap) for number, gap in enumerate(gaps, 1)],
        "by_level": {name: levels[name] for name in ("missing", "weak")},
        "verdict": _verdict(data, levels),
    }


def drawings(data: Assessed) -> dict[str, Chart]:
    """The risk matrix."""
    scale = data["scale"]
    placed = [
        Placed(
            risk["title"],
            (risk["likelihood"], risk["severity"]),
            (risk["residual_likelihood"], risk["residual_severity"]) if risk["residual"] else None,
        )
        for risk in data["risks"]
    ]
    grid = Grid(scale["likelihood"], scale["severity"], scale["levels"])
    return {"matrix": risk_matrix.matrix("Risks before measures and what is left", grid, placed)}


def subject(data: Assessed) -> str:
    """What the document is about, for its title."""
    return str(data["assessment"]["title"])


def _then(
    texts: Mapping[str, Mapping[str, str]], found: document.Assessment
) -> reading.DataMap | None:
    """The map that the text names, where it is among the versions."""
    for name in ("datamap", "datamap_then"):
        if name in texts and map_annex.digest(texts[name]) == found.row["datamap"]:
            return reading.read({each: text.encode() for each, text in texts[name].items()})
    return None


def _verdict(data: Assessed, levels: Mapping[str, int]) -> str:
    missing = [gap["field"] for gap in data["gaps"] if gap["level"] == "missing"]
    if set(missing) - {"signature"} or _self_signed(data):
        return "incomplete"
    if missing:
        return "not_signed"
    if data["outcome"] == "may_not_rely":
        return "may_not_rely"
    return "to_decide" if levels["weak"] else "signed"


def _self_signed(data: Assessed) -> list[Gap]:
    """A signature by an author is none, whatever the desk let pass."""
    authors = {*data["assessment"]["authors"], *(each["by"] for each in data["versions"][:1])}
    if data["signature"] is None or data["signature"]["by"] not in authors:
        return []
    text = "It is signed by one of its authors."
    return [
        {
            "activity": "", "field": "signature", "level": "missing", "text": text,
            "citation": "GDPR Art. 24(1)",
        }
    ]  # fmt: skip


def _steps(found: document.Assessment, chosen: outlines.Outline) -> list[dict[str, Any]]:
    asked = outlines.questions()
    return [
        {
            "title": step.title,
            "part": step.part,
            "answers": [
                {
                    "question": name,
                    "label": asked[name],
                    "required": name in step.required,
                    "text": found.answers.get(name, ""),
                }
                for name in step.questions
            ],
        }
        for step in chosen.steps
    ]


def _risk(found: document.Assessment, row: Mapping[str, Any]) -> dict[str, Any]:
    optional = ("event", "source", "impact", "threats", "residual_likelihood", "residual_severity")
    return {
        **{name: row[name] for name in ("id", "title", "likelihood", "severity")},
        **{name: row.get(name, "") for name in optional},
        "level": found.level(row),
        "residual": found.residual(row),
        "measures": list(row.get("measures", ())),
    }


def _measure(row: Mapping[str, Any]) -> dict[str, Any]:
    due = row.get("due_on")
    return {
        **{name: row[name] for name in ("id", "text", "state")},
        **{name: row.get(name, "") for name in ("effect", "owner")},
        "due_on": None if due is None else due.isoformat(),
        "approved": bool(row.get("approved")),
    }


def _note(texts: Mapping[str, str] | None) -> dict[str, Any] | None:
    if texts is None:
        return None
    told = json.loads(texts[NOTE])
    words = {name: str(told["words"].get(name, "")) for name in ("position", "text", "overruled")}
    return {"by": str(told["by"]), "at": str(told["at"]), **words}


def _of(texts: Mapping[str, str] | None) -> str | None:
    """The digest of the text that a note is about."""
    return None if texts is None else str(json.loads(texts[NOTE])["of"])


def _plain(value: Any) -> Any:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(each) for each in value]
    return value


def _card(number: int, gap: Gap) -> dict[str, str]:
    return {
        "id": f"F-{number:02d}",
        "level": gap["level"],
        "topic": gap["field"],
        "title": headline(words(gap["field"].replace(".", ": "))),
        "text": gap["text"],
        "criterion": gap["citation"] or NO_CRITERION,
        "evidence": f"field {gap['field']} of the assessment",
        "action": "Write it, have it advised on and signed again.",
        "owner": NOBODY,
        "due": "before the processing begins or goes on",
    }
