"""The letter with a package's pass phrase: printed with the next run, dead with the copy.

It is sealed under the key of the desk's copy, so that it opens no longer than that one.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.rights.access import Found
from privacy.rights.letters import formats
from privacy.rights.letters.store import Addressee, Draft
from privacy.rights.letters.text import LetterText, Paragraph
from privacy.rights.store import Case
from privacy.terms import Language

KIND = "package_passphrase"
PARTS = ("street", "locality", "region", "postal_code", "country")


def draft(desk: Desk, case: Case, holder_id: int, found: Found, passphrase: str) -> Draft:
    """The letter, ready to be printed. BadInput where the desk holds no postal address."""
    name, lines = _address(found)
    if not lines:
        raise BadInput(
            "The desk holds no postal address of this person.",
            what=case.id,
            next="Choose another way for the pass phrase: `--passphrase-by telephone`.",
        )
    language = Language(case.language) if case.language else Language.ENGLISH
    source = _source(language.value)
    words: Mapping[str, Any] = tomllib.loads(source.decode())["letter"]
    on = desk.now().astimezone(ZoneInfo(desk.config.controller.zone)).date()
    locale = formats.locale_of(language, case.law)
    text = LetterText(
        kind=KIND,
        law=case.law,
        language=language.value,
        locale=locale.replace("_", "-"),
        letter_on=on.isoformat(),
        date_shown=formats.day(on, locale),
        reference=case.id,
        sender=desk.config.controller.name,
        subject=words["subject"].format(reference=case.id),
        paragraphs=(
            Paragraph("salutation", (words["salutation"],)),
            Paragraph("text", (words["before"],)),
            Paragraph("text", (passphrase,)),
            Paragraph("text", (words["after"],)),
            Paragraph("closing", (words["closing"],)),
            Paragraph("signature", (desk.config.controller.name,)),
        ),
        labels={key: words[key] for key in ("reference", "date", "page", "of")},
    )
    return Draft(
        text,
        Addressee(name=name, lines=lines),
        holder_id,
        hashlib.sha256(source).hexdigest(),
        approved=True,
        request_id=case.id,
    )


def _address(found: Found) -> tuple[str, tuple[str, ...]]:
    """Name and lines of the person's first postal address."""
    for profile in found.profiles.values():
        for address in profile.get("addresses") or []:
            if address.get("street") and address.get("locality"):
                names = (profile["names"] or [{}])[0]
                both = f"{names.get('given', '')} {names.get('family', '')}".strip()
                name = str(names.get("full") or both)
                return name, tuple(str(address[p]) for p in PARTS if address.get(p))
    return "", ()


@lru_cache(maxsize=8)
def _source(language: str) -> bytes:
    path = files("templates").joinpath("reports", "answer", f"{language}.toml")
    return path.read_bytes()
