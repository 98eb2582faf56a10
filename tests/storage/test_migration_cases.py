"""Requests and holds of the release before come to head with their data; a timeline is fixed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from privacy.storage.engines import open_engine, sqlite_url
from privacy.storage.migrating import upgrade
from tests.postgres import Server

BEFORE = "main0003"
ROWS = (
    "INSERT INTO rights_request (id, holder_id, kind, law, channel, state, owner, received_at,"
    " opened_at, identity_level, plan, plan_sha256, planned_by, approved_by, outcome, certificate,"
    " certificate_sha256) VALUES ('rq-1', 7, 'access', 'UK_GDPR', 'post', 'open', 'handler', 1, 2,"
    " 'none', '', '', '', '', '', '', '')",
    "INSERT INTO request_event (request_id, seq, type, at, recorded_at, actor, facts)"
    " VALUES ('rq-1', 1, 'opened', 1, 2, 'handler', '{}')",
    "INSERT INTO legal_hold (id, subject_id, reason, placed_by, placed_at)"
    " VALUES ('ho-1', 42, 'file-17', 'dpo', 5)",
)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield sqlite_url(tmp_path / "old.db")
        return
    server = request.getfixturevalue("postgres_server")
    assert isinstance(server, Server)
    name = server.create()
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def old(url: str) -> Iterator[Engine]:
    """A main database of the release before, with a request, its event and a hold."""
    engine = open_engine(url, create=True)
    upgrade(engine, "main", BEFORE)
    with engine.begin() as db:
        for row in ROWS:
            db.execute(text(row))
    yield engine
    engine.dispose()


def test_a_request_and_a_hold_of_before_are_kept_as_they_were(old: Engine) -> None:
    upgrade(old, "main")
    with old.begin() as db:
        request = db.execute(text("SELECT law, laws, asked_by, harm FROM rights_request")).one()
        assert tuple(request) == ("UK_GDPR", "UK_GDPR", "person", "ordinary")
        hold = text("SELECT id, subject_id, reason, scope, until_on FROM legal_hold")
        assert tuple(db.execute(hold).one()) == ("ho-1", 42, "file-17", "person", "")
        db.execute(
            text(
                "INSERT INTO legal_hold (id, subject_id, reason, placed_by, placed_at, scope,"
                " request_id) VALUES ('ho-2', NULL, 'file-18', 'dpo', 6, 'case', 'rq-1')"
            )
        )


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM request_event",
        "UPDATE request_event SET at = 9",
        "UPDATE request_event SET type = 'closed'",
        "UPDATE request_event SET facts = '{\"by\": 1}'",
    ],
)
def test_a_timeline_is_never_changed_or_shortened(old: Engine, change: str) -> None:
    upgrade(old, "main")
    with pytest.raises(DBAPIError, match="only ever added to"), old.begin() as db:
        db.execute(text(change))
    with old.begin() as db:
        db.execute(text("UPDATE request_event SET note_sealed = NULL"))
