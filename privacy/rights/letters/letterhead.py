"""Who writes, and when: what every letter of a desk knows of itself."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from privacy.desk import Desk


def sender(desk: Desk) -> dict[str, Any]:
    """The controller's facts, and the day of the letter."""
    controller = desk.config.controller
    return {
        "organisation": controller.name,
        "organisation_contact": controller.contact,
        "dpo_contact": controller.dpo_contact,
        "letter_on": today(desk),
    }


def today(desk: Desk) -> date:
    """The day in the controller's zone."""
    return desk.now().astimezone(ZoneInfo(desk.config.controller.zone)).date()
