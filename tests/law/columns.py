"""Documents of `law call` as columns, for tests that compare the bulk with the scalar judgement."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from privacy.law.bulk_columns import (
    CONSENT_INSTANTS,
    EPOCH,
    LISTED,
    MICROSECOND,
    NOT_LISTED,
    NOT_TOLD,
    UNTOLD,
    Calls,
    Listing,
    Shared,
)

ADDRESS = ("region", "postal_code", "locality", "zones")
CASE = ("channel", "campaign", "programme", "matter")


def columns(documents: Sequence[dict[str, Any]], lists: Sequence[str]) -> tuple[Shared, Calls]:
    """The calls of these documents; `lists` name the registers that become columns."""
    cases, consents, addresses = _Table(), _Table(), _Table()
    rows: dict[str, list[int]] = {name: [] for name in ("number", "at", "case", "consent", "addr")}
    moments: dict[str, list[int]] = {name: [] for name in CONSENT_INSTANTS}
    listed: dict[str, list[int]] = {name: [] for name in lists}
    ages: dict[str, list[int]] = {name: [] for name in lists}
    for document in documents:
        context = json.loads(json.dumps(document.get("context", {})))
        registers = context.get("registers", {})
        for name in lists:
            told = registers.pop(name, {})
            listed[name].append(_listed(told.get("listed")))
            ages[name].append(told.get("age_days", NOT_TOLD))
        consent = dict(document["consent"])
        for name in CONSENT_INSTANTS:
            moments[name].append(_micros(consent.pop(name, None)))
        rows["number"].append(int(document["number"][1:]))
        rows["at"].append(_micros(document["at"]))
        rows["case"].append(cases.index({**_part(document, CASE), "context": context}))
        rows["consent"].append(consents.index(consent))
        rows["addr"].append(addresses.index(_part(document, ADDRESS)))
    whole = {name: np.array(values, dtype=np.int64) for name, values in rows.items()}
    dated = {name: np.array(values, dtype=np.int64) for name, values in moments.items()}
    calls = Calls(
        number=whole["number"],
        at_us=whole["at"],
        case=whole["case"],
        consent=whole["consent"],
        granted_us=dated["granted"],
        withdrawn_us=dated["withdrawn"],
        valid_until_us=dated["valid_until"],
        address=whole["addr"],
        registers={
            name: Listing(np.array(listed[name]), np.array(ages[name], dtype=np.int64))
            for name in lists
        },
    )
    return Shared(cases.rows, consents.rows, addresses.rows), calls


class _Table:
    """Distinct rows with their indices."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def index(self, row: dict[str, Any]) -> int:
        """The index of a row, added where it is new."""
        if row not in self.rows:
            self.rows.append(row)
        return self.rows.index(row)


def _part(document: dict[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    return {key: document[key] for key in keys if key in document}


def _listed(told: bool | None) -> int:
    if told is None:
        return NOT_TOLD
    return LISTED if told else NOT_LISTED


def _micros(told: str | None) -> int:
    if told is None:
        return UNTOLD
    return (datetime.fromisoformat(told).astimezone(UTC) - EPOCH) // MICROSECOND
