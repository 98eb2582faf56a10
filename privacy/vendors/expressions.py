"""Conditions of the questionnaire: a small language of our own, read here and nowhere run. Pure.

    scope-02 includes predictive or scope-02 includes prerecorded
    not (consent-03.leads_bought is no) and scope-01 >= 1000
    security-01.report_on older than 12 months

A test names an answer by the id of its question or fact: `includes`, `is`, `outside AREA`,
`older than N months`, or a comparison with a number; `is answered` asks whether there is one.
`and` binds closer than `or`; nothing else can be said. What is not answered makes a test neither
true nor false (Kleene): whoever asks decides what that means, and here it never favours a vendor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from privacy.errors import BadFacts
from privacy.vendors.months import after_months

LONGEST = 2_000
DEEPEST = 30
REF = re.compile(
    r"(?:[a-z][a-z0-9]{0,19}:)?[a-z][a-z0-9]{0,19}-[0-9]{2,3}(?:\.[a-z][a-z0-9_]{0,29})?"
)
WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
NUMBER = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,6})?")
TOKEN = re.compile(r"\s*(?:(<=|>=|[<>=()])|([A-Za-z0-9_.:-]+))")
KEYWORDS = frozenset({"and", "or", "not", "is", "includes", "outside", "older", "than", "months"})
COMPARISONS = ("<", "<=", ">", ">=", "=")
ANSWERED = "answered"
MANY = (list, tuple, set, frozenset)


@dataclass(frozen=True)
class Check:
    """One test of one answer. `operand`: a word, or a number as text."""

    ref: str
    op: str
    operand: str


@dataclass(frozen=True)
class Not:
    inner: Expression


@dataclass(frozen=True)
class All:
    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class Some:
    parts: tuple[Expression, ...]


Expression = Check | Not | All | Some


@dataclass(frozen=True)
class Known:
    """What an expression may look at: answers by id, areas by name, and the day."""

    answers: Mapping[str, Any]
    areas: Mapping[str, frozenset[str]]
    on: date


def parse(text: str, field: str) -> Expression:
    """The expression that `text` says. BadFacts names `field` and what was expected."""
    if len(text) > LONGEST:
        raise _wrong(field, f"An expression has at most {LONGEST} characters.")
    reader = _Reader(_tokens(text, field), field)
    found = reader.some(0)
    if reader.peek() is not None:
        raise _wrong(field, "An expression goes on where it should have ended.")
    return found


def evaluate(expression: Expression, known: Known) -> bool | None:
    """True, False, or None where an answer that it rests on is missing."""
    if isinstance(expression, Check):
        return _test(expression, known)
    if isinstance(expression, Not):
        inner = evaluate(expression.inner, known)
        return None if inner is None else not inner
    values = [evaluate(part, known) for part in expression.parts]
    settles = isinstance(expression, Some)
    if settles in values:
        return settles
    return None if None in values else not settles


def checks(expression: Expression) -> Iterator[Check]:
    """Every test in it, from left to right."""
    if isinstance(expression, Check):
        yield expression
    elif isinstance(expression, Not):
        yield from checks(expression.inner)
    else:
        for part in expression.parts:
            yield from checks(part)


def text_of(expression: Expression) -> str:
    """The expression as text that parses to the same."""
    if isinstance(expression, Check):
        if expression.op == "older":
            return f"{expression.ref} older than {expression.operand} months"
        return f"{expression.ref} {expression.op} {expression.operand}"
    if isinstance(expression, Not):
        return f"not ({text_of(expression.inner)})"
    joined = " and " if isinstance(expression, All) else " or "
    return joined.join(f"({text_of(part)})" for part in expression.parts)


def _test(test: Check, known: Known) -> bool | None:
    value = known.answers.get(test.ref)
    if test.op == "is" and test.operand == ANSWERED:
        return value is not None
    if value is None:
        return None
    if test.op == "includes":
        return test.operand in value if isinstance(value, MANY) else None
    if test.op == "outside":
        area = known.areas.get(test.operand, frozenset())
        return any(each not in area for each in value) if isinstance(value, MANY) else None
    if test.op == "older":
        # A day to come is no day of something that is there: not known.
        if not isinstance(value, date) or value > known.on:
            return None
        return after_months(value, int(test.operand)) < known.on
    if test.op == "is":
        return bool(value == test.operand)
    return _compared(value, test)


def _compared(value: Any, test: Check) -> bool | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    limit = Decimal(test.operand)
    return {
        "<": value < limit,
        "<=": value <= limit,
        ">": value > limit,
        ">=": value >= limit,
        "=": value == limit,
    }[test.op]


def _tokens(text: str, field: str) -> list[str]:
    found: list[str] = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise _wrong(field, "An expression has a sign that it may not have.")
        found.append(match.group(1) or match.group(2))
        at = match.end()
    return found


class _Reader:
    """Recursive descent over the tokens."""

    def __init__(self, tokens: list[str], field: str) -> None:
        self._tokens = tokens
        self._field = field
        self._at = 0

    def peek(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def some(self, depth: int) -> Expression:
        parts = [self._all(depth)]
        while self.peek() == "or":
            self._at += 1
            parts.append(self._all(depth))
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def _all(self, depth: int) -> Expression:
        parts = [self._not(depth)]
        while self.peek() == "and":
            self._at += 1
            parts.append(self._not(depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _not(self, depth: int) -> Expression:
        if depth > DEEPEST:
            raise _wrong(self._field, f"An expression is nested deeper than {DEEPEST}.")
        if self.peek() == "not":
            self._at += 1
            return Not(self._not(depth + 1))
        if self.peek() == "(":
            self._at += 1
            inner = self.some(depth + 1)
            self._expect(")")
            return inner
        return self._test()

    def _test(self) -> Check:
        ref = self._next(REF, "the id of a question or fact")
        op = self.peek()
        self._at += 1
        if op in ("is", "includes", "outside"):
            word = self._next(WORD, "a word")
            if word in KEYWORDS:
                raise _wrong(self._field, "A word of the language stands where a value should.")
            return Check(ref, op, word)
        if op == "older":
            self._expect("than")
            months = self._next(re.compile(r"[0-9]{1,3}"), "a number of months")
            self._expect("months")
            return Check(ref, "older", months)
        if op in COMPARISONS:
            return Check(ref, op, self._next(NUMBER, "a number"))
        raise _wrong(self._field, "An expression lacks is, includes, outside, older or < = >.")

    def _next(self, form: re.Pattern[str], what: str) -> str:
        token = self.peek()
        if token is None or not form.fullmatch(token):
            raise _wrong(self._field, f"An expression lacks {what}.")
        self._at += 1
        return token

    def _expect(self, wanted: str) -> None:
        if self.peek() != wanted:
            raise _wrong(self._field, f"An expression lacks `{wanted}`.")
        self._at += 1


def _wrong(field: str, message: str) -> BadFacts:
    return BadFacts(
        message, field=field, next="See docs/vendors.md for the language of conditions."
    )
