"""The worked case of docs/vendors.md: claims, call records, what contradicts what, decision."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from privacy.cli.vendor import group
from privacy.vendors import answering, assessing, claims, files, remediation, rounds
from privacy.vendors.answers import Source
from privacy.vendors.calls import store as call_store
from privacy.vendors.calls.audit import audit, document
from privacy.vendors.reading import base
from privacy.vendors.scoring import score
from tests.desks import MadeDesk
from tests.vendors.calls.test_audit_at_a_desk import imported
from tests.vendors.cases import given

DOCS = Path(__file__).parent.parent.parent / "docs" / "vendors.md"
# A share and the gaps of an export are of no single row.
OF_THE_WHOLE = ("abandon-01", "records-01")
SAID: dict[str, Any] = {
    "scope-01": 20_000,
    "scope-02": ["predictive", "prerecorded"],
    "scope-03": ["US-CA", "US-TX"],
    "abandon-01": 2.4,
    "consent-05": "same_day",
    "contract-07": "partly",
}


def decided(made: MadeDesk, folder: Path) -> dict[str, Any]:
    """The case from the first answer to the decision: every scoring, and what came between."""
    import_id, _ = imported(made, folder)
    desk, dpo = made.desk, made.dpo
    with desk.reading() as db:
        vendor_id = call_store.import_of(db, import_id).vendor_id
    rounds.ask(desk, dpo, vendor_id, made.clock.now().date() + timedelta(days=30))
    answering.record(desk, dpo, vendor_id, list(given(SAID).values()), Source.FORM)
    alone = assessing.assess(desk, dpo, vendor_id)
    today = made.clock.now().date()
    files.keep(
        desk,
        dpo,
        vendor_id,
        sorted(base().questions),
        "binder.pdf",
        b"the vendor's binder",
        valid_from=today,
        valid_until=today + timedelta(days=365),
    )
    backed = assessing.assess(desk, dpo, vendor_id)
    told = document(audit(desk, dpo, import_id))
    with desk.reading() as db:
        kept = call_store.import_of(db, import_id)
    contradicted = claims.from_calls(desk, dpo, told, kept.manifest)
    tested = assessing.assess(desk, dpo, vendor_id)
    questionnaire, case = assessing.case_of(desk, dpo, vendor_id)
    gaps = score(questionnaire, case).gaps()
    items = remediation.open_items(desk, dpo, vendor_id, questionnaire, gaps, "vendor")
    owned = assessing.assess(desk, dpo, vendor_id)
    return {
        "calls": kept.calls,
        "alone": alone,
        "backed": backed,
        "contradicted": contradicted,
        "tested": tested,
        "owned": owned,
        "items": items,
    }


def test_the_call_records_decide_against_a_vendor_whose_answers_were_approved(
    made: MadeDesk, tmp_path: Path
) -> None:
    case = decided(made, tmp_path)
    assert case["backed"]["outcome"] == "approved"
    assert case["tested"]["outcome"] == case["owned"]["outcome"] == "not_approved"
    assert case["tested"]["contradicted"] == case["contradicted"]
    for question_id in case["contradicted"]:
        line = next(q for q in case["tested"]["questions"] if q["id"] == question_id)
        assert line["value"] == "0"
        shown = [test for test in line["claim_vs_record"] if test["contradicts"]]
        assert shown
        assert any(test["rows"] for test in shown) or question_id in OF_THE_WHOLE
    text = DOCS.read_text()
    for name in ("alone", "backed", "tested"):
        assert f"total {case[name]['total']}, {case[name]['outcome']}" in text, name
    assert ", ".join(f"`{each}`" for each in case["contradicted"]) in text
    gates = ", ".join(f"`{each}`" for each in case["tested"]["gates_failed"])
    assert f"gates at 0: {gates}" in text
    assert f"{len(case['items'])} items" in text
    assert f"{case['calls']} calls with one breach" in text
    hours = next(q for q in case["tested"]["questions"] if q["id"] == "hours-01")
    first, second = hours["claim_vs_record"][0]["rows"]
    assert f"rows {first} and {second} of the export" in text


def test_the_page_names_every_kind_of_finding_and_every_command() -> None:
    text = DOCS.read_text()
    kinds = {by.kind for each in base().questions.values() for by in each.contradicted_by}
    assert [kind for kind in sorted(kinds) if f"`{kind}`" not in text] == []
    commands = group.list_commands(click.Context(group))
    others = {"calls", "audit-calls", "demo-records", "new", "list", "show", "contact", "end"}
    assert [each for each in commands if f"vendor {each}" not in text and each not in others] == []
