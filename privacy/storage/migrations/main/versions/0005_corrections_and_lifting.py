"""A rectification's proposal; who was told of a lifted restriction."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "main0005"
down_revision = "main0004"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "correction",
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("subject_id", BIG, autoincrement=False, nullable=False),
        sa.Column("row_id", BIG, autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("made_at", BIG, autoincrement=False, nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["rights_request.id"], name=op.f("fk_correction_request_id")
        ),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_correction")),
    )
    op.create_index(op.f("ix_correction_subject_id"), "correction", ["subject_id"], unique=False)
    op.add_column("restriction", sa.Column("request_id", sa.String(), nullable=True))
    op.add_column("restriction", sa.Column("informed_at", BIG, autoincrement=False, nullable=True))
    op.create_index(op.f("ix_restriction_request_id"), "restriction", ["request_id"], unique=False)
