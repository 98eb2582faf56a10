"""What a prompt must say, and when: who calls and why, then at once how to opt out. Pure.

47 CFR 64.1200(b) and 16 CFR 310.4(b)(1)(v)(B), (d): identification and purpose come
first and promptly, and the offer of the key follows them at once. The same order is
asked of every campaign, whatever law its calls are under.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from privacy.errors import BadInput
from privacy.gateway.protocol import KEYS

# Our own bound: by then the key has been offered in full.
KEY_WITHIN_MS = 12_000
LATEST_OFFER = 2
SENTENCE = re.compile(r"(?<=[.!?:;])\s+")
ORDER_OF_KEYS = "0123456789*#"


@dataclass(frozen=True)
class Opening:
    """`before`: the sentences that say who calls and why; `offer`: the one with the key."""

    before: str
    offer: str

    @property
    def text(self) -> str:
        return f"{self.before} {self.offer}"


def opening(text: str, *, caller: str, why: str, key: str, language: str) -> Opening:
    """The opening of a prompt. BadInput says what it lacks.

    `caller` must stand in the first sentence, `why` (words that say the purpose, "" where
    that was looked at before) before the offer, and the offer within the first three.
    """
    sentences = SENTENCE.split(" ".join(text.split()))
    if caller.casefold() not in sentences[0].casefold():
        raise _lacks("The first sentence does not name who calls.", "caller")
    named = _named(key, language)
    at = next((n for n, sentence in enumerate(sentences) if named.search(sentence)), None)
    if at is None:
        raise _lacks(f"The prompt does not offer the key {key}.", "key")
    if not 1 <= at <= LATEST_OFFER:
        raise _lacks("The key is not offered directly after who calls and why.", "key")
    before = " ".join(sentences[:at])
    if why.casefold() not in before.casefold():
        raise _lacks("The words that say why you call do not stand before the key.", "--why")
    return Opening(before, sentences[at])


def require_in_time(key_by_ms: int) -> None:
    """BadInput if the key is offered too late. `key_by_ms`: by when it has been, in ms."""
    if not 0 < key_by_ms <= KEY_WITHIN_MS:
        raise BadInput(
            f"The key is offered by {key_by_ms / 1_000:.1f} s; {KEY_WITHIN_MS // 1_000} s is the"
            " latest.",
            what="key",
            next="Say who calls and why in fewer words, then how to opt out.",
        )


def fixed(language: str, *, caller: str, number: str, key: str) -> dict[str, str]:
    """The texts of `confirmation` and `safe_harbour`. BadInput for a language without them."""
    words = _words().get(language)
    if words is None:
        raise BadInput(
            "There are no words for confirmation and safe harbour in this language.",
            what=language,
            next="Set them with --role confirmation and --role safe_harbour, each with --text.",
        )
    said = words["keys"][ORDER_OF_KEYS.index(key)]
    digits = " ".join(digit for digit in number if digit.isdecimal())
    return {
        role: str(words[role]).format(caller=caller, number=digits, key=said)
        for role in ("confirmation", "safe_harbour")
    }


def require_harbour(text: str, *, caller: str, key: str, language: str) -> None:
    """BadInput if a safe-harbour message names no caller or offers no key."""
    if caller.casefold() not in text.casefold() or not _named(key, language).search(text):
        raise _lacks("The message does not name who calls, or does not offer the key.", "text")


def _named(key: str, language: str) -> re.Pattern[str]:
    """The key as a sign of its own, or as its name."""
    words = _words().get(language)
    name = words["keys"][ORDER_OF_KEYS.index(key)] if words and key in KEYS else key
    return re.compile(
        rf"(?<!\w){re.escape(key)}(?!\w)|(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE
    )


@cache
def _words() -> Mapping[str, Any]:
    return tomllib.loads((resources.files("templates") / "speech.toml").read_text("utf-8"))


def _lacks(message: str, what: str) -> BadInput:
    return BadInput(
        message,
        what=what,
        next="Begin like: This is Example Retail about our autumn offer. Press 9 to be called no"
        " more.",
    )
