"""What waits in the outbox, read as the mail server would get it."""

from __future__ import annotations

import json
import re

from sqlalchemy import select

from privacy.actors import Actor
from privacy.desk import Desk
from privacy.rights import outbox, outbox_store
from privacy.rights.case import Kind
from privacy.rights.identity_code import CODE_KIND
from privacy.rights.mail_message import Letter
from privacy.rights.outbox_store import Delivery, Message
from privacy.storage.tables.base import table_of
from privacy.storage.tables.cases import Outbox
from privacy.storage.unit import Unit
from privacy.terms import OpeningPurpose
from tests.desks import MadeDesk
from tests.rights.flows import MAIL
from tests.rights.flows import opened as opened_case


def put_message(made: MadeDesk, to: str = MAIL, letter: Letter | None = None) -> Message:
    """A message of a new case that waits to be sent."""
    case = opened_case(made.desk, made.handler, Kind.ACCESS)
    said = letter or Letter("About your request", "Words")
    message = outbox.prepare(made.desk, case.holder_id, case.id, "letter", to, said)

    def job(unit: Unit) -> None:
        outbox_store.add(unit, message)
        unit.append("message.queued", "test", request=case.id)

    made.desk.write(job)
    return message


def messages(desk: Desk, request_id: str) -> list[Message]:
    """Every message of a request, oldest first."""
    table = table_of(Outbox)
    with desk.reading() as db:
        ids = db.execute(
            select(table.c.id).where(table.c.request_id == request_id).order_by(table.c.row_id)
        ).scalars()
        found = [outbox_store.message(db, message_id) for message_id in ids.all()]
    return [each for each in found if each is not None]


def opened(desk: Desk, actor: Actor, message: Message) -> tuple[str, str, str]:
    """Address, subject and text of a message that waits."""
    to, content = message.parts()
    plain = desk.vault.open([to, content], actor.id, OpeningPurpose.RIGHTS_REQUEST)
    document = json.loads(plain[content.place])
    return plain[to.place].decode(), document["subject"], document["text"]


def code_of(desk: Desk, actor: Actor, request_id: str) -> str:
    """The code that waits to be mailed for a request."""
    (waiting,) = [
        each
        for each in messages(desk, request_id)
        if each.kind == CODE_KIND and each.state is Delivery.QUEUED
    ]
    (code,) = re.findall(r"\b\d{8}\b", opened(desk, actor, waiting)[2])
    return str(code)
