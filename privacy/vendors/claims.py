"""What runs over a vendor's call records found, kept beside its claims.

The audit of call records hands its findings in here; which of them contradict which answer is
decided by the questionnaire. A new run takes the place of earlier runs for the kinds it tested.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert, update

from privacy.actors import Act, Actor
from privacy.clock import micros
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.storage.tables.base import table_of
from privacy.storage.tables.vendors import VendorClaimTest
from privacy.storage.unit import Unit
from privacy.vendors import answering, findings, questionnaires, store, tested
from privacy.vendors.contradictions import MOST_ROWS, Tested
from privacy.vendors.scoring import Case, score
from privacy.vendors.standing import failing


def record(
    desk: Desk, actor: Actor, vendor_id: str, run_id: str, tests: Sequence[Tested]
) -> list[str]:
    """Keep the findings of a run; the ids of the questions that they contradict now.

    The newest calls count: a kind that stands tested on calls of later days keeps that test, and
    an older export, however clean, takes nothing away.

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
    later = _tested_later(desk, vendor.id, run_id, tests)
    counting = tuple(each for each in tests if each.kind not in later)
    answers = answering.read(desk, actor, vendor.id)
    found = score(questionnaire, Case(store.today(desk), answers, tests=counting))
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
                table.c.kind.in_({each.kind for each in counting}),
                table.c.replaced_at.is_(None),
            )
            .values(replaced_at=micros(unit.now))
        )
        for each in tests:
            row = _row(each, vendor.id, run_id, unit)
            row["replaced_at"] = micros(unit.now) if each.kind in later else None
            unit.db.execute(insert(table).values(**row))
        store.tell(unit, vendor.id, "tested", actor.id, {"run": run_id, "tests": len(tests)})
        if contradicted:
            facts = {"run": run_id, "questions": " ".join(contradicted)}
            store.tell(unit, vendor.id, "contradicted", actor.id, facts)
            failing(unit, vendor.id, gates)
        unit.append("vendor.claims_tested", actor.id, object=run_id, count=len(tests))
        return contradicted

    return desk.write(job)


def _tested_later(desk: Desk, vendor_id: str, run_id: str, tests: Sequence[Tested]) -> set[str]:
    """Kinds that another run tested on calls of later days than all of these."""
    last: dict[str, str] = {}
    for each in tests:
        last[each.kind] = max(last.get(each.kind, ""), each.period_to)
    with desk.reading() as db:
        standing = tested.newest(db, vendor_id)
    return {
        each.kind
        for each in standing
        if each.run_id != run_id and "" < last.get(each.kind, "") < each.period_to
    }


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
