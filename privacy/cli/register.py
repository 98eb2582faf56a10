"""`rightsdesk register`: do-not-call registers with their dates."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from privacy.cli.options import Common, common_options
from privacy.cli.persons import contact_value, readable_phone
from privacy.cli.running import open_run
from privacy.cli.showing import console, table
from privacy.consent import registers
from privacy.errors import BadInput


@click.group()
def group() -> None:
    """Do-not-call registers: import a published state, look at ages, check a number."""


@group.command(
    "import",
    epilog="Example: rightsdesk register import gb_tps tps.txt --published 2026-11-20 --region GB",
)
@click.argument("register")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--published", required=True, help="Date of publication, YYYY-MM-DD.")
@click.option("--region", help="Country of numbers without a country code.")
@click.option("--source", default="file", help="Where it came from, one word.")
@common_options
def import_(
    common: Common, register: str, file: Path, published: str, region: str | None, source: str
) -> None:
    """Import one published state: a number a line. It replaces the older ones."""
    numbers, bad = _numbers(file, region)
    try:
        published_on = date.fromisoformat(published)
    except ValueError:
        raise BadInput("That is not a date.", what="--published", next="YYYY-MM-DD.") from None
    with open_run(common) as run:
        loaded = registers.load(run.desk, run.actor, register, numbers, published_on, source)
        document = {
            "schema": "rightsdesk.register/1",
            "register": register,
            "published": published_on.isoformat(),
            "numbers": loaded.count,
            "unreadable_lines": bad,
        }

        def human() -> None:
            console().print(f"{register} of {published_on}: {loaded.count} numbers.")
            if bad:
                console().print(f"Lines that hold no number: {len(bad)}.")

        run.answer(document, human)


@group.command(epilog="Example: rightsdesk register status")
@common_options
def status(common: Common) -> None:
    """Which registers are loaded, and how old they are."""
    with open_run(common) as run:
        today = run.desk.now().date()
        with run.desk.reading() as db:
            lists = registers.current(db)
        rows = [
            (name, held.published_on.isoformat(), (today - held.published_on).days, held.count)
            for name, held in sorted(lists.items())
        ]
        keys = ("register", "published", "age_days", "numbers")
        document = {
            "schema": "rightsdesk.registers/1",
            "registers": [dict(zip(keys, row, strict=True)) for row in rows],
        }

        def human() -> None:
            table("Registers", keys, rows, empty="None loaded: `rightsdesk register import`.")

        run.answer(document, human)


@group.command(epilog="Example: printf '+442079460000' | rightsdesk register check --phone -")
@click.option("--phone", metavar="N|-", required=True)
@click.option("--region", help="Country of a number without a country code.")
@common_options
def check(common: Common, phone: str, region: str | None) -> None:
    """Whether a number is on a register, and of which date."""
    with open_run(common) as run:
        value = contact_value(phone, None, region or run.desk.config.region or None)
        tag = run.desk.vault.keyring.tags.number_tag(value.value)
        with run.desk.reading() as db:
            found = registers.facts(db, [tag], run.desk.now())[tag]
        document = {"schema": "rightsdesk.register_check/1", "registers": found}

        def human() -> None:
            rows = [
                (n, "listed" if f["listed"] else "no", f["published"]) for n, f in found.items()
            ]
            table("", ("register", "number", "published"), rows, empty="No register is loaded.")

        run.answer(document, human)


def _numbers(file: Path, region: str | None) -> tuple[list[str], list[int]]:
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise BadInput("The file cannot be read as text.", what="register file") from None
    numbers, bad = [], []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            numbers.append(readable_phone(line.strip(), region))
        except BadInput:
            bad.append(number)
    if not numbers:
        raise BadInput(
            "The file holds no readable number; nothing was imported.",
            what="register file",
            next="One number a line, or give --region.",
        )
    return numbers, bad
