"""Registers of vendors and their standing."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "main0015"
down_revision = "main0014"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "vendor_clause",
        sa.Column("vendor_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("clause", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("pages", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("row_id", BIG, autoincrement=False, nullable=True),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("set_at", BIG, autoincrement=False, nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendor.id"], name=op.f("fk_vendor_clause_vendor_id")
        ),
        sa.PrimaryKeyConstraint("vendor_id", "seq", name=op.f("pk_vendor_clause")),
    )
    op.create_table(
        "vendor_data_transfer",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("vendor_id", sa.String(), nullable=False),
        sa.Column("sub_processor_id", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("tool", sa.String(), nullable=False),
        sa.Column("assessed_on", sa.String(), nullable=False),
        sa.Column("valid_until", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("added_at", BIG, autoincrement=False, nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("ended_at", BIG, autoincrement=False, nullable=True),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendor.id"], name=op.f("fk_vendor_data_transfer_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_data_transfer")),
    )
    op.create_index(
        op.f("ix_vendor_data_transfer_vendor_id"),
        "vendor_data_transfer",
        ["vendor_id"],
        unique=False,
    )
    op.create_table(
        "vendor_standing",
        sa.Column("vendor_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("failed", sa.String(), nullable=False),
        sa.Column("review_on", sa.String(), nullable=False),
        sa.Column("ended", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendor.id"], name=op.f("fk_vendor_standing_vendor_id")
        ),
        sa.PrimaryKeyConstraint("vendor_id", name=op.f("pk_vendor_standing")),
        sa.UniqueConstraint("name", name=op.f("uq_vendor_standing_name")),
    )
    op.create_table(
        "vendor_sub_processor",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("vendor_id", sa.String(), nullable=False),
        sa.Column("parent_id", sa.String(), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("task", sa.String(), nullable=False),
        sa.Column("notified_on", sa.String(), nullable=False),
        sa.Column("has", sa.String(), nullable=False),
        sa.Column("row_id", BIG, autoincrement=False, nullable=False),
        sa.Column("details_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("added_at", BIG, autoincrement=False, nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("ended_at", BIG, autoincrement=False, nullable=True),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendor.id"], name=op.f("fk_vendor_sub_processor_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_sub_processor")),
    )
    op.create_index(
        op.f("ix_vendor_sub_processor_vendor_id"),
        "vendor_sub_processor",
        ["vendor_id"],
        unique=False,
    )
    for statement in fixed(op.get_bind().dialect.name):
        op.execute(statement)
    op.execute(STANDING)


# A vendor of before stands as its newest scoring left it; one that was never scored stands so.
STANDING = """
INSERT INTO vendor_standing (vendor_id, name, outcome, failed, review_on, ended)
SELECT v.id, v.name, COALESCE(s.outcome, ''), '', COALESCE(s.next_review_on, ''),
       CASE v.state WHEN 'ended' THEN 1 ELSE 0 END
FROM vendor v LEFT JOIN vendor_scoring s ON s.vendor_id = v.id
 AND s.seq = (SELECT MAX(t.seq) FROM vendor_scoring t WHERE t.vendor_id = v.id)
"""


def fixed(dialect: str) -> Iterator[str]:
    """Statements by which what was found of a clause is only ever added to, against slips.

    PostgreSQL's function stands since revision main0006.
    """
    if dialect == "sqlite":
        told = "BEGIN SELECT RAISE(ABORT, 'a ledger is only ever added to'); END"
        for change in ("DELETE", "UPDATE"):
            yield (
                f"CREATE TRIGGER vendor_clause_no_{change.lower()} BEFORE {change}"
                f" ON vendor_clause {told}"
            )
    else:
        yield (
            "CREATE TRIGGER vendor_clause_fixed BEFORE DELETE OR UPDATE OR TRUNCATE ON"
            " vendor_clause FOR EACH STATEMENT EXECUTE FUNCTION ledger_fixed()"
        )
