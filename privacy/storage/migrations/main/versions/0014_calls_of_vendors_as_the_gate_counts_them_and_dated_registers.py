"""Calls of vendors as the gate counts them and dated registers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "main0014"
down_revision = "main0013"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "register_change",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("register_id", sa.String(), nullable=False),
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.Column("published_on", sa.String(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_change")),
    )
    op.create_index(
        "ix_register_change_register_tag", "register_change", ["register_id", "tag"], unique=False
    )
    op.create_table(
        "vendor_call",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("import_id", sa.String(), nullable=False),
        sa.Column("digest", BIG, autoincrement=False, nullable=False),
        sa.Column("tag", sa.LargeBinary(), nullable=True),
        sa.Column("at", BIG, autoincrement=False, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("tells_opt_out", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["vendor_call_import.id"], name=op.f("fk_vendor_call_import_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_call")),
    )
    op.create_index("ix_vendor_call_import_id", "vendor_call", ["import_id"], unique=False)
    op.create_index(
        "uq_vendor_call_tag_at_digest", "vendor_call", ["tag", "at", "digest"], unique=True
    )
