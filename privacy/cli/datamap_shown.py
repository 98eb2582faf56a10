"""A data map as commands show it, and whose record it is."""

from __future__ import annotations

from typing import Any, Literal, cast

from privacy.cli.report_made import contact
from privacy.cli.showing import console, table
from privacy.datamap import field_sets, record
from privacy.datamap.reading import DataMap
from privacy.datamap.store import Accepted
from privacy.desk import Desk


def party_of(desk: Desk) -> record.Party:
    """The controller, representative and data protection officer of desk.toml."""
    held = desk.config.controller
    own = contact(held.name, held.contact or held.address)
    officer = contact("Data protection officer", held.dpo_contact)
    return record.Party(_lines(own), held.representative, _lines(officer), held.law)


def _lines(of: dict[str, Any]) -> tuple[str, ...]:
    return tuple(filter(None, (of["name"], *of["address"], of["email"])))


def record_document(desk: Desk, found: Accepted, role: str, set_id: str) -> dict[str, Any]:
    """Records of an accepted version with the fields of a set."""
    chosen, party = field_sets.chosen(set_id), party_of(desk)
    kept = cast(Literal["controller", "processor"], role)
    return {
        "schema": "rightsdesk.datamap/1",
        "version": found.version.document(),
        "sample": found.sample,
        "role": role,
        "fields": set_id,
        "cover": [value.document() for value in record.cover(found.map, party)],
        "activities": [
            each.document() for each in record.records(found.map, kept, chosen, party.law)
        ],
        "systems": [dict(row) for row in found.map.systems.values()],
        "recipients": [dict(row) for row in found.map.recipients.values()],
        "measures": [dict(row) for row in found.map.measures.values()],
    }


def print_map(document: dict[str, Any], found: DataMap) -> None:
    """A table an activity, then systems and recipients."""
    version = document["version"]
    console().print(f"Version {version['number']} of {version['at'][:10]}, by {version['by']}")
    for each in document["activities"]:
        rows = [
            (value["label"], "; ".join(value["lines"]) or value["state"].replace("_", " "))
            for value in each["fields"]
        ]
        table(f"{each['id']}: {each['name']}", ("field", "value"), rows)
    if not document["activities"]:
        console().print(f"No activity as a {document['role']} is recorded.")
    table(
        "Systems",
        ("id", "name", "where"),
        [
            (row["id"], row["name"], " ".join(row.get("location", ())))
            for row in found.systems.values()
        ],
        empty="No system is recorded.",
    )
    table(
        "Recipients",
        ("id", "name", "role", "country"),
        [(r["id"], r["name"], r["role"], r["country"]) for r in found.recipients.values()],
        empty="No recipient is recorded.",
    )
