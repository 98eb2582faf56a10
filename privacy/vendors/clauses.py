"""What a contract with a vendor must say: the clause lists, and what they answer. Pure.

The clauses are data (packs/clauses.toml), each with its citation and mark. A question of the
questionnaire that clauses answer gets its answer only once all of them were looked at.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from privacy.vendors.questionnaire import Kind, Questionnaire

PAGES = re.compile(r"[1-9][0-9]{0,3}(?:-[1-9][0-9]{0,3})?")


class Found(StrEnum):
    """What the contract says of a clause."""

    MET = "met"
    PARTLY = "partly"
    MISSING = "missing"


@dataclass(frozen=True)
class ClauseList:
    """One list of clauses: whose law it is."""

    id: str
    title: str
    url: str


@dataclass(frozen=True)
class Clause:
    """One clause. `question` and `item`: what it answers of the questionnaire, or ""."""

    id: str
    what: str
    cite: str
    mark: str
    question: str = ""
    item: str = ""

    @property
    def list_id(self) -> str:
        return self.id.partition("-")[0]


@cache
def lists() -> tuple[ClauseList, ...]:
    """The lists, in their order."""
    return tuple(ClauseList(**each) for each in _document()["list"])


@cache
def clauses() -> Mapping[str, Clause]:
    """Every clause by its id, in the order of the lists."""
    return {each["id"]: Clause(**each) for each in _document()["clause"]}


def answers_of(questionnaire: Questionnaire, found: Mapping[str, Found]) -> dict[str, Any]:
    """Answers, as JSON, to the questions whose clauses were all looked at.

    A checklist holds the items whose clause is met; a choice is yes if all are met, no if none
    is met even in part, else partly.
    """
    asked: dict[str, list[Clause]] = {}
    for clause in clauses().values():
        if clause.question in questionnaire.questions:
            asked.setdefault(clause.question, []).append(clause)
    return {
        question: _answer(questionnaire, question, linked, found)
        for question, linked in asked.items()
        if all(each.id in found for each in linked)
    }


def _answer(
    questionnaire: Questionnaire,
    question: str,
    linked: list[Clause],
    found: Mapping[str, Found],
) -> Any:
    if questionnaire.questions[question].form.kind is Kind.CHECKLIST:
        return [each.item for each in linked if found[each.id] is Found.MET]
    states = {found[each.id] for each in linked}
    if states == {Found.MET}:
        return "yes"
    return "no" if states == {Found.MISSING} else "partly"


def _document() -> dict[str, Any]:
    path = resources.files("privacy.vendors").joinpath("packs/clauses.toml")
    return tomllib.loads(path.read_text("utf-8"))
