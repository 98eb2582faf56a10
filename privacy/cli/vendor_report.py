"""The data of the reports on vendors: due diligence on one, and several side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from privacy.cli.options import Common, common_options
from privacy.cli.report_made import Gathered, parties
from privacy.cli.running import Run
from privacy.cli.vendor_answers import VENDOR
from privacy.clock import rfc3339
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.gateway import vendors as gate
from privacy.vendors import (
    abroad,
    assessing,
    contract,
    files,
    giving,
    questionnaires,
    remediation,
    store,
    sub_processors,
)
from privacy.vendors.clauses import clauses
from privacy.vendors.questionnaire import Questionnaire

DILIGENCE, COMPARISON = "vendor-due-diligence", "vendor-comparison"
KINDS = frozenset({DILIGENCE, COMPARISON})
MOST_ROWS = 200
LIMITS = (
    "Answers are the vendor's word. Evidence shows what a file says; nobody of the controller was"
    " on the vendor's premises for this report.",
    "Call records are tested as the vendor handed them over. A call that is in no record"
    " contradicts nothing; the completeness of the export is a claim of its own.",
    "Weights, bars, floors and days are a proposal of the questionnaire and come from no law.",
    "The register of sub-processors and the transfers hold what was recorded; that there are no"
    " others they do not show.",
    "Citations marked memory or secondary were not read in their source.",
)
COMPARED_LIMITS = (
    "Vendors are compared by what each answered and was tested on; who handed over no call records"
    " was tested less, which a higher total does not show.",
    "Questions that do not apply to a vendor count nowhere for it: totals rest on different"
    " questions.",
    "Weights, bars, floors and days are a proposal of the questionnaire and come from no law.",
)


def data(run: Run, kind: str, vendor_ids: Sequence[str]) -> Gathered:
    """The document of that kind. BadInput without a vendor, or for one that was never scored."""
    if not vendor_ids:
        raise BadInput("Which vendor?", what="--vendor", next="See `rightsdesk vendor list`.")
    if kind == COMPARISON:
        return comparison(run, vendor_ids)
    if len(vendor_ids) > 1:
        raise BadInput("One vendor at a time.", what="--vendor", next="Or vendor-comparison.")
    return diligence(run, vendor_ids[0])


def diligence(run: Run, vendor_id: str) -> Gathered:
    """The newest scoring that was kept, and what stands beside it. Opening it is audited."""
    from reports import vendor_due_diligence as report

    desk = run.desk
    with desk.reading() as db:
        vendor = store.vendor(db, vendor_id)
        kept = assessing.last(db, vendor.id)
    if kept is None:
        raise BadInput(
            "This vendor was never scored.",
            what=vendor.id,
            next="`rightsdesk vendor score` decides first; the report says what was decided.",
        )
    told = assessing.explanation(desk, run.actor, kept.id)
    today = store.today(desk)
    with desk.reading() as db:
        questionnaire = questionnaires.current(db)
        chain = sub_processors.engaged(db, vendor.id)
        names = {each.id: each.name for each in chain}
        looked = {key: each.row() for key, each in contract.found(db, vendor.id).items()}
        document: dict[str, Any] = {
            **parties(desk),
            "schema": report.SCHEMA,
            "vendor": {"id": vendor.id, "name": vendor.name, "country": vendor.country},
            "read": _read(desk),
            **scored(questionnaire, told, kept.id, kept.scored_by),
            "clauses": _clauses(looked),
            **_chain([each.row() for each in chain]),
            "transfers": [
                _texts({**each.row(today), "to": names.get(each.sub_processor_id, "")}, TRANSFER)
                for each in abroad.listed(db, vendor.id)
            ],
            "given": [
                {key: row[key] for key in ("way", "what", "why", "lines", "first", "last")}
                for row in giving.transfers(db, vendor)
            ],
            "evidence": [
                {key: row[key] for key in EVIDENCE}
                for row in (each.document(today) for each in files.listed(db, vendor.id))
            ],
            "items": [
                {"question": row["question_id"], **{key: row[key] for key in ITEM}}
                for row in (each.document(today) for each in remediation.of_vendor(db, vendor.id))
            ],
            "history": [
                {
                    "at": rfc3339(each.scored_at),
                    "total": each.total or None,
                    "tier": each.tier,
                    "outcome": each.outcome,
                }
                for each in assessing.history(db, vendor.id)
            ],
            "permits": _permits(desk, gate.why_not(db, desk.config, vendor.name, desk.now())),
            "limits": list(LIMITS),
        }
    return Gathered(document)


TRANSFER = ("country", "to", "tool", "cite", "assessed", "valid_until", "state")
EVIDENCE = ("id", "questions", "valid_from", "valid_until", "state", "sha256")
ITEM = ("id", "finding", "severity", "owner", "due", "state")


def comparison(run: Run, vendor_ids: Sequence[str]) -> Gathered:
    """Those vendors as they stand today. BadInput for one alone, one named twice, or too many."""
    from reports import vendor_comparison as report

    if not 2 <= len(vendor_ids) <= report.MOST:
        raise BadInput(
            f"Two to {report.MOST} vendors stand side by side.",
            what="--vendor",
            next="Give --vendor once for each.",
        )
    told = assessing.compare(run.desk, run.actor, vendor_ids)
    if len(told["vendors"]) != len(vendor_ids):
        raise BadInput("A vendor is named twice.", what="--vendor", next="Give each once.")
    with run.desk.reading() as db:
        questionnaire = questionnaires.current(db)
    document = {
        **parties(run.desk),
        "schema": report.SCHEMA,
        "on": store.today(run.desk).isoformat(),
        "read": _read(run.desk),
        **compared(questionnaire, told),
        "limits": list(COMPARED_LIMITS),
    }
    return Gathered(document)


def scored(
    questionnaire: Questionnaire, told: Mapping[str, Any], scoring_id: str, by: str
) -> dict[str, Any]:
    """A scoring's explanation in the form of the report, without comments."""
    names = questionnaire.considerations
    scoring = {
        key: told[key]
        for key in ("on", "outcome", "total", "bar", "tier", "tier_steps", "reasons", "next_review")
    }
    return {
        "scoring": {
            **scoring,
            "id": scoring_id,
            "by": by,
            "jurisdictions": told["jurisdictions"] or [],
            "questionnaire": dict(told["questionnaire"]),
            "facts_sha256": told["facts_sha256"],
        },
        "considerations": [
            {"id": key, "title": names.get(key, key), "percent": percent, "under_floor": False}
            for key, percent in told["considerations"].items()
        ],
        "sections": [
            {key: each[key] for key in ("id", "title", "percent", "under_floor")}
            for each in told["sections"]
        ],
        "questions": [_question(each) for each in told["questions"]],
    }


def _question(each: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("id", "section", "ask", "status", "weight", "points", "gate", "rule", "steps")
    return {
        **{key: each[key] for key in kept},
        "answer": _said(each["answer"]),
        "evidence": list(each["evidence"]),
        "citations": [{"cite": one["cite"], "mark": one["mark"]} for one in each["citations"]],
        "tests": [
            {
                "kind": one["kind"],
                "claimed": _said(one["claimed"]),
                "measured": _said(one["measured"]),
                "bound_95": _said(one["upper_bound_95"]),
                "contradicts": one["contradicts"],
                "exceptions": one["exceptions"],
                "tested": one["tested"],
                "rows": one["rows"][:MOST_ROWS],
            }
            for one in each["claim_vs_record"]
        ],
    }


def compared(questionnaire: Questionnaire, told: Mapping[str, Any]) -> dict[str, Any]:
    """A comparison in the form of the report: cells in the order of the vendors."""
    order = [each["id"] for each in told["vendors"]]
    return {
        "questionnaire_sha256": told["questionnaire_sha256"],
        "vendors": [dict(each) for each in told["vendors"]],
        "sections": [
            {**each, "percent": [each["percent"][key] for key in order]}
            for each in told["sections"]
        ],
        "questions": [
            {
                "id": each["id"],
                "section": questionnaire.questions[each["id"]].section,
                "ask": each["ask"],
                "weight": each["weight"],
                "stands": [each["stands"][key] for key in order],
            }
            for each in told["questions"]
        ],
    }


def _clauses(found: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    for each in clauses().values():
        held = found.get(each.id, {})
        rows.append(
            {
                "list": each.list_id,
                "clause": each.id,
                "what": each.what,
                "cite": each.cite,
                "mark": each.mark,
                "state": held.get("state", "open"),
                "pages": held.get("pages") or "",
                "document": held.get("document") or "",
            }
        )
    return rows


def _chain(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    kept = ("name", "country", "task", "notified", "depth", "missing")
    of = len(rows) * len(sub_processors.PARTICULARS)
    missing = sum(len(row["missing"]) for row in rows)
    return {
        "chain": [_texts(row, kept) for row in rows],
        "complete": {"have": of - missing, "of": of},
    }


def _permits(desk: Desk, why: str) -> dict[str, Any]:
    if not desk.config.vendors.checked:
        return {"given": True, "why": "the setting vendors.permits asks for no assessment"}
    return {"given": not why, "why": why}


def _texts(row: Mapping[str, Any], kept: Sequence[str]) -> dict[str, Any]:
    return {key: "" if row[key] is None else row[key] for key in kept}


def _read(desk: Desk) -> dict[str, Any]:
    with desk.reading() as db:
        size = desk.log.head(db).size
    return {"at": rfc3339(desk.now()), "tree_size": size}


def _said(value: Any) -> str:
    """An answer as a line of text."""
    if isinstance(value, Mapping):
        return f"{value['numerator']} of {value['denominator']}"
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return "" if value is None else str(value)


@click.command("report", epilog="Example: rightsdesk vendor report vd-… --out assessment.pdf")
@VENDOR
@click.option("--against", "others", multiple=True, metavar="VENDOR", help="Side by side with it.")
@click.option("--format", "form", type=click.Choice(["pdf", "html", "json", "csv"]), default="pdf")
@click.option(
    "--out", type=click.Path(path_type=Path), help="New file; default by the kind's name."
)
@click.option("--sign/--no-sign", default=None, help="Default: as signing.sign says.")
@common_options
def report(
    common: Common,
    vendor_id: str,
    others: tuple[str, ...],
    form: str,
    out: Path | None,
    sign: bool | None,
) -> None:
    """The due-diligence report of a vendor, or the comparison with others."""
    from privacy.cli.report import write
    from privacy.cli.report_about import About
    from privacy.cli.report_data import Asked

    kind = COMPARISON if others else DILIGENCE
    write(common, Asked(kind, about=About(vendors=(vendor_id, *others))), form, out, sign)
