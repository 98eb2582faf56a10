"""The questionnaire as values: questions with their types, weights, gates and conditions. Pure.

The package's own stands in packs/questionnaire.json; `reading.read` makes these values of a
document and refuses one that is wrong, naming question and field. The controller's own
questions are put in by `extensions`. `facts` are asked beside questions and score nothing:
conditions rest on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from privacy.vendors.expressions import Expression


class Kind(StrEnum):
    """What an answer is. DATE is of facts only; INTEGER and MULTI score nothing."""

    CHOICE = "choice"
    CHECKLIST = "checklist"
    RATIO = "ratio"
    NUMBER = "number"
    INTEGER = "integer"
    MULTI = "multi"
    DATE = "date"


class Empty(StrEnum):
    """What 0 of 0 means in a ratio: no answer at all, nothing achieved, or nothing to do."""

    REFUSED = "refused"
    ZERO = "zero"
    NOT_APPLICABLE = "not_applicable"


class Tier(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


COUNTRIES = "countries"


@dataclass(frozen=True)
class Citation:
    """Where a question comes from. `mark`: verified, secondary, practice or memory."""

    key: str
    cite: str
    url: str
    mark: str


@dataclass(frozen=True)
class Band:
    """Up to `most`, included, the answer is worth `value`; None: whatever is more."""

    most: Decimal | None
    value: Decimal


@dataclass(frozen=True)
class Adjustment:
    """The value is multiplied by `times` when the condition holds, or is not known and counts."""

    when: Expression
    when_text: str
    times: Decimal
    if_unknown: bool
    words: str


@dataclass(frozen=True)
class ContradictedBy:
    """A test on call records that contradicts the answer.

    Any exception contradicts, unless limits stand here: then only a figure above the limit of
    the answer that was claimed (`above`), or above or below the claimed figure itself.
    """

    kind: str
    unit: str = ""
    above: Mapping[str, Decimal] | None = None
    above_claim: bool = False
    below_claim: bool = False


@dataclass(frozen=True)
class Form:
    """How an answer may look. Only the fields of its kind are set.

    `options`: codes of a choice, checklist or multi, or () where `countries` are asked for.
    """

    kind: Kind
    options: tuple[str, ...] = ()
    countries: bool = False
    numerator: str = ""
    denominator: str = ""
    when_empty: Empty = Empty.REFUSED
    unit: str = ""


@dataclass(frozen=True)
class Fact:
    """What is asked beside question `of`; `by` vendor or controller."""

    id: str
    of: str
    ask: str
    by: str
    form: Form


@dataclass(frozen=True)
class Question:
    """One question. `values`: of a choice; None is not applicable. `weight` 0: sizing only.

    `evidence_cap`: the most an answer counts without evidence; None: it needs none. `sampled`:
    the ratio is of a sample drawn from many, so that a bound belongs beside it.
    """

    id: str
    section: str
    ask: str
    form: Form
    values: Mapping[str, Decimal | None]
    bands: Mapping[str, tuple[Band, ...]]
    evidence: str
    evidence_cap: Decimal | None
    why: tuple[str, ...]
    weight: int
    gate: bool
    gate_lifted_if: Expression | None
    score_rule: str
    adjust: tuple[Adjustment, ...]
    denominator_at_least: str
    sampled: bool
    cdr_test: str
    contradicted_by: tuple[ContradictedBy, ...]
    jurisdictions: frozenset[str]
    condition: Expression | None
    condition_text: str
    rule_refs: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    id: str
    title: str
    consideration: str


@dataclass(frozen=True)
class Rules:
    """How answers become a tier, a total and an outcome. Months and days are in the names."""

    tier_question: str
    tier_below: Mapping[Tier, int]
    raised_if: Expression
    bars: Mapping[Tier, int]
    conditional_within: int
    section_floor: int
    reassess_months: Mapping[Tier, int]
    reassess_events: tuple[str, ...]
    countries_question: str
    due_days: Mapping[str, int]
    severity_of_weight: Mapping[int, str]


@dataclass(frozen=True)
class Questionnaire:
    """A whole questionnaire. `sha256`: of its canonical JSON, extensions included."""

    name: str
    version: str
    sha256: str
    sections: tuple[Section, ...]
    citations: Mapping[str, Citation]
    considerations: Mapping[str, str]
    jurisdictions: Mapping[str, frozenset[str]]
    areas: Mapping[str, frozenset[str]]
    rules: Rules
    facts: Mapping[str, Fact]
    questions: Mapping[str, Question]

    def form_of(self, answer_id: str) -> Form | None:
        """How the answer of that question or fact may look; None where there is none."""
        if answer_id in self.questions:
            return self.questions[answer_id].form
        return self.facts[answer_id].form if answer_id in self.facts else None
