"""Which field of a law on call records stands where, and whether calls have it. Pure.

The list is data (`record_fields.toml`), each row with its citation and how well that was
checked; how long records stay comes from the calling pack (16 CFR 310.5).
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from privacy.gateway.call_rows import COLUMNS
from privacy.law.rulebook import rulebook

RULE = "us-fed-records-tsr"
KEPT = ("call", "header", "desk", "outside")
STATUS = ("primary", "secondary", "practice", "memory")
MOST_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """One required field. `columns` are all needed in calls of the kind `when`."""

    id: str
    law: str
    item: str
    citation: str
    status: str
    kept: str
    rule: str = ""
    when: str = "always"
    columns: tuple[str, ...] = ()
    where: str = ""

    def concerns(self, row: Mapping[str, str]) -> bool:
        """Whether a call has to have it."""
        return {
            "always": True,
            "abandoned": row["abandoned"] == "yes",
            "consent": bool(row["consent_id"]),
            "no_consent": not row["consent_id"],
            "prerecorded": row["prerecorded"] == "yes",
        }[self.when]


@cache
def wanted() -> tuple[Wanted, ...]:
    """Every row of the list."""
    text = (resources.files("privacy.gateway") / "record_fields.toml").read_text("utf-8")
    found = tuple(
        Wanted(**{**entry, "columns": tuple(entry.get("columns", ()))})
        for entry in tomllib.loads(text)["field"]
    )
    assert all(set(one.columns) <= set(COLUMNS) and one.kept in KEPT for one in found)
    return found


def retention_years() -> int:
    """Years for which calls are kept, by the calling pack."""
    return int(rulebook().by_id[RULE].params["retention_years"])


@dataclass
class Check:
    """How many calls have each required field; examples of those that have not, by id."""

    calls: int = 0
    concerned: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    why: dict[str, Counter[str]] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, rows: Iterable[Mapping[str, str]]) -> None:
        """Look at some records."""
        for row in rows:
            self.calls += 1
            for one in wanted():
                if one.kept == "call" and one.concerns(row):
                    self._look(one, row)

    def _look(self, one: Wanted, row: Mapping[str, str]) -> None:
        self.concerned[one.id] += 1
        absent = [name for name in one.columns if not row[name]]
        if not absent:
            return
        self.missing[one.id] += 1
        reasons = dict(each.split("=", 1) for each in row["missing"].split())
        for name in absent:
            said = f"{name} {reasons.get(name, 'not_told')}"
            self.why.setdefault(one.id, Counter())[said] += 1
        examples = self.examples.setdefault(one.id, [])
        if len(examples) < MOST_EXAMPLES:
            examples.append(row["call_id"])

    @property
    def complete(self) -> bool:
        """Whether no field that the desk should hold is missing in any call."""
        return not self.missing

    def document(self) -> list[dict[str, Any]]:
        """A row for each required field, JSON-ready."""
        return [
            {
                "id": one.id,
                "law": one.law,
                "item": one.item,
                "citation": one.citation,
                "status": one.status,
                "kept": one.kept,
                "columns": list(one.columns),
                "where": one.where,
                "when": one.when,
                "calls": self.concerned[one.id],
                "missing": self.missing[one.id],
                "why": dict(sorted(self.why.get(one.id, {}).items())),
                "examples": self.examples.get(one.id, []),
            }
            for one in wanted()
        ]
