"""Breaches as they were known at an instant: by their timelines, which are only ever added to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from privacy.clock import micros
from privacy.rights.breach.states import Event, Risk
from privacy.rights.breach.store import PROCESSOR
from privacy.storage.tables.base import table_of
from privacy.storage.tables.breaches import Breach, BreachEvent


@dataclass(frozen=True)
class BreachThen:
    """What was known of a breach at an instant. `owed`: an authority may have to be told."""

    aware_us: int
    risk: str
    owed: bool
    notified_us: int | None


def read(db: Connection, at: datetime) -> list[BreachThen]:
    """Every breach that the register held by then, as its timeline told by then.

    Awareness and risk may be corrected later: what stands in the breach's row is of today.
    """
    table, events = table_of(Breach), table_of(BreachEvent)
    lines: dict[str, list[Any]] = {}
    for line in db.execute(select(events).order_by(events.c.breach_id, events.c.seq)):
        lines.setdefault(line.breach_id, []).append(line)
    until = micros(at)
    return [
        _then(row.aware_at, lines[row.id], until)
        for row in db.execute(select(table.c.id, table.c.aware_at).order_by(table.c.id))
        if row.id in lines and lines[row.id][0].recorded_at <= until
    ]


def _then(aware_us: int, lines: Sequence[Any], at_us: int) -> BreachThen:
    known = [line for line in lines if line.recorded_at <= at_us]
    facts = {line.seq: json.loads(line.facts) for line in lines}
    later = (line for line in lines if line.recorded_at > at_us)
    corrected = next((line for line in later if line.type == Event.AWARE_CORRECTED), None)
    if corrected is not None:
        aware_us = micros(datetime.fromisoformat(facts[corrected.seq]["was"]))
    risks = [facts[line.seq]["risk"] for line in known if line.type == Event.ASSESSED]
    risk = risks[-1] if risks else Risk.UNKNOWN.value
    roles = [facts[line.seq].get("role") for line in known if line.type == Event.OPENED]
    told = [line.at for line in known if line.type == Event.AUTHORITY_NOTIFIED]
    owed = risk != Risk.UNLIKELY.value and PROCESSOR not in roles
    return BreachThen(aware_us, risk, owed, min(told, default=None))
