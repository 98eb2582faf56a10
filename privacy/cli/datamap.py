"""`rightsdesk datamap`: systems, activities, recipients and measures, under versions."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from privacy.actors import Act
from privacy.cli.datamap_shown import party_of, print_map, record_document
from privacy.cli.options import Common, common_options
from privacy.cli.running import Run, open_run
from privacy.cli.showing import console, note, table
from privacy.datamap import desk_facts, field_sets, gaps, reading, store, vocabulary
from privacy.datamap.agreement import Contradiction
from privacy.datamap.reading import file_name
from privacy.errors import AnswerIsNo, BadInput
from privacy.vault.files import file_errors, reason_of

STARTS = ("retail", "empty")
EMPTY = 'schema = "rightsdesk.datamap/1"\n\n[organisation]\nestablishment = "{country}"\n'
ROLES = click.Choice(["controller", "processor"])
FIELDS = click.option(
    "--fields",
    "set_id",
    type=click.Choice(field_sets.ids()),
    default=field_sets.DEFAULT,
    show_default=True,
    help="Whose field set a record is held against.",
)


@click.group()
def group() -> None:
    """What is processed, why, with whom and how long: the source of Article 30 records."""


@group.command(epilog="Example: rightsdesk datamap init --from retail")
@click.option("--from", "start", type=click.Choice(STARTS), default="empty", show_default=True)
@common_options
def init(common: Common, start: str) -> None:
    """Begin a map: an empty one, or a retailer's sample that says that it is one."""
    with open_run(common) as run:
        country = run.desk.config.region or "DE"
        text = EMPTY.format(country=country)
        if start == "retail":
            text = files("privacy.datamap").joinpath("retail.toml").read_text("utf-8")
        made = store.begin(run.desk, run.actor, f"{start}.toml", text.encode())
        document = {
            "schema": "rightsdesk.datamap-version/1",
            **made.document(),
            "file": str(store.folder_of(run.desk) / f"{start}.toml"),
            "sample": start == "retail",
        }

        def human() -> None:
            console().print(f"Written: {document['file']}")
            if start == "retail":
                note("It is a sample. Change it to what you do, then set `sample = false`.")

        run.answer(document, human)


@group.command(epilog="Example: rightsdesk datamap check --fields dsk")
@FIELDS
@common_options
def check(common: Common, set_id: str) -> None:
    """Faults of the files, gaps of the records, contradictions with the desk.

    Exit 0 nothing is missing, 1 something is, 2 the files are not valid.
    """
    with open_run(common) as run:
        run.actor.require(Act.REPORT)
        found = _checked(run, set_id)
        run.answer(found, lambda: _print_check(found))
        missing = [each for each in found["gaps"] if each["level"] == "missing"]
        code = BadInput.exit_code if found["faults"] else 0
        code = code or (AnswerIsNo.exit_code if missing or found["contradictions"] else 0)
    if code:
        raise click.exceptions.Exit(code)


def _checked(run: Run, set_id: str) -> dict[str, Any]:
    content = store.files_of(run.desk)
    checked = reading.check(content)
    listed: list[gaps.Gap] = []
    against: list[Contradiction] = []
    if content and not checked.faults:
        chosen, party = field_sets.chosen(set_id), party_of(run.desk)
        sample = reading.is_sample(content)
        listed = gaps.gaps(checked.map, "controller", chosen, party, sample=sample)
        if checked.map.processings:
            listed += [
                each for each in gaps.gaps(checked.map, "processor", chosen, party) if each.activity
            ]
        against = desk_facts.contradictions(run.desk, checked.map)
    return {
        "schema": "rightsdesk.datamap-check/1",
        "fields": set_id,
        "files": sorted(content),
        "accepted": store.is_newest(run.desk),
        "faults": [fault.document() for fault in checked.faults],
        "gaps": [gap.document() for gap in listed],
        "contradictions": [each.document() for each in against],
    }


def _print_check(found: dict[str, Any]) -> None:
    if not found["files"]:
        note("There is no data map. Begin with `rightsdesk datamap init --from retail`.")
        return
    for title, key, columns, style in (
        ("Not valid", "faults", ("file", "place", "what", "next"), "red"),
        ("Gaps", "gaps", ("activity", "field", "level", "text", "citation"), "yellow"),
        ("The desk says otherwise", "contradictions", ("what", "where", "text"), "yellow"),
    ):
        if found[key]:
            table(
                title, columns, [[row[name] for name in columns] for row in found[key]], style=style
            )
    if not any(found[key] for key in ("faults", "gaps", "contradictions")):
        console().print(f"Valid, and complete by the fields of {found['fields']}.")
    if not found["accepted"] and not found["faults"]:
        note("These files are not an accepted version: `rightsdesk datamap accept`.")


@group.command(epilog="Example: rightsdesk datamap show --fields ico --role controller")
@click.option("--version", "number", type=int, help="An accepted version; default the newest.")
@click.option("--role", type=ROLES, default="controller", show_default=True)
@FIELDS
@common_options
def show(common: Common, number: int | None, role: str, set_id: str) -> None:
    """The accepted map as records, with the fields of a set."""
    with open_run(common) as run:
        run.actor.require(Act.REPORT)
        found = store.accepted(run.desk, number)
        document = record_document(run.desk, found, role, set_id)
        run.answer(document, lambda: print_map(document, found.map))


@group.command(epilog="Example: rightsdesk datamap edit marketing --file marketing.toml")
@click.argument("name")
@click.option(
    "--file", "path", type=click.Path(path_type=Path, dir_okay=False), help="Instead of $EDITOR."
)
@common_options
def edit(common: Common, name: str, path: Path | None) -> None:
    """Change one file of the map in $EDITOR, or replace it; accepted only where valid.

    What is not valid is kept as NAME.toml.rejected beside the file, which stays as it was.
    """
    with open_run(common) as run:
        run.actor.require(Act.HANDLE_REQUEST)
        target = file_name(name)
        content = _given(path) if path else _edited(run, target)
        try:
            made = store.replace_file(run.desk, run.actor, target, content)
        except BadInput:
            if path is None:
                _keep_rejected(run, target, content)
            raise
        document = {"schema": "rightsdesk.datamap-version/1", **made.document(), "file": target}
        run.answer(document, lambda: console().print(f"Accepted as version {made.number}."))


def _given(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(
            f"The file cannot be read: {reason_of(error)}.", what="--file", next="Check its path."
        ) from None


def _edited(run: Run, target: str) -> bytes:
    """What $EDITOR made of the file; of a file that there is not yet, of an empty one."""
    before = store.files_of(run.desk).get(target, b'schema = "rightsdesk.datamap/1"\n')
    after = click.edit(before.decode("utf-8", "replace"), extension=".toml")
    if after is None:
        raise BadInput(
            "Nothing was changed.", what=target, next="Save the file in the editor to change it."
        )
    return after.encode()


def _keep_rejected(run: Run, target: str, content: bytes) -> None:
    kept = store.folder_of(run.desk) / f"{target}.rejected"
    with file_errors("data map"):
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept.write_bytes(content)
    note(f"What you wrote is kept: {kept}")


@group.command(epilog="Example: rightsdesk datamap accept")
@common_options
def accept(common: Common) -> None:
    """Accept the files as they lie in the folder as a new version, in the log."""
    with open_run(common) as run:
        made = store.accept(run.desk, run.actor)
        document = {"schema": "rightsdesk.datamap-version/1", **made.document()}
        run.answer(document, lambda: console().print(f"Accepted as version {made.number}."))


@group.command(epilog="Example: rightsdesk datamap versions --json")
@common_options
def versions(common: Common) -> None:
    """Every accepted version: digest, who, when, and its entry in the log."""
    with open_run(common) as run:
        run.actor.require(Act.REPORT)
        with run.desk.reading() as db:
            rows = [each.document() for each in store.listed(db)]
        columns = ("number", "at", "by", "digest", "entry")
        empty = "Nothing was accepted yet. Begin with `rightsdesk datamap init`."
        run.answer(
            {"schema": "rightsdesk.datamap-versions/1", "versions": rows},
            lambda: table(
                "Versions", columns, [[row[c] for c in columns] for row in rows], empty=empty
            ),
        )


@group.command(epilog="Example: rightsdesk datamap terms purposes")
@click.argument("name", type=click.Choice(sorted(vocabulary.LISTS)))
@common_options
def terms(common: Common, name: str) -> None:
    """The terms that a field may hold, by the W3C Data Privacy Vocabulary. Needs no desk."""
    from privacy.cli.running import answer

    found = vocabulary.terms(name)
    document = {
        "schema": "rightsdesk.datamap-terms/1",
        "vocabulary": vocabulary.about(),
        "name": name,
        "terms": [{"term": term, "label": label} for term, label in found.items()],
    }
    answer(common, document, lambda: table(name, ("term", "label"), list(found.items())))
