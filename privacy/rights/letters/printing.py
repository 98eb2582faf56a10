"""A letter as data of its PDF: the text, the letterhead and the paper of the controller. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from privacy.rights.letters.store import Addressee
from privacy.rights.letters.text import LetterText
from privacy.settings import Controller, DeskConfig

SCHEMA = "rightsdesk.report.letter/1"
TEXT = ("kind", "law", "locale", "letter_on", "date_shown", "reference", "subject")
US_LETTER, A4 = "letter", "A4"
US_LETTER_COUNTRIES = ("US", "CA")

# From a letter's data to its PDF; given by the entrance.
LetterRenderer = Callable[[dict[str, Any]], bytes]


def data_of(config: DeskConfig, text: LetterText, to: Addressee) -> dict[str, Any]:
    """What `reports.letter` prints; its own module documents the form."""
    controller = config.controller
    return {
        "schema": SCHEMA,
        "marker": {
            "demo_desk": config.demo,
            "simulator": False,
            "simulated_clock": config.demo,
        },
        "paper": config.brand.paper or paper(controller),
        "sender": {
            "name": config.brand.name or controller.name,
            "address": address_lines(controller),
            "contact": [each for each in (controller.contact,) if each],
        },
        "to": [each for each in (to.name, *(to.lines or (to.email,))) if each],
        "letter": {
            **{name: getattr(text, name) for name in TEXT},
            "paragraphs": [{"role": part.role, "texts": list(part.texts)} for part in text.shown()],
            "labels": dict(text.labels),
        },
    }


def address_lines(controller: Controller) -> list[str]:
    """The controller's postal address, line by line."""
    return [line.strip() for line in controller.address.split(";") if line.strip()]


def paper(controller: Controller) -> str:
    """US Letter where the controller has its seat in North America, else A4 (ISO 216)."""
    country = controller.holiday_calendar.partition("-")[0]
    return US_LETTER if country in US_LETTER_COUNTRIES else A4
