"""What every event does to every kind of request of every law, asked of the program itself.

`clock_page` writes the table into docs/law-clocks.md; a test compares, so that no effect
changes unseen. Each event comes under the conditions that favour it: on reasonable
doubt, without undue delay, in time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from privacy.errors import BadFacts, NotAllowedByLaw
from privacy.law.clock_rules import clock_rules
from tests.law.clock_cases import ask, event

# Days on which every clock of the pack is in force, before and after those that ended.
NOW, BEFORE = date(2029, 1, 15), date(2025, 6, 2)
FAVOUR = {"undue_delay": False, "reasonable_doubt": True, "large_amount": True}
# Columns: what happens, and on which day after the receipt.
SCRIPTS: dict[str, tuple[tuple[str, int], ...]] = {
    "identity": (("identity_requested", 5), ("identity_received", 9)),
    "verified": (("identity_requested", 5), ("verified", 9)),
    "clarification": (("clarification_requested", 5), ("clarification_received", 9)),
    "fee_charged": (("fee_charged", 5), ("fee_paid", 9)),
    "fee_announced": (("fee_announced", 5),),
    "extension_notice": (("extension_notice", 5),),
    "appeal": (("refusal_sent", 10), ("appeal_received", 20)),
    "appeal_extension": (
        ("refusal_sent", 10),
        ("appeal_received", 20),
        ("appeal_extension_notice", 25),
    ),
    "first_communication": (("first_communication", 5),),
    "first_disclosure": (("first_disclosure", 5),),
    "opt_out": (("opt_out", 5),),
    "refusal_sent": (("refusal_sent", 5),),
    "data_provided": (("data_provided", 5),),
}


def pairs() -> Iterator[tuple[str, str, date]]:
    """Every law and kind that the pack has, with a day of receipt for each clock in time."""
    rules = clock_rules()
    for law in rules.laws:
        clocks = [clock for clock in rules.clocks.values() if law in clock.laws]
        for kind in sorted({kind for clock in clocks for kind in clock.applies_to}):
            for received in (NOW, BEFORE):
                if received is NOW or any(
                    c.effective_until and kind in c.applies_to for c in clocks
                ):
                    yield law, kind, received


def effect(law: str, kind: str, received: date, script: tuple[tuple[str, int], ...]) -> str:
    """One word or two: what the event does to the answer."""
    given, later = received.isoformat(), (received + timedelta(days=60)).isoformat()
    events = [_event(law, *row, received) for row in script]
    try:
        plain = ask(law, kind, given, as_of=later)
        found = ask(law, kind, given, as_of=later, events=events)
    except NotAllowedByLaw:
        return "refused"
    except BadFacts:
        return "no date"
    return _changed(plain, found)


def _event(law: str, name: str, after: int, received: date) -> dict[str, Any]:
    more: dict[str, Any] = FAVOUR if name.endswith("_requested") else {}
    if name in {"extension_notice", "appeal_extension_notice"}:
        more = {"reason": "complex"}
        clocks = clock_rules().clocks.values()
        if any(clock.extension_open for clock in clocks if law in clock.laws):
            more["until"] = (received + timedelta(days=44)).isoformat()
    return event(name, (received + timedelta(days=after)).isoformat(), **more)


def _changed(plain: dict[str, Any], found: dict[str, Any]) -> str:
    if found["appeal_due"] != plain["appeal_due"]:
        return f"appeal {found['next_due']}"
    if found["started_on"] != plain["started_on"]:
        return f"starts {found['started_on']}"
    if found["pauses"]:
        return f"+{found['pauses'][0]['days']} days"
    if found["due"] != plain["due"]:
        return f"due {found['due']}"
    if found["not_before"] != plain["not_before"]:
        return f"not before {found['not_before']}"
    if found["state"] == "answered":
        return "closes"
    if found["next_due"] != plain["next_due"]:
        return f"to {found['next_due']}"
    if found["readings"] != plain["readings"]:
        return "a reading"
    return "-"


def rows() -> list[str]:
    """The lines of the page's table; kinds of one law on which all events act alike in one."""
    lines = ["## Events by law and kind", ""]
    lines += [f"Received on {NOW} (or {BEFORE}, where a clock ended between), each event under"]
    lines += ["the conditions that favour it, five days later, an answer four days after it:"]
    lines += ["`-` moves nothing, `refused` raises an error, `no date` lacks a fact.", ""]
    lines += [f"| law | received | kinds | {' | '.join(SCRIPTS)} |"]
    lines += [f"|{' --- |' * (len(SCRIPTS) + 3)}"]
    groups: dict[tuple[str, ...], list[str]] = {}
    for law, kind, received in pairs():
        effects = [effect(law, kind, received, script) for script in SCRIPTS.values()]
        groups.setdefault((law, received.isoformat(), *effects), []).append(kind)
    for (law, given, *effects), kinds in groups.items():
        lines.append(f"| {law} | {given} | {', '.join(kinds)} | {' | '.join(effects)} |")
    return [*lines, ""]
