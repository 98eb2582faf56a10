"""Who was given a person's data: from the ledger of disclosures, from calls and from the log.

The actual recipients, named (CJEU C-154/21): an access answer lists them, and a
correction, an erasure or a restriction is told to each (GDPR Article 19). Calls of the
desk's own dialer are counted from its attempts, exports of before the ledger from the
log, where a person is known by the pseudonyms of every month, which die with their key;
nothing that the ledger has is counted again.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from privacy.audit.entry import parse, pseudonym
from privacy.clock import instant, rfc3339
from privacy.desk import Desk
from privacy.disclosures import store as disclosures
from privacy.disclosures import third_parties
from privacy.disclosures.given import Disclosure, Role, totals
from privacy.errors import KeyMissing
from privacy.rights import erasing_store, people_store
from privacy.rights.people_store import Known
from privacy.storage.tables.audit import AuditEntry, AuditSubject
from privacy.storage.tables.base import table_of
from privacy.terms import KeyClass

DISCLOSED = "contact.disclosed"
RELEASED = disclosures.RELEASED
DIALER = "dialer "
AGENT = "an agent who acts for the person"
# The steps of the runners whose detail lists them: an erasure does before it closes anybody.
STEPS = frozenset({"recipients", "announce"})


@dataclass(frozen=True)
class Recipient:
    """One recipient, what they got and when first and last. `role`: disclosures.given.Role, or
    `recipient` where none was recorded. `sold`: in the sense of the states' laws."""

    name: str
    role: str
    what: str
    why: str
    first_at: datetime
    last_at: datetime
    country: str = ""
    sold: bool = False

    def document(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            **asdict(self),
            "first_at": rfc3339(self.first_at),
            "last_at": rfc3339(self.last_at),
        }


def of(desk: Desk, people: Collection[int]) -> list[Recipient]:
    """Recipients of those persons' data, by name; what they got themselves is left out."""
    with desk.reading() as db:
        known = people_store.known(db, people)
        calls = people_store.attempts(db, sorted(people))
        lines = disclosures.of_people(db, people)
        refs = disclosures.refs_of(db, sorted(people))
    names = pseudonyms(desk, known)
    with desk.reading() as db:
        exports = list(_exports(db, names, refs))
    dialers = _dialers([call for call in calls if call["id"] not in refs])
    found = [*_ledger(lines), *dialers, *exports]
    return sorted(found, key=lambda each: (each.role, each.name, each.first_at))


def owed_lists(laws: Sequence[str], on: date, found: Sequence[Recipient]) -> list[dict[str, Any]]:
    """The lists of third parties that those laws give of those recipients, as documents."""
    rules = [third_parties.owed(law, on) for law in laws]
    return [
        third_parties.document(
            rule,
            [each.name for each in found if rule.counts(each.name, each.role, each.sold)],
            scope="person",
        )
        for rule in rules
        if rule is not None
    ]


def of_anybody(desk: Desk, rule: third_parties.Owed) -> list[str]:
    """Third parties that got anybody's data: the list that may stand in for a person's own."""
    entries = table_of(AuditEntry)
    with desk.reading() as db:
        names = {
            line.given.recipient
            for line in disclosures.read(db)
            if rule.counts(line.given.recipient, line.given.role.value, line.given.sold)
        }
        known = disclosures.exports_known(db)
        bodies = db.execute(select(entries.c.body).where(entries.c.action == RELEASED)).scalars()
        for entry in (parse(bytes(body)) for body in bodies):
            name = str(entry["recipient"])
            if entry["object"] not in known and rule.counts(name, third_parties.UNKNOWN, False):
                names.add(name)
    return sorted(names)


def note(desk: Desk, people: Collection[int]) -> str:
    """Who is to be told, as the runner keeps it; taken before a person is stripped.

    Without the person's key, as after a restore, the ledger alone answers.
    """
    try:
        found = of(desk, people)
    except KeyMissing:
        with desk.reading() as db:
            found = list(_ledger(disclosures.of_people(db, people)))
    return json.dumps([each.document() for each in found])


def told(db: Connection, request_id: str) -> list[dict[str, Any]]:
    """Whom the runner of a request listed as to be told, as documents; none before it did."""
    for step in erasing_store.steps(db, request_id).values():
        if step.name in STEPS and step.done_at is not None and step.detail:
            found: list[dict[str, Any]] = json.loads(step.detail)
            return found
    return []


def pseudonyms(desk: Desk, known: Sequence[Known]) -> set[str]:
    """The pseudonyms of every month since each person is known; none once the key is gone."""
    keys = desk.vault.person_keys((subject.id, KeyClass.DESK) for subject in known)
    found: set[str] = set()
    now = desk.now()
    for subject in known:
        key = keys.get((subject.id, KeyClass.DESK))
        if key is not None and key.log_key is not None:
            found |= {
                pseudonym(key.log_key, desk.vault.origin, period)
                for period in _months(subject.created_at, now)
            }
    return found


def _ledger(lines: Sequence[Disclosure]) -> Iterator[Recipient]:
    others = [line for line in lines if line.given.role is not Role.PERSON]
    for total in totals(others):
        given = total.given
        yield Recipient(
            given.recipient or AGENT,
            given.role.value,
            ", ".join(given.what).replace("_", " "),
            given.why,
            total.first_at,
            total.last_at,
            given.country,
            given.sold,
        )


def _dialers(calls: Sequence[dict[str, Any]]) -> Iterator[Recipient]:
    by_name: dict[tuple[str, str], list[datetime]] = {}
    for call in calls:
        if call["redeemed_at"] is not None:
            key = (str(call["dialer"]), str(call["line"]))
            by_name.setdefault(key, []).append(instant(call["redeemed_at"]))
    for (dialer, line), times in by_name.items():
        yield Recipient(
            f"{DIALER}{dialer} on line {line}",
            "processor",
            f"a number, for {len(times)} calls, one at a time",
            "to place calls",
            min(times),
            max(times),
        )


def _exports(db: Connection, names: Collection[str], known: Collection[str]) -> Iterator[Recipient]:
    """Exports that were released and named one of those pseudonyms; not `known` ones."""
    subjects, entries = table_of(AuditSubject), table_of(AuditEntry)
    rows = db.execute(
        select(entries.c.at, entries.c.body)
        .join(subjects, subjects.c.entry_id == entries.c.id)
        .where(subjects.c.pseudonym.in_(list(names)), entries.c.action == DISCLOSED)
        .order_by(entries.c.at)
        .distinct()
    )
    given = [(instant(row.at), parse(bytes(row.body))) for row in rows]
    given = [(at, entry) for at, entry in given if entry["object"] not in known]
    if not given:
        return
    released = disclosures.released_exports(db)
    by_name: dict[tuple[str, str], list[datetime]] = {}
    for at, entry in given:
        if entry["object"] in released:
            by_name.setdefault((str(entry["recipient"]), str(entry["purpose"])), []).append(at)
    for (name, purpose), times in by_name.items():
        yield Recipient(
            name,
            third_parties.UNKNOWN,
            "name, language, country and a contact point",
            purpose,
            min(times),
            max(times),
        )


def _months(start: datetime, end: datetime) -> Iterator[str]:
    """`2026-11` for every month from start to end, both included."""
    first, last = start.year * 12 + start.month - 1, end.year * 12 + end.month - 1
    for month in range(first, last + 1):
        yield f"{month // 12:04d}-{month % 12 + 1:02d}"
