"""A kept letter as a mail: its plain text, folded, in its language."""

from __future__ import annotations

from privacy.actors import Actor
from privacy.desk import Desk
from privacy.rights.letters import writing
from privacy.rights.letters.text import LetterText
from privacy.rights.mail_message import LONGEST_SUBJECT, Letter


def mail_of(desk: Desk, actor: Actor, letter_id: str) -> Letter:
    """The mail of a kept letter; opening it is audited. NotNow when its words are gone."""
    text, _ = writing.read(desk, actor, letter_id)
    return mail(text)


def mail(text: LetterText) -> Letter:
    """A letter's text as a mail says it."""
    return Letter(text.subject[:LONGEST_SUBJECT], text.mail(), text.language)
