"""What the makers of legs share: cells, declared clocks, lengths, words of dispositions. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from privacy.errors import BadInput
from privacy.vendors.calls.form import Aside, BadRow, Leg, Reading, Row
from privacy.vendors.calls.instants import (
    BadInstant,
    Instant,
    LocalClock,
    has_offset,
    read_epoch,
    read_offset,
)
from privacy.vendors.calls.record import UNTOLD, Disposition

LegMaker = Callable[[Row], Leg | Aside]
MS_US = 1000
_WORDS = re.compile(r"[\W_]+")
YES = frozenset({"1", "y", "yes", "true", "t", "on"})

# Words that several systems use for how a call ended, folded.
DISPOSITIONS: dict[str, Disposition] = {
    **dict.fromkeys(
        (
            "answered", "answer", "completed", "connected", "call connected", "accepted", "human",
            "conversation", "live", "sale", "transferred", "voicemail", "answering machine",
            "machine", "unwanted", "declined",
        ),
        Disposition.ANSWERED,
    ),
    **dict.fromkeys(
        ("no answer", "noanswer", "no pickup", "missed", "timeout", "unanswered", "not answered"),
        Disposition.NO_ANSWER,
    ),
    **dict.fromkeys(("busy", "line busy"), Disposition.BUSY),
    **dict.fromkeys(
        (
            "failed", "fail", "congestion", "unreachable", "call failed", "dial error",
            "operator intercept", "disconnected", "invalid", "wrong number", "call failure",
            "internal error", "no route",
        ),
        Disposition.FAILED,
    ),
    **dict.fromkeys(
        ("canceled", "cancelled", "cancel", "hang up", "hangup", "caller hung up"),
        Disposition.CANCELLED,
    ),
    **dict.fromkeys(("abandoned", "abandon", "dropped", "drop"), Disposition.ABANDONED),
}  # fmt: skip
MACHINES = frozenset(
    {"voicemail", "answering machine", "machine", "fax", "machine start", "machine end beep"}
)
OPT_OUTS = frozenset(
    {
        "dnc",
        "do not call",
        "opt out",
        "opted out",
        "optout",
        "unsubscribe",
        "stop",
        "unwanted",
        "remove from list",
        "add to dnc",
    }
)


def fold(text: str) -> str:
    """Words in small letters, with single blanks."""
    return _WORDS.sub(" ", text.casefold()).strip()


def need_clock(reading: Reading, format_title: str) -> LocalClock:
    """The declared clock. BadInput says what to declare."""
    if reading.clock is None:
        raise BadInput(
            f"{format_title} writes times without a zone, and none was declared.",
            what="--zone",
            next="Ask the vendor which clock wrote the file, and give it: --zone America/New_York,"
            " or --zone Etc/UTC where the server writes UTC; tell how you know with --clock.",
        )
    return reading.clock


def local(clock: LocalClock, text: str, field: str = "at") -> Instant:
    """A time on the declared clock. BadRow: no_sure_instant, skipped_hour."""
    try:
        return clock.read(text)
    except BadInstant as bad:
        raise BadRow(field, bad.reason) from None


def absolute(text: str, field: str = "at") -> int:
    """An instant with its own zone, or epoch seconds. BadRow: no_sure_instant, no_zone."""
    try:
        return read_epoch(text) if text[:1].isdecimal() and "-" not in text else read_offset(text)
    except BadInstant as bad:
        raise BadRow(field, bad.reason) from None


def maybe(text: str) -> int:
    """As `absolute`, UNTOLD for an empty text."""
    return absolute(text, "instant") if text else UNTOLD


def either(clock: LocalClock | None, text: str, title: str) -> Instant:
    """An instant with an offset, else on the declared clock. BadRow no_zone without one."""
    if has_offset(text) and "T" in text:
        return Instant(absolute(text))
    if clock is None:
        raise BadRow("at", "no_zone")
    return local(clock, text)


def between_ms(first_us: int, last_us: int) -> int:
    """Milliseconds from one instant to a later one; UNTOLD where one is untold or it is earlier."""
    if first_us == UNTOLD or last_us == UNTOLD or last_us < first_us:
        return UNTOLD
    return (last_us - first_us) // MS_US


def after(at_us: int, *lengths_ms: int) -> int:
    """The instant after lengths; UNTOLD where one of them is."""
    if UNTOLD in (at_us, *lengths_ms):
        return UNTOLD
    return at_us + sum(lengths_ms) * MS_US


def content_key(cells: object) -> str:
    """The key of a record that has none: a digest of what it says, the same in every copy."""
    told = json.dumps(cells, sort_keys=True, default=str)
    return "=" + hashlib.blake2b(told.encode("utf-8", "replace"), digest_size=16).hexdigest()


def word(cell: object) -> str:
    """A JSON value as text: "" for null, lists and objects."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool) or cell is None or isinstance(cell, list | dict):
        return ""
    return str(cell)


def part(record: Mapping[str, Any], *path: str) -> Any:
    """A value deep in objects; None where there is none."""
    found: Any = record
    for name in path:
        if not isinstance(found, dict):
            return None
        found = found.get(name)
    return found


def objects(value: object) -> list[dict[str, Any]]:
    """The objects of a list; [] for anything else."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def header_of(cells: list[str]) -> dict[str, int]:
    """Places of columns by their folded names; the first of two equal ones counts."""
    places: dict[str, int] = {}
    for index, name in enumerate(cells):
        places.setdefault(fold(name), index)
    return places


def cell(row: Row, places: Mapping[str, int], *names: str) -> str:
    """The text under the first of `names` that the file has; "" where there is none."""
    for name in names:
        index = places.get(name)
        if index is not None:
            return str(row.cells[index]).strip() if index < len(row.cells) else ""
    return ""
