"""What the laws ask for after a breach: clocks, and the items of each notice. From data, pure.

The clock is that of `privacy.law` for the kinds breach, breach_high_risk and
breach_processor: 72 elapsed hours, whatever weekend, holiday or change of clocks lies
between. A law of which the pack has no clock says so and is never dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from privacy.clock import rfc3339
from privacy.errors import BadFacts, NotAllowedByLaw
from privacy.law.pack import load_pack
from privacy.rights.breach.states import Laws, Risk
from privacy.settings import Controller

Statute = Callable[[dict[str, Any]], dict[str, Any]]
AUTHORITY, PEOPLE, PROCESSOR = "breach", "breach_high_risk", "breach_processor"
# Laws that are one act in two names.
SAME = {"UK_DPA2018": "UK_GDPR"}


@dataclass(frozen=True)
class Item:
    """One thing that a notice must say; `needs` are facts, `when` the case it is for."""

    id: str
    law: str
    to: str
    text: str
    needs: tuple[str, ...]
    citation: str
    status: str
    when: str = ""


@dataclass(frozen=True)
class BreachClock:
    """One law's clock. `due`: the last instant in time; None where the law names none.

    `towards`: authority, people or controller. `why` says what there is instead of a due
    instant. `hours_left` is negative once it is overdue.
    """

    law: str
    towards: str
    due: datetime | None
    citation: str
    why: str
    without_undue_delay: bool
    warnings: tuple[str, ...]
    steps: tuple[dict[str, Any], ...]

    def hours_left(self, now: datetime) -> float | None:
        """Elapsed hours until the due instant, in UTC; None without one."""
        if self.due is None:
            return None
        # Two instants of one zone would be subtracted by the clock on the wall.
        return (self.due.astimezone(UTC) - now.astimezone(UTC)).total_seconds() / 3600

    def document(self, now: datetime) -> dict[str, Any]:
        """JSON-ready."""
        left = self.hours_left(now)
        return {
            "law": self.law,
            "towards": self.towards,
            "due": None if self.due is None else self.due.isoformat(),
            "due_utc": None if self.due is None else rfc3339(self.due),
            "hours_left": None if left is None else round(left, 2),
            "without_undue_delay": self.without_undue_delay,
            "citation": self.citation,
            "why": self.why or None,
            "warnings": list(self.warnings),
            "steps": list(self.steps),
        }


def statute(document: dict[str, Any]) -> dict[str, Any]:
    """The law's own answer; calendars load only when a date is asked for."""
    from privacy.law.deadlines import answer

    return answer(document)


@cache
def items(law: str, to: str = "") -> tuple[Item, ...]:
    """What notices under that law must say (rows `breach_item`)."""
    name = SAME.get(law, law)
    return tuple(
        Item(
            row["id"],
            row["law"],
            row["to"],
            row["text"],
            tuple(row["needs"]),
            row["citation"],
            row["status"],
            row.get("when", ""),
        )
        for row in load_pack("rights").data["breach_item"]
        if row["law"] == name and to in ("", row["to"])
    )


def duties(laws: Sequence[str], *, as_processor: bool = False) -> Laws:
    """Which of those laws ask for a notice to an authority, and whether people always are told."""
    told = frozenset(law for law in laws if any(not i.when for i in items(law, "authority")))
    always = any(law not in told and items(law, "persons") for law in laws)
    return Laws(told, always, as_processor)


def clocks(
    controller: Controller,
    laws: Sequence[str],
    aware_at: datetime,
    risk: Risk,
    as_of: datetime,
    *,
    as_processor: bool = False,
    law: Statute = statute,
) -> list[BreachClock]:
    """Every clock that runs, the earliest first."""
    told = duties(laws)
    found = []
    for name in laws:
        if as_processor:
            kinds = [(PROCESSOR, "controller")]
        elif name in told.authority or not items(name, "persons"):
            kinds = [(AUTHORITY, "authority")]
            kinds += [(PEOPLE, "people")] if risk is Risk.HIGH else []
        else:
            kinds = [(PEOPLE, "people")]
        found += [
            _clock(controller, name, kind, to, aware_at, risk, as_of, law) for kind, to in kinds
        ]
    far = datetime.max.replace(tzinfo=as_of.tzinfo)
    return sorted(found, key=lambda each: (each.due or far, laws.index(each.law)))


def _clock(
    controller: Controller,
    name: str,
    kind: str,
    towards: str,
    aware_at: datetime,
    risk: Risk,
    as_of: datetime,
    law: Statute,
) -> BreachClock:
    facts: dict[str, Any] = {
        "law": name,
        "request_kind": kind,
        "received": rfc3339(aware_at),
        "as_of": rfc3339(max(as_of, aware_at)),
        "zone": controller.zone,
        "holiday_calendar": controller.holiday_calendar,
        "events": [],
    }
    if risk is not Risk.UNKNOWN:
        facts["risk"] = risk.value
    try:
        answered = law(facts)
    except NotAllowedByLaw as early:
        why = f"{name} asks for this only from {early.limit}."
        return BreachClock(name, towards, None, early.citation, why, False, (), ())
    except BadFacts as error:
        if error.field != "request_kind":
            raise
        why = f"The pack has no clock of {name} for a breach; look the law up yourself."
        return BreachClock(name, towards, None, "", why, False, (), ())
    readings = [_instant(answered[key], controller.zone) for key in ("due", "safe_due")]
    # Two readings of one period: the earlier one counts here, the steps name both.
    due = min((each for each in readings if each is not None), default=None)
    steps = tuple(answered["steps"])
    why = "" if due is not None else _undated(answered)
    citation = str(steps[0]["citation"]) if steps else ""
    return BreachClock(
        name,
        towards,
        due,
        citation,
        why,
        bool(answered["without_undue_delay"]),
        tuple(answered["warnings"]),
        steps,
    )


def _undated(answered: dict[str, Any]) -> str:
    if answered["without_undue_delay"]:
        return "Without undue delay; no day is named."
    return str(answered["steps"][0]["text"]) if answered["steps"] else "No notice is owed."


def _instant(due: object, zone: str) -> datetime | None:
    """The last instant in time: a day counts to its end in the controller's zone."""
    if due is None:
        return None
    text = str(due)
    if len(text) > 10:
        return datetime.fromisoformat(text)
    last = date.fromisoformat(text) + timedelta(days=1)
    return datetime.combine(last, time(0), tzinfo=ZoneInfo(zone)) - timedelta(seconds=1)
