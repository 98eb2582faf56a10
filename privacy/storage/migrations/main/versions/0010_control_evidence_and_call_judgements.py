"""Control evidence and call judgements."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "main0010"
down_revision = "main0009"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "control_evidence",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("clauses", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("dated_on", sa.String(), nullable=False),
        sa.Column("valid_until", sa.String(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("staff", sa.String(), nullable=False),
        sa.Column("file_sha256", sa.String(), nullable=False),
        sa.Column("file_bytes", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("holder_id", BIG, autoincrement=False, nullable=True),
        sa.Column("row_id", BIG, autoincrement=False, nullable=True),
        sa.Column("file_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("added_at", BIG, autoincrement=False, nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("withdrawn_at", BIG, autoincrement=False, nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=False),
        sa.Column("withdrawn_why", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_control_evidence")),
    )
    op.create_index(
        op.f("ix_control_evidence_added_at"), "control_evidence", ["added_at"], unique=False
    )
    op.create_table(
        "call_judgement",
        sa.Column("attempt_id", sa.String(), nullable=False),
        sa.Column("judged_at", BIG, autoincrement=False, nullable=False),
        sa.Column("looked", sa.Integer(), nullable=False),
        sa.Column("denying", sa.String(), nullable=False),
        sa.Column("unknown", sa.String(), nullable=False),
        sa.Column("local_minute", sa.Integer(), nullable=True),
        sa.Column("places", sa.String(), nullable=False),
        sa.Column("list_age_days", sa.Float(), nullable=True),
        sa.Column("after_opt_out", sa.Integer(), nullable=True),
        sa.Column("pack_sha256", sa.String(), nullable=False),
        sa.Column("own_sha256", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name=op.f("fk_call_judgement_attempt_id")
        ),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_call_judgement")),
    )
