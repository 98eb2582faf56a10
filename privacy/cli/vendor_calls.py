"""`rightsdesk vendor audit-calls` and `vendor calls`: call records of vendors, put to the test."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from privacy.actors import Act
from privacy.cli.options import Common, common_options
from privacy.cli.running import Run, answer, open_run
from privacy.cli.showing import console, note, progress, table
from privacy.errors import BadInput
from privacy.rights.package import writing
from privacy.terms import Purpose
from privacy.vendors import store as vendors

FILE = click.Path(path_type=Path)
SCHEMA = "rightsdesk.vendor-audit-calls/1"


@click.command(
    epilog="Example: rightsdesk vendor audit-calls vd-… Master.csv --zone America/New_York"
    " --clock 'server local time, kept by NTP' --trunk-prefix 9 --from 2026-10-01 --to 2026-10-31"
)
@click.argument("vendor")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=FILE)
@click.option("--format", "form", default="", help="When it is not known by itself.")
@click.option("--zone", default="", metavar="ZONE", help="IANA zone of times that name none.")
@click.option("--clock", default="", help="Which clock wrote them, and who says so.")
@click.option("--dates", default="", metavar="dmy|mdy", help="Order of dates like 5/10/2026.")
@click.option("--region", default="", metavar="CC", help="Country of numbers without a code.")
@click.option("--trunk-prefix", "prefixes", multiple=True, help="Dialled before numbers: 9, 011.")
@click.option("--columns", default="", help="Field list, with commas (3CX, FreeSWITCH).")
@click.option("--mapping", type=FILE, help="TOML that says which column of a CSV is what.")
@click.option("--statuses", type=FILE, help="The vendor's status table (VICIdial).")
@click.option("--opt-out-word", "words", multiple=True, help="A disposition that is an opt-out.")
@click.option("--consumer-leg", type=click.Choice(["parent", "child"]), default="parent")
@click.option("--from", "first", metavar="DATE", help="First day that the export is of.")
@click.option("--to", "last", metavar="DATE", help="Last day that the export is of.")
@click.option("--invoice-count", type=int, metavar="N", help="Calls on the carrier's invoice.")
@click.option("--rejects", type=FILE, help="Where the file of rejects goes; default beside FILE.")
@click.option("--replace", default="", metavar="IMPORT", help="That import was read wrongly.")
@click.option(
    "--purpose",
    type=click.Choice([purpose.value for purpose in Purpose]),
    default=Purpose.MARKETING.value,
    show_default=True,
    help="What the vendor was to call for.",
)
@click.option("--report", type=FILE, help="New file for the report vendor-calls (PDF).")
@common_options
def audit_calls(common: Common, vendor: str, files: tuple[Path, ...], **told: Any) -> None:
    """Import the call records of VENDOR, say whether they are whole, and judge each call.

    All files of one export are given together; the same export again changes nothing. Times
    without a zone are refused until --zone is declared. Numbers, instants, dispositions and
    keys are kept, sealed; names and addresses of the export are not. Each call is judged as of
    its instant by the desk's own consents, opt-outs and lists. The calls count at the gate, and
    opt-outs in them are recorded, before anything is shown.
    """
    from privacy.cli import vendor_judged
    from privacy.vendors.calls.importing import look

    declared = _declared(told)
    if told["report"]:
        writing.refuse_existing(told["report"])
    with open_run(common) as run:
        looked = look(files, declared, run.desk.config.region)
        note(f"{looked.form.title}: {len(looked.files)} files")
        done = _import(run, vendor, looked, told["rejects"], told["replace"])
        judged = vendor_judged.judge(run, done.record.id, Purpose(told["purpose"]))
        document: dict[str, Any] = {
            "schema": SCHEMA,
            **done.document(),
            "audit": judged.document,
            "contradicts": judged.contradicts,
            "report": judged.report(run, told["report"]) if told["report"] else None,
        }

        def human() -> None:
            _show(document)
            vendor_judged.show(judged)

        run.answer(document, human)


def _declared(told: dict[str, Any]) -> Any:
    """The declaration that the options make."""
    from privacy.vendors.calls.declared import Declared

    return Declared(
        form=told["form"],
        zone=told["zone"],
        clock=told["clock"],
        dates=told["dates"],
        region=told["region"].upper(),
        trunk_prefixes=told["prefixes"],
        columns=tuple(name.strip() for name in told["columns"].split(",") if name.strip()),
        opt_out_words=told["words"],
        consumer_leg=told["consumer_leg"],
        mapping=told["mapping"],
        statuses=told["statuses"],
        first=_date(told["first"], "--from"),
        last=_date(told["last"], "--to"),
        invoiced=told["invoice_count"],
    )


def _import(run: Run, vendor: str, looked: Any, rejects: Path | None, replace: str) -> Any:
    from privacy.vendors.calls.importing import import_calls

    with progress() as bar:
        task = bar.add_task("Looking", total=None)

        def told(what: str, done: int, of: int) -> None:
            bar.update(task, description=what, completed=done, total=of or None)

        return import_calls(
            run.desk,
            run.actor,
            vendor,
            looked,
            rejects=rejects,
            replace=replace,
            progress=told,
        )


def _date(text: str | None, option: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput("That is no date.", what=option, next="Write it as 2026-11-01.") from None


def _show(document: dict[str, Any]) -> None:
    found, manifest = document["import"], document["manifest"]
    out = console()
    if document["restated"]:
        out.print(f"Its calls stand already as {found['id']}; what was stated now was taken.")
    elif document["unchanged"]:
        out.print(f"This export stands already as {found['id']}; nothing was changed.")
    rows = manifest["rows"]
    told = [
        (name, rows[name])
        for name in ("read", "calls", "blocked", "legs", "duplicates", "known", "refused")
    ]
    told += [(f"aside: {name.replace('_', ' ')}", count) for name, count in rows["asides"].items()]
    told += [(f"odd: {name.replace('_', ' ')}", count) for name, count in rows["odd"].items()]
    table(f"Import {found['id']}", ("", "records"), told)
    checks = manifest["completeness"]
    table(
        "Is it whole?",
        ("check", "verdict", "what was found"),
        [
            (check["code"].replace("_", " "), check["verdict"].replace("_", " "), check["text"])
            for check in checks
        ],
    )
    for check in checks:
        if check["next"]:
            out.print(f"{check['code'].replace('_', ' ')}: {check['next']}", markup=False)
    if document["rejects"]:
        out.print(f"Rows that were not taken, by line and reason: {document['rejects']}")


@click.group("calls")
def calls_group() -> None:
    """Imported call records of vendors, and the formats that can be read."""


@calls_group.command("list", epilog="Example: rightsdesk vendor calls list --vendor vd-…")
@click.option("--vendor", default="", help="Of this vendor only.")
@common_options
def list_command(common: Common, vendor: str) -> None:
    """Exports that were imported, oldest first."""
    from privacy.vendors.calls import store

    with open_run(common) as run:
        run.actor.require(Act.REPORT)
        with run.desk.reading() as db:
            vendor_id = vendors.vendor(db, vendor).id if vendor else ""
            found = [each.document() for each in store.listed(db, vendor_id)]
        columns = ("id", "vendor", "format", "state", "calls", "from", "to")
        run.answer(
            {"schema": "rightsdesk.vendor-calls/1", "imports": found},
            lambda: table(
                "Call records",
                columns,
                [[each[name] for name in columns] for each in found],
                empty="None was imported. `rightsdesk vendor audit-calls VENDOR FILE` does.",
            ),
        )


@calls_group.command(epilog="Example: rightsdesk vendor calls show vi-…")
@click.argument("import_id", metavar="IMPORT")
@common_options
def show(common: Common, import_id: str) -> None:
    """One import: what was declared, counted and missing. Opens no call."""
    from privacy.vendors.calls import store

    with open_run(common) as run:
        run.actor.require(Act.REPORT)
        with run.desk.reading() as db:
            found = store.import_of(db, import_id)
        document = {
            "schema": "rightsdesk.vendor-call-import/1",
            "import": found.document(),
            "unchanged": False,
            "restated": False,
            "rejects": None,
            "manifest": dict(found.manifest),
        }

        def human() -> None:
            if found.state == store.DONE:
                _show(document)
            else:
                console().print(f"Import {found.id}: {found.state}.")

        run.answer(document, human)


@calls_group.command(epilog="Example: rightsdesk vendor calls drop vi-…")
@click.argument("import_id", metavar="IMPORT")
@common_options
def drop(common: Common, import_id: str) -> None:
    """Destroy the calls of an import that broke off or was read wrongly; its row stays."""
    from privacy.vendors.calls import store

    with open_run(common) as run:
        store.replace(run.desk, run.actor, import_id)
        with run.desk.reading() as db:
            found = store.import_of(db, import_id)
        run.answer(
            {"schema": "rightsdesk.vendor-call-import/1", "import": found.document()},
            lambda: console().print(f"Import {found.id}: {found.state}."),
        )


@calls_group.command(epilog="Example: rightsdesk vendor calls formats")
@common_options
def formats(common: Common) -> None:
    """What can be read, how its times are made absolute, and what it can prove."""
    from privacy.vendors.calls.catalogue import documents

    found = documents()
    answer(
        common,
        {"schema": "rightsdesk.vendor-call-formats/1", "formats": found},
        lambda: table(
            "Formats of call records",
            ("format", "what", "zone", "one call is known by", "proves", "in part"),
            [
                (
                    each["name"],
                    each["title"],
                    each["zone"],
                    each["key"],
                    ", ".join(check for check, mark in each["proves"].items() if mark == "Y"),
                    ", ".join(check for check, mark in each["proves"].items() if mark == "P"),
                )
                for each in found
            ],
        ),
    )
