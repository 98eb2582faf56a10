"""The tables of a new desk, made by the real migrations once and then again as they were made.

Each test has a desk of its own, and compiling the same hundred statements for each took a
fifth of the whole suite. The first desk of a process is made by Alembic; what it sent to the
database is remembered, and later desks are sent the same; on PostgreSQL a desk gets copies of two
databases that were made so once a run (tests/kept.py). Tests of the migrations themselves never
come here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from privacy import app
from privacy.storage.engines import open_engine
from privacy.storage.migrating import current, upgrade
from tests.postgres import Server

Sent = list[tuple[str, Any]]
# Questions, and what the engine says by itself at the start of a transaction.
PASSED_OVER = ("SELECT", "PRAGMA", "SHOW", "BEGIN", "select", "show")

_sent: dict[tuple[str, str], Sent] = {}


@contextmanager
def made_once() -> Iterator[None]:
    """While this holds, a new desk's tables are made as those of the first were."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(app, "upgrade", _upgrade)
        # A copy of the templates has tables, and nothing of another desk.
        patched.setattr(app, "_refuse_held", lambda _folder, _config: None)
        yield


def templates(server: Server) -> tuple[str, str]:
    """Databases to copy whose tables are those of this release, main and vault, without a row."""
    return server.template("made_main", _filled("main")), server.template(
        "made_vault", _filled("vault")
    )


def _filled(tree: str) -> Callable[[str], None]:
    def fill(url: str) -> None:
        engine = open_engine(url, create=True)
        upgrade(engine, tree)
        engine.dispose()

    return fill


def _upgrade(engine: Engine, tree: str) -> None:
    if engine.dialect.name == "postgresql" and current(engine) is not None:
        return
    key = (engine.dialect.name, tree)
    if key not in _sent:
        _sent[key] = _remembered(engine, tree)
        return
    with engine.begin() as db:
        for statement, parameters in _sent[key]:
            db.exec_driver_sql(statement, parameters or None)


def _remembered(engine: Engine, tree: str) -> Sent:
    sent: Sent = []

    def remember(_db: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if not statement.lstrip().startswith(PASSED_OVER):
            sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", remember)
    upgrade(engine, tree)
    event.remove(engine, "before_cursor_execute", remember)
    return sent
