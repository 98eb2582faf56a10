"""`rightsdesk audit`: show, verify, sign, anchor and export the log."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from privacy.actors import Act
from privacy.app import main_reading
from privacy.audit.bundle import anchor_of, digest, make_bundle, read_bundle
from privacy.audit.checking import check_database
from privacy.audit.looking import Question, entries_until, find, notes_until
from privacy.audit.note import Checkpoint
from privacy.audit.verify import Anchor, Finding, Limits, Verdict, verify
from privacy.cli.options import Common, common_options
from privacy.cli.running import Run, answer, open_run, settings_of
from privacy.cli.showing import console, note, table
from privacy.clock import SystemClock
from privacy.errors import (
    Altered,
    BadInput,
    Fault,
    Forked,
    MachineFailed,
    RightsdeskError,
    RolledBack,
)
from privacy.vault.files import reason_of, write_whole


@click.group()
def group() -> None:
    """The audit log: show entries, verify it, keep anchors elsewhere, export a bundle."""


@group.command(epilog="Example: rightsdesk audit show --request rq-… --last 20")
@click.option("--action", help="What was done, e.g. optout.recorded.")
@click.option("--by", metavar="ACTOR", help="Who did it.")
@click.option("--request", help="Entries of one rights request.")
@click.option("--subject", metavar="PSEUDONYM", help="Entries of one pseudonym.")
@click.option("--last", type=click.IntRange(1, 5000), default=50, help="How many; default 50.")
@common_options
def show(
    common: Common,
    action: str | None,
    by: str | None,
    request: str | None,
    subject: str | None,
    last: int,
) -> None:
    """The newest entries that answer the question, oldest first."""
    with open_run(common) as run:
        run.actor.require(Act.READ_LOG)
        with run.desk.reading() as db:
            found = find(db, Question(action, by, request, subject, last))
        document = {
            "schema": "rightsdesk.audit-show/1",
            "entries": [{"index": index, "entry": entry} for index, entry in found],
        }

        def human() -> None:
            rows = [
                (index, entry["ts"], entry["actor"], entry["action"], _about(entry))
                for index, entry in found
            ]
            table("", ("index", "when", "who", "what", "about"), rows, empty="No such entry.")

        run.answer(document, human)


@group.command("verify", epilog="Example: rightsdesk audit verify --anchor kept.txt --max-tail 500")
@click.option("--bundle", type=click.Path(path_type=Path), help="A bundle instead of the desk.")
@click.option("--anchor", "kept", multiple=True, type=click.Path(path_type=Path), help="A copy.")
@click.option("--first-key", help="The log's first verifier key, as you know it.")
@click.option("--max-tail", type=click.IntRange(0), help="Entries that may have no anchor.")
@click.option("--max-age-hours", type=click.IntRange(1), default=24, help="Unsigned; default 24.")
@common_options
def verify_(
    common: Common,
    bundle: Path | None,
    kept: Sequence[Path],
    first_key: str | None,
    max_tail: int | None,
    max_age_hours: int,
) -> None:
    """Verify the whole log; exit 0, 3 altered, 4 rolled back, 5 fork, 6 stale."""
    notes = {path.name: anchor_of(_read(path)) for path in kept}
    anchors = [Anchor(held.size, held.root, name) for name, held in notes.items()]
    limits = Limits(timedelta(hours=max_age_hours), max_tail)
    if bundle is not None:
        entries, checkpoints, stated = read_bundle(_read(bundle))
        verdict = verify(
            entries,
            checkpoints,
            now=SystemClock().now(),
            first_key=first_key or stated,
            anchors=anchors,
            limits=Limits(None, max_tail),
        )
    else:
        verdict = _verify_desk(common, anchors, first_key, limits)
    strangers = [name for name, held in notes.items() if held.origin != verdict.origin]
    if strangers and verdict.origin:
        raise BadInput("An anchor is of another log.", what=strangers[0], next="Give this log's.")
    answer(common, _document(verdict), lambda: _show(verdict))
    raise click.exceptions.Exit(verdict.exit_code)


def _verify_desk(
    common: Common, anchors: Sequence[Anchor], first_key: str | None, limits: Limits
) -> Verdict:
    """Verify the desk's log; also where the desk does not open because of its log."""
    verdict: Verdict | None = None
    try:
        with open_run(common) as run:
            run.actor.require(Act.READ_LOG)
            run.desk.log.sequence_all()
            verdict = check_database(
                run.desk.reading,
                now=run.desk.now(),
                first_key=first_key,
                anchors=anchors,
                limits=limits,
            )
            if verdict.exit_code in (Altered.exit_code, RolledBack.exit_code, Forked.exit_code):
                raise _NotSound
    except _NotSound:
        assert verdict is not None
        return verdict
    except (Altered, RolledBack, Forked) as refused:
        with main_reading(settings_of(common)) as (reading, now):
            found = check_database(
                reading, now=now, first_key=first_key, anchors=anchors, limits=limits
            )
        return _with(found, refused)
    return verdict


class _NotSound(Exception):
    """Ends the run before its checkpoint is signed: what is wrong is never signed over."""


def _with(verdict: Verdict, refused: RightsdeskError) -> Verdict:
    finding = Finding(refused.exit_code, None, f"the desk does not open: {refused.message}")
    return replace(verdict, findings=(*verdict.findings, finding))


@group.command(epilog="Example: rightsdesk audit checkpoint --json")
@common_options
def checkpoint(common: Common) -> None:
    """Sign what is new and show the checkpoint: keep it, and the log can be held to it."""
    with open_run(common) as run:
        run.actor.require(Act.READ_LOG)
        last, text = _sign(run)
        document = _signed_document(run, last, text)
        run.answer(document, lambda: click.echo(text, nl=False))


@group.command(epilog="Example: rightsdesk audit anchor --out /media/usb/2026-11-24.txt")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A new file.")
@common_options
def anchor(common: Common, out: Path) -> None:
    """Write the newest checkpoint to a file that you keep elsewhere; logged."""
    _refuse_existing(out)
    with open_run(common) as run:
        run.actor.require(Act.READ_LOG)
        last, text = _sign(run)
        write_whole(out, text.encode())
        root = last.root.hex()
        run.desk.write(
            lambda unit: unit.append("log.anchored", run.actor.id, count=last.size, digest=root)
        )
        document = {**_signed_document(run, last, text), "out": str(out)}
        run.answer(
            document, lambda: console().print(f"{last.size} entries anchored in {out}: keep it.")
        )


@group.command(epilog="Example: rightsdesk audit export --out bundle.zip")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A new zip file.")
@common_options
def export(common: Common, out: Path) -> None:
    """Write the offline bundle: entries, checkpoints, keys and a verifier; logged."""
    _refuse_existing(out)
    with open_run(common) as run:
        run.actor.require(Act.READ_LOG)
        last, _ = _sign(run)
        data = make_bundle(
            entries_until(run.desk.log, run.desk.reading, last.size),
            notes_until(run.desk.reading, last.size),
        )
        write_whole(out, data)
        sha256 = digest(data)
        run.desk.write(
            lambda unit: unit.append("audit.exported", run.actor.id, count=last.size, digest=sha256)
        )
        document = {
            "schema": "rightsdesk.audit-export/1",
            "out": str(out),
            "size": last.size,
            "root": _b64(last.root),
            "sha256": sha256,
        }

        def human() -> None:
            console().print(f"{last.size} entries in {out}")
            console().print("Verify anywhere: unzip it, then python3 -I verify.py")

        run.answer(document, human)


def _sign(run: Run) -> tuple[Checkpoint, str]:
    last = run.desk.sign_checkpoint()
    if last is None:
        raise Fault("A log is never empty.", what="audit log")
    return last, run.desk.signing.files.signed().note


def _signed_document(run: Run, last: Checkpoint, text: str) -> dict[str, Any]:
    return {
        "schema": "rightsdesk.audit-checkpoint/1",
        "origin": last.origin,
        "size": last.size,
        "root": _b64(last.root),
        "note": text,
        "verifier": run.desk.signing.verifier_text(),
    }


def _document(verdict: Verdict) -> dict[str, Any]:
    return {
        "schema": "rightsdesk.audit-verify/1",
        "verified": verdict.exit_code == 0,
        "exit_code": verdict.exit_code,
        "first_bad": verdict.first_bad,
        "findings": [asdict(finding) for finding in verdict.findings],
        "origin": verdict.origin,
        "size": verdict.size,
        "root": _b64(verdict.root),
        "first_key": verdict.first_key,
        "days": verdict.days,
        "checkpoints": verdict.checkpoints,
        "anchor": {"size": verdict.anchored_at, "shown": verdict.anchor_shown},
        "unanchored": asdict(verdict.unanchored),
        "unsigned": asdict(verdict.unsigned),
    }


def _show(verdict: Verdict) -> None:
    out = console()
    out.print(f"{verdict.origin}: {verdict.size} entries, root {_b64(verdict.root)}")
    out.print(f"{verdict.checkpoints} checkpoints by {verdict.days} day keys")
    for finding in verdict.findings:
        note(f"({finding.exit_code}) {finding.text}")
    source = "the copy you gave" if verdict.anchor_shown else "the log's own record of anchors"
    tail = verdict.unanchored
    out.print(f"Unanchored tail: {tail.entries} entries, {tail.age_s} s, after {source}.")
    out.print("Intact." if verdict.exit_code == 0 else "NOT INTACT. Keep the files as they are.")


def _about(entry: dict[str, Any]) -> str:
    fixed = {"v", "id", "ts", "actor", "action"}
    return ", ".join(f"{key} {entry[key]}" for key in entry if key not in fixed)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(
            f"A file cannot be read: {reason_of(error)}.", what=path.name, next="Check its path."
        ) from None


def _refuse_existing(out: Path) -> None:
    if out.exists():
        raise BadInput("That file exists.", what=out.name, next="Give a new name.")
    if not out.parent.is_dir():
        raise MachineFailed("There is no such folder.", what="--out", next="Make it first.")
