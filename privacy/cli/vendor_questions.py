"""`rightsdesk vendor questionnaire` and `extension`: what vendors are asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from privacy.actors import Act
from privacy.cli.options import Common, common_options
from privacy.cli.running import answer, open_run
from privacy.cli.showing import console, note, table
from privacy.errors import BadInput
from privacy.vendors import questionnaires
from privacy.vendors.extensions import extended
from privacy.vendors.questionnaire import Form, Questionnaire

LARGEST = 2_000_000


@click.command(epilog="Example: rightsdesk vendor questionnaire --section hours")
@click.option("--section", default="", help="Only this section.")
@click.option("--check", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@common_options
def questionnaire(common: Common, section: str, path: Path | None) -> None:
    """What vendors are asked, and how each answer counts; --check FILE tries an extension."""
    if path is not None:
        found = extended([_document(path)])
        told = {"schema": "rightsdesk.vendor-extension-checked/1", **_summary(found)}
        answer(common, told, lambda: console().print(f"It fits: {len(found.questions)} questions."))
        return
    with open_run(common) as run:
        run.actor.require(Act.REPORT)
        with run.desk.reading() as db:
            current = questionnaires.current(db)
        rows = [row for row in _rows(current) if section in ("", row["section"])]
        document = {
            "schema": "rightsdesk.vendor-questionnaire-shown/1",
            **_summary(current),
            "questions": rows,
        }
        columns = ("id", "takes", "weight", "gate", "asked")
        run.answer(
            document,
            lambda: table(
                f"Questionnaire {current.version}",
                columns,
                [[row[key] for key in columns] for row in rows],
                empty="There is no such section.",
            ),
        )


def _summary(found: Questionnaire) -> dict[str, Any]:
    return {
        "name": found.name,
        "version": found.version,
        "sha256": found.sha256,
        "count": len(found.questions),
        "weight": sum(each.weight for each in found.questions.values()),
    }


def _rows(found: Questionnaire) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for each in found.questions.values():
        rows.append(
            {
                "id": each.id,
                "section": each.section,
                "asked": each.ask,
                "takes": _takes(each.form),
                "weight": each.weight,
                "gate": "gate" if each.gate else "",
                "rule": each.score_rule,
                "evidence": each.evidence,
                "condition": each.condition_text or None,
                "jurisdictions": sorted(each.jurisdictions),
                "citations": [found.citations[key].cite for key in each.why],
                "tested_on_call_records": each.cdr_test or None,
            }
        )
        rows += [
            {
                "id": fact.id,
                "section": each.section,
                "asked": fact.ask,
                "takes": _takes(fact.form),
                "weight": 0,
                "gate": "",
            }
            for fact in found.facts.values()
            if fact.of == each.id
        ]
    return rows


def _takes(form: Form) -> str:
    if form.countries:
        return "countries or states: DE,US-CA"
    if form.options:
        joined = " | " if form.kind.value == "choice" else ","
        return joined.join(form.options)
    if form.numerator:
        return f"{form.numerator}/{form.denominator}"
    return {"number": "percent, such as 2.1", "integer": "a whole number", "date": "a day"}[
        form.kind.value
    ]


@click.group()
def extension() -> None:
    """The controller's own questions, put in by id."""


@extension.command(epilog="Example: rightsdesk vendor extension add own-questions.json")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@common_options
def add(common: Common, path: Path) -> None:
    """Put an extension behind those that stand; nothing is saved if it does not fit."""
    document = _document(path)
    with open_run(common) as run:
        found = questionnaires.add(run.desk, run.actor, document)
        told = {"schema": "rightsdesk.vendor-extension/1", **_summary(found)}
        run.answer(
            told, lambda: console().print(f"Added: {len(found.questions)} questions are asked now.")
        )


@extension.command("list", epilog="Example: rightsdesk vendor extension list")
@common_options
def list_command(common: Common) -> None:
    """The extensions in the order in which they are applied."""
    with open_run(common) as run:
        run.actor.require(Act.REPORT)
        with run.desk.reading() as db:
            rows = [
                {
                    "namespace": each.namespace,
                    "questions": len(each.body["questions"]),
                    "added_by": each.added_by,
                    "sha256": each.sha256,
                }
                for each in questionnaires.extensions(db)
            ]
        columns = ("namespace", "questions", "added_by", "sha256")
        run.answer(
            {"schema": "rightsdesk.vendor-extensions/1", "extensions": rows},
            lambda: table(
                "Extensions",
                columns,
                [[row[key] for key in columns] for row in rows],
                empty="There is none. `rightsdesk vendor extension add FILE` adds one.",
            ),
        )


@extension.command(epilog="Example: rightsdesk vendor extension remove acme")
@click.argument("namespace")
@common_options
def remove(common: Common, namespace: str) -> None:
    """Take an extension out; its answers stay and do not count."""
    with open_run(common) as run:
        questionnaires.remove(run.desk, run.actor, namespace)
        document = {"schema": "rightsdesk.vendor-extension-removed/1", "namespace": namespace}
        run.answer(document, lambda: note(f"Removed: {namespace}"))


def _document(path: Path) -> Any:
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError
        return json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError):
        raise BadInput(
            "The extension cannot be read.",
            what="extension",
            next="Give a file of JSON in UTF-8; docs/vendors.md has its form.",
        ) from None
