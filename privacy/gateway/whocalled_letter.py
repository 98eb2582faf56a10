"""The answer to "who called me?" in plain sentences, in five languages.

Words stand in `templates/whocalled`; a date is written by Babel. The text has what
`whocalled.who_called` found and nothing more, so it may be sent as it is.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from privacy.gateway.protocol import TERMINAL
from privacy.terms import Language

LIVE = "live"
Words = Mapping[str, Mapping[str, str]]
ENDED = frozenset(state.value for state in TERMINAL)


def letter(found: Mapping[str, Any], language: Language, zone: str) -> str:
    """The text for the person; instants in `zone`, the controller's."""
    paragraphs = [" ".join(part) for part in _parts(found, language, ZoneInfo(zone))]
    return "\n\n".join(paragraphs) + "\n"


def limits(language: Language) -> list[str]:
    """What the answer cannot show, in that language."""
    return list(words_of(language)["limits"].values())


@cache
def words_of(language: Language) -> Words:
    """The words of a language, by table."""
    file = resources.files("templates") / "whocalled" / f"{language.value}.toml"
    return tomllib.loads(file.read_text("utf-8"))


def _parts(found: Mapping[str, Any], language: Language, zone: ZoneInfo) -> Iterator[list[str]]:
    text = words_of(language)["text"]

    def on(at: str) -> str:
        moment = datetime.fromisoformat(at).astimezone(zone)
        return str(format_datetime(moment, "long", locale=language.value))

    yield [text["intro"].format(since=on(found["since"]), until=on(found["until"]))]
    for call in found["calls"]:
        yield list(_call(call, language, on))
    for call in found["earlier_dialer"]:
        yield [text["earlier"].format(at=on(call["at"]), source=call["source"])]
    if not found["calls"] and not found["earlier_dialer"]:
        yield [text["none"]]
    for at in found["opted_out"]:
        yield [text["opted_out"].format(at=on(at))]
    keys = {call["stop"]["key"] for call in found["calls"]}
    contact = found["contact"] or found["controller"]
    stop = text["stop"] if len(keys) == 1 else text["stop_plain"]
    yield [stop.format(key=next(iter(keys), ""), contact=contact)]


def _call(call: Mapping[str, Any], language: Language, on: Any) -> Iterator[str]:
    words = words_of(language)
    text = words["text"]
    told = {"at": on(call["at"]), "caller": call["caller"], "number": call["number_shown"]}
    if call["at_person"] and call["at_person"] != call["at_controller"]:
        local = datetime.fromisoformat(call["at_person"])
        shown = format_datetime(local, "short", locale=language.value)
        yield text["your_time"].format(**told, local=shown)
    else:
        yield text["called"].format(**told)
    if call["simulated"]:
        yield text["simulated"]
    if call["dialled_by"]:
        yield text["outside"].format(provider=call["dialled_by"])
    if call["for_somebody_else"]:
        yield text["other"]
    else:
        yield from _why(call, words, on)
    outcome = call["outcome"] if call["outcome"] in ENDED else LIVE
    yield text["outcome"].format(outcome=words["outcome"][outcome])
    if call["opted_out_at"]:
        yield text["opted_in_call"].format(at=on(call["opted_out_at"]))


def _why(call: Mapping[str, Any], words: Words, on: Any) -> Iterator[str]:
    """Purpose, consent and what was heard."""
    text = words["text"]
    purpose = words["purpose"][call["purpose"]]
    yield text["why"].format(purpose=purpose, campaign=call["title"])
    yield from _consent(call, text, on)
    heard = call["heard"]
    named = words["language"].get(heard["language"], heard["language"])
    seconds = "" if heard["heard_s"] is None else f"{heard['heard_s']:.0f}"
    yield text[heard["how_much"]].format(text=heard["text"], language=named, seconds=seconds)


def _consent(call: Mapping[str, Any], text: Mapping[str, str], on: Any) -> Iterator[str]:
    consent = call["consent"]
    if "given_at" not in consent:
        yield text["no_consent"]
        return
    yield text["consent"].format(
        given_at=on(consent["given_at"]), how=consent["how"], id=consent["id"]
    )
    if consent["text_shown"]:
        yield text["consent_text"].format(text=consent["text_shown"])
