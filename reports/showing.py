"""How values look on paper: dates, instants, numbers, spans; all pure."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
DAY_S = 86_400
HOUR_S = 3_600
MINUTE_S = 60


def day(text: str) -> str:
    """`2026-11-24` as `24 November 2026`."""
    on = date.fromisoformat(text)
    return f"{on.day} {MONTHS[on.month - 1]} {on.year}"


def instant(text: str, zone: str = "UTC") -> str:
    """An RFC 3339 instant as `24 November 2026, 15:03 CET`, in `zone`."""
    at = datetime.fromisoformat(text).astimezone(ZoneInfo(zone))
    return f"{at.day} {MONTHS[at.month - 1]} {at.year}, {at:%H:%M} {at.tzname()}"


def stamp(text: str, zone: str = "UTC") -> str:
    """An RFC 3339 instant as `2026-11-24 15:03:20`, in `zone`: for tables that name the zone."""
    return f"{datetime.fromisoformat(text).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}"


def number(value: int | float) -> str:
    """Thousands apart by a comma; a fraction with at most four digits."""
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.4f}".rstrip("0").rstrip(".")


def share(part: int, whole: int) -> str:
    """`part` of `whole` in per cent with one digit; a dash where there is no whole.

    Never rounded up to 100 % nor down to 0 %: a share that is not whole says so.
    """
    if whole == 0:
        return "–"
    if 0 < part < whole:
        tenths = min(max(round(1000 * part / whole), 1), 999)
    else:
        tenths = 1000 * part // whole
    return f"{tenths // 10}.{tenths % 10} %"


def span(seconds: int | float) -> str:
    """A length of time in its largest fitting units: `2 d 3 h`, `14 min 5 s`, `0 s`."""
    whole = int(seconds)
    if whole != seconds and whole < MINUTE_S:
        return f"{number(float(seconds))} s"
    parts = []
    for name, size in (("d", DAY_S), ("h", HOUR_S), ("min", MINUTE_S), ("s", 1)):
        count, whole = divmod(whole, size)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "0 s"


def counted(count: int, one: str, many: str) -> str:
    """`1 call`, `1,204 calls`."""
    return f"{count:,} {one if count == 1 else many}"


PLAIN = {
    "completed": "you answered",
    "no_answer": "nobody answered",
    "busy": "the line was busy",
    "declined": "the call was declined",
    "unwanted": "the call was refused as unwanted",
    "unreachable": "the number could not be reached",
    "machine": "an answering machine took it",
    "abandoned": "you answered, nobody spoke",
    "uncertain": "not known, counted as a call",
    "not_sent": "it was not made after all",
    "marketing": "advertising",
    "voice_live": "phone call by a person",
    "voice_prerecorded": "recorded phone call",
    "text": "text message",
    "email": "e-mail",
}
"""Codes of ours in words for somebody who never saw them."""


def plain(code: str) -> str:
    """A code as a person would say it; one that has no such words reads as `words`."""
    return PLAIN.get(code.lower(), words(code))


def headline(text: str) -> str:
    """`text` with its first letter in upper case, the rest as it is."""
    return text[:1].upper() + text[1:]


def words(code: str) -> str:
    """A code of ours as plain words: `NO_ANSWER` and `no_answer` become `no answer`."""
    return code.replace("_", " ").lower()
