"""Who a row is: a known person, a known person with something new, or somebody else.

Pure. Two records are one person only if a number or e-mail is equal and the
names are compatible: equal after folding, or one missing. A number that several
persons have joins nobody; a row that could be two persons becomes a third.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from privacy.contacts.rows import Contact, name_key, names_compatible

Value = tuple[str, str]
"""Kind and normalised value of what a row is found by: phone, email, or the row's digest."""


class Verdict(StrEnum):
    """What becomes of a row that is not rejected."""

    IMPORTED = "imported"
    MERGED = "merged"
    UNCHANGED = "unchanged"


class Point(NamedTuple):
    """A contact point of a subject: which value of which kind, and whose row it is."""

    kind: str
    value: str
    subject_id: int
    point_id: int


@dataclass(slots=True, eq=False)
class Person:
    """What is known of one person (a whole merged set), as far as a row may add to it."""

    root: int
    names: set[str] = field(default_factory=set)
    points: dict[Value, list[Point]] = field(default_factory=dict)
    _facts: set[str] = field(default_factory=set)
    _rows: list[Contact] = field(default_factory=list)

    def fits(self, key: str) -> bool:
        """Whether a name may be this person's: compatible with every name of the set."""
        return all(names_compatible(key, name) for name in self.names)

    def learn(self, contact: Contact, points: Iterable[Point]) -> None:
        """Take in a row that was joined to this person, with its points."""
        self.names.add(contact.name_key)
        self._rows.append(contact)
        self.learn_points(points)

    def learn_points(self, points: Iterable[Point]) -> None:
        for point in points:
            held = self.points.setdefault((point.kind, point.value), [])
            if point not in held:
                held.append(point)

    def learn_profile(self, document: dict[str, Any]) -> None:
        """Take in the opened profile of a subject of the set."""
        names = document.get("names") or [{}]
        self.names.add(name_key(names[0]))
        self._facts |= profile_facts(document)

    def knows(self, contact: Contact) -> bool:
        """Whether the row says nothing that is not known of this person."""
        for row in self._rows:
            self._facts |= facts(row)
        self._rows.clear()
        values = [value for value in values_of(contact) if value[0] != "row"]
        return all(value in self.points for value in values) and facts(contact) <= self._facts


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a row: joined to `person`, and doubtful with `doubles`.

    `alike` are several persons whom the row fits equally well: what it withdraws
    counts for each of them, what it grants for none.
    """

    verdict: Verdict
    person: Person | None
    doubles: tuple[Person, ...]
    shared: bool
    alike: tuple[Person, ...] = ()


def values_of(contact: Contact) -> list[Value]:
    """(kind, value) of what a row is found by."""
    found = [("phone", number) for number, _ in contact.phones]
    found += [("email", mail) for mail in contact.emails]
    return found or [("row", contact.row_key())]


def facts(contact: Contact) -> set[str]:
    """What a row says besides numbers and mails, as comparable text."""
    return profile_facts(
        {
            "names": [contact.names] if contact.names else [],
            "addresses": contact.addresses,
            "organisation": contact.organisation,
            "language": contact.language,
            "birthday": contact.birthday,
            "other": contact.other,
        }
    )


def profile_facts(document: dict[str, Any]) -> set[str]:
    """The same of a profile document; case does not count."""
    found = [f"names\x1f{sorted(names.items())}" for names in document.get("names", [])]
    found += [
        f"addresses\x1f{sorted(address.items())}" for address in document.get("addresses", [])
    ]
    parts = ("organisation", "language", "birthday")
    found += [f"{part}\x1f{document[part]}" for part in parts if document.get(part)]
    found += [f"other\x1f{name}\x1f{value}" for name, value in document.get("other", {}).items()]
    return {text.casefold() for text in found}


def decide(contact: Contact, candidates: Sequence[Person]) -> Decision:
    """The decision for one row. `candidates` have a number, mail or row key of it."""
    fitting = [person for person in candidates if person.fits(contact.name_key)]
    if not fitting:
        return Decision(Verdict.IMPORTED, None, tuple(candidates), bool(candidates))
    named = [person for person in fitting if contact.name_key in person.names]
    if contact.name_key and named:
        fitting = named
    alike = tuple(fitting) if len(fitting) > 1 else ()
    nothing_new = next((person for person in fitting if person.knows(contact)), None)
    if nothing_new is not None:
        return Decision(Verdict.UNCHANGED, nothing_new, (), len(candidates) > 1, alike)
    if alike:
        # It could be either of them: joining would make two persons one.
        return Decision(Verdict.IMPORTED, None, tuple(candidates), True, alike)
    others = tuple(person for person in candidates if person is not fitting[0])
    return Decision(Verdict.MERGED, fitting[0], others, bool(others))
