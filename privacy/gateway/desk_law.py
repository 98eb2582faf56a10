"""What a desk adds to the law's packs: own rules, declared emergencies, proclaimed days.

The log is the authority: each is an entry of somebody who may do so, and is read in
the transaction that decides. Every set of own rules is kept under its digest in the
desk's folder, so that a call is looked at again by the rules of its day; bytes that
are not what the entry names are refused, and then nobody is called.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from privacy.actors import Act, Actor
from privacy.audit.entry import parse
from privacy.clock import instant
from privacy.desk import Desk
from privacy.errors import Altered, BadInput
from privacy.law import pack
from privacy.law.call_context import REGION
from privacy.law.own_rules import OwnRules, read_own
from privacy.storage.tables.audit import AuditEntry, AuditLeaf
from privacy.storage.tables.base import table_of
from privacy.storage.unit import Unit
from privacy.vault.files import file_errors, write_whole

FOLDER = "own_rules"
LARGEST_BYTES = 1_000_000
# No clock is a whole day behind UTC.
A_DAY_ANYWHERE = timedelta(days=1)
RULES_SET = "law.own_rules_set"
RULES_CLEARED = "law.own_rules_cleared"
DECLARED = "law.emergency_declared"
ENDED = "law.emergency_ended"
CLOSED = "law.day_closed"
OPENED = "law.day_opened"
ACTIONS = (RULES_SET, RULES_CLEARED, DECLARED, ENDED, CLOSED, OPENED)


@dataclass(frozen=True, slots=True)
class Change:
    """One entry. `value` is a digest, or a day as YYYY-MM-DD; "" where there is none."""

    at: datetime
    action: str
    region: str
    value: str


@dataclass(frozen=True, slots=True)
class Additions:
    """What holds now. `own_sha256` is "" without own rules; a closed day is (region, day)."""

    own_sha256: str
    emergencies: tuple[str, ...]
    closed_days: tuple[tuple[str, str], ...]

    def facts(self, at: datetime) -> dict[str, Any]:
        """The part of a `law call` context that they make; empty where nothing was said.

        Days that are over in every zone at `at` decide nothing any more and are left out.
        """
        first = (at.astimezone(UTC).date() - A_DAY_ANYWHERE).isoformat()
        days = [(region, day) for region, day in self.closed_days if day >= first]
        found: dict[str, Any] = {}
        if self.emergencies:
            found["emergency_declared"] = list(self.emergencies)
        if days:
            found["proclaimed_days"] = [{"region": region, "date": day} for region, day in days]
        return found


def changes(db: Connection) -> list[Change]:
    """Every entry about the law, in the order of the log."""
    entry, leaf = table_of(AuditEntry), table_of(AuditLeaf)
    rows = db.execute(
        select(entry.c.at, entry.c.action, entry.c.body, leaf.c.idx)
        .outerjoin(leaf, leaf.c.entry_id == entry.c.id)
        .where(entry.c.action.in_(ACTIONS))
    ).all()
    # What is not in the tree yet is newer than what is.
    rows = sorted(rows, key=lambda row: (row.at, row.idx is None, row.idx or 0))
    return [_change(row.at, row.action, bytes(row.body)) for row in rows]


@lru_cache(maxsize=4096)
def _change(at: int, action: str, body: bytes) -> Change:
    said = parse(body)
    value = said.get("digest") or said.get("outcome") or ""
    return Change(instant(at), action, str(said.get("object") or ""), str(value))


def additions(db: Connection) -> Additions:
    """What holds as of this transaction."""
    own = ""
    emergencies: set[str] = set()
    days: set[tuple[str, str]] = set()
    for change in changes(db):
        if change.action in (RULES_SET, RULES_CLEARED):
            own = change.value if change.action == RULES_SET else ""
        elif change.action == DECLARED:
            emergencies.add(change.region)
        elif change.action == ENDED:
            emergencies.discard(change.region)
        elif change.action == CLOSED:
            days.add((change.region, change.value))
        else:
            days.discard((change.region, change.value))
    return Additions(own, tuple(sorted(emergencies)), tuple(sorted(days)))


def own_rules(folder: Path, db: Connection) -> OwnRules | None:
    """The own rules in force; None without any. Altered if their file is not what was set."""
    digest = additions(db).own_sha256
    return kept_rules(folder, digest) if digest else None


def kept_rules(folder: Path, digest: str) -> OwnRules:
    """Own rules by their digest. Altered unless the file in the desk's folder has it."""
    try:
        with (folder / FOLDER / f"{digest}.toml").open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except OSError:
        raise _altered("cannot be read") from None
    if hashlib.sha256(content).hexdigest() != digest:
        raise _altered("was changed without `rightsdesk law own set`")
    return _compiled(digest, content)


@lru_cache(maxsize=8)
def _compiled(digest: str, content: bytes) -> OwnRules:
    return read_own(f"{digest[:12]}.toml", content)


def _altered(how: str) -> Altered:
    return Altered(
        f"The file of the desk's own rules {how}. Nobody is called by it.",
        what=FOLDER,
        next="Set the right file with `rightsdesk law own set FILE`; see who changed it.",
    )


@dataclass(frozen=True)
class History:
    """Which own rules held when, for calls that are looked at again."""

    folder: Path
    since: Sequence[datetime]
    digests: Sequence[str]

    def at(self, when: datetime) -> OwnRules | None:
        """The own rules at an instant; a change counts from its own instant."""
        digest = self.digest_at(when)
        return kept_rules(self.folder, digest) if digest else None

    def digest_at(self, when: datetime) -> str:
        """The digest of the own rules at an instant, "" where there were none."""
        place = bisect_right(self.since, when)
        return self.digests[place - 1] if place else ""


def history(folder: Path, db: Connection) -> History:
    """Every set of own rules that the desk has had."""
    told = [change for change in changes(db) if change.action in (RULES_SET, RULES_CLEARED)]
    return History(folder, [one.at for one in told], [one.value for one in told])


def citations(folder: Path, db: Connection) -> dict[str, str]:
    """What each own rule that the desk ever had cites, by its id; the latest wording."""
    return {
        rule.id: rule.citation
        for digest in history(folder, db).digests
        if digest
        for rule in kept_rules(folder, digest).rules
    }


def set_own_rules(desk: Desk, actor: Actor, name: str, content: bytes) -> OwnRules:
    """Put own rules in force from now on; logged with their digest.

    BadInput naming rule and field for a file that could not be judged by, or could allow.
    """
    actor.require(Act.ADMINISTER)
    if len(content) > LARGEST_BYTES:
        raise BadInput("The file is too long.", what=name, next="Split nothing: leave rules out.")
    rules = read_own(name, content)
    digest = hashlib.sha256(content).hexdigest()
    folder = desk.folder / FOLDER
    with file_errors(FOLDER):
        folder.mkdir(mode=0o700, exist_ok=True)
    # The file first: an entry without its file would stop every call.
    write_whole(folder / f"{digest}.toml", content)

    def job(unit: Unit) -> None:
        unit.append(RULES_SET, actor.id, object=FOLDER, digest=digest, count=len(rules.rules))

    desk.write(job)
    return rules


def clear_own_rules(desk: Desk, actor: Actor) -> bool:
    """Judge by the law alone from now on; whether there were own rules. Logged."""
    actor.require(Act.ADMINISTER)

    def job(unit: Unit) -> bool:
        if not additions(unit.db).own_sha256:
            return False
        unit.append(RULES_CLEARED, actor.id, object=FOLDER)
        return True

    return desk.write(job)


def declare_emergency(desk: Desk, actor: Actor, region: str) -> bool:
    """A state of emergency is declared in a region; False if it was told already."""
    actor.require(Act.RUN_CAMPAIGN)
    return _say(desk, actor, DECLARED, check_region(region))


def end_emergency(desk: Desk, actor: Actor, region: str) -> bool:
    """The emergency is over; False if there was none. It opens calls: for whoever administers."""
    actor.require(Act.ADMINISTER)
    return _say(desk, actor, ENDED, check_region(region))


def close_day(desk: Desk, actor: Actor, region: str, day: date) -> bool:
    """A day was proclaimed a holiday in a region; False if it was told already."""
    actor.require(Act.RUN_CAMPAIGN)
    return _say(desk, actor, CLOSED, check_region(region), day.isoformat())


def open_day(desk: Desk, actor: Actor, region: str, day: date) -> bool:
    """A day is no proclaimed holiday after all; False if it was none."""
    actor.require(Act.ADMINISTER)
    return _say(desk, actor, OPENED, check_region(region), day.isoformat())


def _say(desk: Desk, actor: Actor, action: str, region: str, day: str = "") -> bool:
    def job(unit: Unit) -> bool:
        held = additions(unit.db)
        told = (region, day) in held.closed_days if day else region in held.emergencies
        if told is (action in (DECLARED, CLOSED)):
            return False
        unit.append(action, actor.id, object=region, outcome=day or None)
        return True

    return desk.write(job)


def check_region(region: str) -> str:
    """The region itself. BadInput for one that no calling rule is made for.

    A slip of the pen, such as US-FI for US-FL, would close nothing where it is meant.
    """
    told = {rule["jurisdiction"] for rule in pack.rules()}
    known = {one for one in told | {one[:2] for one in told} if REGION.fullmatch(one)}
    # A rule of one country does not look at what is told of the whole union.
    if region not in known - {"EU"}:
        raise BadInput(
            "No calling rule is made for this region.",
            what="REGION",
            next="Give a code of `rightsdesk law rules`, such as US-FL; or its country's code.",
        )
    return region
