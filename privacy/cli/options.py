"""Options that every command takes, before or after its name.

`--desk`, `--as`, `--passphrase-file` and `--json` may stand with the program or
with the command; the later one wins. Options that take a number, an e-mail or
a name take `-` too: arguments are visible to every user of the machine.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from privacy.errors import BadInput

LONGEST_LINE = 4096


@dataclass
class Common:
    """What the common options said."""

    json: bool = False
    desk: str | None = None
    actor: str | None = None
    passphrase_file: str | None = None


def common_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the common options; the function gets them as `common`."""

    @click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
    @click.option("--desk", metavar="DIR", help="The desk's folder.")
    @click.option("--as", "actor", metavar="ACTOR", help="Who acts.")
    @click.option("--passphrase-file", metavar="FILE", help="File with the desk's passphrase.")
    @functools.wraps(function)
    def wrapped(
        as_json: bool,
        desk: str | None,
        actor: str | None,
        passphrase_file: str | None,
        **rest: Any,
    ) -> Any:
        common = click.get_current_context().ensure_object(Common)
        common.json = common.json or as_json
        common.desk = desk or common.desk
        common.actor = actor or common.actor
        common.passphrase_file = passphrase_file or common.passphrase_file
        return function(common=common, **rest)

    return wrapped


def private(value: str | None, question: str) -> str | None:
    """The value of an option that may be `-`: then one line of standard input or a prompt."""
    if value != "-":
        return value
    if sys.stdin.isatty():
        return str(click.prompt(question, hide_input=True, err=True))
    try:
        line = sys.stdin.readline(LONGEST_LINE).rstrip("\r\n")
    except UnicodeDecodeError:
        line = ""
    if not line:
        raise BadInput(
            "Standard input holds no readable line.", what="-", next="Give the value as one line."
        )
    return line
