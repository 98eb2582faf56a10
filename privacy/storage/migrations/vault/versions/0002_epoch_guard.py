"""Triggers that refuse a wrap of any epoch but the current one.

Without them a writer who made its wraps before an epoch turn could commit them
after it, and they would die with the old epoch's root.
"""

from __future__ import annotations

from alembic import op

revision = "vault0002"
down_revision = "vault0001"
branch_labels = None
depends_on = None

KEY_TABLES = ("call_key", "desk_key")

SQLITE = """
CREATE TRIGGER {table}_{event}_epoch BEFORE {clause} ON {table}
WHEN NEW.epoch IS NOT (SELECT epoch FROM vault_meta)
BEGIN SELECT RAISE(ABORT, 'wrap of another epoch'); END
"""

# FOR SHARE: the epoch cannot turn between this check and the writer's commit.
POSTGRESQL_FUNCTION = """
CREATE FUNCTION current_epoch_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM vault_meta WHERE epoch = NEW.epoch FOR SHARE;
    IF NOT FOUND THEN RAISE EXCEPTION 'wrap of another epoch'; END IF;
    RETURN NEW;
END $$
"""
POSTGRESQL = """
CREATE TRIGGER {table}_epoch BEFORE INSERT OR UPDATE OF epoch, wrap ON {table}
FOR EACH ROW EXECUTE FUNCTION current_epoch_only()
"""


def upgrade() -> None:
    db = op.get_bind()
    if db.dialect.name == "sqlite":
        for table in KEY_TABLES:
            for event, clause in (("insert", "INSERT"), ("update", "UPDATE OF epoch, wrap")):
                db.exec_driver_sql(SQLITE.format(table=table, event=event, clause=clause))
        return
    db.exec_driver_sql(POSTGRESQL_FUNCTION)
    for table in KEY_TABLES:
        db.exec_driver_sql(POSTGRESQL.format(table=table))
