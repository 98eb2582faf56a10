"""`rightsdesk report KIND`: a document as PDF, HTML, JSON or CSV, written where asked, logged."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click

from privacy.actors import Act
from privacy.cli import report_options, sealed
from privacy.cli.branding import look_of
from privacy.cli.documents import CONFIDENTIAL, last_anchor
from privacy.cli.options import Common, common_options
from privacy.cli.report_about import About, about_options
from privacy.cli.report_data import VERIFICATION, Asked, gather
from privacy.cli.report_made import Gathered
from privacy.cli.running import answer, open_run
from privacy.cli.sealed import NO_ANNEXES, Sealed
from privacy.cli.showing import console, note, progress, table
from privacy.desk import Desk
from privacy.errors import Altered, BadInput, Forked, RolledBack
from privacy.rights.package import writing

DAY = click.DateTime(["%Y-%m-%d"])
MONTH = click.DateTime(["%Y-%m"])
UNSOUND = frozenset({Altered.exit_code, RolledBack.exit_code, Forked.exit_code})
# How each kind is made; what is not made by `report` comes with the work that it is about.
MADE_BY: dict[str, str] = {
    "campaign-compliance": "rightsdesk report campaign-compliance --campaign CAMPAIGN",
    "erasure-certificate": "rightsdesk report erasure-certificate --request REQUEST",
    "request-register": "rightsdesk report request-register --from D --to D",
    "log-verification": "rightsdesk report log-verification --anchor KEPT",
    "requests-performance": "rightsdesk report requests-performance --from D --to D",
    "calling-compliance": "rightsdesk report calling-compliance --month YYYY-MM",
    "do-not-call-policy": "rightsdesk report do-not-call-policy --from D --to D",
    "data-protection-audit": "rightsdesk report data-protection-audit --from D --to D",
    "board": "rightsdesk report board --from D --to D (a year)",
    "consent-audit": "rightsdesk report consent-audit --from D --to D",
    "number-dossier": "rightsdesk report number-dossier --phone - [--for authority]",
    "who-called": "rightsdesk report who-called --phone -",
    "breach-notification": "rightsdesk report breach-notification --breach BREACH [--final]",
    "breach-register": "rightsdesk report breach-register --from D --to D",
    "vendor-calls": "rightsdesk report vendor-calls --import IMPORT",
    "vendor-due-diligence": "rightsdesk report vendor-due-diligence --vendor VENDOR",
    "vendor-comparison": "rightsdesk report vendor-comparison --vendor A --vendor B",
    "records-controller": "rightsdesk report records-controller --fields ico",
    "records-processor": "rightsdesk report records-processor --fields ico",
    "dpia": "rightsdesk report dpia --assessment ASSESSMENT --outline ico",
    "legitimate-interest": "rightsdesk report legitimate-interest --assessment ASSESSMENT",
    "access-answer": "rightsdesk request fulfil REQUEST (all four forms in its package)",
    "letter": "rightsdesk letter show LETTER --out FILE (PDF)",
}
KINDS = tuple(kind for kind, how in MADE_BY.items() if how.startswith("rightsdesk report "))
ALL = "all"
FORMATS = ("pdf", "html", "json", "csv")


@click.command(
    epilog="Example: rightsdesk report campaign-compliance --campaign cm-… --out compliance.pdf"
)
@click.argument("kind", type=click.Choice((*KINDS, ALL)), required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="pdf",
    show_default=True,
    help="html: one page; json: the data; csv: a ZIP of tables.",
)
@click.option("--campaign", help="Whose campaign-compliance report.")
@click.option("--request", "request_id", help="Whose erasure-certificate (the desk's own copy).")
@click.option("--from", "from_on", type=DAY, help="First day (default: everything; this year).")
@click.option("--to", "to_on", type=DAY, help="Last day (default: now).")
@click.option("--month", type=MONTH, help="First to last day of this month, YYYY-MM.")
@click.option("--as-of", "size", type=click.IntRange(1), help="As of this size of the log.")
@click.option(
    "--anchor",
    "anchors",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Of log-verification: a checkpoint that you kept.",
)
@click.option("--max-tail", type=click.IntRange(0), help="Entries that may have no anchor.")
@click.option("--out", type=click.Path(path_type=Path), help="New file for the PDF.")
@click.option("--sign/--no-sign", default=None, help="Default: as signing.sign says.")
@about_options
@common_options
def report(
    common: Common,
    kind: str | None,
    form: str,
    campaign: str | None,
    request_id: str | None,
    from_on: datetime | None,
    to_on: datetime | None,
    month: datetime | None,
    size: int | None,
    anchors: tuple[Path, ...],
    max_tail: int | None,
    out: Path | None,
    sign: bool | None,
    **about: Any,
) -> None:
    """Write a report with its data attached; without a KIND, list the kinds there are.

    `all` makes every report of a month (--month) into a folder (--out), under one signed
    manifest; run again, it goes on where it stopped.
    """
    if kind is None:
        list_kinds(common)
        return
    report_options.refuse_foreign(click.get_current_context(), kind)
    first, last = _days(from_on, to_on, month)
    if kind == ALL:
        _all(common, month, out)
        return
    asked = Asked(kind, campaign, request_id, first, last, anchors, max_tail, size, About(**about))
    write(common, asked, form, out, sign)


def write(common: Common, asked: Asked, form: str, out: Path | None, sign: bool | None) -> None:
    """Write what was asked in that form, and answer where it is."""
    kind = asked.kind
    zipped = form == "csv" or asked.about.package
    target = out or Path(f"{kind}.{'zip' if zipped else form}")
    made, code = _made(common, asked, form, target, sign)
    document = {
        "schema": "rightsdesk.report/1",
        "kind": kind,
        "format": form,
        "path": str(target),
        "entry": made.entry,
        "signed": made.signed,
        "exit_code": code,
    }
    if made.passphrase:
        document["passphrase"] = made.passphrase
        note(f"Pass phrase, by another way than the file, kept nowhere: {made.passphrase}")
    if made.note:
        note(made.note)
    answer(common, document, lambda: console().print(f"Written: {target}"))
    if code:
        raise click.exceptions.Exit(code)


class _NotSound(Exception):
    """Ends the run before its checkpoint is signed: what is wrong is never signed over."""


def _made(
    common: Common, asked: Asked, form: str, target: Path, sign: bool | None
) -> tuple[Sealed, int]:
    """The written report, and the exit code of what it says of the log; 0 of other kinds."""
    made, code = Sealed(b"", "", ""), 0
    with suppress(_NotSound), open_run(common) as run:
        run.actor.require(Act.REPORT)
        writing.refuse_existing(target)
        with progress() as bar:
            task = bar.add_task("Calls looked at again", total=None, visible=False)
            said = partial(bar.update, task, visible=True)
            gathered = gather(run, replace(asked, progress=lambda done: said(completed=done)))
        if asked.kind == VERIFICATION:
            code = int(gathered.data["verification"]["exit_code"])
        if code in UNSOUND:
            made = _unsound(run.desk, asked.kind, gathered, form)
            writing.write_private(target, made.pdf)
            raise _NotSound
        made = write_report(
            run.desk, run.actor.id, asked.kind, gathered.data, target,
            sign=sign, annexes=gathered.annexes, form=form, package=asked.about.package,
        )  # fmt: skip
    return made, code


def _unsound(desk: Desk, kind: str, gathered: Gathered, form: str) -> Sealed:
    """The report on a log that does not hold: as PDF, in no log and signed by nobody."""
    from reports.render import render

    if form != "pdf":
        raise BadInput("This report comes as PDF only.", what="--format", next="Leave it out.")
    document = render(
        kind,
        gathered.data,
        made_at=desk.now(),
        anchor=last_anchor(desk),
        classification=CONFIDENTIAL,
        look=look_of(desk.config, desk.folder),
        annexes=gathered.annexes,
    )
    why = "The log does not hold: this report is in no log and nobody signed it."
    return Sealed(document.pdf, "", "", why)


def list_kinds(common: Common) -> None:
    """The kinds of reports, a line each: what it is, for whom, and what makes it."""
    from reports import letter
    from reports.render import KINDS as MODULES
    from reports.render import report_of
    from reports.showing import headline

    found = {**{kind: report_of(kind) for kind in MODULES}, "letter": letter}
    rows = [
        {
            "kind": kind,
            "about": headline(it.ABOUT),
            "for": it.FOR_WHOM,
            "made_by": MADE_BY.get(kind, ""),
        }
        for kind, it in found.items()
    ]
    document = {"schema": "rightsdesk.report-kinds/1", "kinds": rows}

    def human() -> None:
        table(
            "", ("report", "what it is", "made by"),
            [(row["kind"], row["about"], row["made_by"]) for row in rows],
        )  # fmt: skip

    answer(common, document, human)


def write_report(
    desk: Desk,
    actor_id: str,
    kind: str,
    data: dict[str, Any],
    target: Path,
    *,
    sign: bool | None = None,
    annexes: Mapping[str, bytes] = NO_ANNEXES,
    form: str = "pdf",
    package: bool = False,
) -> Sealed:
    """Make the document, log its digest, sign it, then write it with mode 0600.

    `package`: inside an AES-256 ZIP, whose digest is in the log too before it is written.
    """
    if form == "pdf":
        made = sealed.make(desk, actor_id, kind, data, sign=sign, annexes=annexes)
    else:
        content, entry = sealed.make_form(desk, actor_id, kind, form, data, annexes=annexes)
        made = Sealed(content, entry, "")
    if package:
        made = sealed.packaged(desk, actor_id, f"{kind}.{form}", made)
    writing.write_private(target, made.pdf)
    return made


def _all(common: Common, month: datetime | None, out: Path | None) -> None:
    """Every report of a month; ends with 1 where some failed."""
    from privacy.cli.report_all import make_all

    if month is None:
        raise BadInput("Of which month?", what="--month", next="Give it as YYYY-MM.")
    with open_run(common) as run:
        name = f"{month:%Y-%m}"
        made = make_all(run, month.date(), out or Path(f"reports-{name}"))

        def human() -> None:
            console().print(f"{len(made.rows)} reports in {made.folder}, {made.kept} made before.")
            for failed, why in made.failed:
                console().print(f"failed: {failed}: {why}")

        run.answer(made.document(name), human)
    if made.failed:
        raise click.exceptions.Exit(1)


def _days(
    from_on: datetime | None, to_on: datetime | None, month: datetime | None
) -> tuple[date | None, date | None]:
    """First and last day as they were asked for. BadInput for a month beside other days."""
    if month is None:
        return _day(from_on), _day(to_on)
    if from_on is not None or to_on is not None:
        raise BadInput("A month, or days?", what="--month", next="Give one of the two.")
    first = month.date()
    return first, first.replace(day=monthrange(first.year, first.month)[1])


def _day(given: datetime | None) -> date | None:
    return None if given is None else given.date()
