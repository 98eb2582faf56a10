"""Letters that answer no request: to persons whom a breach concerns, and the mail with a code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from privacy.actors import Act, Actor
from privacy.desk import Desk
from privacy.rights.letters import kinds, overrides, remedies
from privacy.rights.letters import store as letter_store
from privacy.rights.letters.catalogue import catalogue
from privacy.rights.letters.compose import compose
from privacy.rights.letters.mailing import mail
from privacy.rights.letters.store import Addressee, Draft, Kept
from privacy.rights.letters.text import LetterText
from privacy.rights.mail_message import Letter
from privacy.terms import Language

BREACH_PREFIX = "breach_"


@dataclass(frozen=True)
class BreachFacts:
    """What a person is told of a breach (GDPR Article 34(2); Cal. Civ. Code 1798.82(d)).

    Texts are of staff, in the letter's language, and name nobody else. `contact`: who answers
    questions, with a telephone number. `data`: kinds of data, in words. `when` may be an
    estimate. `police_delay`: the notice was delayed by an investigation. `number_exposed`: a
    Social Security or licence number was; then `credit_agencies` and `protection` are needed
    under the laws that ask for them.
    """

    happened: str
    consequences: str
    measures: str
    contact: str
    advice: str = ""
    when: str = ""
    learned_on: date | None = None
    data: tuple[str, ...] = ()
    late_reason: str = ""
    police_delay: bool = False
    number_exposed: bool = False
    credit_agencies: str = ""
    protection: str = ""


def breach_text(
    desk: Desk, breach_id: str, law: str, language: Language, person: str, told: BreachFacts
) -> tuple[LetterText, str]:
    """The letter, and the digest of the words it was made from. BadFacts names what is missing."""
    words = overrides.words(desk, language)
    found = {
        **_sender(desk),
        **remedies.facts(law, desk.config.controller.holiday_calendar, _today(desk)),
        **{f"{BREACH_PREFIX}{name}": value for name, value in asdict(told).items()},
        "reference": breach_id,
        "law": law,
        "person_name": person,
    }
    return compose(kinds.BREACH, law, found, words, catalogue()), words.sha256


def write_breach(
    desk: Desk,
    actor: Actor,
    *,
    breach_id: str,
    holder_id: int,
    law: str,
    language: Language,
    to: Addressee,
    told: BreachFacts,
) -> Kept:
    """Write the letter to one person and keep it as a draft for another actor's eyes."""
    actor.require(Act.HANDLE_REQUEST)
    text, digest = breach_text(desk, breach_id, law, language, to.name, told)
    draft = Draft(text, to, holder_id, digest, approved=False, breach_id=breach_id)
    new = letter_store.sealed(desk, draft)
    desk.write(lambda unit: letter_store.add(unit, actor.id, new))
    with desk.reading() as db:
        return letter_store.kept(db, new.id)


def code_mail(desk: Desk, language: Language, law: str, code: str, minutes: int) -> Letter:
    """The mail with a code: who asks for it, and nothing about whom it is sent to."""
    found = {**_sender(desk), "reference": kinds.CODE, "code": code, "code_minutes": minutes}
    return mail(compose(kinds.CODE, law, found, overrides.words(desk, language), catalogue()))


def _sender(desk: Desk) -> Mapping[str, Any]:
    controller = desk.config.controller
    return {
        "organisation": controller.name,
        "organisation_contact": controller.contact,
        "dpo_contact": controller.dpo_contact,
        "letter_on": _today(desk),
    }


def _today(desk: Desk) -> date:
    return desk.now().astimezone(ZoneInfo(desk.config.controller.zone)).date()
