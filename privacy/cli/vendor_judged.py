"""The audit of a vendor's call records: judged with progress, shown, and as a report's data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from privacy.actors import Act
from privacy.cli.report_made import Gathered, parties
from privacy.cli.running import Run
from privacy.cli.showing import console, progress, table
from privacy.clock import instant, rfc3339
from privacy.errors import BadInput
from privacy.gateway import desk_law
from privacy.law.rulebook import rulebook
from privacy.terms import Purpose
from privacy.vendors import claims, claims_tested, questionnaires
from privacy.vendors import store as vendors
from privacy.vendors.calls import sentences
from privacy.vendors.calls.audit import Audited, audit, document, masked, passes, pseudonym
from privacy.vendors.calls.checks import Found
from privacy.vendors.calls.store import Import, import_of
from privacy.vendors.calls.tally import Finding, Row
from privacy.vendors.questionnaire import Questionnaire

KIND = "vendor-calls"
MOST_ROWS = 100_000
MOST_RECORDS = claims_tested.MOST_RECORDS
RESULTS = {
    claims_tested.EXCEPTIONS: "exceptions",
    claims_tested.MEASURED: "measured",
    claims_tested.HELD: "held",
    claims_tested.NOT_PROVABLE: "not provable",
}
LIMITS = (
    "It is evidence by the controller's own system, not the assurance of an independent auditor.",
    "It judges what the vendor wrote down. A call that is in no record, and a time, number or "
    "disposition that is wrong in the record, cannot be seen.",
    "Consent is what the controller's ledger held at the instant of the call. A consent that only "
    "the vendor has is not in it.",
    "Every call is taken as made by an automatic dialer in the controller's name, for the purpose "
    "that was declared; an artificial voice that is not told counts as a person's.",
    "The place of a person is the address on file and what the number tells; where they differ, a "
    "breach is stated only if the law of each of them was broken.",
    "A frequency counts calls of this export, of earlier exports and of the desk's own dialers; a "
    "call that is in none of them is not counted.",
    "Words said in a call, what an agent disclosed, and how soon the greeting came cannot be seen "
    "in call records.",
)


class _Rows:
    """Rows of the file of breaches; of more than it may hold the first that came."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, int, list[str]]] = []
        self.more = False

    def tell(self, row: Row, one: Found) -> None:
        if len(self._rows) >= MOST_ROWS:
            self.more = True
            return
        finding = Finding(one.check, one.rule, one.word, one.reason)
        cells = [
            one.check.word,
            one.rule,
            sentences.citation_of(one.rule),
            " ".join(map(str, row.rows)),
            rfc3339(instant(row.at_us)),
            sentences.local_time(row.at_us, row.zone),
            row.zone,
            pseudonym(row.key),
            masked(row.number),
            sentences.sentence(finding, row),
        ]
        self._rows.append((row.at_us, row.digest, cells))

    def listed(self) -> list[list[str]]:
        return [cells for _, _, cells in sorted(self._rows)]


@dataclass(frozen=True)
class Judged:
    """An import that was judged: what was found, and the questions that it contradicts."""

    audited: Audited
    document: dict[str, Any]
    contradicts: list[str]
    rows: _Rows
    claims: list[dict[str, Any]]

    def report(self, run: Run, path: Path) -> str:
        """Write the report on it; its path."""
        from privacy.cli.report import write_report

        made = _gathered(run, self.audited, self.rows)
        write_report(run.desk, run.actor.id, KIND, made.data, path, annexes=made.annexes)
        return str(path)


def judge(run: Run, import_id: str, purpose: Purpose = Purpose.MARKETING) -> Judged:
    """Judge an import, with a bar; what it says against the vendor's answers is kept.

    Counts and opt-outs are durable before this returns.
    """
    rows = _Rows()
    audited = _audited(run, import_id, purpose, rows.tell)
    told = document(audited)
    with run.desk.reading() as db:
        manifest = import_of(db, import_id).manifest
        questionnaire = questionnaires.current(db)
    contradicts = claims.from_calls(run.desk, run.actor, told, manifest)
    tested = claims_tested.table(questionnaire, told, manifest)
    return Judged(audited, told, contradicts, rows, tested)


def _audited(run: Run, import_id: str, purpose: Purpose, tell: Any) -> Audited:
    with run.desk.reading() as db:
        found = import_of(db, import_id)
        own = desk_law.history(run.desk.folder, db).at(run.desk.now())
    with progress() as bar:
        task = bar.add_task("Judging calls", total=passes(found.calls) * found.calls)
        return audit(
            run.desk,
            run.actor,
            import_id,
            purpose=purpose,
            own=own,
            progress=lambda done: bar.update(task, completed=done),
            tell=tell,
        )


def show(judged: Judged) -> None:
    """The audit for people: verdict, checks, broken rules, what is missing."""
    told, audited = judged.document, judged.audited
    words = {
        "breach": "Breach",
        "not_provable": "Not provable",
        "no_breach_found": "No breach found",
    }
    calls = told["calls"]
    console().print(
        f"{words[audited.verdict]}: {calls['judged']:,} calls judged, {calls['with_breach']:,} with"
        f" a breach; {audited.standing.opt_outs} opt-outs recorded from the records.",
        markup=False,
    )
    table(
        "What was looked for",
        ("check", "breach", "not provable", "no breach"),
        [
            (row["what"], f"{row['breach']:,}", f"{row['not_provable']:,}", f"{row['no_breach']:,}")
            for row in told["checks"]
        ],
    )
    if told["findings"]:
        table(
            "Rules that were broken",
            ("rule", "calls", "first record", "citation"),
            [
                (
                    row["rule"],
                    f"{row['calls']:,}",
                    str(row["rows"][0]["records"][0]) if row["rows"] else "",
                    row["citation"],
                )
                for row in told["findings"]
            ],
        )
    table(
        "Claims tested",
        ("question", "finding", "result", "calls", "figure", "first records, or what is missing"),
        [_claim_row(line) for line in judged.claims],
    )
    if judged.contradicts:
        console().print(f"Contradicts the vendor's answers: {', '.join(judged.contradicts)}.")
    missing = sorted({name for row in told["not_provable"] for name in row["missing"]})
    if missing:
        table(
            "What would prove the rest",
            ("missing", "what it is"),
            [(name, sentences.missing_word(name)) for name in missing],
        )


def _claim_row(line: dict[str, Any]) -> tuple[str, ...]:
    figure = f"{line['measured']} {line['unit']}" if line["measured"] else ""
    calls = f"{line['exceptions']:,} of {line['tested']:,}" if line["tested"] else ""
    last = ", ".join(map(str, line["records"] or line["missing"]))
    kind = line["kind"].replace("_", " ")
    return line["question"], kind, RESULTS[line["result"]], calls, figure, last


def data(run: Run, import_id: str | None, purpose: Purpose = Purpose.MARKETING) -> Gathered:
    """The document of `vendor-calls` and its file of breaches. BadInput without an import."""
    run.actor.require(Act.REPORT)
    if not import_id:
        raise BadInput(
            "Which call records?", what="--import", next="See `rightsdesk vendor calls list`."
        )
    rows = _Rows()
    return _gathered(run, _audited(run, import_id, purpose, rows.tell), rows)


def _gathered(run: Run, audited: Audited, rows: _Rows) -> Gathered:
    from reports import annex, vendor_calls

    with run.desk.reading() as db:
        found = import_of(db, audited.import_id)
        vendor = vendors.vendor(db, audited.vendor_id)
        questionnaire = questionnaires.current(db)
        size = run.desk.log.head(db).size
    written = annex.write(vendor_calls.layout(f"{found.id}/{size}"), rows.listed())
    told = {
        **parties(run.desk),
        "schema": vendor_calls.SCHEMA,
        "vendor": {"id": vendor.id, "name": vendor.name},
        "export": _export(found, audited.purpose),
        "read": {"at": rfc3339(run.desk.now()), "tree_size": size},
        "whole": not rows.more,
        "annexes": [written.annex],
        "limits": list(LIMITS),
        **figures(audited, found, questionnaire),
    }
    return Gathered(told, {written.annex["name"]: written.content})


def figures(audited: Audited, found: Import, questionnaire: Questionnaire) -> dict[str, Any]:
    """What the audit counts, in the form of the report."""
    told = document(audited)
    calls = told["calls"]
    return {
        "period": told["period"],
        "completeness": [
            {name: str(line.get(name, "")) for name in ("code", "verdict", "text", "next")}
            for line in found.manifest.get("completeness", ())
        ],
        "calls": {
            "judged": calls["judged"],
            "blocked": calls["blocked_before_dialing"],
            "with_breach": calls["with_breach"],
        },
        "checks": told["checks"],
        "findings": [
            {
                **{name: one[name] for name in ("check", "rule", "citation", "text", "calls")},
                "first": [
                    {
                        name: row[name]
                        for name in ("records", "local", "zone", "party", "number", "text")
                    }
                    for row in one["rows"][:5]
                ],
            }
            for one in told["findings"]
        ],
        "open": [
            {
                name: one[name]
                for name in (
                    "check", "rule", "citation", "text", "calls", "missing", "missing_words",
                )
            }
            for one in told["not_provable"]
        ],
        "abandonment": [
            {**share, "records": share["records"][:MOST_RECORDS]} for share in told["abandonment"]
        ],
        "claims": [
            {**line, "missing_words": [sentences.missing_word(name) for name in line["missing"]]}
            for line in claims_tested.table(questionnaire, told, found.manifest)
        ],
        "heat": told["heat"],
        "counted": told["counted"],
        "pack": f"{rulebook().pack.name} {rulebook().pack.version}",
    }  # fmt: skip


def _export(found: Import, purpose: str) -> dict[str, Any]:
    declared = found.manifest.get("declared", {})
    return {
        "id": found.id,
        "format": found.format,
        "purpose": purpose,
        "zone": str(declared.get("zone") or ""),
        "manifest_sha256": found.manifest_sha256,
        "files": [
            {"sha256": file["sha256"], "size": file["size"]}
            for file in found.manifest.get("files", ())
        ],
    }
