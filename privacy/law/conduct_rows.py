"""Reading the document of `law conduct`: its head, and its rows into chunks."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import islice
from typing import Any

import numpy as np

from privacy.errors import BadFacts
from privacy.law.bulk_columns import EPOCH, MICROSECOND, UNTOLD
from privacy.law.conduct_columns import (
    Answerer,
    Chunk,
    Ender,
    Shown,
    chunk,
    day_number,
    parties,
)
from privacy.law.reading import Moment, Reader, root
from privacy.terms import Purpose

JURISDICTION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
ROWS_AT_ONCE = 10_000


class AnsweredBy(StrEnum):
    PERSON = "person"
    MACHINE = "machine"
    UNKNOWN = "unknown"


class EndedBy(StrEnum):
    """Whose side ended the call; a called side that declines is not rung any longer."""

    CALLER = "caller"
    CALLED = "called"


@dataclass(frozen=True, slots=True)
class Head:
    """Whose calls they are: one campaign's in one jurisdiction, over the days of a period."""

    jurisdiction: str
    campaign: Purpose
    first_day: date
    last_day: date


def read_head(document: object) -> Head:
    """All of the contract's `law conduct` document but its calls. Raises BadFacts (field)."""
    reader = root(document)
    jurisdiction = reader.text("jurisdiction")
    if jurisdiction is None or not JURISDICTION.fullmatch(jurisdiction):
        reader.bad("jurisdiction", "is no ISO 3166-1 or 3166-2 code")
    campaign = campaign_kind(reader.text("campaign"))
    period = reader.part("period")
    first, last = _day(period, "from"), _day(period, "to")
    period.done()
    if last < first:
        reader.bad("period", "ends before it begins")
    reader.value("calls")
    reader.done()
    return Head(jurisdiction, campaign, first, last)


def rows_of(document: Mapping[str, Any]) -> list[Any]:
    """The rows of a document that is held whole. Raises BadFacts (field)."""
    reader = root(document)
    parts = reader.parts("calls")
    if parts is None:
        reader.bad("calls", "is missing")
    return [part.content for part in parts]


def chunks(rows: Iterable[object], party_key: bytes) -> Iterator[Chunk]:
    """Rows of `calls` as chunks, ROWS_AT_ONCE each; a party becomes a digest by the key.

    Raises BadFacts (field) naming the row.
    """
    numbered = enumerate(rows)
    while some := list(islice(numbered, ROWS_AT_ONCE)):
        yield _chunk([_read(number, row, party_key) for number, row in some])


def _chunk(rows: list[tuple[Any, ...]]) -> Chunk:
    columns = list(zip(*rows, strict=True))
    instants = [np.array(column, dtype=np.int64) for column in columns[:6]]
    at_us, day, answered_us, agent_us, ended_us, opt_out_us = instants
    answered_by, ended_by, shown, ring_s, list_age_days, party = columns[6:]
    return chunk(
        at_us,
        day,
        answered_us=answered_us,
        agent_us=agent_us,
        ended_us=ended_us,
        opt_out_us=opt_out_us,
        answered_by=answered_by,
        ended_by=ended_by,
        shown=shown,
        ring_s=ring_s,
        list_age_days=list_age_days,
        party=parties(party),
    )


def campaign_kind(told: str | None) -> Purpose:
    """The kind of the campaign; a campaign's own name is taken for marketing."""
    try:
        return Purpose(told or Purpose.MARKETING)
    except ValueError:
        return Purpose.MARKETING


def _day(period: Reader, key: str) -> date:
    found: Moment | None = period.moment(key)
    if found is None:
        raise BadFacts(
            "A fact cannot be used: it is missing.",
            field=period.path_of(key),
            next="Correct the facts.",
        )
    return found.date() if isinstance(found, datetime) else found


def _read(number: int, row: object, party_key: bytes) -> tuple[Any, ...]:
    """One row in the order of the columns; other keys of it are let pass: no rule measures them."""
    if not isinstance(row, Mapping):
        raise BadFacts(
            "A fact cannot be used: it is no object.",
            field=f"calls.{number}",
            next="Correct the facts.",
        )
    part = Reader(row, f"calls.{number}", [])
    at = part.instant("at")
    if at is None:
        part.bad("at", "is missing")
    # The date as the record wrote it, on its own clock.
    day = date.fromisoformat(str(part.value("at"))[:10])
    party = part.text("party")
    return (
        _us(at),
        day_number(day),
        _us(part.instant("answered_at")),
        _us(part.instant("agent_at")),
        _us(part.instant("ended_at")),
        _us(part.instant("opt_out_at")),
        _code(part.word("answered_by", AnsweredBy), Answerer),
        _code(part.word("ended_by", EndedBy), Ender),
        _shown(part.flag("caller_number_shown")),
        _number(part.number("ring_seconds")),
        _number(part.number("list_age_days")),
        None if party is None else _digest(party, party_key),
    )


def _us(at: datetime | None) -> int:
    return UNTOLD if at is None else (at - EPOCH) // MICROSECOND


def _code(word: StrEnum | None, codes: type[Answerer] | type[Ender]) -> int:
    return codes.NOT_TOLD if word is None else codes[word.name]


def _shown(flag: bool | None) -> int:
    return Shown.NOT_TOLD if flag is None else Shown(int(flag))


def _number(told: float | None) -> float:
    return np.nan if told is None else float(told)


def _digest(party: str, key: bytes) -> bytes:
    return hashlib.blake2b(party.encode(), digest_size=16, key=key).digest()
