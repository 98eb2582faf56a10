"""Deciding a batch of rows: against the desk, and against the rows before them.

What this import wrote itself is remembered in memory, within bounds, so that
the index is asked only for persons who were there before.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from sqlalchemy import Connection

from privacy.actors import Actor
from privacy.clock import micros
from privacy.contacts import known
from privacy.contacts.batches import Ids, NewSubject
from privacy.contacts.consents import ParsedConsent
from privacy.contacts.matching import Person, Point, Value, Verdict, decide, values_of
from privacy.contacts.rows import Contact, Refusal
from privacy.desk import Desk
from privacy.numbers import earlier_email_forms

REMEMBERED_SUBJECTS = 100_000


@dataclass(frozen=True, slots=True)
class RowConsents:
    """Consents of one row and whose they are: every point that has a number or mail of it."""

    subject_id: int
    points: tuple[Point, ...]
    consents: tuple[ParsedConsent, ...]


@dataclass
class Planned:
    """What becomes of a batch of rows."""

    erased_mark: tuple[int, int]
    subjects: list[NewSubject] = field(default_factory=list)
    doubles: list[tuple[int, int]] = field(default_factory=list)
    joined: set[int] = field(default_factory=set)
    erased: list[Contact] = field(default_factory=list)
    consents: list[RowConsents] = field(default_factory=list)
    verdicts: dict[Verdict, int] = field(default_factory=lambda: dict.fromkeys(Verdict, 0))
    shared: int = 0

    def counts(self) -> dict[str, int]:
        counts = {verdict.value: count for verdict, count in self.verdicts.items()}
        return counts | {
            "rejected": len(self.erased),
            "erased": len(self.erased),
            "shared": self.shared,
            "possible_duplicates": len(self.doubles),
        }


class Planner:
    """Plans batches of one import, in the file's order."""

    def __init__(self, desk: Desk, actor: Actor, import_id: str, *, dry: bool) -> None:
        self._desk, self._actor, self._import_id = desk, actor, import_id
        self._dry = dry
        self._ids = Ids(desk)
        self._recent: dict[Value, tuple[tuple[int, int], ...]] = {}
        self._batches: deque[tuple[tuple[int, tuple[Value, ...]], ...]] = deque()
        self._own: set[int] = set()
        self._dry_people: dict[Value, list[Person]] = {}

    def plan(self, contacts: list[Contact]) -> Planned:
        """Decide the rows. Persons are opened under one lease, which the log names."""
        with self._desk.reading() as db:
            planned = Planned(known.erased_mark(db))
            planned.erased = self._erased(db, contacts) if planned.erased_mark[0] else []
        rows = contacts
        if planned.erased:
            gone = {id(contact) for contact in planned.erased}
            rows = [contact for contact in contacts if id(contact) not in gone]
        found = [values_of(contact) for contact in rows]
        seen = Counter(chain.from_iterable(found))
        people = known.known_people(
            self._desk, self._actor, seen, self._own_points(seen), self._own, self._import_id
        )
        by_value: dict[Value, list[Person]] = {}
        if self._dry:
            by_value = {value: list(self._dry_people.get(value, ())) for value in seen}
        for person in people:
            for value in person.points:
                if value in seen:
                    by_value.setdefault(value, []).append(person)
        self._decide(rows, found, seen, by_value, planned)
        if self._dry:
            self._dry_people |= by_value
        return planned

    def _own_points(self, values: Iterable[Value]) -> list[Point]:
        """Points with those values that this import wrote itself, as far as it remembers."""
        recent = self._recent
        return [
            Point(*value, subject_id, point_id)
            for value in values
            if value in recent
            for subject_id, point_id in recent[value]
        ]

    def _decide(
        self,
        rows: list[Contact],
        found: list[list[Value]],
        seen: Counter[Value],
        by_value: dict[Value, list[Person]],
        planned: Planned,
    ) -> None:
        width = sum(len(contact.phones) + len(contact.emails) for contact in rows)
        subject_ids, point_ids = self._ids.take(len(rows), width)
        ids = iter(point_ids)
        contested = {value for value, times in seen.items() if times > 1} | by_value.keys()
        fresh: set[int] = set()
        for contact, subject_id, values in zip(rows, subject_ids, found, strict=True):
            if contact.consents or not contested.isdisjoint(values):
                self._decide_one(contact, subject_id, values, by_value, planned, fresh, ids)
                continue
            # Nobody before and nobody in this batch has any of its values.
            points = _points(values, subject_id, ids)
            planned.subjects.append(NewSubject(contact, subject_id, None, points))
        decided = sum(planned.verdicts.values())
        planned.verdicts[Verdict.IMPORTED] += len(rows) - decided

    def _decide_one(
        self,
        contact: Contact,
        subject_id: int,
        values: list[Value],
        by_value: dict[Value, list[Person]],
        planned: Planned,
        fresh: set[int],
        ids: Iterator[int],
    ) -> None:
        known = (person for value in values for person in by_value.get(value, ()))
        candidates = list(dict.fromkeys(known))
        decision = decide(contact, candidates)
        planned.verdicts[decision.verdict] += 1
        planned.shared += decision.shared
        person = decision.person
        if contact.wishes and decision.verdict is not Verdict.IMPORTED:
            # Other records of theirs do not know of it: somebody has to note it for all.
            refusal = Refusal(contact.line, "preferred", "wish_of_known_person", kept=True)
            if refusal not in contact.refusals:
                contact.refusals.append(refusal)
        if decision.verdict is not Verdict.UNCHANGED:
            points = _points(values, subject_id, ids)
            root = person.root if person else None
            planned.subjects.append(NewSubject(contact, subject_id, root, points))
            planned.doubles += [(subject_id, other.root) for other in decision.doubles]
            if person is None:
                person = Person(subject_id)
                fresh.add(subject_id)
            elif person.root not in fresh:
                planned.joined.add(person.root)
            person.learn(contact, points or [Point(*values[0], subject_id, 0)])
            for value in values:
                held = by_value.setdefault(value, [])
                if person not in held:
                    held.append(person)
        assert person is not None
        if contact.consents:
            planned.consents.extend(_consents_of(contact, person, decision.alike, values))
            touched = {person.root, *(one.root for one in decision.alike)}
            planned.joined |= touched - fresh

    def _erased(self, db: Connection, contacts: list[Contact]) -> list[Contact]:
        """Rows with a number or mail of the erased list, without a consent given after that."""
        tags = self._desk.vault.keyring.tags
        held = {
            id(contact): [tags.number_tag(number) for number, _ in contact.phones]
            + [
                tags.mail_tag(form)
                for mail in contact.emails
                for form in (mail, *earlier_email_forms(mail))
            ]
            for contact in contacts
        }
        found = known.erased_at(db, {tag for each in held.values() for tag in each})
        erased = []
        for contact in contacts:
            instants = [found[tag] for tag in held[id(contact)] if tag in found]
            granted = [
                micros(consent.granted_at)
                for consent in contact.consents
                if consent.granted_at is not None
            ]
            if instants and max(granted, default=0) <= max(instants):
                erased.append(contact)
        return erased

    def learn(self, planned: Planned) -> None:
        """Remember a batch that is committed; forget the oldest beyond the bound."""
        if self._dry:
            return
        # Plain tuples: the collector of garbage need not visit them again and again.
        batch = []
        recent = self._recent
        for new in planned.subjects:
            points = _remembered(new)
            for kind, value, subject_id, point_id in points:
                key = (kind, value)
                recent[key] = (*recent.get(key, ()), (subject_id, point_id))
            batch.append((new.subject_id, tuple([point[:2] for point in points])))
        self._own.update([subject_id for subject_id, _ in batch])
        self._batches.append(tuple(batch))
        while len(self._own) > REMEMBERED_SUBJECTS:
            for subject_id, values in self._batches.popleft():
                self._own.discard(subject_id)
                for key in values:
                    self._forget(key, subject_id)

    def _forget(self, value: Value, subject_id: int) -> None:
        left = tuple([held for held in self._recent[value] if held[0] != subject_id])
        if left:
            self._recent[value] = left
        else:
            del self._recent[value]


def _points(values: list[Value], subject_id: int, ids: Iterator[int]) -> list[Point]:
    """A contact point for each number and mail; a row's digest has none."""
    return [Point(kind, value, subject_id, next(ids)) for kind, value in values if kind != "row"]


def _remembered(new: NewSubject) -> list[Point]:
    if new.points:
        return new.points
    return [Point("row", new.contact.row_key(), new.subject_id, 0)]


def _consents_of(
    contact: Contact, person: Person, alike: Sequence[Person], values: Sequence[Value]
) -> Iterator[RowConsents]:
    """The row's consents, with the points of its person.

    Where the row fits several persons alike, what it withdraws is told of each of
    them; what it grants only where it became a person of its own.
    """
    everybody = list(dict.fromkeys([person, *alike]))
    for one in everybody:
        told = contact.consents
        if alike and (one is not person or person in alike):
            told = [consent for consent in told if consent.withdrawn]
        points = tuple(
            point for value in values if value[0] != "row" for point in one.points.get(value, ())
        )
        if told:
            subject_id = points[0].subject_id if points else one.root
            yield RowConsents(subject_id, points, tuple(told))
