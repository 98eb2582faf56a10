"""Keys that outlived an erasure or a case die when their ground ends.

`until_on` is the last day of the ground, in the controller's zone; on the day
after it the key and what it sealed go, unless a legal hold stops that: then it goes
when the hold has ended. The next epoch turn takes them from old copies of the vault.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from privacy.actors import Act, Actor
from privacy.desk import Desk
from privacy.rights import holds, holds_store
from privacy.storage.unit import Unit
from privacy.terms import KeyClass
from privacy.vault.erase import delete_keys


@dataclass(frozen=True)
class KeptAlive:
    """A key that lives on its ground until the end of its last day."""

    holder_id: int
    key_class: KeyClass
    request_id: str
    ground: str
    citation: str
    until_on: date


def kept(desk: Desk) -> list[KeptAlive]:
    """Everything kept now, what ends first first."""
    with desk.reading() as db:
        return [_kept(row) for row in holds_store.kept_keys(db)]


def expired(desk: Desk) -> list[KeptAlive]:
    """What is kept though its last day is over, and no hold stops its end: due for `sweep`."""
    today = desk.now().astimezone(ZoneInfo(desk.config.controller.zone)).date()
    with desk.reading() as db:
        over = [_kept(row) for row in holds_store.kept_keys(db, before=today)]
    held_cases = holds.of_cases(desk, {each.request_id for each in over})
    return [each for each in over if each.request_id not in held_cases and not _held(desk, each)]


def _held(desk: Desk, each: KeptAlive) -> bool:
    """A case's key belongs to the case; any other to a person."""
    if each.key_class is KeyClass.CASE:
        return False
    return bool(holds.of_people(desk, [each.holder_id]))


def sweep(desk: Desk, actor: Actor) -> int:
    """Destroy every key whose ground has ended; how many. An epoch turn should follow."""
    actor.require(Act.ERASE)
    over = expired(desk)
    for each in over:
        delete_keys(desk.vault, [each.holder_id], [each.key_class])
        desk.write(partial(_expire, actor_id=actor.id, each=each))
    return len(over)


def _expire(unit: Unit, actor_id: str, each: KeptAlive) -> None:
    holds_store.expire(unit, each.holder_id, each.key_class)
    unit.append(
        "keys.expired",
        actor_id,
        request=each.request_id,
        object=each.ground,
        outcome=each.until_on.isoformat(),
    )


def _kept(row: Row[Any]) -> KeptAlive:
    return KeptAlive(
        row.holder_id,
        KeyClass(row.key_class),
        row.request_id,
        row.ground,
        row.citation,
        date.fromisoformat(row.until_on),
    )
