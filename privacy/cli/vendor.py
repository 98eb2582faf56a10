"""`rightsdesk vendor`: who calls for the controller, and whether it may."""

from __future__ import annotations

from typing import Any

import click

from privacy.actors import Act
from privacy.cli import (
    vendor_answers,
    vendor_calls,
    vendor_chain,
    vendor_contract,
    vendor_demo,
    vendor_facts,
    vendor_form,
    vendor_given,
    vendor_mending,
    vendor_questions,
    vendor_report,
    vendor_scores,
)
from privacy.cli.options import Common, common_options, private
from privacy.cli.running import Run, open_run
from privacy.cli.showing import console, table, visible
from privacy.clock import rfc3339
from privacy.vendors import store
from privacy.vendors.store import Vendor


@click.group()
def group() -> None:
    """Third-party dialers: questionnaire, evidence, score, findings, decision."""


for _command in (
    vendor_questions.questionnaire,
    vendor_questions.extension,
    vendor_answers.ask,
    vendor_answers.answer,
    vendor_answers.answers,
    vendor_answers.evidence,
    vendor_scores.score,
    vendor_scores.compare,
    vendor_scores.history,
    vendor_scores.event,
    vendor_scores.due,
    vendor_mending.group,
    vendor_calls.audit_calls,
    vendor_calls.calls_group,
    vendor_facts.group,
    vendor_demo.demo_records,
    vendor_given.transfer,
    vendor_given.transfers,
    vendor_given.export,
    vendor_report.report,
    vendor_form.form,
    vendor_form.import_answers,
    vendor_contract.group,
    vendor_chain.sub_processor,
    vendor_chain.abroad_group,
):
    group.add_command(_command)


@group.command(epilog="Example: rightsdesk vendor new 'Example Dialer Ltd' --country GB")
@click.argument("name")
@click.option("--country", metavar="CC", default="", help="Where it is established.")
@click.option("--person", metavar="TEXT|-", help="Who to reach there; sealed.")
@click.option("--email", metavar="TEXT|-", help="Their e-mail; sealed.")
@click.option("--phone", metavar="TEXT|-", help="Their number; sealed.")
@common_options
def new(
    common: Common,
    name: str,
    country: str,
    person: str | None,
    email: str | None,
    phone: str | None,
) -> None:
    """Record a vendor. NAME is the organisation's."""
    told = _told(person, email, phone)
    with open_run(common) as run:
        made = store.new(run.desk, run.actor, name, country=country, contact=told)
        _answer(run, made)


@group.command("list", epilog="Example: rightsdesk vendor list --json")
@click.option("--state", type=click.Choice([store.ACTIVE, store.ENDED]), default=None)
@common_options
def list_command(common: Common, state: str | None) -> None:
    """All vendors."""
    with open_run(common) as run:
        run.actor.require(Act.REPORT)
        with run.desk.reading() as db:
            rows = [each.document() for each in store.listed(db, state or "")]
        columns = ("id", "name", "country", "state")
        run.answer(
            {"schema": "rightsdesk.vendors/1", "vendors": rows},
            lambda: table(
                "Vendors",
                columns,
                [[row[key] or "" for key in columns] for row in rows],
                empty="No vendor is on record. `rightsdesk vendor new NAME` records one.",
            ),
        )


@group.command(epilog="Example: rightsdesk vendor show vd-…")
@click.argument("vendor_id", metavar="VENDOR")
@common_options
def show(common: Common, vendor_id: str) -> None:
    """One vendor, by id or exact name. Opens nothing."""
    with open_run(common) as run:
        run.actor.require(Act.REPORT)
        with run.desk.reading() as db:
            found = store.vendor(db, vendor_id)
        _answer(run, found)


@group.command(epilog="Example: rightsdesk vendor contact vd-…")
@click.argument("vendor_id", metavar="VENDOR")
@click.option("--person", metavar="TEXT|-", help="Another one from now on; sealed.")
@click.option("--email", metavar="TEXT|-", help="Their e-mail; sealed.")
@click.option("--phone", metavar="TEXT|-", help="Their number; sealed.")
@click.option("--forget", is_flag=True, help="Nobody any more; what was sealed is gone.")
@common_options
def contact(
    common: Common,
    vendor_id: str,
    person: str | None,
    email: str | None,
    phone: str | None,
    forget: bool,
) -> None:
    """Who to reach at the vendor, or who it is from now on; opening stands in the log."""
    told = _told(person, email, phone)
    with open_run(common) as run:
        if forget or told:
            store.set_contact(run.desk, run.actor, vendor_id, None if forget else told)
        else:
            told = store.read_contact(run.desk, run.actor, vendor_id)
        shown = {} if forget else told
        run.answer(
            {"schema": "rightsdesk.vendor-contact/1", "contact": shown},
            lambda: table(
                "Contact",
                ("what", "value"),
                [(key, visible(value)) for key, value in shown.items()],
                empty="Nobody is named.",
            ),
        )


def _told(person: str | None, email: str | None, phone: str | None) -> dict[str, str]:
    """What was given of a contact person; `-` asks for it."""
    told = {
        "person": private(person, "Contact person"),
        "email": private(email, "E-mail"),
        "phone": private(phone, "Number"),
    }
    return {key: value for key, value in told.items() if value}


@group.command(epilog="Example: rightsdesk vendor end vd-…")
@click.argument("vendor_id", metavar="VENDOR")
@common_options
def end(common: Common, vendor_id: str) -> None:
    """The vendor calls no more; what it answered and what was found stays."""
    with open_run(common) as run:
        store.end(run.desk, run.actor, vendor_id)
        with run.desk.reading() as db:
            found = store.vendor(db, vendor_id)
        _answer(run, found)


def _answer(run: Run, found: Vendor) -> None:
    with run.desk.reading() as db:
        lines = store.history(db, found.id)
    document: dict[str, Any] = {
        "schema": "rightsdesk.vendor/1",
        **found.document(),
        "history": [
            {
                "seq": line.seq,
                "type": line.type,
                "at": rfc3339(line.at),
                "actor": line.actor,
                "facts": dict(line.facts),
            }
            for line in lines
        ],
    }

    def human() -> None:
        console().print(f"{found.name} ({found.id}): {found.state}", markup=False)
        rows = [
            (
                rfc3339(line.at),
                line.type.replace("_", " "),
                line.actor,
                " ".join(f"{key}={value}" for key, value in line.facts.items()),
            )
            for line in lines
        ]
        table("History", ("at", "what", "actor", "facts"), rows)

    run.answer(document, human)
