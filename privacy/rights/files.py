"""Attachments of a case: sealed with their names under the case's key, opened with a reason.

A file dies with the case's ground. Its name can be a person's: it stands sealed, and
neither a row nor the log repeats it.
"""

from __future__ import annotations

from sqlalchemy import Connection, func, insert, select

from privacy.actors import Act, Actor
from privacy.clock import micros
from privacy.desk import Desk
from privacy.errors import BadInput, NotFound
from privacy.ids import row_id
from privacy.rights import store
from privacy.rights.case import Event, NotNow, State
from privacy.rights.store import NewEvent
from privacy.storage.tables.base import table_of
from privacy.storage.tables.cases import RequestAttachment
from privacy.storage.unit import Unit
from privacy.terms import KeyClass, OpeningPurpose
from privacy.vault.sealing import Part, Place
from privacy.vault.store import SealedPart

LARGEST_BYTES = 20 * 1024 * 1024
LONGEST_NAME = 200


def attach(desk: Desk, actor: Actor, request_id: str, name: str, content: bytes) -> int:
    """Seal a file into a case that is not closed; its number.

    BadInput for an empty or too large file, or a name that is a path.
    """
    actor.require(Act.HANDLE_REQUEST)
    if not content or len(content) > LARGEST_BYTES:
        raise BadInput(
            f"An attachment has 1 to {LARGEST_BYTES} bytes.",
            what="file",
            next="Split it, or attach the part that matters.",
        )
    if not name or len(name) > LONGEST_NAME or any(c in name for c in "/\\\0\r\n"):
        raise BadInput("A file's name is one plain name.", what="file", next="Rename the file.")
    with desk.reading() as db:
        case = store.case(db, request_id)
    row = row_id(desk.now())
    sealed = desk.vault.seal_parts(
        KeyClass.CASE,
        [
            (Place(Part.ATTACHMENT_NAME, case.holder_id, row), name.encode()),
            (Place(Part.ATTACHMENT, case.holder_id, row), content),
        ],
    )

    def job(unit: Unit) -> int:
        before = store.lock(unit, request_id)
        if before.state is State.CLOSED:
            raise NotNow("A closed request takes no file.", what=request_id, next="Open a new one.")
        number = count(unit.db, request_id) + 1
        unit.db.execute(
            insert(table_of(RequestAttachment)).values(
                request_id=request_id,
                number=number,
                row_id=row,
                name_sealed=sealed[0].sealed,
                content_sealed=sealed[1].sealed,
                added_at=micros(unit.now),
                added_by=actor.id,
            )
        )
        attached = NewEvent(Event.ATTACHED, None, {"number": number})
        store.tell(unit, request_id, actor.id, attached)
        unit.append("request.attached", actor.id, request=request_id, count=number)
        return number

    return desk.write(job)


def read(desk: Desk, actor: Actor, request_id: str, number: int) -> tuple[str, bytes]:
    """(name, content) of an attachment; audited. NotFound if there is none, or its key is gone."""
    actor.require(Act.HANDLE_REQUEST)
    table = table_of(RequestAttachment)
    with desk.reading() as db:
        holder = store.case(db, request_id).holder_id
        row = db.execute(
            select(table).where(
                table.c.request_id == request_id,
                table.c.number == number,
                table.c.content_sealed.is_not(None),
            )
        ).one_or_none()
    if row is None:
        raise NotFound(
            "There is no such attachment.", what=request_id, next="See `rightsdesk request show`."
        )
    parts = [
        SealedPart(Place(part, holder, row.row_id), KeyClass.CASE, bytes(sealed))
        for part, sealed in (
            (Part.ATTACHMENT_NAME, row.name_sealed),
            (Part.ATTACHMENT, row.content_sealed),
        )
    ]
    opened = desk.vault.open(parts, actor.id, OpeningPurpose.RIGHTS_REQUEST, request=request_id)
    return opened[parts[0].place].decode(), opened[parts[1].place]


def count(db: Connection, request_id: str) -> int:
    """How many files were attached to a case."""
    table = table_of(RequestAttachment)
    found = db.execute(select(func.count()).where(table.c.request_id == request_id))
    return int(found.scalar_one())
