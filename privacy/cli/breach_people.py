"""`rightsdesk breach affected` and `letters`: who is affected, and their notices in bulk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from privacy.cli.options import Common, common_options
from privacy.cli.running import Run, open_run
from privacy.cli.showing import console, note, progress, table
from privacy.cli.when import instant_option
from privacy.errors import BadInput
from privacy.rights import selecting, standing
from privacy.rights.breach import affected as affecting
from privacy.rights.breach import counting, telling
from privacy.rights.breach.affected import Result
from privacy.rights.breach.data_kinds import CODES
from privacy.rights.breach.opened import Opened
from privacy.rights.package import writing
from privacy.rights.selecting import Listed, Where
from privacy.terms import OpeningPurpose


@click.command(
    epilog="Example: rightsdesk breach affected br-… --actor mallory"
    " --from 2026-11-20T00:00:00Z --to 2026-11-27T14:00:00Z"
)
@click.argument("breach_id")
@click.option("--actor", "actors", multiple=True, help="Whose openings; default anybody's.")
@instant_option("--from", "The first instant, included.")
@instant_option("--to", "The last instant, included.")
@click.option("--import", "import_id", metavar="ID", default="", help="Everybody of an import.")
@click.option("--source", metavar="CODE", default="", help="Everybody of a source.")
@click.option("--campaign", metavar="ID", default="", help="Everybody whom a campaign called.")
@click.option("--csv", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--what", metavar="CODES", default="", help=f"Which data: {','.join(CODES)}.")
@click.option("--countries", is_flag=True, help="Open the records and count by country.")
@common_options
def affected(
    common: Common,
    breach_id: str,
    actors: tuple[str, ...],
    import_id: str,
    source: str,
    campaign: str,
    path: Path | None,
    what: str,
    countries: bool,
    **instants: datetime | None,
) -> None:
    """Compute who is affected, and add them; without a selection only the figures."""
    since, until = instants["from"], instants["to"]
    where = Where(import_id, source, campaign)
    ways = [str(where) or None, path, since or until]
    if sum(way is not None for way in ways) > 1:
        raise BadInput("One way at a time.", what="selection", next="Run it once for each.")
    if (since is None) is not (until is None):
        raise BadInput("A period has two ends.", what="--from, --to", next="Give both.")
    with open_run(common) as run, progress() as bar:
        standing.require_reader(run.actor)
        task = bar.add_task("Looking", total=None)
        listed, result = Listed(), Result()

        def tick(count: int) -> None:
            bar.update(task, completed=count)

        if since is not None and until is not None:
            opened = Opened(since, until, actors)
            result = affecting.by_log(run.desk, run.actor, breach_id, opened, tick)
        elif path is not None or str(where):
            pages, how, which = _pages(run, path, where, listed)
            codes = tuple(code.strip() for code in what.split(",") if code.strip())
            result = affecting.by_pages(
                run.desk, run.actor, breach_id, pages, how, which, codes, tick
            )
        if countries:
            counting.count_countries(run.desk, run.actor, breach_id, tick)
        _answer(run, breach_id, result, listed)


def _pages(
    run: Run, path: Path | None, where: Where, listed: Listed
) -> tuple[Iterator[list[int]], str, str]:
    if path is not None:
        digest = writing.digest(path.read_bytes())
        purpose = OpeningPurpose.BREACH
        return selecting.of_list(run.desk, run.actor, path, purpose, listed), "list", digest
    how = "import" if where.import_id else "source" if where.source else "campaign"
    return selecting.people(run.desk, where), how, str(where)


def _answer(run: Run, breach_id: str, result: Result, listed: Listed) -> None:
    figures = counting.figures(run.desk, breach_id)
    document: dict[str, Any] = {
        "schema": "rightsdesk.breach-affected/1",
        "breach": breach_id,
        "added": result.added,
        "erased_least": result.erased_least,
        "erased_most": result.erased_most,
        "by_actor": result.by_actor,
        "lines_unreadable": listed.unreadable,
        "lines_of_nobody": listed.unknown,
        **figures.document(),
    }

    def human() -> None:
        counted = [*figures.by_data.items(), *figures.by_country.items()]
        title = f"Affected: {figures.people} persons, {result.added} new"
        table(title, ("what", "persons"), counted, empty="Nobody yet; see --help for how to add.")
        if result.erased_most:
            note(
                f"Between {result.erased_least} and {result.erased_most} persons of the log were"
                " erased meanwhile: they are counted and cannot be told."
            )

    run.answer(document, human)


@click.command(epilog="Example: rightsdesk breach letters br-…")
@click.argument("breach_id")
@click.option("--law", default="", help="By which law they are told; default the leading one.")
@common_options
def letters(common: Common, breach_id: str, law: str) -> None:
    """Make the letter of everybody who has none yet (Article 34); goes on where it stopped."""
    with open_run(common) as run, progress() as bar:
        figures = counting.figures(run.desk, breach_id)
        left = figures.people - figures.erased - figures.with_letter
        task = bar.add_task("Letters", total=left)
        made = telling.make_letters(
            run.desk,
            run.actor,
            breach_id,
            law=law,
            progress=lambda count: bar.update(task, completed=count),
        )
        document = {
            "schema": "rightsdesk.breach-letters/1",
            "breach": breach_id,
            "letters": made.letters,
            "by_email": made.by_email,
            "by_post": made.by_post,
            "without_address": made.without_address,
            "erased": figures.erased,
        }

        def human() -> None:
            console().print(f"{made.letters} letters made, as drafts.")
            note("Approve and send or print them: `rightsdesk letter list --state draft`.")
            if made.without_address:
                note(f"{made.without_address} persons have no address: a public notice tells them.")

        run.answer(document, human)
