"""Dates, numbers and lists as each language writes them (CLDR through Babel). Pure.

English is written as in Britain, but as in the United States in letters under the law
of one of its states.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from privacy.terms import Language

if TYPE_CHECKING:
    from babel import Locale

US_LAWS = "US_"
LOCALES = {
    Language.ENGLISH: "en_GB",
    Language.GERMAN: "de_DE",
    Language.FRENCH: "fr_FR",
    Language.SPANISH: "es_ES",
    Language.ITALIAN: "it_IT",
}
US_ENGLISH = "en_US"


def locale_of(language: Language, law: str) -> str:
    """How a letter in that language under that law is written."""
    if language is Language.ENGLISH and law.startswith(US_LAWS):
        return US_ENGLISH
    return LOCALES[language]


def day(on: date, locale: str) -> str:
    """A date in words, such as 24 November 2026."""
    from babel.dates import format_date

    return format_date(on, "long", locale=_parsed(locale))


def number(value: int, locale: str) -> str:
    """A whole number with the language's sign between thousands."""
    from babel.numbers import format_decimal

    return format_decimal(value, locale=_parsed(locale))


def joined(members: Iterable[str], locale: str) -> str:
    """a, b and c."""
    from babel.lists import format_list

    return format_list(list(members), locale=_parsed(locale))


@cache
def _parsed(locale: str) -> Locale:
    from babel import Locale

    return Locale.parse(locale)
