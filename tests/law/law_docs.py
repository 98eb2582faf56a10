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


TABLES = {"consent": consent_table, "lifts": lift_table, "conditions": condition_table}


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
