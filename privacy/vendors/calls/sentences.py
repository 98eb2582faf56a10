"""A finding in a sentence that a lawyer can use: who, when on which clock, what, against what.

No number is ever told: a row of the vendor's own file leads to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from privacy.clock import instant
from privacy.law.grounds import Word
from privacy.law.rulebook import rulebook
from privacy.law.zones import zone
from privacy.vendors.calls.checks import ASKED, Check
from privacy.vendors.calls.manner import GAP_RULE, OPT_OUTS
from privacy.vendors.calls.tally import Finding, Row

OWN_POLICY = "the organisation's own policy"
WHAT: dict[Check, str] = {
    Check.HOURS: "was begun outside the hours in which the law of the place allows such calls",
    Check.HOLIDAY: "was begun on a day on which the law of the place allows no such calls, or only "
    "in hours that this one did not keep",
    Check.CONSENT: "was made without the consent that the rule requires: the controller's ledger "
    "held none that counted at that instant",
    Check.PRERECORDED: "used a recorded or artificial voice without the consent that the rule "
    "requires: the controller's ledger held none that counted at that instant",
    Check.DO_NOT_CALL: "reached a number that stood on the do-not-call list of that day, and no "
    "exception was on record",
    Check.LIST_AGE: "rested on a do-not-call list that was older than the rule allows",
    Check.FREQUENCY: "was one more than the rule allows to the same person in its span, or fell "
    "into days in which it allows none",
    Check.MINIMUM_GAP: "followed another call to the same person sooner than the minimum gap",
    Check.CALLER_ID: "did not show a number as the rule demands",
    Check.RING_TIME: "was given up unanswered before it had rung as long as the rule demands",
    Check.AFTER_OPT_OUT: "was made although the person had told the caller to stop",
    Check.OPT_OUT_LATENCY: "was made after the last day on which the rule lets an opt-out wait",
    Check.OTHER: "is of a kind that the rule does not allow",
}
DESK = "desk."
COLUMN_WORDS: dict[str, str] = {
    "agent_at": "the instant at which an agent was on the line",
    "answered_at": "the instant of the answer",
    "answered_by": "whether a person or a machine answered",
    "called_line": "whether the called number is a mobile or a landline",
    "called_number": "the called number",
    "called_place": "the place of the called person, where the number may be in several",
    "calling_number": "the calling number that was shown",
    "campaign": "the campaign of each call",
    "ended_at": "the end of the call",
    "ended_by": "which side ended the call",
    "list_date": "the date of the do-not-call list that the number was checked against",
    "opt_out_at": "opt-outs that were told in calls",
    "prerecorded": "whether a recorded or artificial voice was used",
    "ring_seconds": "how long it rang",
    "rules": "rules of the called place, which the pack does not have",
    "attestation": "the attestation level of each call",
    "calls": "calls that could show it",
    "clock": "a statement of which clock wrote the times",
    "clock_offset": "the offset of each time in the repeated hour",
    "desk.stop_instruction": "an instruction to stop (`vendor fact stop`)",
    "desk.export_after_the_stop": "an export of the time after the stop, with its declared period",
    "desk.known_call": "a call at a known time (`vendor fact call`)",
    "desk.withdrawals": "a withdrawal of somebody who was called",
    "desk.subscribed_areas": "the areas that the account covers (`vendor fact areas`)",
    "desk.stated_abandonment": "a figure that the vendor stated (`vendor fact abandonment`)",
    "desk.reason_of_the_number_pool": "the configuration of the number pool, with its reason",
    "desk.erasures": "an erasure before the calls",
    "desk.consent_of_an_erased_person": "the consent of a person whom the controller has erased",
    "desk.relationship": "purchases and inquiries before the call, which later ones hide",
    "desk.reassigned_check": "the answer of the database of reassigned numbers at that time",
}


def missing_word(name: str) -> str:
    """What a missing column or fact is, in words; `desk.` ones are the controller's own."""
    if name in COLUMN_WORDS:
        return COLUMN_WORDS[name]
    if name.startswith(f"{DESK}list."):
        return (
            f"the controller's own copy of the list {name.removeprefix(f'{DESK}list.')} as of then"
        )
    return name.removeprefix(DESK).replace("_", " ")


def citation_of(rule: str) -> str:
    """Where the rule stands."""
    if rule == GAP_RULE:
        return OWN_POLICY
    found = rulebook().by_id.get(rule)
    return found.citation if found else ""


def local_time(at_us: int, key: str) -> str:
    """An instant on the clock of the called person, with its offset."""
    moment: datetime = instant(at_us)
    return moment.astimezone(zone(key)).isoformat() if key else moment.isoformat()


def sentence(finding: Finding, row: Row) -> str:
    """What one call broke, on every clock that it was judged by."""
    when = instant(row.at_us).astimezone(zone(row.zone or "UTC"))
    rows = ", ".join(str(number) for number in row.rows)
    clock = on_clocks(row.at_us, row.zones)
    if row.second_us:
        clock = f"{clock}, or at {on_clocks(row.second_us, row.zones)}"
    both = TWICE if row.second_us else ""
    return (
        f"The call of record {rows}, begun on {when:%A} {when.day} {when:%B %Y} at "
        f"{clock}, {WHAT[finding.check]} ({_rule(finding.rule)}).{both}"
    )


def on_clocks(at_us: int, zones: Sequence[str]) -> str:
    """An instant as the clocks of those zones show it: each different face once."""
    if not zones:
        return f"{instant(at_us):%H:%M:%S} UTC, for the number tells no place"
    faces: dict[str, str] = {}
    first = instant(at_us).astimezone(zone(zones[0]))
    for key in zones:
        local = instant(at_us).astimezone(zone(key))
        day = "" if local.date() == first.date() else f" of {local.day} {local:%B}"
        faces.setdefault(f"{local:%H:%M:%S}{day}", f"{key}, UTC{local.isoformat()[-6:]}")
    (face, where), *others = faces.items()
    told = [f"{face} local time ({where})", *(f"{face} ({where})" for face, where in others)]
    return " and ".join(told)


TWICE = (
    " The record's own clock was set back then and leaves open which of the two it was; "
    "the stricter reading was taken."
)


def summary(finding: Finding) -> str:
    """A finding over all its calls."""
    calls = f"{finding.calls:,} call{'' if finding.calls == 1 else 's'}"
    if finding.word is Word.BROKEN:
        each = "it" if finding.calls == 1 else "each"
        return f"{calls}: {each} {WHAT[finding.check]} ({_rule(finding.rule)})."
    missing = ", ".join(missing_word(name) for name in needed(finding))
    return f"{calls}: {finding.reason} is not provable ({_rule(finding.rule)}); missing: {missing}."


def needed(finding: Finding) -> Sequence[str]:
    """Every column or fact that would decide some call of the finding."""
    return sorted({name for names in finding.missing for name in names})


def title(check: Check) -> str:
    return ASKED[check]


def _rule(rule: str) -> str:
    if rule == OPT_OUTS:
        return "opt-outs in the records"
    citation = citation_of(rule)
    return f"{rule}, {citation}" if citation else rule
