"""`rightsdesk work`: timed work, run by the system's timer; no daemon of ours.

Opening the desk has already finished what a crash left: lines of the ledger of
no, erasures, an open epoch turn. What is left is what becomes due by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import click

from privacy.actors import ALLOWED, Act
from privacy.cli import today_vendors
from privacy.cli.options import Common, common_options
from privacy.cli.running import Run, open_run
from privacy.cli.showing import table
from privacy.cli.work_erasing import end_retention, resume_erasures
from privacy.cli.work_mail import delete_evidence, end_copies, mail_due, send_mail
from privacy.cli.work_reports import make_reports, reports_due
from privacy.clock import micros
from privacy.datamap.assessments import reviews
from privacy.gateway import judgements, recovery
from privacy.gateway.gate import Gate
from privacy.law import calling
from privacy.rights import erasure, evidence, keeping, notices, reminders, retention
from privacy.rights.arriving import staff
from privacy.rights.breach import reminders as breach_reminders
from privacy.rights.package import copies
from privacy.vault.epochs import turn
from privacy.vendors import reassessing
from privacy.vendors.calls import keeping as keeping_calls


@dataclass(frozen=True)
class Work:
    """One kind of timed work: how much is due, and what does it."""

    name: str
    due: int
    do: Callable[[], str]


@click.command(epilog="Example, from a timer: rightsdesk work --once --as admin")
@click.option("--once", is_flag=True, help="Do what is due and end (what it does anyway).")
@click.option("--list", "only_list", is_flag=True, help="Show what is due and do nothing.")
@common_options
def work(common: Common, once: bool, only_list: bool) -> None:
    """Do what is due: destroy keys whose ground ended, sequence and sign the log."""
    with open_run(common) as run:
        rows = []
        for each in _works(run):
            done = "" if only_list or not each.due else each.do()
            rows.append((each.name, each.due, done))
        keys = ("work", "due", "done")
        document = {
            "schema": "rightsdesk.work/1",
            "work": [dict(zip(keys, row, strict=True)) for row in rows],
        }
        run.answer(document, lambda: table("Timed work", keys, rows))


def _works(run: Run) -> list[Work]:
    desk = run.desk
    with desk.reading() as db:
        head = desk.log.head(db)
        waiting = desk.log.unsequenced(db)
        open_calls, old_tags = recovery.due(db, micros(desk.now()))
    signed = desk.signing.last()
    tail = head.size - (signed.size if signed else 0)
    return [
        Work(
            "reminders of breaches",
            len(breach_reminders.due(desk)),
            lambda: f"{breach_reminders.make(desk, run.actor)} made",
        ),
        Work("calls to ask the law about again", judgements.due(desk), lambda: _judge(run)),
        Work(
            "erasures whose hold has ended",
            len(erasure.released(desk)),
            lambda: resume_erasures(run),
        ),
        Work(
            "people whose retention has ended", len(retention.due(desk)), lambda: end_retention(run)
        ),
        Work("keys whose ground has ended", len(keeping.expired(desk)), lambda: _sweep(run)),
        Work(
            "call records of vendors kept long enough",
            len(keeping_calls.due(desk)),
            lambda: f"{keeping_calls.end(desk, run.actor)} destroyed",
        ),
        Work("entries not yet in the tree", waiting, lambda: f"{desk.log.sequence()} sequenced"),
        Work("calls that nobody ended", open_calls, lambda: f"{_settle(run)} settled"),
        Work("tags of old calls", old_tags, lambda: f"{_forget(run)} cleared"),
        Work("arrivals left half taken", len(staff.unfinished(desk)), lambda: _go_on(run)),
        Work("notices of lists bought in", len(notices.missing(desk)), lambda: _notices(run)),
        Work("reminders of due days", len(reminders.due(desk)), lambda: _remind(run)),
        Work(
            "reminders of assessments to review",
            len(reviews.due(desk)),
            lambda: f"{reviews.make(desk, run.actor)} made",
        ),
        Work(
            "vendors to be asked again",
            len(reassessing.to_begin(desk)),
            lambda: today_vendors.begin(desk, run.actor),
        ),
        Work(
            "reminders of what vendors have to mend",
            len(reassessing.reminders(desk)),
            lambda: today_vendors.remind(desk, run.actor),
        ),
        Work("mail that waits", mail_due(run), lambda: send_mail(run)),
        Work("copies of packages whose days are over", copies.due(desk), lambda: end_copies(run)),
        Work("evidence of decided requests", evidence.due(desk), lambda: delete_evidence(run)),
        Work("reports of periods that ended", reports_due(run), lambda: make_reports(run)),
        Work("entries under no checkpoint", tail, lambda: _sign(run)),
    ]


def _judge(run: Run) -> str:
    """While the facts of each are there: an erasure takes them, and the answer stays."""
    if Act.REPORT not in ALLOWED[run.actor.role]:
        return "waiting: needs an actor who may report"
    return f"{judgements.judge_due(run.desk, run.actor)} asked about"


def _sweep(run: Run) -> str:
    """Destroy the keys, then turn the epoch, so that old copies of the vault lose them too."""
    run.actor.require(Act.ERASE)
    swept = keeping.sweep(run.desk, run.actor)
    turned = turn(run.desk.vault, run.actor.id)
    return f"{swept} destroyed, epoch {turned.epoch} destroyed"


def _sign(run: Run) -> str:
    checkpoint = run.desk.sign_checkpoint()
    return "nothing to sign" if checkpoint is None else f"signed at {checkpoint.size}"


def _settle(run: Run) -> int:
    """What a dead dialer left open ends as UNCERTAIN, counts as a call, and is not redialled."""
    return recovery.settle(Gate(run.desk, calling.answer), run.actor.id)


def _forget(run: Run) -> int:
    return recovery.forget_old_tags(run.desk, run.actor.id)


def _remind(run: Run) -> str:
    return f"{reminders.make(run.desk, run.actor)} made"


def _go_on(run: Run) -> str:
    return f"{staff.go_on(run.desk, run.actor)} gone on with"


def _notices(run: Run) -> str:
    return f"{len(notices.open_missing(run.desk, run.actor))} opened"
