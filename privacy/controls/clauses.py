"""Clauses and controls that evidence is filed under, and the record classes of 16 CFR 310.5."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

POLICY, OBJECTIVE = "do_not_call_policy", "control_objective"


@dataclass(frozen=True, slots=True)
class Clause:
    """What one clause asks. `needs`: kinds of evidence, one of which must be in force; `computed`:
    what the desk itself computes for it."""

    id: str
    set: str
    title: str
    citation: str
    asks: str
    needs: tuple[str, ...]
    computed: tuple[str, ...]
    verification: str


@dataclass(frozen=True, slots=True)
class RecordClass:
    """One class of records: what the desk holds of it, what it lacks, and where it is counted."""

    id: str
    title: str
    citation: str
    holds: str
    lacks: str
    source: str
    verification: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """What a calling law asks. `checks` on every call and rules of `law conduct` show it, of
    calls to that country."""

    id: str
    law: str
    country: str
    title: str
    citation: str
    checks: tuple[str, ...]
    conduct: tuple[str, ...]
    verification: str


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    return tomllib.loads(files("privacy.controls").joinpath("clauses.toml").read_text("utf-8"))


@lru_cache(maxsize=1)
def clauses() -> tuple[Clause, ...]:
    """Every clause, in the order of its law."""
    return tuple(
        Clause(**{**row, "needs": tuple(row["needs"]), "computed": tuple(row["computed"])})
        for row in _data()["clause"]
    )


def of_set(name: str) -> tuple[Clause, ...]:
    """The clauses of one set: POLICY or OBJECTIVE."""
    return tuple(clause for clause in clauses() if clause.set == name)


@lru_cache(maxsize=1)
def record_classes() -> tuple[RecordClass, ...]:
    """The record classes of 16 CFR 310.5."""
    return tuple(RecordClass(**row) for row in _data()["record_class"])


@lru_cache(maxsize=1)
def criteria() -> tuple[Criterion, ...]:
    """What TSR, TCPA and PECR ask of calls."""
    return tuple(
        Criterion(**{**row, "checks": tuple(row["checks"]), "conduct": tuple(row["conduct"])})
        for row in _data()["criterion"]
    )
