"""Trunks: lines to the telephone network that campaigns share, each with limits of its own.

A campaign's rate and concurrency hold beside those of its trunk: the lower one of
each counts, in every gateway at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select, update

from privacy.actors import Act, Actor
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import CampaignRow, TrunkRow
from privacy.storage.unit import Unit

NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
FASTEST_PER_S = 200
MOST_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Trunk:
    """Starts per second and calls at once that the line takes, over all campaigns."""

    id: str
    rate_per_s: float
    concurrency: int
    campaigns: int = 0


def ensure(unit: Unit, trunk_id: str, rate_per_s: float, concurrency: int) -> None:
    """Make a trunk that nobody named before with the limits of its first campaign."""
    table = table_of(TrunkRow)
    if unit.db.execute(select(table.c.id).where(table.c.id == trunk_id)).one_or_none() is None:
        _check(trunk_id, rate_per_s, concurrency)
        unit.db.execute(
            insert(table).values(id=trunk_id, rate_per_s=rate_per_s, concurrency=concurrency)
        )


def put(desk: Desk, actor: Actor, trunk_id: str, rate_per_s: float, concurrency: int) -> None:
    """Set a trunk's limits, from the next permit and redemption on; makes it if need be."""
    actor.require(Act.RUN_CAMPAIGN)
    _check(trunk_id, rate_per_s, concurrency)

    def job(unit: Unit) -> None:
        table = table_of(TrunkRow)
        limits = {"rate_per_s": rate_per_s, "concurrency": concurrency}
        done = unit.db.execute(update(table).where(table.c.id == trunk_id).values(**limits))
        if not done.rowcount:
            unit.db.execute(insert(table).values(id=trunk_id, **limits))
        unit.append(
            "trunk.set",
            actor.id,
            object=trunk_id,
            fields=[f"rate={rate_per_s:g}", f"concurrency={concurrency}"],
        )

    desk.write(job)


def trunk_of(db: Connection, trunk_id: str, *, locked: bool = False) -> Trunk:
    """The trunk's limits; `locked` holds its row until the transaction ends."""
    table = table_of(TrunkRow)
    statement = select(table).where(table.c.id == trunk_id)
    row = db.execute(statement.with_for_update() if locked else statement).one()
    return Trunk(row.id, row.rate_per_s, row.concurrency)


def listed(db: Connection) -> list[Trunk]:
    """Every trunk with how many campaigns it has, by name."""
    trunk, campaign = table_of(TrunkRow), table_of(CampaignRow)
    rows = db.execute(
        select(trunk, func.count(campaign.c.id).label("campaigns"))
        .select_from(trunk)
        .outerjoin(campaign, campaign.c.trunk == trunk.c.id)
        .group_by(trunk.c.id, trunk.c.rate_per_s, trunk.c.concurrency)
        .order_by(trunk.c.id)
    )
    return [Trunk(row.id, row.rate_per_s, row.concurrency, int(row.campaigns)) for row in rows]


def _check(trunk_id: str, rate_per_s: float, concurrency: int) -> None:
    named = bool(NAME.fullmatch(trunk_id))
    if not (named and 0 < rate_per_s <= FASTEST_PER_S and 0 < concurrency <= MOST_AT_ONCE):
        raise BadInput(
            "A trunk has a short name, a rate and a number of calls at once.",
            what="trunk" if named else "name of the trunk",
            next="A name such as trunk-1; up to 200 starts a second and 10,000 calls at once.",
        )
