"""Letters as rows of the table, put in as the room of letters does: for tests of their way."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sqlalchemy import insert, select

from privacy.clock import micros
from privacy.ids import public_id, row_id
from privacy.rights import sending_store
from privacy.rights.letter_state import Form, LetterState
from privacy.rights.sending_store import OnItsWay
from privacy.rights.store import Case
from privacy.storage.tables.audit import AuditEntry
from privacy.storage.tables.base import table_of
from privacy.storage.tables.letters import Letter
from privacy.storage.unit import Unit
from privacy.terms import KeyClass
from privacy.vault.sealing import Part, Place
from tests.desks import MadeDesk

WORDS = "canary-of-the-words-of-a-letter"
HOME = {"name": "Canarina Canarison", "lines": ["1 Canary Wharf Lane", "London E14"]}
MAILBOX = {"email": "canarina.reply@example.com"}


def put_letter(
    made: MadeDesk,
    case: Case,
    *,
    kind: str = "acknowledgement",
    form: Form = Form.POST,
    state: LetterState = LetterState.APPROVED,
    event: dict[str, Any] | None = None,
    words: str = WORDS,
    to: dict[str, Any] | None = None,
) -> str:
    """One sealed letter of a case; its id."""
    holder, place_id, letter_id = case.holder_id, row_id(made.desk.now()), public_id("l")
    document: dict[str, Any] = {"subject": "About your request", "paragraphs": [words]}
    if event is not None:
        document["event"] = event
    addressee = to or (MAILBOX if form is Form.EMAIL else HOME)
    content = json.dumps(document).encode()
    sealed_to, sealed_content = made.desk.vault.seal_parts(
        KeyClass.CASE,
        [
            (Place(Part.LETTER_TO, holder, place_id), json.dumps(addressee).encode()),
            (Place(Part.LETTER_CONTENT, holder, place_id), content),
        ],
    )

    def job(unit: Unit) -> None:
        unit.db.execute(
            insert(table_of(Letter)).values(
                id=letter_id,
                holder_id=holder,
                request_id=case.id,
                kind=kind,
                law=case.law,
                language="en",
                form=form.value,
                state=state.value,
                row_id=place_id,
                to_sealed=sealed_to.sealed,
                content_sealed=sealed_content.sealed,
                sha256=hashlib.sha256(content).hexdigest(),
                templates_sha256="0" * 64,
                made_at=micros(unit.now),
                made_by=made.handler.id,
                approved_by=made.dpo.id,
            )
        )
        unit.append("letter.written", made.handler.id, request=case.id)

    made.desk.write(job)
    return letter_id


def letter_of(made: MadeDesk, letter_id: str) -> OnItsWay:
    with made.desk.reading() as db:
        return sending_store.letter(db, letter_id)


def entries(made: MadeDesk, action: str) -> list[dict[str, Any]]:
    """Entries of the log with that action, oldest first."""
    table = table_of(AuditEntry)
    with made.desk.reading() as db:
        bodies = db.execute(
            select(table.c.body).where(table.c.action == action).order_by(table.c.at, table.c.id)
        ).scalars()
        return [json.loads(body) for body in bodies]
