"""The lists of third parties that some states give: which is owed, from when, of whom. Pure.

Rows `third_party_list` of the pack of rights decide it: all that was disclosed or only what
was sold, which roles count as third parties, and whether a list of everybody may stand in
for the person's own. Processors are no third parties, and natural persons are in no list.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from privacy.disclosures.given import Role
from privacy.law.pack import load_pack

# What an export of before the ledger says of its recipient's role.
UNKNOWN = "recipient"


@dataclass(frozen=True)
class Owed:
    """One list that a law gives. `of`: disclosed or sold. `may_be_any`: the list of all third
    parties may stand in where none is kept for each person."""

    id: str
    law: str
    of: str
    roles: tuple[Role, ...]
    may_be_any: bool
    text: str
    citation: str
    status: str
    effective: date

    def counts(self, name: str, role: str, sold: bool) -> bool:
        """Whether who got data belongs on the list. A role that nobody recorded counts: who
        is not known to be a processor is named."""
        wanted = self.of == "disclosed" or sold
        return wanted and bool(name) and (role in self.roles or role == UNKNOWN)


def owed(law: str, on: date) -> Owed | None:
    """The list that a law gives on that day; None where it gives none, or not yet."""
    for row in load_pack("rights").data["third_party_list"]:
        found = _row(row)
        if found.law == law and found.effective <= on:
            return found
    return None


def laws() -> tuple[str, ...]:
    """Every law that gives such a list."""
    return tuple(dict.fromkeys(str(r["law"]) for r in load_pack("rights").data["third_party_list"]))


def document(rule: Owed, names: Iterable[str], *, scope: str) -> dict[str, Any]:
    """The list as JSON. `scope`: person, or any for everybody's data."""
    return {
        "law": rule.law,
        "of": rule.of,
        "scope": scope,
        "text": rule.text,
        "citation": rule.citation,
        "names": sorted(set(names)),
    }


def _row(row: dict[str, Any]) -> Owed:
    return Owed(
        str(row["id"]),
        str(row["law"]),
        str(row["of"]),
        tuple(Role(role) for role in row["roles"]),
        bool(row["may_be_any"]),
        str(row["text"]),
        str(row["citation"]),
        str(row["status"]),
        date.fromisoformat(str(row["effective"])),
    )
