"""Notification of a personal data breach to the authority (GDPR Article 33), draft or final.

Input (`BreachNotification`); it names no affected person:

- `notice`: which breach under which law, the number of this notice, and the instants that
  decide whether it is late. `draft`: it was not sent; nothing is recorded by this document.
- `fields`: one for each row of FIELDS, in that order, in the structure of the EDPB's common
  template as adopted for consultation on 10 June 2026 (its final text was not seen). `values`
  are lines; none says that it is not known yet. What Article 33(3) asks for is `required`.
- `earlier`: notices under this law that were sent before (Article 33(4): in phases).

`figures` derives what is missing, the delay, and the verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypedDict, cast

from reports import charts
from reports.charts import Chart
from reports.parts import Contact, Marker
from reports.shape import Count, Instant, Zone, check

SCHEMA = "rightsdesk.report.breach-notification/1"
PREFIX = "BN"
TITLE = "Notification of a personal data breach"
ABOUT = "what happened, to whose data, with what consequences, what was done, what still follows"
FOR_WHOM = "the supervisory authority (GDPR Article 33); no affected person is named"
LIMIT_HOURS = 72


@dataclass(frozen=True)
class Field:
    """One field of the form. `required`: Article 33 asks for it; `late`: of a late notice only."""

    id: str
    section: str
    label: str
    citation: str
    required: bool = False
    late: bool = False


TYPE, WHO, NATURE = "Type of notification", "Controller and contact", "The breach"
DATA, EFFECT, MEASURES = "Persons and data", "Likely consequences", "Measures"
PEOPLE, DELAY = "Communication to the persons", "Delay and phases"
SECTIONS = (TYPE, WHO, NATURE, DATA, EFFECT, MEASURES, PEOPLE, DELAY)
FIELDS = (
    Field("type", TYPE, "First, further or completing notice", "Art. 33(1), (4)", True),
    Field("law", TYPE, "Law and authority", "Art. 33(1), 55", True),
    Field("reference", TYPE, "The authority's reference of an earlier notice", ""),
    Field("controller", WHO, "Controller", "Art. 33(1)", True),
    Field("reporting_person", WHO, "Who reports", ""),
    Field("contact", WHO, "Data protection officer or other contact", "Art. 33(3)(b)", True),
    Field("aware", NATURE, "When the controller became aware", "Art. 33(1)", True),
    Field("period", NATURE, "When it began and ended, how long it lasted", ""),
    Field("nature", NATURE, "What happened", "Art. 33(3)(a)", True),
    Field("in_place", NATURE, "Measures that were in place at the time", ""),
    Field("categories_of_persons", DATA, "Categories of persons", "Art. 33(3)(a)", True),
    Field("persons", DATA, "Approximate number of persons", "Art. 33(3)(a)", True),
    Field("countries", DATA, "Persons by country", ""),
    Field("categories_of_data", DATA, "Categories of data", "Art. 33(3)(a)", True),
    Field("records", DATA, "Approximate number of records", "Art. 33(3)(a)", True),
    Field("consequences", EFFECT, "Likely consequences", "Art. 33(3)(c)", True),
    Field("risk", EFFECT, "Risk to the persons' rights and freedoms", "Art. 33(1), 34(1)"),
    Field("measures", MEASURES, "Measures taken or proposed", "Art. 33(3)(d)", True),
    Field("told", PEOPLE, "Whether, when and how the persons were told", "Art. 34(1)"),
    Field("advice", PEOPLE, "What the persons were advised", "Art. 34(2)"),
    Field("not_told", PEOPLE, "Why they were not told", "Art. 34(3)"),
    Field("delay_reasons", DELAY, "Reasons for the delay", "Art. 33(1)", True, True),
)


class Notice(TypedDict):
    breach: str
    law: str
    draft: bool
    phase: Count
    complete: bool
    made_at: Instant
    aware_at: Instant
    due_at: Instant | None
    zone: Zone


class Filled(TypedDict):
    id: str
    section: str
    label: str
    citation: str
    required: bool
    values: list[str]


class Earlier(TypedDict):
    phase: Count
    at: Instant
    complete: bool
    late: bool
    reference: str


class BreachNotification(TypedDict):
    schema: Literal["rightsdesk.report.breach-notification/1"]
    marker: Marker
    controller: Contact
    dpo: Contact
    authority: Contact | None
    notice: Notice
    fields: list[Filled]
    earlier: list[Earlier]
    limits: list[str]


def checked(data: dict[str, object]) -> BreachNotification:
    """`data` as the typed input. Raises BadFacts with the path of what does not fit."""
    check(data, BreachNotification)
    return cast(BreachNotification, data)


def subject(data: BreachNotification) -> str:
    """What the document is about, for its title."""
    state = "draft" if data["notice"]["draft"] else "notice"
    return f"{data['notice']['breach']}, {state} {data['notice']['phase']}"


def filled(values: Mapping[str, list[str]], *, late: bool) -> list[Filled]:
    """The fields of the form with these values, by id; reasons for a delay where it is late."""
    return [
        {
            "id": each.id,
            "section": each.section,
            "label": each.label,
            "citation": each.citation,
            "required": each.required,
            "values": [line for line in values.get(each.id, []) if line],
        }
        for each in FIELDS
        if late or not each.late
    ]


def is_late(notice: Notice) -> bool:
    """Whether a first notice comes after its time; the law's own instant, else none."""
    due = notice["due_at"]
    return notice["phase"] == 1 and due is not None and _at(notice["made_at"]) > _at(due)


def contradictions(data: BreachNotification, _files: Mapping[str, bytes]) -> list[str]:
    """Whether the form is whole: every field, in its order, with the law's own words."""
    late = is_late(data["notice"])
    expected = filled({each["id"]: each["values"] for each in data["fields"]}, late=late)
    found = [] if expected == data["fields"] else ["fields"]
    phases = [each["phase"] for each in data["earlier"]]
    if phases != list(range(1, data["notice"]["phase"])):
        found.append("earlier")
    return found


def figures(data: BreachNotification) -> dict[str, object]:
    """Every figure that is printed and does not stand in the data itself."""
    notice = data["notice"]
    missing = [each for each in data["fields"] if not each["values"]]
    required = [each["label"] for each in missing if each["required"]]
    late = is_late(notice)
    taken = (_at(notice["made_at"]) - _at(notice["aware_at"])).total_seconds() / 3600
    first = _at(data["earlier"][0]["at"]) if data["earlier"] else _at(notice["made_at"])
    to_first = (first - _at(notice["aware_at"])).total_seconds() / 3600
    return {
        "sections": _sections(data),
        "asked": len(data["fields"]),
        "known": len(data["fields"]) - len(missing),
        "missing": required,
        "not_known": [each["label"] for each in missing if not each["required"]],
        "late": late,
        "hours_taken": round(taken, 1),
        "hours_to_first": round(to_first, 1),
        "limit_hours": LIMIT_HOURS,
        "verdict": _verdict(data, required, late=late),
    }


def _verdict(data: BreachNotification, missing: list[str], *, late: bool) -> str:
    """In this order: a late one without reasons, a draft, one with phases to come, complete."""
    if late and any(not e["values"] for e in data["fields"] if e["id"] == "delay_reasons"):
        return "no_reasons"
    if data["notice"]["draft"]:
        return "draft"
    return "phases" if missing or not data["notice"]["complete"] else "complete"


def _sections(data: BreachNotification) -> list[dict[str, Any]]:
    return [
        {"name": name, "fields": [each for each in data["fields"] if each["section"] == name]}
        for name in SECTIONS
        if any(each["section"] == name for each in data["fields"])
    ]


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def drawings(data: BreachNotification) -> dict[str, Chart]:
    """How much of the form is known, by section."""
    rows = [
        (
            part["name"],
            (
                sum(bool(each["values"]) for each in part["fields"]),
                sum(not each["values"] and each["required"] for each in part["fields"]),
                sum(not each["values"] and not each["required"] for each in part["fields"]),
            ),
        )
        for part in _sections(data)
    ]
    return {
        "known": charts.stacked(
            "How much of the form is known",
            "fields",
            ("known", "asked by law, not known yet", "not known"),
            rows,
            "Section",
        )
    }
