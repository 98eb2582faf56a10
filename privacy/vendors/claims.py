"""What runs over a vendor's call records found, kept beside its claims.

The audit of call records hands its findings in here; which of them contradict which answer is
decided by the questionnaire. A new run takes the place of earlier runs for the kinds it tested.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from privacy.actors import Act, Actor
from privacy.clock import micros
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.storage.tables.base import table_of
from privacy.storage.tables.vendors import VendorClaimTest
from privacy.storage.unit import Unit
from privacy.vendors import answering, findings, questionnaires, store
from privacy.vendors.contradictions import MOST_ROWS, Tested
from privacy.vendors.scoring import Case, score
from privacy.vendors.standing import failing


def record(
    desk: Desk, actor: Actor, vendor_id: str, run_id: str, tests: Sequence[Tested]
) -> list[str]:
    """Keep the findings of a run; the ids of the questions that they contradict now.

    Give those without exceptions too: they show that a claim was tested and held. BadInput for a
    kind that no question names, or counts that cannot be.
    """
    actor.require(Act.ASSESS_VENDOR)
    with desk.reading() as db:
        vendor = store.vendor(db, vendor_id)
        questionnaire = questionnaires.current(db)
    known = {by.kind for each in questionnaire.questions.values() for by in each.contradicted_by}
    for test in tests:
        _check(test, known)
    answers = answering.read(desk, actor, vendor.id)
    found = score(questionnaire, Case(store.today(desk), answers, tests=tuple(tests)))
    contradicted = [line.question.id for line in found.contradicted()]
    gates = [line.question.id for line in found.failed_gates() if line in found.contradicted()]

    def job(unit: Unit) -> list[str]:
        store.lock(unit, vendor.id)
        table = table_of(VendorClaimTest)
        # The same run judged again takes its own place.
        again = (table.c.vendor_id == vendor.id) & (table.c.run_id == run_id)
        unit.db.execute(delete(table).where(again))
        unit.db.execute(
            update(table)
            .where(
                table.c.vendor_id == vendor.id,
                table.c.kind.in_({each.kind for each in tests}),
                table.c.replaced_at.is_(None),
            )
            .values(replaced_at=micros(unit.now))
        )
        for each in tests:
            unit.db.execute(insert(table).values(**_row(each, vendor.id, run_id, unit)))
        store.tell(unit, vendor.id, "tested", actor.id, {"run": run_id, "tests": len(tests)})
        if contradicted:
            facts = {"run": run_id, "questions": " ".join(contradicted)}
            store.tell(unit, vendor.id, "contradicted", actor.id, facts)
            failing(unit, vendor.id, gates)
        unit.append("vendor.claims_tested", actor.id, object=run_id, count=len(tests))
        return contradicted

    return desk.write(job)


def from_calls(
    desk: Desk,
    actor: Actor,
    audit: Mapping[str, Any],
    manifest: Mapping[str, Any] | None = None,
) -> list[str]:
    """Keep what an audit of call records, and the completeness of its export, say of claims.

    `audit`: the document rightsdesk.vendor-call-audit/1, which names vendor and import.
    """
    tests = [*findings.of_audit(audit), *findings.of_completeness(manifest or {})]
    return record(desk, actor, str(audit["vendor"]), str(audit["import"]), tests)


def newest(db: Connection, vendor_id: str) -> tuple[Tested, ...]:
    """The newest tests of each kind, as scoring counts them."""
    table = table_of(VendorClaimTest)
    rows = db.execute(
        select(table)
        .where(table.c.vendor_id == vendor_id, table.c.replaced_at.is_(None))
        .order_by(table.c.kind, table.c.finding_id)
    )
    return tuple(_tested(row) for row in rows)


def _check(test: Tested, known: set[str]) -> None:
    if test.kind not in known:
        raise BadInput(
            "No question of the questionnaire is tested by findings of that kind.",
            what="kind",
            next="docs/vendors.md lists the kinds.",
        )
    if not 0 <= test.exceptions <= test.tested or bool(test.rows) > bool(test.exceptions):
        raise BadInput(
            "The counts of a finding do not fit: rows, exceptions and tested rows.",
            what=test.kind,
            next="Nothing was saved.",
        )


def _row(test: Tested, vendor_id: str, run_id: str, unit: Unit) -> dict[str, Any]:
    return {
        "vendor_id": vendor_id,
        "run_id": run_id,
        "finding_id": test.finding_id,
        "kind": test.kind,
        "rows": json.dumps(list(test.rows[:MOST_ROWS])),
        "exceptions": test.exceptions,
        "tested": test.tested,
        "measured": "" if test.measured is None else f"{test.measured:f}",
        "sampled": int(test.sampled),
        "period_from": test.period_from,
        "period_to": test.period_to,
        "found_at": micros(unit.now),
    }


def _tested(row: Row[Any]) -> Tested:
    return Tested(
        row.kind,
        row.finding_id,
        tuple(json.loads(row.rows)),
        row.exceptions,
        row.tested,
        Decimal(row.measured) if row.measured else None,
        bool(row.sampled),
        row.period_from,
        row.period_to,
        row.run_id,
    )
