"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "main0001"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "actor",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", BIG, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actor")),
    )
    op.create_table(
        "audit_checkpoint",
        sa.Column("size", BIG, autoincrement=False, nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("at", BIG, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_audit_checkpoint")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", BIG, autoincrement=False, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("request", sa.String(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index(op.f("ix_audit_entry_action"), "audit_entry", ["action"], unique=False)
    op.create_index(op.f("ix_audit_entry_request"), "audit_entry", ["request"], unique=False)
    op.create_table(
        "audit_leaf",
        sa.Column("idx", BIG, autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.String(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("idx", name=op.f("pk_audit_leaf")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_audit_leaf_entry_id")),
    )
    op.create_table(
        "audit_pending",
        sa.Column("entry_id", sa.String(), nullable=False),
        sa.Column("at", BIG, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_audit_pending")),
    )
    op.create_table(
        "audit_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("size", BIG, autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.Column("last_at", BIG, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_state")),
    )
    op.create_table(
        "audit_subject",
        sa.Column("pseudonym", sa.String(), nullable=False),
        sa.Column("entry_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("pseudonym", "entry_id", name=op.f("pk_audit_subject")),
    )
    op.create_table(
        "audit_tile",
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("n", BIG, autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "n", name=op.f("pk_audit_tile")),
    )
    op.create_table(
        "consent_record",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("subject_id", BIG, autoincrement=False, nullable=True),
        sa.Column("point_id", BIG, autoincrement=False, nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("consent_class", sa.String(), nullable=False),
        sa.Column("effective_at", BIG, autoincrement=False, nullable=False),
        sa.Column("valid_until_at", BIG, autoincrement=False, nullable=True),
        sa.Column("notice_id", sa.String(), nullable=False),
        sa.Column("notice_version", sa.Integer(), nullable=False),
        sa.Column("seller", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("documented", sa.Boolean(), nullable=False),
        sa.Column("evidence_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("recorded_at", BIG, autoincrement=False, nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("corrects", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_record")),
        sa.UniqueConstraint("public_id", name=op.f("uq_consent_record_public_id")),
    )
    op.create_index(
        op.f("ix_consent_record_corrects"), "consent_record", ["corrects"], unique=False
    )
    op.create_index(
        op.f("ix_consent_record_point_id"), "consent_record", ["point_id"], unique=False
    )
    op.create_index(
        op.f("ix_consent_record_subject_id"), "consent_record", ["subject_id"], unique=False
    )
    op.create_table(
        "desk_meta",
        sa.Column("desk_id", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", BIG, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("desk_id", name=op.f("pk_desk_meta")),
    )
    op.create_table(
        "epoch_turn",
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("begun_at", BIG, autoincrement=False, nullable=False),
        sa.Column("destroyed_at", BIG, autoincrement=False, nullable=True),
        sa.Column("custody_kind", sa.String(), nullable=False),
        sa.Column("places", sa.String(), nullable=False),
        sa.Column("entry_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("epoch", name=op.f("pk_epoch_turn")),
    )
    op.create_table(
        "erased_tag",
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.Column("erased_at", BIG, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("tag", name=op.f("pk_erased_tag")),
    )
    op.create_table(
        "import_batch",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("file_sha256", sa.String(), nullable=False),
        sa.Column("settings_sha256", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("lawful_basis", sa.String(), nullable=False),
        sa.Column("obtained_on", sa.String(), nullable=False),
        sa.Column("started_at", BIG, autoincrement=False, nullable=False),
        sa.Column("finished_at", BIG, autoincrement=False, nullable=True),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("imported", sa.Integer(), nullable=False),
        sa.Column("merged", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("erased", sa.Integer(), nullable=False),
        sa.Column("shared", sa.Integer(), nullable=False),
        sa.Column("possible_duplicates", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
    )
    op.create_index(
        op.f("ix_import_batch_file_sha256"), "import_batch", ["file_sha256"], unique=False
    )
    op.create_table(
        "ledger_done",
        sa.Column("line_id", sa.String(), nullable=False),
        sa.Column("done_at", BIG, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_ledger_done")),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("created_at", BIG, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", "version", name=op.f("pk_notice")),
    )
    op.create_table(
        "possible_duplicate",
        sa.Column("subject_id", BIG, autoincrement=False, nullable=False),
        sa.Column("other_id", BIG, autoincrement=False, nullable=False),
        sa.Column("found_at", BIG, autoincrement=False, nullable=False),
        sa.Column("settled_at", BIG, autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("subject_id", "other_id", name=op.f("pk_possible_duplicate")),
    )
    op.create_table(
        "register_list",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("register", sa.String(), nullable=False),
        sa.Column("published_on", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("loaded_at", BIG, autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_list")),
    )
    op.create_index(op.f("ix_register_list_register"), "register_list", ["register"], unique=False)
    op.create_table(
        "register_number",
        sa.Column("list_id", sa.String(), nullable=False),
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("list_id", "tag", name=op.f("pk_register_number")),
    )
    op.create_table(
        "restriction",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("subject_id", BIG, autoincrement=False, nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("placed_at", BIG, autoincrement=False, nullable=False),
        sa.Column("lifted_at", BIG, autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restriction")),
    )
    op.create_index(op.f("ix_restriction_subject_id"), "restriction", ["subject_id"], unique=False)
    op.create_table(
        "subject",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("merged_into", BIG, autoincrement=False, nullable=True),
        sa.Column("import_id", sa.String(), nullable=True),
        sa.Column("lawful_basis", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("obtained_on", sa.String(), nullable=False),
        sa.Column("created_at", BIG, autoincrement=False, nullable=False),
        sa.Column("profile_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("profile_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject")),
    )
    op.create_index(op.f("ix_subject_import_id"), "subject", ["import_id"], unique=False)
    op.create_index(op.f("ix_subject_merged_into"), "subject", ["merged_into"], unique=False)
    op.create_table(
        "suppression",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("since_at", BIG, autoincrement=False, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("attempt", sa.String(), nullable=True),
        sa.Column("words_holder_id", BIG, autoincrement=False, nullable=True),
        sa.Column("words_row_id", BIG, autoincrement=False, nullable=True),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("spread_at", BIG, autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression")),
    )
    op.create_index(op.f("ix_suppression_tag"), "suppression", ["tag"], unique=False)
    op.create_table(
        "watermark",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("seen_at", BIG, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_watermark")),
    )
    op.create_table(
        "contact_point",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("subject_id", BIG, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("created_at", BIG, autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.id"], name=op.f("fk_contact_point_subject_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_point")),
    )
    op.create_index(
        op.f("ix_contact_point_subject_id"), "contact_point", ["subject_id"], unique=False
    )
    op.create_table(
        "suppression_lift",
        sa.Column("suppression_id", sa.String(), nullable=False),
        sa.Column("consent_id", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("lifted_at", BIG, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["suppression_id"], ["suppression.id"], name=op.f("fk_suppression_lift_suppression_id")
        ),
        sa.PrimaryKeyConstraint("suppression_id", "consent_id", name=op.f("pk_suppression_lift")),
    )
