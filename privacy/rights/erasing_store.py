"""What an erasure changes in main: closing, stripping, the steps it has done.

Stripping keeps what figures rest on (attempts, decisions, consent and request
rows with their ids, instants, rule ids, place, outcome and consent class) and
takes subject, number tag and sealed facts from them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select, text, update
from sqlmodel import SQLModel

from privacy.clock import instant, micros
from privacy.desk import Desk
from privacy.rights import store
from privacy.rights.case import Event, Kind, State
from privacy.rights.plan import STEPS, Kept, PlannedStep
from privacy.rights.store import Case
from privacy.storage.bulk import insert_rows
from privacy.storage.engines import is_sqlite
from privacy.storage.tables.base import table_of
from privacy.storage.tables.breaches import BreachPerson
from privacy.storage.tables.cases import Correction, ProfileVersion, RetentionEvent
from privacy.storage.tables.consent import ConsentRow, RestrictionRow, SuppressionRow
from privacy.storage.tables.desk import LedgerDone
from privacy.storage.tables.disclosures import Disclosure
from privacy.storage.tables.gateway import (
    AttemptRow,
    CandidateRow,
    DecisionRow,
    EarlierCallRow,
)
from privacy.storage.tables.people import ContactPoint, ErasedTag, PossibleDuplicate, Subject
from privacy.storage.tables.rights import (
    ErasureStep,
    KeptKey,
    LegalHold,
    RequestChallenge,
    RightsRequest,
)
from privacy.storage.tables.vault_turns import EpochTurn
from privacy.storage.tables.vendor_counted import VendorCallRow
from privacy.storage.unit import Unit
from privacy.terms import KeyClass, SubjectState
from privacy.vault.inserting import FileGuard

TRY_LOCK = text("SELECT pg_try_advisory_lock(hashtext('rightsdesk-erasing'))")
UNLOCK = text("SELECT pg_advisory_unlock(hashtext('rightsdesk-erasing'))")


@contextmanager
def alone(desk: Desk) -> Iterator[bool]:
    """True while no other process erases on this desk; False at once if one does."""
    if is_sqlite(desk.reads):
        with FileGuard(desk.folder / "erasing.lock").alone() as got:
            yield got
        return
    with desk.reads.connect() as db:
        got = bool(db.execute(TRY_LOCK).scalar_one())
        try:
            yield got
        finally:
            if got:
                db.execute(UNLOCK)
            db.rollback()


# -- the steps ---------------------------------------------------------------------------


@dataclass(frozen=True)
class StepRow:
    number: int
    name: str
    what: str
    done_at: datetime | None
    entry_id: str
    detail: str


def steps(db: Connection, request_id: str) -> dict[int, StepRow]:
    """The steps of an erasure and which are done; empty before it was planned."""
    table = table_of(ErasureStep)
    rows = db.execute(
        select(table).where(table.c.request_id == request_id).order_by(table.c.number)
    )
    return {
        row.number: StepRow(
            row.number,
            row.name,
            row.what,
            None if row.done_at is None else instant(row.done_at),
            row.entry_id,
            row.detail,
        )
        for row in rows
    }


def list_steps(unit: Unit, request_id: str, planned: Sequence[PlannedStep]) -> None:
    """Put a plan's steps in the place of an earlier plan's. Not after the first is done."""
    table = table_of(ErasureStep)
    unit.db.execute(delete(table).where(table.c.request_id == request_id))
    insert_rows(
        unit.db,
        table,
        ("request_id", "number", "name", "what", "entry_id", "detail"),
        [(request_id, step.number, step.name, step.what, "", "") for step in planned],
    )


def mark(unit: Unit, request_id: str, number: int, entry_id: str, detail: str = "") -> None:
    """A step is done, told by that entry."""
    table = table_of(ErasureStep)
    if number not in steps(unit.db, request_id):
        # A restored desk may not know the plan; the ledger of no does.
        list_steps(unit, request_id, STEPS)
    unit.db.execute(
        update(table)
        .where(table.c.request_id == request_id, table.c.number == number)
        .values(done_at=micros(unit.now), entry_id=entry_id, detail=detail)
    )


def is_done(db: Connection, request_id: str, number: int) -> bool:
    row = steps(db, request_id).get(number)
    return row is not None and row.done_at is not None


# -- closing -----------------------------------------------------------------------------


def close_subjects(unit: Unit, subject_ids: Collection[int]) -> None:
    """From here on every opening, permit and redemption refuses those persons."""
    table = table_of(Subject)
    unit.db.execute(
        update(table)
        .where(table.c.id.in_(list(subject_ids)), table.c.state == SubjectState.ACTIVE)
        .values(state=SubjectState.ERASING.value)
    )


def forget_earlier_calls(unit: Unit, tags: Collection[bytes]) -> None:
    """What other dialers told of calls to those numbers stays for figures, without them."""
    for table in (table_of(EarlierCallRow), table_of(VendorCallRow)):
        unit.db.execute(update(table).where(table.c.tag.in_(list(tags))).values(tag=None))


def add_erased_tags(unit: Unit, tags: Collection[bytes]) -> None:
    """Numbers and mails that are not imported again."""
    table = table_of(ErasedTag)
    known = {
        bytes(tag)
        for tag in unit.db.execute(select(table.c.tag).where(table.c.tag.in_(list(tags)))).scalars()
    }
    rows = [(tag, micros(unit.now)) for tag in sorted(set(tags) - known)]
    insert_rows(unit.db, table, ("tag", "erased_at"), rows)


def carried_out(unit: Unit, line_ids: Collection[str]) -> None:
    """Those lines of the ledger of no are carried out."""
    known = set(done_lines(unit.db, line_ids))
    rows = [(line, micros(unit.now)) for line in line_ids if line not in known]
    insert_rows(unit.db, table_of(LedgerDone), ("line_id", "done_at"), rows)


def done_lines(db: Connection, line_ids: Collection[str]) -> list[str]:
    table = table_of(LedgerDone)
    return list(
        db.execute(select(table.c.line_id).where(table.c.line_id.in_(list(line_ids)))).scalars()
    )


def held_cases(db: Connection) -> list[Case]:
    """Approved erasures of which the timeline says since the approval that a hold stopped them."""
    found = []
    for case in store.cases(db, [State.APPROVED]):
        told = store.timeline(db, case.id)
        stopped = any(e.type is Event.HELD and e.seq > (case.approved_seq or 0) for e in told)
        if case.kind is Kind.ERASURE and stopped:
            found.append(case)
    return found


def epoch_destroyed(db: Connection, epoch: int) -> str | None:
    """The entry that tells of the destruction of that epoch; None while it lives."""
    table = table_of(EpochTurn)
    return db.execute(
        select(table.c.entry_id).where(table.c.epoch == epoch, table.c.destroyed_at.is_not(None))
    ).scalar()


@dataclass(frozen=True)
class TurnRow:
    """A finished epoch turn; `places` is JSON."""

    custody: str
    places: str
    destroyed_at: datetime
    entry_id: str


def epoch_turn(db: Connection, epoch: int) -> TurnRow:
    """How that epoch was destroyed."""
    table = table_of(EpochTurn)
    row = db.execute(select(table).where(table.c.epoch == epoch)).one()
    return TurnRow(row.custody_kind, row.places, instant(row.destroyed_at), row.entry_id)


# -- stripping ---------------------------------------------------------------------------


def strip(
    unit: Unit, request_id: str, subject_ids: Collection[int], kept: Collection[Kept]
) -> dict[str, int]:
    """Delete and strip by the plan; how many rows of each table. Idempotent."""
    ids = list(subject_ids)
    held = {each.key_class for each in kept}
    changed = {
        "contact_point": _delete(unit, ContactPoint, "subject_id", ids),
        "possible_duplicate": _delete(unit, PossibleDuplicate, "subject_id", ids)
        + _delete(unit, PossibleDuplicate, "other_id", ids),
        "request_challenge": _delete(unit, RequestChallenge, "subject_id", ids),
        "profile_version": _delete(unit, ProfileVersion, "subject_id", ids),
        "correction": _delete(unit, Correction, "subject_id", ids),
        "retention_event": _delete(unit, RetentionEvent, "subject_id", ids),
        "legal_hold": _update(unit, LegalHold, "subject_id", ids, subject_id=None),
        "candidate": _update(
            unit, CandidateRow, "subject_id", ids, subject_id=None, point_id=None, state="done"
        ),
        "attempt": _update(
            unit, AttemptRow, "subject_id", ids, subject_id=None, point_id=None, tag=None
        ),
        "restriction": _update(unit, RestrictionRow, "subject_id", ids, subject_id=None),
        "disclosure": _update(unit, Disclosure, "subject_id", ids, subject_id=None),
        "breach_person": _update(unit, BreachPerson, "subject_id", ids, subject_id=None),
        "rights_request": _update(unit, RightsRequest, "subject_id", ids, subject_id=None),
    }
    # Evidence kept on a ground opens only through the holder; without a ground nobody has it.
    if KeyClass.CALLS not in held:
        changed["decision"] = _update(
            unit, DecisionRow, "holder_id", ids, holder_id=None, facts_sealed=None
        )
        changed["suppression"] = _update(
            unit,
            SuppressionRow,
            "words_holder_id",
            ids,
            words_holder_id=None,
            words_row_id=None,
            words_sealed=None,
        )
    if KeyClass.CONSENT in held:
        changed["consent_record"] = _update(unit, ConsentRow, "subject_id", ids, point_id=None)
    else:
        changed["consent_record"] = _update(
            unit,
            ConsentRow,
            "subject_id",
            ids,
            subject_id=None,
            point_id=None,
            evidence_sealed=None,
        )
    changed["subject"] = _update(
        unit, Subject, "id", ids, state=SubjectState.ERASED.value, profile_sealed=None
    )
    keep_keys(unit, request_id, ids, kept)
    return changed


def keep_keys(
    unit: Unit, request_id: str, holder_ids: Collection[int], kept: Collection[Kept]
) -> None:
    """Note which keys stay alive, on which ground, until which day."""
    table = table_of(KeptKey)
    for each in kept:
        unit.db.execute(
            delete(table).where(
                table.c.holder_id.in_(list(holder_ids)),
                table.c.key_class == each.key_class.value,
            )
        )
        for holder in holder_ids:
            unit.db.execute(
                insert(table).values(
                    holder_id=holder,
                    key_class=each.key_class.value,
                    request_id=request_id,
                    ground=each.ground,
                    citation=each.citation,
                    until_on=each.until_on.isoformat(),
                )
            )


def forget_kept(unit: Unit, holder_id: int) -> None:
    """The case key of that holder is kept without an end again."""
    table = table_of(KeptKey)
    unit.db.execute(
        delete(table).where(
            table.c.holder_id == holder_id, table.c.key_class == KeyClass.CASE.value
        )
    )


def rows_left(db: Connection, subject_ids: Collection[int], kept: Collection[Kept]) -> int:
    """Rows in main that still hold something of those persons beyond what is kept."""
    ids = list(subject_ids)
    held = {each.key_class for each in kept}
    looked: list[tuple[type[SQLModel], str]] = [
        (ContactPoint, "subject_id"),
        (CandidateRow, "subject_id"),
        (AttemptRow, "subject_id"),
        (RestrictionRow, "subject_id"),
        (RightsRequest, "subject_id"),
        (PossibleDuplicate, "subject_id"),
        (PossibleDuplicate, "other_id"),
        (ProfileVersion, "subject_id"),
        (Correction, "subject_id"),
        (RetentionEvent, "subject_id"),
        (LegalHold, "subject_id"),
        (RequestChallenge, "subject_id"),
        (Disclosure, "subject_id"),
        (BreachPerson, "subject_id"),
    ]
    if KeyClass.CALLS not in held:
        looked += [(DecisionRow, "holder_id"), (SuppressionRow, "words_holder_id")]
    if KeyClass.CONSENT not in held:
        looked.append((ConsentRow, "subject_id"))
    left = sum(_count(db, table_of(model), column, ids) for model, column in looked)
    subjects = table_of(Subject)
    profiles = db.execute(
        select(func.count())
        .select_from(subjects)
        .where(subjects.c.id.in_(ids), subjects.c.profile_sealed.is_not(None))
    )
    return left + int(profiles.scalar_one())


def _count(db: Connection, table: Table, column: str, ids: Sequence[int]) -> int:
    found = db.execute(select(func.count()).select_from(table).where(table.c[column].in_(ids)))
    return int(found.scalar_one())


def _delete(unit: Unit, model: type[SQLModel], column: str, ids: Sequence[int]) -> int:
    table = table_of(model)
    return unit.db.execute(delete(table).where(table.c[column].in_(ids))).rowcount


def _update(
    unit: Unit, model: type[SQLModel], column: str, ids: Sequence[int], **values: Any
) -> int:
    table = table_of(model)
    return unit.db.execute(update(table).where(table.c[column].in_(ids)).values(**values)).rowcount
