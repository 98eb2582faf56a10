"""Over-dial, caps of a number, calls of an earlier dialer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "main0008"
down_revision = "main0007"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "call_history",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("file_sha256", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("started_at", BIG, autoincrement=False, nullable=False),
        sa.Column("finished_at", BIG, autoincrement=False, nullable=True),
        sa.Column("imported", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("too_old", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_history")),
    )
    op.create_table(
        "earlier_call",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("batch_id", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("tag", sa.LargeBinary(), nullable=True),
        sa.Column("at", BIG, autoincrement=False, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["call_history.id"], name=op.f("fk_earlier_call_batch_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earlier_call")),
    )
    op.create_index(op.f("ix_earlier_call_batch_id"), "earlier_call", ["batch_id"], unique=False)
    op.create_index(
        "uq_earlier_call_tag_at_channel", "earlier_call", ["tag", "at", "channel"], unique=True
    )
    op.add_column("attempt", sa.Column("over", sa.Integer(), server_default="0", nullable=False))
    op.add_column("attempt", sa.Column("connect_ms", sa.Integer(), nullable=True))
    op.create_index(
        "ix_attempt_campaign_redeemed", "attempt", ["campaign_id", "redeemed_at"], unique=False
    )
    op.create_index("ix_attempt_slot_until", "attempt", ["slot_until_at"], unique=False)
    op.create_index("ix_attempt_trunk_live", "attempt", ["trunk", "live"], unique=False)
    op.add_column(
        "campaign", sa.Column("cap_calls", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "campaign", sa.Column("cap_hours", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "campaign", sa.Column("over_most", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "campaign", sa.Column("over_rate", sa.Float(), server_default="0.0", nullable=False)
    )
    op.add_column(
        "campaign", sa.Column("language_fallback", sa.Integer(), server_default="1", nullable=False)
    )
    op.add_column(
        "dialer_token", sa.Column("inside", sa.Integer(), server_default="0", nullable=False)
    )
