"""How and when a person wants to be reached, as a list or a clerk writes it. Pure.

A wish that cannot be read is kept as UNREADABLE: the gate then denies calls until
somebody has asked the person. It opens nothing; it only narrows.
"""

from __future__ import annotations

import re

from privacy.law.windows import WEEKDAYS, week_windows

UNREADABLE = "unreadable"
VOICE, TEXT, EMAIL, POST = "voice", "text", "email", "post"
CHANNELS = {
    VOICE: ("voice", "phone", "telephone", "call", "calls", "telefon", "anruf", "mobile"),
    TEXT: ("text", "texts", "sms"),
    EMAIL: ("email", "e mail", "mail"),
    POST: ("post", "letter", "postal mail", "brief"),
}
_CHANNEL = {word: name for name, words in CHANNELS.items() for word in words}
_DAYS = {
    name: index
    for index, names in enumerate(
        (
            ("mon", "monday", "mo", "montag"),
            ("tue", "tuesday", "tues", "di", "dienstag"),
            ("wed", "wednesday", "mi", "mittwoch"),
            ("thu", "thursday", "thurs", "do", "donnerstag"),
            ("fri", "friday", "fr", "freitag"),
            ("sat", "saturday", "sa", "samstag"),
            ("sun", "sunday", "so", "sonntag"),
        )
    )
    for name in names
}
_PART = re.compile(r"([a-zäöü ,\-]*?)\s*([\d][\d:., \-]*)")
_HOURS = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*-\s*(\d{1,2})(?:[:.](\d{2}))?")
_AND = re.compile(r"[,;/|+&]|\b(?:and|und|or|oder)\b")
LONGEST = 200


def read_channels(text: str) -> list[str]:
    """The ways that a person named, each once: `e-mail, SMS` gives email and text.

    A word that is not known gives UNREADABLE beside the others: `no calls` names no way.
    """
    words = (_word(part) for part in _AND.split(text[:LONGEST].casefold()))
    return list(dict.fromkeys(_CHANNEL.get(word, UNREADABLE) for word in words if word))


def read_times(text: str) -> dict[str, list[list[str]]]:
    """Hours by weekday: `mon-fri 9:00-12:00, 14:00-18:00; sat 10-12`, or hours for every day.

    ValueError where it is something else, or names no hour.
    """
    found: dict[str, list[list[str]]] = {}
    folded = text[:LONGEST].casefold().replace("–", "-")
    for part in folded.split(";"):
        if not part.strip():
            continue
        told = _PART.fullmatch(part.strip())
        if told is None:
            raise ValueError("no days and hours")
        hours = [_window(one) for one in told[2].split(",") if one.strip()]
        for day in _days(told[1].strip(" ,")):
            found.setdefault(WEEKDAYS[day], []).extend(hours)
    if not found:
        raise ValueError("no hours")
    week = {day: sorted(found[day]) for day in WEEKDAYS if day in found}
    week_windows(week)
    return week


def _word(part: str) -> str:
    word = re.sub(r"[\W_]+", " ", part).strip()
    return word.removesuffix(" only").removesuffix(" please").removeprefix("nur ").strip()


def _days(text: str) -> list[int]:
    if not text:
        return list(range(7))
    days: list[int] = []
    for piece in text.split(","):
        first, dash, last = (word.strip() for word in piece.partition("-"))
        if first not in _DAYS or (dash and last not in _DAYS):
            raise ValueError("no weekday")
        begin, end = _DAYS[first], _DAYS[last or first]
        days += [day % 7 for day in range(begin, (end if end >= begin else end + 7) + 1)]
    return days


def _window(text: str) -> list[str]:
    told = _HOURS.fullmatch(text.strip())
    if told is None:
        raise ValueError("no hours")
    return [f"{int(told[1]):02}:{told[2] or '00'}", f"{int(told[3]):02}:{told[4] or '00'}"]
