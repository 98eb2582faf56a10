"""The evidence register: what shows a duty, its state on a day, and what never stands in clear."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from privacy.audit.entry import parse
from privacy.cli.main import run
from privacy.controls import clauses, evidence
from privacy.controls.evidence import EvidenceKind, New, Why
from privacy.errors import BadInput, Denied, NotFound
from privacy.storage.tables.audit import AuditEntry
from privacy.storage.tables.base import table_of
from privacy.terms import Role
from tests.desks import MadeDesk, at_the_desk

NAME = "Canarina Canarison"
TRAINING = New(
    EvidenceKind.TRAINING,
    ("tcpa.d2", "C.organisational"),
    "Do-not-call training",
    "2026-10",
    date(2026, 10, 2),
    date(2027, 10, 1),
    14,
    ("op.7", "op.12"),
    f"Attendance: {NAME}".encode(),
)


def entries(made: MadeDesk, action: str) -> list[dict[str, Any]]:
    table = table_of(AuditEntry)
    with made.desk.reading() as db:
        rows = db.execute(table.select().where(table.c.action == action)).all()
    return [parse(bytes(row.body)) for row in rows]


def test_a_document_is_registered_sealed_and_logged_by_its_digest(store: MadeDesk) -> None:
    found = evidence.add(store.desk, store.dpo, TRAINING)
    assert found.sealed
    assert (found.people, found.staff) == (14, ("op.7", "op.12"))
    assert found.sha256 == hashlib.sha256(TRAINING.content or b"").hexdigest()
    (entry,) = entries(store, evidence.ADDED)
    assert (entry["object"], entry["digest"]) == (found.id, found.sha256)
    opened = evidence.read_file(store.desk, store.dpo, found.id)
    assert opened == TRAINING.content


def test_the_file_stands_nowhere_in_clear(made: MadeDesk) -> None:
    evidence.add(made.desk, made.dpo, TRAINING)
    for file in made.settings.desk_dir.glob("*.db*"):
        assert NAME.encode() not in file.read_bytes()


def test_a_document_shows_its_clause_from_its_day_to_its_last_and_until_it_is_withdrawn(
    store: MadeDesk,
) -> None:
    found = evidence.add(store.desk, store.dpo, TRAINING)
    days = {date(2026, 10, 1): "not_yet", date(2026, 10, 2): "in_force"}
    days |= {date(2027, 10, 1): "in_force", date(2027, 10, 2): "expired"}
    assert {day: found.state(day) for day in days} == days
    kinds = ("training",)
    today = store.clock.now().date()
    assert evidence.showing([found], "tcpa.d2", kinds, today) == [found]
    assert evidence.showing([found], "tcpa.d1", kinds, today) == []
    assert evidence.showing([found], "tcpa.d2", ("policy",), today) == []
    before = store.clock.now()
    store.clock.advance(timedelta(hours=1))
    gone = evidence.withdraw(store.desk, store.dpo, found.id, Why.REPLACED)
    assert gone.state(today) == "withdrawn"
    assert evidence.showing([gone], "tcpa.d2", kinds, today) == []
    with store.desk.reading() as db:
        assert evidence.listed(db, before) == [found]
        assert evidence.listed(db, before - timedelta(days=1)) == []
    with pytest.raises(BadInput, match="withdrawn before"):
        evidence.withdraw(store.desk, store.dpo, found.id, Why.WRONG)


MISFITS: tuple[dict[str, Any], ...] = (
    {"clauses": ()},
    {"clauses": ("tcpa.d9",)},
    {"title": " "},
    {"version": "x" * 201},
    {"dated_on": date(2026, 12, 24)},
    {"valid_until": date(2026, 1, 1)},
    {"staff": (NAME,)},
    {"people": 0, "staff": ()},
    {"content": b"x" * (evidence.LARGEST_FILE_BYTES + 1)},
    {"content": None},
    {"content": None, "reference": "archive"},
    {"content": None, "reference": "archive", "sha256": "12"},
)


def test_what_does_not_fit_together_is_refused_and_leaves_nothing(made: MadeDesk) -> None:
    for change in MISFITS:
        with pytest.raises(BadInput) as refused:
            evidence.add(made.desk, made.dpo, replace(TRAINING, **change))
        assert NAME not in str(refused.value)
    with made.desk.reading() as db:
        assert evidence.listed(db) == []


def test_a_document_that_lies_elsewhere_is_known_by_its_digest_alone(made: MadeDesk) -> None:
    kept = replace(TRAINING, content=None, reference="archive, folder 12", sha256="ab" * 32)
    found = evidence.add(made.desk, made.handler, kept)
    assert not found.sealed
    assert found.document(date(2026, 11, 1))["kept"] == "by_reference"
    with pytest.raises(NotFound, match="by reference"):
        evidence.read_file(made.desk, made.dpo, found.id)
    with pytest.raises(Denied):
        evidence.add(made.desk, replace(made.dpo, role=Role.AUDITOR), kept)


def test_every_clause_and_record_class_says_what_it_asks_and_how_it_was_read() -> None:
    kinds = {kind.value for kind in EvidenceKind}
    assert [clause.id for clause in clauses.of_set(clauses.POLICY)] == [
        f"tcpa.d{n}" for n in range(1, 7)
    ]
    objectives = [clause.id[0] for clause in clauses.of_set(clauses.OBJECTIVE)]
    assert "".join(objectives) == "ABCDEFGHI"
    for clause in clauses.clauses():
        assert set(clause.needs) <= kinds
        assert clause.citation
        assert clause.verification in ("verified", "secondary", "practice", "memory")
    classes = clauses.record_classes()
    assert [each.id for each in classes] == [f"310.5.{n}" for n in range(1, 12)]
    assert all(each.holds or each.lacks for each in classes)
    assert all(bool(each.source) <= bool(each.holds) for each in classes)


def test_the_commands_register_show_list_and_withdraw(
    made: MadeDesk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    at_the_desk(made, tmp_path, monkeypatch)
    monkeypatch.setenv("RIGHTSDESK_ACTOR", "dpo")
    (tmp_path / "policy.txt").write_text("We keep a list.")

    def told(*words: str) -> dict[str, Any]:
        assert run(["evidence", *words, "--json"]) == 0
        answered: dict[str, Any] = json.loads(capsys.readouterr().out)
        return answered

    ids = told("clauses")["clauses"]
    assert {"id": "tcpa.d1"}.items() <= ids[0].items()
    added = told(
        *("add", "--kind", "policy", "--clause", "tcpa.d1", "--title", "Do-not-call policy"),
        *("--version", "3", "--date", "2026-01-02", "--file", str(tmp_path / "policy.txt")),
    )
    assert added["schema"] == "rightsdesk.evidence/1"
    out = tmp_path / "copy.txt"
    assert told("show", added["id"], "--file", str(out))["state"] == "in_force"
    assert out.read_text() == "We keep a list."
    assert [row["id"] for row in told("list", "--clause", "tcpa.d1")["evidence"]] == [added["id"]]
    assert told("list", "--clause", "tcpa.d2")["evidence"] == []
    assert told("withdraw", added["id"], "--why", "ended")["state"] == "withdrawn"
    assert run(["evidence", "add", "--kind", "policy", "--json"]) == 2
    capsys.readouterr()
