"""What a case itself gives its letters: days by its clocks, remedies by law and day. Pure.

Codes and days only; texts of staff come beside (`of_staff`). A day by which the person is
promised something is the earliest that any law or reading of the case gives: no letter
names a later one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from privacy.errors import BadFacts
from privacy.rights import authority, refusal
from privacy.rights.case import Event, Kind
from privacy.rights.law_clock import CaseClock
from privacy.rights.letters import remedies
from privacy.rights.letters.catalogue import Catalogue, Variable
from privacy.rights.letters.letterhead import sender
from privacy.rights.store import Case, TimelineEvent
from privacy.settings import Controller

PERSON = "person"
SIGNAL = "signal"
NOT_IDENTIFIED = "not_identified"
DENIED = ("denied", "partly_granted")
# What recipients are told was done, by the right (codes of the language files).
DONE = {
    Kind.RECTIFICATION: "corrected",
    Kind.ERASURE: "erased",
    Kind.RESTRICTION: "restricted",
    Kind.OBJECTION: "withdrawn",
}


@dataclass(frozen=True)
class Looked:
    """What was read of a case for its letter. `clock` counts `told` and what the letter tells.

    `recipients`: names of those that were told; `restrictions`: reason, placed_at, lifted_at and
    request_id of each;
    `fields`: kinds of data that a rectification changed.
    """

    case: Case
    told: Sequence[TimelineEvent]
    clock: CaseClock
    extended: CaseClock | None = None
    person: str = ""
    recipients: Sequence[str] = ()
    restrictions: Sequence[Mapping[str, Any]] = ()
    fields: Sequence[str] = ()
    copy_until: date | None = None


def of_case(controller: Controller, law: str, looked: Looked, today: date) -> dict[str, Any]:
    """Every fact that the case knows for a letter of `today` under `law`."""
    case, zone = looked.case, ZoneInfo(controller.zone)
    received = case.received_at.astimezone(zone).date()
    found: dict[str, Any] = {
        **sender(controller, today),
        "reference": case.id,
        "law": law,
        "right": case.kind.value,
        "person_name": looked.person,
        "received_on": received,
        "direct_marketing": case.kind is Kind.OPT_OUT,
        "opted_out_by_signal": case.channel == SIGNAL,
        "copy_until_on": looked.copy_until,
        "recipients_told": tuple({"name": name} for name in looked.recipients),
        "corrected": tuple(looked.fields),
        **remedies.facts(law, controller.holiday_calendar, today),
        **_days(looked, today),
        **_ends(looked, zone),
        **_restriction(looked, zone),
        **_agent(case, law),
        **_refusal(controller, looked, today),
        **_kind_of_right(case),
        **_erasure(case, zone),
    }
    if case.kind is Kind.COMPLAINT:
        found["complaint_received_on"] = received
    if case.kind is Kind.APPEAL:
        found["appeal_received_on"] = received
        found["appeal_denied"] = case.outcome in DENIED
    return {name: value for name, value in found.items() if value}


def _kind_of_right(case: Case) -> dict[str, Any]:
    """What the words turn on that is in the case's kind alone."""
    return {
        "asks_to_know": case.kind in (Kind.ACCESS, Kind.PORTABILITY),
        "asks_to_delete": case.kind is Kind.ERASURE,
        "asks_deletion": case.kind is Kind.ERASURE,
        "asks_correction": case.kind is Kind.RECTIFICATION,
        "recipient_action": DONE.get(case.kind, ""),
        # Identity was proven for a person of the desk: then something is held.
        "data_held": case.subject_id is not None,
    }


def _days(looked: Looked, today: date) -> dict[str, Any]:
    clock, extended = looked.clock, looked.extended
    due = earliest(clock, today)
    found: dict[str, Any] = {
        "due_on": due,
        "clock_stands_still": clock.leading.runs == "stands_still",
    }
    if extended is not None:
        found["extended_on"] = earliest(extended, today)
    elif any(event.type is Event.EXTENSION_NOTICE for event in looked.told):
        found["extended_on"] = due
    return found


def earliest(clock: CaseClock, today: date) -> date | None:
    """The earliest day to come that one of the laws or its stricter reading gives now.

    None where none is left: a letter promises no day that is over.
    """
    days = [date.fromisoformat(law.target[:10]) for law in clock.laws if law.target]
    return min((day for day in days if day >= today), default=None)


def _ends(looked: Looked, zone: ZoneInfo) -> dict[str, Any]:
    """Days of what was done: by events of the timeline."""
    days = {event.type: event.at.astimezone(zone).date() for event in looked.told}
    done = days.get(Event.FULFILLED)
    kind = looked.case.kind
    return {
        "opted_out_on": days.get(Event.OPT_OUT),
        "corrected_on": done if kind is Kind.RECTIFICATION else None,
        "objected_on": done if kind is Kind.OBJECTION else None,
        "recipient_done_on": done,
    }


def _restriction(looked: Looked, zone: ZoneInfo) -> dict[str, Any]:
    if not looked.restrictions:
        return {}
    standing = [row for row in looked.restrictions if row.get("lifted_at") is None]
    # As rights/lifting.py: of several, those that this request placed.
    own = [row for row in standing if row.get("request_id") == looked.case.id]
    last = max(own or standing or looked.restrictions, key=lambda row: row["placed_at"])
    lifted = last.get("lifted_at")
    return {
        "restricted_since": last["placed_at"].astimezone(zone).date(),
        "restriction_ground": last["reason"],
        "lifted_on": lifted.astimezone(zone).date() if lifted else None,
    }


def _agent(case: Case, law: str) -> dict[str, Any]:
    if case.asked_by == PERSON:
        return {}
    ways = authority.ways(case.asked_by, law)
    return {"agent_proofs": tuple(way.proofs for way in ways)}


def _refusal(controller: Controller, looked: Looked, today: date) -> dict[str, Any]:
    said = refusal.document(controller, looked.case, list(looked.told), today)
    if said is None:
        return {}
    return {
        "refused_unverified": any(each["reason"] == NOT_IDENTIFIED for each in said["grounds"]),
        "grounds": tuple(
            {"reason": each["reason"], "citation": each["citation"]} for each in said["grounds"]
        ),
        "withheld": tuple(
            {name: each[name] for name in ("field", "reason", "citation", "until_on")}
            for each in said["fields"]
        ),
    }


def _erasure(case: Case, zone: ZoneInfo) -> dict[str, Any]:
    if case.kind is not Kind.ERASURE or not case.certificate:
        return {}
    stored: dict[str, Any] = json.loads(case.certificate)
    kept = [row for row in stored["classes"] if row["state"] == "kept"]
    return {
        "erased_on": datetime.fromisoformat(stored["completed"]).astimezone(zone).date(),
        "kept": tuple(
            {
                "what": row["key_class"],
                "ground": row["ground"],
                "citation": row["citation"],
                "until_on": row["until_on"],
            }
            for row in kept
        ),
        # A keyed hash of each number stays, so that the person is never called again.
        "suppression_kept": True,
    }


def of_staff(given: Mapping[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    """The facts of a staff's file, read by the pack's types.

    BadFacts for a name that the pack does not give to staff (days, authorities and remedies
    are never typed in), and for a value of another type.
    """
    return {name: _read(name, value, catalogue) for name, value in given.items()}


def _read(name: str, value: Any, catalogue: Catalogue) -> Any:
    variable = catalogue.variables.get(name)
    if variable is None or variable.source != "staff":
        own = sorted(v.name for v in catalogue.variables.values() if v.source == "staff")
        raise BadFacts(
            "That is no fact that staff give to a letter.",
            field=name if variable else "facts",
            next=f"These are: {', '.join(own)}.",
        )
    if variable.type == "rows":
        fits = isinstance(value, list) and all(isinstance(row, dict) for row in value)
        return tuple(_row(variable, row) for row in value) if fits else _wrong(variable, "rows")
    if variable.type == "list":
        if not isinstance(value, list):
            return _wrong(variable, "a list")
        return tuple(_single(variable, "text", each) for each in value)
    return _single(variable, variable.type, value)


def _row(variable: Variable, row: Mapping[str, Any]) -> dict[str, Any]:
    known = dict(variable.columns)
    if set(row) - set(known):
        return dict(_wrong(variable, f"rows with the columns {', '.join(known)}"))
    kinds = {name: "text" if kind.startswith("code.") else kind for name, kind in known.items()}
    return {name: _single(variable, kinds[name], value) for name, value in row.items()}


def _single(variable: Variable, kind: str, value: Any) -> Any:
    if kind == "flag":
        return value if isinstance(value, bool) else _wrong(variable, "true or false")
    if kind == "number":
        whole = isinstance(value, int) and not isinstance(value, bool)
        return value if whole else _wrong(variable, "a whole number")
    if not isinstance(value, str):
        return _wrong(variable, "a text")
    if kind == "date":
        try:
            return date.fromisoformat(value)
        except ValueError:
            return _wrong(variable, "a day such as 2026-11-24")
    return value


def _wrong(variable: Variable, what: str) -> Any:
    raise BadFacts(
        f"The fact {variable.name} is not {what}.", field=variable.name, next="Mend the file."
    )
