"""`rightsdesk letter kinds|matrix|preview|override`: what letters say; the first three need
no desk."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from privacy.cli.options import Common, common_options
from privacy.cli.running import answer, open_run
from privacy.cli.showing import console, table
from privacy.errors import BadInput
from privacy.terms import Language

LANGUAGES = [each.value for each in Language]
OVERRIDE = "rightsdesk.letter-overrides/1"


@click.command("kinds", epilog="Example: rightsdesk letter kinds --kind extension --law EU_GDPR")
@click.option("--kind", default="", help="One letter, with the facts that it takes.")
@click.option("--law", default="EU_GDPR", show_default=True)
@common_options
def kinds_command(common: Common, kind: str, law: str) -> None:
    """Every letter; or of one, its blocks, the legal items they fulfil, and its facts."""
    from privacy.rights.letters.catalogue import catalogue

    found = catalogue()
    if not kind:
        document: dict[str, Any] = {"schema": "rightsdesk.letter-kinds/1", "kinds": found.kinds}
        answer(common, document, lambda: table("", ("kind",), [(k,) for k in found.kinds]))
        return
    blocks = found.letter(kind, law)
    names = dict.fromkeys(name for block in blocks for name in (*block.variables, *block.optional))
    staff = [found.variables[name] for name in names if found.variables[name].source == "staff"]
    needed = {name for block in blocks for name in block.required}
    document = {
        "schema": "rightsdesk.letter-kind/1",
        "kind": kind,
        "law": law,
        "blocks": [
            {"block": b.id, "items": b.items, "when": b.when, "unless": b.unless} for b in blocks
        ],
        "facts_of_staff": [
            {"name": v.name, "type": v.type, "what": v.what, "needed": v.name in needed}
            for v in staff
        ],
    }

    def human() -> None:
        rows = [(b.id, ", ".join(b.items), ", ".join(b.when)) for b in blocks]
        table(f"{kind} under {law}", ("block", "legal items", "only with"), rows)
        told = [(v.name, v.type, "yes" if v.name in needed else "", v.what) for v in staff]
        table("Facts that staff give (--facts)", ("name", "type", "needed", "what"), told, "None.")

    answer(common, document, human)


@click.command(epilog="Example: rightsdesk letter matrix --law US_VA")
@click.option("--law", default="", help="One law; default: all.")
@common_options
def matrix(common: Common, law: str) -> None:
    """Letter by law and language: there, or why the law knows no such letter."""
    from privacy.rights.letters import matrix as made

    cells = [cell for cell in made.cells() if law in ("", cell.law)]
    if not cells:
        raise BadInput("No letter is written under that law.", what="--law")
    document = {
        "schema": "rightsdesk.letter-matrix/1",
        "cells": [
            {"kind": c.kind, "law": c.law, "language": c.language, "is": c.text} for c in cells
        ],
    }

    def human() -> None:
        rows = [(row[0], row[1], row[2]) for row in made.by_law(cells)]
        table("", ("letter", "law", "languages, or why there is none"), rows)

    answer(common, document, human)


@click.command(
    epilog="Example: rightsdesk letter preview --kind refusal --law EU_GDPR --language de"
)
@click.option("--kind", required=True)
@click.option("--law", default="EU_GDPR", show_default=True)
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
@click.option("--seat", default="DE-BE", show_default=True, help="Of the controller.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="Day of the letter.")
@common_options
def preview(
    common: Common, kind: str, law: str, language: str, seat: str, on: datetime | None
) -> None:
    """A letter with made-up facts, to look at its wording. Authorities and remedies are real."""
    from privacy.rights.letters import sample
    from privacy.rights.letters.catalogue import catalogue
    from privacy.rights.letters.compose import compose
    from privacy.rights.letters.words import words_of

    day = sample.DAY if on is None else on.date()
    words, found = words_of(Language(language)), catalogue()
    text = compose(kind, law, sample.facts(found, words, law, day, seat), words, found)
    document = {"schema": "rightsdesk.letter-preview/1", "text": text.document()}
    answer(common, document, lambda: click.echo(f"{text.subject}\n\n{text.mail()}", nl=False))


@click.group(epilog="Example: rightsdesk letter override set de own.toml --as admin")
def override() -> None:
    """A desk's own words of letters; they keep every value that the law wants."""


@override.command("set", epilog="Example: rightsdesk letter override set de own.toml --as admin")
@click.argument("language", type=click.Choice(LANGUAGES))
@click.argument("file", type=click.Path(path_type=Path))
@common_options
def override_set(common: Common, language: str, file: Path) -> None:
    """Use the words of a file from now on, in place of own ones before."""
    from privacy.rights.letters import overrides

    try:
        with file.open("rb") as opened:
            content = opened.read(overrides.LARGEST_BYTES + 1)
    except OSError:
        raise BadInput("The file cannot be read.", what="FILE", next="Check its path.") from None
    with open_run(common) as run:
        made = overrides.put(run.desk, run.actor, Language(language), content)
        document = {"schema": OVERRIDE, "language": language, "words_sha256": made.sha256}
        run.answer(document, lambda: console().print(f"Own words for {language} are in force."))


@override.command("clear", epilog="Example: rightsdesk letter override clear de --as admin")
@click.argument("language", type=click.Choice(LANGUAGES))
@common_options
def override_clear(common: Common, language: str) -> None:
    """Use the package's words again."""
    from privacy.rights.letters import overrides

    with open_run(common) as run:
        changed = overrides.clear(run.desk, run.actor, Language(language))
        document = {"schema": OVERRIDE, "language": language, "changed": changed}
        said = "The package's words are in force." if changed else "There were no own words."
        run.answer(document, lambda: console().print(said))


@override.command("show", epilog="Example: rightsdesk letter override show --json")
@common_options
def override_show(common: Common) -> None:
    """Which languages have own words, and the digests of their files."""
    from privacy.rights.letters import overrides

    with open_run(common) as run:
        with run.desk.reading() as db:
            found = overrides.in_force(db)
        for digest in found.values():
            overrides.content_of(run.desk.folder, digest)
        rows = [{"language": key.value, "sha256": digest} for key, digest in found.items()]
        run.answer(
            {"schema": OVERRIDE, "own_words": rows},
            lambda: table(
                "",
                ("language", "file"),
                [(row["language"], row["sha256"]) for row in rows],
                "No own words. Set them with `rightsdesk letter override set LANG FILE`.",
            ),
        )
