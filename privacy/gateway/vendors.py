"""A vendor whose assessment fails or has lapsed gets no permit and no number.

A token belongs to the vendor whose name it has as recipient, also if it is written otherwise.
What is known of the vendor is one row that the room of vendors writes with each change; it is
read here under a lock, in the transaction that issues or redeems: what was committed before it
counts. The setting `vendors.permits` turns the check off, `vendors.grace_days` says how long past
its day a review may wait. Whoever is no vendor on record is not judged here.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select

from privacy.disclosures.given import same_organisation
from privacy.gateway.protocol import Code, Problem
from privacy.gateway.tokens import Dialer
from privacy.settings import DeskConfig
from privacy.storage.tables.base import table_of
from privacy.storage.tables.vendor_registers import VendorStanding

MAY = ("approved", "conditional")


def refusal(
    db: Connection, config: DeskConfig, dialer: Dialer, now: datetime, *, locked: bool = False
) -> Problem | None:
    """Why the vendor that runs the dialer may have no number now; None where it may.

    `locked` holds the row to the end of the transaction, after the token's.
    """
    if dialer.outside is None or not config.vendors.checked:
        return None
    why = why_not(db, config, dialer.outside.company, now, locked=locked)
    return Problem(Code.VENDOR, why) if why else None


def why_not(
    db: Connection, config: DeskConfig, name: str, now: datetime, *, locked: bool = False
) -> str:
    """What stands against a vendor's numbers, in a sentence; "" for nothing, or for no vendor."""
    table = table_of(VendorStanding)
    wanted = same_organisation(name)
    names = db.execute(select(table.c.name)).scalars()
    statement = select(table).where(
        table.c.name.in_([each for each in names if same_organisation(each) == wanted])
    )
    today = now.astimezone(ZoneInfo(config.controller.zone)).date()
    for row in db.execute(statement.with_for_update() if locked else statement):
        if why := _why(row, today, config.vendors.grace):
            return why
    return ""


def allow(db: Connection, config: DeskConfig, dialer: Dialer, now: datetime) -> None:
    """Problem where the vendor may have no number now."""
    unfit = refusal(db, config, dialer, now)
    if unfit is not None:
        raise unfit


def _why(row: Row[Any], today: date, grace: timedelta) -> str:
    if row.ended:
        return "The vendor is recorded as ended."
    if not row.outcome:
        return "The vendor was never scored."
    if row.failed:
        return f"A gate of the vendor's assessment is at 0: {row.failed}."
    if row.outcome not in MAY:
        return "The vendor is not approved."
    review_on = date.fromisoformat(row.review_on)
    if today > review_on + grace:
        return f"The vendor's review is overdue since {review_on}."
    return ""
