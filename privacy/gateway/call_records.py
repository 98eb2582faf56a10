"""The records of an earlier dialer, line by line: number, instant, channel, outcome. Pure.

A line whose number or instant is not sure is refused, by line and reason and without a
value: a call at another instant would open a gap too early. A word for an outcome that
is not known counts as talked to.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from privacy.contacts import delimited
from privacy.contacts.consents import parse_instant
from privacy.contacts.files import TextFile, look_at
from privacy.contacts.mapping import fold_header
from privacy.contacts.rows import Refusal
from privacy.errors import BadInput
from privacy.gateway.history import HISTORY
from privacy.numbers import BadNumber, parse_phone
from privacy.terms import Channel

FIELDS = ("number", "at", "outcome", "channel")
NEEDED = ("number", "at")
OPTED_OUT = "opted_out"
UNKNOWN = "uncertain"
HEADERS = {
    "number": ("number", "phone", "phone number", "telephone", "called number", "called", "to"),
    "at": ("at", "called at", "call time", "call date", "start", "start time", "started at"),
    "outcome": ("outcome", "result", "status", "disposition", "call status"),
    "channel": ("channel", "type", "call type"),
}
OUTCOMES = {
    "conversation": ("conversation", "answered", "answer", "human", "connected", "sale", "talked"),
    "completed": ("completed", "played", "message played"),
    "no_answer": ("no answer", "noanswer", "na", "timeout", "not answered", "cancel"),
    "busy": ("busy", "b"),
    "unreachable": ("unreachable", "failed", "invalid", "disconnected", "congestion"),
    "machine": ("machine", "answering machine", "am", "voicemail"),
    "declined": ("declined", "refused", "not interested", "ni", "rejected"),
    "abandoned": ("abandoned", "drop", "dropped"),
    OPTED_OUT: ("opted out", "opt out", "dnc", "do not call", "unsubscribe", "stop", "unwanted"),
    UNKNOWN: ("uncertain", "unknown"),
}
_WORDS = {word: name for name, words in OUTCOMES.items() for word in words}
CHANNELS = {
    "voice": Channel.VOICE_LIVE,
    "call": Channel.VOICE_LIVE,
    "live": Channel.VOICE_LIVE,
    "agent": Channel.VOICE_LIVE,
    "recorded": Channel.VOICE_PRERECORDED,
    "prerecorded": Channel.VOICE_PRERECORDED,
    "sms": Channel.TEXT,
    **{channel.value.replace("_", " "): channel for channel in Channel},
}
ODD_ZONE = timezone(timedelta(hours=5, minutes=17))


@dataclass(frozen=True, repr=False, slots=True)
class EarlierCall:
    """One call that was made. It has no repr: it holds a number."""

    line: int
    number: str
    at: datetime
    channel: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column is what, and how the file's words and instants are meant.

    `zone`: of instants that name none; None refuses such lines. `channel`: of lines
    that name none; "" counts as a call of every channel.
    """

    columns: Mapping[str, int]
    width: int
    header: bool = True
    zone: tzinfo | None = None
    dates: str = ""
    channel: str = ""
    outcomes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Records:
    """A readable file of call records."""

    file: TextFile
    dialect: delimited.Dialect
    layout: Layout

    def lines(self, region: str, now: datetime) -> Iterator[EarlierCall | Refusal]:
        """Every line in order. `region` reads numbers without a country code."""
        found = delimited.records(self.file, self.dialect)
        for record in islice(found, 1 if self.layout.header else 0, None):
            if record.refused:
                yield Refusal(record.line, "row", record.refused)
            else:
                yield read(record, self.layout, region, now)


def open_records(
    path: Path,
    *,
    mapping: Path | None = None,
    zone: str = "",
    encoding: str = "",
    delimiter: str = "",
) -> Records:
    """Look at the file. BadInput where columns are not recognised, or a zone is not known."""
    file = look_at(path, encoding)
    dialect = delimited.detect(file, delimiter)
    first = next(delimited.records(file, dialect), None)
    if first is None or first.refused:
        raise BadInput(
            "The first line cannot be read as a header.",
            what="line 1",
            next="Give a CSV whose first line names the columns.",
        )
    layout = from_toml(mapping, first.fields, zone) if mapping else guess(first.fields, zone)
    missing = [name for name in NEEDED if name not in layout.columns]
    if missing:
        raise BadInput(
            "A column is not recognised.",
            what=missing[0],
            next="Name the columns with --mapping FILE.toml; see docs/gateway.md.",
        )
    return Records(file, dialect, layout)


def guess(header: Sequence[str], zone: str = "") -> Layout:
    """The layout that a header suggests."""
    folded = [fold_header(text) for text in header]
    columns = {
        name: next(index for index, text in enumerate(folded) if text in words)
        for name, words in HEADERS.items()
        if set(words) & set(folded)
    }
    return Layout(columns, len(header), zone=_zone(zone))


def from_toml(path: Path, header: Sequence[str], zone: str = "") -> Layout:
    """A file's layout: `[columns]` header = field, `[outcomes]` word = outcome, zone, dates,
    channel, header. BadInput names what does not fit, never the header's text."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(
            f"The mapping cannot be read ({type(error).__name__}).",
            what="--mapping",
            next="It is a TOML file; see docs/gateway.md.",
        ) from None
    with_header = data.get("header", True) is not False
    indexes = {str(number): number - 1 for number in range(1, len(header) + 1)}
    if with_header:
        indexes |= {text.strip(): index for index, text in enumerate(header)}
    given, words = data.get("columns", {}), data.get("outcomes", {})
    dates, channel = data.get("dates", ""), data.get("channel", "")
    fits = (
        isinstance(given, dict)
        and all(name in indexes and each in FIELDS for name, each in given.items())
        and isinstance(words, dict)
        and all(each in OUTCOMES for each in words.values())
        and dates in ("", "dmy", "mdy")
        and channel in ("", *Channel)
    )
    if not fits:
        raise BadInput(
            "The mapping says something that is not known here.",
            what="--mapping",
            next="See docs/gateway.md for the names of fields, outcomes and channels.",
        )
    return Layout(
        {field: indexes[name] for name, field in given.items()},
        len(header),
        with_header,
        _zone(zone or str(data.get("zone", ""))),
        dates,
        channel,
        {fold_header(word): name for word, name in words.items()},
    )


def read(
    record: delimited.Record, layout: Layout, region: str, now: datetime
) -> EarlierCall | Refusal:
    """One line, or why it is not taken."""
    fields = [text.strip() for text in record.fields]
    if len(fields) > layout.width and any(fields[layout.width :]):
        return Refusal(record.line, "row", "too_many_fields")

    def cell(name: str) -> str:
        index = layout.columns.get(name)
        return fields[index] if index is not None and index < len(fields) else ""

    try:
        number = parse_phone(cell("number"), region or None)
    except BadNumber as bad:
        return Refusal(record.line, "number", bad.reason)
    at = _instant(cell("at"), layout, now)
    if isinstance(at, str):
        return Refusal(record.line, "at", at)
    word = fold_header(cell("outcome"))
    outcome = layout.outcomes.get(word) or _WORDS.get(word) or UNKNOWN
    told = CHANNELS.get(fold_header(cell("channel")), layout.channel)
    return EarlierCall(record.line, number, at, str(told), outcome)


def _instant(text: str, layout: Layout, now: datetime) -> datetime | str:
    """The instant in UTC, or the reason why there is none that is sure."""
    at = parse_instant(text, layout.zone or UTC, now, layout.dates)
    if at is None:
        return "no_sure_instant"
    if layout.zone is None and at != parse_instant(text, ODD_ZONE, now, layout.dates):
        return "no_zone"
    at = at.astimezone(UTC)
    if at > now:
        return "in_the_future"
    return "too_old" if at <= now - HISTORY else at


def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, OSError, KeyError):
        raise BadInput(
            "That zone is not known.", what="zone", next="Write it as Europe/London."
        ) from None
