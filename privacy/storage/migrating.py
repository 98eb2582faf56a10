"""Bringing the two databases to this release's tables, with Alembic.

Main and vault have a version tree each. A desk is upgraded forward only.
"""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from privacy.storage.tables.everything import load


def upgrade(engine: Engine, tree: str, to: str = "heads") -> None:
    """Upgrade one database; `tree` is main or vault. Nothing happens when it is current."""
    with as_file(files("privacy.storage.migrations") / tree) as folder:
        script = _script(folder)
        with engine.begin() as db:
            _run(db, script, to, tree)


def current(engine: Engine) -> str | None:
    """The revision a database is at; None before its first."""
    with engine.connect() as db:
        return MigrationContext.configure(db).get_current_revision()


def newest(tree: str) -> str | None:
    """The newest revision of this release."""
    with as_file(files("privacy.storage.migrations") / tree) as folder:
        return _script(folder).get_current_head()


def _script(folder: Path) -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def _run(db: Connection, script: ScriptDirectory, to: str, tree: str) -> None:
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
