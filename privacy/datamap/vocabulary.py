"""Terms of the W3C Data Privacy Vocabulary that a data map may name (vocabulary.toml).

Categories of data are of three kinds: special (GDPR Article 9), criminal (Article 10) and
the rest; a data map names all three in one field.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

DATA = ("data", "special", "criminal")
LONGEST_WORD = 60
MEASURES = ("technical_measures", "organisational_measures")
# What a field of the map names its terms by, and the lists that they may come from.
LISTS: Mapping[str, tuple[str, ...]] = {
    "purposes": ("purposes",),
    "data_subjects": ("data_subjects",),
    "data": DATA,
    "processing": ("processing",),
    "measures": MEASURES,
    "bases": ("bases",),
    "conditions": ("conditions",),
    "safeguards": ("safeguards",),
}


@cache
def terms(name: str) -> Mapping[str, str]:
    """The terms that a field of that name may hold, with their labels."""
    found: dict[str, str] = {}
    for each in LISTS[name]:
        found |= _read()[each]
    return found


def label(name: str, term: str) -> str:
    """The label of a term; the term itself where it is not known."""
    return terms(name).get(term, term)


def is_special(term: str) -> bool:
    """Whether a category of data is one of Article 9."""
    return term in _read()["special"]


def is_criminal(term: str) -> bool:
    """Whether a category of data is about criminal convictions and offences (Article 10)."""
    return term in _read()["criminal"]


def near(name: str, wrong: str) -> list[str]:
    """At most three terms that somebody may have meant."""
    return nearest(wrong, terms(name))


def nearest(wrong: str, known: Collection[str]) -> list[str]:
    """At most three of the known words that are spelt like this one."""
    if len(wrong) > LONGEST_WORD:
        return []
    by_lower = {each.lower(): each for each in known}
    return [by_lower[each] for each in difflib.get_close_matches(wrong.lower(), by_lower, 3)]


def about() -> dict[str, str]:
    """Name, version, source and licence of the vocabulary."""
    return {key: str(_read()[key]) for key in ("name", "version", "source", "licence")}


@cache
def _read() -> dict[str, Any]:
    return tomllib.loads(files("privacy.datamap").joinpath("vocabulary.toml").read_text("utf-8"))
