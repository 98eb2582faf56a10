"""Records of processing activities (GDPR Article 30): what both kinds share.

Input (`Records`), of an accepted version of the data map, no person named:

- `role`: controller (30(1)) or processor (30(2)); `field_set` whose fields a record has, and
  how that set was read (`mark`). `law` is the controller's, `representative` as it is set.
- `version`: which accepted version it was made from: its number, its SHA-256, who accepted it
  and when, and the entry of the log. `sample`: the map says that it is a made-up start.
- `cover`, `activities`: fields in their order, each `stated`, `missing` or `not_applicable`,
  with its need: required, where_possible (Article 30's own words) or good_practice.
- `gaps`: what is missing, and what somebody has to decide.
- `annexes`: `datamap.jsonl`, the version line by line.

Reading the document puts the version together again, compares its digest, and makes cover,
activities and gaps from it anew: they cannot say anything else than the map.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Literal, TypedDict, cast

from privacy.datamap import field_sets, gaps, reading, record
from privacy.errors import BadInput
from reports import charts, map_annex
from reports.annex import Annex
from reports.charts import Chart
from reports.findings import NO_CRITERION, NOBODY
from reports.parts import Contact, Marker
from reports.shape import Count, Digest, Instant
from reports.showing import headline, words

FOR_WHOM = "the controller and a supervisory authority; no person is named"
MAP = "datamap.jsonl"
WHAT = "The accepted version of the data map, line by line"
MOST_IN_CHART = 12
BEFORE_SHOWN, NEXT_REVIEW = "before it is shown to an authority", "at the next review"
TITLES = {"dpia": "Impact assessment", "special": "Special categories", "basis": "Lawful basis"}
ORDER = ("stated", "missing", "not_applicable")


class FieldRow(TypedDict):
    field: str
    label: str
    citation: str
    need: Literal["required", "where_possible", "good_practice"]
    state: Literal["stated", "missing", "not_applicable"]
    lines: list[str]


class Activity(TypedDict):
    id: str
    name: str
    description: str
    fields: list[FieldRow]


class Gap(TypedDict):
    activity: str
    field: str
    level: Literal["missing", "weak"]
    text: str
    citation: str


class FieldSetSaid(TypedDict):
    id: str
    name: str
    source: str
    mark: str


class VersionSaid(TypedDict):
    number: Count
    digest: Digest
    at: Instant
    by: str
    entry: str


class Vocabulary(TypedDict):
    name: str
    version: str
    source: str
    licence: str


class Records(TypedDict):
    schema: str
    marker: Marker
    controller: Contact
    dpo: Contact
    representative: str
    law: str
    role: Literal["controller", "processor"]
    field_set: FieldSetSaid
    version: VersionSaid
    vocabulary: Vocabulary
    sample: bool
    cover: list[FieldRow]
    activities: list[Activity]
    gaps: list[Gap]
    annexes: list[Annex]
    limits: list[str]


def party(data: Mapping[str, Any]) -> record.Party:
    """Who keeps the record, from the document's own contacts."""
    lines = [
        tuple(filter(None, (of["name"], *of["address"], of["email"])))
        for of in (data["controller"], data["dpo"])
    ]
    return record.Party(lines[0], str(data["representative"]), lines[1], str(data["law"]))


def said(
    texts: Mapping[str, str], role: field_sets.Role, set_id: str, who: record.Party
) -> dict[str, Any]:
    """Everything of the document that follows from a version of the map. BadInput for texts
    that are no valid map."""
    files = {name: text.encode() for name, text in texts.items()}
    found, sample = reading.read(files), reading.is_sample(files)
    chosen = field_sets.chosen(set_id)
    return {
        "field_set": {name: getattr(chosen, name) for name in FieldSetSaid.__annotations__},
        "sample": sample,
        "cover": [value.document() for value in record.cover(found, who)],
        "activities": [each.document() for each in record.records(found, role, chosen, who.law)],
        "gaps": [gap.document() for gap in gaps.gaps(found, role, chosen, who, sample=sample)],
    }


def contradictions(data: Records, files: Mapping[str, bytes]) -> list[str]:
    """Which parts are not those of the attached version; empty if all are."""
    held = next((each for each in data["annexes"] if each["name"] == MAP), None)
    if held is None or held["columns"] != list(map_annex.COLUMNS):
        return [MAP]
    try:
        (texts,) = map_annex.read(held, files[MAP])
        again = said(texts, data["role"], data["field_set"]["id"], party(data))
    except (ValueError, KeyError, BadInput):
        return [MAP]
    differ = [name for name, value in again.items() if cast(Mapping[str, Any], data)[name] != value]
    return differ + (["version"] if map_annex.digest(texts) != data["version"]["digest"] else [])


def figures(data: Records) -> dict[str, object]:
    """Counts of fields by state, cards of what is missing, and the verdict."""
    rows = [row for each in data["activities"] for row in each["fields"]]
    states: Counter[str] = Counter(row["state"] for row in rows)
    levels: Counter[str] = Counter(gap["level"] for gap in data["gaps"])
    names = {each["id"]: each["name"] for each in data["activities"]}
    return {
        "activities": len(data["activities"]),
        "fields": {name: states[name] for name in ORDER},
        "fields_of": [
            {"id": each["id"], **{name: _count(each, name) for name in ORDER}}
            for each in data["activities"]
        ],
        "required": sum(row["need"] == "required" for row in rows),
        "required_missing": sum(
            row["need"] == "required" and row["state"] == "missing" for row in rows
        ),
        "third_countries": sum(
            row["field"] == "transfers" and row["state"] == "stated" for row in rows
        ),
        "findings": [_card(n, gap, names) for n, gap in enumerate(data["gaps"], 1)],
        "by_level": {name: levels[name] for name in ("missing", "weak")},
        "verdict": _verdict(levels),
    }


def _verdict(levels: Mapping[str, int]) -> str:
    if levels["missing"]:
        return "incomplete"
    return "to_decide" if levels["weak"] else "complete"


def drawings(data: Records) -> dict[str, Chart]:
    """How complete each record is, which bases they rest on, which categories they have."""
    rows = [(each["name"], [_count(each, name) for name in ORDER]) for each in data["activities"]]
    what = "Category of data" if data["role"] == "controller" else "Category"
    return {
        "completeness": charts.stacked(
            "Fields of each record", "fields", ("stated", "missing", "not applicable"), rows,
            "Activity",
        ),
        "bases": _by(data, ("basis",), "Activities, by lawful basis", "Lawful basis"),
        "categories": _by(data, ("data", "categories"), "Activities, by category", what),
    }  # fmt: skip


def _by(data: Records, fields: tuple[str, ...], title: str, what: str) -> Chart:
    """How many activities have each value of a field, the most common ones first."""
    found = Counter(
        line.split(" (")[0]
        for each in data["activities"]
        for row in each["fields"]
        if row["field"] in fields
        for line in row["lines"]
    )
    most = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_IN_CHART]
    return charts.bar(title, "activities", most, what)


def _count(each: Activity, state: str) -> int:
    return sum(row["state"] == state for row in each["fields"])


def _card(number: int, gap: Gap, names: Mapping[str, str]) -> dict[str, str]:
    whose = names.get(gap["activity"], "The data map")
    table = f"activity.{gap['activity']}" if gap["activity"] else "the map"
    return {
        "id": f"F-{number:02d}",
        "level": gap["level"],
        "topic": gap["field"],
        "title": TITLES.get(gap["field"], headline(words(gap["field"]))),
        "text": f"{whose}: {gap['text']}",
        "criterion": gap["citation"] or NO_CRITERION,
        "evidence": f"{table}, field {gap['field']}; gaps[{number - 1}] in data.json",
        "action": "State it in the data map, or mend what it says, and accept the map again.",
        "owner": NOBODY,
        "due": BEFORE_SHOWN if gap["level"] == "missing" else NEXT_REVIEW,
    }


def subject(data: Records) -> str:
    """What the document is about, for its title."""
    return f"{data['controller']['name']}, version {data['version']['number']}"
