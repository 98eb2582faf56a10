"""Instants as an export writes them, in microseconds since 1970 UTC. Pure.

A zone is never guessed: a time without one is read by the declared zone only. In the hour
that clocks show twice both instants are kept; a time that clocks skipped is no instant.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from privacy.law.bulk_columns import FIRST_US, LAST_US
from privacy.law.zones import known_zones, zone
from privacy.vendors.calls.record import UNTOLD

SECOND_US = 1_000_000
MINUTES_KEPT = 200_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ISO = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?"
)
_SHORT = re.compile(
    r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}),? (\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?([AaPp])[Mm])?"
)
_EPOCH_TEXT = re.compile(r"\d{9,10}(?:\.\d{1,9})?|\d{13}|\d{16}")
_OFFSET = re.compile(r"(?:Z|[+-]\d{2}:?\d{2})$")
_LENGTH = re.compile(r"(?:(\d{1,4}):)?(\d{1,2}):(\d{2})(?:[.,]\d+)?")
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,9})?")


class BadInstant(ValueError):
    """A time that is no sure instant. `reason` is a code; the text holds nothing else."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Instant(NamedTuple):
    """`at_us`, and `second_us` where clocks showed that time twice (the later reading)."""

    at_us: int
    second_us: int = UNTOLD


class LocalClock:
    """Times on the wall clock of one IANA zone. KeyError for a zone that is none."""

    def __init__(self, key: str, dates: str = "") -> None:
        if key not in known_zones():
            raise KeyError("no such zone")
        self.key, self.dates = key, dates
        self._zone = zone(key)
        self._minutes: dict[str, Instant] = {}

    def read(self, text: str) -> Instant:
        """The instant of `2026-11-01 01:30:00`. BadInstant: no_sure_instant or skipped_hour.

        `dates` dmy or mdy reads 01/02/2026 too; without it such a text is refused.
        """
        minute, seconds = text[:16], text[17:]
        if len(text) == 19 and seconds.isdecimal() and seconds.isascii() and text[16] == ":":
            found = self._minutes.get(minute)
            if found is None:
                found = self._remember(minute)
            more = int(seconds) * SECOND_US
            if more >= 60 * SECOND_US:
                raise BadInstant("no_sure_instant")
            second = found.second_us
            return Instant(found.at_us + more, UNTOLD if second == UNTOLD else second + more)
        return self._instant(self._face(text))

    def _remember(self, minute: str) -> Instant:
        if len(self._minutes) > MINUTES_KEPT:
            self._minutes.clear()
        found = self._minutes[minute] = self._instant(self._face(minute))
        return found

    def _face(self, text: str) -> datetime:
        """The time on the clock's face."""
        iso = _ISO.fullmatch(text.strip())
        try:
            if iso:
                year, month, day, hour, minute = (int(part) for part in iso.groups()[:5])
                micro = int((iso[7] or "0")[:6].ljust(6, "0"))
                return datetime(year, month, day, hour, minute, int(iso[6] or 0), micro)  # noqa: DTZ001
            short = _SHORT.fullmatch(text.strip())
            if short and self.dates in ("dmy", "mdy"):
                return self._short(short)
            return _naive_words(text)
        except ValueError:
            raise BadInstant("no_sure_instant") from None

    def _short(self, found: re.Match[str]) -> datetime:
        first, second, year, hour, minute = (int(part) for part in found.groups()[:5])
        day, month = (first, second) if self.dates == "dmy" else (second, first)
        if found[7]:
            if not 1 <= hour <= 12:
                raise BadInstant("no_sure_instant")
            hour = hour % 12 + (12 if found[7] in "Pp" else 0)
        return datetime(year, month, day, hour, minute, int(found[6] or 0))  # noqa: DTZ001

    def _instant(self, face: datetime) -> Instant:
        if not 1971 <= face.year < 2190:
            raise BadInstant("no_sure_instant")
        first, second = (face.replace(tzinfo=self._zone, fold=fold) for fold in (0, 1))
        early, late = (each.astimezone(UTC) for each in (first, second))
        if early.astimezone(self._zone).replace(tzinfo=None, fold=0) != face:
            raise BadInstant("skipped_hour")
        at = _micros(early)
        return Instant(at) if early == late else Instant(at, _micros(late))


def _naive_words(text: str) -> datetime:
    """`Wed, 20 May 2026 10:11:12` without a zone."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        raise BadInstant("no_sure_instant") from None
    if found.tzinfo is not None:
        raise BadInstant("no_sure_instant")
    return found


def read_rfc2822(text: str) -> int:
    """`Tue, 31 Aug 2010 20:36:28 +0000`, with an offset. BadInstant: no_sure_instant, no_zone."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        raise BadInstant("no_sure_instant") from None
    if found.tzinfo is None:
        # RFC 2822 section 3.3: -0000 says that the zone is not told.
        raise BadInstant("no_zone")
    return _checked(found)


def read_offset(text: str) -> int:
    """ISO 8601 with Z or an offset. BadInstant: no_sure_instant, or no_zone without one."""
    text = text.strip()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadInstant("no_sure_instant") from None
    if found.tzinfo is None:
        raise BadInstant("no_zone")
    return _checked(found)


def has_offset(text: str) -> bool:
    """Whether a text ends with Z or an offset."""
    return bool(_OFFSET.search(text.strip()))


def read_epoch(text: str) -> int:
    """Seconds since 1970 (10 digits, or with a fraction), milliseconds (13) or micro (16)."""
    text = text.strip()
    if not _EPOCH_TEXT.fullmatch(text):
        raise BadInstant("no_sure_instant")
    whole, _, rest = text.partition(".")
    scale = {13: 1000, 16: 1}.get(len(whole), SECOND_US)
    return _within(int(whole) * scale + int((rest or "0")[:6].ljust(6, "0")) * bool(rest))


def read_ms(text: str) -> int:
    """A length in milliseconds from seconds (`12`, `12.5`) or `0:12:05`; UNTOLD for neither."""
    text = text.strip()
    if text.isdecimal() and text.isascii() and len(text) < 10:
        return int(text) * 1000
    if _NUMBER.fullmatch(text):
        return round(float(text) * 1000)
    clock = _LENGTH.fullmatch(text)
    if clock is None:
        return UNTOLD
    hours, minutes, seconds = (int(part or 0) for part in clock.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1000


def _micros(at: datetime) -> int:
    delta = at - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * SECOND_US + delta.microseconds


def _checked(found: datetime) -> int:
    try:
        return _within(_micros(found))
    except OverflowError:
        raise BadInstant("no_sure_instant") from None


def _within(at_us: int) -> int:
    if not FIRST_US <= at_us <= LAST_US:
        raise BadInstant("no_sure_instant")
    return at_us
