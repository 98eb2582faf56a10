"""The tables of docs/law.md that come from the calling pack.

`python -m tests.law.law_docs` prints them, to be pasted when the pack changes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

from privacy.law.pack import load_pack

DATA = load_pack("calling").data


def consent_table() -> str:
    """One row a rule that needs a consent: what it asks for, what satisfies it, what lifts it."""
    rows = [
        "| rule | channels | asks for | satisfied by | lifted by |",
        "| --- | --- | --- | --- | --- |",
    ]
    for rule in DATA["rule"]:
        decide = rule.get("decide", {})
        asked = decide.get("needs") or rule["params"].get("required")
        if not asked:
            continue
        words = [
            *DATA["requirement"][asked],
            *decide.get("also", ()),
            *decide.get("charity_also", ()),
        ]
        channels = decide.get("needs_channels", rule["channel"])
        cells = (
            rule["id"],
            _list(channels),
            asked,
            _said(words),
            _said(decide.get("lifted_by", ())),
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def lift_table() -> str:
    """One row a rule of another kind that a consent or relationship lifts."""
    rows = ["| rule | kind | what is lifted | by |", "| --- | --- | --- | --- |"]
    for rule in DATA["rule"]:
        decide = rule.get("decide", {})
        if decide.get("lifted_by") and rule["kind"] != "consent":
            lifts = decide.get("lifts", "all").replace("_", " ")
            cells = (rule["id"], rule["kind"], lifts, _said(decide["lifted_by"]))
            rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def condition_table() -> str:
    """One row a condition: when the word is true."""
    rows = ["| condition | true when |", "| --- | --- |"]
    rows += [f"| {name} | {_condition(entry)} |" for name, entry in DATA["condition"].items()]
    return "\n".join(rows)


def window_table() -> str:
    """One row a rule with hours: where, for which calls, on which days, and on holidays."""
    rows = [
        "| where | rule | channels | campaigns | hours at the person's place "
        "| holidays | in force |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for rule in sorted(DATA["rule"], key=_place):
        hours = rule["params"].get("hours") if "params" in rule else None
        if not hours or rule.get("decide", {}).get("hours_from_federal_rule"):
            continue
        cells = (
            rule["jurisdiction"],
            rule["id"],
            _list(_short(channel) for channel in rule["channel"]),
            _list(rule["applies_to"]),
            _week(hours),
            _holiday(rule["params"]),
            _dates(rule),
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


TABLES = {
    "consent": consent_table,
    "lifts": lift_table,
    "conditions": condition_table,
    "windows": window_table,
}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _place(rule: Mapping[str, Any]) -> tuple[bool, str, str]:
    """The United States first, the country before its states."""
    return not rule["jurisdiction"].startswith("US"), rule["jurisdiction"], rule["id"]


def _short(channel: str) -> str:
    return {"voice_live": "live", "voice_prerecorded": "recorded"}.get(channel, channel)


def _week(hours: Mapping[str, Any]) -> str:
    """Days with the same windows together: mon-fri 09:00-20:00, sun closed."""
    spans: list[tuple[str, str, str]] = []
    for day in DAYS:
        told = _windows(hours[day])
        if spans and spans[-1][2] == told:
            spans[-1] = (spans[-1][0], day, told)
        else:
            spans.append((day, day, told))
    named = ((a if a == b else f"{a}-{b}", told) for a, b, told in spans)
    return ", ".join(f"{days} {told}" for days, told in named)


def _windows(windows: Iterable[Iterable[str]]) -> str:
    return " and ".join("-".join(window) for window in windows) or "closed"


def _holiday(params: Mapping[str, Any]) -> str:
    holiday = params["hours"].get("holiday")
    told = "like the weekday" if holiday is None else _windows(holiday)
    eve = params.get("pre_holiday")
    return f"{told}; day before {_windows(eve)}" if eve else told


def _dates(rule: Mapping[str, Any]) -> str:
    start, end = rule["effective_from"], rule.get("effective_to")
    told = "start not known" if start == "unknown" else f"from {start}"
    about = "" if rule["effective_verified"] or start == "unknown" else " (not read)"
    return told + about + (f" to {end}" if end else "")


def _said(words: Iterable[str]) -> str:
    return ", ".join(words) or "-"


def _list(words: Iterable[str]) -> str:
    return ", ".join(words)


def _condition(entry: Mapping[str, Any]) -> str:
    parts = []
    for key, value in entry.items():
        told = _list(value) if isinstance(value, list) else "" if value is True else str(value)
        parts.append(f"{key.replace('_', ' ')}{': ' if told else ''}{told}")
    return "; ".join(parts)


if __name__ == "__main__":
    for name, table in TABLES.items():
        sys.stdout.write(f"<!-- table: {name} -->\n{table()}\n\n")
