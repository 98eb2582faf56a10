"""Whom a marketing export may hold, contact point by contact point. Unknown is no.

A number or mail is given only if its person is active, not restricted and under no
legal hold; nobody said no at it, or its person consented since; a consent for
this purpose on this channel covers that very point; and the calling law of the
place would let such a call be made, now or once its hours come. How often is for
whoever calls, and is counted at each call.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from privacy.clock import micros, rfc3339
from privacy.consent import ledger, registers, restrictions, store, suppression
from privacy.consent.joined import joined
from privacy.contacts.store import Record
from privacy.desk import Desk
from privacy.errors import BadFacts, Interrupted
from privacy.gateway import desk_law, told
from privacy.gateway.decide import Law, LawOfCalls
from privacy.gateway.gate import with_own
from privacy.rights import holds
from privacy.storage.bulk import in_chunks
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import ConsentRow, RestrictionRow, SuppressionRow
from privacy.storage.tables.people import ContactPoint, ErasedTag, Subject
from privacy.storage.tables.rights import LegalHold
from privacy.terms import Channel, ContactKind, Purpose, SubjectState

# A call that the law allows within this time is refused for its hour or day only.
ONLY_TIME = timedelta(days=8)
# What was said before the export began may commit after it read.
UNDER_WAY = timedelta(minutes=10)


def unrestricted(db: Connection, subject_ids: Collection[int]) -> set[int]:
    """Those whose data is not restricted to storage (GDPR Article 18(2))."""
    return set(subject_ids) - restrictions.restricted(db, subject_ids)


@dataclass(frozen=True, slots=True)
class _Point:
    """A contact point that is asked about. `call` is what the law needs of a number.

    `tags`: all under which an opt-out of it may stand, `tag` is the first.
    """

    id: int
    subject_id: int
    value: str
    tags: tuple[bytes, ...]
    call: Mapping[str, Any] = field(default_factory=dict)

    @property
    def tag(self) -> bytes:
        return self.tags[0]


@dataclass
class Audience:
    """The people of one purpose and channel as of `at`, and what was given of them so far."""

    desk: Desk
    purpose: Purpose
    channel: Channel
    law: Law
    at: datetime
    given: dict[bytes, set[tuple[int, int]]] = field(default_factory=dict)

    @property
    def kind(self) -> ContactKind:
        return ContactKind.EMAIL if self.channel is Channel.EMAIL else ContactKind.PHONE

    def people(self, db: Connection, subject_ids: Collection[int]) -> set[int]:
        """Those with a consent in force on some point of the channel's kind, none of them
        restricted, held or closed: who is not among them is not opened."""
        open_ones = _open(db, subject_ids)
        table = table_of(ContactPoint)
        owners = {
            row.id: row.subject_id
            for row in db.execute(
                select(table.c.id, table.c.subject_id).where(
                    table.c.subject_id.in_(open_ones), table.c.kind == self.kind.value
                )
            )
        }
        return self._not_held({owners[point] for point in self._granted(db, owners)})

    def _not_held(self, subject_ids: set[int]) -> set[int]:
        """Those whom no hold on a case or a query finds; holds on persons are asked for before."""
        wide = any(hold.scope != holds.PERSON for hold in holds.in_force(self.desk))
        if not wide:
            return subject_ids
        return {one for one in subject_ids if not holds.of_people(self.desk, [one])}

    def points(self, db: Connection, records: Sequence[Record]) -> dict[int, list[str]]:
        """The numbers or mails of each person that may be given; they count as given."""
        asked = [point for record in records for point in self._points_of(record)]
        allowed = self._allowed(db, asked)
        lists = registers.facts(db, [point.tag for point in allowed], self.at)
        consents = store.consents(db, [point.id for point in allowed])
        own = desk_law.own_rules(self.desk.folder, db)
        declared = desk_law.additions(db).facts(self.at)
        law = with_own(self.law, own)
        found: dict[int, list[str]] = {}
        for point in allowed:
            document = self._document(point, consents[point.id], lists[point.tag], declared)
            if self.kind is ContactKind.EMAIL or self._lets(law, document):
                found.setdefault(point.subject_id, []).append(point.value)
                self.given.setdefault(point.tag, set()).add((point.subject_id, point.id))
        return found

    def refuse_changed(self, db: Connection) -> None:
        """Interrupted if one of those given may not be given any more."""
        if not _said_no_since(db, self.at - UNDER_WAY):
            return
        given = [
            _Point(point, subject, "", (tag,))
            for tag, pairs in self.given.items()
            for subject, point in pairs
        ]
        for chunk in in_chunks(given, 500):
            if len(self._allowed(db, chunk)) != len(chunk):
                raise Interrupted(
                    "While the export was written, somebody in it said no or was restricted.",
                    what="contacts export",
                    next="Nothing was released. Run the command again.",
                )

    def _points_of(self, record: Record) -> list[_Point]:
        def tags(value: str) -> tuple[bytes, ...]:
            return suppression.tags_of(self.desk, self.kind, value)

        if self.kind is ContactKind.EMAIL:
            held = [(mail["point"], str(mail["address"])) for mail in record.profile["emails"]]
            return [
                _Point(point, record.subject_id, address, tags(address)) for point, address in held
            ]
        return [
            _Point(phone["point"], record.subject_id, number, tags(number), phone)
            for phone in record.phones
            for number in [str(phone["number"])]
        ]

    def _allowed(self, db: Connection, asked: Sequence[_Point]) -> list[_Point]:
        """Those that nothing on the desk itself speaks against."""
        open_ones = _open(db, {point.subject_id for point in asked})
        grants = self._granted(db, [point.id for point in asked])
        tags = [tag for point in asked for tag in point.tags]
        shut = suppression.suppressed(db, tags, self.purpose.value, self.channel.value)
        said_no = suppression.last_opt_outs(db, tags)
        return [
            point
            for point in asked
            if point.subject_id in open_ones
            and point.id in grants
            and not any(tag in shut for tag in point.tags)
            # What one person's consent lifted stays shut for a housemate who gave none since.
            and all(grants[point.id] > said_no[tag] for tag in point.tags if tag in said_no)
        ]

    def _granted(self, db: Connection, points: Collection[int]) -> dict[int, datetime]:
        """When the latest consent in force of each point was given; points without are left out."""
        found = {}
        for point, records in store.consents(db, points).items():
            grants = ledger.in_force(records, self.purpose.value, self.channel.value, self.at)
            if grants:
                found[point] = max(grant.effective_at for grant in grants)
        return found

    def _document(
        self,
        point: _Point,
        records: Sequence[ledger.ConsentRecord],
        lists: Any,
        declared: Mapping[str, Any],
    ) -> dict[str, Any]:
        """The facts that the gate would give the law for a call to that number now."""
        purpose, channel = self.purpose.value, self.channel.value
        named = ("number", "region", "postal_code", "locality", "zones")
        return {
            **{name: point.call[name] for name in named if point.call.get(name)},
            "at": rfc3339(self.at),
            "channel": channel,
            "campaign": purpose,
            "consent": ledger.facts(records, purpose, channel, self.at),
            "context": {
                **declared,
                "dialing": "automated",
                "seller": {"name": self.desk.config.controller.name},
                "line": point.call.get("line") or "unknown",
                "earlier_calls": [],
                "registers": told.do_not_call(lists),
                **told.reassigned(lists),
                **told.relationship(dict(point.call), self.at),
                **told.other_withdrawals(records, purpose, channel, self.at),
                "suppressed": False,
                "company_list": False,
            },
        }

    def _lets(self, law: LawOfCalls, document: dict[str, Any]) -> bool:
        """Whether the calling law lets such a call be made; only its hour may be another one."""
        try:
            answer = law(document)
        except BadFacts:
            return False
        if answer["decision"] == "allow":
            return True
        again = answer.get("earliest_allowed")
        return bool(again) and datetime.fromisoformat(str(again)) <= self.at + ONLY_TIME


def _open(db: Connection, subject_ids: Collection[int]) -> set[int]:
    """Active persons without a restriction or a legal hold."""
    table = table_of(Subject)
    active = set(
        db.execute(
            select(table.c.id).where(
                table.c.id.in_(list(subject_ids)), table.c.state == SubjectState.ACTIVE
            )
        ).scalars()
    )
    return unrestricted(db, active) - _held(db, active)


def _held(db: Connection, subject_ids: Collection[int]) -> set[int]:
    """Those under a legal hold: what is kept for claims is not used for anything else."""
    table = table_of(LegalHold)
    held = set(
        db.execute(select(table.c.subject_id).where(table.c.released_at.is_(None))).scalars()
    )
    if not held:
        return set()
    return {one for one, group in joined(db, subject_ids).items() if not group.isdisjoint(held)}


def _said_no_since(db: Connection, since: datetime) -> bool:
    """Whether anybody was suppressed, withdrew, or was restricted, held or erased since then."""
    columns = (
        table_of(SuppressionRow).c.since_at,
        table_of(ConsentRow).c.recorded_at,
        table_of(RestrictionRow).c.placed_at,
        table_of(LegalHold).c.placed_at,
        table_of(ErasedTag).c.erased_at,
    )
    return any(
        db.execute(select(column).where(column >= micros(since)).limit(1)).first() is not None
        for column in columns
    )
