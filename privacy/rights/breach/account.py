"""The account of an incident: what happened, in words, by language; sealed. Pure.

It names no person. Words are kept for each language in which people or an authority are
told; the codes beside them (categories, numbers) are the same for all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from privacy.errors import BadInput
from privacy.rights.breach.data_kinds import CODES
from privacy.terms import Language

CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")
LONGEST = 8_000


@dataclass(frozen=True)
class Words:
    """The account in one language. `advice`: what a person can do; `credit_agencies` and
    `protection`: what California wants told where an official number was exposed."""

    happened: str = ""
    consequences: str = ""
    measures: str = ""
    advice: str = ""
    credit_agencies: str = ""
    protection: str = ""
    late_reason: str = ""


@dataclass(frozen=True)
class Account:
    """`words` by language; categories as codes; numbers where nothing was computed, None if
    not known. `contact`: where more is learned, if not from the controller's officer.
    `held_back`: an authority asked to wait with telling people."""

    words: Mapping[str, Words] = field(default_factory=dict)
    categories_of_persons: tuple[str, ...] = ()
    categories_of_data: tuple[str, ...] = ()
    persons: int | None = None
    records: int | None = None
    contact: str = ""
    held_back: bool = False

    def document(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)

    def sealed_text(self) -> bytes:
        """What is sealed."""
        return json.dumps(self.document(), sort_keys=True, ensure_ascii=False).encode()

    def in_language(self, language: str) -> tuple[str, Words]:
        """The words in that language, or in the first one there is; with its code."""
        if language in self.words:
            return language, self.words[language]
        for code, words in self.words.items():
            return code, words
        return "", Words()


def read(content: bytes) -> Account:
    """An account as it was sealed."""
    return from_document(json.loads(content))


def from_document(document: object) -> Account:
    """An account from JSON, strictly. BadInput names the field and never repeats a value."""
    if not isinstance(document, Mapping):
        raise _bad("account", "It is a JSON object.")
    known = set(Account.__dataclass_fields__)
    for key in document:
        if key not in known:
            raise _bad("account", f"It knows {', '.join(sorted(known))}.")
    words = document.get("words", {})
    if not isinstance(words, Mapping) or not set(words) <= {one.value for one in Language}:
        raise _bad("words", f"By language: {', '.join(one.value for one in Language)}.")
    return Account(
        {str(code): _words(str(code), text) for code, text in words.items()},
        _codes(document, "categories_of_persons"),
        _of_data(document),
        _number(document, "persons"),
        _number(document, "records"),
        _text(document, "contact"),
        document.get("held_back") is True,
    )


def _words(code: str, document: object) -> Words:
    fields = set(Words.__dataclass_fields__)
    if not isinstance(document, Mapping) or not set(document) <= fields:
        raise _bad(f"words.{code}", f"It has {', '.join(sorted(fields))}.")
    return Words(**{name: _text(document, name) for name in sorted(fields)})


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name, "")
    if not isinstance(value, str) or len(value) > LONGEST:
        raise _bad(name, f"A text of at most {LONGEST} characters.")
    return value


def _codes(document: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = document.get(name, ())
    fits = isinstance(value, list | tuple) and all(
        isinstance(each, str) and CODE.fullmatch(each) for each in value
    )
    if not fits:
        raise _bad(name, "A list of codes such as customers or phone.")
    return tuple(dict.fromkeys(value))


def _of_data(document: Mapping[str, Any]) -> tuple[str, ...]:
    found = _codes(document, "categories_of_data")
    if not set(found) <= set(CODES):
        raise _bad("categories_of_data", f"Known are: {', '.join(CODES)}.")
    return found


def _number(document: Mapping[str, Any], name: str) -> int | None:
    value = document.get(name)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
        raise _bad(name, "A whole number, or null.")
    return value


def _bad(name: str, following: str) -> BadInput:
    return BadInput("The account of the incident cannot be read.", what=name, next=following)
