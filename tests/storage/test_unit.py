"""What counts as a change, and which tables are exempt."""

from __future__ import annotations

import pytest

from privacy.storage.tables.everything import load
from privacy.storage.unit import OPERATIONAL, changed_table

# Tables whose rows say how work goes, with the reason; nothing about a person is decided there.
EXEMPT = {
    "audit_entry": "the log itself",
    "audit_leaf": "the log itself",
    "audit_tile": "the log itself",
    "audit_state": "the log itself",
    "audit_pending": "the log itself",
    "audit_subject": "the log's index",
    "audit_checkpoint": "the log itself",
    "watermark": "latest instant seen",
    "ledger_done": "ids of ledger lines that were carried out",
    "process_lease": "which process holds keys of which epoch",
    "gateway_rate": "next instant of a rate",
    "number_lease": "60 seconds of a candidate",
    "worker_lease": "which worker runs",
}


def test_the_operational_tables_are_these_and_no_more() -> None:
    assert set(EXEMPT) == OPERATIONAL


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("INSERT INTO subject (id) VALUES (?)", "subject"),
        ('insert or ignore into "subject" values (1)', "subject"),
        ("REPLACE INTO subject VALUES (1)", "subject"),
        ("  UPDATE subject SET state = ?", "subject"),
        ("update or replace subject set state = ''", "subject"),
        ("DELETE FROM subject;", "subject"),
        ("/* why */ DELETE FROM subject", "subject"),
        ("-- why\nDELETE FROM subject", "subject"),
        ("INSERT INTO audit_entry VALUES (1)", "audit_entry"),
        ("INSERT INTO main.audit_entry VALUES (1)", "?"),
        ("UPDATE ONLY audit_entry SET at = 1", "only"),
        ("MERGE INTO subject USING x ON true", "?"),
        ("WITH gone AS (DELETE FROM subject RETURNING id) SELECT * FROM gone", "?"),
        ("SELECT 1; DELETE FROM subject", "?"),
        ("COPY subject FROM STDIN", "?"),
        ("TRUNCATE subject", "?"),
        ("DROP TABLE subject", "?"),
        ("(((DELETE", "?"),
    ],
)
def test_a_statement_that_may_change_something_is_a_change(statement: str, table: str) -> None:
    assert changed_table(statement) == table


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM subject",
        "select state from subject where id = ? for update",
        "WITH a AS (SELECT 1) SELECT * FROM a",
        "PRAGMA foreign_keys",
        "SAVEPOINT sa_savepoint_1",
        "RELEASE SAVEPOINT sa_savepoint_1",
        "ROLLBACK TO SAVEPOINT sa_savepoint_1",
        "SELECT pg_advisory_xact_lock(1)",
        "SET LOCAL lock_timeout = 1",
    ],
)
def test_a_statement_that_reads_is_none(statement: str) -> None:
    assert changed_table(statement) is None


def test_no_change_of_a_real_table_goes_unseen() -> None:
    for metadata in load():
        for table in metadata.tables.values():
            for statement in (table.insert(), table.update(), table.delete()):
                assert changed_table(str(statement)) == table.name
