"""Prompts of campaigns, and what each attempt had to say."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "main0007"
down_revision = "main0006"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "campaign_prompt",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("campaign_id", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("voice", sa.String(), nullable=False),
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("length_ms", sa.Integer(), nullable=False),
        sa.Column("key_by_ms", sa.Integer(), nullable=False),
        sa.Column("wav", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", BIG, autoincrement=False, nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_prompt_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_prompt")),
    )
    op.create_index(
        "ix_campaign_prompt_campaign_language_role",
        "campaign_prompt",
        ["campaign_id", "language", "role"],
        unique=False,
    )
    op.create_table(
        "attempt_speech",
        sa.Column("attempt_id", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("prompt_id", BIG, autoincrement=False, nullable=False),
        sa.Column("confirmation_id", BIG, autoincrement=False, nullable=False),
        sa.Column("safe_harbour_id", BIG, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["confirmation_id"],
            ["campaign_prompt.id"],
            name=op.f("fk_attempt_speech_confirmation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["prompt_id"], ["campaign_prompt.id"], name=op.f("fk_attempt_speech_prompt_id")
        ),
        sa.ForeignKeyConstraint(
            ["safe_harbour_id"],
            ["campaign_prompt.id"],
            name=op.f("fk_attempt_speech_safe_harbour_id"),
        ),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_attempt_speech")),
    )
