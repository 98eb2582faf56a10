"""Call records of vendors."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "main0013"
down_revision = "main0012"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "vendor_call_import",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("vendor_id", sa.String(), nullable=False),
        sa.Column("holder_id", BIG, autoincrement=False, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("settings_sha256", sa.String(), nullable=False),
        sa.Column("started_at", BIG, autoincrement=False, nullable=False),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("finished_at", BIG, autoincrement=False, nullable=True),
        sa.Column("calls", BIG, autoincrement=False, nullable=False),
        sa.Column("first_at", BIG, autoincrement=False, nullable=True),
        sa.Column("last_at", BIG, autoincrement=False, nullable=True),
        sa.Column("manifest", sa.String(), nullable=False),
        sa.Column("manifest_sha256", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendor.id"], name=op.f("fk_vendor_call_import_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_call_import")),
    )
    op.create_index(
        op.f("ix_vendor_call_import_settings_sha256"),
        "vendor_call_import",
        ["settings_sha256"],
        unique=False,
    )
    op.create_index(
        op.f("ix_vendor_call_import_vendor_id"), "vendor_call_import", ["vendor_id"], unique=False
    )
    op.create_table(
        "vendor_call_chunk",
        sa.Column("row_id", BIG, autoincrement=False, nullable=False),
        sa.Column("digest_row_id", BIG, autoincrement=False, nullable=False),
        sa.Column("import_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("digests_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["vendor_call_import.id"], name=op.f("fk_vendor_call_chunk_import_id")
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_vendor_call_chunk")),
    )
    op.create_index(
        op.f("ix_vendor_call_chunk_import_id"), "vendor_call_chunk", ["import_id"], unique=False
    )
    op.create_table(
        "vendor_call_file",
        sa.Column("import_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size_bytes", BIG, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["vendor_call_import.id"], name=op.f("fk_vendor_call_file_import_id")
        ),
        sa.PrimaryKeyConstraint("import_id", "position", name=op.f("pk_vendor_call_file")),
    )
    op.create_index(
        op.f("ix_vendor_call_file_sha256"), "vendor_call_file", ["sha256"], unique=False
    )
