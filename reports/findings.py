"""Findings as cards: what was found against which rule, where it stands, who does what by when.

Steps, owner and term are a proposal of the report, worded from what was found; nobody is
named who is not in the data. A card says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypedDict

from reports.showing import headline, words

if TYPE_CHECKING:
    from reports.verdict import Finding as Found

BEFORE_NEXT_CALL = "before the next call"
BEFORE_RELIED_ON = "before the report is relied on"
AT_ONCE = "at once"
NOBODY = "to be named by the controller"
NO_CRITERION = "completeness of this report's own data"


class Card(TypedDict):
    id: str
    level: Literal["breach", "not_provable"]
    topic: str
    title: str
    text: str
    criterion: str
    evidence: str
    action: str
    owner: str
    due: str


@dataclass(frozen=True)
class Advice:
    """Where the data of a topic stand, and what to do when they show a breach.

    `criterion` is what was not kept where the finding itself cites no law.
    """

    section: int
    path: str
    action: str
    due: str = BEFORE_NEXT_CALL
    criterion: str = ""


BY_PLACE: dict[str, Advice] = {
    "checks": Advice(
        5,
        "checks",
        "Stop the campaign. Look at each of these calls in the log, mend what let them through, "
        "and decide whether the persons or an authority must be told.",
    ),
    "conduct": Advice(
        5, "conduct", "Stop the campaign until its figures over the period keep the limit."
    ),
    "opt_outs": Advice(
        6, "opt_outs.latency", "Find what delayed the opt-outs, and test the way of each one."
    ),
    "consent": Advice(
        7,
        "consent",
        "Take the persons concerned off the campaign until their consent is clear.",
        criterion="a consent in force at each call",
    ),
    "rights": Advice(
        8,
        "rights",
        "Answer the overdue requests now, and tell each person why it took longer.",
        AT_ONCE,
        "the statutory period of each request",
    ),
    "sums": Advice(
        2, "calls and decisions", "Stop the campaign. Find what called without a permit."
    ),
    "log": Advice(9, "log_verified", ""),
}
TO_PROVE: dict[str, str] = {
    "consent": "Find the evidence of these consents, or call these persons no more.",
    "sums": "Make the report again from an undisturbed database; if it stays so, report a fault.",
    "log": "Run `rightsdesk audit verify`, then make the report again.",
    "opt_outs": "Record when an opt-out was received and when it became effective.",
}
OTHERWISE = "Complete what is missing, look at these calls again, and make the report again."


def card(number: int, found: Found, owner: str) -> Card:
    """One finding with all that its card says. `owner` is a name, or "" for none."""
    advice = BY_PLACE[found.place]
    breach = found.level == "breach"
    return {
        "id": f"F-{number:02d}",
        "level": found.level,
        "topic": found.topic,
        "title": found.topic if found.place == "conduct" else headline(words(found.topic)),
        "text": found.text,
        "criterion": found.citation or (advice.criterion if breach else "") or NO_CRITERION,
        "evidence": f"section {advice.section}; {advice.path} in data.json",
        "action": advice.action if breach else TO_PROVE.get(found.place, OTHERWISE),
        "owner": owner or NOBODY,
        "due": advice.due if breach else BEFORE_RELIED_ON,
    }


def counts(cards: Sequence[Card]) -> dict[str, int]:
    """How many cards there are of each level."""
    return {name: sum(c["level"] == name for c in cards) for name in ("breach", "not_provable")}
