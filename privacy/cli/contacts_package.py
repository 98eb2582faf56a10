"""`rightsdesk contacts import-package`: the package of an answer, taken into this desk."""

from __future__ import annotations

from pathlib import Path

import click

from privacy.cli.options import Common, common_options
from privacy.cli.running import open_run, secret_from
from privacy.cli.showing import note, table
from privacy.contacts.importing import ImportOptions, check, import_sheet
from privacy.contacts.packages import Counted, encrypted, open_package, taken_by
from privacy.imported_consents import keeper
from privacy.terms import LawfulBasis

FILE = click.Path(path_type=Path)


@click.command(
    "import-package",
    epilog="Example: rightsdesk contacts import-package answer.zip --secret secret.txt"
    " --source 'former supplier' --lawful-basis contract",
)
@click.argument("file", type=FILE)
@click.option("--secret", type=FILE, help="File with the package's pass phrase; else a prompt.")
@click.option("--mapping", type=FILE, help="TOML: which grants count here; default none.")
@click.option("--source", default="package of another controller", help="Never a person.")
@click.option("--region", default="", metavar="CC", help="Country of addresses that name none.")
@click.option(
    "--lawful-basis",
    type=click.Choice([basis.value for basis in LawfulBasis]),
    help="GDPR Article 6(1); every contact keeps it.",
)
@click.option("--rejects", type=FILE, help="Where the file of rejects goes; default beside FILE.")
@click.option("--dry-run", is_flag=True, help="Show counts; change nothing.")
@common_options
def import_package(
    common: Common,
    file: Path,
    secret: Path | None,
    mapping: Path | None,
    source: str,
    region: str,
    lawful_basis: str | None,
    rejects: Path | None,
    dry_run: bool,
) -> None:
    """Take in the ZIP or the answer.json of an access or portability package.

    Withdrawals and opt-outs hold here too. A grant that another controller tells of is
    kept as told and permits nothing, unless the mapping takes it. Twice changes nothing.
    """
    taken = taken_by(mapping) if mapping else frozenset()
    phrase = ""
    if encrypted(file):
        phrase = secret_from(secret, "Pass phrase of the package", "--secret")
    sheet = open_package(file, phrase, taken)
    with open_run(common) as run:
        options = ImportOptions(
            obtained_on=run.desk.now().date(),
            source=source,
            lawful_basis=LawfulBasis(lawful_basis) if lawful_basis else None,
            region=region.upper(),
            rejects=rejects,
            dry_run=dry_run,
        )
        check(options)
        result = import_sheet(
            run.desk, run.actor, sheet, options, on_consents=keeper(run.desk, run.actor)
        )
        counted: Counted = sheet.counted
        document = result.document() | {
            "dry_run": dry_run,
            "consents_told": counted.document(),
        }
        rows = [("records", result.read), *result.counts().items(), *counted.document().items()]

        def human() -> None:
            table("Would be done (dry run)" if dry_run else "Package", ("", "count"), rows)
            if counted.grants_told:
                note("Grants were kept as told by another controller; they permit nothing here.")

        run.answer(document, human)
