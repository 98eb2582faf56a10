"""What a report is about besides a period: a number, a breach, a seed. Options of `report`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from privacy.terms import Language

LANGUAGES = tuple(one.value for one in Language)
FOR = ("person", "authority")


@dataclass(frozen=True)
class About:
    """`phone` as it was given, `-` not read yet; `person` an id where several share a number."""

    phone: str | None = None
    person: int | None = None
    for_whom: str = FOR[0]
    package: bool = False
    breach: str | None = None
    law: str = ""
    final: bool = False
    delay_reasons: str = ""
    language: str | None = None
    seed: str = ""
    import_id: str | None = None
    vendors: tuple[str, ...] = ()
    fields: str = ""
    version: int | None = None
    assessment: str | None = None
    outline: str = ""


OPTIONS = (
    click.option("--phone", metavar="N|-", help="Of number-dossier, who-called: the number."),
    click.option("--person", type=int, help="Where several share the number: whose."),
    click.option(
        "--for",
        "for_whom",
        type=click.Choice(FOR),
        default=FOR[0],
        show_default=True,
        help="Of number-dossier: who gets it; the ground of opening is theirs.",
    ),
    click.option(
        "--package", is_flag=True, help="In an AES-256 ZIP; its pass phrase goes another way."
    ),
    click.option("--breach", metavar="BREACH", help="Of breach-notification: which one."),
    click.option("--law", default="", help="Under which law; default the leading one."),
    click.option("--final", is_flag=True, help="Of breach-notification: no draft."),
    click.option("--delay-reasons", metavar="TEXT|-", default="", help="Why it is late."),
    click.option("--language", type=click.Choice(LANGUAGES), help="Of the words to a person."),
    click.option("--seed", default="", help="Of consent-audit: draws the sample."),
    click.option("--import", "import_id", metavar="ID", help="Of vendor-calls: which records."),
    click.option("--vendor", "vendors", multiple=True, metavar="VENDOR", help="Whose report."),
    click.option("--fields", default="", help="Of records: article-30, ico, cnil, dsk, aepd."),
    click.option("--version", type=int, help="Of records: which version of the data map."),
    click.option("--assessment", metavar="ID", help="Of dpia, legitimate-interest: which one."),
    click.option("--outline", default="", help="Of dpia: ico or cnil; default its own."),
)


def about_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Those options, given to the command by their names."""
    for option in reversed(OPTIONS):
        function = option(function)
    return function
