"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "vault0001"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "call_key",
        sa.Column("holder_id", BIG, autoincrement=False, nullable=False),
        sa.Column("key_class", sa.String(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("wrap", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("holder_id", "key_class", name=op.f("pk_call_key")),
    )
    op.create_index(op.f("ix_call_key_epoch"), "call_key", ["epoch"], unique=False)
    op.create_table(
        "contact_index",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", BIG, autoincrement=False, nullable=False),
        sa.Column("holder_id", BIG, autoincrement=False, nullable=False),
        sa.Column("part_id", BIG, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint(
            "kind", "value", "holder_id", "part_id", name=op.f("pk_contact_index")
        ),
    )
    op.create_index(
        op.f("ix_contact_index_holder_id"), "contact_index", ["holder_id"], unique=False
    )
    op.create_table(
        "desk_key",
        sa.Column("holder_id", BIG, autoincrement=False, nullable=False),
        sa.Column("key_class", sa.String(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("wrap", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("holder_id", "key_class", name=op.f("pk_desk_key")),
    )
    op.create_index(op.f("ix_desk_key_epoch"), "desk_key", ["epoch"], unique=False)
    op.create_table(
        "evidence_tag",
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.Column("holder_id", BIG, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("tag", "holder_id", name=op.f("pk_evidence_tag")),
    )
    op.create_table(
        "ledger_line",
        sa.Column("number", BIG, autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_ledger_line")),
    )
    op.create_table(
        "process_lease",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("renewed_at", BIG, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process_lease")),
    )
    op.create_table(
        "vault_key",
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("wrap", sa.LargeBinary(), nullable=False),
        sa.Column("check_value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("label", "epoch", name=op.f("pk_vault_key")),
    )
    op.create_table(
        "vault_meta",
        sa.Column("desk_id", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("desk_id", name=op.f("pk_vault_meta")),
    )
