"""Names of register columns; an append-only log."""

from __future__ import annotations

from collections.abc import Iterator

from alembic import op

revision = "main0002"
down_revision = "main0001"
branch_labels = None
depends_on = None

APPEND_ONLY = ("audit_entry", "audit_leaf", "audit_tile", "audit_checkpoint")


def upgrade() -> None:
    op.drop_index(op.f("ix_register_list_register"), table_name="register_list")
    for before, after in (("register", "register_id"), ("count", "numbers")):
        op.execute(f'ALTER TABLE register_list RENAME COLUMN "{before}" TO {after}')
    op.create_index(op.f("ix_register_list_register_id"), "register_list", ["register_id"])
    for statement in append_only(op.get_bind().dialect.name):
        op.execute(statement)


def append_only(dialect: str) -> Iterator[str]:
    """Statements that make the log's tables refuse UPDATE and DELETE.

    A seat belt against slips, not evidence: whoever owns the tables can drop it.
    """
    if dialect == "sqlite":
        for table in APPEND_ONLY:
            for change in ("update", "delete"):
                yield (
                    f"CREATE TRIGGER {table}_no_{change} BEFORE {change.upper()} ON {table}"
                    " BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
                )
        return
    yield (
        "CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$"
    )
    for table in APPEND_ONLY:
        yield (
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()"
        )
