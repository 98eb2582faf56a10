"""What `rightsdesk today` and `work` say of vendors: whom to assess, and what is to be mended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from privacy.actors import Actor
from privacy.cli.showing import table
from privacy.desk import Desk
from privacy.vendors import reassessing, remediation, store
from privacy.vendors.reassessing import Due
from privacy.vendors.remediation import Item

SOON = timedelta(days=7)


@dataclass(frozen=True)
class VendorsToday:
    """Vendors to assess now, and items that are overdue or due within a week."""

    due: tuple[Due, ...]
    items: tuple[Item, ...]
    rows: tuple[dict[str, Any], ...]

    def document(self) -> dict[str, Any]:
        return {
            "vendors_to_assess": [each.document() for each in self.due],
            "vendor_remediation": list(self.rows),
        }


def of(desk: Desk) -> VendorsToday:
    """The day of whoever answers for vendors."""
    today = store.today(desk)
    with desk.reading() as db:
        items = tuple(
            each
            for each in remediation.of_vendor(db)
            if not each.done and each.due_on <= today + SOON
        )
    rows = tuple(each.document(today) for each in items)
    return VendorsToday(tuple(reassessing.due(desk)), items, rows)


def show(found: VendorsToday) -> None:
    """The same for people; nothing where nothing is due."""
    if found.due:
        due = [(each.since, each.reason.replace("_", " "), each.vendor.name) for each in found.due]
        table("Vendors to be assessed", ("since", "why", "vendor"), due, style="yellow")
    if found.rows:
        columns = ("due", "state", "severity", "question_id", "owner", "id")
        cells = [[row[key] for key in columns] for row in found.rows]
        table("Vendors have to mend", columns, cells, style="yellow")


def begin(desk: Desk, actor: Actor) -> str:
    """Open the rounds of vendors that are due again."""
    return f"{len(reassessing.begin(desk, actor))} asked again"


def remind(desk: Desk, actor: Actor) -> str:
    return f"{len(reassessing.remind(desk, actor))} made"
