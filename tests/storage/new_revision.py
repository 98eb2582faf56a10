"""Write the next revision of a database tree from what differs between head and the tables.

    .venv/bin/python -m tests.storage.new_revision main 0004 "what was added"

A database is upgraded to head, compared with the present tables, and the difference is
written as an explicit migration: it does not change when the tables do. Read the file
before it is committed: a column that may not be empty needs a server default, and rows
that must be converted need a statement of their own.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path
from typing import Any, Literal

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.runtime.migration import MigrationContext
from sqlalchemy import BigInteger, String
from sqlmodel import AutoString

from privacy.storage.engines import open_engine, sqlite_url
from privacy.storage.migrating import newest, upgrade
from privacy.storage.tables.everything import load

FOLDER = Path(__file__).parent.parent.parent / "privacy" / "storage" / "migrations"
TEMPLATE = '''"""{message}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {before!r}
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
{body}
'''


def text_of(kind: str, thing: Any, _context: Any) -> str | Literal[False]:
    """SQLModel's own string type as SQLAlchemy's; our 64-bit integer by its short name."""
    if kind == "type" and isinstance(thing, AutoString):
        return f"sa.{String(thing.length)!r}"
    if kind == "type" and isinstance(thing, BigInteger):
        return "BIG"
    return False


def difference(tree: str) -> str:
    """Statements that bring a database at head to the present tables; `pass` if none."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(sqlite_url(Path(folder) / "tree.db"), create=True)
        if newest(tree):
            upgrade(engine, tree)
        with engine.connect() as db:
            context = MigrationContext.configure(db)
            changes = produce_migrations(context, load()[tree == "vault"]).upgrade_ops
            assert changes is not None
            body = render_python_code(changes, render_item=text_of)
        engine.dispose()
    return re.sub(r" *# (###|commands).*\n?", "", body)


def main() -> None:
    tree, number, message = sys.argv[1:]
    name = re.sub(r"\W+", "_", message.lower())
    path = FOLDER / tree / "versions" / f"{number}_{name}.py"
    path.write_text(
        TEMPLATE.format(
            message=message[0].upper() + message[1:],
            revision=f"{tree}{number}",
            before=newest(tree),
            body=difference(tree),
        )
    )
    print(path)


if __name__ == "__main__":
    main()
