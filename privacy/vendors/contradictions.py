"""A claim against what call records show: what contradicts it, and with which rows. Pure.

Which test speaks to which question stands in the questionnaire. A test that was made and found
nothing is kept too: it says that the claim was looked at and held.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from privacy.vendors.answers import Answer, Ratio, plain
from privacy.vendors.questionnaire import ContradictedBy, Question
from privacy.vendors.sampling import shown_up, upper_bound

MOST_ROWS = 1_000
SHOWN_ROWS = 5


@dataclass(frozen=True)
class Tested:
    """One finding of a run over a vendor's call records.

    `rows`: row numbers of the run's export, at most 1,000; `exceptions` counts them all, of
    `tested` rows. `measured`: a figure in the unit of its kind. `sampled`: the rows tested were
    drawn, so that a bound belongs beside them. Periods are days as text, or "".
    """

    kind: str
    finding_id: str
    rows: tuple[int, ...] = ()
    exceptions: int = 0
    tested: int = 0
    measured: Decimal | None = None
    sampled: bool = False
    period_from: str = ""
    period_to: str = ""
    run_id: str = ""

    @property
    def bound(self) -> float | None:
        """The exact upper 95 % bound on the share of exceptions, where rows were drawn."""
        return upper_bound(self.exceptions, self.tested) if self.sampled and self.tested else None


@dataclass(frozen=True)
class Compared:
    """A claim beside its test. `contradicts`: the tested value wins."""

    tested: Tested
    claimed: Any
    contradicts: bool

    @property
    def words(self) -> str:
        """The finding in a line: what, how often or how much, and in which rows."""
        each = self.tested
        said = each.kind.replace("_", " ")
        if each.measured is not None:
            claim = "none" if self.claimed is None else self.claimed
            said += f", {each.measured:f} measured and {claim} claimed"
        said += f", {each.exceptions} of {each.tested}"
        if each.rows:
            more = " and more" if len(each.rows) > SHOWN_ROWS else ""
            said += f", rows {', '.join(str(row) for row in each.rows[:SHOWN_ROWS])}{more}"
        return said

    def document(self) -> dict[str, Any]:
        each = self.tested
        return {
            "kind": each.kind,
            "finding": each.finding_id,
            "run": each.run_id or None,
            "claimed": self.claimed,
            "measured": None if each.measured is None else f"{each.measured:f}",
            "exceptions": each.exceptions,
            "tested": each.tested,
            "sampled": each.sampled,
            "upper_bound_95": None if each.bound is None else shown_up(each.bound),
            "from": each.period_from or None,
            "to": each.period_to or None,
            "rows": list(each.rows),
            "contradicts": self.contradicts,
        }


def compared(
    question: Question,
    answer: Answer | None,
    tests: Iterable[Tested],
    *,
    admits: bool = False,
    hidden: bool = False,
) -> list[Compared]:
    """Every test that speaks to the question, beside what was claimed.

    `admits`: the answer is worth nothing by itself, so that no finding can contradict it.
    `hidden`: the question was not asked, which is a claim too: that there is no such calling.
    """
    claimed = None if answer is None else plain(answer.value)
    return [
        Compared(
            test,
            claimed,
            shows_use(question, by, test)
            if answer is None and hidden
            else answer is not None and not admits and _contradicts(by, answer, test),
        )
        for by, test in _speaking(question, tests)
    ]


def used(question: Question, tests: Iterable[Tested]) -> bool:
    """Whether call records show that a hidden question applies after all."""
    return any(shows_use(question, by, test) for by, test in _speaking(question, tests))


def shows_use(question: Question, by: ContradictedBy, test: Tested) -> bool:
    """Whether a finding shows a kind of calling that the question is about.

    Any exception does; of a share, one that no band lets pass in full. An age or an
    attestation alone shows nothing: it is a figure of calls that may be asked about elsewhere.
    """
    if by.above is not None or by.below_claim:
        return False
    if by.above_claim:
        full = [bands[0].most for bands in question.bands.values()]
        return test.measured is not None and all(m is None or test.measured > m for m in full)
    return test.exceptions > 0


def _speaking(
    question: Question, tests: Iterable[Tested]
) -> Iterator[tuple[ContradictedBy, Tested]]:
    for test in tests:
        for by in question.contradicted_by:
            if by.kind == test.kind:
                yield by, test


def _contradicts(by: ContradictedBy, answer: Answer, test: Tested) -> bool:
    """Whether the test contradicts this claim. A figure that equals the limit does not."""
    if by.above is not None:
        limit = by.above.get(str(answer.value))
        return limit is not None and test.measured is not None and test.measured > limit
    if by.above_claim or by.below_claim:
        claim = _figure(answer)
        if claim is None or test.measured is None:
            return False
        return test.measured > claim if by.above_claim else test.measured < claim
    return test.exceptions > 0


def _figure(answer: Answer) -> Decimal | None:
    if isinstance(answer.value, Decimal):
        return answer.value
    if isinstance(answer.value, Ratio) and answer.value.denominator:
        return Decimal(answer.value.numerator) / Decimal(answer.value.denominator)
    return None
