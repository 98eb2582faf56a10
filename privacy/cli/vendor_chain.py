"""`rightsdesk vendor sub-processor` and `abroad`: whom a vendor passes data on to, and where."""

from __future__ import annotations

from typing import Any

import click

from privacy.actors import Act
from privacy.cli.options import Common, common_options, private
from privacy.cli.running import open_run
from privacy.cli.showing import console, note, table, visible
from privacy.cli.vendor_answers import VENDOR
from privacy.vendors import abroad, store, sub_processors
from privacy.vendors.abroad import Tool
from privacy.vendors.scored import percent


@click.group("sub-processor", epilog="Example: rightsdesk vendor sub-processor list vd-…")
def sub_processor() -> None:
    """Sub-processors down the chain, with what is on record of each."""


@sub_processor.command(
    "add",
    epilog="Example: rightsdesk vendor sub-processor add vd-… 'Example Voice SA' --country FR"
    " --task 'speech synthesis' --notified 2026-10-01 --address - --contact -",
)
@VENDOR
@click.argument("name")
@click.option("--country", default="", metavar="CC", help="Where it processes.")
@click.option("--task", default="", help="What it does, in a few words; stands in clear.")
@click.option("--notified", default="", metavar="DAY", help="When you were told of it.")
@click.option("--under", default="", metavar="ID", help="The sub-processor that engaged it.")
@click.option("--address", metavar="TEXT|-", help="Its address; sealed.")
@click.option("--contact", metavar="TEXT|-", help="A contact person there; sealed.")
@common_options
def add(
    common: Common,
    vendor_id: str,
    name: str,
    country: str,
    task: str,
    notified: str,
    under: str,
    address: str | None,
    contact: str | None,
) -> None:
    """Record a sub-processor. A reassessment of the vendor is due at once."""
    details = {"address": private(address, "Address"), "contact": private(contact, "Contact")}
    with open_run(common) as run:
        made = sub_processors.add(
            run.desk,
            run.actor,
            vendor_id,
            name,
            country=country,
            task=task,
            notified_on=notified,
            parent=under,
            details={key: text for key, text in details.items() if text},
        )
        document = {"schema": "rightsdesk.vendor-sub-processor/1", "id": made}
        run.answer(document, lambda: console().print(f"Recorded {made}"))


@sub_processor.command("list", epilog="Example: rightsdesk vendor sub-processor list vd-… --words")
@VENDOR
@click.option("--words", is_flag=True, help="With address and contact; opening them is logged.")
@common_options
def list_command(common: Common, vendor_id: str, words: bool) -> None:
    """Who is engaged, each under who engaged it, and how complete the record is."""
    with open_run(common) as run:
        run.actor.require(Act.REPORT)
        with run.desk.reading() as db:
            found = sub_processors.engaged(db, store.vendor(db, vendor_id).id)
        told = sub_processors.details(run.desk, run.actor, vendor_id) if words else {}
        rows: list[dict[str, Any]] = [{**each.row(), **told.get(each.id, {})} for each in found]
        ratio = sub_processors.completeness(found)
        share = percent(None if ratio is None else 100 * ratio)
        document = {
            "schema": "rightsdesk.vendor-sub-processors/1",
            "complete_percent": share,
            "sub_processors": rows,
        }
        cells = [
            (
                row["id"],
                "  " * (row["depth"] - 1) + row["name"],
                row["country"] or "",
                row["task"] or "",
                row["notified"] or "",
                ", ".join(row["missing"]),
                *([visible(row.get("address", "")), visible(row.get("contact", ""))] * words),
            )
            for row in rows
        ]
        columns = ("id", "name", "country", "task", "notified", "missing")
        title = "Sub-processors" if share is None else f"Sub-processors, {share} % complete"
        run.answer(
            document,
            lambda: table(
                title,
                (*columns, *(("address", "contact") if words else ())),
                cells,
                empty="None is on record. `rightsdesk vendor sub-processor add` records one.",
            ),
        )


@sub_processor.command("end", epilog="Example: rightsdesk vendor sub-processor end vp-…")
@click.argument("sub_processor_id", metavar="ID")
@common_options
def end_command(common: Common, sub_processor_id: str) -> None:
    """It, and whom it engaged, work for the vendor no more."""
    with open_run(common) as run:
        sub_processors.end(run.desk, run.actor, sub_processor_id)
        document = {"schema": "rightsdesk.vendor-sub-processor/1", "id": sub_processor_id}
        run.answer({**document, "state": "ended"}, lambda: note(f"Ended: {sub_processor_id}"))


@click.group("abroad", epilog="Example: rightsdesk vendor abroad list vd-…")
def abroad_group() -> None:
    """Transfers to other countries, with their safeguards and assessments."""


@abroad_group.command(
    "add",
    epilog="Example: rightsdesk vendor abroad add vd-… IN --tool scc --assessed 2026-09-01"
    " --until 2027-09-01 --document ev-…",
)
@VENDOR
@click.argument("country")
@click.option("--tool", type=click.Choice([each.value for each in Tool]), required=True)
@click.option("--to", default="", metavar="ID", help="The sub-processor that gets the data.")
@click.option("--assessed", default="", metavar="DAY", help="Of the transfer assessment.")
@click.option("--until", default="", metavar="DAY", help="The last day of the safeguard.")
@click.option("--document", default="", metavar="ID|SHA256", help="Evidence, or a digest.")
@common_options
def add_abroad(
    common: Common,
    vendor_id: str,
    country: str,
    tool: str,
    to: str,
    assessed: str,
    until: str,
    document: str,
) -> None:
    """Record a transfer to a COUNTRY and what it rests on."""
    with open_run(common) as run:
        made = abroad.add(
            run.desk,
            run.actor,
            vendor_id,
            country,
            Tool(tool),
            to=to,
            assessed_on=assessed,
            valid_until=until,
            document=document,
        )
        told = {"schema": "rightsdesk.vendor-abroad/1", "id": made}
        run.answer(told, lambda: console().print(f"Recorded {made}"))


@abroad_group.command("list", epilog="Example: rightsdesk vendor abroad list vd-…")
@VENDOR
@common_options
def list_abroad(common: Common, vendor_id: str) -> None:
    """Where data go, by which safeguard, and what is lapsed, unassessed or not covered."""
    with open_run(common) as run:
        run.actor.require(Act.REPORT)
        with run.desk.reading() as db:
            found = abroad.listed(db, store.vendor(db, vendor_id).id)
        rows = [each.row(store.today(run.desk)) for each in found]
        columns = ("id", "country", "to", "tool", "assessed", "valid_until", "state")
        run.answer(
            {"schema": "rightsdesk.vendor-abroad-list/1", "transfers": rows},
            lambda: table(
                "Transfers to other countries",
                columns,
                [[row[key] or "" for key in columns] for row in rows],
                empty="None is on record. `rightsdesk vendor abroad add` records one.",
            ),
        )


@abroad_group.command("end", epilog="Example: rightsdesk vendor abroad end vx-…")
@click.argument("transfer_id", metavar="ID")
@common_options
def end_abroad(common: Common, transfer_id: str) -> None:
    """The transfer has ended."""
    with open_run(common) as run:
        abroad.end(run.desk, run.actor, transfer_id)
        told = {"schema": "rightsdesk.vendor-abroad/1", "id": transfer_id, "state": "ended"}
        run.answer(told, lambda: note(f"Ended: {transfer_id}"))
