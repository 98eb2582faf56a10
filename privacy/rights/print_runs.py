"""Letters that go by post, printed together: one PDF, its manifest, and the day of posting.

The PDF holds names and addresses, so it is a release: every opening is in the log before
anything is rendered, `print_run.written` is durable before the file has its name, and the
file is for its owner only. The manifest holds ids, pages and digests. Letters become
`printed` in the transaction that logs the run, all of them or none. A run that was killed
leaves a file `RUN.part` at most; the next run to that folder gives it its name if its run is
in the log, and removes it if not: then no letter was printed by it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from privacy.actors import Act, Actor
from privacy.audit.tree import hash_leaf, root_hash
from privacy.clock import rfc3339
from privacy.desk import Desk
from privacy.errors import Altered, Fault, KeyMissing, NotFound
from privacy.ids import public_id
from privacy.rights import sending_store
from privacy.rights.case import NotNow
from privacy.rights.letters import looking
from privacy.rights.package import tables, writing
from privacy.rights.sending import PdfOf
from privacy.rights.sending_store import OnItsWay, Run
from privacy.storage.unit import Unit
from privacy.terms import OpeningPurpose
from privacy.vault.files import file_errors, sync_folder

SCHEMA = "rightsdesk.print-run/1"
MOST_LETTERS = 1000
"""In one run; the rest waits for the next. Bounds memory and the length of a transaction."""

PART = re.compile(r"(pr-[a-z2-7]{26})\.part")
COLUMNS = ("letter", "request", "first_page", "pages", "sha256", "pdf_sha256")
"""`sha256` is of the letter's words, `pdf_sha256` of the letter's own PDF."""


class Joiner(Protocol):
    """Joins PDFs; the entrance gives the real one (reports.joining)."""

    @property
    def pages(self) -> int: ...

    def add(self, content: bytes) -> tuple[int, int]: ...

    def content(self) -> bytes: ...


class Printed(Protocol):
    """One letter as it came from the press: its PDF, or None and why."""

    @property
    def key(self) -> str: ...

    @property
    def content(self) -> bytes | None: ...

    @property
    def why(self) -> str: ...


@dataclass(frozen=True)
class OnPaper:
    """A letter that was made alone."""

    key: str
    content: bytes | None
    why: str = ""


@dataclass(frozen=True)
class Press:
    """What a run needs of the entrance: one letter's PDF by its id, a joiner, who is told.

    `pdf_of` gives the same bytes for the same letter whenever it is asked. `many` makes
    several at once, in their order; None where they are made one after the other. `failed`
    hears of a letter that `many` could not make, and why: it stays out and waits.
    """

    pdf_of: PdfOf
    joiner: Callable[[bool], Joiner]
    tick: Callable[[], None] = lambda: None
    many: Callable[[Sequence[str]], Iterable[Printed]] | None = None
    failed: Callable[[str, str], None] = lambda letter_id, why: None

    def printed(self, ids: Sequence[str]) -> Iterable[Printed]:
        """The PDF of each letter, in this order."""
        if self.many is not None:
            return self.many(ids)
        return (OnPaper(each, self.pdf_of(each)) for each in ids)


@dataclass(frozen=True)
class Files:
    """Where a run goes: the PDF and, beside it, its manifest as JSON and as CSV.

    `signature` and `proof` seal the manifest; the entrance writes them.
    """

    pdf: Path

    @property
    def json(self) -> Path:
        return self.pdf.with_suffix(".json")

    @property
    def csv(self) -> Path:
        return self.pdf.with_suffix(".csv")

    @property
    def signature(self) -> Path:
        return self.pdf.with_suffix(".p7s")

    @property
    def proof(self) -> Path:
        return self.pdf.with_suffix(".proof.json")

    def refuse_existing(self) -> None:
        """BadInput if one of them lies there already."""
        for path in (self.pdf, self.json, self.csv, self.signature, self.proof):
            writing.refuse_existing(path)


def merkle_root(rows: list[dict[str, Any]]) -> str:
    """Root in hex of the RFC 6962 tree over the letters' PDF digests, in the manifest's order."""
    return root_hash([hash_leaf(bytes.fromhex(row["pdf_sha256"])) for row in rows]).hex()


def waiting(desk: Desk, kind: str = "") -> int:
    """How many letters wait to be printed."""
    with desk.reading() as db:
        return len(sending_store.to_print(db, kind))


def make(
    desk: Desk, actor: Actor, out: Path, press: Press, *, kind: str = "", duplex: bool = False
) -> Run:
    """Print every approved letter that goes by post, at most `MOST_LETTERS`; they are `printed`.

    A letter that cannot be made is told to `press.failed` and waits for the next run.
    NotFound when none waits. BadInput if something lies at `out` or beside it. NotNow if a
    letter was changed meanwhile, or its case since it was written: then nothing was printed.
    """
    actor.require(Act.HANDLE_REQUEST)
    files = Files(out)
    files.refuse_existing()
    finished = _resumed(desk, files)
    if finished is not None:
        return finished
    with desk.reading() as db:
        ids = sending_store.to_print(db, kind)[:MOST_LETTERS]
        letters = sending_store.letters(db, ids)
    if not ids:
        raise NotFound(
            "No letter waits to be printed.",
            what="print run",
            next="Letters that are approved and go by post are printed: `rightsdesk letter list`.",
        )
    _refuse_changed(desk, actor, letters.values())
    content, rows, pages = _joined([letters[each] for each in ids], press, duplex)
    if not rows:
        raise Fault("None of the letters could be printed; all of them wait.", what="print run")
    letters = {str(row["letter"]): letters[str(row["letter"])] for row in rows}
    run_id, sha256 = public_id("pr"), writing.digest(content)
    manifest = {
        "schema": SCHEMA,
        "run": run_id,
        "made_at": rfc3339(desk.now()),
        "duplex": duplex,
        "pages": pages,
        "sha256": sha256,
        "root": merkle_root(rows),
        "letters": rows,
    }
    part = out.with_name(f"{run_id}.part")
    with _private(part, content):
        run = desk.write(lambda unit: _printed(unit, actor.id, manifest, letters))
    _name(part, files, manifest)
    return run


def again(desk: Desk, actor: Actor, run_id: str, out: Path, press: Press) -> Run:
    """Print a run once more: the same bytes, or a refusal.

    NotNow when the words of a letter are gone. Altered when the bytes are others: the
    program, the desk's letterhead or a letter is no longer as it was.
    """
    actor.require(Act.HANDLE_REQUEST)
    files = Files(out)
    files.refuse_existing()
    with desk.reading() as db:
        run = sending_store.run(db, run_id)
        manifest: dict[str, Any] = json.loads(run.manifest)
        ids = [str(row["letter"]) for row in manifest["letters"]]
        letters = sending_store.letters(db, ids)
    for each in ids:
        if each not in letters:
            raise NotNow("A letter of this run is gone.", what=each, next="Write it anew.")
        letters[each].parts()
    content, _, _ = _joined([letters[each] for each in ids], press, bool(manifest["duplex"]))
    if writing.digest(content) != run.sha256:
        raise Altered(
            "This run can no longer be printed byte for byte; nothing was written.",
            what=run_id,
            next="The program, the letterhead or a letter changed. Write the letters anew.",
        )
    part = out.with_name(f"{run_id}.again.part")
    part.unlink(missing_ok=True)
    with _private(part, content):
        desk.write(
            lambda unit: unit.append(
                "print_run.again", actor.id, object=run.id, count=run.letters, digest=run.sha256
            )
        )
    _name(part, files, manifest)
    return run


def _refuse_changed(desk: Desk, actor: Actor, letters: Iterable[OnItsWay]) -> None:
    for letter in letters:
        _, content = letter.parts()
        try:
            opened = desk.vault.open(
                [content], actor.id, OpeningPurpose.RIGHTS_REQUEST, request=letter.request_id
            )
        except KeyMissing:
            raise _key_gone(letter) from None
        looking.refuse_changed(desk, letter, opened[content.place])


def _key_gone(letter: OnItsWay) -> NotNow:
    return NotNow(
        "The case of this letter has ended and its key is gone; nothing was printed.",
        what=letter.id,
        next=f"Take it out with `rightsdesk letter cancel {letter.id}`, then print again.",
    )


def _joined(
    letters: list[OnItsWay], press: Press, duplex: bool
) -> tuple[bytes, list[dict[str, Any]], int]:
    """The PDF, a row of the manifest for each letter, and the number of pages."""
    joiner = press.joiner(duplex)
    rows: list[dict[str, Any]] = []
    printed = iter(press.printed([letter.id for letter in letters]))
    for letter in letters:
        try:
            made = next(printed)
        except KeyMissing:
            raise _key_gone(letter) from None
        press.tick()
        if made.content is None:
            press.failed(letter.id, made.why)
            continue
        first, pages = joiner.add(made.content)
        row = (
            letter.id,
            letter.request_id,
            first,
            pages,
            letter.sha256,
            writing.digest(made.content),
        )
        rows.append(dict(zip(COLUMNS, row, strict=True)))
    return joiner.content(), rows, joiner.pages


def _printed(
    unit: Unit, actor_id: str, manifest: Mapping[str, Any], letters: Mapping[str, OnItsWay]
) -> Run:
    """The run and its letters in main, with their entries."""
    run_id = str(manifest["run"])
    sending_store.print_together(unit, run_id, letters)
    run = Run(
        run_id,
        len(letters),
        int(manifest["pages"]),
        str(manifest["sha256"]),
        json.dumps(manifest, sort_keys=True),
        unit.now,
        actor_id,
        None,
    )
    sending_store.add_run(unit, run)
    for letter in letters.values():
        unit.append(
            "letter.printed",
            actor_id,
            request=letter.request_id,
            object=f"{letter.id} {letter.kind}",
            outcome=run_id,
        )
    unit.append(
        "print_run.written",
        actor_id,
        object=run_id,
        count=len(letters),
        digest=run.sha256,
        root=str(manifest["root"]),
    )
    return run


@contextmanager
def _private(part: Path, content: bytes) -> Iterator[None]:
    """The file under the name it has until its run is in the log; gone if that fails.

    An interrupted wait leaves it: the transaction may have been made all the same.
    """
    writing.write_private(part, content)
    try:
        yield
    except Exception:
        part.unlink(missing_ok=True)
        raise


def _name(part: Path, files: Files, manifest: Mapping[str, Any]) -> None:
    """Give the PDF its name and write its manifest beside it, all three for their owner only."""
    with file_errors("output file"):
        os.rename(part, files.pdf)
        sync_folder(files.pdf.parent)
    document = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
    writing.write_private(files.json, document.encode())
    writing.write_private(files.csv, tables.table(COLUMNS, manifest["letters"]).encode())


def _resumed(desk: Desk, files: Files) -> Run | None:
    """A run that was killed between its entry and the name of its file, now complete."""
    with desk.reading() as db:
        known = {run.id: run for run in sending_store.runs(db)}
    for part in sorted(files.pdf.parent.glob("pr-*.part")):
        named = PART.fullmatch(part.name)
        if named is None:
            continue
        run = known.get(named[1])
        if run is not None and writing.digest(part.read_bytes()) == run.sha256:
            _name(part, files, json.loads(run.manifest))
            return run
        part.unlink()
    return None
