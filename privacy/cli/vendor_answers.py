"""`rightsdesk vendor ask`, `answer`, `answers`, `evidence`: what a vendor says, with proof."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from privacy.actors import Act
from privacy.cli.options import Common, common_options, private
from privacy.cli.running import Run, open_run
from privacy.cli.showing import console, note, table, visible
from privacy.errors import BadInput
from privacy.rights.package.writing import write_private
from privacy.vendors import answering, files, questionnaires, rounds, store
from privacy.vendors.answers import Answer, Source, read_file, typed
from privacy.vendors.applying import hidden_by, known_of, scope_of

DAY = click.DateTime(["%Y-%m-%d"])
VENDOR = click.argument("vendor_id", metavar="VENDOR")


@click.command(epilog="Example: rightsdesk vendor ask vd-… --due 2026-12-31")
@VENDOR
@click.option("--due", type=DAY, required=True, help="The last day; later silence scores 0.")
@click.option("--reason", type=click.Choice(["period", "asked"]), default=None)
@common_options
def ask(common: Common, vendor_id: str, due: datetime, reason: str | None) -> None:
    """Ask the vendor, for the first time or again; its answers are due by a day."""
    with open_run(common) as run:
        made = rounds.ask(run.desk, run.actor, vendor_id, due.date(), reason or "")
        document = {"schema": "rightsdesk.vendor-round/1", **made.document()}
        run.answer(
            document,
            lambda: console().print(f"Round {made.number}: answers are due by {made.due_on}."),
        )


@click.command(
    epilog="Example: rightsdesk vendor answer vd-… contract-02=yes data-01=3/5 scope-03=DE,US-CA"
)
@VENDOR
@click.argument("pairs", nargs=-1, metavar="QUESTION=ANSWER…")
@click.option("--file", "path", metavar="FILE|-", help="A JSON file of answers, whole or not.")
@click.option("--comment", metavar="TEXT|-", default="", help="The vendor's words; sealed.")
@common_options
def answer(
    common: Common, vendor_id: str, pairs: tuple[str, ...], path: str | None, comment: str
) -> None:
    """Record answers: all of them or, if one is wrong, none.

    `-` as an answer asks for it: QUESTION=-.
    """
    if bool(pairs) == bool(path):
        raise BadInput("Give answers or --file.", what="answer", next="See --help.")
    words = private(comment, "Comment") or ""
    document = None if path is None else _read_json(path)
    with open_run(common) as run:
        with run.desk.reading() as db:
            questionnaire = questionnaires.current(db)
            vendor = store.vendor(db, vendor_id)
        if document is not None:
            given = read_file(questionnaire, document, vendor_id=vendor.id)
            source = Source.FILE
        else:
            given = [
                typed(questionnaire, key, value, words, by="controller")
                for key, value in _pairs(pairs)
            ]
            source = Source.TYPED
        _refuse_twice(given)
        count = answering.record(run.desk, run.actor, vendor.id, given, source)
        told = {
            "schema": "rightsdesk.vendor-answered/1",
            "vendor": vendor.id,
            "recorded": count,
            "questions": [each.question for each in given],
        }
        run.answer(told, lambda: console().print(f"Recorded {count} answers."))


@click.command(epilog="Example: rightsdesk vendor answers vd-… --json")
@VENDOR
@click.option("--open", "only_open", is_flag=True, help="Only what is not answered.")
@common_options
def answers(common: Common, vendor_id: str, only_open: bool) -> None:
    """The questions that apply to the vendor with its answers; opening them stands in the log."""
    with open_run(common) as run:
        given = answering.read(run.desk, run.actor, vendor_id)
        rows = _rows(run, given)
        if only_open:
            rows = [row for row in rows if row["applies"] and row["answer"] is None]
        document = {"schema": "rightsdesk.vendor-answers-shown/1", "questions": rows}
        cells = [
            (
                row["id"],
                visible(_said(row["answer"])),
                "" if row["applies"] else f"hidden by {row['hidden_by']}",
                row["ask"],
            )
            for row in rows
        ]
        run.answer(
            document,
            lambda: table(
                "Answers",
                ("question", "answer", "", "asked"),
                cells,
                empty="Nothing is open: every question that applies is answered.",
            ),
        )


def _rows(run: Run, given: dict[str, Answer]) -> list[dict[str, Any]]:
    with run.desk.reading() as db:
        questionnaire = questionnaires.current(db)
    scope = scope_of(questionnaire, given)
    known = known_of(questionnaire, given, store.today(run.desk))
    rows: list[dict[str, Any]] = []
    for question in questionnaire.questions.values():
        hidden = hidden_by(questionnaire, question, scope, known)
        rows.append(_row(question.id, question.ask, given.get(question.id), hidden))
        rows += [
            _row(fact.id, fact.ask, given.get(fact.id), hidden)
            for fact in questionnaire.facts.values()
            if fact.of == question.id
        ]
    return rows


def _row(key: str, ask_: str, answer_: Answer | None, hidden: str) -> dict[str, Any]:
    return {
        "id": key,
        "ask": ask_,
        "applies": not hidden,
        "hidden_by": hidden or None,
        "answer": None if answer_ is None else answer_.document()["value"],
        "comment": answer_.comment or None if answer_ else None,
    }


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return f"{value['numerator']}/{value['denominator']}"
    return ", ".join(value) if isinstance(value, list) else "" if value is None else str(value)


@click.group()
def evidence() -> None:
    """Files that back answers, each valid from one day to another."""


@evidence.command(
    epilog="Example: rightsdesk vendor evidence add vd-… dpa.pdf --question contract-01"
    " --until 2027-12-31"
)
@VENDOR
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--question", "questions", multiple=True, required=True, help="What it backs.")
@click.option("--from", "since", type=DAY, help="Its first day; default today.")
@click.option("--until", type=DAY, required=True, help="Its last day, included.")
@common_options
def add(
    common: Common,
    vendor_id: str,
    path: Path,
    questions: tuple[str, ...],
    since: datetime | None,
    until: datetime,
) -> None:
    """Seal a file as evidence."""
    if path.stat().st_size > files.LARGEST_BYTES:
        raise BadInput(
            f"Evidence has at most {files.LARGEST_BYTES} bytes.", what="file", next="Split it."
        )
    content = path.read_bytes()
    with open_run(common) as run:
        first: date = store.today(run.desk) if since is None else since.date()
        made = files.keep(
            run.desk,
            run.actor,
            vendor_id,
            questions,
            path.name,
            content,
            valid_from=first,
            valid_until=until.date(),
        )
        document = {"schema": "rightsdesk.vendor-evidence/1", "id": made}
        run.answer(document, lambda: console().print(f"Kept {made}"))


@evidence.command("list", epilog="Example: rightsdesk vendor evidence list vd-…")
@VENDOR
@common_options
def list_command(common: Common, vendor_id: str) -> None:
    """The files on record, without their names: those are sealed."""
    with open_run(common) as run:
        run.actor.require(Act.REPORT)
        with run.desk.reading() as db:
            kept = files.listed(db, store.vendor(db, vendor_id).id)
        rows = [each.document(store.today(run.desk)) for each in kept]
        columns = ("id", "questions", "valid_from", "valid_until", "state")
        run.answer(
            {"schema": "rightsdesk.vendor-evidence-list/1", "evidence": rows},
            lambda: table(
                "Evidence",
                columns,
                [[_said(row[key]) for key in columns] for row in rows],
                empty="No evidence is on file: answers count half at most."
                " `rightsdesk vendor evidence add` adds a file.",
            ),
        )


@evidence.command(epilog="Example: rightsdesk vendor evidence read ev-… --out dpa.pdf")
@click.argument("evidence_id")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A new file, 0600.")
@common_options
def read(common: Common, evidence_id: str, out: Path) -> None:
    """Open a file into a new one that only you can read; it stands in the log."""
    with open_run(common) as run:
        name, content = files.read(run.desk, run.actor, evidence_id)
        write_private(out, content)
        document = {"schema": "rightsdesk.vendor-evidence-read/1", "name": name, "out": str(out)}
        run.answer(document, lambda: console().print(visible(f"{name} in {out}"), markup=False))


@evidence.command(epilog="Example: rightsdesk vendor evidence withdraw ev-…")
@click.argument("evidence_id")
@common_options
def withdraw(common: Common, evidence_id: str) -> None:
    """The file backs nothing any more; it stays readable."""
    with open_run(common) as run:
        files.withdraw(run.desk, run.actor, evidence_id)
        document = {"schema": "rightsdesk.vendor-evidence/1", "id": evidence_id, "withdrawn": True}
        run.answer(document, lambda: note(f"Withdrawn: {evidence_id}"))


def _pairs(pairs: tuple[str, ...]) -> list[tuple[str, str]]:
    found = []
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign:
            raise BadInput("An answer is QUESTION=ANSWER.", what="answer", next="See --help.")
        found.append((key.strip(), private(value, f"Answer to {key}") or ""))
    return found


def _refuse_twice(given: list[Answer]) -> None:
    if len({each.question for each in given}) != len(given):
        raise BadInput("A question is answered twice.", what="answer", next="Give each one once.")


def _read_json(path: str) -> Any:
    """A JSON document of at most 5 MB from a file or standard input."""
    try:
        if path == "-":
            content = sys.stdin.read(5_000_001)
        else:
            with Path(path).open(encoding="utf-8") as file:
                content = file.read(5_000_001)
        if len(content) > 5_000_000:
            raise ValueError
        return json.loads(content)
    except (ValueError, OSError, RecursionError):
        raise BadInput(
            "The file of answers cannot be read.",
            what="--file",
            next="Give a file of JSON in UTF-8; docs/vendors.md has its form.",
        ) from None
