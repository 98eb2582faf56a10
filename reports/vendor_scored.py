"""Parts of the reports on vendors: percentages that can be computed again from printed points.

Percentages are texts cut after two places, points and values after four. A total is one of the
texts that the printed points allow: whoever changes either is seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Literal, TypedDict

from privacy.errors import BadFacts

Outcome = Literal["approved", "conditional", "not_approved"]
Status = Literal[
    "hidden", "sizing", "unanswered", "not_applicable", "answered", "capped", "contradicted"
]
GateState = Literal["none", "open", "passed", "failed", "lifted"]
PLACES = 4
CUT = Fraction(1, 10**PLACES)


class Who(TypedDict):
    id: str
    name: str


def fraction(text: str, field: str = "data") -> Fraction:
    """A printed decimal as the number that it says. BadFacts for another text."""
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise BadFacts("This should be a decimal.", field=field, next="See the schema.") from None


def fits(percent: str | None, rows: Iterable[tuple[int, str | None]]) -> bool:
    """Whether 100 × points / weight, over rows of (weight, points or None), may print so."""
    held = [(weight, points) for weight, points in rows if points is not None]
    weight = sum(each for each, _ in held)
    if percent is None or not weight:
        return percent is None and not weight
    least = sum((fraction(points) for _, points in held), Fraction(0))
    more = sum((slack(points) for _, points in held), Fraction(0))
    low, high = 100 * least / weight, 100 * (least + more) / weight
    said = fraction(percent)
    return cut(low) <= said <= cut(high)


def slack(text: str) -> Fraction:
    """How much more than it says a printed decimal may be: only what has four places was cut."""
    return CUT if len(text.partition(".")[2]) >= PLACES else Fraction(0)


def cut(value: Fraction) -> Fraction:
    """As a percentage is printed: cut after two places."""
    return Fraction(int(value * 100), 100)


def whole(percent: str | None) -> int:
    """A percentage as a bar shows it: whole, 0 where there is none."""
    return 0 if percent is None else int(fraction(percent))
