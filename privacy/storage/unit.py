"""The unit of work: one job's transaction, its entries, and the rule that binds them.

A statement that changes a table makes the unit dirty, whichever way it passes
the engine; a dirty unit without an audit entry does not commit. Operational
tables (leases, rates, retries, progress) are exempt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Engine, event

from privacy.errors import Fault
from privacy.ids import public_id

# Tables whose rows say how work goes, not what was decided about a person.
OPERATIONAL = frozenset(
    {
        "audit_entry",
        "audit_leaf",
        "audit_tile",
        "audit_state",
        "audit_pending",
        "audit_subject",
        "audit_checkpoint",
        "watermark",
        "ledger_done",
        "process_lease",
        "gateway_rate",
        "number_lease",
        "worker_lease",
    }
)

_CHANGE = re.compile(
    r"(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE(?:\s+OR\s+\w+)?|DELETE\s+FROM|REPLACE\s+INTO)"
    r"\s+\"?(\w+)\"?(?=[\s(;]|$)",
    re.IGNORECASE,
)
# What changes nothing. Everything else counts as a change, known or not.
_READING = re.compile(
    r"(?:SELECT|VALUES|PRAGMA|EXPLAIN|SHOW|SET|SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT)\b",
    re.IGNORECASE,
)
_WITH = re.compile(r"WITH\b", re.IGNORECASE)
_CHANGING_WORD = re.compile(r"\b(?:INSERT|UPDATE|DELETE|MERGE)\b", re.IGNORECASE)
_COMMENT = re.compile(r"--[^\n]*(?:\n|$)|/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True)
class Draft:
    """An audit entry before it has a place: `fields` are the entry's, without v, id and ts.

    `pseudonyms` are copied to the index that answers "who read my data".
    """

    id: str
    fields: Mapping[str, Any]


@dataclass
class Unit:
    """What a job works with. `now` was read after the lock was taken.

    `committed` turns true when the transaction is durable, and never otherwise.
    """

    db: Connection
    now: datetime
    drafts: list[Draft] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)
    committed: bool = False

    def append(self, action: str, actor: str, **fields: Any) -> str:
        """Add an audit entry to this transaction and return its id.

        Fields are those of `privacy.audit.entry`; None is left out. No value may
        hold a name, number, e-mail or a subject's row id.
        """
        kept = {key: value for key, value in fields.items() if value is not None}
        draft = Draft(public_id("e"), {"action": action, "actor": actor, **kept})
        self.drafts.append(draft)
        return draft.id

    def check(self) -> None:
        """Raise Fault when a table changed and nothing was appended to the log."""
        if self.changed and not self.drafts:
            raise Fault(
                f"A change of {', '.join(sorted(self.changed))} came without an audit entry.",
                what="unit of work",
                next="Nothing was saved. This is a fault of rightsdesk: please report it.",
            )


@lru_cache(maxsize=1024)
def changed_table(statement: str) -> str | None:
    """Name of the table that a statement changes; None if it only reads.

    "?" for whatever is neither a plain change of one table nor known to read: a
    second statement behind a semicolon, COPY, TRUNCATE, a definition.
    """
    plain = _COMMENT.sub(" ", statement).strip().rstrip(";")
    if ";" in plain:
        return "?"
    match = _CHANGE.match(plain)
    if match:
        return match.group(1).lower()
    if _READING.match(plain) or (_WITH.match(plain) and not _CHANGING_WORD.search(plain)):
        return None
    return "?"


def watch(engine: Engine) -> None:
    """Make every change that passes `engine` visible to the unit on its connection."""

    @event.listens_for(engine, "before_cursor_execute")
    def _mark(
        connection: Connection,
        _cursor: Any,
        statement: str,
        _parameters: Any,
        _context: Any,
        _executemany: bool,
    ) -> None:
        unit = connection.info.get("unit")
        if unit is None:
            return
        table = changed_table(statement)
        if table is not None and table not in OPERATIONAL:
            unit.changed.add(table)
