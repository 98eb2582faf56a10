"""Small lists for import tests, and what an import of one comes to."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from privacy.contacts.importing import ImportOptions, ImportResult, OnConsents, import_file
from privacy.desk import Desk
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import ContactPoint, PossibleDuplicate, Subject
from tests.desks import MadeDesk

HEADER = "first name,last name,phone,email,postcode\n"


def options(**given: Any) -> ImportOptions:
    """Options of a British list."""
    return ImportOptions(obtained_on=date(2026, 11, 1), source="webshop", region="GB", **given)


def write_list(folder: Path, rows: list[str], name: str = "list.csv", header: str = HEADER) -> Path:
    """A CSV of those rows."""
    path = folder / name
    path.write_text(header + "".join(f"{row}\n" for row in rows))
    return path


def imported(
    made: MadeDesk, path: Path, on_consents: OnConsents | None = None, **given: Any
) -> ImportResult:
    """Import it; the counts must add up."""
    result = import_file(made.desk, made.dpo, path, options(**given), on_consents=on_consents)
    adds_up(result)
    return result


def adds_up(result: ImportResult) -> None:
    """Every row ended as exactly one thing."""
    counted = result.imported + result.merged + result.unchanged + result.rejected
    assert result.read == counted
    assert result.erased <= result.rejected


def numbers(result: ImportResult) -> tuple[int, int, int, int]:
    """(imported, merged, unchanged, rejected)."""
    return result.imported, result.merged, result.unchanged, result.rejected


def stored(desk: Desk) -> tuple[int, int, int]:
    """How many subjects, contact points and doubtful pairs main has."""
    with desk.reading() as db:
        counts = [
            db.execute(select(func.count()).select_from(table_of(model))).scalar_one()
            for model in (Subject, ContactPoint, PossibleDuplicate)
        ]
    return counts[0], counts[1], counts[2]


def subjects(desk: Desk) -> list[tuple[int, int | None]]:
    """(id, merged into) of all subjects, in the order of their making."""
    table = table_of(Subject)
    with desk.reading() as db:
        rows = db.execute(select(table.c.id, table.c.merged_into).order_by(table.c.id))
        return [(row.id, row.merged_into) for row in rows]
