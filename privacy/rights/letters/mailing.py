"""A kept letter as a mail: its plain text, folded, in its language, without the person's name.

A mail is read on its way. Whom it is for, its address says; the name stands on paper only.
"""

from __future__ import annotations

from dataclasses import replace

from privacy.actors import Actor
from privacy.desk import Desk
from privacy.rights.letters import overrides, writing
from privacy.rights.letters.compose import salutation
from privacy.rights.letters.text import LetterText
from privacy.rights.letters.words import Words
from privacy.rights.mail_message import LONGEST_SUBJECT, Letter
from privacy.terms import Language


def mail_of(desk: Desk, actor: Actor, letter_id: str) -> Letter:
    """The mail of a kept letter; opening it is audited. NotNow when its words are gone."""
    text, _ = writing.read(desk, actor, letter_id)
    return mail(text, overrides.words(desk, Language(text.language)))


def mail(text: LetterText, words: Words) -> Letter:
    """A letter's text as a mail says it: addressed to nobody by name."""
    unnamed = tuple(
        replace(each, texts=(salutation({}, words),)) if each.role == "salutation" else each
        for each in text.paragraphs
    )
    shown = replace(text, paragraphs=unnamed)
    return Letter(text.subject[:LONGEST_SUBJECT], shown.mail(), text.language)
