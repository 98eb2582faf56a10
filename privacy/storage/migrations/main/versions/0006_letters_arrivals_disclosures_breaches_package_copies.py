"""Letters, arrivals, disclosures, breaches, package copies."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "main0006"
down_revision = "main0005"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# What stays as it was written. A disclosure loses its person only, an event its note only.
FIXED = {
    "disclosure": "id, recipient, role, country, what, why, basis, way, sold, ref, at, by, detail",
    "breach_event": "breach_id, seq, type, at, recorded_at, actor, facts",
}


def upgrade() -> None:
    op.create_table(
        "arrival_batch",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("file_tag", sa.LargeBinary(), nullable=False),
        sa.Column("next_row", sa.Integer(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("started_at", BIG, autoincrement=False, nullable=False),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("finished_at", BIG, autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrival_batch")),
        sa.UniqueConstraint("file_tag", name=op.f("uq_arrival_batch_file_tag")),
    )
    op.create_table(
        "breach",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("holder_id", BIG, autoincrement=False, nullable=False),
        sa.Column("row_id", BIG, autoincrement=False, nullable=False),
        sa.Column("account_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("laws", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("risk", sa.String(), nullable=False),
        sa.Column("aware_at", BIG, autoincrement=False, nullable=False),
        sa.Column("began_at", BIG, autoincrement=False, nullable=True),
        sa.Column("ended_at", BIG, autoincrement=False, nullable=True),
        sa.Column("opened_at", BIG, autoincrement=False, nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("closed_at", BIG, autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach")),
    )
    op.create_index(op.f("ix_breach_aware_at"), "breach", ["aware_at"], unique=False)
    op.create_index(op.f("ix_breach_holder_id"), "breach", ["holder_id"], unique=False)
    op.create_index(op.f("ix_breach_state"), "breach", ["state"], unique=False)
    op.create_table(
        "disclosure",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("subject_id", BIG, autoincrement=False, nullable=True),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("sold", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("at", BIG, autoincrement=False, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure")),
    )
    op.create_index(op.f("ix_disclosure_at"), "disclosure", ["at"], unique=False)
    op.create_index(op.f("ix_disclosure_recipient"), "disclosure", ["recipient"], unique=False)
    op.create_index(op.f("ix_disclosure_ref"), "disclosure", ["ref"], unique=False)
    op.create_index(op.f("ix_disclosure_subject_id"), "disclosure", ["subject_id"], unique=False)
    op.create_table(
        "print_run",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("manifest", sa.String(), nullable=False),
        sa.Column("made_at", BIG, autoincrement=False, nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("posted_at", BIG, autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_run")),
    )
    op.create_table(
        "arrival",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("received_at", BIG, autoincrement=False, nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("received_by", sa.String(), nullable=False),
        sa.Column("taken_at", BIG, autoincrement=False, nullable=False),
        sa.Column("taken_by", sa.String(), nullable=False),
        sa.Column("holder_id", BIG, autoincrement=False, nullable=False),
        sa.Column("row_id", BIG, autoincrement=False, nullable=False),
        sa.Column("original_tag", sa.LargeBinary(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("original_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("language_by", sa.String(), nullable=False),
        sa.Column("kinds", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("batch_id", sa.String(), nullable=True),
        sa.Column("row_number", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("set_aside_at", BIG, autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrival")),
        sa.UniqueConstraint("original_tag", name=op.f("uq_arrival_original_tag")),
    )
    op.create_index(op.f("ix_arrival_batch_id"), "arrival", ["batch_id"], unique=False)
    op.create_index(op.f("ix_arrival_holder_id"), "arrival", ["holder_id"], unique=False)
    op.create_index(op.f("ix_arrival_received_at"), "arrival", ["received_at"], unique=False)
    op.create_index(op.f("ix_arrival_source"), "arrival", ["source"], unique=False)
    op.create_index(op.f("ix_arrival_state"), "arrival", ["state"], unique=False)
    op.create_table(
        "arrival_case",
        sa.Column("arrival_id", sa.String(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["arrival_id"], ["arrival.id"], name=op.f("fk_arrival_case_arrival_id")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["rights_request.id"], name=op.f("fk_arrival_case_request_id")
        ),
        sa.PrimaryKeyConstraint("arrival_id", "request_id", name=op.f("pk_arrival_case")),
    )
    op.create_index(
        op.f("ix_arrival_case_request_id"), "arrival_case", ["request_id"], unique=False
    )
    op.create_table(
        "breach_event",
        sa.Column("breach_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("at", BIG, autoincrement=False, nullable=False),
        sa.Column("recorded_at", BIG, autoincrement=False, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("facts", sa.String(), nullable=False),
        sa.Column("row_id", BIG, autoincrement=False, nullable=True),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["breach_id"], ["breach.id"], name=op.f("fk_breach_event_breach_id")
        ),
        sa.PrimaryKeyConstraint("breach_id", "seq", name=op.f("pk_breach_event")),
    )
    op.create_table(
        "breach_person",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("breach_id", sa.String(), nullable=False),
        sa.Column("subject_id", BIG, autoincrement=False, nullable=True),
        sa.Column("known_by", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("added_at", BIG, autoincrement=False, nullable=False),
        sa.Column("letter_id", sa.String(), nullable=True),
        sa.Column("told_at", BIG, autoincrement=False, nullable=True),
        sa.ForeignKeyConstraint(
            ["breach_id"], ["breach.id"], name=op.f("fk_breach_person_breach_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach_person")),
    )
    op.create_index(
        op.f("ix_breach_person_breach_id"), "breach_person", ["breach_id"], unique=False
    )
    op.create_index(
        op.f("ix_breach_person_subject_id"), "breach_person", ["subject_id"], unique=False
    )
    op.create_table(
        "letter",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("holder_id", BIG, autoincrement=False, nullable=False),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("breach_id", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("law", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("row_id", BIG, autoincrement=False, nullable=False),
        sa.Column("to_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("templates_sha256", sa.String(), nullable=False),
        sa.Column("made_at", BIG, autoincrement=False, nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=False),
        sa.Column("sent_at", BIG, autoincrement=False, nullable=True),
        sa.Column("message_id", sa.String(), nullable=True),
        sa.Column("print_run_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["request_id"], ["rights_request.id"], name=op.f("fk_letter_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
    )
    op.create_index(op.f("ix_letter_breach_id"), "letter", ["breach_id"], unique=False)
    op.create_index(op.f("ix_letter_holder_id"), "letter", ["holder_id"], unique=False)
    op.create_index(op.f("ix_letter_message_id"), "letter", ["message_id"], unique=False)
    op.create_index(op.f("ix_letter_print_run_id"), "letter", ["print_run_id"], unique=False)
    op.create_index(op.f("ix_letter_request_id"), "letter", ["request_id"], unique=False)
    op.create_index(op.f("ix_letter_state"), "letter", ["state"], unique=False)
    op.create_table(
        "package_copy",
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("approved_seq", sa.Integer(), nullable=False),
        sa.Column("holder_id", BIG, autoincrement=False, nullable=False),
        sa.Column("row_id", BIG, autoincrement=False, nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("dies_at", BIG, autoincrement=False, nullable=False),
        sa.Column("destroyed_at", BIG, autoincrement=False, nullable=True),
        sa.ForeignKeyConstraint(
            ["request_id"], ["rights_request.id"], name=op.f("fk_package_copy_request_id")
        ),
        sa.PrimaryKeyConstraint("request_id", "approved_seq", name=op.f("pk_package_copy")),
    )
    op.create_index(op.f("ix_package_copy_dies_at"), "package_copy", ["dies_at"], unique=False)
    op.create_index(op.f("ix_package_copy_holder_id"), "package_copy", ["holder_id"], unique=False)
    op.add_column("outbox", sa.Column("bounced_at", BIG, autoincrement=False, nullable=True))
    op.add_column("outbox", sa.Column("bounce", sa.String(), server_default="", nullable=False))
    op.add_column(
        "rights_request", sa.Column("language", sa.String(), server_default="", nullable=False)
    )
    for statement in fixed_ledgers(op.get_bind().dialect.name):
        op.execute(statement)


def fixed_ledgers(dialect: str) -> Iterator[str]:
    """Statements by which disclosures and breach timelines are only ever added to.

    A person leaves a disclosure at an erasure (`subject_id` to NULL) and never enters one
    later. A seat belt against slips, not evidence: whoever owns the tables can drop it.
    """
    refused = "a ledger is only ever added to"
    entering = "UPDATE OF subject_id"
    if dialect == "sqlite":
        told = f"BEGIN SELECT RAISE(ABORT, '{refused}'); END"
        for table, columns in FIXED.items():
            yield f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {told}"
            yield f"CREATE TRIGGER {table}_no_update BEFORE UPDATE OF {columns} ON {table} {told}"
        yield (
            f"CREATE TRIGGER disclosure_no_person BEFORE {entering} ON disclosure"
            f" WHEN NEW.subject_id IS NOT NULL {told}"
        )
        return
    yield (
        "CREATE FUNCTION ledger_fixed() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{refused}'; END $$"
    )
    done = "EXECUTE FUNCTION ledger_fixed()"
    for table, columns in FIXED.items():
        yield (
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE OR TRUNCATE ON {table}"
            f" FOR EACH STATEMENT {done}"
        )
        yield (
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE OF {columns} ON {table}"
            f" FOR EACH STATEMENT {done}"
        )
    yield (
        f"CREATE TRIGGER disclosure_no_person BEFORE {entering} ON disclosure"
        f" FOR EACH ROW WHEN (NEW.subject_id IS NOT NULL) {done}"
    )
