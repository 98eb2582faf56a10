"""Call records leave the desk: for one purpose, to one recipient, as CSV or JSON.

Rows are written to FILE.part, page by page, mode 0600; each page's persons stand in the
ledger of disclosures before the next. What broke off goes on where its state file says.
The entry with the file's digest is durable before the file gets its name. Columns and
their meaning: docs/call-records.md.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import select

from privacy.actors import Act, Actor
from privacy.clock import rfc3339
from privacy.contacts.cells import harmless, numbers_or_harmless
from privacy.desk import Desk
from privacy.disclosures import store as disclosures
from privacy.disclosures.given import Given, Role, Way
from privacy.errors import BadInput
from privacy.gateway import record_fields
from privacy.gateway.call_rows import COLUMNS, SCHEMA, text_digest
from privacy.gateway.campaigns import Campaign, campaign_of
from privacy.gateway.record_pages import START, After, Which, count, opening, pages
from privacy.ids import public_id
from privacy.storage.bulk import in_chunks
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import Notice
from privacy.storage.tables.disclosures import Disclosure
from privacy.storage.tables.prompts import PromptRow
from privacy.storage.unit import Unit
from privacy.terms import OpeningPurpose
from privacy.vault.files import file_errors, write_whole

CSV, JSON = "csv", "json"
OPENED = "calls.opened_for_export"
# Why records leave, and what may be opened for it: a restriction (GDPR Article 18(2)) leaves
# legal claims open, an audit of a vendor or a move of data not.
PURPOSES = {
    "authority": OpeningPurpose.LEGAL_GROUND,
    "legal_claim": OpeningPurpose.LEGAL_GROUND,
    "audit": OpeningPurpose.EXPORT,
}
NUMBERS = frozenset({"calling_number", "called_number"})
WHAT = ("phone", "calls", "consents")


@dataclass(frozen=True)
class Wish:
    """One export. `recipient` is an organisation, `purpose` one of PURPOSES.

    `open_end`: no end was named, so one that is gone on with keeps the end that it began with.
    """

    which: Which
    form: str
    purpose: str
    recipient: str
    role: Role = Role.AUTHORITY
    country: str = ""
    open_end: bool = False


@dataclass(frozen=True)
class Exported:
    """What was written. `without_number`: calls whose person is erased, restricted or closed."""

    id: str
    count: int
    without_number: int
    sha256: str
    entry_id: str
    resumed_at: int


@dataclass(frozen=True)
class _State:
    """How far a file is; it holds nobody's data."""

    id: str
    wish: str
    until: str
    after_at: int
    after_id: str
    offset: int
    count: int
    without_number: int


def export(
    desk: Desk,
    actor: Actor,
    path: Path,
    wish: Wish,
    *,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Exported:
    """Write the records to a new file, or go on with one that broke off.

    BadInput where the file exists, a purpose is none of ours, or the recipient is no
    organisation's name.
    """
    actor.require(Act.REPORT)
    actor.require(Act.LOOK_UP)
    if path.exists():
        raise BadInput("The file exists already.", what="--out", next="Give another name.")
    given = _given(wish, "")
    with desk.reading() as db:
        campaign = campaign_of(db, wish.which.campaign)
    begun = _state(path, wish)
    state = begun or _new(wish)
    until = datetime.fromisoformat(state.until)
    wish = replace(wish, which=replace(wish.which, until=until))
    given = replace(given, ref=state.id)
    total = count(desk, wish.which)
    with file_errors("--out"), _opened(_part(path), state.offset) as file:
        if not state.offset:
            file.write(_begin(desk, campaign, wish, state.id))
        opens = opening(desk, actor, PURPOSES[wish.purpose], OPENED, state.id)
        for page in pages(desk, wish.which, opens, After(state.after_at, state.after_id)):
            file.write(_page(page.rows, wish.form, first=not state.count))
            _tell(desk, actor, page.people, given)
            state = _kept(path, file, state, page.rows, page.last)
            progress(state.count, total)
        file.write(_end(wish.form))
        file.flush()
        os.fsync(file.fileno())
    if wish.form == CSV:
        write_whole(about_of(path), _about(desk, campaign, wish, state.id))
    sha256 = _digest(_part(path))
    entry = _release(desk, actor, given, wish, state.count, sha256)
    _complete(path)
    resumed = 0 if begun is None else begun.count
    return Exported(state.id, state.count, state.without_number, sha256, entry, resumed)


def _new(wish: Wish) -> _State:
    until = wish.which.until.isoformat()
    return _State(public_id("x"), _key(wish), until, START.at, START.id, 0, 0, 0)


def about_of(path: Path) -> Path:
    """Where a CSV's texts and meanings lie: they do not fit into its columns."""
    return path.with_name(f"{path.name}.about.json")


def _release(desk: Desk, actor: Actor, given: Given, wish: Wish, rows: int, sha256: str) -> str:
    def job(unit: Unit) -> str:
        return unit.append(
            disclosures.CALLS_RELEASED,
            actor.id,
            object=given.ref,
            purpose=given.why,
            recipient=given.recipient,
            fields=[wish.which.campaign, wish.form],
            count=rows,
            digest=sha256,
        )

    return desk.write(job)


def _given(wish: Wish, ref: str) -> Given:
    if wish.purpose not in PURPOSES:
        raise BadInput(
            "Call records leave for a named purpose.",
            what="--purpose",
            next=f"One of {', '.join(PURPOSES)}.",
        )
    return Given(
        wish.recipient,
        wish.role,
        WHAT,
        f"call records: {wish.purpose}",
        "16 CFR 310.5" if wish.purpose == "authority" else "legitimate interest",
        Way.EXPORT,
        ref,
        wish.country,
    )


def _tell(desk: Desk, actor: Actor, people: set[int], given: Given) -> None:
    """A line of the ledger for each person, once an export; it counts with the last entry."""
    table = table_of(Disclosure)

    def job(unit: Unit) -> None:
        told: set[int] = set()
        for chunk in in_chunks(sorted(people), 500):
            rows = unit.db.execute(
                select(table.c.subject_id).where(
                    table.c.ref == given.ref, table.c.subject_id.in_(chunk)
                )
            )
            told |= set(rows.scalars())
        fresh = people - told
        if not fresh:
            return
        disclosures.record(unit, given, fresh, actor.id)
        unit.append(
            "contact.disclosed",
            actor.id,
            object=given.ref,
            purpose=given.why,
            recipient=given.recipient,
            subjects=desk.vault.pseudonyms(fresh, {}, unit.now),
            count=len(fresh),
        )

    if people:
        desk.write(job)


def _kept(
    path: Path, file: BinaryIO, state: _State, rows: Iterable[Mapping[str, str]], last: After
) -> _State:
    """The page is durable before the state says so."""
    file.flush()
    os.fsync(file.fileno())
    rows = list(rows)
    new = replace(
        state,
        after_at=last.at,
        after_id=last.id,
        offset=file.tell(),
        count=state.count + len(rows),
        without_number=state.without_number + sum(not row["called_number"] for row in rows),
    )
    write_whole(_state_file(path), json.dumps(asdict(new)).encode())
    return new


def _page(rows: Iterable[Mapping[str, str]], form: str, *, first: bool) -> bytes:
    if form == CSV:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(_cells(row) for row in rows)
        return text.getvalue().encode()
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    return (("\n" if first else ",\n") + ",\n".join(lines)).encode()


def _cells(row: Mapping[str, str]) -> Iterator[str]:
    for name in COLUMNS:
        yield numbers_or_harmless(row[name]) if name in NUMBERS else harmless(row[name])


def _begin(desk: Desk, campaign: Campaign, wish: Wish, ref: str) -> bytes:
    if wish.form == CSV:
        return (",".join(COLUMNS) + "\n").encode()
    return _about(desk, campaign, wish, ref).rstrip().removesuffix(b"}") + b',\n"calls": ['


def _end(form: str) -> bytes:
    return b"" if form == CSV else b"\n]}\n"


def _about(desk: Desk, campaign: Campaign, wish: Wish, ref: str) -> bytes:
    """Whose calls, which texts, what the columns mean; nobody's data."""
    prompts, notices = table_of(PromptRow), table_of(Notice)
    with desk.reading() as db:
        sounds = db.execute(
            select(
                *(prompts.c[name] for name in ("sha256", "role", "language", "text", "length_ms")),
                *(prompts.c[name] for name in ("voice", "engine", "format")),
            )
            .where(prompts.c.campaign_id == campaign.id)
            .order_by(prompts.c.id)
        ).all()
        shown = db.execute(select(notices).order_by(notices.c.id, notices.c.version)).all()
    document = {
        "schema": SCHEMA,
        "export": ref,
        "campaign": campaign.id,
        "since": rfc3339(wish.which.since),
        "until": rfc3339(wish.which.until),
        "recipient": wish.recipient,
        "purpose": wish.purpose,
        "controller": desk.config.controller.name,
        "keep_for_years": record_fields.retention_years(),
        "columns": list(COLUMNS),
        "required": [
            {**asdict(one), "columns": list(one.columns)} for one in record_fields.wanted()
        ],
        "script": {"sha256": text_digest(campaign.script), "text": campaign.script},
        "prompts": [{**row._mapping, "script_sha256": text_digest(row.text)} for row in sounds],
        "notices": [
            {
                "notice": f"{row.id}/{row.version}",
                "language": row.language,
                "sha256": row.sha256,
                "text": row.text,
            }
            for row in shown
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def _key(wish: Wish) -> str:
    """What a file that broke off must have been for, to go on with it."""
    told = asdict(wish)
    if wish.open_end:
        del told["which"]["until"]
    text = json.dumps(told, sort_keys=True, default=_instant)
    return hashlib.sha256(text.encode()).hexdigest()


def _instant(value: object) -> str:
    assert isinstance(value, datetime)
    return rfc3339(value)


def _state(path: Path, wish: Wish) -> _State | None:
    """Where a file that broke off stands; None for a new one. BadInput for another export's."""
    part, file = _part(path), _state_file(path)
    if not part.exists() and not file.exists():
        return None
    try:
        state = _State(**json.loads(file.read_bytes()))
        whole = part.stat().st_size >= state.offset
    except (OSError, ValueError, TypeError):
        # Broken off before its first page: nothing of it was told.
        part.unlink(missing_ok=True)
        file.unlink(missing_ok=True)
        return None
    if state.wish != _key(wish) or not whole:
        raise BadInput(
            "A file of another export lies there, not finished.",
            what=part.name,
            next="Give the same campaign, dates, form, purpose and recipient, or delete it.",
        )
    return state


@contextmanager
def _opened(part: Path, offset: int) -> Iterator[BinaryIO]:
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(part, flags, 0o600), "wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.truncate(offset)
        file.seek(offset)
        yield file


def _digest(part: Path) -> str:
    with part.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _complete(path: Path) -> None:
    with file_errors("--out"):
        os.rename(_part(path), path)
        _state_file(path).unlink(missing_ok=True)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _part(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def _state_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.state")
