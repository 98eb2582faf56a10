"""Who may be exported for a purpose: consent in force on some contact point, no restriction."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy import Connection

from privacy.consent import ledger, restrictions, store
from privacy.terms import Channel, Purpose

Filter = Callable[[Connection, Collection[int]], set[int]]


def unrestricted(db: Connection, subject_ids: Collection[int]) -> set[int]:
    """Those whose data is not restricted to storage (GDPR Article 18(2))."""
    return set(subject_ids) - restrictions.restricted(db, subject_ids)


def consented(purpose: Purpose, channel: Channel, at: datetime) -> Filter:
    """Those who are unrestricted and whose consent for purpose and channel is in force at `at`.

    An opt-out of a number is a withdrawal of each person who has it, and counts here.
    """

    def allowed(db: Connection, subject_ids: Collection[int]) -> set[int]:
        records = store.of_persons(db, unrestricted(db, subject_ids))
        return {
            subject_id
            for subject_id, held in records.items()
            if _any_point(held, purpose, channel, at)
        }

    return allowed


def _any_point(
    records: list[ledger.ConsentRecord], purpose: Purpose, channel: Channel, at: datetime
) -> bool:
    """Whether any one contact point has a consent, by its own records and those for all."""
    points = {record.point_id for record in records}
    return any(
        ledger.in_force(
            [record for record in records if record.point_id in (None, point)],
            purpose.value,
            channel.value,
            at,
        )
        for point in points
    )
