"""First tables of the main database."""

from __future__ import annotations

from alembic import op

from privacy.storage.tables.audit import append_only_ddl
from privacy.storage.tables.everything import load

revision = "main0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    main, _ = load()
    main.create_all(op.get_bind())
    for statement in append_only_ddl(op.get_bind().dialect.name):
        op.execute(statement)
