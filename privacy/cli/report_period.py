"""A report's period against the instant at which it was read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from privacy.cli.report_made import Gathered
from privacy.desk import Desk
from privacy.errors import BadInput

OPEN = (
    "The last day of the period was not over when this was read: what came after the instant of"
    " reading is not in it."
)


def refuse_future(desk: Desk, from_on: date | None) -> None:
    """BadInput for a first day that has not come: no figure of it could be anything but 0."""
    today = desk.now().astimezone(ZoneInfo(desk.config.controller.zone)).date()
    if from_on is not None and from_on > today:
        raise BadInput(
            "That period has not begun.", what="--from", next=f"Today is {today.isoformat()}."
        )


def told_if_open(gathered: Gathered) -> Gathered:
    """The same; with a limit more where its last day was not over when it was read."""
    data = gathered.data
    period, read, limits = data.get("period"), data.get("read"), data.get("limits")
    if not (isinstance(period, dict) and isinstance(read, dict) and isinstance(limits, list)):
        return gathered
    if not _is_open(period, datetime.fromisoformat(str(read["at"]))):
        return gathered
    return replace(gathered, data={**data, "limits": [*limits, OPEN]})


def _is_open(period: dict[str, Any], read_at: datetime) -> bool:
    """By its last day, or by the instant after it; a period without an end is never open.

    Days without a zone are days of UTC.
    """
    if period.get("to_on"):
        today = read_at.astimezone(ZoneInfo(str(period.get("zone") or "UTC"))).date()
        return date.fromisoformat(str(period["to_on"])) >= today
    return bool(period.get("to_at")) and datetime.fromisoformat(str(period["to_at"])) > read_at
