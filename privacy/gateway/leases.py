"""Candidates that a gateway holds opened in memory: up to 200 of a campaign for 60 s.

Opening them is one entry in the log with all their pseudonyms, committed before
anything is opened. A lease keeps a second gateway from opening the same ones; it
decides nothing: whoever holds an outdated lease is refused by the gate's own reads.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Row, or_, select, text, update

from privacy.clock import micros
from privacy.desk import Desk
from privacy.errors import AnswerIsNo, KeyMissing
from privacy.gateway.decide import ERASING
from privacy.storage.bulk import in_chunks
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import CandidateRow, NumberLeaseRow
from privacy.storage.tables.people import ContactPoint, Subject
from privacy.storage.unit import Unit
from privacy.terms import KeyClass, OpeningPurpose, SubjectState
from privacy.vault.opening import SealedPart
from privacy.vault.sealing import Part, Place

LEASE_SIZE = 200
LEASE_TIME = timedelta(seconds=60)
WAITING = "waiting"
DENIED = "denied"

_CLAIM = text(
    "INSERT INTO number_lease (candidate_id, gateway, until_at)"
    " VALUES (:candidate_id, :gateway, :until_at)"
    " ON CONFLICT (candidate_id) DO UPDATE"
    " SET gateway = excluded.gateway, until_at = excluded.until_at"
    " WHERE number_lease.until_at <= :now OR number_lease.gateway = excluded.gateway"
)


@dataclass(frozen=True, repr=False, slots=True)
class Leased:
    """An opened candidate. It has no repr: it holds a number.

    `calls_key` seals what the gate writes about this person; `call` is the phone part.
    """

    candidate_id: int
    subject_id: int
    point_id: int
    part: SealedPart
    tag: bytes
    call: dict[str, Any]
    calls_key: AESGCM
    until: datetime

    @property
    def number(self) -> str:
        return str(self.call["number"])


class Leases:
    """What one gateway process holds. Threads share it."""

    def __init__(self, desk: Desk, gateway_id: str) -> None:
        self._desk = desk
        self._gateway = gateway_id
        self._lock = threading.Lock()
        self._free: dict[str, deque[Leased]] = {}
        self._held_until_s: dict[str, float] = {}

    def take(self, campaign_id: str, most: int, actor_id: str) -> list[Leased]:
        """Up to `most` opened candidates whose turn has come; leases more where needed."""
        with self._lock:
            self._forget_outdated()
            free = self._free.setdefault(campaign_id, deque())
            if not free:
                held_until_s = self._desk.clock.monotonic_s() + LEASE_TIME.total_seconds()
                free.extend(self._lease(campaign_id, actor_id))
                self._held_until_s[campaign_id] = held_until_s
            return [free.popleft() for _ in range(min(most, len(free)))]

    def give_back(self, campaign_id: str, leased: Sequence[Leased]) -> None:
        """Put candidates that were not decided back in front."""
        with self._lock:
            self._free.setdefault(campaign_id, deque()).extendleft(reversed(leased))

    def _forget_outdated(self) -> None:
        """Let numbers go whose lease is over by the monotonic clock: no other can be wrong."""
        now_s = self._desk.clock.monotonic_s()
        for campaign_id, until_s in self._held_until_s.items():
            if until_s <= now_s:
                self._free[campaign_id] = deque()

    def _lease(self, campaign_id: str, actor_id: str) -> list[Leased]:
        """Claim and open; once more without those whose erasure began meanwhile."""
        for _ in range(2):
            rows, until = self._claim(campaign_id)
            try:
                leased = open_candidates(self._desk, rows, actor_id, campaign_id, until=until)
            except (AnswerIsNo, KeyMissing):
                leased = []
            if leased or not close_erasing(self._desk, campaign_id, actor_id):
                return leased
        return []

    def _claim(self, campaign_id: str) -> tuple[list[Row[Any]], datetime]:
        def job(unit: Unit) -> tuple[list[Row[Any]], datetime]:
            now = micros(unit.now)
            waiting = _waiting(unit.db, campaign_id, now, self._gateway)
            if not waiting:
                return [], unit.now
            until = now + LEASE_TIME // timedelta(microseconds=1)
            unit.db.execute(
                _CLAIM,
                [
                    {
                        "candidate_id": row.id,
                        "gateway": self._gateway,
                        "until_at": until,
                        "now": now,
                    }
                    for row in waiting
                ],
            )
            lease = table_of(NumberLeaseRow)
            mine = set(
                unit.db.execute(
                    select(lease.c.candidate_id).where(
                        lease.c.candidate_id.in_([row.id for row in waiting]),
                        lease.c.gateway == self._gateway,
                    )
                ).scalars()
            )
            return [row for row in waiting if row.id in mine], unit.now + LEASE_TIME

        return self._desk.write(job)


def _waiting(db: Connection, campaign_id: str, now: int, gateway_id: str) -> list[Row[Any]]:
    candidate, lease = table_of(CandidateRow), table_of(NumberLeaseRow)
    return list(
        db.execute(
            _with_part()
            .outerjoin(lease, lease.c.candidate_id == candidate.c.id)
            .where(
                candidate.c.campaign_id == campaign_id,
                candidate.c.state == WAITING,
                candidate.c.next_try_at <= now,
                or_(
                    lease.c.candidate_id.is_(None),
                    lease.c.until_at <= now,
                    lease.c.gateway == gateway_id,
                ),
            )
            .order_by(candidate.c.next_try_at, candidate.c.id)
            .limit(LEASE_SIZE)
        )
    )


def _with_part() -> Any:
    """Candidates with their active person's sealed phone part."""
    candidate, point, subject = table_of(CandidateRow), table_of(ContactPoint), table_of(Subject)
    return (
        select(
            candidate.c.id,
            candidate.c.subject_id,
            candidate.c.point_id,
            point.c.sealed,
            point.c.version,
        )
        .select_from(candidate)
        .join(point, point.c.id == candidate.c.point_id)
        .join(subject, subject.c.id == candidate.c.subject_id)
        .where(subject.c.state == SubjectState.ACTIVE, point.c.sealed.is_not(None))
    )


def rows_of(db: Connection, candidate_ids: Iterable[int]) -> list[Row[Any]]:
    """Rows to open of those candidates whose person is active."""
    table = table_of(CandidateRow)
    return list(db.execute(_with_part().where(table.c.id.in_(list(candidate_ids)))))


def open_candidates(
    desk: Desk,
    rows: Sequence[Row[Any]],
    actor_id: str,
    campaign_id: str,
    action: str = "",
    until: datetime | None = None,
) -> list[Leased]:
    """Open the phone parts of `rows`: one durable entry first, then the numbers."""
    if not rows:
        return []
    parts = {
        row.id: SealedPart(
            Place(Part.PHONE, row.subject_id, row.point_id, row.version),
            KeyClass.CALL,
            bytes(row.sealed),
        )
        for row in rows
    }
    opened = desk.vault.open(
        list(parts.values()), actor_id, OpeningPurpose.CALL, action=action, object=campaign_id
    )
    keys = _calls_keys(desk, sorted({row.subject_id for row in rows}))
    until = until or desk.now() + LEASE_TIME
    leased = []
    for row in rows:
        call = json.loads(opened[parts[row.id].place])
        leased.append(
            Leased(
                candidate_id=row.id,
                subject_id=row.subject_id,
                point_id=row.point_id,
                part=parts[row.id],
                tag=desk.vault.keyring.tags.number_tag(call["number"]),
                call=call,
                calls_key=keys[row.subject_id],
                until=until,
            )
        )
    return leased


def _calls_keys(desk: Desk, subject_ids: Sequence[int]) -> dict[int, AESGCM]:
    """Each person's calls key, made where it is needed for the first time.

    They are fetched before the gate's transaction, which then seals without the vault.
    """
    wanted = [(subject_id, KeyClass.CALLS) for subject_id in subject_ids]
    held = desk.vault.person_keys(wanted)
    missing = [holder for holder, key_class in wanted if (holder, key_class) not in held]
    if missing:
        places = [(Place(Part.DECISION_FACTS, holder, 0), b"") for holder in missing]
        desk.vault.seal_parts(KeyClass.CALLS, places)
        held |= desk.vault.person_keys((holder, KeyClass.CALLS) for holder in missing)
    return {holder: held[holder, key_class].data for holder, key_class in wanted}


def close_erasing(desk: Desk, campaign_id: str, actor_id: str) -> int:
    """Take candidates whose person is erased, or about to be, out of the campaign; how many."""
    candidate, subject = table_of(CandidateRow), table_of(Subject)
    gone = (
        select(candidate.c.id)
        .select_from(candidate)
        .outerjoin(subject, subject.c.id == candidate.c.subject_id)
        .where(
            candidate.c.campaign_id == campaign_id,
            candidate.c.state == WAITING,
            or_(subject.c.id.is_(None), subject.c.state != SubjectState.ACTIVE),
        )
    )
    with desk.reading() as db:
        ids = list(db.execute(gone).scalars())

    def job(unit: Unit, chunk: Sequence[int]) -> None:
        unit.db.execute(
            update(candidate)
            .where(candidate.c.id.in_(chunk))
            .values(state=DENIED, last_rule=ERASING)
        )
        unit.append(
            "campaign.candidates_closed",
            actor_id,
            object=campaign_id,
            outcome=ERASING,
            count=len(chunk),
        )

    for chunk in in_chunks(ids, 500):
        desk.write(lambda unit, chunk=chunk: job(unit, chunk))  # type: ignore[misc]
    return len(ids)
