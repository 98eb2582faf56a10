"""Letters on their way, and print runs, in the database: the only module that moves them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from privacy.clock import instant, micros
from privacy.errors import NotFound
from privacy.rights.case import NotNow
from privacy.rights.letter_state import Form, LetterState
from privacy.storage.bulk import in_chunks
from privacy.storage.tables.base import table_of
from privacy.storage.tables.letters import Letter, PrintRun
from privacy.storage.unit import Unit
from privacy.terms import KeyClass
from privacy.vault.sealing import Part, Place
from privacy.vault.store import SealedPart

IDS_AT_ONCE = 500


@dataclass(frozen=True)
class OnItsWay:
    """One letter as its way needs it; address and words are sealed."""

    id: str
    holder_id: int
    request_id: str | None
    kind: str
    language: str
    form: Form
    state: LetterState
    row_id: int
    to_sealed: bytes | None
    content_sealed: bytes | None
    sha256: str
    sent_at: datetime | None
    message_id: str | None
    print_run_id: str | None

    def parts(self) -> tuple[SealedPart, SealedPart]:
        """Addressee and words, to be opened with a reason. NotNow when they are gone."""
        if self.to_sealed is None or self.content_sealed is None:
            raise NotNow(
                "The words of this letter are gone.", what=self.id, next="Write a new letter."
            )
        return (
            SealedPart(
                Place(Part.LETTER_TO, self.holder_id, self.row_id), KeyClass.CASE, self.to_sealed
            ),
            SealedPart(
                Place(Part.LETTER_CONTENT, self.holder_id, self.row_id),
                KeyClass.CASE,
                self.content_sealed,
            ),
        )


@dataclass(frozen=True)
class Run:
    """One print run as main holds it. `manifest`: its JSON text."""

    id: str
    letters: int
    pages: int
    sha256: str
    manifest: str
    made_at: datetime
    made_by: str
    posted_at: datetime | None


def letter(db: Connection, letter_id: str) -> OnItsWay:
    """A letter by its id. NotFound if there is none."""
    table = table_of(Letter)
    row = db.execute(select(table).where(table.c.id == letter_id)).one_or_none()
    if row is None:
        raise NotFound(
            "There is no such letter.", what="letter", next="See `rightsdesk letter list`."
        )
    return _letter(row)


def letters(db: Connection, ids: Sequence[str]) -> dict[str, OnItsWay]:
    """Those letters by id; those that are not there are left out."""
    table = table_of(Letter)
    found: dict[str, OnItsWay] = {}
    for chunk in in_chunks(list(ids), IDS_AT_ONCE):
        rows = db.execute(select(table).where(table.c.id.in_(chunk)))
        found.update((row.id, _letter(row)) for row in rows)
    return found


def to_print(db: Connection, kind: str = "") -> list[str]:
    """Ids of approved letters that go by post, oldest first; `kind`: only those."""
    table = table_of(Letter)
    statement = (
        select(table.c.id)
        .where(table.c.state == LetterState.APPROVED.value, table.c.form == Form.POST.value)
        .order_by(table.c.made_at, table.c.id)
    )
    if kind:
        statement = statement.where(table.c.kind == kind)
    return list(db.execute(statement).scalars())


def in_state(db: Connection, state: LetterState) -> list[OnItsWay]:
    """Letters in that state, oldest first."""
    table = table_of(Letter)
    rows = db.execute(
        select(table).where(table.c.state == state.value).order_by(table.c.made_at, table.c.id)
    )
    return [_letter(row) for row in rows]


def of_message(db: Connection, message_id: str) -> OnItsWay | None:
    """The letter whose mail that message is, if it is one's."""
    table = table_of(Letter)
    row = db.execute(select(table).where(table.c.message_id == message_id)).one_or_none()
    return None if row is None else _letter(row)


def move(
    unit: Unit, letter_id: str, allowed: Sequence[LetterState], to: LetterState, **values: Any
) -> None:
    """Move a letter that is in one of those states and set `values`. NotNow if it is not."""
    table = table_of(Letter)
    moved = unit.db.execute(
        update(table)
        .where(table.c.id == letter_id, table.c.state.in_([state.value for state in allowed]))
        .values(state=to.value, **values)
    )
    if not moved.rowcount:
        raise NotNow(
            f"A letter becomes {to.value} from: {', '.join(allowed)}; this one is none of them.",
            what=letter_id,
            next=f"See `rightsdesk letter show {letter_id}`.",
        )


def print_together(unit: Unit, run_id: str, letters: Mapping[str, OnItsWay]) -> None:
    """Those letters become printed in that run. NotNow if one is not as it was read."""
    table = table_of(Letter)
    for chunk in in_chunks(list(letters), IDS_AT_ONCE):
        now = unit.db.execute(
            select(table.c.id, table.c.state, table.c.form, table.c.sha256)
            .where(table.c.id.in_(chunk))
            .with_for_update()
        )
        still = {
            row.id for row in now if (row.state, row.form, row.sha256) == _read_as(letters[row.id])
        }
        if changed := sorted(set(chunk) - still):
            raise NotNow(
                "A letter was changed while it was printed; nothing was printed.",
                what=changed[0],
                next="Run it again.",
            )
        unit.db.execute(
            update(table)
            .where(table.c.id.in_(chunk))
            .values(state=LetterState.PRINTED.value, print_run_id=run_id)
        )


def _read_as(letter: OnItsWay) -> tuple[str, str, str]:
    return letter.state.value, letter.form.value, letter.sha256


def of_run(db: Connection, run_id: str) -> list[OnItsWay]:
    """Letters of a run that are still printed, and not posted."""
    table = table_of(Letter)
    rows = db.execute(
        select(table)
        .where(table.c.print_run_id == run_id, table.c.state == LetterState.PRINTED.value)
        .order_by(table.c.made_at, table.c.id)
    )
    return [_letter(row) for row in rows]


def add_run(unit: Unit, new: Run) -> None:
    """Put a print run in; the caller appends the entry."""
    unit.db.execute(
        insert(table_of(PrintRun)).values(
            id=new.id,
            letters=new.letters,
            pages=new.pages,
            sha256=new.sha256,
            manifest=new.manifest,
            made_at=micros(new.made_at),
            made_by=new.made_by,
        )
    )


def run(db: Connection, run_id: str) -> Run:
    """A print run by its id. NotFound if there is none."""
    table = table_of(PrintRun)
    row = db.execute(select(table).where(table.c.id == run_id)).one_or_none()
    if row is None:
        raise NotFound(
            "There is no such print run.", what="print run", next="See `rightsdesk letter runs`."
        )
    return _run(row)


def runs(db: Connection) -> list[Run]:
    """Every print run, the newest first."""
    table = table_of(PrintRun)
    rows = db.execute(select(table).order_by(table.c.made_at.desc(), table.c.id))
    return [_run(row) for row in rows]


def set_posted(unit: Unit, run_id: str, at: datetime) -> None:
    """The run was posted; the caller has looked that it was not before."""
    table = table_of(PrintRun)
    unit.db.execute(update(table).where(table.c.id == run_id).values(posted_at=micros(at)))


def _run(row: Row[Any]) -> Run:
    posted = None if row.posted_at is None else instant(row.posted_at)
    return Run(
        row.id,
        row.letters,
        row.pages,
        row.sha256,
        row.manifest,
        instant(row.made_at),
        row.made_by,
        posted,
    )


def _letter(row: Row[Any]) -> OnItsWay:
    return OnItsWay(
        row.id,
        row.holder_id,
        row.request_id,
        row.kind,
        row.language,
        Form(row.form),
        LetterState(row.state),
        row.row_id,
        None if row.to_sealed is None else bytes(row.to_sealed),
        None if row.content_sealed is None else bytes(row.content_sealed),
        row.sha256,
        None if row.sent_at is None else instant(row.sent_at),
        row.message_id,
        row.print_run_id,
    )
