"""The document of a consent audit: rows as of a size of the log, counted from the rows."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from privacy.actors import Act, Actor
from privacy.audit import as_of
from privacy.audit.as_of import AsOf
from privacy.audit.entry import parse
from privacy.audit.looking import entries_until
from privacy.audit.store import TileReader
from privacy.audit.tree import CompactRange, hash_leaf, root_from_tiles
from privacy.cli.report_made import Gathered, parties
from privacy.clock import rfc3339
from privacy.desk import Desk
from privacy.storage.tables.audit import AuditEntry, AuditLeaf
from privacy.storage.tables.base import table_of

KIND = "consent-audit"
TOLD = ("consent.recorded", "consent.withdrawn")
CARRIED = "carried out"
LIMITS = (
    "A consent or a withdrawal that nobody recorded stands in no row.",
    "Who consented is a person under a key; an erasure takes the key, and the row stays without"
    " a person. The evidence itself is sealed: `rightsdesk consent show` opens it, while the"
    " person is there.",
    "A withdrawal ended the consents that it covered when the later of the two was recorded;"
    " one that covers some of a person's numbers does not end a consent for all of them.",
    "A call that a place allows without consent counts as `none asked`: that is the decision of"
    " its instant, by the rules of that day.",
    "What was recorded late is judged as it is known now: a call before a withdrawal was"
    " recorded and after it was said is listed, and marked.",
    "A wording is shown as it was filed; that it was the one on the screen is what the sealed"
    " evidence of a consent says.",
)


@dataclass(frozen=True)
class Options:
    """`from_on`, `to_on`: first and last day, both included; None without a bound. `size`: as
    of that size of the log; None now. `seed` draws the sample; "" the log's root."""

    from_on: date | None = None
    to_on: date | None = None
    size: int | None = None
    seed: str = ""


def data(desk: Desk, actor: Actor, options: Options) -> Gathered:
    """The audit of what was said in those days, as of a size of the log."""
    from reports import annex, consent_audit, consent_rows
    from reports.consent_tally import METHOD, Counting

    actor.require(Act.REPORT)
    asof = as_of.wanted(desk, actor.id, KIND, options.size)
    zone = desk.config.controller.zone
    window = consent_rows.Window(
        asof.at, _day(options.from_on, zone), _day(options.to_on, zone, timedelta(days=1))
    )
    log = _log(desk, asof)
    seed = options.seed or log["root_b64"]
    counting = Counting(seed)
    files = _files(consent_rows.records(desk.reading, window), counting, seed)
    with desk.snapshot() as db:
        calls = consent_rows.calls(db, window)
        against = consent_rows.against(db, window)
        wordings = consent_rows.wordings(db, window)
    files.append(annex.write(consent_audit.against_layout(seed), against))
    document = {
        **parties(desk),
        "schema": consent_audit.SCHEMA,
        "period": {
            "from_at": None if window.from_at is None else rfc3339(window.from_at),
            "to_at": None if window.to_at is None else rfc3339(window.to_at),
            "zone": zone,
        },
        "read": {"at": rfc3339(asof.at), "tree_size": asof.size},
        "seed": seed,
        "method": METHOD,
        "counts": counting.tally(),
        "calls": calls,
        "against_listed": len(against),
        "last_call_after_s": consent_audit.longest_after(against),
        "wordings": wordings,
        "log": log,
        "annexes": [each.annex for each in files],
        "limits": list(LIMITS),
    }
    return Gathered(document, {each.annex["name"]: each.content for each in files})


def _day(day: date | None, zone: str, later: timedelta = timedelta(0)) -> datetime | None:
    """The begin of that day, or of a later one, in the controller's zone."""
    return None if day is None else datetime.combine(day + later, time(0), tzinfo=ZoneInfo(zone))


def _files(rows: Iterator[list[str]], counting: Any, seed: str) -> list[Any]:
    """The rows in files of at most MOST_ROWS, each counted as it is written; at least one."""
    from reports import annex, consent_audit

    def counted(some: Iterator[list[str]]) -> Iterator[list[str]]:
        for row in some:
            counting.add(row)
            yield row

    files: list[Any] = []
    while True:
        first = next(rows, None)
        if first is None and files:
            return files
        begun: Sequence[list[str]] = [] if first is None else [first]
        part = chain(begun, islice(rows, annex.MOST_ROWS - len(begun)))
        layout = consent_audit.record_layout(len(files) + 1, seed)
        files.append(annex.write(layout, counted(part)))


def _log(desk: Desk, asof: AsOf) -> dict[str, Any]:
    """The root that the tree has at that size, the one that the entries give, and how many
    consent records the entries tell of."""
    tree = CompactRange()
    for body in entries_until(desk.log, desk.reading, asof.size):
        tree.append(hash_leaf(body))
    with desk.snapshot() as db:
        root = root_from_tiles(asof.size, TileReader(db))
        told, carried = _told(db, asof.size)
    return {
        "root_b64": base64.b64encode(root).decode(),
        "recomputed_b64": base64.b64encode(tree.root()).decode(),
        "told": told,
        "carried": carried,
    }


def _told(db: Connection, size: int) -> tuple[int, int]:
    entries, leaves = table_of(AuditEntry), table_of(AuditLeaf)
    told = carried = 0
    for body in db.execute(
        select(entries.c.body)
        .join(leaves, leaves.c.entry_id == entries.c.id)
        .where(entries.c.action.in_(TOLD), leaves.c.idx < size)
    ).scalars():
        entry = parse(bytes(body))
        if entry.get("outcome") == CARRIED:
            carried += 1
        else:
            told += int(entry.get("count", 0))
    return told, carried
