"""The document of management evidence by control objectives: tests run now, documents in force."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from privacy.actors import Act, Actor
from privacy.audit.as_of import AsOf
from privacy.cli.control_tests import Bench, run
from privacy.cli.report_made import Gathered, parties
from privacy.clock import micros, rfc3339
from privacy.controls import clauses, evidence
from privacy.controls.clauses import Clause
from privacy.controls.evidence import Evidence
from privacy.desk import Desk
from privacy.storage.engines import is_sqlite
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import ConsentRow
from privacy.storage.tables.desk import Actor as ActorRow
from privacy.storage.tables.gateway import AttemptRow
from privacy.storage.tables.people import Subject

LIMITS = (
    "It is management's own evidence about its own system. No independent practitioner examined"
    " it, and it carries nobody's conclusion.",
    "A test says what the desk's own data show at one instant; what nobody recorded is not seen.",
    "A registered document is known by its title, version and digest: its content was not read.",
    "Backups, premises and other systems of the controller are outside the desk: documents alone"
    " can show them.",
)
SHOWN = (
    "id", "kind", "clauses", "title", "version", "dated_on", "valid_until", "people", "staff",
    "sha256", "kept", "reference", "state", "added_at",
)  # fmt: skip


def data(desk: Desk, actor: Actor, from_on: date, to_on: date, as_of: AsOf) -> Gathered:
    """Objectives A to I of those days, tested now."""
    from reports import data_protection_audit

    actor.require(Act.REPORT)
    zone = desk.config.controller.zone
    bench = bench_of(desk, actor, from_on, to_on, as_of)
    with desk.reading() as db:
        described = _description(desk, db)
    return Gathered(
        {
            **parties(desk),
            "schema": data_protection_audit.SCHEMA,
            "period": {"from_on": from_on.isoformat(), "to_on": to_on.isoformat(), "zone": zone},
            "read": {"at": rfc3339(as_of.at), "tree_size": as_of.size},
            "description": described,
            "objectives": [
                clause_row(each, run(bench, each)) for each in clauses.of_set(clauses.OBJECTIVE)
            ],
            "evidence": [evidence_row(each, to_on) for each in bench.evidence],
            "limits": list(LIMITS),
        }
    )


def bench_of(desk: Desk, actor: Actor, from_on: date, to_on: date, as_of: AsOf) -> Bench:
    """What tests of those days are run on."""
    zone = ZoneInfo(desk.config.controller.zone)
    start = datetime.combine(from_on, time(0), tzinfo=zone)
    end = datetime.combine(to_on + timedelta(days=1), time(0), tzinfo=zone)
    with desk.reading() as db:
        held = evidence.listed(db, as_of.at)
    return Bench(desk, actor, from_on, to_on, micros(start), micros(end), as_of, held)


def clause_row(clause: Clause, tests: list[dict[str, Any]]) -> dict[str, Any]:
    """A clause in the form of the document."""
    return {
        "id": clause.id,
        "title": clause.title,
        "citation": clause.citation,
        "asks": clause.asks,
        "needs": list(clause.needs),
        "verification": clause.verification,
        "tests": tests,
    }


def evidence_row(found: Evidence, on: date) -> dict[str, Any]:
    """A registered document in the form of the document."""
    told = found.document(on)
    return {name: told[name] for name in SHOWN}


def _description(desk: Desk, db: Connection) -> list[dict[str, Any]]:
    actors = table_of(ActorRow)
    roles = db.execute(
        select(actors.c.role, func.count())
        .where(actors.c.active.is_(True))
        .group_by(actors.c.role)
        .order_by(actors.c.role)
    ).all()
    store = "SQLite, two files" if is_sqlite(desk.reads) else "PostgreSQL, two databases"
    rows: list[tuple[str, str, int | None]] = [
        ("Store", f"{store}; personal data sealed with AES-256-GCM", None)
    ]
    rows += [
        (name, "", int(db.execute(select(func.count()).select_from(table_of(model))).scalar_one()))
        for name, model in (
            ("Persons and their stripped rows", Subject),
            ("Consent records", ConsentRow),
            ("Call attempts", AttemptRow),
        )
    ]
    told = ", ".join(f"{role} {count}" for role, count in roles)
    rows.append(("Active actors", f"({told})", sum(int(count) for _, count in roles)))
    return [{"name": name, "value": value, "count": count} for name, value, count in rows]
