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


LIMITS = (
    "INSERT INTO trunk (id, rate_per_s, concurrency) VALUES ('trunk-1', 1.0, 2)",
    "INSERT INTO campaign (id, title, state, purpose, channel, trunk, line, caller_id, script,"
    " language, opt_out_key, rate_per_s, concurrency, max_attempts, min_gap_s, ring_s, max_s,"
    " facts, created_at, created_by) VALUES ('cm-1', 't', 'running', 'marketing',"
    " 'voice_prerecorded', 'trunk-1', 'simulator', '+1', 's', 'en', '9', 1.0, 2, 3, 4, 5, 6,"
    " '{}', 7, 'dpo')",
    "INSERT INTO dialer_token (id, token_hash, campaigns, rate_per_s, total, used, created_at,"
    " expires_at) VALUES ('dl-1', :hash, '[]', 1.0, 2, 0, 3, 4)",
)


def test_a_campaign_and_a_token_of_before_gain_no_right(old: Engine) -> None:
    with old.begin() as db:
        for row in LIMITS:
            db.execute(text(row), {"hash": b"h"} if ":hash" in row else {})
    upgrade(old, "main")
    with old.begin() as db:
        limits = (
            "SELECT cap_calls, cap_hours, over_most, over_rate, language_fallback FROM campaign"
        )
        # No over-dial, and whoever was called in the campaign's language still is.
        assert tuple(db.execute(text(limits)).one()) == (0, 0, 0, 0.0, 1)
        token = db.execute(text("SELECT inside, recipient, role FROM dialer_token")).one()
        # Nobody outside is named: it was a dialer that the desk's own staff started.
        assert tuple(token) == (0, "", "")


def test_the_same_earlier_call_stands_once(old: Engine) -> None:
    upgrade(old, "main")
    call = (
        "INSERT INTO earlier_call (id, batch_id, line, tag, at, channel, outcome)"
        " VALUES (:id, 'ch-1', 2, :tag, 5, '', 'busy')"
    )
    with old.begin() as db:
        db.execute(
            text(
                "INSERT INTO call_history (id, file_sha256, source, started_at, imported, known,"
                " rejected, too_old) VALUES ('ch-1', '', 's', 1, 0, 0, 0, 0)"
            )
        )
        db.execute(text(call), {"id": 1, "tag": b"t"})
    with pytest.raises(DBAPIError), old.begin() as db:
        db.execute(text(call), {"id": 2, "tag": b"t"})


CONSENTS = (
    ("c-1", 42, 7, "grant", "marketing", "voice_live", 10),
    ("c-2", 42, 8, "grant", "marketing", "text", 10),
    ("c-3", 42, 7, "grant", "marketing", "voice_live", 30),
    ("c-4", 43, 9, "grant", "marketing", "voice_live", 10),
    ("w-1", 42, 7, "withdrawal", "*", "*", 20),
    ("w-2", None, None, "withdrawal", "*", "*", 40),
)


def test_which_withdrawal_ended_which_consent_is_known_of_before(old: Engine) -> None:
    with old.begin() as db:
        for number, (name, own, point, kind, purpose, channel, at) in enumerate(CONSENTS):
            db.execute(
                text(
                    "INSERT INTO consent_record (id, public_id, subject_id, point_id, kind,"
                    " purpose, channel, consent_class, effective_at, notice_id, notice_version,"
                    " seller, source, documented, recorded_at, recorded_by) VALUES (:id, :name,"
                    " :own, :point, :kind, :purpose, :channel, 'implied', :at, '', 0, '', 'form',"
                    " :yes, :at, 'dpo')"
                ),
                {
                    "id": number + 1,
                    "name": name,
                    "own": own,
                    "point": point,
                    "kind": kind,
                    "purpose": purpose,
                    "channel": channel,
                    "at": at,
                    "yes": True,
                },
            )
    upgrade(old, "main")
    with old.begin() as db:
        rows = db.execute(text("SELECT grant_id, withdrawal_id FROM consent_end")).all()
    assert [tuple(row) for row in rows] == [("c-1", "w-1")]


def test_a_vendor_of_before_stands_for_the_gateway_as_its_newest_scoring_left_it(
    old: Engine,
) -> None:
    upgrade(old, "main", "main0014")
    vendor = (
        "INSERT INTO vendor (id, holder_id, row_id, name, country, state, created_at, created_by)"
        " VALUES (:id, :number, 1, :name, '', :state, 2, 'dpo')"
    )
    scoring = (
        "INSERT INTO vendor_scoring (id, vendor_id, seq, round, row_id, scored_at, scored_by,"
        " questionnaire_sha256, facts_sha256, tier, total, outcome, next_review_on,"
        " document_sealed) VALUES (:id, 'vd-1', :seq, 1, 1, 3, 'dpo', '', '', 'low', '90',"
        " :outcome, :on, :sealed)"
    )
    with old.begin() as db:
        for number, state in ((1, "active"), (2, "active"), (3, "ended")):
            values = {"id": f"vd-{number}", "number": number, "name": f"V{number}", "state": state}
            db.execute(text(vendor), values)
        for seq, outcome, on in ((1, "not_approved", "2026-01-01"), (2, "approved", "2027-01-01")):
            values = {"id": f"vs-{seq}", "seq": seq, "outcome": outcome, "on": on, "sealed": b"x"}
            db.execute(text(scoring), values)
    upgrade(old, "main")
    with old.begin() as db:
        rows = db.execute(
            text("SELECT name, outcome, review_on, ended FROM vendor_standing ORDER BY name")
        )
        assert [tuple(row) for row in rows] == [
            ("V1", "approved", "2027-01-01", 0),
            ("V2", "", "", 0),
            ("V3", "", "", 1),
        ]
