"""What is known of people as columns: consents by epochs, addresses, lines, lists.

An epoch is a span in which a person's consents say the same. Whoever needs more than one
consent at once, or has a fact with a day that hides another, is marked: their calls are
judged one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from privacy.clock import instant, micros
from privacy.consent.ledger import EVERYTHING, ConsentRecord, RecordKind
from privacy.law.bulk_columns import LISTED, NOT_LISTED, NOT_TOLD, UNTOLD
from privacy.law.bulk_columns import Listing as ListColumn
from privacy.terms import Channel, ConsentClass
from privacy.vendors.calls.facts import Listing, Mandate, Person, World, consents, has_others

Integers = NDArray[np.int64]
NO_CONSENT: dict[str, Any] = {"state": ConsentClass.NONE.value}
DAY_US = 86_400_000_000
EPOCH_DAY = date(1970, 1, 1)
EITHER_LINE = 0


@dataclass(frozen=True, slots=True)
class Said:
    """One epoch's consent: its text without instants, and its instants."""

    text: Mapping[str, Any]
    granted_us: int = UNTOLD
    withdrawn_us: int = UNTOLD
    valid_until_us: int = UNTOLD


class Interned:
    """Documents that are told once each, by index."""

    def __init__(self, first: Mapping[str, Any]) -> None:
        self.documents: list[Mapping[str, Any]] = [first]
        self._index: dict[str, int] = {repr(first): 0}

    def index(self, document: Mapping[str, Any]) -> int:
        found = self._index.setdefault(repr(document), len(self.documents))
        if found == len(self.documents):
            self.documents.append(document)
        return found


@dataclass(frozen=True)
class ConsentColumns:
    """Epochs of all people, those of one person together: `first` and `count` by person."""

    first: Integers
    count: Integers
    start_us: Integers
    consent: Integers
    granted_us: Integers
    withdrawn_us: Integers
    valid_until_us: Integers

    def at(self, person: Integers, at_us: Integers) -> Integers:
        """The epoch of each call; -1 for nobody's."""
        if not len(self.first):
            return np.full(len(person), -1, dtype=np.int64)
        known = person >= 0
        place = np.where(known, person, 0)
        epoch = self.first[place].copy()
        count = self.count[place]
        for further in range(1, int(self.count.max(initial=1))):
            index = np.minimum(self.first[place] + further, len(self.start_us) - 1)
            epoch += (further < count) & (self.start_us[index] <= at_us)
        return np.where(known, epoch, -1)


@dataclass(frozen=True)
class PeopleColumns:
    """People by key, sorted. `apart`: their calls are judged one by one."""

    keys: Integers
    address: Integers
    line: Integers
    apart: NDArray[np.bool_]
    related: NDArray[np.bool_]
    consents: Mapping[Channel, ConsentColumns]
    texts: Sequence[Mapping[str, Any]]
    addresses: Sequence[Mapping[str, Any]]
    lines: tuple[str, ...]

    def of(self, keys: Integers) -> Integers:
        """The place of each call's person, -1 for nobody."""
        if not len(self.keys):
            return np.full(len(keys), -1, dtype=np.int64)
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[place] == keys, place, -1)


def people_columns(world: World, mandate: Mandate, channels: Sequence[Channel]) -> PeopleColumns:
    """The people of a world as columns."""
    keys = sorted(world.people)
    people = [world.people[key] for key in keys]
    texts, addresses = Interned(NO_CONSENT), Interned({})
    lines: dict[str, int] = {"": EITHER_LINE}
    apart = [False] * len(people)
    columns = {
        channel: _consents(people, mandate.purpose.value, channel.value, texts, apart)
        for channel in channels
    }
    return PeopleColumns(
        np.array(keys, dtype=np.int64),
        np.array([addresses.index(one.address) for one in people], dtype=np.int64),
        np.array([lines.setdefault(_line(one), len(lines)) for one in people], dtype=np.int64),
        np.array(apart, dtype=np.bool_),
        np.array([bool(one.relations) for one in people], dtype=np.bool_),
        columns,
        texts.documents,
        addresses.documents,
        tuple(lines),
    )


def _line(person: Person) -> str:
    return "" if person.line in ("", "unknown") else person.line


def _consents(
    people: Sequence[Person], purpose: str, channel: str, texts: Interned, apart: list[bool]
) -> ConsentColumns:
    first, count = [], []
    rows: list[tuple[int, int, int, int, int]] = []
    alike: dict[tuple[object, ...], int] = {}
    for number, person in enumerate(people):
        grants = _grants_alone(person, purpose, channel)
        if grants == []:
            first.append(len(rows))
            count.append(1)
            rows.append(NOTHING_YET)
            continue
        if grants is not None and len(grants) == 1:
            (grant,) = grants
            first.append(len(rows))
            count.append(2)
            rows.append(NOTHING_YET)
            rows.append(_granted(person, grant, purpose, channel, texts, alike))
            continue
        epochs = _epochs(person, purpose, channel)
        if epochs is None:
            apart[number] = True
            epochs = [(UNTOLD, Said(NO_CONSENT))]
        first.append(len(rows))
        count.append(len(epochs))
        for start, said in epochs:
            index = texts.index(said.text)
            rows.append((start, index, said.granted_us, said.withdrawn_us, said.valid_until_us))
    columns = np.array(rows, dtype=np.int64).reshape(-1, 5).T
    return ConsentColumns(
        np.array(first, dtype=np.int64), np.array(count, dtype=np.int64), *columns
    )


def _epochs(person: Person, purpose: str, channel: str) -> list[tuple[int, Said]] | None:
    """Start and consent of each epoch; None for whoever has several consents at once."""
    records = [record for point in person.points for record in point]
    if not records:
        return [(UNTOLD, Said(NO_CONSENT))]
    if has_others(person, purpose, channel):
        return None
    found = []
    for start in (UNTOLD, *sorted(set(_edges(records)))):
        docs = [NO_CONSENT] if start == UNTOLD else _docs(person, purpose, channel, start)
        if len(docs) > 1:
            return None
        found.append((start, _of(docs[0])))
    return found


def _grants_alone(person: Person, purpose: str, channel: str) -> list[ConsentRecord] | None:
    """The grants of that purpose and channel of most people, who have no other records.

    None where somebody withdrew or corrected, or several points are told.
    """
    if len(person.points) > 1:
        return None
    records = person.points[0] if person.points else ()
    if any(record.kind is not RecordKind.GRANT for record in records):
        return None
    return [
        record
        for record in records
        if record.purpose in (EVERYTHING, purpose) and record.channel in (EVERYTHING, channel)
    ]


def _granted(
    person: Person,
    grant: ConsentRecord,
    purpose: str,
    channel: str,
    texts: Interned,
    alike: dict[tuple[object, ...], int],
) -> tuple[int, int, int, int, int]:
    """The epoch of an only grant. One that is over is no consent: its last instant says so."""
    begins_us = micros(grant.effective_at)
    key = (grant.purpose, grant.channel, grant.consent_class, grant.documented, grant.seller)
    index = alike.get(key)
    if index is None:
        docs = _docs(person, purpose, channel, begins_us)
        index = alike[key] = texts.index(_of(docs[0]).text)
    if not index:
        return begins_us, index, UNTOLD, UNTOLD, UNTOLD
    until = grant.valid_until_at
    return begins_us, index, begins_us, UNTOLD, UNTOLD if until is None else micros(until)


NOTHING_YET = (UNTOLD, 0, UNTOLD, UNTOLD, UNTOLD)


def _edges(records: Sequence[ConsentRecord]) -> Iterator[int]:
    for record in records:
        yield micros(record.effective_at)
        if record.valid_until_at is not None:
            yield micros(record.valid_until_at) + 1


def _docs(person: Person, purpose: str, channel: str, at_us: int) -> list[dict[str, Any]]:
    return consents(person, purpose, channel, instant(at_us))


def _of(doc: Mapping[str, Any]) -> Said:
    """A consent's document, its instants apart."""
    text = {key: value for key, value in doc.items() if key not in _INSTANTS}
    return Said(text, *(_instant(doc, name) for name in _INSTANTS))


_INSTANTS = ("granted", "withdrawn", "valid_until")


def _instant(doc: Mapping[str, Any], name: str) -> int:
    told = doc.get(name)
    return UNTOLD if told is None else micros(datetime.fromisoformat(told))


def list_columns(registers: Mapping[str, Listing]) -> dict[str, ListColumns]:
    """Each register, ready to be asked about many calls."""
    return {name: ListColumns(listing) for name, listing in registers.items()}


class ListColumns:
    """A register at each call: listed or not on the newest state of that UTC day, and its age."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        days = [(day - EPOCH_DAY).days for day in listing.published]
        self._published = np.array(days, dtype=np.int64)
        self._now = np.array(sorted(listing.now), dtype=np.int64)
        self._moved = np.array(sorted(listing.changes), dtype=np.int64)

    def at(self, keys: Integers, at_us: Integers) -> ListColumn:
        days = at_us // DAY_US
        state = np.searchsorted(self._published, days, side="right") - 1
        told = state >= 0
        place = np.where(told, state, 0)
        age = np.where(told, days - self._published[place], NOT_TOLD)
        listed = among(keys, self._now)
        moved = np.flatnonzero(among(keys, self._moved) & told)
        published = self._listing.published
        for row, key, number in zip(
            moved.tolist(), keys[moved].tolist(), state[moved].tolist(), strict=True
        ):
            listed[row] = self._listing.listed(key, published[number])
        return ListColumn(
            np.where(told, np.where(listed, LISTED, NOT_LISTED), NOT_TOLD).astype(np.int64),
            age.astype(np.int64),
        )


def among(values: Integers, ascending: Integers) -> NDArray[np.bool_]:
    """Whether each value is one of those."""
    if not len(ascending):
        return np.zeros(len(values), dtype=np.bool_)
    place = np.minimum(np.searchsorted(ascending, values), len(ascending) - 1)
    return np.asarray(ascending[place] == values)
