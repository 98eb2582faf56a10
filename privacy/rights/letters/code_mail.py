"""The mail with a one-time code: who asks for it, and nothing about whom it is sent to."""

from __future__ import annotations

from privacy.desk import Desk
from privacy.rights.letters import kinds, overrides
from privacy.rights.letters.catalogue import catalogue
from privacy.rights.letters.compose import compose
from privacy.rights.letters.letterhead import sender, today
from privacy.rights.mail_message import Letter
from privacy.terms import Language


def code_mail(desk: Desk, language: Language, law: str, code: str, minutes: int) -> Letter:
    """The mail in that language; its words are those of the letter `identity_code`.

    The case's own id is no part of it: it may reach somebody who made no request.
    """
    found = {
        **sender(desk.config.controller, today(desk)),
        "reference": kinds.CODE,
        "code": code,
        "code_minutes": minutes,
    }
    text = compose(kinds.CODE, law, found, overrides.words(desk, language), catalogue())
    return Letter(text.subject, text.mail(), text.language)
