"""The document of a log's verification: `audit verify`, repeated and told in full."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from privacy.audit.entry import parse
from privacy.audit.note import Checkpoint, Note
from privacy.audit.verify import Anchor, Verdict
from privacy.cli.report_made import Gathered
from privacy.clock import instant, rfc3339
from privacy.errors import VerificationError
from privacy.storage.tables.audit import AuditCheckpoint, AuditEntry, AuditLeaf
from privacy.storage.tables.base import table_of

ENTRY, LEAF = table_of(AuditEntry), table_of(AuditLeaf)
PAGE = 10_000
MOST_LEAVES = 200_000
"""Entries that are attached; a longer log is verified from its bundle."""

MICROS_A_DAY = 86_400_000_000
LIMITS = (
    "An entry that the program itself wrote falsely has a right hash: a verification shows that"
    " entries were not changed, not that they were true.",
    "Entries after the last anchor could have been written anew by whoever holds today's key;"
    " their number and age stand on the first page.",
    "What was never entered is not found by its absence.",
)
Reading = Callable[[], AbstractContextManager[Connection]]


def data(
    reading: Reading,
    verdict: Verdict,
    parties: dict[str, Any],
    *,
    at: datetime,
    zone: str,
    given: Sequence[Anchor] = (),
) -> Gathered:
    """The document of `log-verification` for a verdict on the log behind `reading`."""
    from reports import annex, log_verification

    root = b64(verdict.root)
    with reading() as db:
        actions, months = _counts(db, verdict.size)
        turned = list(_told(db, ("log.opened", "log.day_closed"), verdict.size))
        anchored = list(_told(db, ("log.anchored",), verdict.size))
    bad = {each.index for each in verdict.findings if each.last is None}
    limits = list(LIMITS)
    files = [annex.write(log_verification.checkpoint_layout(root), _checkpoints(reading))]
    if verdict.size <= MOST_LEAVES and sum(actions.values()) == verdict.size:
        layout = log_verification.leaf_layout(root)
        files.insert(0, annex.write(layout, _leaves(reading, verdict.size, bad)))
    else:
        limits.append("The leaf hashes are not attached; they stand in the bundle of the log.")
    document = {
        **parties,
        "schema": log_verification.SCHEMA,
        "verified_at": rfc3339(at),
        "zone": zone,
        "verification": verification(verdict),
        "keys": _keys(turned),
        "anchors": [_anchor(index, entry) for index, entry in anchored],
        "given": [
            {"size": each.size, "root": b64(each.root), "source": each.source} for each in given
        ],
        "by_action": [{"name": name, "entries": actions[name]} for name in sorted(actions)],
        "by_month": [{"name": name, "entries": months[name]} for name in sorted(months)],
        "annexes": [each.annex for each in files],
        "limits": limits,
    }
    return Gathered(document, {each.annex["name"]: each.content for each in files})


def verification(verdict: Verdict) -> dict[str, Any]:
    """The answer of `audit verify`, without its schema."""
    return {
        "verified": verdict.exit_code == 0,
        "exit_code": verdict.exit_code,
        "first_bad": verdict.first_bad,
        "findings": [asdict(finding) for finding in verdict.findings],
        "origin": verdict.origin,
        "size": verdict.size,
        "root": b64(verdict.root),
        "first_key": verdict.first_key,
        "days": verdict.days,
        "checkpoints": verdict.checkpoints,
        "anchor": {"size": verdict.anchored_at, "shown": verdict.anchor_shown},
        "unanchored": asdict(verdict.unanchored),
        "unsigned": asdict(verdict.unsigned),
    }


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _counts(db: Connection, size: int) -> tuple[Counter[str], Counter[str]]:
    """Entries by action and by month of UTC, counted by the database."""
    joined = ENTRY.join(LEAF, LEAF.c.entry_id == ENTRY.c.id)
    day = ENTRY.c.at // MICROS_A_DAY
    inside = LEAF.c.idx < size
    by_action = select(ENTRY.c.action, func.count()).select_from(joined).where(inside)
    by_day = select(day.label("day"), func.count()).select_from(joined).where(inside)
    actions = Counter(
        {str(name): int(n) for name, n in db.execute(by_action.group_by(ENTRY.c.action))}
    )
    months: Counter[str] = Counter()
    for number, count in db.execute(by_day.group_by("day")):
        months[f"{instant(int(number) * MICROS_A_DAY):%Y-%m}"] += int(count)
    return actions, months


def _told(db: Connection, names: Sequence[str], size: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """Entries of these actions that can be read, with their index, in order."""
    rows = db.execute(
        select(LEAF.c.idx, ENTRY.c.body)
        .join(ENTRY, ENTRY.c.id == LEAF.c.entry_id)
        .where(ENTRY.c.action.in_(names), LEAF.c.idx < size)
        .order_by(LEAF.c.idx)
    )
    for row in rows:
        try:
            yield int(row.idx), parse(bytes(row.body))
        except VerificationError:
            continue


def _keys(turned: Sequence[tuple[int, dict[str, Any]]]) -> list[dict[str, Any]]:
    """The chain of day keys: a turn at index c ends the old key with size c + 1."""
    starts = [(0 if index == 0 else index + 1, entry) for index, entry in turned]
    ends: list[int | None] = [after for after, _ in starts[1:]]
    return [
        {"verifier": str(entry.get("verifier", "")), "after": after, "until": until}
        for (after, entry), until in zip(starts, [*ends, None], strict=True)
    ]


def _anchor(index: int, entry: dict[str, Any]) -> dict[str, Any]:
    try:
        root = b64(bytes.fromhex(str(entry["digest"])))
    except (KeyError, ValueError):
        root = ""
    return {
        "size": int(entry.get("count", 0)),
        "root": root,
        "source": f"entry {index} of {entry['ts']}",
    }


def _checkpoints(reading: Reading) -> Iterator[list[str]]:
    table = table_of(AuditCheckpoint)
    with reading() as db:
        notes = db.execute(select(table.c.note).order_by(table.c.size)).scalars().all()
    for content in notes:
        try:
            note = Note.parse(bytes(content))
            checkpoint = Checkpoint.parse(note.text)
        except VerificationError:
            yield ["", "", "unreadable"]
            continue
        keys = " ".join(f"{each.name}+{each.key_id.hex()}" for each in note.signatures)
        yield [str(checkpoint.size), b64(checkpoint.root), keys]


def _leaves(reading: Reading, size: int, bad: set[int | None]) -> Iterator[list[str]]:
    """One row for each entry, read in short transactions."""
    for start in range(0, size, PAGE):
        with reading() as db:
            rows = db.execute(
                select(LEAF.c.idx, LEAF.c.leaf, ENTRY.c.at, ENTRY.c.action)
                .join(ENTRY, ENTRY.c.id == LEAF.c.entry_id)
                .where(LEAF.c.idx >= start, LEAF.c.idx < min(start + PAGE, size))
                .order_by(LEAF.c.idx)
            ).all()
        for row in rows:
            finding = "see findings" if row.idx in bad else ""
            at = rfc3339(instant(row.at))
            yield [str(row.idx), at, str(row.action), bytes(row.leaf).hex(), finding]
