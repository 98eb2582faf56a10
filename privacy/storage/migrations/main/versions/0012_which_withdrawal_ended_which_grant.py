"""Which withdrawal ended which grant."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "main0012"
down_revision = "main0011"
branch_labels = None
depends_on = None

# What is known of before: of each person's own rows. The names are our own, never input.
KNOWN = """
INSERT INTO consent_end (grant_id, withdrawal_id)
SELECT given.public_id, taken.public_id
FROM consent_record AS given
JOIN consent_record AS taken ON taken.subject_id = given.subject_id
WHERE given.kind = 'grant' AND taken.kind = 'withdrawal'
AND taken.purpose IN ('*', given.purpose) AND taken.channel IN ('*', given.channel)
AND taken.effective_at >= given.effective_at
AND (taken.point_id IS NULL OR taken.point_id = given.point_id)
"""


def upgrade() -> None:
    op.create_table(
        "consent_end",
        sa.Column("grant_id", sa.String(), nullable=False),
        sa.Column("withdrawal_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("grant_id", "withdrawal_id", name=op.f("pk_consent_end")),
    )
    op.create_index(
        op.f("ix_consent_end_withdrawal_id"), "consent_end", ["withdrawal_id"], unique=False
    )
    op.execute(KNOWN)
