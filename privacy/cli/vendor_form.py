"""`rightsdesk vendor form` and `import-answers`: the offline form, and what comes back."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

import click

from privacy.cli.options import Common, common_options
from privacy.cli.running import open_run
from privacy.cli.showing import console, note
from privacy.cli.vendor_answers import VENDOR
from privacy.errors import BadInput
from privacy.rights.package.writing import refuse_existing, write_private
from privacy.vendors import files, forming, received
from privacy.vendors.answers import Source
from privacy.vendors.foreign import SOURCES

OWN = "form"


@click.command("form", epilog="Example: rightsdesk vendor form vd-… --out form.html")
@VENDOR
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A new file, 0600.")
@click.option("--filled", is_flag=True, help="With what the vendor itself answered before.")
@common_options
def form(common: Common, vendor_id: str, out: Path, filled: bool) -> None:
    """The questions as one page that works offline; send it to the vendor."""
    from reports.vendor_form import page

    with open_run(common) as run:
        refuse_existing(out)
        content = page(forming.form_for(run.desk, run.actor, vendor_id, filled=filled))
        digest = hashlib.sha256(content).hexdigest()
        forming.hand_out(run.desk, run.actor, vendor_id, digest)
        write_private(out, content)
        told = {"schema": "rightsdesk.vendor-form-made/1", "out": str(out), "sha256": digest}
        run.answer(told, lambda: note(f"Written: {out}"))


@click.command(
    "import-answers", epilog="Example: rightsdesk vendor import-answers vd-… answers.json"
)
@VENDOR
@click.argument("path", metavar="FILE|-")
@click.option(
    "--kind",
    type=click.Choice([OWN, *(each.value for each in SOURCES)]),
    default=OWN,
    show_default=True,
    help="Our form's file, VSAQ answers (JSON), or CAIQ v4 (JSON or CSV).",
)
@click.option(
    "--beside",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder with evidence that came apart, found by its digest.",
)
@click.option("--replace", is_flag=True, help="VSAQ, CAIQ: take the place of answers that stand.")
@click.option("--again", is_flag=True, help="The form's: take answers of a file once more.")
@common_options
def import_answers(
    common: Common,
    vendor_id: str,
    path: str,
    kind: str,
    beside: Path | None,
    replace: bool,
    again: bool,
) -> None:
    """Take answers over: all of the file or, if one thing in it is wrong, nothing."""
    if ((beside is not None or again) and kind != OWN) or (replace and kind == OWN):
        raise BadInput("These options do not go together.", what="--kind", next="See --help.")
    content = _content(path)
    with open_run(common) as run:
        if kind == OWN:
            apart = {} if beside is None else _beside(beside)
            taken = received.take(run.desk, run.actor, vendor_id, content, apart, again=again)
            document: dict[str, Any] = {
                "changed": list(taken.changed),
                "set_back": list(taken.kept),
                "recorded": list(taken.questions),
                "evidence": list(taken.evidence),
                "awaited": list(taken.awaited),
            }
        else:
            done = received.claim(
                run.desk, run.actor, vendor_id, Source(kind), content, replace=replace
            )
            document = {
                "recorded": list(done.recorded),
                "kept": list(done.kept),
                "read": done.mapped.read,
                "unmapped": list(done.mapped.unmapped),
                "unreadable": list(done.mapped.unreadable),
                "claims": [
                    {"question": key, "id": each.id, "said": each.said, "mark": each.mark}
                    for key, held in done.mapped.claims.items()
                    for each in held
                ],
            }
        told = {"schema": "rightsdesk.vendor-answers-imported/1", "as": kind, **document}
        run.answer(told, lambda: _show(document))


def _show(document: dict[str, Any]) -> None:
    console().print(f"Recorded {len(document['recorded'])} answers.")
    if document.get("evidence"):
        console().print(f"Kept {len(document['evidence'])} files of evidence.")
    for key, words in WORDS.items():
        if document.get(key):
            names = ", ".join(document[key])
            console().print(f"{len(document[key])} {words}: {names}", markup=False)


WORDS = {
    "changed": "of them take the place of another answer",
    "set_back": "answers of this file were taken before and others stand now; not taken (--again)",
    "awaited": "files are still to come, by digest; import again with --beside",
    "kept": "answers stand and say otherwise; they were kept (--replace takes their place)",
    "unmapped": "answers speak to no question of ours",
    "unreadable": "answers are neither yes nor no",
}


def _content(path: str) -> bytes:
    limit = received.LARGEST_BYTES + 1
    try:
        if path == "-":
            return sys.stdin.buffer.read(limit)
        with Path(path).open("rb") as file:
            return file.read(limit)
    except OSError:
        raise BadInput("The file cannot be read.", what="FILE", next="Check its path.") from None


def _beside(folder: Path) -> dict[str, bytes]:
    """Files of a folder by SHA-256; what is too large for evidence is left out."""
    found = {}
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.stat().st_size <= files.LARGEST_BYTES:
            content = path.read_bytes()
            found[hashlib.sha256(content).hexdigest()] = content
    return found
