"""What goes and what stays when a case ends, by closing it or by merging it into another."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import delete

from privacy.clock import micros
from privacy.rights import erasing_store as steps
from privacy.rights import evidence, pack, store
from privacy.rights.arriving import store as arrivals
from privacy.rights.plan import Kept
from privacy.rights.store import Case
from privacy.storage.tables.base import table_of
from privacy.storage.tables.cases import RequestTag
from privacy.storage.unit import Unit
from privacy.terms import KeyClass


def end(unit: Unit, actor_id: str, case: Case, zone: str) -> list[int]:
    """Note when the case ended and how long its record is kept; take evidence and tags.

    Returns holders whose keys `evidence.shred` destroys when the unit is committed.
    """
    on = unit.now.astimezone(ZoneInfo(zone)).date()
    store.set_values(unit, case.id, closed_at=micros(unit.now))
    steps.keep_keys(unit, case.id, [case.holder_id], [longest(case, on)])
    _end_arrivals(unit, case.id, zone)
    table = table_of(RequestTag)
    unit.db.execute(delete(table).where(table.c.request_id == case.id))
    return evidence.delete_in(unit, actor_id, case.id)


def longest(case: Case, closed_on: date) -> Kept:
    """The ground that keeps the record longest, among those of the laws that apply."""
    grounds = [pack.case_ground(law) for law in case.laws]
    ground = max(grounds, key=lambda each: each.until(closed_on))
    until = ground.until(closed_on)
    return Kept(KeyClass.CASE, ground.id, ground.what, ground.citation, until)


def _end_arrivals(unit: Unit, request_id: str, zone: str) -> None:
    """What opened several requests is kept as long as the one that is kept longest."""
    for holder, requests in arrivals.ended_with(unit.db, request_id).items():
        ended = [store.case(unit.db, each) for each in requests]
        kept = [
            longest(each, each.closed_at.astimezone(ZoneInfo(zone)).date())
            for each in ended
            if each.closed_at is not None
        ]
        steps.keep_keys(unit, request_id, [holder], [max(kept, key=lambda one: one.until_on)])
