"""Timed work on reports: what is due is made once, logged, and lies in its folder.

The file lies as FILE.part until the log says that the report was made; a run that was killed
between the two gives it its name the next time. A report that fails is named; the others are
made, and it stays due.
"""

from __future__ import annotations

from pathlib import Path

from privacy import scheduled
from privacy.actors import ALLOWED, Act
from privacy.cli import sealed
from privacy.cli.report_data import Asked, gather
from privacy.cli.running import Run
from privacy.cli.showing import note
from privacy.errors import RightsdeskError
from privacy.rights.package import writing
from privacy.scheduled import FAILED, MADE, Due
from privacy.vault.files import file_errors

FOLDER = "reports"


def reports_due(run: Run) -> int:
    """How many reports are to be made, and how many files wait for their name."""
    return len(scheduled.due(run.desk)) + len(_unnamed(run))


def make_reports(run: Run) -> str:
    """Make every report that is due; how many, and which failed."""
    if not {Act.REPORT, Act.READ_LOG} <= ALLOWED[run.actor.role]:
        return "waiting: needs an actor who may report and read the log"
    folder = folder_of(run)
    with file_errors("folder of reports"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for target in _unnamed(run):
        writing.complete(target)
    made, failed = 0, []
    for one in scheduled.due(run.desk):
        try:
            _make(run, one, folder / f"{one.key}.pdf")
            made += 1
        except RightsdeskError as error:
            failed.append(one.key)
            _note_failure(run, one, error.code)
            note(f"{one.key} was not made: {error.message}")
    said = f"{made} made in {folder}"
    return f"{said}; failed and due again: {', '.join(failed)}" if failed else said


def _note_failure(run: Run, one: Due, code: str) -> None:
    """Say in the log that it failed, and why, unless the last time it failed for the same."""
    known = {each.report.key: each.code for each in scheduled.failed(run.desk)}
    if known.get(one.key) != code:
        run.desk.write(lambda unit: unit.append(FAILED, run.actor.id, object=one.key, outcome=code))


def _unnamed(run: Run) -> list[Path]:
    """Files whose report is in the log and that have no name yet: a run was killed."""
    folder = folder_of(run)
    parts = sorted(folder.glob("*.pdf.part")) if folder.is_dir() else []
    with run.desk.reading() as db:
        known = scheduled.keys_made(db) if parts else set()
    named = [part.with_suffix("") for part in parts]
    return [target for target in named if target.stem in known and not target.exists()]


def folder_of(run: Run) -> Path:
    """Where scheduled reports lie: `reports.out`, relative to the desk folder."""
    return run.desk.folder / (run.desk.config.reports.out or FOLDER)


def _make(run: Run, one: Due, target: Path) -> None:
    writing.refuse_existing(target)
    part = writing.part_of(target)
    # Of a run that was killed before its entry: nobody was told of it.
    part.unlink(missing_ok=True)
    period = one.period
    asked = Asked(one.kind, one.campaign or None, None, period.from_on, period.to_on)
    gathered = gather(run, asked)
    made = sealed.make(run.desk, run.actor.id, one.kind, gathered.data, annexes=gathered.annexes)
    writing.write_private(part, made.pdf)
    digest = writing.digest(made.pdf)
    run.desk.write(lambda unit: unit.append(MADE, run.actor.id, object=one.key, digest=digest))
    writing.complete(target)
