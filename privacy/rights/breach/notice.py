"""The notice to the authority: every item that a law asks for, from data, and as a text. Pure.

What the account, the computed figures and the config give fills the items (GDPR Article
33(3)); what is missing is named. A notice may go with items missing: the rest follows in
phases (33(4)); after the time it carries the reasons (33(1)).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from privacy.clock import rfc3339
from privacy.errors import BadInput
from privacy.rights import refusal_grounds
from privacy.rights.breach.account import Account
from privacy.rights.breach.counting import Figures
from privacy.rights.breach.law import BreachClock, Item, items
from privacy.rights.breach.states import Standing
from privacy.rights.breach.store import Breach
from privacy.settings import DeskConfig

SCHEMA = "rightsdesk.breach-notice/1"
LATE, PHASES = "late", "phases"


@dataclass(frozen=True)
class Known:
    """Everything a notice is made of. `delay_reasons`: words of the sealed note, or ""."""

    config: DeskConfig
    breach: Breach
    account: Account
    figures: Figures
    standing: Standing
    clock: BreachClock | None
    now: datetime
    delay_reasons: str = ""
    language: str = "en"


def document(known: Known, law: str) -> dict[str, Any]:
    """The notice under that law as fields. BadInput for a law without a notice to an authority."""
    asked = [item for item in items(law, "authority") if item.when in ("", LATE)]
    if not any(not item.when for item in asked):
        raise BadInput(
            "That law asks for no notice to an authority, or the pack has none.",
            what=law,
            next="See `rightsdesk breach show` for what is owed.",
        )
    late = is_late(known)
    values = _values(known)
    rows = [_row(item, values) for item in asked if item.when != LATE or late]
    zone = ZoneInfo(known.config.controller.zone)
    on = known.now.astimezone(zone).date()
    return {
        "schema": SCHEMA,
        "breach": known.breach.id,
        "law": law,
        "authority": authority(known.config, law, on),
        "controller": known.config.controller.name,
        "phase": known.standing.notified.get(law, 0) + 1,
        "made": rfc3339(known.now),
        "aware": known.breach.aware_at.astimezone(zone).isoformat(timespec="minutes"),
        "due": None if known.clock is None or known.clock.due is None else _due(known, zone),
        "late": late,
        "items": rows,
        "missing": [row["id"] for row in rows if row["missing"]],
        "follows": "what is missing follows without undue further delay"
        if any(row["missing"] for row in rows)
        else None,
    }


def authority(config: DeskConfig, law: str, on: date) -> dict[str, str] | None:
    """The authority by the law and the controller's seat; None where the pack has none."""
    found = refusal_grounds.authorities(law, config.controller.holiday_calendar, on)
    return found[0] if found else None


def is_late(known: Known) -> bool:
    """Whether a first notice now is after its time."""
    clock = known.clock
    first = clock is not None and clock.law not in known.standing.notified
    return first and clock is not None and clock.due is not None and known.now > clock.due


def text(fields: Mapping[str, Any]) -> str:
    """The notice as a letter in plain words, item by item."""
    named = fields["authority"]
    lines = [
        f"To: {named['name']} ({named['website']})" if named else "To: (authority not known)",
        f"From: {fields['controller']}",
        f"Notification of a personal data breach, reference {fields['breach']}",
        f"Notice {fields['phase']} under {fields['law']}. Aware since {fields['aware']}.",
        f"Due {fields['due']}." if fields["due"] else "No day is named by the law.",
        "",
    ]
    if fields["late"]:
        lines += ["This notice comes after its time; the reasons stand below.", ""]
    for number, row in enumerate(fields["items"], 1):
        lines.append(f"{number}. {row['text']} ({row['citation']})")
        lines += [f"   {name.replace('_', ' ')}: {shown(value)}" for name, value in row["values"]]
        lines += [f"   {name.replace('_', ' ')}: not known yet" for name in row["missing"]]
        lines.append("")
    if fields["follows"]:
        lines.append(f"{str(fields['follows']).capitalize()} (Art. 33(4)).")
    return "\n".join(lines).rstrip() + "\n"


def shown(value: object) -> str:
    """A value in a line of words."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {count}" for key, count in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(str(each).replace("_", " ") for each in value)
    return str(value)


def _due(known: Known, zone: ZoneInfo) -> str:
    assert known.clock is not None
    assert known.clock.due is not None
    return known.clock.due.astimezone(zone).isoformat(timespec="minutes")


def _values(known: Known) -> dict[str, Any]:
    """Each fact that an item may need; empty where it is not known."""
    account, figures, controller = known.account, known.figures, known.config.controller
    _, words = account.in_language(known.language)
    persons: dict[str, Any] = {}
    if figures.people:
        persons = {"computed": figures.people, **figures.by_country}
    elif account.persons is not None:
        persons = {"estimated": account.persons}
    data = dict(figures.by_data) or list(account.categories_of_data)
    return {
        "nature": words.happened,
        "categories_of_persons": list(account.categories_of_persons),
        "persons": persons,
        "categories_of_data": data,
        "records": figures.people if account.records is None else account.records,
        "contact": account.contact or controller.dpo_contact or controller.contact,
        "consequences": words.consequences,
        "measures": words.measures,
        "delay_reasons": known.delay_reasons or words.late_reason,
    }


def _row(item: Item, values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": item.id,
        "text": item.text,
        "citation": item.citation,
        "values": [[name, values[name]] for name in item.needs if values[name]],
        "missing": [name for name in item.needs if not values[name]],
    }
