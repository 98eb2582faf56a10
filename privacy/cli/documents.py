"""What rooms need of reports, given by the entrance: a renderer, and wording by law.

A document names the checkpoint that was signed just before it was made.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime
from typing import Any

from privacy.cli.branding import look_of
from privacy.desk import Desk

CONFIDENTIAL = "Confidential"


def renderer(
    desk: Desk, classification: str = CONFIDENTIAL
) -> Callable[[str, dict[str, Any]], bytes]:
    """Renders a report kind from its data to a PDF anchored in this desk's log.

    The kind `access-view` is the access answer as a page that needs nothing but itself.
    """

    def rendered(kind: str, data: dict[str, Any]) -> bytes:
        from reports.render import render

        if kind == "access-view":
            from reports.answer_view import view

            return view(data)
        document = render(
            kind,
            data,
            made_at=desk.now(),
            anchor=anchor(desk),
            classification=classification,
            look=look_of(desk.config, desk.folder),
        )
        return document.pdf

    return rendered


def letter_renderer(desk: Desk, made_at: datetime) -> Callable[[dict[str, Any]], bytes]:
    """Renders the data of a letter to its PDF; a letter names no checkpoint.

    With the instant at which its words were made: the same bytes as in a print run.
    """

    def rendered(data: dict[str, Any]) -> bytes:
        from reports.letter import render_letter

        look = look_of(desk.config, desk.folder)
        return render_letter(data, made_at=made_at, look=look).pdf

    return rendered


def anchor(desk: Desk) -> Any:
    """The last checkpoint as a report names it, signed now, with the length of the tail."""
    desk.sign_checkpoint()
    return last_anchor(desk)


def last_anchor(desk: Desk) -> Any:
    """The last checkpoint that was signed, without signing anything."""
    from reports.render import Anchor

    checkpoint = desk.signing.last()
    with desk.reading() as db:
        size = desk.log.head(db).size
    verifier = desk.signing.verifier_text()
    key_id = verifier.split("+", 2)[1]
    if checkpoint is None:
        return Anchor(desk.log.origin, 0, "", key_id, size)
    return Anchor(
        checkpoint.origin,
        checkpoint.size,
        base64.b64encode(checkpoint.root).decode(),
        key_id,
        size - checkpoint.size,
    )


def wording(law: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The person's further rights and where to complain; nothing for a law without a text."""
    from reports import rights_text

    if law not in rights_text.laws():
        return [], {}
    return (
        [dict(right) for right in rights_text.rights(law)],
        dict(rights_text.complaint(law)),
    )
