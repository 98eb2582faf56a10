"""The letter to a person whom a breach concerns: written once for each, as a draft."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from privacy.actors import Act, Actor
from privacy.desk import Desk
from privacy.rights.breach.facts import BreachFacts
from privacy.rights.letters import formats, kinds, overrides, remedies
from privacy.rights.letters import store as letter_store
from privacy.rights.letters.catalogue import catalogue
from privacy.rights.letters.compose import compose
from privacy.rights.letters.letterhead import sender, today
from privacy.rights.letters.store import Addressee, Draft
from privacy.rights.letters.text import LetterText
from privacy.storage.tables.base import table_of
from privacy.storage.tables.letters import Letter
from privacy.storage.unit import Unit
from privacy.terms import Language

PREFIX = "breach_"
# Named alike there and in the pack of letters.
SAME = (
    "happened", "consequences", "measures", "advice", "contact", "data",
    "late_reason", "number_exposed", "credit_agencies", "protection",
)  # fmt: skip


def text_of(desk: Desk, told: BreachFacts, person: str) -> tuple[LetterText, str]:
    """The letter to that name, and the digest of the words it was made from.

    BadFacts names what is missing, and what is missing for the law.
    """
    language = Language(told.language)
    words = overrides.words(desk, language)
    found: dict[str, Any] = {
        **sender(desk.config.controller, today(desk)),
        **remedies.facts(told.law, desk.config.controller.holiday_calendar, today(desk)),
        **{f"{PREFIX}{name}": getattr(told, name) for name in SAME},
        "breach_when": _when(told, formats.locale_of(language, told.law)),
        "breach_learned_on": told.aware_on,
        "breach_police_delay": told.held_back,
        "reference": told.reference,
        "law": told.law,
        "person_name": person,
    }
    return compose(kinds.BREACH, told.law, found, words, catalogue()), words.sha256


def letter_for(
    desk: Desk,
    actor: Actor,
    told: BreachFacts,
    *,
    breach_id: str,
    subject_id: int,
    holder_id: int,
    to: Addressee,
) -> str:
    """Write the letter to one person, as a draft for another actor's eyes; its id.

    Written once for each breach and holder: repeating gives the same id.
    """
    actor.require(Act.HANDLE_REQUEST)
    text, digest = text_of(desk, told, to.name)
    draft = Draft(text, to, holder_id, digest, approved=False, breach_id=breach_id)
    new = letter_store.sealed(desk, draft)

    def job(unit: Unit) -> str:
        there = written(unit.db, breach_id, holder_id)
        if there:
            return there
        letter_store.add(unit, actor.id, new)
        return new.id

    with desk.reading() as db:
        there = written(db, breach_id, holder_id)
    return there or desk.write(job)


def written(db: Connection, breach_id: str, holder_id: int) -> str:
    """The id of the letter of that breach to that holder; "" if there is none."""
    table = table_of(Letter)
    found = db.execute(
        select(table.c.id).where(table.c.breach_id == breach_id, table.c.holder_id == holder_id)
    ).scalar()
    return str(found or "")


def _when(told: BreachFacts, locale: str) -> str:
    days = dict.fromkeys(day for day in (told.began_on, told.ended_on) if day is not None)
    return " – ".join(formats.day(day, locale) for day in days)
