"""Whether free text asks to stop: every listed word is found, however it is written.

Case, accents (composed or not), full-width letters, punctuation, invisible
characters, digits for letters and letters spelt one by one hide no listed word;
in doubt the text is an opt-out. Source: 47 CFR 64.1200(a)(10); the words stand
in the pack.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

SEPARATORS = re.compile(r"[\W\d_]+")
APOSTROPHES = re.compile(r"['’‘ʼ´`]")
SPELT = re.compile(r"(?<!\S)\S(?: \S){2,}(?!\S)")
DIGITS_FOR_LETTERS = str.maketrans("0135$@", "oiessa")
INVISIBLE = ("Mn", "Me", "Mc", "Cf")


def tells_to_stop(body: str, words: Iterable[str]) -> bool:
    """Whether one of the words stands in the text as a word of its own, in any writing."""
    texts = _readings(body)
    spelt = "\n".join(run.replace(" ", "") for text in texts for run in SPELT.findall(text))
    for word in words:
        for wanted in _wanted(word):
            if any(f" {wanted} " in f" {text} " for text in texts):
                return True
            if wanted.replace(" ", "") in spelt:
                return True
    return False


@lru_cache(4096)
def _wanted(word: str) -> frozenset[str]:
    """A listed word in its plain writings; only words of the pack are kept, never a text."""
    return frozenset(_plain(word))


def _readings(body: str) -> set[str]:
    """The text as plain words, in each way it can be meant."""
    return _plain(body) | _plain(_folded(body).translate(DIGITS_FOR_LETTERS))


def _plain(text: str) -> set[str]:
    """Letters and single spaces only; an apostrophe may join two words or part them."""
    folded = _folded(text)
    joined, parted = APOSTROPHES.sub("", folded), APOSTROPHES.sub(" ", folded)
    plain = {SEPARATORS.sub(" ", one).strip() for one in (joined, parted)}
    return plain - {""}


def _folded(text: str) -> str:
    """Lower case without accents and invisible characters, full-width letters as plain ones."""
    # An acute accent that stands alone would be taken apart into a space.
    apart = unicodedata.normalize("NFKD", APOSTROPHES.sub("'", text))
    seen = "".join(one for one in apart if unicodedata.category(one) not in INVISIBLE)
    return unicodedata.normalize("NFKD", seen.casefold())
