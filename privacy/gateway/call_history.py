"""Taking over the calls of an earlier dialer, so that caps and gaps know them from the start.

Idempotent: the same call told twice stands once, in the same file or in another. What the
records call an opt-out becomes one, before its call is stored. No number is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, insert, select, update

from privacy.actors import Act, Actor
from privacy.clock import micros
from privacy.consent import suppression
from privacy.consent.records import check_source
from privacy.contacts.known import erased_at
from privacy.contacts.rejects import RejectFile
from privacy.contacts.rows import Refusal
from privacy.desk import Desk
from privacy.gateway.call_records import OPTED_OUT, EarlierCall, Records
from privacy.ids import public_id, row_ids
from privacy.storage.bulk import in_chunks, insert_rows
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import CallHistoryRow, EarlierCallRow
from privacy.storage.unit import Unit

BATCH = 1_000
TOO_OLD = "too_old"
COLUMNS = ("id", "batch_id", "line", "tag", "at", "channel", "outcome")
Key = tuple[bytes, int, str]


@dataclass
class Counts:
    """What became of the lines. `known` were told before; `too_old` no rule looks back on."""

    imported: int = 0
    known: int = 0
    rejected: int = 0
    too_old: int = 0
    opted_out: int = 0

    @property
    def read(self) -> int:
        return self.imported + self.known + self.rejected + self.too_old

    def document(self) -> dict[str, int]:
        return asdict(self)


@dataclass(frozen=True)
class Taken:
    """One import: its id, its counts, and the file of rejects where there is one."""

    id: str
    counts: Counts
    rejects: Path | None


def import_history(
    desk: Desk,
    actor: Actor,
    records: Records,
    *,
    source: str,
    region: str = "",
    rejects: Path | None = None,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> Taken:
    """Store the calls of a file. BadInput for a source that is more than one word.

    Each batch is one transaction: an import that broke off is run again. A dry run reads
    everything and stores nothing.
    """
    actor.require(Act.IMPORT)
    check_source(source)
    counts, history_id = Counts(), public_id("ch")
    reject_file = RejectFile.beside(records.file.path, rejects, desk.folder)
    if not dry_run:
        desk.write(lambda unit: _begin(unit, actor, history_id, records.file.sha256, source))
    now = desk.now()
    with reject_file.opened(None, dry=dry_run):
        for lines in _batches(records.lines(region or desk.config.region, now)):
            _take(desk, actor, history_id, lines, counts, reject_file, dry_run=dry_run)
            progress(counts.read)
        left = reject_file.finish()
    if not dry_run:
        desk.write(lambda unit: _finish(unit, actor, history_id, counts))
    return Taken(history_id, counts, left)


def _batches(
    lines: Iterable[EarlierCall | Refusal],
) -> Iterator[list[EarlierCall | Refusal]]:
    lines = iter(lines)
    while batch := list(islice(lines, BATCH)):
        yield batch


def _take(
    desk: Desk,
    actor: Actor,
    history_id: str,
    lines: Sequence[EarlierCall | Refusal],
    counts: Counts,
    reject_file: RejectFile,
    *,
    dry_run: bool,
) -> None:
    refusals = [line for line in lines if isinstance(line, Refusal)]
    told = [line for line in lines if isinstance(line, EarlierCall)]
    tagged = {_key(desk, call): call for call in told}
    with desk.reading() as db:
        erased = erased_at(db, {tag for tag, _, _ in tagged})
        known = _known(db, [key for key in tagged if key[0] not in erased])
    fresh = {key: call for key, call in tagged.items() if key[0] not in erased and key not in known}
    refusals += [
        Refusal(call.line, "number", "erased") for key, call in tagged.items() if key[0] in erased
    ]
    old = [refusal for refusal in refusals if refusal.reason == TOO_OLD]
    if not dry_run:
        reject_file.write(sorted(refusals, key=lambda refusal: refusal.line))
        for call in fresh.values():
            if call.outcome == OPTED_OUT:
                # First of all: an opt-out is never lost, whatever becomes of the import.
                suppression.opt_out(desk, actor, phone=call.number, source="earlier_dialer")
        desk.write(lambda unit: _store(unit, actor, history_id, fresh))
    counts.imported += len(fresh)
    counts.opted_out += sum(call.outcome == OPTED_OUT for call in fresh.values())
    counts.rejected += len(refusals) - len(old)
    counts.too_old += len(old)
    counts.known += len(lines) - len(refusals) - len(fresh)


def _key(desk: Desk, call: EarlierCall) -> Key:
    tag = desk.vault.keyring.tags.number_tag(call.number)
    return tag, micros(call.at), call.channel


def _known(db: Connection, keys: Sequence[Key]) -> set[Key]:
    table = table_of(EarlierCallRow)
    found: set[Key] = set()
    for chunk in in_chunks(sorted({tag for tag, _, _ in keys}), 500):
        rows = db.execute(
            select(table.c.tag, table.c.at, table.c.channel).where(table.c.tag.in_(chunk))
        )
        found |= {(bytes(row.tag), row.at, row.channel) for row in rows}
    return found


def _store(unit: Unit, actor: Actor, history_id: str, fresh: dict[Key, EarlierCall]) -> None:
    if not fresh:
        return
    ids = row_ids(unit.now, len(fresh))
    rows = [
        (row_id, history_id, call.line, tag, at, channel, call.outcome)
        for row_id, ((tag, at, channel), call) in zip(ids, fresh.items(), strict=True)
    ]
    # Two imports at once may tell the same call: it stands once.
    insert_rows(unit.db, table_of(EarlierCallRow), COLUMNS, rows, keep_existing=True)
    unit.append("history.part_imported", actor.id, object=history_id, count=len(rows))


def _begin(unit: Unit, actor: Actor, history_id: str, digest: str, source: str) -> None:
    unit.db.execute(
        insert(table_of(CallHistoryRow)).values(
            id=history_id, file_sha256=digest, source=source, started_at=micros(unit.now)
        )
    )
    unit.append("history.import_begun", actor.id, object=history_id, digest=digest)


def _finish(unit: Unit, actor: Actor, history_id: str, counts: Counts) -> None:
    table = table_of(CallHistoryRow)
    stored = {
        "imported": counts.imported,
        "known": counts.known,
        "rejected": counts.rejected,
        "too_old": counts.too_old,
    }
    unit.db.execute(
        update(table).where(table.c.id == history_id).values(finished_at=micros(unit.now), **stored)
    )
    unit.append("history.imported", actor.id, object=history_id, count=counts.imported)
