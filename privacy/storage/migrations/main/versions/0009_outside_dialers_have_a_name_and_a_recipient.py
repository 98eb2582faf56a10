"""Outside dialers have a name and a recipient."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "main0009"
down_revision = "main0008"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("dialer_token", sa.Column("name", sa.String(), server_default="", nullable=False))
    op.add_column(
        "dialer_token", sa.Column("recipient", sa.String(), server_default="", nullable=False)
    )
    op.add_column("dialer_token", sa.Column("role", sa.String(), server_default="", nullable=False))
    op.add_column(
        "dialer_token", sa.Column("country", sa.String(), server_default="", nullable=False)
    )
