"""`rightsdesk contacts`: import, find, show, split, pairs, export."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from privacy.cli.contacts_export import export
from privacy.cli.contacts_package import import_package
from privacy.cli.contacts_restrict import restrict
from privacy.cli.contacts_wish import wish
from privacy.cli.options import Common, common_options, private
from privacy.cli.running import Run, open_run
from privacy.cli.showing import console, note, progress, table
from privacy.clock import rfc3339
from privacy.contacts import store
from privacy.contacts.importing import (
    NOT_STATED,
    ImportOptions,
    ImportResult,
    check,
    import_sheet,
)
from privacy.contacts.sheet import Sheet, open_sheet
from privacy.errors import BadInput
from privacy.imported_consents import keeper
from privacy.rights.notices import open_missing
from privacy.terms import LawfulBasis, OpeningPurpose

PURPOSE = click.Choice([purpose.value for purpose in OpeningPurpose])
FILE = click.Path(path_type=Path)


@click.group()
def group() -> None:
    """The contacts: import lists, find and show persons, undo merges, export."""


@group.command(
    "import",
    epilog="Example: rightsdesk contacts import customers.csv --region GB --source webshop"
    " --lawful-basis consent --obtained-on 2026-11-01",
)
@click.argument("file", type=FILE)
@click.option("--region", default="", metavar="CC", help="Country of the list: GB, US, DE ...")
@click.option("--mapping", type=FILE, help="TOML that says which column is what.")
@click.option("--source", default=NOT_STATED, help="Where the list came from; never a person.")
@click.option("--bought", is_flag=True, help="Somebody else collected it: a notice is owed.")
@click.option(
    "--lawful-basis",
    type=click.Choice([basis.value for basis in LawfulBasis]),
    help="GDPR Article 6(1); every contact keeps it.",
)
@click.option("--obtained-on", metavar="DATE", help="When the data was obtained; default today.")
@click.option("--encoding", default="", help="When the guess is wrong: utf-8, cp1252 ...")
@click.option("--delimiter", default="", help="When the guess is wrong: one character, or tab.")
@click.option("--rejects", type=FILE, help="Where the file of rejects goes; default beside FILE.")
@click.option("--dry-run", is_flag=True, help="Show mapping and counts; change nothing.")
@common_options
def import_command(
    common: Common,
    file: Path,
    region: str,
    mapping: Path | None,
    source: str,
    bought: bool,
    lawful_basis: str | None,
    obtained_on: str | None,
    encoding: str,
    delimiter: str,
    rejects: Path | None,
    dry_run: bool,
) -> None:
    """Import a CSV or vCard file. The same file again changes nothing; an interrupted one goes on.

    Every row becomes imported, merged, unchanged or rejected; the file of rejects
    says line, field and reason and holds no value.
    """
    sheet = open_sheet(
        file, mapping=mapping, encoding=encoding, delimiter=delimiter, region=region.upper()
    )
    with open_run(common) as run:
        options = ImportOptions(
            obtained_on=_date(obtained_on) or run.desk.now().date(),
            source=f"bought: {source}" if bought else source,
            lawful_basis=LawfulBasis(lawful_basis) if lawful_basis else None,
            region=region.upper(),
            rejects=rejects,
            dry_run=dry_run,
        )
        check(options)
        _describe(sheet)
        if options.lawful_basis is None and not dry_run:
            note("No lawful basis is stated; name it with --lawful-basis (GDPR Article 6(1)).")
        result = _import(run, sheet, options)
        document = result.document() | {"dry_run": dry_run, "file": _file_document(sheet)}
        if not dry_run:
            document["notice_tasks"] = [case.id for case in open_missing(run.desk, run.actor)]
            for task in document["notice_tasks"]:
                note(f"These people must be told where their data came from: see request {task}.")
        run.answer(document, lambda: _show_result(result, dry_run))


def _import(run: Run, sheet: Sheet, options: ImportOptions) -> ImportResult:
    with progress() as bar:
        task = bar.add_task("Importing", total=sheet.file.lines)
        result = import_sheet(
            run.desk,
            run.actor,
            sheet,
            options,
            lambda rows: bar.update(task, completed=rows),
            keeper(run.desk, run.actor),
        )
        bar.update(task, completed=result.read, total=result.read)
    return result


def _date(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(
            "That is no date.", what="--obtained-on", next="Write it as 2026-11-01."
        ) from None


def _describe(sheet: Sheet) -> None:
    """Say on stderr how the file is read, before a row of it is used."""
    guessed = " (guessed)" if sheet.file.guessed else ""
    if sheet.mapping is None or sheet.dialect is None:
        note(f"vCard, {sheet.file.encoding}{guessed}")
        return
    layout = f", looks like {sheet.mapping.layout}" if sheet.mapping.layout else ""
    mark = {"\t": "tab"}.get(sheet.dialect.delimiter, sheet.dialect.delimiter)
    note(f"CSV, {sheet.file.encoding}{guessed}, delimiter {mark}{layout}")
    for column in sheet.mapping.columns:
        group_name = f" ({column.group})" if column.group else ""
        note(f"  {column.index + 1:>3}  {column.field}{group_name}  <-  {column.header.strip()}")
    for consent in sheet.mapping.consents:
        channels = ", ".join(consent.channels)
        note(f"  {consent.index + 1:>3}  consent: {consent.kind} for {channels}")


def _file_document(sheet: Sheet) -> dict[str, Any]:
    columns = () if sheet.mapping is None else sheet.mapping.columns
    return {
        "kind": sheet.kind,
        "encoding": sheet.file.encoding,
        "delimiter": sheet.dialect.delimiter if sheet.dialect else None,
        "layout": sheet.mapping.layout if sheet.mapping else None,
        "columns": [{"column": c.index + 1, "field": c.field, "group": c.group} for c in columns],
        "consents": [
            {"column": c.index + 1, "kind": c.kind, "channels": list(c.channels)}
            for c in (sheet.mapping.consents if sheet.mapping else ())
        ],
    }


def _show_result(result: ImportResult, dry_run: bool) -> None:
    rows = [("read", result.read), *result.counts().items(), ("consents told", result.consents)]
    table("Would be done (dry run)" if dry_run else "Import", ("", "rows"), rows)
    if result.reasons:
        by_count = sorted(result.reasons.items(), key=lambda pair: (-pair[1], pair[0]))
        table("Not taken", ("reason", "values"), by_count)
    out = console()
    if result.resumed_at_row is not None:
        out.print(f"Went on at row {result.resumed_at_row}.")
    if result.reject_file is not None:
        out.print(f"Rejects: {result.reject_file}")
    if result.possible_duplicates:
        out.print("Pairs that may be one person: `rightsdesk contacts pairs`.")


@group.command(
    epilog="Example: printf '+442079460000' | rightsdesk contacts find --phone -"
    " --purpose access_request"
)
@click.option("--phone", metavar="N|-", help="A number; - reads it from standard input.")
@click.option("--email", metavar="E|-", help="An e-mail; - reads it from standard input.")
@click.option("--name", metavar="SURNAME|-", help="A surname, together with --postcode.")
@click.option("--postcode", metavar="P|-", help="The postcode of the address.")
@click.option("--region", default="", metavar="CC", help="Country of number and postcode.")
@click.option("--purpose", type=PURPOSE, required=True, help="Why; it stands in the log.")
@common_options
def find(
    common: Common,
    phone: str | None,
    email: str | None,
    name: str | None,
    postcode: str | None,
    region: str,
    purpose: str,
) -> None:
    """Find persons by number, e-mail, or surname with postcode. Exit code 1 for nobody."""
    with open_run(common) as run:
        found = store.find(
            run.desk,
            run.actor,
            OpeningPurpose(purpose),
            phone=private(phone, "Number"),
            email=private(email, "E-mail"),
            surname=private(name, "Surname"),
            postcode=private(postcode, "Postcode"),
            region=region.upper(),
        )
        if not found:
            raise store.nobody("what you gave")
        _show_records(run, "contacts-found", found)


@group.command(epilog="Example: rightsdesk contacts show 377957122048 --purpose access_request")
@click.argument("person", type=int)
@click.option("--purpose", type=PURPOSE, default=OpeningPurpose.LOOKUP.value, show_default=True)
@common_options
def show(common: Common, person: int, purpose: str) -> None:
    """Show a whole person: every record that merges join."""
    with open_run(common) as run:
        records = store.show(run.desk, run.actor, person, OpeningPurpose(purpose))
        _show_records(run, "contact", records)


def _show_records(run: Run, name: str, records: list[store.Record]) -> None:
    document = {
        "schema": f"rightsdesk.{name}/1",
        "persons": [_record_document(record) for record in records],
    }

    def human() -> None:
        for record in records:
            table(f"Person {record.subject_id}", ("", ""), _record_rows(record))

    run.answer(document, human)


def _record_document(record: store.Record) -> dict[str, Any]:
    return {
        "id": record.subject_id,
        "merged_into": record.merged_into,
        "source": record.source,
        "lawful_basis": record.lawful_basis or None,
        "obtained_on": record.obtained_on,
        "created_at": rfc3339(record.created_at),
        "profile": record.profile,
        "phones": list(record.phones),
    }


def _record_rows(record: store.Record) -> list[tuple[str, str]]:
    profile = record.profile
    rows = [("joined to", str(record.merged_into))] if record.merged_into else []
    rows += [(part, text) for names in profile.get("names", []) for part, text in names.items()]
    rows += [("phone", str(phone["number"])) for phone in record.phones]
    rows += [("e-mail", str(mail["address"])) for mail in profile.get("emails", [])]
    for address in profile.get("addresses", []):
        rows.append(("address", ", ".join(filter(None, address.values()))))
    for part in ("organisation", "language", "birthday"):
        if profile.get(part):
            rows.append((part, str(profile[part])))
    rows += [(name, str(value)) for name, value in profile.get("other", {}).items()]
    basis = record.lawful_basis or NOT_STATED
    return [*rows, ("from", f"{record.source}, {record.obtained_on}, basis {basis}")]


@group.command(epilog="Example: rightsdesk contacts split 377957122048")
@click.argument("person", type=int)
@common_options
def split(common: Common, person: int) -> None:
    """Undo a merge: this record is a person of its own again."""
    with open_run(common) as run:
        store.split(run.desk, run.actor, person)
        document = {"schema": "rightsdesk.contact-split/1", "id": person}
        run.answer(document, lambda: console().print(f"{person} is a person of its own again."))


@group.command(epilog="Example: rightsdesk contacts pairs --settle 11 12 --same")
@click.option("--settle", type=(int, int), metavar="ID ID", help="Decide this pair.")
@click.option("--same/--different", default=None, help="With --settle: one person, or two.")
@common_options
def pairs(common: Common, settle: tuple[int, int] | None, same: bool | None) -> None:
    """Pairs that share a number or e-mail and may be one person; a human decides."""
    if (settle is None) != (same is None):
        raise BadInput(
            "A decision names the pair and says which.",
            what="--settle",
            next="Give --settle ID ID with --same or --different.",
        )
    with open_run(common) as run:
        if settle is not None and same is not None:
            store.settle(run.desk, run.actor, *settle, same=same)
        with run.desk.reading() as db:
            waiting = store.possible_duplicates(db)
        document = {
            "schema": "rightsdesk.contact-pairs/1",
            "pairs": [
                {"id": d.subject_id, "other": d.other_id, "found_at": rfc3339(d.found_at)}
                for d in waiting
            ],
        }
        rows = [(d.subject_id, d.other_id, rfc3339(d.found_at)) for d in waiting]
        run.answer(
            document,
            lambda: table("Pairs", ("person", "other", "since"), rows, "No pair is waiting."),
        )


group.add_command(export)
group.add_command(restrict)
group.add_command(wish)
group.add_command(import_package)
