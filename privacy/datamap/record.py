"""Records of processing activities (GDPR Article 30) from a data map: pure, the same again.

Each field of a record is stated, missing, or does not apply: a transfer where every recipient
is at home does not apply and is no gap; recipients that nobody named are one. Values are lines
of text as they are printed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from privacy.datamap import field_sets, vocabulary
from privacy.datamap.field_sets import FieldSet, Need, Role
from privacy.datamap.form import Row
from privacy.datamap.reading import DataMap

STATED, MISSING, NOT_APPLICABLE = "stated", "missing", "not_applicable"
UNITS = {"Y": ("year", "years"), "M": ("month", "months"), "W": ("week", "weeks"),
         "D": ("day", "days")}  # fmt: skip
# None: the field does not apply to this activity.
Lines = list[str] | None


@dataclass(frozen=True)
class Party:
    """Who keeps the record: lines of name and contact, and the law that it is kept under."""

    controller: tuple[str, ...]
    representative: str
    dpo: tuple[str, ...]
    law: str = field_sets.UNION


@dataclass(frozen=True)
class Value:
    """One field of a record."""

    field: str
    label: str
    citation: str
    need: Need
    state: str
    lines: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "field": self.field,
            "label": self.label,
            "citation": self.citation,
            "need": self.need,
            "state": self.state,
            "lines": list(self.lines),
        }


@dataclass(frozen=True)
class Record:
    """The record of one activity."""

    id: str
    name: str
    description: str
    values: tuple[Value, ...]

    def document(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "fields": [value.document() for value in self.values],
        }


def cover(found: DataMap, party: Party) -> tuple[Value, ...]:
    """The first sheet: who keeps the record. A contact beside the name is part of it."""
    outside = found.organisation.get("establishment") not in field_sets.home(party.law)
    representative: Lines = [party.representative] if party.representative else []
    if not outside and not party.representative:
        representative = None
    lines: dict[str, Lines] = {
        "controller": list(party.controller) if len(party.controller) > 1 else [],
        "representative": representative,
        "dpo": list(party.dpo) if len(party.dpo) > 1 else [],
    }
    return tuple(_value("cover", name, "required", lines[name]) for name in field_sets.cover())


def records(found: DataMap, role: Role, chosen: FieldSet, law: str) -> tuple[Record, ...]:
    """The record of each activity of that role, with the fields of the set."""
    rows = found.activities if role == "controller" else found.processings
    needs = chosen.needed(role, public_body=bool(found.organisation.get("public_body")))
    place = Place(found, field_sets.home(law))
    return tuple(
        Record(
            id,
            row["name"],
            row.get("description", ""),
            tuple(
                _value(role, name, need, LINES[name](place, row)) for name, need in needs.items()
            ),
        )
        for id, row in rows.items()
    )


@dataclass(frozen=True)
class Place:
    """What a field is read from besides its row: the map, and where no transfer leaves."""

    map: DataMap
    home: frozenset[str]

    def recipients(self, row: Row) -> list[Row]:
        """Whoever gets data of the activity or of the processing."""
        ids = [*row.get("recipients", ()), *row.get("sub_processors", ())]
        return [self.map.recipients[each] for each in ids]

    def away(self, row: Row) -> list[Row]:
        """Recipients outside of home."""
        return [each for each in self.recipients(row) if each["country"] not in self.home]

    def transfers(self, row: Row) -> list[tuple[Row, Row, str]]:
        """Transfers of the row with their recipients and countries."""
        found = []
        for each in row.get("transfer", ()):
            recipient = self.map.recipients[each["recipient"]]
            found.append((each, recipient, each.get("country") or recipient["country"]))
        return found


def period(text: str) -> str:
    """`P3Y6M` as `3 years 6 months`."""
    parts = [(int(count), UNITS[unit]) for count, unit in re.findall(r"(\d+)([YMWD])", text)]
    return " ".join(f"{count} {names[0] if count == 1 else names[1]}" for count, names in parts)


def labels(name: str, terms: Iterable[str]) -> list[str]:
    """Labels of terms of the vocabulary, each with its term."""
    return [f"{vocabulary.label(name, term)} ({_prefix(name)}:{term})" for term in terms]


def _prefix(name: str) -> str:
    return "pd" if name == "data" else "dpv"


def _value(part: str, name: str, need: Need, lines: Lines) -> Value:
    label, citation = field_sets.said(part, name)
    state = NOT_APPLICABLE if lines is None else STATED if lines else MISSING
    return Value(name, label, citation, need, state, tuple(lines or ()))


def _plain(name: str) -> Callable[[Place, Row], Lines]:
    def lines(place: Place, row: Row) -> Lines:
        return [str(row[name])] if name in row else []

    return lines


def _terms(name: str) -> Callable[[Place, Row], Lines]:
    def lines(place: Place, row: Row) -> Lines:
        return labels("processing" if name == "categories" else name, row.get(name, ()))

    return lines


def _data(place: Place, row: Row) -> Lines:
    if any(isinstance(each, str) for each in row.get("data", ())):
        return labels("data", row["data"])
    return [_detailed(each) for each in row.get("data", ())]


def _detailed(each: Row) -> str:
    (told,) = labels("data", [each["term"]])
    whose = ", ".join(vocabulary.label("data_subjects", one) for one in each.get("subjects", ()))
    return ": ".join(filter(None, (told + (f" of {whose}" if whose else ""), each.get("detail"))))


def terms_of(row: Row) -> list[str]:
    """The categories of data of an activity or a processing."""
    return [each if isinstance(each, str) else each["term"] for each in row.get("data", ())]


def _special(place: Place, row: Row) -> Lines:
    terms = [
        term
        for term in terms_of(row)
        if vocabulary.is_special(term) or vocabulary.is_criminal(term)
    ]
    if not terms_of(row):
        return []
    return labels("data", terms) or ["None of them"]


def _condition(place: Place, row: Row) -> Lines:
    if not any(vocabulary.is_special(t) or vocabulary.is_criminal(t) for t in terms_of(row)):
        return None
    return [_article("conditions", each) for each in row.get("special", ())]


def _article(name: str, each: Row) -> str:
    told = f"Article {each['article']}: {vocabulary.label(name, each['article'])}"
    return f"{told} ({each['law']})" if "law" in each else told


def _basis(place: Place, row: Row) -> Lines:
    return [_article("bases", each) for each in row.get("basis", ())]


def _interest(place: Place, row: Row) -> Lines:
    rows = [each for each in row.get("basis", ()) if each["article"] == "6(1)(f)"]
    if not rows:
        return None
    return [
        each["interest"]
        + (f" (assessment {each['assessment']})" if "assessment" in each else " (not assessed)")
        for each in rows
        if "interest" in each
    ]


def _recipients(place: Place, row: Row) -> Lines:
    return [_recipient(each) for each in place.recipients(row)]


def _recipient(each: Row) -> str:
    return f"{each['name']} ({each['role'].replace('_', ' ')}, {each['country']})"


def _contracts(roles: Sequence[str]) -> Callable[[Place, Row], Lines]:
    def lines(place: Place, row: Row) -> Lines:
        rows = [each for each in place.recipients(row) if each["role"] in roles]
        if not rows:
            return None
        return [
            f"{each['name']}: {each['contract']}" if "contract" in each else f"{each['name']}: none"
            for each in rows
        ]

    return lines


def _joint(place: Place, row: Row) -> Lines:
    rows = [place.map.recipients[each] for each in row.get("joint_controllers", ())]
    return [", ".join(filter(None, (r["name"], r.get("contact")))) for r in rows] or None


def _transfers(place: Place, row: Row) -> Lines:
    told = [
        f"{recipient['name']}, {country}"
        + (f", {each['organisation']}" if "organisation" in each else "")
        for each, recipient, country in place.transfers(row)
    ]
    if not told and place.recipients(row) and not place.away(row):
        return None
    return told


def _safeguards(place: Place, row: Row) -> Lines:
    """Documents are owed for a transfer under Article 49(1), second subparagraph, alone."""
    told = [
        f"{recipient['name']}: Article {each['safeguard']}, "
        f"{vocabulary.label('safeguards', each['safeguard'])}"
        + (f" ({each['document']})" if "document" in each else "")
        for each, recipient, _ in place.transfers(row)
        if "safeguard" in each
    ]
    owed = [each for each, _, _ in place.transfers(row) if each.get("safeguard") == "49(1)"]
    if any("document" not in each for each in owed):
        return []
    return told or (None if not place.transfers(row) and not place.away(row) else [])


def _retention(place: Place, row: Row) -> Lines:
    """Every category of data has its time limit, or the field is missing."""
    rows = row.get("data", ())
    if not rows or any("erase_after" not in each for each in rows):
        return []
    return [
        f"{vocabulary.label('data', each['term'])}: {period(each['erase_after'])}"
        + (f" from {each['erase_from']}" if "erase_from" in each else "")
        + (f" ({each['retention_law']})" if "retention_law" in each else "")
        for each in rows
    ]


def _measures(place: Place, row: Row) -> Lines:
    systems = [place.map.systems[each] for each in row.get("systems", ())]
    ids = [*row.get("measures", ())]
    for system in systems:
        ids += [each for each in system.get("measures", ()) if each not in ids]
    rows = [place.map.measures[each] for each in ids]
    return [f"{each['kind']}: {each['text']}" for each in rows]


def _systems(place: Place, row: Row) -> Lines:
    return [place.map.systems[each]["name"] for each in row.get("systems", ())]


def _location(place: Place, row: Row) -> Lines:
    rows = [place.map.systems[each] for each in row.get("systems", ())]
    return [f"{each['name']}: {', '.join(each['location'])}" for each in rows if "location" in each]


def _dpia(place: Place, row: Row) -> Lines:
    if "dpia" not in row:
        return []
    told = {"needed": "needed", "not_needed": "not needed", "done": "carried out"}[row["dpia"]]
    parts = (told, row.get("dpia_reason"), row.get("assessment"))
    return [": ".join(str(part) for part in parts if part)]


def _consent(place: Place, row: Row) -> Lines:
    if not any(each["article"] == "6(1)(a)" for each in row.get("basis", ())):
        return None
    return [row["consent_record"]] if "consent_record" in row else []


def _controllers(place: Place, row: Row) -> Lines:
    return [
        "; ".join(
            filter(
                None,
                (
                    ", ".join(filter(None, (each["name"], each.get("contact")))),
                    f"representative {each['representative']}" if "representative" in each else "",
                    f"data protection officer {each['dpo']}" if "dpo" in each else "",
                ),
            )
        )
        for each in row.get("controller", ())
    ]


LINES: Mapping[str, Callable[[Place, Row], Lines]] = {
    **{
        name: _plain(name)
        for name in (
            "number", "introduced_on", "changed_on", "department", "contact", "purpose_text",
            "retention_policy", "source", "rights", "automated", "breaches", "description",
            "contract",
        )
    },
    "purposes": _terms("purposes"),
    "data_subjects": _terms("data_subjects"),
    "categories": _terms("categories"),
    "data": _data,
    "special": _special,
    "condition": _condition,
    "basis": _basis,
    "interest": _interest,
    "recipients": _recipients,
    "processors": _contracts(("processor",)),
    "sub_processors": _contracts(("processor",)),
    "joint_controllers": _joint,
    "controllers": _controllers,
    "transfers": _transfers,
    "safeguards": _safeguards,
    "retention": _retention,
    "measures": _measures,
    "systems": _systems,
    "location": _location,
    "dpia": _dpia,
    "consent_record": _consent,
}  # fmt: skip
