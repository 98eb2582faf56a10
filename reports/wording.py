"""The fixed words of the access answer in five languages: headings, sentences, counts, days.

They are data (templates/reports/answer/*.toml), the same keys in each language. What a
document's data say in our own fixed English (`says`) is told in the reader's language too;
what is not known there, a name or a value, stays as it is.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date, datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from reports import showing

LANGUAGES = ("en", "de", "fr", "es", "it")
ENGLISH = "en"


class Words:
    """One language's words. A missing key is a KeyError: a fault of ours."""

    def __init__(self, language: str, data: dict[str, Any]) -> None:
        self.language = language
        self._words: dict[str, str] = data["words"]
        self._counts: dict[str, list[str]] = data["counts"]
        self._codes: dict[str, str] = data["codes"]
        self._says: dict[str, str] = data["says"]
        patterns: dict[str, str] = data.get("patterns", {})
        self._patterns = [(re.compile(each), text) for each, text in patterns.items()]

    def __call__(self, key: str, **values: object) -> str:
        """The words of a key with their values in place."""
        return self._words[key].format(**values)

    def counted(self, key: str, count: int) -> str:
        """`1 call`, `1,204 calls`, as the language counts."""
        one, many = self._counts[key]
        # French counts nothing in the singular.
        single = count == 1 or (self.language == "fr" and count == 0)
        return (one if single else many).format(n=self.number(count))

    def number(self, value: int) -> str:
        """Thousands apart, as the language writes them."""
        if self.language == ENGLISH:
            return showing.number(value)
        from babel.numbers import format_decimal

        return str(format_decimal(value, locale=self.language))

    def day(self, text: str) -> str:
        """`2026-11-24` as a day in words."""
        if self.language == ENGLISH:
            return showing.day(text)
        from babel.dates import format_date

        return str(format_date(date.fromisoformat(text), "long", locale=self.language))

    def instant(self, text: str, zone: str) -> str:
        """An RFC 3339 instant in words, in `zone`."""
        if self.language == ENGLISH:
            return showing.instant(text, zone)
        at = datetime.fromisoformat(text).astimezone(ZoneInfo(zone))
        return f"{self.day(at.date().isoformat())}, {at:%H:%M} {at.tzname()}"

    def plain(self, code: str) -> str:
        """A code as a person would say it."""
        if self.language == ENGLISH:
            return showing.plain(code)
        return self._codes.get(code.lower()) or self._codes.get(code) or showing.words(code)

    def says(self, text: str) -> str:
        """A text of ours in this language; anything else as it is."""
        if self.language == ENGLISH or not text:
            return text
        exact = self._says.get(text) or self._codes.get(text)
        if exact:
            return exact
        for pattern, told in self._patterns:
            match = pattern.fullmatch(text)
            if match:
                return told.format(**{k: self._part(k, v) for k, v in match.groupdict().items()})
        return text

    def _part(self, name: str, value: str | None) -> str:
        if name == "day":
            return self.day(value or "")
        return self.says(value or "") if name == "code" else (value or "")


@lru_cache(maxsize=len(LANGUAGES))
def words(language: str) -> Words:
    """The words of one of `LANGUAGES`; English for any other."""
    chosen = language if language in LANGUAGES else ENGLISH
    text = files("templates").joinpath("reports", "answer", f"{chosen}.toml").read_text("utf-8")
    return Words(chosen, tomllib.loads(text))
