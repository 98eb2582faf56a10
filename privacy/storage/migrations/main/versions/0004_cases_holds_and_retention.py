"""Cases in depth; holds of three scopes; retention rules."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "main0004"
down_revision = "main0003"
branch_labels = None
depends_on = None

FIXED = "request_id, seq, type, at, recorded_at, actor, facts"
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "approver_key",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("public_key_pem", sa.String(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("added_at", BIG, autoincrement=False, nullable=False),
        sa.Column("revoked_at", BIG, autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approver_key")),
    )
    op.create_table(
        "profile_version",
        sa.Column("subject_id", BIG, autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("replaced_at", BIG, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("subject_id", "version", name=op.f("pk_profile_version")),
    )
    op.create_index(
        op.f("ix_profile_version_request_id"), "profile_version", ["request_id"], unique=False
    )
    op.create_table(
        "retention_rule",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("start", sa.String(), nullable=False),
        sa.Column("keep_months", sa.Integer(), nullable=False),
        sa.Column("ground", sa.String(), nullable=False),
        sa.Column("citation", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("added_at", BIG, autoincrement=False, nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_rule")),
    )
    op.create_table(
        "retention_event",
        sa.Column("subject_id", BIG, autoincrement=False, nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("on_day", sa.String(), nullable=False),
        sa.Column("recorded_at", BIG, autoincrement=False, nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", "what", name=op.f("pk_retention_event")),
    )
    op.create_table(
        "notice_task",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("import_id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("obtained_at", BIG, autoincrement=False, nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["request_id"], ["rights_request.id"], name=op.f("fk_notice_task_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_task")),
    )
    op.create_index(op.f("ix_notice_task_import_id"), "notice_task", ["import_id"], unique=True)
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("holder_id", BIG, autoincrement=False, nullable=False),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("row_id", BIG, autoincrement=False, nullable=False),
        sa.Column("to_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", BIG, autoincrement=False, nullable=False),
        sa.Column("sent_at", BIG, autoincrement=False, nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("created_at", BIG, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["rights_request.id"], name=op.f("fk_outbox_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(op.f("ix_outbox_holder_id"), "outbox", ["holder_id"], unique=False)
    op.create_index(op.f("ix_outbox_request_id"), "outbox", ["request_id"], unique=False)
    op.create_index(op.f("ix_outbox_state"), "outbox", ["state"], unique=False)
    op.create_table(
        "plan_approval",
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("plan_sha256", sa.String(), nullable=False),
        sa.Column("at", BIG, autoincrement=False, nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["rights_request.id"], name=op.f("fk_plan_approval_request_id")
        ),
        sa.PrimaryKeyConstraint("request_id", "seq", name=op.f("pk_plan_approval")),
    )
    op.create_table(
        "request_attachment",
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("row_id", BIG, autoincrement=False, nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("added_at", BIG, autoincrement=False, nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["rights_request.id"], name=op.f("fk_request_attachment_request_id")
        ),
        sa.PrimaryKeyConstraint("request_id", "number", name=op.f("pk_request_attachment")),
    )
    op.create_table(
        "request_evidence",
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("row_id", BIG, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("added_at", BIG, autoincrement=False, nullable=False),
        sa.Column("deleted_at", BIG, autoincrement=False, nullable=True),
        sa.ForeignKeyConstraint(
            ["request_id"], ["rights_request.id"], name=op.f("fk_request_evidence_request_id")
        ),
        sa.PrimaryKeyConstraint("request_id", "number", name=op.f("pk_request_evidence")),
    )
    op.create_table(
        "request_reminder",
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("on_day", sa.String(), nullable=False),
        sa.Column("made_at", BIG, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["rights_request.id"], name=op.f("fk_request_reminder_request_id")
        ),
        sa.PrimaryKeyConstraint("request_id", "kind", "on_day", name=op.f("pk_request_reminder")),
    )
    op.create_table(
        "request_tag",
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["rights_request.id"], name=op.f("fk_request_tag_request_id")
        ),
        sa.PrimaryKeyConstraint("request_id", "tag", name=op.f("pk_request_tag")),
    )
    op.create_index(op.f("ix_request_tag_tag"), "request_tag", ["tag"], unique=False)
    op.add_column(
        "legal_hold", sa.Column("scope", sa.String(), server_default="person", nullable=False)
    )
    op.add_column("legal_hold", sa.Column("request_id", sa.String(), nullable=True))
    op.add_column("legal_hold", sa.Column("query", sa.String(), server_default="", nullable=False))
    op.add_column(
        "legal_hold", sa.Column("until_on", sa.String(), server_default="", nullable=False)
    )
    # SQLite knows no ALTER COLUMN: there the table is copied.
    with op.batch_alter_table("legal_hold") as holds:
        holds.alter_column("subject_id", existing_type=BIG, nullable=True)
    op.create_index(op.f("ix_legal_hold_request_id"), "legal_hold", ["request_id"], unique=False)
    op.add_column(
        "rights_request", sa.Column("laws", sa.String(), server_default="", nullable=False)
    )
    op.add_column(
        "rights_request", sa.Column("deputy", sa.String(), server_default="", nullable=False)
    )
    op.add_column("rights_request", sa.Column("parent_id", sa.String(), nullable=True))
    op.add_column(
        "rights_request", sa.Column("link", sa.String(), server_default="", nullable=False)
    )
    op.add_column(
        "rights_request",
        sa.Column("asked_by", sa.String(), server_default="person", nullable=False),
    )
    op.add_column(
        "rights_request",
        sa.Column("authority_ok", sa.Integer(), server_default="0", nullable=False),
    )
    op.add_column(
        "rights_request", sa.Column("harm", sa.String(), server_default="ordinary", nullable=False)
    )
    op.add_column(
        "rights_request", sa.Column("letter_on", sa.String(), server_default="", nullable=False)
    )
    op.add_column(
        "rights_request", sa.Column("due_on_stated", sa.String(), server_default="", nullable=False)
    )
    op.create_index(
        op.f("ix_rights_request_parent_id"), "rights_request", ["parent_id"], unique=False
    )
    op.execute("UPDATE rights_request SET laws = law")
    for statement in fixed_timeline(op.get_bind().dialect.name):
        op.execute(statement)


def fixed_timeline(dialect: str) -> Iterator[str]:
    """Statements that make a timeline refuse DELETE, and UPDATE but of a sealed note.

    A note dies with its ground; what happened and when does not change. A seat belt
    against slips, not evidence: whoever owns the tables can drop it.
    """
    refused = "a timeline is only ever added to"
    if dialect == "sqlite":
        for change in ("DELETE", f"UPDATE OF {FIXED}"):
            yield (
                f"CREATE TRIGGER request_event_no_{change[:6].lower()} BEFORE {change}"
                f" ON request_event BEGIN SELECT RAISE(ABORT, '{refused}'); END"
            )
        return
    yield (
        "CREATE FUNCTION request_event_fixed() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{refused}'; END $$"
    )
    for name, change in (("no_delete", "DELETE OR TRUNCATE"), ("no_update", f"UPDATE OF {FIXED}")):
        yield (
            f"CREATE TRIGGER request_event_{name} BEFORE {change} ON request_event"
            " FOR EACH STATEMENT EXECUTE FUNCTION request_event_fixed()"
        )
