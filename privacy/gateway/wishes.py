"""What a person asked for: by which way, and in which language. Pure.

Hours are in `told`. A wish only narrows: none of them opens what the law closes. A wish
that cannot be read denies where it could mean that the call is not wanted.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from privacy.terms import Channel

ANY_VOICE = "voice"
NAMES = {
    "en": ("english", "englisch", "anglais", "inglés", "ingles", "inglese"),
    "de": ("german", "deutsch", "allemand", "alemán", "aleman", "tedesco"),
    "fr": ("french", "französisch", "franzoesisch", "français", "francais", "francese"),
    "es": ("spanish", "spanisch", "espagnol", "español", "espanol", "castellano", "spagnolo"),
    "it": ("italian", "italienisch", "italien", "italiano"),
}
_BY_NAME = {name: code for code, names in NAMES.items() for name in names}
_TAG = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9-_]{2,20})?")


def channel_unwanted(call: dict[str, Any], channel: str) -> bool:
    """Whether the person named ways to be reached, and this channel is none of them."""
    wished = call.get("channels")
    if not wished:
        return False
    if not isinstance(wished, list):
        return True
    named = {str(one) for one in wished}
    voice = channel in (Channel.VOICE_LIVE, Channel.VOICE_PRERECORDED)
    return channel not in named and not (voice and ANY_VOICE in named)


def language_code(text: str) -> str:
    """A language as a list tells it (`de-AT`, `Deutsch`): its code, or "" if it cannot be read."""
    folded = text.strip().casefold()
    if folded in _BY_NAME:
        return _BY_NAME[folded]
    tag = _TAG.fullmatch(folded)
    return tag[1] if tag else ""


def no_language(call: dict[str, Any], scripts: Collection[str], *, fallback: bool) -> bool:
    """Whether there is no script that the person is likely to understand.

    `scripts`: languages of the campaign's scripts. Whoever named no language gets the
    campaign's own, and so does everybody where `fallback` is on.
    """
    told = str(call.get("language") or "")
    return bool(told.strip()) and not fallback and language_code(told) not in scripts


def spoken(call: dict[str, Any], scripts: Collection[str], own: str) -> str:
    """The language of the call: the person's, where there is a script, else the campaign's."""
    code = language_code(str(call.get("language") or ""))
    return code if code in scripts else own
