"""Opt-outs: suppressing a number or an e-mail for everything, known or not.

Order: the opt-out's line is durable in the ledger of no, then suppression and
audit entry commit in main, and only then is it confirmed. The answer is the
same whether anybody is known by that number. After that each known person who
has it gets a withdrawal; until then, and after an erasure, the keyed tag alone
refuses.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from privacy.actors import Act, Actor
from privacy.clock import instant, micros
from privacy.consent.holders import Holder, holders_of
from privacy.consent.ledger import EVERYTHING, RecordKind
from privacy.consent.lines import carried_out, mark_carried_out
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.ids import public_id, row_ids
from privacy.storage.bulk import in_chunks, insert_rows
from privacy.storage.number_locks import lock_numbers
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import ConsentRow, SuppressionLift, SuppressionRow
from privacy.storage.unit import Unit
from privacy.terms import ConsentClass, ContactKind, KeyClass, LedgerKind
from privacy.vault.evidence import tag_evidence
from privacy.vault.ledger import Line
from privacy.vault.sealing import Part, Place

WITHDRAWAL_COLUMNS = (
    "id",
    "public_id",
    "subject_id",
    "point_id",
    "kind",
    "purpose",
    "channel",
    "consent_class",
    "effective_at",
    "notice_id",
    "notice_version",
    "seller",
    "source",
    "documented",
    "recorded_at",
    "recorded_by",
)


@dataclass(frozen=True, slots=True)
class Suppression:
    """A suppression in force."""

    id: str
    since_at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class _Words:
    """Sealed words of the person, and where they stand."""

    holder_id: int
    row_id: int
    sealed: bytes


def opt_out(
    desk: Desk,
    actor: Actor,
    *,
    phone: str | None = None,
    email: str | None = None,
    source: str,
    words: bytes | None = None,
    attempt: str | None = None,
    holder_id: int | None = None,
) -> str:
    """Suppress an E.164 number or a folded e-mail for everything; a receipt id.

    Durable when this returns, and the same answer for known and unknown. `words`
    (what the person said) are sealed under `holder_id`'s calls key, or under one of
    their own. MachineFailed if it cannot be made durable: then nothing is confirmed.
    """
    actor.require(Act.OPT_OUT)
    if (phone is None) == (email is None):
        raise BadInput("An opt-out names one number or one e-mail.", what="--phone or --email")
    kind = ContactKind.PHONE if phone is not None else ContactKind.EMAIL
    tag = tag_of(desk, kind, str(phone if phone is not None else email))
    return opt_out_tag(
        desk,
        actor.id,
        tag,
        kind,
        source=source,
        words=words,
        attempt=attempt,
        holder_id=holder_id,
        value=str(phone if phone is not None else email),
    )


def opt_out_tag(
    desk: Desk,
    actor_id: str,
    tag: bytes,
    kind: ContactKind,
    *,
    source: str,
    words: bytes | None = None,
    attempt: str | None = None,
    holder_id: int | None = None,
    value: str = "",
) -> str:
    """As `opt_out`, by keyed tag; `value`, where known, finds the persons who have it."""
    sealed = _seal_words(desk, words, tag, holder_id) if words else None
    with desk.reading() as db:
        size = desk.log.head(db).size
    said_at = desk.now()
    line = desk.ledger.append(
        LedgerKind.OPT_OUT, said_at, size, tag=tag, scope=kind.value, note=source
    )
    desk.write(lambda unit: _suppress(unit, line, actor_id, attempt, sealed))
    if value:
        spread(desk, actor_id, line.id, kind, value)
    return line.id


def tag_of(desk: Desk, kind: ContactKind, value: str) -> bytes:
    """The full keyed tag of an E.164 number or a folded e-mail."""
    tags = desk.vault.keyring.tags
    return tags.number_tag(value) if kind is ContactKind.PHONE else tags.mail_tag(value)


def spread(desk: Desk, actor_id: str, suppression_id: str, kind: ContactKind, value: str) -> int:
    """Add a withdrawal for each known person who has the number or mail; how many.

    A process without profile keys leaves mails to the next one that has them.
    """
    holders = holders_of(desk, actor_id, kind, value)
    if holders is None:
        return 0
    table = table_of(SuppressionRow)

    def job(unit: Unit) -> int:
        row = unit.db.execute(
            select(table.c.since_at, table.c.source, table.c.spread_at).where(
                table.c.id == suppression_id
            )
        ).one()
        if row.spread_at is not None:
            return 0
        rows = _withdrawals(unit, holders, row.since_at, row.source, actor_id)
        insert_rows(unit.db, table_of(ConsentRow), WITHDRAWAL_COLUMNS, rows)
        unit.db.execute(
            update(table).where(table.c.id == suppression_id).values(spread_at=micros(unit.now))
        )
        unit.append("consent.withdrawn", actor_id, object=suppression_id, count=len(rows))
        return len(rows)

    return desk.write(job)


def suppressed(
    db: Connection, tags: Collection[bytes], purpose: str = "", channel: str = ""
) -> dict[bytes, Suppression]:
    """Suppressions in force of those tags, for a purpose and channel (default: any)."""
    table, lifts = table_of(SuppressionRow), table_of(SuppressionLift)
    found: dict[bytes, Suppression] = {}
    for chunk in in_chunks(sorted(set(tags)), 500):
        lifted = {
            row.suppression_id
            for row in db.execute(
                select(lifts.c.suppression_id)
                .join(table, table.c.id == lifts.c.suppression_id)
                .where(
                    table.c.tag.in_(chunk),
                    lifts.c.purpose == purpose,
                    lifts.c.channel == channel,
                )
            )
        }
        for row in db.execute(
            select(table.c.id, table.c.tag, table.c.since_at, table.c.source).where(
                table.c.tag.in_(chunk)
            )
        ):
            if row.id not in lifted:
                found[bytes(row.tag)] = Suppression(row.id, instant(row.since_at), row.source)
    return found


def carry(desk: Desk, line: Line) -> None:
    """Carry out an opt-out of the ledger that main does not have: after a crash or restore."""
    desk.write(lambda unit: _suppress(unit, line, "rightsdesk", None, None))


def suppress_for_erasure(unit: Unit, tags: Collection[tuple[bytes, ContactKind]]) -> None:
    """Suppress an erased person's numbers and mails, in the erasure's own transaction.

    Always by a row of its own: one from before may be lifted by a consent that dies now.
    """
    lock_numbers(unit.db, {tag for tag, _ in tags})
    for tag, kind in tags:
        unit.db.execute(
            insert(table_of(SuppressionRow)).values(
                id=public_id("no"),
                tag=tag,
                kind=kind.value,
                since_at=micros(unit.now),
                source="erasure",
                recorded_by="rightsdesk",
                spread_at=micros(unit.now),
            )
        )


def _suppress(
    unit: Unit, line: Line, actor_id: str, attempt: str | None, words: _Words | None
) -> None:
    tag = bytes.fromhex(line.tag)
    lock_numbers(unit.db, {tag})
    if carried_out(unit.db, line):
        return
    unit.db.execute(
        insert(table_of(SuppressionRow)).values(
            id=line.id,
            tag=tag,
            kind=line.scope,
            since_at=micros(datetime.fromisoformat(line.at)),
            source=line.note,
            recorded_by=actor_id,
            attempt=attempt,
            words_holder_id=words.holder_id if words else None,
            words_row_id=words.row_id if words else None,
            words_sealed=words.sealed if words else None,
        )
    )
    mark_carried_out(unit, line)
    unit.append("optout.recorded", actor_id, object=line.id, fields=[line.scope], outcome=line.note)


def _withdrawals(
    unit: Unit, holders: list[Holder], since_at: int, source: str, actor_id: str
) -> list[tuple[object, ...]]:
    """One withdrawal a person: of everything, or of this point where others share it.

    Who shares a landline did not speak for the others' own numbers.
    """
    ids = row_ids(unit.now, len(holders)) if holders else []
    shared = len({holder.subject_id for holder in holders}) > 1
    return [
        (
            row_id,
            public_id("c"),
            holder.subject_id,
            holder.point_id if shared else None,
            RecordKind.WITHDRAWAL.value,
            EVERYTHING,
            EVERYTHING,
            ConsentClass.WITHDRAWN.value,
            since_at,
            "",
            0,
            "",
            source,
            True,
            micros(unit.now),
            actor_id,
        )
        for row_id, holder in zip(ids, holders, strict=True)
    ]


def _seal_words(desk: Desk, words: bytes, tag: bytes, holder_id: int | None) -> _Words:
    """Seal under the person's calls key, or a key of its own found by evidence tag."""
    row_id, own = row_ids(desk.now(), 2)
    holder = holder_id if holder_id is not None else own
    (part,) = desk.vault.seal_parts(
        KeyClass.CALLS,
        [(Place(Part.OPT_OUT_WORDS, holder, row_id), json.dumps(words.decode()).encode())],
    )
    if holder_id is None:
        tag_evidence(desk.vault, tag, holder)
    return _Words(holder, row_id, part.sealed)
