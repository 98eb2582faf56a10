"""`rightsdesk contacts export`: whom consent and law let be contacted, for one recipient."""

from __future__ import annotations

from pathlib import Path

import click

from privacy.cli.calls_law import the_law
from privacy.cli.options import Common, common_options
from privacy.cli.running import Run, open_run
from privacy.cli.showing import console, note, progress
from privacy.consented import Audience
from privacy.contacts.exporting import Recipient, given_by
from privacy.contacts.exporting import export as export_contacts
from privacy.disclosures.given import UNNAMED, Role
from privacy.errors import BadInput
from privacy.terms import Channel, Purpose
from privacy.vendors import store as vendors


@click.command(
    epilog="Example: rightsdesk contacts export --purpose marketing --channel text"
    " --recipient 'Example Mailing Ltd' --out texts.csv"
)
@click.option("--purpose", type=click.Choice([p.value for p in Purpose]), help="What it is for.")
@click.option(
    "--channel", type=click.Choice([c.value for c in Channel]), help="How they consented."
)
@click.option("--recipient", metavar="NAME", help="The organisation that gets the file.")
@click.option("--vendor", "vendor_id", metavar="VENDOR", help="Or a vendor on record.")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role if role not in UNNAMED]),
    help="What the recipient is (default third_party; a vendor: processor).",
)
@click.option("--country", metavar="CC", default="", help="Where the recipient is, such as DE.")
@click.option("--sold", is_flag=True, help="Sold or shared in the sense of the states' laws.")
@click.option("--out", type=click.Path(path_type=Path), help="A new CSV; only you can read it.")
@common_options
def export(
    common: Common,
    purpose: str | None,
    channel: str | None,
    recipient: str | None,
    vendor_id: str | None,
    role: str | None,
    country: str,
    sold: bool,
    out: Path | None,
) -> None:
    """Write a CSV of those whom consent and law let be contacted for a purpose on a channel.

    The only export without a request. The log keeps recipient, purpose, count and digest.
    """
    if purpose is None or channel is None or (recipient is None) == (vendor_id is None):
        raise BadInput(
            "Contacts leave the desk for one purpose, on one channel, to one recipient.",
            what="--purpose, --channel, --recipient",
            next="Give all three. A person's own data goes out by `rightsdesk request`.",
        )
    if out is None:
        raise BadInput("Where should the file go?", what="--out", next="Give a new file.")
    if recipient is not None:
        # Before the desk is opened: a wrong name needs no passphrase to be told.
        to = Recipient(recipient, Role(role or Role.THIRD_PARTY), country, sold)
        given_by(to, Purpose(purpose), Channel(channel))
    with open_run(common) as run, progress() as bar:
        if vendor_id is not None:
            to = _vendor(run, vendor_id, role, country, sold)
        else:
            with run.desk.reading() as db:
                vendors.check_exact(db, to.name)
        task = bar.add_task("Exporting", total=None)
        law = the_law()
        chooser = Audience(run.desk, Purpose(purpose), Channel(channel), law, run.desk.now())
        done = export_contacts(
            run.desk,
            run.actor,
            out,
            chooser,
            purpose=chooser.purpose,
            channel=chooser.channel,
            recipient=to,
            progress=lambda rows: bar.update(task, completed=rows),
        )
        document = {
            "schema": "rightsdesk.contacts-export/1",
            "id": done.id,
            "file": str(out),
            "purpose": purpose,
            "channel": channel,
            "recipient": to.name,
            "role": to.role.value,
            "country": to.country,
            "sold": sold,
            "count": done.count,
            "sha256": done.sha256,
            "entry": done.entry_id,
        }

        def human() -> None:
            console().print(f"{done.count} contacts in {out}, for {to.name}", markup=False)
            note("An opt-out after this is not in the file: give it soon, and give it anew.")

        run.answer(document, human)


def _vendor(run: Run, vendor_id: str, role: str | None, country: str, sold: bool) -> Recipient:
    """A vendor gets the file under its exact name, so that the ledger ties both."""
    with run.desk.reading() as db:
        found = vendors.vendor(db, vendor_id)
    return Recipient(found.name, Role(role or Role.PROCESSOR), country or found.country, sold)
