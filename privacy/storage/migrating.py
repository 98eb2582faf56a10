"""Bringing the two databases to this release's tables, with Alembic.

Main and vault have a version tree each. A desk is upgraded forward only. Every command asks
which revision a database is at: Alembic is loaded by an upgrade, and not by that.
"""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from privacy.storage.tables.everything import load

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

HELD_IN = "alembic_version"
REVISION = "[0-9][0-9][0-9][0-9]_*.py"
"""A file of a tree: `0007_what_it_does.py` of main is the revision `main0007`."""


def upgrade(engine: Engine, tree: str, to: str = "heads") -> None:
    """Upgrade one database; `tree` is main or vault. Nothing happens when it is current."""
    with as_file(files("privacy.storage.migrations") / tree) as folder:
        script = _script(folder)
        with engine.begin() as db:
            _run(db, script, to, tree)


def current(engine: Engine) -> str | None:
    """The revision a database is at; None before its first."""
    with engine.connect() as db:
        if not inspect(db).has_table(HELD_IN):
            return None
        held: str | None = db.execute(
            text(f"SELECT version_num FROM {HELD_IN}")  # noqa: S608 (a name of ours)
        ).scalar_one_or_none()
        return held


def newest(tree: str) -> str | None:
    """The newest revision of this release."""
    with as_file(files("privacy.storage.migrations") / tree) as folder:
        last = max((file.name[:4] for file in (folder / "versions").glob(REVISION)), default=None)
        return last and f"{tree}{last}"


def _script(folder: Path) -> ScriptDirectory:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def _run(db: Connection, script: ScriptDirectory, to: str, tree: str) -> None:
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext

    main, vault = load()
    config = Config()
    config.set_main_option("path_separator", "os")

    def steps(revision: object, _context: object) -> object:
        return script._upgrade_revs(to, revision)  # type: ignore[arg-type]

    with EnvironmentContext(config, script, fn=steps, destination_rev=to) as context:
        context.configure(
            connection=db,
            target_metadata=main if tree == "main" else vault,
            transactional_ddl=False,
        )
        context.run_migrations()
