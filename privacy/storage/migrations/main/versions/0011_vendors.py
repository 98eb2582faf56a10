"""Vendors, their answers and evidence, how they were scored and what they have to mend."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "main0011"
down_revision = "main0010"
branch_labels = None
depends_on = None

# What is only ever added to.
FIXED = ("vendor_answer", "vendor_scoring", "vendor_event")

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "vendor",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("holder_id", BIG, autoincrement=False, nullable=False),
        sa.Column("row_id", BIG, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("contact_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", BIG, autoincrement=False, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor")),
        sa.UniqueConstraint("name", name=op.f("uq_vendor_name")),
    )
    op.create_index(op.f("ix_vendor_holder_id"), "vendor", ["holder_id"], unique=False)
    op.create_index(op.f("ix_vendor_state"), "vendor", ["state"], unique=False)
    op.create_table(
        "vendor_extension",
        sa.Column("namespace", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("added_at", BIG, autoincrement=False, nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("namespace", name=op.f("pk_vendor_extension")),
    )
    op.create_table(
        "vendor_answer",
        sa.Column("vendor_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("row_id", BIG, autoincrement=False, nullable=False),
        sa.Column("question_id", sa.String(), nullable=False),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("given_at", BIG, autoincrement=False, nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendor.id"], name=op.f("fk_vendor_answer_vendor_id")
        ),
        sa.PrimaryKeyConstraint("vendor_id", "seq", name=op.f("pk_vendor_answer")),
    )
    op.create_table(
        "vendor_claim_test",
        sa.Column("vendor_id", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("finding_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("rows", sa.String(), nullable=False),
        sa.Column("exceptions", BIG, autoincrement=False, nullable=False),
        sa.Column("tested", BIG, autoincrement=False, nullable=False),
        sa.Column("measured", sa.String(), nullable=False),
        sa.Column("sampled", sa.Integer(), nullable=False),
        sa.Column("period_from", sa.String(), nullable=False),
        sa.Column("period_to", sa.String(), nullable=False),
        sa.Column("found_at", BIG, autoincrement=False, nullable=False),
        sa.Column("replaced_at", BIG, autoincrement=False, nullable=True),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendor.id"], name=op.f("fk_vendor_claim_test_vendor_id")
        ),
        sa.PrimaryKeyConstraint(
            "vendor_id", "run_id", "finding_id", name=op.f("pk_vendor_claim_test")
        ),
    )
    op.create_table(
        "vendor_event",
        sa.Column("vendor_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("at", BIG, autoincrement=False, nullable=False),
        sa.Column("recorded_at", BIG, autoincrement=False, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("facts", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendor.id"], name=op.f("fk_vendor_event_vendor_id")
        ),
        sa.PrimaryKeyConstraint("vendor_id", "seq", name=op.f("pk_vendor_event")),
    )
    op.create_table(
        "vendor_evidence",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("vendor_id", sa.String(), nullable=False),
        sa.Column("questions", sa.String(), nullable=False),
        sa.Column("row_id", BIG, autoincrement=False, nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size_bytes", BIG, autoincrement=False, nullable=False),
        sa.Column("valid_from", sa.String(), nullable=False),
        sa.Column("valid_until", sa.String(), nullable=False),
        sa.Column("added_at", BIG, autoincrement=False, nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("withdrawn_at", BIG, autoincrement=False, nullable=True),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendor.id"], name=op.f("fk_vendor_evidence_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_evidence")),
    )
    op.create_index(
        op.f("ix_vendor_evidence_vendor_id"), "vendor_evidence", ["vendor_id"], unique=False
    )
    op.create_table(
        "vendor_remediation",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("vendor_id", sa.String(), nullable=False),
        sa.Column("question_id", sa.String(), nullable=False),
        sa.Column("finding", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("due_on", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("evidence_ids", sa.String(), nullable=False),
        sa.Column("opened_at", BIG, autoincrement=False, nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("verified_at", BIG, autoincrement=False, nullable=True),
        sa.Column("verified_by", sa.String(), nullable=False),
        sa.Column("row_id", BIG, autoincrement=False, nullable=True),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendor.id"], name=op.f("fk_vendor_remediation_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_remediation")),
    )
    op.create_index(
        op.f("ix_vendor_remediation_vendor_id"), "vendor_remediation", ["vendor_id"], unique=False
    )
    op.create_table(
        "vendor_round",
        sa.Column("vendor_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("opened_at", BIG, autoincrement=False, nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("due_on", sa.String(), nullable=False),
        sa.Column("closed_at", BIG, autoincrement=False, nullable=True),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendor.id"], name=op.f("fk_vendor_round_vendor_id")
        ),
        sa.PrimaryKeyConstraint("vendor_id", "number", name=op.f("pk_vendor_round")),
    )
    op.create_table(
        "vendor_scoring",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("vendor_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("row_id", BIG, autoincrement=False, nullable=False),
        sa.Column("scored_at", BIG, autoincrement=False, nullable=False),
        sa.Column("scored_by", sa.String(), nullable=False),
        sa.Column("questionnaire_sha256", sa.String(), nullable=False),
        sa.Column("facts_sha256", sa.String(), nullable=False),
        sa.Column("tier", sa.String(), nullable=False),
        sa.Column("total", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("next_review_on", sa.String(), nullable=False),
        sa.Column("document_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendor.id"], name=op.f("fk_vendor_scoring_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_scoring")),
    )
    op.create_index(
        op.f("ix_vendor_scoring_vendor_id"), "vendor_scoring", ["vendor_id"], unique=False
    )
    for statement in fixed(op.get_bind().dialect.name):
        op.execute(statement)


def fixed(dialect: str) -> Iterator[str]:
    """Statements by which answers, scorings and events are only ever added to.

    A seat belt against slips, not evidence: whoever owns the tables can drop it. PostgreSQL's
    function stands since revision main0006.
    """
    for table in FIXED:
        if dialect == "sqlite":
            told = "BEGIN SELECT RAISE(ABORT, 'a ledger is only ever added to'); END"
            for change in ("DELETE", "UPDATE"):
                yield (
                    f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} {told}"
                )
        else:
            yield (
                f"CREATE TRIGGER {table}_fixed BEFORE DELETE OR UPDATE OR TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION ledger_fixed()"
            )
