"""`rightsdesk disclosure`: who received what of whom, when and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from privacy.cli.options import Common, common_options
from privacy.cli.persons import contact_value, one_holder
from privacy.cli.running import Run, open_run
from privacy.cli.showing import console, note, progress, table
from privacy.cli.when import instant_option
from privacy.disclosures import store as disclosures
from privacy.disclosures import third_parties
from privacy.disclosures.given import UNNAMED, Disclosure, Given, Role, Way, totals
from privacy.errors import BadInput
from privacy.rights import disclosing, people_store, recipients, selecting, standing
from privacy.rights.selecting import Listed, Where
from privacy.terms import OpeningPurpose

ROLES = [role.value for role in Role if role not in UNNAMED]
COLUMNS = ("at", "recipient", "role", "what", "why", "way", "sold", "id")
MOST = 200


@click.group()
def group() -> None:
    """Who received what of whom (GDPR Articles 15(1)(c), 19; lists of the states)."""


@group.command(
    "list", epilog="Example: printf '+442079460000' | rightsdesk disclosure list --phone -"
)
@click.option("--phone", metavar="N|-", help="Of the person with this number.")
@click.option("--email", metavar="E|-", help="Of the person with this e-mail.")
@click.option("--person", type=int, help="Where several share it: whose.")
@click.option("--recipient", metavar="NAME", default="", help="To this organisation.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="From this day on.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="To this day, included.")
@click.option("--sold", is_flag=True, help="Only what was sold or shared.")
@common_options
def list_command(
    common: Common,
    phone: str | None,
    email: str | None,
    person: int | None,
    recipient: str,
    since: datetime | None,
    until: datetime | None,
    sold: bool,
) -> None:
    """Lines of the ledger, newest last; with a person, everything that they are owed."""
    with open_run(common) as run:
        standing.require_reader(run.actor)
        people = _people(run, phone, email, person) if phone or email else None
        zone = ZoneInfo(run.desk.config.controller.zone)
        question = disclosures.Question(
            people=people,
            recipient=recipient,
            since=None if since is None else since.replace(tzinfo=zone),
            until=None if until is None else (until + timedelta(days=1)).replace(tzinfo=zone),
            sold=True if sold else None,
        )
        with run.desk.reading() as db:
            lines = disclosures.listed(db, question)
        document: dict[str, Any] = {
            "schema": "rightsdesk.disclosures/1",
            "disclosures": [line.document() for line in lines],
        }
        if people is not None:
            found = recipients.of(run.desk, people)
            document["recipients"] = [each.document() for each in found]
        run.answer(document, lambda: _print(document))


def _print(document: dict[str, Any]) -> None:
    lines = document["disclosures"]
    table(
        "Disclosures",
        COLUMNS,
        [_cells(line) for line in lines[-MOST:]],
        empty="Nothing was disclosed. `rightsdesk disclosure add` records what left otherwise.",
    )
    if len(lines) > MOST:
        note(f"The last {MOST} of {len(lines)}; --json gives all.")
    if document.get("recipients"):
        columns = ("name", "role", "country", "what", "why", "first_at", "last_at")
        rows = [[each[key] for key in columns] for each in document["recipients"]]
        table("Recipients, with calls and older exports", columns, rows)


def _cells(line: dict[str, Any]) -> list[Any]:
    told = {**line, "what": " ".join(line["what"]), "sold": "yes" if line["sold"] else ""}
    told["recipient"] = told["recipient"] or f"({line['role']})"
    return [told[key] for key in COLUMNS]


@group.command("recipients", epilog="Example: rightsdesk disclosure recipients --json")
@common_options
def recipients_command(common: Common) -> None:
    """Recipients of anybody's data, for notices and the record of processing (Art. 14, 30)."""
    with open_run(common) as run:
        standing.require_reader(run.actor)
        with run.desk.reading() as db:
            found = [total.document() for total in totals(disclosures.read(db))]
        columns = ("recipient", "role", "country", "what", "why", "lines", "first", "last")
        named = [each for each in found if each["recipient"]]
        rows = [
            [*({**each, "what": " ".join(each["what"])}[key] for key in columns)] for each in named
        ]
        run.answer(
            {"schema": "rightsdesk.recipients/1", "recipients": found},
            lambda: table("Recipients", columns, rows, empty="Nobody got data yet."),
        )


@group.command(epilog="Example: rightsdesk disclosure show 123456789")
@click.argument("line_id", type=int)
@common_options
def show(common: Common, line_id: int) -> None:
    """One line of the ledger."""
    with open_run(common) as run:
        standing.require_reader(run.actor)
        with run.desk.reading() as db:
            line: Disclosure = disclosures.one(db, line_id)
        document = {"schema": "rightsdesk.disclosure/1", **line.document()}
        run.answer(
            document, lambda: table("", ("what", "value"), [[*pair] for pair in document.items()])
        )


@group.command(
    epilog="Example: rightsdesk disclosure add --csv sent.csv --recipient 'Example Insurance plc'"
    " --role third_party --what names,phone --why joint_campaign --basis consent"
)
@click.option("--recipient", required=True, metavar="NAME", help="The organisation that got it.")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--what", required=True, metavar="CODES", help="Categories, such as names,phone.")
@click.option("--why", required=True, help="The purpose, in a few words.")
@click.option("--basis", required=True, help="The lawful basis, such as consent or a contract.")
@click.option("--country", metavar="CC", default="", help="Where the recipient is.")
@click.option("--sold", is_flag=True, help="Sold or shared in the sense of the states' laws.")
@instant_option("--at", "When it was given; default now.")
@click.option("--id", "ref", default="", help="Goes on with an interrupted one.")
@click.option("--phone", metavar="N|-", help="The person with this number.")
@click.option("--email", metavar="E|-", help="The person with this e-mail.")
@click.option("--person", type=int, help="Where several share it: whose.")
@click.option("--csv", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--import", "import_id", metavar="ID", default="", help="Everybody of an import.")
@click.option("--source", metavar="CODE", default="", help="Everybody of a source.")
@common_options
def add(
    common: Common,
    recipient: str,
    role: str,
    what: str,
    why: str,
    basis: str,
    country: str,
    sold: bool,
    at: datetime | None,
    ref: str,
    phone: str | None,
    email: str | None,
    person: int | None,
    path: Path | None,
    import_id: str,
    source: str,
) -> None:
    """Record a transfer made outside the desk, one line a person."""
    codes = tuple(code.strip() for code in what.split(","))
    given = Given(recipient, Role(role), codes, why, basis, Way.BY_HAND, ref, country, sold)
    if sum(map(bool, (phone or email, path, import_id, source))) != 1:
        raise BadInput(
            "Whose data? Give a person, --csv, --import or --source.", what="people", next="One."
        )
    with open_run(common) as run, progress() as bar:
        task = bar.add_task("Recording", total=None)
        listed = Listed()
        pages: Iterator[list[int]]
        if path is not None:
            pages = selecting.of_list(run.desk, run.actor, path, OpeningPurpose.LOOKUP, listed)
        elif import_id or source:
            pages = selecting.people(run.desk, Where(import_id=import_id, source=source))
        else:
            pages = disclosing.pages_of(_people(run, phone, email, person)[:1])
        done = disclosing.add(
            run.desk,
            run.actor,
            given,
            pages,
            at or run.desk.now(),
            lambda count: bar.update(task, completed=count),
        )
        document = {
            "schema": "rightsdesk.disclosure-added/1",
            "id": done.ref,
            "people": done.people,
            "recorded_before": done.known,
            "lines_unreadable": listed.unreadable,
            "lines_of_nobody": listed.unknown,
        }

        def human() -> None:
            console().print(f"Recorded {done.ref}: {done.people} persons, to {recipient}.")
            if listed.unknown:
                note(f"{len(listed.unknown)} lines of the list belong to nobody here.")

        run.answer(document, human)


@group.command(epilog="Example: rightsdesk disclosure told rq-… --recipient 'Example Mailing Ltd'")
@click.argument("request_id")
@click.option("--recipient", required=True, metavar="NAME", help="One that the request lists.")
@common_options
def told(common: Common, request_id: str, recipient: str) -> None:
    """A recipient was told of a correction, an erasure or a restriction (Article 19)."""
    with open_run(common) as run:
        done = disclosing.told(run.desk, run.actor, request_id, recipient)
        document = {"schema": "rightsdesk.recipient-told/1", "request": request_id, **done}
        run.answer(document, lambda: console().print(f"Recorded: {recipient} was told."))


@group.command(
    "third-parties",
    epilog="Example: printf '+15035550100' | rightsdesk disclosure third-parties --phone -"
    " --law US_OR",
)
@click.option("--law", required=True, metavar="LAW", help="US_OR, US_MN or US_CT.")
@click.option("--phone", metavar="N|-", help="Of the person with this number.")
@click.option("--email", metavar="E|-", help="Of the person with this e-mail.")
@click.option("--person", type=int, help="Where several share it: whose.")
@click.option("--any", "anybody", is_flag=True, help="Of anybody's data, where the law lets.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="By the law of this day.")
@common_options
def third_parties_command(
    common: Common,
    law: str,
    phone: str | None,
    email: str | None,
    person: int | None,
    anybody: bool,
    on: datetime | None,
) -> None:
    """The list of specific third parties that a state's law gives; no natural persons."""
    with open_run(common) as run:
        standing.require_reader(run.actor)
        day = run.desk.now().date() if on is None else on.date()
        rule = _rule(law, day)
        if anybody:
            names = recipients.of_anybody(run.desk, rule)
            found = third_parties.document(rule, names, scope="any")
        else:
            people = _people(run, phone, email, person)
            (found,) = recipients.owed_lists([law], day, recipients.of(run.desk, people))
        document = {"schema": "rightsdesk.third-parties/1", **found}

        def human() -> None:
            rows = [[name] for name in found["names"]]
            table(f"Third parties ({rule.citation})", ("name",), rows, empty="None.")

        run.answer(document, human)


def _rule(law: str, day: date) -> third_parties.Owed:
    rule = third_parties.owed(law, day)
    if rule is None:
        raise BadInput(
            "That law gives no such list on that day.",
            what=law,
            next=f"Lists are given by {', '.join(third_parties.laws())}.",
        )
    return rule


def _people(run: Run, phone: str | None, email: str | None, person: int | None) -> tuple[int, ...]:
    value = contact_value(phone, email, run.desk.config.region or None)
    holder = one_holder(run, value, person, OpeningPurpose.LOOKUP)
    with run.desk.reading() as db:
        return people_store.merged_set(db, holder.subject_id)
