"""Who writes, and when: what every letter of a desk knows of itself."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from privacy.desk import Desk
from privacy.settings import Controller


def sender(controller: Controller, on: date) -> dict[str, Any]:
    """The controller's facts, and the day of the letter."""
    return {
        "organisation": controller.name,
        "organisation_contact": controller.contact,
        "dpo_contact": controller.dpo_contact,
        "privacy_policy": controller.privacy_policy,
        "notice_representative": controller.representative,
        "opt_out_address": controller.opt_out_address,
        "data_sold": bool(controller.opt_out_address),
        "letter_on": on,
    }


def today(desk: Desk) -> date:
    """The day in the controller's zone."""
    return desk.now().astimezone(ZoneInfo(desk.config.controller.zone)).date()
