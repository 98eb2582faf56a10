"""Gateway and requests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "main0003"
down_revision = "main0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "dialer_token",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("campaigns", sa.String(), nullable=False),
        sa.Column("rate_per_s", sa.Float(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("created_at", BIG, autoincrement=False, nullable=False),
        sa.Column("expires_at", BIG, autoincrement=False, nullable=False),
        sa.Column("revoked_at", BIG, autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dialer_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_dialer_token_token_hash")),
    )
    op.create_table(
        "erasure_step",
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("done_at", BIG, autoincrement=False, nullable=True),
        sa.Column("entry_id", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("request_id", "number", name=op.f("pk_erasure_step")),
    )
    op.create_table(
        "gateway_rate",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("tat_at", BIG, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_gateway_rate")),
    )
    op.create_table(
        "kept_key",
        sa.Column("holder_id", BIG, autoincrement=False, nullable=False),
        sa.Column("key_class", sa.String(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("ground", sa.String(), nullable=False),
        sa.Column("citation", sa.String(), nullable=False),
        sa.Column("until_on", sa.String(), nullable=False),
        sa.Column("destroyed_at", BIG, autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("holder_id", "key_class", name=op.f("pk_kept_key")),
    )
    op.create_index(op.f("ix_kept_key_request_id"), "kept_key", ["request_id"], unique=False)
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("subject_id", BIG, autoincrement=False, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("placed_by", sa.String(), nullable=False),
        sa.Column("placed_at", BIG, autoincrement=False, nullable=False),
        sa.Column("released_at", BIG, autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    op.create_index(op.f("ix_legal_hold_subject_id"), "legal_hold", ["subject_id"], unique=False)
    op.create_table(
        "number_lease",
        sa.Column("candidate_id", BIG, autoincrement=False, nullable=False),
        sa.Column("gateway", sa.String(), nullable=False),
        sa.Column("until_at", BIG, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("candidate_id", name=op.f("pk_number_lease")),
    )
    op.create_table(
        "rights_request",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("holder_id", BIG, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("law", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("received_at", BIG, autoincrement=False, nullable=False),
        sa.Column("opened_at", BIG, autoincrement=False, nullable=False),
        sa.Column("subject_id", BIG, autoincrement=False, nullable=True),
        sa.Column("identity_level", sa.String(), nullable=False),
        sa.Column("file_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("plan", sa.String(), nullable=False),
        sa.Column("plan_sha256", sa.String(), nullable=False),
        sa.Column("planned_by", sa.String(), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=False),
        sa.Column("approved_seq", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("certificate", sa.String(), nullable=False),
        sa.Column("certificate_sha256", sa.String(), nullable=False),
        sa.Column("closed_at", BIG, autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_request")),
    )
    op.create_index(
        op.f("ix_rights_request_holder_id"), "rights_request", ["holder_id"], unique=False
    )
    op.create_index(op.f("ix_rights_request_state"), "rights_request", ["state"], unique=False)
    op.create_index(
        op.f("ix_rights_request_subject_id"), "rights_request", ["subject_id"], unique=False
    )
    op.create_table(
        "trunk",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("rate_per_s", sa.Float(), nullable=False),
        sa.Column("concurrency", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trunk")),
    )
    op.create_table(
        "campaign",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("trunk", sa.String(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("caller_id", sa.String(), nullable=False),
        sa.Column("script", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("opt_out_key", sa.String(), nullable=False),
        sa.Column("rate_per_s", sa.Float(), nullable=False),
        sa.Column("concurrency", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("min_gap_s", sa.Integer(), nullable=False),
        sa.Column("ring_s", sa.Integer(), nullable=False),
        sa.Column("max_s", sa.Integer(), nullable=False),
        sa.Column("facts", sa.String(), nullable=False),
        sa.Column("created_at", BIG, autoincrement=False, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("started_at", BIG, autoincrement=False, nullable=True),
        sa.ForeignKeyConstraint(["trunk"], ["trunk.id"], name=op.f("fk_campaign_trunk")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
    )
    op.create_table(
        "request_challenge",
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("subject_id", BIG, autoincrement=False, nullable=True),
        sa.Column("expires_at", BIG, autoincrement=False, nullable=False),
        sa.Column("tries_left", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["rights_request.id"], name=op.f("fk_request_challenge_request_id")
        ),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_request_challenge")),
    )
    op.create_index(
        op.f("ix_request_challenge_subject_id"), "request_challenge", ["subject_id"], unique=False
    )
    op.create_table(
        "request_event",
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("at", BIG, autoincrement=False, nullable=False),
        sa.Column("recorded_at", BIG, autoincrement=False, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("facts", sa.String(), nullable=False),
        sa.Column("row_id", BIG, autoincrement=False, nullable=True),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["request_id"], ["rights_request.id"], name=op.f("fk_request_event_request_id")
        ),
        sa.PrimaryKeyConstraint("request_id", "seq", name=op.f("pk_request_event")),
    )
    op.create_table(
        "request_package",
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("approved_seq", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("entry_id", sa.String(), nullable=False),
        sa.Column("released_at", BIG, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["rights_request.id"], name=op.f("fk_request_package_request_id")
        ),
        sa.PrimaryKeyConstraint("request_id", "approved_seq", name=op.f("pk_request_package")),
    )
    op.create_table(
        "candidate",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("campaign_id", sa.String(), nullable=False),
        sa.Column("subject_id", BIG, autoincrement=False, nullable=True),
        sa.Column("point_id", BIG, autoincrement=False, nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_try_at", BIG, autoincrement=False, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_decision_id", BIG, autoincrement=False, nullable=True),
        sa.Column("last_rule", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_candidate_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidate")),
    )
    op.create_index(
        "ix_candidate_campaign_state_next",
        "candidate",
        ["campaign_id", "state", "next_try_at"],
        unique=False,
    )
    op.create_index(op.f("ix_candidate_point_id"), "candidate", ["point_id"], unique=False)
    op.create_index(op.f("ix_candidate_subject_id"), "candidate", ["subject_id"], unique=False)
    op.create_index(
        "uq_candidate_campaign_point", "candidate", ["campaign_id", "point_id"], unique=True
    )
    op.create_table(
        "decision",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("campaign_id", sa.String(), nullable=False),
        sa.Column("candidate_id", BIG, autoincrement=False, nullable=False),
        sa.Column("attempt_id", sa.String(), nullable=True),
        sa.Column("at", BIG, autoincrement=False, nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("deciding_rule", sa.String(), nullable=False),
        sa.Column("rules", sa.String(), nullable=False),
        sa.Column("place_code", sa.String(), nullable=False),
        sa.Column("consent_class", sa.String(), nullable=False),
        sa.Column("pack_sha256", sa.String(), nullable=False),
        sa.Column("next_try_at", BIG, autoincrement=False, nullable=True),
        sa.Column("holder_id", BIG, autoincrement=False, nullable=True),
        sa.Column("facts_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_decision_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    op.create_index(op.f("ix_decision_attempt_id"), "decision", ["attempt_id"], unique=False)
    op.create_index(op.f("ix_decision_campaign_id"), "decision", ["campaign_id"], unique=False)
    op.create_index(op.f("ix_decision_candidate_id"), "decision", ["candidate_id"], unique=False)
    op.create_index(op.f("ix_decision_holder_id"), "decision", ["holder_id"], unique=False)
    op.create_table(
        "attempt",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("campaign_id", sa.String(), nullable=False),
        sa.Column("candidate_id", BIG, autoincrement=False, nullable=False),
        sa.Column("decision_id", BIG, autoincrement=False, nullable=False),
        sa.Column("trunk", sa.String(), nullable=False),
        sa.Column("dialer", sa.String(), nullable=False),
        sa.Column("resource", sa.String(), nullable=False),
        sa.Column("subject_id", BIG, autoincrement=False, nullable=True),
        sa.Column("point_id", BIG, autoincrement=False, nullable=True),
        sa.Column("tag", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("live", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("cause", sa.Integer(), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("consent_class", sa.String(), nullable=False),
        sa.Column("consent_id", sa.String(), nullable=False),
        sa.Column("place_code", sa.String(), nullable=False),
        sa.Column("permit_hash", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", BIG, autoincrement=False, nullable=False),
        sa.Column("expires_at", BIG, autoincrement=False, nullable=False),
        sa.Column("redeemed_at", BIG, autoincrement=False, nullable=True),
        sa.Column("dial_before_at", BIG, autoincrement=False, nullable=True),
        sa.Column("slot_until_at", BIG, autoincrement=False, nullable=False),
        sa.Column("ended_at", BIG, autoincrement=False, nullable=True),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_attempt_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decision.id"], name=op.f("fk_attempt_decision_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        sa.UniqueConstraint("permit_hash", name=op.f("uq_attempt_permit_hash")),
    )
    op.create_index("ix_attempt_campaign_live", "attempt", ["campaign_id", "live"], unique=False)
    op.create_index(op.f("ix_attempt_candidate_id"), "attempt", ["candidate_id"], unique=False)
    op.create_index(op.f("ix_attempt_dialer"), "attempt", ["dialer"], unique=False)
    op.create_index(op.f("ix_attempt_subject_id"), "attempt", ["subject_id"], unique=False)
    op.create_index("ix_attempt_tag_issued", "attempt", ["tag", "issued_at"], unique=False)
    op.create_index(
        "uq_attempt_live_tag",
        "attempt",
        ["tag"],
        unique=True,
        sqlite_where=sa.text("live = 1"),
        postgresql_where=sa.text("live = 1"),
    )
    op.create_table(
        "attempt_event",
        sa.Column("attempt_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at_ms", BIG, autoincrement=False, nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("received_at", BIG, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name=op.f("fk_attempt_event_attempt_id")
        ),
        sa.PrimaryKeyConstraint("attempt_id", "seq", name=op.f("pk_attempt_event")),
    )
