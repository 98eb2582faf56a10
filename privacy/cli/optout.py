"""`rightsdesk optout`: a number or an e-mail, for everything, at once."""

from __future__ import annotations

from pathlib import Path

import click

from privacy.actors import Act
from privacy.cli.options import Common, common_options, private
from privacy.cli.persons import readable_email, readable_phone
from privacy.cli.running import Run, open_run
from privacy.cli.showing import console
from privacy.consent.records import check_source
from privacy.consent.suppression import opt_out
from privacy.errors import BadInput
from privacy.rights.beat import OPT_OUT_BEAT_S, on_the_beat


@click.command(epilog="Example: printf '+442079460000' | rightsdesk optout --phone -")
@click.option("--phone", metavar="N|-", help="A number; - reads it from standard input.")
@click.option("--email", metavar="E|-", help="An e-mail; - reads it from standard input.")
@click.option("--import", "file", type=click.Path(path_type=Path), help="One a line.")
@click.option("--region", help="Country of numbers without a country code.")
@click.option("--source", default="person", help="How it reached us, one word.")
@common_options
def optout(
    common: Common,
    phone: str | None,
    email: str | None,
    file: Path | None,
    region: str | None,
    source: str,
) -> int:
    """Suppress for everything. The answer is the same for known and unknown.

    Ends with 2 if a line of a file could not be read; the others are suppressed all the same.
    """
    if sum(value is not None for value in (phone, email, file)) != 1:
        raise BadInput(
            "Give exactly one of --phone, --email and --import.",
            what="optout",
            next="See `rightsdesk optout --help`.",
        )
    phone, email = private(phone, "Number"), private(email, "E-mail")
    with open_run(common) as run:
        run.actor.require(Act.OPT_OUT)
        check_source(source)
        region = region or run.desk.config.region or None
        if file is not None:
            return _import(run, file, region, source)
        number = None if phone is None else readable_phone(phone, region)
        address = None if email is None else readable_email(email)
        with on_the_beat(OPT_OUT_BEAT_S):
            receipt = opt_out(run.desk, run.actor, phone=number, email=address, source=source)
        document = {"schema": "rightsdesk.optout/1", "suppressed": 1, "receipt": receipt}
        run.answer(
            document, lambda: console().print(f"Suppressed for everything. Receipt {receipt}")
        )
        return 0


def _import(run: Run, file: Path, region: str | None, source: str) -> int:
    """Each line a number or an e-mail; lines that cannot be read are named by number.

    The exit code: somebody who said no and was not understood must not pass for done.
    """
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise BadInput(
            "The file cannot be read as UTF-8 text.", what="--import", next="Check the file."
        ) from None
    done, bad = 0, []
    for number, line in enumerate(lines, 1):
        value = line.strip()
        if not value:
            continue
        try:
            if "@" in value:
                opt_out(run.desk, run.actor, email=readable_email(value), source=source)
            else:
                opt_out(run.desk, run.actor, phone=readable_phone(value, region), source=source)
        except BadInput:
            bad.append(number)
        else:
            done += 1
    document = {"schema": "rightsdesk.optout/1", "suppressed": done, "unreadable_lines": bad}

    def human() -> None:
        console().print(f"Suppressed for everything: {done}.")
        if bad:
            console().print(
                f"Not readable and NOT suppressed: {len(bad)}, lines {', '.join(map(str, bad))}."
                " Mend them and import the file again."
            )

    run.answer(document, human)
    return BadInput.exit_code if bad else 0
