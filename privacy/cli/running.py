"""From options to an open desk and an actor who has proved himself.

`open_run(common)` gives the desk for the time of one command; when the command
ends, the log's checkpoint is signed and the desk is closed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from privacy.actors import Actor, authenticate
from privacy.app import ALL_KINDS, clock_of, open_desk
from privacy.cli.options import Common
from privacy.cli.showing import note, show_document
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.settings import Settings, from_environment, read_secret
from privacy.terms import KekKind


@dataclass
class Run:
    """One command's desk, actor and way to answer.

    The answer is shown when the log is signed: a failure until then is the one answer.
    """

    common: Common
    settings: Settings
    desk: Desk
    actor: Actor
    shown: Callable[[], None] | None = None

    def answer(self, document: dict[str, Any], human: Callable[[], None]) -> None:
        """When the command is done, show the document with `--json`, else call `human`."""
        self.shown = lambda: answer(self.common, document, human)


def answer(common: Common, document: dict[str, Any], human: Callable[[], None]) -> None:
    """Show the document with `--json`, else call `human`."""
    if common.json:
        show_document(document)
    else:
        human()


def settings_of(common: Common) -> Settings:
    """Settings from the common options and the environment."""
    return from_environment(
        os.environ,
        desk=common.desk,
        actor=common.actor,
        passphrase_file=common.passphrase_file,
    )


@contextmanager
def open_run(common: Common, kinds: tuple[KekKind, ...] = ALL_KINDS) -> Iterator[Run]:
    """The open desk and the proved actor, for the time of one command."""
    settings = settings_of(common)
    clock = clock_of(settings)
    desk = open_desk(settings, clock, passphrase_of(settings), kinds=kinds)
    if clock.simulated:
        note("Demo desk with a simulated clock: nothing on it is about real events.")
    try:
        run = Run(common, settings, desk, actor_of(settings, desk))
        yield run
        desk.sign_checkpoint()
        if run.shown is not None:
            run.shown()
    finally:
        desk.close()


def actor_of(settings: Settings, desk: Desk) -> Actor:
    """The acting person, proved by his own secret. Denied if it is not his."""
    if not settings.actor:
        raise BadInput(
            "Nobody is named who acts.",
            what="--as",
            next="Give --as ACTOR or set RIGHTSDESK_ACTOR; see `rightsdesk actor list`.",
        )
    return authenticate(desk, settings.actor, secret_of(settings))


def passphrase_of(settings: Settings) -> bytes:
    """The desk's passphrase from its file or a prompt."""
    return secret_from(
        settings.passphrase_file, "Passphrase of the desk", "--passphrase-file"
    ).encode()


def secret_of(settings: Settings) -> str:
    """The actor's secret from its file or a prompt."""
    return secret_from(
        settings.actor_secret_file,
        f"Secret of {settings.actor}",
        "RIGHTSDESK_ACTOR_SECRET_FILE",
    )


def secret_from(path: Path | None, question: str, option: str) -> str:
    """A secret from its file or a prompt; never from an argument."""
    if path is None:
        if not sys.stdin.isatty():
            raise BadInput(
                "A secret is missing and there is no terminal to ask at.",
                what=option,
                next=f"Give a file that only you can read: {option}.",
            )
        return str(click.prompt(question, hide_input=True, err=True))
    return read_secret(str(path))
