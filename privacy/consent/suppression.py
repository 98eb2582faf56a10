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
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from privacy.actors import Act, Actor
from privacy.clock import instant, micros
from privacy.consent import store
from privacy.consent.endings import note_endings
from privacy.consent.holders import Holder, holders_of
from privacy.consent.joined import joined
from privacy.consent.ledger import (
    EVERYTHING,
    ConsentRecord,
    RecordKind,
    applicable,
    last_withdrawal,
)
from privacy.consent.lines import carried_out, mark_carried_out
from privacy.consent.records import SOURCE, check_source
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.ids import public_id, row_ids
from privacy.numbers import earlier_email_forms
from privacy.storage.bulk import in_chunks, insert_rows
from privacy.storage.number_locks import lock_numbers
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import ConsentRow, SuppressionLift, SuppressionRow
from privacy.storage.unit import Unit
from privacy.terms import ConsentClass, ContactKind, KeyClass, LedgerKind
from privacy.vault.evidence import tag_evidence
from privacy.vault.ledger import Line
from privacy.vault.sealing import Part, Place

UNNAMED_SOURCE = "other"
ALWAYS = datetime.max.replace(tzinfo=UTC)
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
    check_source(source)
    kind = ContactKind.PHONE if phone is not None else ContactKind.EMAIL
    tag = tag_of(desk, kind, str(phone if phone is not None else email))
    for form in () if email is None else earlier_email_forms(email):
        # Who was imported before stands under it.
        before = tag_of(desk, kind, form)
        opt_out_tag(desk, actor.id, before, kind, source=source, value=form)
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
    # What a dialer says of how it was told is no reason to lose an opt-out.
    source = source if SOURCE.fullmatch(source) else UNNAMED_SOURCE
    sealed = _seal_words(desk, words, tag, holder_id) if words else None
    with desk.reading() as db:
        size = desk.log.head(db).size
        said_at = desk.now_in(db)
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


def tags_of(desk: Desk, kind: ContactKind, value: str) -> tuple[bytes, ...]:
    """Every tag under which an opt-out of that number or e-mail may stand, today's first."""
    forms = earlier_email_forms(value) if kind is ContactKind.EMAIL else ()
    return tuple(tag_of(desk, kind, form) for form in (value, *forms))


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
        note_endings(unit, [str(row[1]) for row in rows], {holder.subject_id for holder in holders})
        unit.db.execute(
            update(table).where(table.c.id == suppression_id).values(spread_at=micros(unit.now))
        )
        unit.append("consent.withdrawn", actor_id, object=suppression_id, count=len(rows))
        return len(rows)

    return desk.write(job)


def suppressed(
    db: Connection, tags: Collection[bytes], purpose: str = "", channel: str = ""
) -> dict[bytes, Suppression]:
    """Suppressions in force of those tags, for a purpose and channel (default: any).

    The oldest one of each tag. A lift ends with its consent: when that is corrected or
    withdrawn, the suppression is in force again.
    """
    table = table_of(SuppressionRow)
    found: dict[bytes, Suppression] = {}
    for chunk in in_chunks(sorted(set(tags)), 500):
        lifted = {lift.suppression_id for lift in _lifts(db, chunk, purpose, channel)}
        for row in db.execute(
            select(table.c.id, table.c.tag, table.c.since_at, table.c.source)
            .where(table.c.tag.in_(chunk))
            .order_by(table.c.since_at, table.c.id)
        ):
            if row.id not in lifted:
                since = Suppression(row.id, instant(row.since_at), row.source)
                found.setdefault(bytes(row.tag), since)
    return found


def last_opt_outs(db: Connection, tags: Collection[bytes]) -> dict[bytes, datetime]:
    """The last suppression of each tag, lifted or not: who never consented since stays refused."""
    table = table_of(SuppressionRow)
    found: dict[bytes, datetime] = {}
    for chunk in in_chunks(sorted(set(tags)), 500):
        rows = db.execute(
            select(table.c.tag, func.max(table.c.since_at).label("since_at"))
            .where(table.c.tag.in_(chunk))
            .group_by(table.c.tag)
        )
        found |= {bytes(row.tag): instant(row.since_at) for row in rows}
    return found


def suppressed_at(
    db: Connection, calls: Collection[tuple[bytes, datetime]], purpose: str, channel: str
) -> list[tuple[bytes, datetime]]:
    """Those of `calls` (tag and instant) that a suppression of an earlier instant forbade.

    Judged by what stood then: a later lift, or a later second opt-out, changes nothing.
    """
    table, lifts = table_of(SuppressionRow), table_of(SuppressionLift)
    periods: dict[bytes, list[tuple[int, int | None]]] = {}
    for chunk in in_chunks(sorted({tag for tag, _ in calls}), 500):
        rows = db.execute(
            select(table.c.tag, table.c.since_at, func.min(lifts.c.lifted_at).label("until_at"))
            .outerjoin(
                lifts,
                (lifts.c.suppression_id == table.c.id)
                & (lifts.c.purpose == purpose)
                & (lifts.c.channel == channel),
            )
            .where(table.c.tag.in_(chunk))
            .group_by(table.c.id, table.c.tag, table.c.since_at)
        )
        for row in rows:
            periods.setdefault(bytes(row.tag), []).append((row.since_at, row.until_at))
    return [
        (tag, at)
        for tag, at in calls
        if any(
            since < micros(at) and (until is None or micros(at) < until)
            for since, until in periods.get(tag, ())
        )
    ]


def _lifts(db: Connection, tags: Collection[bytes], purpose: str, channel: str) -> list[Any]:
    """Lifts of those tags whose consent still stands: neither void nor withdrawn since."""
    table, lifts, given = (
        table_of(SuppressionRow),
        table_of(SuppressionLift),
        table_of(ConsentRow),
    )
    rows = db.execute(
        select(lifts.c.suppression_id, given.c.public_id, given.c.subject_id, given.c.point_id)
        .join(table, table.c.id == lifts.c.suppression_id)
        .join(given, given.c.public_id == lifts.c.consent_id)
        .where(
            table.c.tag.in_(tags),
            given.c.subject_id.is_not(None),
            lifts.c.purpose == purpose,
            lifts.c.channel == channel,
        )
    ).all()
    if not rows:
        return []
    records = store.of_persons(db, {row.subject_id for row in rows})
    return [row for row in rows if _stands(row, records[row.subject_id], purpose, channel)]


def _stands(row: Any, records: list[ConsentRecord], purpose: str, channel: str) -> bool:
    held = [
        record
        for record in records
        if record.point_id in (None, row.point_id) or record.id == row.public_id
    ]
    given = next(record for record in held if record.id == row.public_id)
    found = applicable(held, purpose, channel, ALWAYS)
    withdrawn = last_withdrawal(found)
    return given in found and (withdrawn is None or given.effective_at > withdrawn.effective_at)


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
    people = joined(unit.db, {holder.subject_id for holder in holders})
    shared = len({frozenset(group) for group in people.values()}) > 1
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
