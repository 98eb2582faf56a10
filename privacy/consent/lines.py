"""Lines of the ledger of no, as main carries them out: each once."""

from __future__ import annotations

from sqlalchemy import Connection, select

from privacy.clock import micros
from privacy.storage.bulk import insert_rows
from privacy.storage.tables.base import table_of
from privacy.storage.tables.desk import LedgerDone
from privacy.storage.unit import Unit
from privacy.vault.ledger import Line


def carried_out(db: Connection, line: Line) -> bool:
    """Whether main has carried out `line`; two recoveries may meet."""
    table = table_of(LedgerDone)
    return db.execute(select(table.c.line_id).where(table.c.line_id == line.id)).first() is not None


def mark_carried_out(unit: Unit, line: Line) -> None:
    """Store the line's id, in the transaction that carries it out."""
    row = (line.id, micros(unit.now))
    insert_rows(unit.db, table_of(LedgerDone), ("line_id", "done_at"), [row])
