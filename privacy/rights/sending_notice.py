"""The mail that says that a letter lies beside it: no word about the person, in five languages."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from privacy.rights.mail_message import LONGEST_SUBJECT, Letter
from privacy.terms import Language


def of(language: str, reference: str, organisation: str) -> Letter:
    """The notice in that language, English where it is none of ours."""
    known = language if language in set(Language) else Language.ENGLISH.value
    words = _words()[known]
    facts = {"reference": reference, "organisation": organisation}
    subject = words["subject"].format_map(facts)[:LONGEST_SUBJECT]
    return Letter(subject, words["text"].lstrip().format_map(facts), known)


@cache
def _words() -> dict[str, dict[str, str]]:
    file = resources.files("templates") / "mail" / "notice.toml"
    return tomllib.loads(file.read_text("utf-8"))
