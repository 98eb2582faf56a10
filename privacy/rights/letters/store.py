"""Letters in the database: written and listed here, moved on their way by `sending_store`.

Words and addressee are sealed under the case class of the letter's holder before the
transaction; the digest is of the sealed words, so that a letter is proved by its text.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from privacy.clock import instant, micros, rfc3339
from privacy.desk import Desk
from privacy.errors import NotFound
from privacy.ids import public_id, row_id
from privacy.rights.letter_state import Form, LetterState
from privacy.rights.letters.text import LetterText
from privacy.rights.letters_sent import NOTHING, Tells
from privacy.storage.tables.base import table_of
from privacy.storage.tables.letters import Letter
from privacy.storage.unit import Unit
from privacy.terms import KeyClass
from privacy.vault.sealing import Part, Place


@dataclass(frozen=True)
class Addressee:
    """To whom: by mail if there is an address, else by post to the lines, else by hand."""

    name: str = ""
    email: str = ""
    lines: tuple[str, ...] = ()

    @property
    def form(self) -> Form:
        """The way that the address allows."""
        if self.email:
            return Form.EMAIL
        return Form.POST if self.lines else Form.BY_HAND

    def document(self) -> dict[str, Any]:
        """As it is sealed."""
        return {"name": self.name, "email": self.email, "lines": list(self.lines)}


@dataclass(frozen=True)
class Draft:
    """A letter that is to be kept. `tells`: what is recorded when it leaves.

    `approved`: it may go as it is; else another actor looks at it first. `stands_on`: the facts
    of the case that it tells, compared when it leaves; None for a letter of no request.
    """

    text: LetterText
    to: Addressee
    holder_id: int
    templates_sha256: str
    approved: bool
    request_id: str | None = None
    breach_id: str | None = None
    tells: Tells = NOTHING
    stands_on: Mapping[str, Any] | None = None

    def content(self) -> bytes:
        """The bytes that are sealed and hashed."""
        document = {**self.text.document(), "event": self.tells.document()}
        if self.stands_on is not None:
            document["stands_on"] = dict(self.stands_on)
        return json.dumps(
            document, sort_keys=True, ensure_ascii=False, separators=(",", ":")
        ).encode()


@dataclass(frozen=True)
class Kept:
    """One letter as main holds it, without its words."""

    id: str
    request_id: str | None
    breach_id: str | None
    kind: str
    law: str
    language: str
    form: Form
    state: LetterState
    sha256: str
    templates_sha256: str
    made_at: datetime
    made_by: str
    approved_by: str
    sent_at: datetime | None
    message_id: str | None
    print_run_id: str | None


@dataclass(frozen=True)
class Sealed:
    """A draft with its id and sealed parts, ready for the transaction that keeps it."""

    id: str
    row_id: int
    draft: Draft
    to: bytes
    content: bytes
    sha256: str


def sealed(desk: Desk, draft: Draft) -> Sealed:
    """Seal words and addressee under the holder's case key."""
    place_id = row_id(desk.now())
    content = draft.content()
    to, words = desk.vault.seal_parts(
        KeyClass.CASE,
        [
            (
                Place(Part.LETTER_TO, draft.holder_id, place_id),
                json.dumps(draft.to.document()).encode(),
            ),
            (Place(Part.LETTER_CONTENT, draft.holder_id, place_id), content),
        ],
    )
    return Sealed(
        public_id("lt"),
        place_id,
        draft,
        to.sealed,
        words.sealed,
        hashlib.sha256(content).hexdigest(),
    )


def add(unit: Unit, actor_id: str, new: Sealed) -> None:
    """Keep a letter, with its entry."""
    draft, text = new.draft, new.draft.text
    state = LetterState.APPROVED if draft.approved else LetterState.DRAFT
    unit.db.execute(
        insert(table_of(Letter)).values(
            id=new.id,
            holder_id=draft.holder_id,
            request_id=draft.request_id,
            breach_id=draft.breach_id,
            kind=text.kind,
            law=text.law,
            language=text.language,
            form=draft.to.form.value,
            state=state.value,
            row_id=new.row_id,
            to_sealed=new.to,
            content_sealed=new.content,
            sha256=new.sha256,
            templates_sha256=draft.templates_sha256,
            made_at=micros(unit.now),
            made_by=actor_id,
            approved_by="",
        )
    )
    unit.append(
        "letter.written",
        actor_id,
        request=draft.request_id,
        object=f"{new.id} {text.kind}",
        digest=new.sha256,
        fields=[text.law, text.language],
        outcome=state.value,
    )


def kept(db: Connection, letter_id: str) -> Kept:
    """A letter by its id. NotFound if there is none."""
    table = table_of(Letter)
    row = db.execute(select(table).where(table.c.id == letter_id)).one_or_none()
    if row is None:
        raise NotFound(
            "There is no such letter.", what="letter", next="See `rightsdesk letter list`."
        )
    return _kept(row)


def listed(db: Connection, *, request_id: str = "", state: str = "") -> list[Kept]:
    """Letters, of a request or in a state; the oldest first."""
    table = table_of(Letter)
    statement = select(table).order_by(table.c.made_at, table.c.id)
    if request_id:
        statement = statement.where(table.c.request_id == request_id)
    if state:
        statement = statement.where(table.c.state == state)
    return [_kept(row) for row in db.execute(statement)]


def document(letter: Kept) -> Mapping[str, Any]:
    """JSON-ready, without words."""
    return {
        "letter": letter.id,
        "request": letter.request_id,
        "breach": letter.breach_id,
        "kind": letter.kind,
        "law": letter.law,
        "language": letter.language,
        "form": letter.form.value,
        "state": letter.state.value,
        "sha256": letter.sha256,
        "templates_sha256": letter.templates_sha256,
        "made_at": rfc3339(letter.made_at),
        "made_by": letter.made_by,
        "approved_by": letter.approved_by,
        "sent_at": None if letter.sent_at is None else rfc3339(letter.sent_at),
    }


def _kept(row: Row[Any]) -> Kept:
    return Kept(
        row.id,
        row.request_id,
        row.breach_id,
        row.kind,
        row.law,
        row.language,
        Form(row.form),
        LetterState(row.state),
        row.sha256,
        row.templates_sha256,
        instant(row.made_at),
        row.made_by,
        row.approved_by,
        None if row.sent_at is None else instant(row.sent_at),
        row.message_id,
        row.print_run_id,
    )
