"""`rightsdesk breach`: the register of personal data breaches, with its 72 hours."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from privacy.cli import breach_people
from privacy.cli.breach_shown import document_of, print_breach
from privacy.cli.options import Common, common_options, private
from privacy.cli.running import Run, open_run
from privacy.cli.showing import console, note, table
from privacy.cli.when import instant_option
from privacy.errors import BadInput
from privacy.rights import standing
from privacy.rights.breach import (
    account,
    notice,
    noticing,
    record,
    register,
    reminders,
    states,
    store,
    telling,
)
from privacy.rights.breach.account import Account
from privacy.rights.breach.states import Event, Ground, Risk
from privacy.rights.breach.store import New


@click.group()
def group() -> None:
    """Personal data breaches: incident, clock, who is affected, notices, record."""


group.add_command(breach_people.affected)
group.add_command(breach_people.letters)
REASONS = click.option("--reasons", metavar="TEXT|-", default="", help="Why; sealed.")


@group.command(
    "open",
    epilog="Example: rightsdesk breach open --aware 2026-11-27T15:00:00+01:00 --account told.json",
)
@instant_option("--aware", "When the controller became aware: the 72 hours run from here.")
@instant_option("--began", "When it began, as far as it is known.")
@instant_option("--ended", "When it ended.")
@click.option("--account", "path", metavar="FILE|-", help="What happened, as JSON; sealed.")
@click.option("--law", "laws", multiple=True, help="A law that applies; default the controller's.")
@click.option("--role", type=click.Choice(register.ROLES), default="controller", show_default=True)
@common_options
def open_command(
    common: Common,
    aware: datetime | None,
    began: datetime | None,
    ended: datetime | None,
    path: str | None,
    laws: tuple[str, ...],
    role: str,
) -> None:
    """Open an incident; its clock runs at once."""
    if aware is None:
        raise BadInput(
            "When did the controller become aware of it?",
            what="--aware",
            next="Give the instant with its offset: 72 elapsed hours run from there.",
        )
    told = _account(path)
    with open_run(common) as run:
        found = register.open_breach(
            run.desk, run.actor, aware, told, laws=laws, role=role, began_at=began, ended_at=ended
        )
        _answer(run, found.id)


@group.command("list", epilog="Example: rightsdesk breach list --json")
@click.option("--state", type=click.Choice([s.value for s in states.State]), default=None)
@common_options
def list_command(common: Common, state: str | None) -> None:
    """All breaches, closed ones too; those that run with the hours that are left."""
    with open_run(common) as run:
        standing.require_reader(run.actor)
        now = run.desk.now()
        with run.desk.reading() as db:
            every = store.listed(db, state or "")
        open_ones = {row.breach.id: row.document(now) for row in reminders.running(run.desk)}
        rows: list[dict[str, Any]] = [
            {
                "id": each.id,
                "state": each.state,
                "risk": each.risk,
                "laws": list(each.laws),
                "aware": each.aware_at.isoformat(),
                "hours_left": open_ones.get(each.id, {}).get("hours_left"),
                "owed": open_ones.get(each.id, {}).get("owed", []),
            }
            for each in every
        ]
        columns = ("id", "state", "risk", "aware", "hours_left", "owed")
        run.answer(
            {"schema": "rightsdesk.breaches/1", "breaches": rows},
            lambda: table(
                "Breaches",
                columns,
                [[*(row[key] for key in columns[:-1]), " ".join(row["owed"])] for row in rows],
                empty="No breach is on record. `rightsdesk breach open` opens one.",
            ),
        )


@group.command(epilog="Example: rightsdesk breach show br-…")
@click.argument("breach_id")
@common_options
def show(common: Common, breach_id: str) -> None:
    """One breach: clocks, what is owed, figures, timeline. Opens nothing."""
    with open_run(common) as run:
        standing.require_reader(run.actor)
        _answer(run, breach_id)


@group.command(epilog="Example: rightsdesk breach event br-… --type contained --note -")
@click.argument("breach_id")
@click.option("--type", "kind", type=click.Choice(["noted", "contained", "reopened"]))
@click.option("--note", "words", metavar="TEXT|-", default="", help="In words; sealed.")
@click.option("--account", "path", metavar="FILE|-", help="Another account, as JSON.")
@click.option("--custody", is_flag=True, help="Record how the keys are kept: Article 34(3)(a).")
@click.option("--controller-told", is_flag=True, help="As a processor: Article 33(2).")
@instant_option("--aware", "The instant of awareness was another one; with --reasons.")
@instant_option("--began", "When it began, as far as it is known now.")
@instant_option("--ended", "When it ended.")
@instant_option("--at", "When it was, if not now.")
@REASONS
@common_options
def event(
    common: Common,
    breach_id: str,
    kind: str | None,
    words: str,
    path: str | None,
    custody: bool,
    controller_told: bool,
    aware: datetime | None,
    began: datetime | None,
    ended: datetime | None,
    at: datetime | None,
    reasons: str,
) -> None:
    """Add to the timeline, which is only ever added to."""
    chosen = (kind, path, custody or None, controller_told or None, aware, began or ended)
    if sum(each is not None for each in chosen) != 1:
        raise BadInput(
            "Give one of --type, --account, --custody, --controller-told, --aware, --began.",
            what="event",
            next="See --help.",
        )
    told = _account(path) if path is not None else None
    said = private(words, "Note") or ""
    why = private(reasons, "Reasons") or ""
    with open_run(common) as run:
        desk, actor = run.desk, run.actor
        if kind is not None:
            register.tell(desk, actor, breach_id, New(Event(kind), at, {}, said))
        elif told is not None:
            register.change_account(desk, actor, breach_id, told)
        elif custody:
            register.prove_custody(desk, actor, breach_id)
        elif aware is not None:
            register.correct_aware(desk, actor, breach_id, aware, why)
        elif began is not None or ended is not None:
            register.date_it(desk, actor, breach_id, began_at=began, ended_at=ended)
        else:
            register.tell_controller(desk, actor, breach_id, at)
        _answer(run, breach_id)


@group.command(epilog="Example: rightsdesk breach assess br-… --risk high --reasons -")
@click.argument("breach_id")
@click.option("--risk", type=click.Choice(["unlikely", "risk", "high"]), required=True)
@REASONS
@common_options
def assess(common: Common, breach_id: str, risk: str, reasons: str) -> None:
    """Record the risk to the people, with reasons: they decide what is owed."""
    why = private(reasons, "Reasons") or ""
    with open_run(common) as run:
        register.assess(run.desk, run.actor, breach_id, Risk(risk), why)
        _answer(run, breach_id)


@group.command(
    epilog="Example: rightsdesk breach notify br-… --law EU_GDPR --out notice; then --sent"
)
@click.argument("breach_id")
@click.option("--law", metavar="LAW", default="", help="Under which law; default the leading one.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the notice: .json and .txt.")
@click.option("--language", default="en", show_default=True, help="Of the account's words.")
@click.option("--sent", is_flag=True, help="Record that it was sent.")
@click.option("--complete", is_flag=True, help="Nothing will follow.")
@click.option("--delay-reasons", metavar="TEXT|-", default="", help="Why it is late; sealed.")
@click.option("--reference", default="", help="The authority's reference.")
@click.option("--people", type=click.Choice(telling.HOW), help="The people were told, and how.")
@click.option("--not-telling", type=click.Choice([g.value for g in Ground]), help="Article 34(3).")
@click.option("--agree", is_flag=True, help="As a second person: people need not be told.")
@instant_option("--at", "When it was, if not now.")
@REASONS
@common_options
def notify(
    common: Common,
    breach_id: str,
    law: str,
    out: Path | None,
    language: str,
    sent: bool,
    complete: bool,
    delay_reasons: str,
    reference: str,
    people: str | None,
    not_telling: str | None,
    agree: bool,
    at: datetime | None,
    reasons: str,
) -> None:
    """The notice to the authority; and how people were told, or why they are not."""
    late = private(delay_reasons, "Reasons for the delay") or ""
    why = private(reasons, "Reasons") or ""
    with open_run(common) as run:
        desk, actor = run.desk, run.actor
        if people is not None:
            telling.people_told(desk, actor, breach_id, people, at)
        elif not_telling is not None:
            register.propose_not_telling(desk, actor, breach_id, Ground(not_telling), why)
        elif agree:
            register.approve_not_telling(desk, actor, breach_id)
        else:
            chosen = law or _leading(run, breach_id)
            if not sent:
                _draft(run, breach_id, chosen, out, late, language)
                return
            register.notify(
                desk,
                actor,
                breach_id,
                chosen,
                at=at,
                complete=complete,
                delay_reasons=late,
                reference=reference,
            )
        _answer(run, breach_id)


@group.command("record", epilog="Example: rightsdesk breach record br-… --out record")
@click.argument("breach_id")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Writes .json, .txt.")
@common_options
def record_command(common: Common, breach_id: str, out: Path) -> None:
    """The record of Article 33(5): facts, effects, remedial action, decisions, log."""
    with open_run(common) as run:
        found = record.document(run.desk, run.actor, breach_id)
        digests = noticing.write(
            run.desk, run.actor, out, found, record.text(found), "breach.record_made"
        )
        document = {"schema": "rightsdesk.breach-record-made/1", "files": digests}
        run.answer(document, lambda: console().print("\n".join(digests), markup=False))


@group.command(epilog="Example: rightsdesk breach close br-…")
@click.argument("breach_id")
@click.option("--note", "words", metavar="TEXT|-", default="", help="In words; sealed.")
@common_options
def close(common: Common, breach_id: str, words: str) -> None:
    """Close it, once nothing is owed; the record stays."""
    said = private(words, "Note") or ""
    with open_run(common) as run:
        register.close(run.desk, run.actor, breach_id, said)
        _answer(run, breach_id)


def _draft(run: Run, breach_id: str, law: str, out: Path | None, late: str, language: str) -> None:
    fields = noticing.prepare(
        run.desk, run.actor, breach_id, law, delay_reasons=late, language=language
    )
    words = notice.text(fields)
    document = {**fields, "files": {}}
    if out is not None:
        document["files"] = noticing.write(
            run.desk, run.actor, out, fields, words, "breach.notice_made"
        )

    def human() -> None:
        console().print(words, markup=False)
        if fields["missing"]:
            note(f"Missing: {' '.join(fields['missing'])}. It may follow in phases (33(4)).")
        note("A draft: record that it was sent with --sent.")

    run.answer(document, human)


def _leading(run: Run, breach_id: str) -> str:
    with run.desk.reading() as db:
        return store.breach(db, breach_id).laws[0]


def _answer(run: Run, breach_id: str) -> None:
    document = document_of(run.desk, breach_id)
    run.answer(document, lambda: print_breach(document))


def _account(path: str | None) -> Account:
    if path is None:
        return Account()
    try:
        content = sys.stdin.read() if path == "-" else Path(path).read_text("utf-8")
        return account.from_document(json.loads(content))
    except (ValueError, OSError, RecursionError):
        raise BadInput(
            "The account of the incident cannot be read.",
            what="--account",
            next="Give a file of JSON in UTF-8; docs/breaches.md has its form.",
        ) from None
