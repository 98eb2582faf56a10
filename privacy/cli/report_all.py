"""`rightsdesk report all`: every report of a month at once, under one signed manifest.

What a report is made from is gathered here, one after the other; pages are laid out by a pool
of processes. A report's digest is in the log before its file has its name. A run that was
interrupted goes on: what lies in the folder and is in the log is not made again. What fails is
listed and does not stop the others.
"""

from __future__ import annotations

import hashlib
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from privacy.actors import Act
from privacy.audit.entry import parse
from privacy.audit.proving import prove
from privacy.cli import sealed
from privacy.cli.branding import look_of
from privacy.cli.documents import CONFIDENTIAL, anchor
from privacy.cli.report_data import Asked, gather
from privacy.cli.running import Run
from privacy.cli.showing import progress
from privacy.clock import instant, micros, rfc3339
from privacy.desk import Desk
from privacy.errors import AnswerIsNo, BadInput, RightsdeskError
from privacy.ids import public_id
from privacy.rights.package import writing
from privacy.storage.tables.audit import AuditEntry
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import AttemptRow
from privacy.vault.files import file_errors

ALL = "all"
# Kinds of every month; the board's page is of the year that ends with it.
MONTHLY = (
    "calling-compliance",
    "do-not-call-policy",
    "consent-audit",
    "requests-performance",
    "request-register",
    "breach-register",
    "data-protection-audit",
    "board",
    "log-verification",
)
OF_A_CAMPAIGN = "campaign-compliance"
MONTHS_OF_A_YEAR = 12


@dataclass
class Made:
    """What a run made: a row for each file, what failed and why, what lay there already."""

    id: str
    folder: Path
    rows: list[Any] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    kept: int = 0
    manifest: Path | None = None
    signed: str = ""

    def document(self, month: str) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "schema": "rightsdesk.report-all/1",
            "run": self.id,
            "month": month,
            "folder": str(self.folder),
            "reports": [row.name for row in self.rows],
            "made_before": self.kept,
            "failed": [{"name": name, "why": why} for name, why in self.failed],
            "manifest": None if self.manifest is None else str(self.manifest),
            "signed": self.signed,
        }


def make_all(run: Run, month: date, folder: Path) -> Made:
    """Make every report of the month into the folder; it is made if it is not there."""
    run.actor.require(Act.REPORT)
    run.actor.require(Act.READ_LOG)
    today = run.desk.now().astimezone(ZoneInfo(run.desk.config.controller.zone)).date()
    if month > today:
        raise BadInput("That month has not begun.", what="--month", next="Give an earlier one.")
    with file_errors("folder of reports"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made, ends_at = Made(public_id("rn"), folder), _end_of(run.desk, month)
    wanted = monthly(run.desk, month)
    with progress() as bar:
        task = bar.add_task("Reports", total=len(wanted))
        waiting = []
        for name, asked in wanted:
            if _lies_there(run.desk, made, name, asked.kind, ends_at):
                bar.advance(task)
            else:
                waiting.append((name, asked))
        for _ in _printed(run, made, waiting):
            bar.advance(task)
    order = [name for name, _ in wanted]
    made.rows.sort(key=lambda row: order.index(row.name))
    made.failed.sort(key=lambda each: order.index(each[0]))
    if made.rows:
        _seal(run, made, f"{month:%Y-%m}")
    return made


def monthly(desk: Desk, month: date) -> list[tuple[str, Asked]]:
    """The reports of a month: name of the file without its ending, and what is asked."""
    last = month.replace(day=monthrange(month.year, month.month)[1])
    year = month.year * 12 + month.month - MONTHS_OF_A_YEAR
    begins = date(year // 12, year % 12 + 1, 1)
    found = []
    for kind in MONTHLY:
        first = begins if kind == "board" else month
        asked = Asked(kind, from_on=first, to_on=last)
        found.append((f"{kind}-{month:%Y-%m}", asked))
    for campaign in _campaigns(desk, month, last):
        asked = Asked(OF_A_CAMPAIGN, campaign, from_on=month, to_on=last)
        found.append((f"{OF_A_CAMPAIGN}-{campaign}-{month:%Y-%m}", asked))
    return found


def _end_of(desk: Desk, month: date) -> datetime:
    """The first instant after the month, in the controller's zone."""
    days = monthrange(month.year, month.month)[1]
    zone = ZoneInfo(desk.config.controller.zone)
    return datetime.combine(month + timedelta(days=days), time(0), tzinfo=zone)


def _campaigns(desk: Desk, first: date, last: date) -> list[str]:
    """Campaigns that called in these days."""
    table, zone = table_of(AttemptRow), ZoneInfo(desk.config.controller.zone)
    start = datetime.combine(first, time(0), tzinfo=zone)
    end = datetime.combine(last + timedelta(days=1), time(0), tzinfo=zone)
    with desk.reading() as db:
        return list(
            db.execute(
                select(table.c.campaign_id)
                .distinct()
                .where(table.c.redeemed_at >= micros(start), table.c.redeemed_at < micros(end))
                .order_by(table.c.campaign_id)
            ).scalars()
        )


def _printed(run: Run, made: Made, waiting: list[tuple[str, Asked]]) -> Iterator[None]:
    """Gather, lay out and release each report, in order."""
    from reports import mass
    from reports.report_run import Row

    kinds: dict[str, tuple[str, str]] = {}

    def tasks() -> Iterator[tuple[str, mass.Report]]:
        for name, asked in waiting:
            try:
                task = _task(run, asked)
            except RightsdeskError as error:
                made.failed.append((name, error.message))
                continue
            kinds[name] = (asked.kind, _data_sha256(task.data))
            yield name, task

    done = 0
    for each in mass.made(mass.report_pdf, tasks()):
        if each.content is None:
            made.failed.append((each.key, each.why))
        else:
            kind, data_sha256 = kinds[each.key]
            _release(run, made.folder / f"{each.key}.pdf", kind, each.content)
            digest = writing.digest(each.content)
            made.rows.append(Row(each.key, kind, digest, data_sha256))
        done += 1
        yield None
    for _ in range(len(waiting) - done):
        yield None


def _task(run: Run, asked: Asked) -> Any:
    from reports.mass import Report

    gathered = gather(run, asked)
    return Report(
        asked.kind,
        gathered.data,
        dict(gathered.annexes),
        run.desk.now(),
        anchor(run.desk),
        CONFIDENTIAL,
        look_of(run.desk.config, run.desk.folder),
    )


def _data_sha256(data: dict[str, Any]) -> str:
    from reports.canonical import canonical, sha256_hex

    return sha256_hex(canonical(data))


def _release(run: Run, target: Path, kind: str, pdf: bytes) -> None:
    """The file lies under another name until the log has its digest."""
    part = writing.part_of(target)
    part.unlink(missing_ok=True)
    writing.write_private(part, pdf)
    digest = writing.digest(pdf)
    run.desk.write(lambda unit: unit.append(sealed.MADE, run.actor.id, object=kind, digest=digest))
    writing.complete(target)


def _lies_there(desk: Desk, made: Made, name: str, kind: str, ends_at: datetime) -> bool:
    """Whether an earlier run made it: the file is there and the log has its digest.

    BadInput for a file of that name that this desk did not make, or made before `ends_at`, the
    end of the month, when that has come.
    """
    from reports import reading
    from reports.report_run import Row

    target = made.folder / f"{name}.pdf"
    part = writing.part_of(target)
    path = target if target.exists() else part
    if not path.exists():
        return False
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    made_at = _in_log(desk, kind, digest)
    if made_at is not None and made_at < ends_at <= desk.now():
        raise BadInput(
            "A report of that month was made before the month was over.",
            what=target.name,
            next="Give another folder.",
        )
    if made_at is None:
        if path == part:
            return False  # Nobody was told of it: it is made again.
        raise BadInput(
            "A file of that name is there that this desk did not make.",
            what=target.name,
            next="Give another folder, or move the file away.",
        )
    if path == part:
        writing.complete(target)
    data = reading.attached(content).data
    made.rows.append(Row(name, kind, digest, hashlib.sha256(data).hexdigest()))
    made.kept += 1
    return True


def _in_log(desk: Desk, kind: str, digest: str) -> datetime | None:
    """When the log was told of a document of that kind and digest; None if it was not."""
    table = table_of(AuditEntry)
    with desk.reading() as db:
        rows = db.execute(select(table.c.at, table.c.body).where(table.c.action == sealed.MADE))
        for at, body in rows:
            entry = parse(bytes(body))
            if (entry.get("object"), entry.get("digest")) == (kind, digest):
                return instant(at)
    return None


def _seal(run: Run, made: Made, month: str) -> None:
    """The manifest beside the reports; its entry in the log; signature and proof."""
    from reports import manifest, report_run
    from reports.log_proof import written

    content = report_run.manifest(made.id, month, rfc3339(run.desk.now()), made.rows, made.failed)
    path = _free(made.folder, f"reports-{month}")
    digest, root = writing.digest(content), report_run.root_of(made.rows)
    entry = run.desk.write(
        lambda unit: unit.append(
            report_run.WRITTEN,
            run.actor.id,
            object=made.id,
            digest=digest,
            root=root,
            count=len(made.rows),
        )
    )
    writing.write_private(path, content)
    made.manifest = path
    if run.desk.config.signing.sign == "no":
        return
    with sealed.identity(run.desk, run.actor.id) as (who, key_entry):
        signature = manifest.sign(content, who)
    run.desk.log.sequence_all()
    proof = prove(run.desk, [entry, *key_entry], 0)
    writing.write_private(path.with_suffix(".p7s"), signature)
    writing.write_private(path.with_suffix(".proof.json"), written(proof))
    made.signed = who.fingerprint


def _free(folder: Path, stem: str) -> Path:
    """A name for the manifest that nothing has: a later run has a number."""
    for number in range(1, 1_000):
        path = folder / (f"{stem}.json" if number == 1 else f"{stem}-{number}.json")
        if not path.exists():
            return path
    raise AnswerIsNo("There are too many manifests of that month.", what=stem)
