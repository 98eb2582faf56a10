"""`rightsdesk notice`: texts shown when consent was asked."""

from __future__ import annotations

from pathlib import Path

import click

from privacy.cli.options import Common, common_options
from privacy.cli.running import Run, open_run
from privacy.cli.showing import console, table
from privacy.consent import notices
from privacy.errors import BadInput


@click.group()
def group() -> None:
    """Texts that were shown when consent was asked, by version."""


@group.command(epilog="Example: rightsdesk notice add web-form --language en --text form.txt")
@click.argument("notice_id")
@click.option("--language", required=True, help="BCP 47, e.g. en or de-AT.")
@click.option("--text", "file", type=click.Path(path_type=Path), required=True, help="UTF-8.")
@common_options
def add(common: Common, notice_id: str, language: str, file: Path) -> None:
    """Add the text exactly as it was shown; the next version if the id is known."""
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise BadInput("The text cannot be read as UTF-8.", what="--text") from None
    with open_run(common) as run:
        _show(run, notices.add(run.desk, run.actor, notice_id, language, text))


@group.command(epilog="Example: rightsdesk notice show web-form")
@click.argument("notice_id")
@click.option("--version", type=int, help="Default: the newest.")
@common_options
def show(common: Common, notice_id: str, version: int | None) -> None:
    """One notice with its text."""
    with open_run(common) as run:
        _show(run, notices.get(run.desk, notice_id, version))


@group.command("list", epilog="Example: rightsdesk notice list")
@common_options
def list_(common: Common) -> None:
    """All notices."""
    with open_run(common) as run:
        found = notices.listed(run.desk)
        document = {"schema": "rightsdesk.notices/1", "notices": [_document(n) for n in found]}

        def human() -> None:
            table(
                "Notices",
                ("id", "version", "language", "sha256"),
                [(n.id, n.version, n.language, n.sha256) for n in found],
                empty="No notice yet: `rightsdesk notice add ID --language en --text FILE`.",
            )

        run.answer(document, human)


def _show(run: Run, notice: notices.Notice) -> None:
    document = {"schema": "rightsdesk.notice/1", **_document(notice), "text": notice.text}
    shown = f"{notice.id}, version {notice.version} ({notice.language}), sha256 {notice.sha256}"
    run.answer(document, lambda: console().print(f"{shown}\n\n{notice.text}"))


def _document(notice: notices.Notice) -> dict[str, object]:
    return {
        "id": notice.id,
        "version": notice.version,
        "language": notice.language,
        "sha256": notice.sha256,
    }
