"""What a person claims, read without ever standing in an argument.

From a file (`--claims FILE`, `-` for standard input) as one JSON object, or field by
field from a terminal or standard input: arguments are visible to every user of the
machine, so a value there is refused.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from privacy.cli.options import private
from privacy.errors import BadInput
from privacy.rights.identity_match import CLAIMS, Claims

LARGEST_BYTES = 65_536
QUESTIONS = {
    "phone": "Number",
    "email": "E-mail",
    "given": "Given name",
    "family": "Family name",
    "postal_code": "Postcode",
    "birthday": "Birthday",
}
OPTIONS = {"postal_code": "postcode"}

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def claims_options(function: Decorated) -> Decorated:
    """Give a command the options for claims; it gets them as keywords for `read_claims`."""
    for name in reversed(CLAIMS):
        option = OPTIONS.get(name, name)
        decorate = click.option(
            f"--{option}", name, metavar="-", help=f"{QUESTIONS[name]}, from standard input."
        )
        function = decorate(function)
    return click.option(
        "--claims",
        "claims_file",
        metavar="FILE|-",
        help=f"JSON object with any of {', '.join(CLAIMS)}.",
    )(function)


def read_claims(claims_file: str | None, asked: Mapping[str, str | None]) -> Claims:
    """The claims from the file, or each `-` from standard input, asked for on a terminal.

    BadInput for a value in an argument, and for a file that is no such object.
    """
    if claims_file is not None:
        if any(asked.values()):
            raise BadInput("Give either --claims or single values.", what="--claims")
        return _from_document(_content(claims_file))
    return Claims(**{name: from_input(value, name) for name, value in asked.items()})


def from_input(value: str | None, name: str) -> str:
    """One value that may be asked for; "" where it was not."""
    if value not in (None, "-"):
        raise BadInput(
            "What proves who asks does not belong into an argument.",
            what=f"--{OPTIONS.get(name, name)}",
            next="Give - and the value on standard input, or --claims FILE.",
        )
    return private(value, QUESTIONS.get(name, name.capitalize())) or ""


def _content(claims_file: str) -> bytes:
    if claims_file == "-":
        if sys.stdin.isatty():
            raise BadInput(
                "Claims are read from a file or a pipe.",
                what="--claims",
                next="Give single values with - to be asked for them.",
            )
        return sys.stdin.buffer.read(LARGEST_BYTES + 1)
    try:
        with Path(claims_file).open("rb") as file:
            return file.read(LARGEST_BYTES + 1)
    except OSError:
        raise BadInput("The file with the claims cannot be read.", what="--claims") from None


def _from_document(content: bytes) -> Claims:
    try:
        if len(content) > LARGEST_BYTES:
            raise ValueError("too long")
        document = json.loads(content)
        if not isinstance(document, dict) or not set(document) <= set(CLAIMS):
            raise ValueError("no claims")
        if not all(isinstance(value, str) for value in document.values()):
            raise ValueError("no text")
    except (ValueError, RecursionError):
        raise BadInput(
            "That is no JSON object of claims.",
            what="--claims",
            next=f'Example: {{"phone": "…", "family": "…"}}; any of {", ".join(CLAIMS)}.',
        ) from None
    return Claims(**document)
