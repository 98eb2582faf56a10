"""A campaign's calls looked at again, as a report does it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from privacy.gateway.decide import Law
from privacy.gateway.review import Call, Looking, review
from privacy.terms import Purpose
from tests.gateway.scene import Scene

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def looked(
    set_up: Scene, law: Law | None = None, since: datetime = LONG_AGO
) -> tuple[Looking, list[Call]]:
    """What was found, and each call."""
    end = set_up.made.clock.now() + timedelta(days=1)
    review(set_up.desk, set_up.made.dpo, set_up.campaign, since, end, law=law)
    with set_up.desk.snapshot() as db:
        looking = Looking(db, set_up.campaign, since, end, Purpose.MARKETING)
        calls = list(looking.calls())
    return looking, calls
