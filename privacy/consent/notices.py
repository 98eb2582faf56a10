"""Texts that were shown when consent was asked, by id and version; never changed."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from sqlalchemy import func, insert, select

from privacy.actors import Act, Actor
from privacy.clock import micros
from privacy.desk import Desk
from privacy.errors import BadInput, NotFound
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import Notice as NoticeRow
from privacy.storage.unit import Unit

NOTICE_ID = re.compile(r"[a-z][a-z0-9-]{1,39}")


@dataclass(frozen=True)
class Notice:
    """One version of a text. `sha256` is of its UTF-8 bytes, in hex."""

    id: str
    version: int
    language: str
    text: str
    sha256: str


def add(desk: Desk, actor: Actor, notice_id: str, language: str, text: str) -> Notice:
    """Add the next version of a notice; the same text again gives the version that is there."""
    actor.require(Act.RECORD_CONSENT)
    if not NOTICE_ID.fullmatch(notice_id) or not text.strip():
        raise BadInput(
            "A notice has an id of a-z, 0-9 and dashes, and a text.",
            what="notice",
            next="Give the text exactly as it was shown.",
        )
    digest = hashlib.sha256(text.encode()).hexdigest()
    table = table_of(NoticeRow)

    def job(unit: Unit) -> Notice:
        held = unit.db.execute(
            select(table.c.version).where(
                table.c.id == notice_id, table.c.sha256 == digest, table.c.language == language
            )
        ).scalar()
        if held is not None:
            return Notice(notice_id, int(held), language, text, digest)
        last = unit.db.execute(
            select(func.coalesce(func.max(table.c.version), 0)).where(table.c.id == notice_id)
        ).scalar_one()
        unit.db.execute(
            insert(table).values(
                id=notice_id,
                version=last + 1,
                language=language,
                text=text,
                sha256=digest,
                created_at=micros(unit.now),
            )
        )
        unit.append("notice.added", actor.id, object=f"{notice_id}/{last + 1}", digest=digest)
        return Notice(notice_id, last + 1, language, text, digest)

    return desk.write(job)


def get(desk: Desk, notice_id: str, version: int | None = None) -> Notice:
    """One version, the newest by default. NotFound if there is none."""
    found = [n for n in listed(desk) if n.id == notice_id and version in (None, n.version)]
    if not found:
        raise NotFound("There is no such notice.", what=notice_id, next="See `notice list`.")
    return max(found, key=lambda notice: notice.version)


def listed(desk: Desk) -> list[Notice]:
    """All notices, by id and version."""
    table = table_of(NoticeRow)
    with desk.reading() as db:
        rows = db.execute(select(table).order_by(table.c.id, table.c.version)).all()
    return [Notice(r.id, r.version, r.language, r.text, r.sha256) for r in rows]
