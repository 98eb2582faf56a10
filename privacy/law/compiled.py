"""What can ever matter to a rule, settled once from what the rule says.

Most clauses need a word of the rule (`decide`), a figure of it (`params`) or its
kind; where the rule lacks it the clause says nothing on any call. Leaving such a
clause out changes no verdict. So it is with the limits of a rule's scope and with
what can break its duties.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

# Rules that put a duty on the caller; they deny only where a told fact breaks them.
DUTIES = (
    "consent_elements",
    "reassigned_number",
    "scope",
    "caller_id",
    "identification",
    "opt_out_mechanism",
    "ring",
    "abandonment",
    "records",
    "attestation",
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a rule says: its kind, figures (`params`) and words (`decide`)."""

    kind: str
    params: Mapping[str, Any]
    decide: Mapping[str, Any]
    keeps_hours: bool


Needs = Callable[[Said], bool]


def any_word(*words: str) -> Needs:
    """The rule has one of these words with a value that is not empty."""
    return lambda rule: any(rule.decide.get(word) for word in words)


def of_kind(*kinds: str) -> Needs:
    """The rule is of one of these kinds."""
    return lambda rule: rule.kind in kinds


def keeps_hours(rule: Said) -> bool:
    """The rule has a window of the week."""
    return rule.keeps_hours


def needs_consent(rule: Said) -> bool:
    """The rule asks for a consent, by itself or by its requirement."""
    return "needs" in rule.decide or "required" in rule.params


def any_figure(*names: str) -> Needs:
    """The rule has one of these figures."""
    return lambda rule: any(name in rule.params for name in names)


def has_duty(rule: Said) -> bool:
    """The rule is a duty, or a told fact can break what it asks of the caller."""
    return rule.kind in DUTIES or bool(duties_for(rule))


def names_commerce(rule: Said) -> bool:
    """The rule is for commercial calls only, or for the others only."""
    return "commercial" in rule.decide


SCOPE_NEEDS: Mapping[str, Needs] = {
    "automated": any_word("automated"),
    "line": any_word("line"),
    "commercial": names_commerce,
    "sectors": any_word("only_sectors"),
    "emergency": any_word("emergency"),
}

DUTY_NEEDS: Mapping[str, Needs] = {
    "number_withheld": any_word("shows_number", "number_answers"),
    "premium_number": any_figure("number_not"),
    "ring_too_short": of_kind("ring"),
    "elements_missing": any_figure("elements"),
    "reassigned": of_kind("reassigned_number"),
    "unregistered": any_word("registration"),
    "unauthenticated": any_word("authentication"),
}

NEEDS: Mapping[str, Needs] = {
    "banned": of_kind("ban"),
    "goods": any_word("banned_goods", "special_goods"),
    "location": of_kind("location"),
    "own_request": any_word("own_list", "withdrawal"),
    "revoke_all": any_word("revoke_all"),
    "opt_out_confirmation": any_word("confirms_opt_out"),
    "lists": any_word("registers"),
    "exemption": any_word("explains"),
    "never_line": any_word("never_line"),
    "consent": needs_consent,
    "exempted_message": any_word("free_to_recipient"),
    "hours": keeps_hours,
    "inconvenient_times": any_word("inconvenient_times"),
    "frequency": any_word("caps", "quiet"),
    "duties": has_duty,
}


def clauses_for(rule: Said) -> tuple[str, ...]:
    """Names of the clauses that can speak for the rule, in the order in which they do."""
    return _able(NEEDS, rule)


def scopes_for(rule: Said) -> tuple[str, ...]:
    """Names of the limits that can leave a call out of the rule's scope, in their order."""
    return _able(SCOPE_NEEDS, rule)


def duties_for(rule: Said) -> tuple[str, ...]:
    """Names of the ways in which a told fact can break the rule's duty, in their order."""
    return _able(DUTY_NEEDS, rule)


def _able(needs: Mapping[str, Needs], rule: Said) -> tuple[str, ...]:
    return tuple(name for name, able in needs.items() if able(rule))
