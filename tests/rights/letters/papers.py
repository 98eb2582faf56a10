"""Letters on paper for tests: one in each language, short and long, on both papers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from privacy.rights.letters import printing
from privacy.rights.letters.store import Addressee
from privacy.rights.letters.words import READY
from privacy.settings import Controller, DeskConfig
from privacy.terms import Language
from reports.letter import render_letter
from reports.render import Document
from tests.rights.letters.letters import full_facts, made

AT = datetime(2026, 11, 30, 12, tzinfo=UTC)
TO = Addressee("Canarina Canarison", "", ("Birkenweg 4", "20095 Hamburg"))


def data(
    kind: str, law: str, language: Language, *, seat: str = "DE-BE", **changed: object
) -> dict[str, Any]:
    facts = {**full_facts(law, language), **changed}
    controller = Controller(
        name="Example Retail",
        contact="privacy@example.com",
        holiday_calendar=seat,
        address="Musterstraße 1; 10115 Berlin",
    )
    config = DeskConfig("d-x", controller=controller)
    return printing.data_of(config, made(kind, law, language, facts), TO)


def printed(of: dict[str, Any]) -> Document:
    return render_letter(of, made_at=AT)


def each_language() -> dict[str, Callable[[], Document]]:
    """Who makes one in each language, short and long, on both papers."""
    kinds = ("erasure_confirmation", "refusal", "acknowledgement", "breach_persons", "extension")
    makers: dict[str, Callable[[], Document]] = {
        language.value: partial(_of, kind, "EU_GDPR", language)
        for language, kind in zip(READY, kinds, strict=False)
    }
    makers["us"] = partial(_of, "access_answer", "US_CA", Language.ENGLISH, "US-CA")
    return makers


def in_each_language() -> dict[str, Document]:
    """Them, made."""
    return {name: make() for name, make in each_language().items()}


def _of(kind: str, law: str, language: Language, seat: str = "DE-BE") -> Document:
    return printed(data(kind, law, language, seat=seat))
