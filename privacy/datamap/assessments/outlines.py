"""Outlines of assessments and scales of risk (outlines.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from privacy.errors import BadInput

DPIA, INTEREST = "dpia", "legitimate-interest"
KINDS = (DPIA, INTEREST)
DEFAULT = {DPIA: "ico", INTEREST: "three-part"}
LEVELS = ("low", "medium", "high")


@dataclass(frozen=True)
class Step:
    """One step: its questions, those of them that must be answered, or a `part` of the
    assessment that stands in its place (risks, measures, sign_off)."""

    title: str
    questions: tuple[str, ...]
    required: frozenset[str]
    part: str


@dataclass(frozen=True)
class Outline:
    """Whose outline, how it was read, its steps. `events`: each feared event needs a risk."""

    id: str
    kind: str
    name: str
    source: str
    mark: str
    events: bool
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Scale:
    """Words for likelihood and severity, from low to high, and the level of each pair."""

    id: str
    name: str
    mark: str
    likelihood: tuple[str, ...]
    severity: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]

    def level(self, likelihood: str, severity: str) -> str:
        """low, medium or high."""
        return self.levels[self.severity.index(severity)][self.likelihood.index(likelihood)]


def questions() -> Mapping[str, str]:
    """Every question by its name."""
    return {str(name): str(text) for name, text in _read()["question"].items()}


def outline(outline_id: str, kind: str) -> Outline:
    """An outline of that kind. BadInput where there is none of that id."""
    for each in _read()["outline"]:
        if each["id"] == outline_id and each["kind"] == kind:
            return Outline(
                outline_id,
                kind,
                str(each["name"]),
                str(each["source"]),
                str(each["mark"]),
                bool(each.get("events", False)),
                tuple(_step(step) for step in each["steps"]),
            )
    known = ", ".join(ids(kind))
    raise BadInput("There is no such outline of that kind.", what="--outline", next=f"{known}.")


def ids(kind: str = "") -> tuple[str, ...]:
    """Outlines that can be chosen, of one kind or of all."""
    return tuple(str(each["id"]) for each in _read()["outline"] if kind in ("", each["kind"]))


def scales() -> tuple[str, ...]:
    """Scales that can be chosen."""
    return tuple(str(each["id"]) for each in _read()["scale"])


@cache
def scale(scale_id: str) -> Scale:
    """A scale by its id, one of `scales()`."""
    (each,) = (row for row in _read()["scale"] if row["id"] == scale_id)
    return Scale(
        scale_id,
        str(each["name"]),
        str(each["mark"]),
        tuple(each["likelihood"]),
        tuple(each["severity"]),
        tuple(tuple(row) for row in each["levels"]),
    )


def _step(each: Mapping[str, Any]) -> Step:
    return Step(
        str(each["title"]),
        tuple(each.get("questions", ())),
        frozenset(each.get("required", ())),
        str(each.get("part", "")),
    )


@cache
def _read() -> dict[str, Any]:
    found = files("privacy.datamap.assessments").joinpath("outlines.toml")
    return tomllib.loads(found.read_text("utf-8"))
