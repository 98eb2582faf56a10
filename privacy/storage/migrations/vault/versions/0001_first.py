"""First tables of the vault database."""

from __future__ import annotations

from alembic import op

from privacy.storage.epoch_guard import make_epoch_guard
from privacy.storage.tables.everything import load

revision = "vault0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _, vault = load()
    vault.create_all(op.get_bind())
    make_epoch_guard(op.get_bind())
