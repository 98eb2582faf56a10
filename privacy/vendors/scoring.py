"""From answers, evidence and tests on call records to a score, an outcome and why. Pure.

Value of an answer: 0 to 1 by its type; multiplied where the questionnaire says so; at most its
cap without evidence that is valid on the day; 0 where call records contradict it. A section and
the total are 100 x sum(weight x value) / sum(weight) over what applies and is answered; what is
unanswered counts 0 once the due date has passed. Fractions throughout: no bar is met by rounding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction

from privacy.vendors.answers import Answer
from privacy.vendors.applying import Scope, hidden_by, known_of, scope_of
from privacy.vendors.contradictions import Compared, Tested, compared, used
from privacy.vendors.expressions import Known, evaluate
from privacy.vendors.months import after_months
from privacy.vendors.questionnaire import Question, Questionnaire, Tier
from privacy.vendors.tiers import tier_of
from privacy.vendors.values import raw_value


class Status(StrEnum):
    """How a question stands. SIZING scores nothing; NOT_APPLICABLE was answered so."""

    HIDDEN = "hidden"
    SIZING = "sizing"
    UNANSWERED = "unanswered"
    NOT_APPLICABLE = "not_applicable"
    ANSWERED = "answered"
    CAPPED = "capped"
    CONTRADICTED = "contradicted"


class Gate(StrEnum):
    """A gate at 0 fails; LIFTED where the questionnaire names what lifts it, and that holds."""

    NONE = "none"
    OPEN = "open"
    PASSED = "passed"
    FAILED = "failed"
    LIFTED = "lifted"


class Outcome(StrEnum):
    APPROVED = "approved"
    CONDITIONAL = "conditional"
    NOT_APPROVED = "not_approved"


@dataclass(frozen=True)
class Evidence:
    """A file on record that backs those questions on the days from and until, both included."""

    id: str
    questions: frozenset[str]
    valid_from: date
    valid_until: date
    sha256: str = ""

    def valid(self, on: date) -> bool:
        return self.valid_from <= on <= self.valid_until


@dataclass(frozen=True)
class Case:
    """Everything a scoring rests on. `due_on`: the last day for answers; None: none was set.

    `owned`: questions whose gap has an owner and a due date.
    """

    on: date
    answers: Mapping[str, Answer] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    tests: tuple[Tested, ...] = ()
    due_on: date | None = None
    owned: frozenset[str] = frozenset()

    @property
    def overdue(self) -> bool:
        return self.due_on is not None and self.on > self.due_on


@dataclass(frozen=True)
class Line:
    """One question in a scoring. `claimed` and `value`: 0 to 1, None where nothing counts.

    `steps`: what became of the value and why, one sentence each, in order.
    """

    question: Question
    status: Status
    hidden_by: str
    claimed: Fraction | None
    value: Fraction | None
    gate: Gate
    evidence: tuple[str, ...]
    compared: tuple[Compared, ...]
    steps: tuple[str, ...]

    @property
    def weight(self) -> int:
        return self.question.weight

    @property
    def gap(self) -> bool:
        """Whether it counts and is worth less than it could be."""
        return self.value is not None and self.value < 1


@dataclass(frozen=True)
class Scoring:
    """One vendor on one day. Percentages are exact; None where nothing counts yet."""

    on: date
    lines: tuple[Line, ...]
    sections: Mapping[str, Fraction | None]
    total: Fraction | None
    tier: Tier
    tier_steps: tuple[str, ...]
    bar: int
    outcome: Outcome
    reasons: tuple[str, ...]
    next_review_on: date
    scope: Scope

    def line(self, question_id: str) -> Line:
        return next(each for each in self.lines if each.question.id == question_id)

    def failed_gates(self) -> list[Line]:
        return [each for each in self.lines if each.gate is Gate.FAILED]

    def gaps(self) -> list[Line]:
        return [each for each in self.lines if each.gap]

    def unanswered(self) -> list[Line]:
        return [each for each in self.lines if each.status is Status.UNANSWERED]

    def contradicted(self) -> list[Line]:
        return [each for each in self.lines if each.status is Status.CONTRADICTED]


def score(questionnaire: Questionnaire, case: Case) -> Scoring:
    """The scoring of a case by the rules of the questionnaire."""
    scope = scope_of(questionnaire, case.answers)
    known = known_of(questionnaire, case.answers, case.on)
    lines = tuple(
        _line(questionnaire, question, case, scope, known)
        for question in questionnaire.questions.values()
    )
    sections = {
        section.id: percentage(each for each in lines if each.question.section == section.id)
        for section in questionnaire.sections
    }
    total = percentage(lines)
    tier, tier_steps = tier_of(questionnaire, case.answers, known)
    bar = questionnaire.rules.bars[tier]
    outcome, reasons = _outcome(questionnaire, case, lines, sections, total, bar)
    return Scoring(
        case.on,
        lines,
        sections,
        total,
        tier,
        tier_steps,
        bar,
        outcome,
        reasons,
        after_months(case.on, questionnaire.rules.reassess_months[tier]),
        scope,
    )


def percentage(lines: Iterable[Line]) -> Fraction | None:
    """100 x sum(weight x value) / sum(weight) over what counts; None where nothing does."""
    counted = [(each.weight, each.value) for each in lines if each.value is not None]
    weight = sum(each for each, _ in counted)
    if not weight:
        return None
    return 100 * sum((each * value for each, value in counted), Fraction(0)) / weight


def _line(
    questionnaire: Questionnaire, question: Question, case: Case, scope: Scope, known: Known
) -> Line:
    answer = case.answers.get(question.id)
    scored = answer is not None and bool(question.weight)
    claimed = raw_value(questionnaire, question, answer, scope) if answer and scored else None
    admits = scored and claimed == 0
    hidden = hidden_by(questionnaire, question, scope, known)
    tests = tuple(compared(question, answer, case.tests, admits=admits, hidden=bool(hidden)))
    backing = tuple(each.id for each in case.evidence if question.id in each.questions)

    def line(
        status: Status,
        claimed: Fraction | None,
        value: Fraction | None,
        steps: tuple[str, ...] = (),
        hidden: str = "",
    ) -> Line:
        gate = _gate(question, status, value, known)
        return Line(question, status, hidden, claimed, value, gate, backing, tests, steps)

    if hidden and not used(question, case.tests):
        return line(Status.HIDDEN, None, None, (_HIDDEN[hidden],), hidden)
    if not question.weight:
        return line(Status.SIZING, None, None)
    if hidden and answer is None:
        said = ("It was hidden by the vendor's own answers.", _contradicted(tests))
        return line(Status.CONTRADICTED, None, Fraction(0), said)
    if answer is None:
        if case.overdue:
            return line(Status.UNANSWERED, None, Fraction(0), ("No answer by the due date: 0.",))
        return line(Status.UNANSWERED, None, None, ("No answer yet; the due date has not passed.",))
    if any(each.contradicts for each in tests):
        return line(Status.CONTRADICTED, claimed, Fraction(0), (_contradicted(tests),))
    if claimed is None:
        return line(Status.NOT_APPLICABLE, None, None, ("Answered as not applicable.",))
    value, steps = _counted(question, claimed, case, known)
    return line(Status.CAPPED if value < claimed else Status.ANSWERED, claimed, value, steps)


_HIDDEN = {
    "jurisdiction": "Does not apply: no country that is called is under this law.",
    "condition": "Does not apply: its condition does not hold.",
}


def _contradicted(tests: tuple[Compared, ...]) -> str:
    named = "; ".join(each.words for each in tests if each.contradicts)
    return f"Call records contradict it: {named}. The tested value wins: 0."


def _counted(
    question: Question, claimed: Fraction, case: Case, known: Known
) -> tuple[Fraction, tuple[str, ...]]:
    """The value after what multiplies it and the cap of evidence."""
    value, steps = claimed, [f"Claimed: {shown(claimed)} by its rule."]
    for each in question.adjust:
        holds = evaluate(each.when, known)
        if holds or (holds is None and each.if_unknown):
            value *= Fraction(each.times)
            steps.append(f"Times {each.times:f}: {each.words}.")
    if question.evidence_cap is not None:
        cap = Fraction(question.evidence_cap)
        state = evidence_state(question.id, case)
        if state != "valid" and value > cap:
            value = cap
            steps.append(f"At most {shown(cap)}: {_WITHOUT[state]}.")
    return value, tuple(steps)


_WITHOUT = {
    "none": "no evidence is on file",
    "expired": "the evidence is past its valid-until date",
    "not_yet": "the evidence is not valid yet",
}


def evidence_state(question_id: str, case: Case) -> str:
    """valid, none, expired or not_yet: the best of what is on file for the question."""
    files = [each for each in case.evidence if question_id in each.questions]
    if any(each.valid(case.on) for each in files):
        return "valid"
    if not files:
        return "none"
    return "expired" if any(each.valid_until < case.on for each in files) else "not_yet"


def _gate(question: Question, status: Status, value: Fraction | None, known: Known) -> Gate:
    if not question.gate or status in (Status.HIDDEN, Status.NOT_APPLICABLE):
        return Gate.NONE
    if value is None:
        return Gate.OPEN
    if value > 0:
        return Gate.PASSED
    lifted = question.gate_lifted_if
    if lifted is not None and evaluate(lifted, known):
        return Gate.LIFTED
    return Gate.FAILED


def _outcome(
    questionnaire: Questionnaire,
    case: Case,
    lines: tuple[Line, ...],
    sections: Mapping[str, Fraction | None],
    total: Fraction | None,
    bar: int,
) -> tuple[Outcome, tuple[str, ...]]:
    """Approved, conditional or not, with the codes of what stands in the way of approval.

    An answer that is still owed stands in the way too: nobody is approved by silence.
    """
    rules = questionnaire.rules
    reasons: list[str] = []
    reasons += [f"gate_failed:{each.question.id}" for each in lines if each.gate is Gate.FAILED]
    owed = [each for each in lines if each.status is Status.UNANSWERED and each.value is None]
    reasons += [f"unanswered:{each.question.id}" for each in owed]
    closed = bool(reasons) or total is None
    if total is None:
        reasons.append("nothing_scored")
    elif total < bar:
        reasons.append(f"total_under_bar:{bar}")
    reasons += [
        f"section_under_{rules.section_floor}:{key}"
        for key, value in sections.items()
        if value is not None and value < rules.section_floor
    ]
    if not reasons:
        return Outcome.APPROVED, ()
    unowned = [
        each.question.id for each in lines if each.gap and each.question.id not in case.owned
    ]
    reasons += [f"gap_without_owner:{each}" for each in unowned]
    near = total is not None and total >= bar - rules.conditional_within
    if not closed and near and not unowned:
        return Outcome.CONDITIONAL, tuple(reasons)
    return Outcome.NOT_APPROVED, tuple(reasons)


def shown(value: Fraction, places: int = 2) -> str:
    """The fraction with at most that many places, cut and never rounded up: 84.999 is 84.99."""
    scale = 10**places
    whole, rest = divmod(int(value * scale), scale)
    return f"{whole}.{rest:0{places}d}".rstrip("0").rstrip(".")
