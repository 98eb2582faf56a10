"""What a gap asks for: severity, days, and the states that an item may pass. Pure.

`overdue` is never stored: an item is overdue when its day is past and nobody has verified it or
accepted its risk, and it is no more once the day is moved or the item is done.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from privacy.errors import BadInput
from privacy.vendors.questionnaire import Questionnaire
from privacy.vendors.scoring import Gate, Line


class State(StrEnum):
    OPEN = "open"
    ACCEPTED_BY_VENDOR = "accepted_by_vendor"
    EVIDENCE_SUBMITTED = "evidence_submitted"
    VERIFIED = "verified"
    RISK_ACCEPTED = "risk_accepted"


OVERDUE = "overdue"
DONE = frozenset({State.VERIFIED, State.RISK_ACCEPTED})
ALLOWED: dict[State, frozenset[State]] = {
    State.OPEN: frozenset(
        {State.ACCEPTED_BY_VENDOR, State.EVIDENCE_SUBMITTED, State.RISK_ACCEPTED}
    ),
    State.ACCEPTED_BY_VENDOR: frozenset({State.EVIDENCE_SUBMITTED, State.RISK_ACCEPTED}),
    # What does not convince goes back to open.
    State.EVIDENCE_SUBMITTED: frozenset({State.VERIFIED, State.OPEN, State.RISK_ACCEPTED}),
    State.VERIFIED: frozenset({State.OPEN}),
    State.RISK_ACCEPTED: frozenset({State.OPEN}),
}


def severity_of(questionnaire: Questionnaire, line: Line) -> str:
    """critical for a gate at 0, else by the weight of the question."""
    if line.gate is Gate.FAILED:
        return "critical"
    return questionnaire.rules.severity_of_weight[line.weight]


def finding_of(line: Line) -> str:
    """A code for what is wrong: the gate, what contradicts, what is missing or not good enough."""
    if line.gate is Gate.FAILED:
        return f"gate_failed_{line.status.value}"
    if line.status.value in ("contradicted", "unanswered"):
        return line.status.value
    return "evidence_missing" if line.status.value == "capped" else "answer_below_full"


def due_on(questionnaire: Questionnaire, severity: str, found_on: date) -> date:
    """The last day for a gap of that severity that was found on that day."""
    return found_on + timedelta(days=questionnaire.rules.due_days[severity])


def shown_state(state: State, due: date, on: date) -> str:
    """The state as it is told: overdue in the place of one that should have been done."""
    return OVERDUE if state not in DONE and on > due else state.value


def check_move(before: State, after: State, *, has_evidence: bool) -> None:
    """BadInput for a move that may not be made; verified rests on evidence."""
    if after not in ALLOWED[before]:
        raise BadInput(
            f"An item that is {before.value} cannot become {after.value}.",
            what="--to",
            next=f"From here: {', '.join(sorted(ALLOWED[before]))}.",
        )
    if after in (State.EVIDENCE_SUBMITTED, State.VERIFIED) and not has_evidence:
        raise BadInput(
            f"An item becomes {after.value} with evidence that is named.",
            what="--evidence",
            next="Add the file with `rightsdesk vendor evidence add`, then name it.",
        )
