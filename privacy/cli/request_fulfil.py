"""`rightsdesk request fulfil`: do what was approved, whatever the right is."""

from __future__ import annotations

from pathlib import Path

import click

from privacy.cli.documents import wording
from privacy.cli.options import Common, common_options
from privacy.cli.request_shown import print_case, show_case
from privacy.cli.running import Run, open_run
from privacy.cli.sealed import renderer
from privacy.cli.showing import console, note
from privacy.consent.restrictions import REASONS
from privacy.errors import BadInput
from privacy.rights import (
    answering,
    certificate,
    correction_run,
    disclosing,
    erasure,
    optout,
    recipients,
    restricting,
    standing,
    store,
)
from privacy.rights.case import IMMEDIATE, Kind, State
from privacy.rights.correcting import TELLING
from privacy.rights.package import archive, writing
from privacy.rights.package.handing import Handing, Way
from privacy.rights.plan_items import ANSWERS
from privacy.rights.store import Case

WAY = click.Choice([way.value for way in Way])


@click.command(
    epilog="Example: rightsdesk request fulfil rq-… --out answer.zip --secret-out secret.txt"
)
@click.argument("request_id")
@click.option("--out", type=click.Path(path_type=Path), help="Package, or certificate.")
@click.option(
    "--secret-out",
    type=click.Path(path_type=Path),
    help="New file for the package's pass phrase; else it is shown once.",
)
@click.option("--package-by", type=WAY, help="How the package goes to the person.")
@click.option(
    "--passphrase-by",
    type=WAY,
    help="How its pass phrase goes: another way. `post` makes a letter of the next print run.",
)
@click.option(
    "--reason", type=click.Choice(REASONS), help="Restriction: its ground (GDPR Article 18(1))."
)
@common_options
def fulfil(
    common: Common,
    request_id: str,
    out: Path | None,
    secret_out: Path | None,
    package_by: str | None,
    passphrase_by: str | None,
    reason: str | None,
) -> None:
    """Do what was approved. What was interrupted goes on where it stopped."""
    with open_run(common) as run:
        with run.desk.reading() as db:
            case = store.case(db, request_id)
        if (reason is not None) and case.kind is not Kind.RESTRICTION:
            raise BadInput("Only a restriction has a ground.", what="--reason", next="Leave it.")
        if case.kind is Kind.ERASURE:
            _erase(run, request_id, case.state, out)
        elif case.kind in ANSWERS:
            ways = Handing(Way(package_by or Way.BY_HAND), Way(passphrase_by or Way.BY_HAND))
            _answer(run, case, out, secret_out, ways)
        elif case.kind in IMMEDIATE:
            optout.fulfil(run.desk, run.actor, request_id)
            show_case(run, request_id)
        elif case.kind in TELLING:
            _act(run, case, reason)
        else:
            raise BadInput(
                "That request is answered in words.",
                what=request_id,
                next="Use `rightsdesk request settle`.",
            )


def _act(run: Run, case: Case, reason: str | None) -> None:
    """Correct, restrict, or uphold an objection; and say who is to be told (Article 19)."""
    if case.kind is Kind.RECTIFICATION:
        correction_run.run(run.desk, run.actor, case.id)
    elif case.kind is Kind.RESTRICTION and reason is None:
        raise BadInput(
            "A restriction has a ground.", what="--reason", next=f"One of {', '.join(REASONS)}."
        )
    else:
        restricting.run(run.desk, run.actor, case.id, reason=reason or restricting.PENDING)
    _show_with_recipients(run, case.id)


def _show_with_recipients(run: Run, request_id: str) -> None:
    """The case, and whom it is to be told to (GDPR Article 19)."""
    document = standing.document(run.desk, run.actor, request_id)
    with run.desk.reading() as db:
        document["recipients"] = recipients.told(db, request_id)
        told = {each["name"] for each in disclosing.told_by(db, request_id) if each["told_at"]}

    def human() -> None:
        print_case(document)
        for each in document["recipients"]:
            if each["name"] not in told:
                note(f"Tell {each['name']} ({each['role']}): they were given {each['what']}.")

    run.answer(document, human)


def _erase(run: Run, request_id: str, state: State, out: Path | None) -> None:
    """Erase; or, where that is done already, write the certificate again."""
    if out is not None:
        writing.refuse_existing(out)
    if state not in (State.FULFILLED, State.CLOSED) or out is None:
        erasure.run(run.desk, run.actor, request_id)
    if out is not None:
        certificate.issue(
            run.desk, run.actor, request_id, out, renderer(run.desk, run.actor.id), named=True
        )
        note(f"Certificate for the person: {out}")
    _show_with_recipients(run, request_id)


def _answer(run: Run, case: Case, out: Path | None, secret_out: Path | None, ways: Handing) -> None:
    if out is None:
        raise BadInput(
            "Where should the package go?", what="--out", next="Give a file that does not exist."
        )
    ways.refuse_same()
    secret = archive.new_passphrase()
    if secret_out is not None:
        writing.refuse_existing(secret_out)
        # Before the release: what is released once must be openable afterwards.
        writing.write_private(secret_out, f"{secret}\n".encode())
    try:
        released = answering.fulfil(
            run.desk,
            run.actor,
            case.id,
            out,
            renderer=renderer(run.desk, run.actor.id),
            wording=wording,
            passphrase=secret,
            handing=ways,
        )
    except BaseException:
        # Once released, the pass phrase is all that opens what lies there.
        if secret_out is not None and not writing.part_of(out).exists():
            secret_out.unlink(missing_ok=True)
        raise
    document = standing.document(run.desk, run.actor, case.id)
    document["package"] = {"sha256": released.sha256, "entry": released.entry_id}
    posted = ways.passphrase is Way.POST
    if secret_out is None and not posted:
        document["package"]["passphrase"] = secret

    def human() -> None:
        print_case(document)
        if posted:
            note("The pass phrase goes by letter: print it with `rightsdesk letter print`.")
        elif secret_out is None:
            console().print(f"Pass phrase, shown once: {secret}")

    run.answer(document, human)
