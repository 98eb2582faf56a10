"""The letter that says that a restriction will be lifted (GDPR Article 18(3)), and its going.

Nothing is lifted before the person was told. What tells them is the letter: with its going
it is recorded for the restrictions that it is about, and with its coming back it is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from privacy.consent import restrictions
from privacy.consent.restrictions import Restriction
from privacy.rights import store
from privacy.rights.sending_store import OnItsWay
from privacy.storage.unit import Unit

KIND = "restriction_lifted"


def gone(unit: Unit, actor_id: str, letter: OnItsWay, at: datetime) -> None:
    """That letter left at `at`. Any other letter changes nothing."""
    for each in _about(unit.db, letter):
        if each.placed_at <= at:
            restrictions.set_informed(unit, actor_id, each.id, at)


def came_back(unit: Unit, actor_id: str, letter: OnItsWay) -> None:
    """That letter did not arrive: whoever was not told otherwise since was not told."""
    for each in _about(unit.db, letter):
        if each.informed_at is not None and each.informed_at == letter.sent_at:
            restrictions.set_informed(unit, actor_id, each.id, None)


def _about(db: Connection, letter: OnItsWay) -> Sequence[Restriction]:
    """Those in force that the letter's request placed; else those of the newest ground."""
    if letter.kind != KIND or letter.request_id is None:
        return ()
    subject_id = store.case(db, letter.request_id).subject_id
    standing = restrictions.of_person(db, subject_id) if subject_id is not None else []
    own = [each for each in standing if each.request_id == letter.request_id]
    return own or [each for each in standing if each.reason == standing[-1].reason]
