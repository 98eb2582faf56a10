"""What the desk holds of the numbers of an export, with its dates; opening is audited.

Never the vendor's own lists. Read once, before the calls are judged.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from privacy.actors import Actor
from privacy.consent import registers
from privacy.consent.ledger import ConsentRecord
from privacy.consent.store import consents
from privacy.contacts.known import erased_at
from privacy.desk import Desk
from privacy.errors import KeyMissing
from privacy.storage.bulk import in_chunks, select_among
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import SuppressionLift, SuppressionRow
from privacy.storage.tables.people import ContactPoint, Subject
from privacy.storage.tables.vault import ContactIndex
from privacy.storage.writing import database_errors
from privacy.terms import ContactKind, KeyClass, OpeningPurpose, SubjectState
from privacy.vault.sealing import Part, Place
from privacy.vault.store import OPENING_LIMIT, SealedPart
from privacy.vendors.calls.facts import RELATIONS, Listing, Person, Stop, World
from privacy.vendors.calls.other_calls import Span, other_calls, told_elsewhere
from privacy.vendors.calls.past import NO_SUBJECT, Past, in_order, past_of
from privacy.vendors.calls.record import NO_NUMBER, UNTOLD, CallChunk, digest_of

Integers = NDArray[np.int64]
CLOCK_US = 60_000_000
"""By so much two columns of one record may be of different clocks."""
OPENED = "vendor.calls_judged"
# Beyond so many numbers every contact point is opened once: an index would find most of them.
FEW = 2_000
REASSIGNED = ("us_reassigned_yes", "us_reassigned_no")
ADDRESS = ("region", "postal_code", "locality", "zones")


class NumberKeys:
    """The keys of some numbers, which are ascending, without what made them."""

    def __init__(self, numbers: Integers, keys: Integers) -> None:
        self.numbers, self._keys = numbers, keys

    def __repr__(self) -> str:
        """How many: a number is nobody's to read."""
        return f"{type(self).__name__}({len(self.numbers)})"

    def known(self, numbers: Integers) -> Integers:
        """The key of each number that was told before, 0 for every other."""
        if not len(self.numbers):
            return np.zeros(len(numbers), dtype=np.int64)
        place = np.minimum(np.searchsorted(self.numbers, numbers), len(self.numbers) - 1)
        return np.where(self.numbers[place] == numbers, self._keys[place], 0)

    def share(self, number: int, of: int) -> NumberKeys:
        """Those whose keys are of one share."""
        chosen = self._keys % of == number
        return NumberKeys(self.numbers[chosen], self._keys[chosen])


class Keyring(NumberKeys):
    """Numbers to 64 bits of their keyed tags; each number is hashed once."""

    def __init__(self, tag_of: Callable[[str], bytes]) -> None:
        super().__init__(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
        self._tag_of = tag_of
        self.tags: dict[bytes, int] = {}
        """The key of each of them by its tag."""

    def keys(self, numbers: Integers) -> Integers:
        """The key of each number; 0 for none."""
        found = self.known(numbers)
        new = (found == 0) & (numbers != NO_NUMBER)
        if new.any():
            self._learn(np.unique(numbers[new]))
            found = self.known(numbers)
        return found

    def _learn(self, numbers: Integers) -> None:
        tags = [self._tag_of(f"+{number}") for number in numbers.tolist()]
        keys = [key_of(tag) for tag in tags]
        self.tags.update(zip(tags, keys, strict=True))
        place = np.searchsorted(self.numbers, numbers)
        self.numbers = np.insert(self.numbers, place, numbers)
        self._keys = np.insert(self._keys, place, np.array(keys, dtype=np.int64))


def key_of(tag: bytes) -> int:
    """64 bits of a keyed tag."""
    return int.from_bytes(tag[:8], "big", signed=True)


def subjects_of(chunk: CallChunk) -> Integers:
    """A digest of each call's campaign, NO_SUBJECT where it has none."""
    digests = np.array([*(digest_of(name) for name in chunk.campaigns), NO_SUBJECT], dtype=np.int64)
    return np.asarray(digests[chunk.campaign])


@dataclass
class Gathering:
    """The first look at an export: its numbers, instants and opt-outs, chunk by chunk."""

    keyring: Keyring
    parts: list[Past] = field(default_factory=list)
    stops: dict[int, list[Stop]] = field(default_factory=dict)
    calls: int = 0
    first_us: int = 0
    last_us: int = 0

    def add(self, chunk: CallChunk) -> None:
        if not len(chunk):
            return
        keys = self.keyring.keys(chunk.number)
        self.parts.append(past_of(chunk, keys, subjects_of(chunk)))
        for row in np.flatnonzero((chunk.opt_out_us != UNTOLD) & (chunk.number != NO_NUMBER)):
            since_us = int(chunk.opt_out_us[row])
            # One that came well before its call is no word said in it, and forbids it too.
            said = since_us >= int(chunk.at_us[row]) - CLOCK_US
            stop = Stop(since_us, digest=int(chunk.digest[row]) if said else None)
            self.stops.setdefault(int(keys[row]), []).append(stop)
        first, last = int(chunk.at_us.min()), int(chunk.at_us.max())
        self.first_us = min(self.first_us, first) if self.calls else first
        self.last_us = max(self.last_us, last)
        self.calls += len(chunk)


@dataclass(frozen=True)
class Told:
    """What the desk knows of some numbers, whose calls are not yet in order."""

    keyring: Keyring | NumberKeys
    people: Mapping[int, Person]
    stops: Mapping[int, tuple[Stop, ...]]
    registers: Mapping[str, Listing]
    erased: frozenset[int]
    parts: list[Past]

    def world(self) -> World:
        return World(
            self.keyring.known,
            self.people,
            self.stops,
            self.registers,
            self.erased,
            in_order(self.parts),
        )

    def share(self, number: int, of: int) -> Told:
        """What is known of one share of the numbers, told without what makes a key of one."""

        def in_share(key: int) -> bool:
            return key % of == number

        return Told(
            self.keyring.share(number, of),
            {key: held for key, held in self.people.items() if in_share(key)},
            {key: held for key, held in self.stops.items() if in_share(key)},
            {name: listing.only(in_share) for name, listing in self.registers.items()},
            frozenset(filter(in_share, self.erased)),
            [part.only(part.key % of == number) for part in self.parts],
        )


def share_of(chunk: CallChunk, by: Integers, number: int, of: int) -> CallChunk:
    """One share of a chunk's calls, `by` their numbers or keys: a number's calls are in one."""
    return chunk if of == 1 else chunk.only(by % of == number)


def told_of(desk: Desk, actor: Actor, gathered: Gathering, purpose: str, import_id: str) -> Told:
    """Everything that the desk knew of these numbers, and their earlier calls."""
    keyring = gathered.keyring
    tags = keyring.tags
    people = _people(desk, actor, keyring)
    with desk.reading() as db:
        stops = _stops(db, tags, purpose)
        lists = _lists(db, tags)
        erased = frozenset(tags[tag] for tag in erased_at(db, tags))
        others = other_calls(
            db, tags, Span(gathered.first_us, gathered.last_us, import_id), gathered.parts
        )
        told = told_elsewhere(db, tags, Span(gathered.first_us, gathered.last_us, import_id))
    for source in (told, gathered.stops):
        for key, held in source.items():
            stops.setdefault(key, []).extend(held)
    return Told(
        keyring,
        people,
        {key: tuple(sorted(held, key=lambda stop: stop.since_us)) for key, held in stops.items()},
        lists,
        erased,
        [*gathered.parts, others],
    )


def _people(desk: Desk, actor: Actor, keyring: Keyring) -> dict[int, Person]:
    """Whoever has one of the numbers, by key: consents of each point, place, line, relations."""
    calls: dict[int, list[tuple[int, dict[str, object]]]] = {}
    for chunk in in_chunks(list(_points(desk, keyring.numbers)), OPENING_LIMIT):
        told = [(part.place.row_id, json.loads(text)) for part, text in _opened(desk, actor, chunk)]
        numbers = [int(str(call["number"]).removeprefix("+")) for _, call in told]
        keys = keyring.known(np.array(numbers, dtype=np.int64)).tolist()
        for key, one in zip(keys, told, strict=True):
            if key:
                calls.setdefault(key, []).append(one)
    with desk.reading() as db:
        held = consents(db, [point for told in calls.values() for point, _ in told])
    return {key: _person(told, held) for key, told in calls.items()}


def _person(
    told: Sequence[tuple[int, dict[str, object]]], held: Mapping[int, list[ConsentRecord]]
) -> Person:
    _, call = min(told, key=lambda one: one[0])
    return Person(
        tuple(tuple(held[point]) for point, _ in sorted(told, key=lambda one: one[0])),
        {name: call[name] for name in ADDRESS if call.get(name)},
        str(call.get("line") or ""),
        {name: str(call[name]) for name in RELATIONS if call.get(name)},
    )


def _points(desk: Desk, wanted: Integers) -> Iterator[SealedPart]:
    """Sealed phones of active people; of few numbers only those that may be one of them."""
    table, subjects = table_of(ContactPoint), table_of(Subject)
    statement = (
        select(table.c.id, table.c.subject_id, table.c.sealed, table.c.version)
        .join(subjects, subjects.c.id == table.c.subject_id)
        .where(
            subjects.c.state == SubjectState.ACTIVE.value,
            table.c.kind == ContactKind.PHONE.value,
            table.c.sealed.is_not(None),
        )
    )
    chosen = _indexed(desk, wanted) if len(wanted) <= FEW else None
    with desk.reading() as db:
        if chosen is None:
            rows = list(db.execute(statement))
        else:
            rows = [
                row
                for chunk in in_chunks(sorted(chosen), 500)
                for row in db.execute(statement.where(table.c.id.in_(chunk)))
            ]
    for row in rows:
        place = Place(Part.PHONE, row.subject_id, row.id, row.version)
        yield SealedPart(place, KeyClass.CALL, bytes(row.sealed))


def _indexed(desk: Desk, wanted: Integers) -> set[int]:
    index = table_of(ContactIndex)
    value_of = desk.vault.keyring.index.value
    values = sorted({value_of("phone", f"+{number}") for number in wanted.tolist()})
    found: set[int] = set()
    with database_errors(), desk.vault.reads.connect() as db:
        for chunk in in_chunks(values, 500):
            rows = db.execute(
                select(index.c.part_id).where(index.c.kind == "phone", index.c.value.in_(chunk))
            )
            found |= set(rows.scalars())
    return found


def _opened(
    desk: Desk, actor: Actor, parts: Sequence[SealedPart]
) -> Iterator[tuple[SealedPart, bytes]]:
    """Opened for a legal claim, which a restriction leaves open; whoever is gone is left out."""
    try:
        plain = desk.vault.open(parts, actor.id, OpeningPurpose.LEGAL_GROUND, action=OPENED)
    except KeyMissing:
        if len(parts) == 1:
            return
        half = len(parts) // 2
        yield from _opened(desk, actor, parts[:half])
        yield from _opened(desk, actor, parts[half:])
        return
    for part in parts:
        yield part, plain[part.place]


def _stops(db: Connection, tags: Mapping[bytes, int], purpose: str) -> dict[int, list[Stop]]:
    """Suppressions of those numbers, with the lifts of this purpose by channel."""
    lifts = table_of(SuppressionLift)
    columns = ("tag", "id", "since_at")
    held = list(select_among(db, table_of(SuppressionRow), columns, None, tags))
    found: dict[int, list[Stop]] = {}
    for rows in in_chunks(held, 500):
        lifted: dict[str, dict[str, int]] = {}
        for row in db.execute(
            select(lifts.c.suppression_id, lifts.c.channel, lifts.c.lifted_at).where(
                lifts.c.suppression_id.in_([row.id for row in rows]), lifts.c.purpose == purpose
            )
        ):
            by_channel = lifted.setdefault(row.suppression_id, {})
            by_channel[row.channel] = min(by_channel.get(row.channel, row.lifted_at), row.lifted_at)
        for row in rows:
            stop = Stop(row.since_at, lifted.get(row.id, {}))
            found.setdefault(tags[bytes(row.tag)], []).append(stop)
    return found


def _lists(db: Connection, tags: Mapping[bytes, int]) -> dict[str, Listing]:
    """Registers over time; the database of reassigned numbers is no list that anybody is on."""
    return {
        name: Listing(
            dated.published,
            frozenset(tags[tag] for tag in dated.now),
            {tags[tag]: moves for tag, moves in dated.changes.items()},
        )
        for name, dated in registers.history(db, tags).items()
        if name not in REASSIGNED
    }
