"""What call records showed of a vendor's claims, as it stands on the desk; opens nothing."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, select

from privacy.storage.tables.base import table_of
from privacy.storage.tables.vendors import VendorClaimTest
from privacy.vendors.contradictions import Tested


def newest(db: Connection, vendor_id: str) -> tuple[Tested, ...]:
    """The newest tests of each kind, as scoring counts them."""
    table = table_of(VendorClaimTest)
    rows = db.execute(
        select(table)
        .where(table.c.vendor_id == vendor_id, table.c.replaced_at.is_(None))
        .order_by(table.c.kind, table.c.finding_id)
    )
    return tuple(_tested(row) for row in rows)


def _tested(row: Row[Any]) -> Tested:
    return Tested(
        row.kind,
        row.finding_id,
        tuple(json.loads(row.rows)),
        row.exceptions,
        row.tested,
        Decimal(row.measured) if row.measured else None,
        bool(row.sampled),
        row.period_from,
        row.period_to,
        row.run_id,
    )
