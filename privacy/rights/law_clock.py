"""What the laws say of the dates of one case: typed answers, and their document. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

DATES = (
    "due", "acknowledge_due", "extension_notice_due", "extended_due", "appeal_due",
    "appeal_extended_due", "deemed_refused_on", "next_due", "not_before", "safe_due",
)  # fmt: skip


class Runs(StrEnum):
    """What a law has to say about the date of a case."""

    DATED = "dated"
    STANDS_STILL = "stands_still"
    NO_PERIOD = "no_period"
    NOT_IN_FORCE = "not_in_force"
    CANNOT = "cannot"


@dataclass(frozen=True)
class LawClock:
    """One law's clock of a case. Days are in the controller's zone, inclusive.

    `answer` is the law's own document, or None where it has none; `why` says then what
    is missing, or that the law sets no period.
    """

    law: str
    runs: Runs
    citation: str
    why: str = ""
    answer: dict[str, Any] | None = None
    due: str | None = None
    safe_due: str | None = None
    acknowledge_due: str | None = None

    @property
    def target(self) -> str | None:
        """The earlier of the limit and its stricter reading: what to work towards."""
        return min(filter(None, (self.due, self.safe_due)), default=None)

    def document(self) -> dict[str, Any]:
        """The line of this law in the document of a case."""
        return {
            "law": self.law,
            "runs": self.runs.value,
            "due": self.due,
            "safe_due": self.safe_due,
            "acknowledge_due": self.acknowledge_due,
            "citation": self.citation,
            "why": self.why or None,
        }


@dataclass(frozen=True)
class CaseClock:
    """All clocks of a case, the leading one first."""

    laws: tuple[LawClock, ...]
    started_on: str

    @property
    def leading(self) -> LawClock:
        """The law with the earliest target."""
        return self.laws[0]

    @property
    def last_day(self) -> date | None:
        """The last day that counts, or None where no law gives one now."""
        when = self.leading.due
        return None if when is None else date.fromisoformat(when[:10])

    @property
    def acknowledge_due(self) -> str | None:
        """The first day by which a law wants the person told that the request came."""
        return min((law.acknowledge_due for law in self.laws if law.acknowledge_due), default=None)

    @property
    def to_mend(self) -> str:
        """What keeps the clock from being computed; "" where a law could be asked.

        One law that cannot be read is enough: its date might be the earliest.
        """
        return next((law.why for law in self.laws if law.runs is Runs.CANNOT), "")

    def judged(self, answered_on: date) -> bool | None:
        """Whether an answer of that day is in time; None if no date was ever computed.

        What cannot be computed counts neither as in time nor as late.
        """
        if self.to_mend or self.last_day is None:
            return None
        return answered_on <= self.last_day

    def document(self) -> dict[str, Any]:
        """The leading law's answer, whole also where there is none, with every law beside."""
        leading = self.leading
        answer = leading.answer or nothing(leading, self.started_on)
        return {**answer, "law": leading.law, "laws": [law.document() for law in self.laws]}


def nothing(leading: LawClock, started_on: str) -> dict[str, Any]:
    """The document of a case for which no law has an answer: every field, no date made up."""
    return {
        "state": "stated" if leading.due else "no_clock",
        "started_on": started_on,
        "pauses": [],
        **dict.fromkeys(DATES),
        "due": leading.due,
        "next_due": leading.due,
        "immediate": False,
        "without_undue_delay": True,
        "readings": [],
        "steps": [],
        "calendar": {},
        "warnings": [leading.why] if leading.why else [],
    }
