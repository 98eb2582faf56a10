"""Answers to other questionnaires (VSAQ, CAIQ v4) as claims of ours, where they map. Pure.

The mapping is data (packs/foreign.toml) with marks; it never gives more than the other question
asked. Where several answers speak to one question, the worst counts. What does not map is
counted and named, not guessed. A VSAQ file is flat id to value; what is not ticked there says
nothing. A CAIQ is JSON or CSV with a column of question ids and one of answers.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib import resources
from typing import Any

from privacy.errors import BadInput
from privacy.vendors.answers import Answer, Source, answered
from privacy.vendors.questionnaire import Questionnaire

LARGEST_BYTES = 5_000_000
MOST_ROWS = 5_000
CAIQ_ID = re.compile(r"[A-Z][A-Z&]{1,3}-[0-9]{2}\.[0-9]{1,2}")
VSAQ_ID = re.compile(r"[A-Za-z][A-Za-z0-9_:/.-]{0,119}")
ID_NAMES = ("questionid", "id")
ANSWER_NAMES = ("cspcaiqanswer", "answer", "response")
YES = frozenset({"yes", "y", "checked", "true"})
NO = frozenset({"no", "n"})
SILENT = frozenset({"", "na", "n/a", "not applicable", "unchecked", "false"})
SOURCES = (Source.VSAQ, Source.CAIQ)


@dataclass(frozen=True)
class Claim:
    """One line of the mapping: who said `said` to `id` says `answer` to `question`."""

    source: str
    id: str
    said: str
    question: str
    answer: str
    mark: str
    because: str


@dataclass(frozen=True)
class Mapped:
    """What a file says: answers, with the claims behind each; ids that say nothing here."""

    answers: tuple[Answer, ...]
    claims: Mapping[str, tuple[Claim, ...]]
    read: int
    unmapped: tuple[str, ...]
    unreadable: tuple[str, ...]


@cache
def claims() -> tuple[Claim, ...]:
    """The mapping, in its order."""
    path = resources.files("privacy.vendors").joinpath("packs/foreign.toml")
    return tuple(Claim(**each) for each in tomllib.loads(path.read_text("utf-8"))["claim"])


def mapped(questionnaire: Questionnaire, source: Source, content: bytes) -> Mapped:
    """What the file says of our questions. BadInput for what is no such file."""
    said = dict(_vsaq(content) if source is Source.VSAQ else _caiq(content))
    found: dict[str, list[Claim]] = {}
    used: set[str] = set()
    for claim in claims():
        if claim.source == source.value and said.get(claim.id) == claim.said:
            used.add(claim.id)
            if claim.question in questionnaire.questions:
                found.setdefault(claim.question, []).append(claim)
    answers = tuple(_answer(questionnaire, key, held) for key, held in found.items())
    rest = [key for key in said if key not in used]
    return Mapped(
        answers,
        {key: tuple(held) for key, held in found.items()},
        len(said),
        tuple(sorted(key for key in rest if said[key] is not None)),
        tuple(sorted(key for key in rest if said[key] is None)),
    )


def _answer(questionnaire: Questionnaire, question: str, held: list[Claim]) -> Answer:
    values = questionnaire.questions[question].values
    worst = min(held, key=lambda each: Fraction(values[each.answer] or 0))
    comment = "; ".join(
        f"{each.source.upper()} {each.id}: {each.said} ({each.because})" for each in held
    )
    return answered(questionnaire, question, worst.answer, comment, by="vendor")


def _vsaq(content: bytes) -> Iterator[tuple[str, str | None]]:
    document = _json(_text(content))
    if not isinstance(document, dict) or len(document) > MOST_ROWS:
        raise _unreadable("A VSAQ file of answers is one flat object.")
    for key, value in document.items():
        if not VSAQ_ID.fullmatch(key) or not isinstance(value, str | bool | int | None):
            raise _unreadable("A VSAQ file holds ids and plain values.")
        said = _said(str(value if value is not None else "").strip())
        if said != "":
            yield key, said


def _caiq(content: bytes) -> dict[str, str | None]:
    text = _text(content)
    pairs = list(_objects(_json(text), 0)) if text.lstrip()[:1] in ("{", "[") else list(_rows(text))
    if not pairs or len(pairs) > MOST_ROWS:
        raise _unreadable("No column of CAIQ question ids with answers was found.")
    found: dict[str, str | None] = {}
    for key, value in pairs:
        said = _said(value.strip())
        if key in found and found[key] != said:
            raise _unreadable(f"{key} is answered twice, and not the same.")
        found[key] = said
    return {key: said for key, said in found.items() if said != ""}


def _said(text: str) -> str | None:
    """yes, no, "" where nothing is said; None for what cannot be read as either."""
    text = text.casefold()
    if text in YES:
        return "yes"
    if text in NO:
        return "no"
    return "" if text in SILENT else None


def _objects(node: Any, depth: int) -> Iterator[tuple[str, str]]:
    """Pairs of question id and answer anywhere in the document."""
    if depth > 20:
        raise _unreadable("It is nested too deep.")
    if isinstance(node, list):
        for each in node:
            yield from _objects(each, depth + 1)
    if not isinstance(node, dict):
        return
    named = {_name(key): value for key, value in node.items()}
    key = next((named[name] for name in ID_NAMES if name in named), None)
    answer = next((named[name] for name in ANSWER_NAMES if name in named), None)
    if isinstance(key, str) and CAIQ_ID.fullmatch(key) and isinstance(answer, str):
        yield key, answer
    for name, value in node.items():
        if CAIQ_ID.fullmatch(name) and isinstance(value, str):
            yield name, value
        else:
            yield from _objects(value, depth + 1)


def _rows(text: str) -> Iterator[tuple[str, str]]:
    """Pairs below the row that names the columns: the sheet has rows of title above it."""
    columns: tuple[int, int] | None = None
    try:
        for row in csv.reader(io.StringIO(text, newline=""), strict=True):
            names = [_name(cell) for cell in row]
            if columns is None:
                columns = _columns(names)
            elif len(row) > max(columns) and CAIQ_ID.fullmatch(row[columns[0]].strip()):
                yield row[columns[0]].strip(), row[columns[1]]
    except csv.Error:
        raise _unreadable("It is no CSV.") from None


def _columns(names: list[str]) -> tuple[int, int] | None:
    key = next((names.index(name) for name in ID_NAMES if name in names), None)
    answer = next((names.index(name) for name in ANSWER_NAMES if name in names), None)
    return None if key is None or answer is None else (key, answer)


def _name(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.casefold())


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise _unreadable("It is no JSON.") from None


def _text(content: bytes) -> str:
    if len(content) > LARGEST_BYTES:
        raise _unreadable(f"It has more than {LARGEST_BYTES} bytes.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _unreadable("It is no UTF-8.") from None


def _unreadable(why: str) -> BadInput:
    return BadInput(
        f"The file of answers cannot be read. {why}",
        what="file",
        next="Nothing was saved. docs/vendors.md says which files --kind takes.",
    )
