"""What a data map still lacks: fields that a set requires, and what the law asks of the rest.

A gap is `missing` where a duty is plainly not shown to be kept, and `weak` where the text says
"where possible" or where somebody has to decide. Pure: the same map and set, the same gaps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from privacy.datamap import field_sets, record, vocabulary
from privacy.datamap.field_sets import FieldSet, Role
from privacy.datamap.form import Row
from privacy.datamap.reading import DataMap
from privacy.datamap.record import MISSING, Place, Value

Level = Literal["missing", "weak"]
MAP = ""
"""A gap of the map itself and of no activity."""


@dataclass(frozen=True)
class Gap:
    """`activity` is its id, "" for the map as a whole; `field` where it can be mended."""

    activity: str
    field: str
    level: Level
    text: str
    citation: str

    def document(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "activity": self.activity,
            "field": self.field,
            "level": self.level,
            "text": self.text,
            "citation": self.citation,
        }


def gaps(
    found: DataMap,
    role: Role,
    chosen: FieldSet,
    party: record.Party,
    *,
    sample: bool = False,
) -> list[Gap]:
    """Every gap of the records of that role, the map's own first, missing before weak."""
    listed = list(_of_map(found, role, party, sample))
    place = Place(found, field_sets.home(party.law))
    rows = found.activities if role == "controller" else found.processings
    for made in record.records(found, role, chosen, party.law):
        listed += [_lacking(made.id, value) for value in made.values if _lacks(value)]
        for rule in RULES[role]:
            listed += [Gap(made.id, *each) for each in rule(place, rows[made.id])]
    return sorted(listed, key=lambda gap: (gap.activity != MAP, gap.level != "missing"))


def _of_map(found: DataMap, role: Role, party: record.Party, sample: bool) -> Iterator[Gap]:
    if sample:
        text = "The map is still the sample: nobody said that it is what this organisation does."
        yield Gap(MAP, "sample", "missing", text, "GDPR Art. 30(1)")
    if not found.organisation:
        yield Gap(MAP, "organisation", "missing", "The organisation is not described.", "")
    for value in record.cover(found, party):
        if value.state == MISSING:
            text = f"{value.label}: name and contact are not both known."
            yield Gap(MAP, value.field, "missing", text, value.citation)
    if not (found.activities if role == "controller" else found.processings):
        citation = "GDPR Art. 30(1)" if role == "controller" else "GDPR Art. 30(2)"
        yield Gap(MAP, role, "missing", f"No activity as a {role} is recorded.", citation)


def _lacks(value: Value) -> bool:
    return value.state == MISSING and value.need != "good_practice"


def _lacking(activity: str, value: Value) -> Gap:
    level: Level = "missing" if value.need == "required" else "weak"
    said = "Not stated" if value.need == "required" else "Not stated, or not for all"
    return Gap(activity, value.field, level, f"{said}: {value.label}.", value.citation)


Told = Iterator[tuple[str, Level, str, str]]


def _bases(place: Place, row: Row) -> Told:
    if not row.get("basis"):
        yield "basis", "missing", "No lawful basis is stated.", "GDPR Art. 6(1)"
    for each in row.get("basis", ()):
        article = each["article"]
        if article in ("6(1)(c)", "6(1)(e)") and "law" not in each:
            yield (
                "basis",
                "missing",
                f"Article {article} needs the law it rests on.",
                "GDPR Art. 6(3)",
            )
        if article == "6(1)(f)" and "interest" not in each:
            yield "basis", "missing", "The interest pursued is not stated.", "GDPR Art. 13(1)(d)"
        if article == "6(1)(f)" and "assessment" not in each:
            text = "The legitimate interest is not assessed."
            yield "basis", "weak", text, "GDPR Art. 6(1)(f), 5(2)"


def _conditions(place: Place, row: Row) -> Told:
    stated = {each["article"] for each in row.get("special", ())}
    terms = record.terms_of(row)
    if any(map(vocabulary.is_special, terms)) and not stated - {"10"}:
        text = "Special categories are processed and no condition is stated."
        yield "special", "missing", text, "GDPR Art. 9(1), 9(2)"
    if any(map(vocabulary.is_criminal, terms)) and "10" not in stated:
        text = "Criminal data are processed and no law that allows it is stated."
        yield "special", "missing", text, "GDPR Art. 10"


def _transfers(place: Place, row: Row) -> Told:
    told = place.transfers(row)
    for each, recipient, country in told:
        if "safeguard" not in each and country not in place.home:
            text = f"The transfer to {recipient['name']} names no basis."
            yield "transfer", "missing", text, "GDPR Art. 44"
    named = {recipient["id"] for _, recipient, _ in told}
    for each in place.away(row):
        if each["id"] not in named:
            text = f"{each['name']} is in {each['country']}, and no transfer is recorded."
            yield "transfer", "missing", text, "GDPR Art. 30(1)(e), 44"
    for system in (place.map.systems[each] for each in row.get("systems", ())):
        away = sorted(set(system.get("location", ())) - place.home)
        if away and not told:
            text = f"{system['name']} is in {', '.join(away)}, and no transfer is recorded."
            yield "transfer", "weak", text, "GDPR Art. 44"


def _contracts(place: Place, row: Row) -> Told:
    for each in place.recipients(row):
        if each["role"] == "processor" and "contract" not in each:
            text = f"No contract with {each['name']} is recorded."
            yield "recipients", "missing", text, "GDPR Art. 28(3)"
    for each in (place.map.recipients[one] for one in row.get("joint_controllers", ())):
        if "contract" not in each:
            text = f"No arrangement with {each['name']} is recorded."
            yield "joint_controllers", "missing", text, "GDPR Art. 26(1)"


def _assessments(place: Place, row: Row) -> Told:
    if row.get("dpia") == "needed":
        text = "An impact assessment is needed and not carried out."
        yield "dpia", "missing", text, "GDPR Art. 35(1)"
    if row.get("dpia") == "done" and "assessment" not in row:
        yield "dpia", "missing", "The impact assessment is not named.", "GDPR Art. 35(1)"
    if "dpia" not in row:
        text = "Nobody decided whether an impact assessment is needed."
        yield "dpia", "weak", text, "GDPR Art. 35(1)"


def _own_contract(place: Place, row: Row) -> Told:
    if "contract" not in row:
        text = "No contract with the controller is recorded."
        yield "contract", "missing", text, "GDPR Art. 28(3)"


RULES: dict[Role, Sequence[Callable[[Place, Row], Told]]] = {
    "controller": (_bases, _conditions, _transfers, _contracts, _assessments),
    "processor": (_transfers, _contracts, _own_contract),
}
