"""Tests that the desk runs on itself, each with what was looked at and what was an exception.

Each answers with numbers; the result follows from them alone (reports/controls.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from privacy.actors import Actor
from privacy.audit.as_of import AsOf
from privacy.audit.checking import check_database
from privacy.audit.entry import parse
from privacy.audit.verify import Verdict
from privacy.checking import examine
from privacy.cli import breaches_then
from privacy.cli.breaches_then import BreachThen
from privacy.clock import micros
from privacy.controls.clauses import Clause
from privacy.controls.evidence import Evidence
from privacy.desk import Desk
from privacy.disclosures.given import UNNAMED
from privacy.rights import figures, keeping, retention
from privacy.rights.breach.states import Risk
from privacy.storage.tables.audit import AuditEntry
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import SuppressionRow
from privacy.storage.tables.disclosures import Disclosure
from privacy.storage.tables.gateway import DialerTokenRow
from privacy.storage.tables.people import ImportBatch
from privacy.storage.tables.rights import ErasureStep, RightsRequest
from privacy.storage.tables.vault_turns import EpochTurn

HOURS_72 = timedelta(hours=72)
A_DAY = timedelta(days=1)
SAMPLED_ENTRIES = 1_000
OPENED = "personal_data.opened"


@dataclass
class Bench:
    """What tests are run on: the desk, the period in instants, registered documents."""

    desk: Desk
    actor: Actor
    from_on: date
    to_on: date
    from_us: int
    to_us: int
    as_of: AsOf
    evidence: Sequence[Evidence]
    verdict: Verdict = field(init=False)

    def __post_init__(self) -> None:
        self.verdict = check_database(self.desk.reading, now=self.desk.now())

    def within(self, column: Any) -> Any:
        """The condition that an instant lies in the period."""
        return (column >= self.from_us) & (column < self.to_us)

    def count(self, table: Any, *conditions: Any) -> int:
        """Rows of a table under conditions."""
        with self.desk.reading() as db:
            return _count(db, table, *conditions)


Found = tuple[int | None, int, str]


def run(bench: Bench, clause: Clause) -> list[dict[str, Any]]:
    """Every test of a clause, in its order."""
    found = []
    for name in clause.computed:
        what, how, unit, test = TESTS[name]
        looked, exceptions, said = test(bench, clause)
        found.append(
            {
                "id": name,
                "what": what,
                "how": how,
                "unit": unit,
                "looked": looked,
                "exceptions": exceptions,
                "found": said,
            }
        )
    return found


def _said(exceptions: int, looked: int, unit: str) -> str:
    return f"{exceptions:,} of {looked:,} {unit}" if looked else f"no {unit}"


def _log_verified(bench: Bench, _: Clause) -> Found:
    findings = len(bench.verdict.findings)
    return bench.verdict.size, findings, f"{findings} findings in {bench.verdict.size:,} entries"


def _openings(bench: Bench, _: Clause) -> Found:
    table = table_of(AuditEntry)
    with bench.desk.reading() as db:
        bodies = db.execute(
            select(table.c.body)
            .where(table.c.action == OPENED, bench.within(table.c.at))
            .order_by(table.c.at.desc(), table.c.id)
            .limit(SAMPLED_ENTRIES)
        ).scalars()
        entries = [parse(bytes(body)) for body in bodies]
    lacking = sum(not entry.get("purpose") or not entry.get("actor") for entry in entries)
    return len(entries), lacking, _said(lacking, len(entries), "newest openings")


def _log_signed(bench: Bench, _: Clause) -> Found:
    tail = bench.verdict.unsigned
    stale = int(tail.age_s > A_DAY.total_seconds())
    said = f"{bench.verdict.checkpoints:,} checkpoints; the unsigned tail is {tail.age_s:,} s old"
    return bench.verdict.checkpoints, stale, said


def _turns(bench: Bench, _: Clause) -> Found:
    table = table_of(EpochTurn)
    turns = bench.count(table)
    left = bench.count(table, table.c.destroyed_at.is_(None))
    return turns, left, _said(left, turns, "turns")


def _sound(bench: Bench, _: Clause) -> Found:
    findings = examine(bench.desk)
    wrong = [finding.what for finding in findings if not finding.sound]
    said = f"not sound: {', '.join(wrong)}" if wrong else f"{len(findings)} checks are sound"
    return len(findings), len(wrong), said


def _second_person(bench: Bench, _: Clause) -> Found:
    table = table_of(RightsRequest)
    approved = table.c.approved_by != ""
    looked = bench.count(table, approved, bench.within(table.c.received_at))
    alone = bench.count(
        table,
        approved,
        bench.within(table.c.received_at),
        table.c.approved_by == table.c.planned_by,
    )
    return looked, alone, _said(alone, looked, "approved plans")


def _training(bench: Bench, clause: Clause) -> Found:
    held = [
        each
        for each in bench.evidence
        if each.kind.value == "training"
        and clause.id in each.clauses
        and each.state(bench.to_on) == "in_force"
    ]
    people = sum(each.people for each in held)
    last = max((each.dated_on for each in held), default=None)
    said = f"{people:,} people trained, last on {last}" if last else "no training in force"
    return people, 0, said


def _retention(bench: Bench, _: Clause) -> Found:
    over = retention.preview(bench.desk)
    left = [each for each in over if not each.stopped_by]
    rules = [rule for rule in retention.listed(bench.desk) if rule.active]
    if not rules:
        return 0, 0, "no retention rule is set"
    said = f"{len(left):,} persons past their day, {len(over) - len(left):,} held"
    return len(rules), len(left), said


def _erasures(bench: Bench, _: Clause) -> Found:
    table = table_of(ErasureStep)
    late = micros(bench.as_of.at - A_DAY)
    requests = table_of(RightsRequest)
    with bench.desk.reading() as db:
        looked = int(db.execute(select(func.count(func.distinct(table.c.request_id)))).scalar_one())
        left = int(
            db.execute(
                select(func.count(func.distinct(table.c.request_id)))
                .join(requests, requests.c.id == table.c.request_id)
                .where(table.c.done_at.is_(None), requests.c.opened_at < late)
            ).scalar_one()
        )
    return looked, left, _said(left, looked, "erasures")


def _kept_keys(bench: Bench, _: Clause) -> Found:
    kept, over = len(keeping.kept(bench.desk)), len(keeping.expired(bench.desk))
    return kept, over, _said(over, kept, "kept keys")


def _copies(bench: Bench, _: Clause) -> Found:
    copies = [Path(copy) for copy in bench.desk.config.epoch_copies]
    gone = sum(not copy.exists() for copy in copies)
    if not copies:
        return None, 0, "the epoch root has no second place (setting epoch_copies)"
    return 1 + len(copies), gone, _said(gone, 1 + len(copies), "places")


def _imports(bench: Bench, _: Clause) -> Found:
    table = table_of(ImportBatch)
    looked, left = bench.count(table), bench.count(table, table.c.finished_at.is_(None))
    return looked, left, _said(left, looked, "imports")


def _disclosed(bench: Bench, lacking: Any) -> Found:
    table = table_of(Disclosure)
    named = table.c.role.not_in([role.value for role in UNNAMED])
    looked = bench.count(table, named, bench.within(table.c.at))
    left = bench.count(table, named, bench.within(table.c.at), lacking)
    return looked, left, _said(left, looked, "disclosures")


def _recipients(bench: Bench, _: Clause) -> Found:
    return _disclosed(bench, table_of(Disclosure).c.recipient == "")


def _countries(bench: Bench, _: Clause) -> Found:
    return _disclosed(bench, table_of(Disclosure).c.country == "")


def _dialers(bench: Bench, _: Clause) -> Found:
    table = table_of(DialerTokenRow)
    outside = table.c.inside == 0
    looked = bench.count(table, outside)
    left = bench.count(table, outside, table.c.recipient == "")
    return looked, left, _said(left, looked, "outside dialers")


def _requests(bench: Bench) -> dict[str, int]:
    ledger = figures.read(bench.desk, bench.as_of.size)
    rows = figures.register(ledger, bench.from_on, bench.to_on)
    return {
        name: sum(getattr(row, name) for row in rows)
        for name in ("closed", "late", "unclear", "open", "overdue", "unclear_open")
    }


def _answered(bench: Bench, _: Clause) -> Found:
    found = _requests(bench)
    said = f"{found['late']:,} of {found['closed']:,} late; {found['unclear']:,} without a last day"
    return found["closed"], found["late"] + found["unclear"], said


def _open(bench: Bench, _: Clause) -> Found:
    found = _requests(bench)
    said = f"{found['overdue']:,} of {found['open']:,} open requests overdue"
    return found["open"], found["overdue"] + found["unclear_open"], said


def _spread(bench: Bench, _: Clause) -> Found:
    table = table_of(SuppressionRow)
    here = bench.within(table.c.since_at)
    looked = bench.count(table, here)
    late = micros(bench.as_of.at - A_DAY)
    left = bench.count(table, here, table.c.spread_at.is_(None), table.c.since_at < late)
    return looked, left, _said(left, looked, "opt-outs")


def _breaches(bench: Bench) -> list[BreachThen]:
    """Breaches of the period."""
    with bench.desk.reading() as db:
        known = breaches_then.read(db, bench.as_of.at)
    return [each for each in known if bench.from_us <= each.aware_us < bench.to_us]


def _in_72_hours(bench: Bench, _: Clause) -> Found:
    limit, now = HOURS_72 // timedelta(microseconds=1), micros(bench.as_of.at)
    owed = [each for each in _breaches(bench) if each.owed]
    late = sum(
        (now if each.notified_us is None else each.notified_us) - each.aware_us > limit
        for each in owed
    )
    return len(owed), late, _said(late, len(owed), "breaches that may be a risk, later than 72 h")


def _assessed(bench: Bench, _: Clause) -> Found:
    limit, now = HOURS_72 // timedelta(microseconds=1), micros(bench.as_of.at)
    found = _breaches(bench)
    left = sum(each.risk == Risk.UNKNOWN and now - each.aware_us > limit for each in found)
    return len(found), left, _said(left, len(found), "breaches not assessed after 72 h")


def _count(db: Connection, table: Any, *conditions: Any) -> int:
    statement = select(func.count()).select_from(table).where(*conditions)
    return int(db.execute(statement).scalar_one())


Test = Callable[[Bench, Clause], Found]
NOW = "looked at in the desk when the report was made"
TESTS: dict[str, tuple[str, str, str, Test]] = {
    "log_verified": (
        "The log is whole and unchanged",
        "every entry, tile and checkpoint computed again",
        "entries",
        _log_verified,
    ),
    "openings_logged": (
        "Openings name actor and purpose",
        f"the newest {SAMPLED_ENTRIES:,} openings of the period read in the log",
        "openings",
        _openings,
    ),
    "log_signed": (
        "The log is signed within a day",
        "age of entries under no checkpoint",
        "checkpoints",
        _log_signed,
    ),
    "epoch_turns_closed": (
        "Old epoch keys are destroyed and read back", NOW, "turns", _turns,
    ),
    "stores_sound": (
        "The desk is sound", "as `rightsdesk doctor`", "checks", _sound,
    ),
    "approvals_by_second_person": (
        "Plans are approved by a second person",
        "planner and approver of each approved plan compared",
        "plans",
        _second_person,
    ),
    "training": ("Staff are trained", "registered training in force", "people", _training),
    "retention_swept": (
        "Nobody is kept past the retention rules", "each active rule applied today", "rules",
        _retention,
    ),
    "erasures_complete": (
        "Erasures are finished within a day", "steps without an end", "erasures", _erasures,
    ),
    "keys_past_their_day": (
        "Kept keys are destroyed on their day", NOW, "keys", _kept_keys,
    ),
    "custody_copies": (
        "The epoch root lies in more than one place", "each place of the setting", "places",
        _copies,
    ),
    "imports_finished": ("Imports are finished", NOW, "imports", _imports),
    "recipients_known": (
        "Each disclosure names its recipient", "lines of the ledger of the period", "lines",
        _recipients,
    ),
    "dialers_bound": (
        "Outside dialers are known organisations", "tokens of dialers outside the desk", "tokens",
        _dialers,
    ),
    "recipient_countries": (
        "Each disclosure names its country", "lines of the ledger of the period", "lines",
        _countries,
    ),
    "requests_in_time": (
        "Requests are answered by the last day of their law", "each clock computed again",
        "requests", _answered,
    ),
    "requests_open_in_time": (
        "Open requests are not past their last day", "each clock computed again", "requests",
        _open,
    ),
    "opt_outs_spread": (
        "Opt-outs stand with each known person within a day", NOW, "opt-outs", _spread,
    ),
    "breaches_in_72_hours": (
        "Breaches are notified within 72 hours", "awareness and first notification compared",
        "breaches", _in_72_hours,
    ),
    "breaches_assessed": (
        "Breaches are assessed within 72 hours", NOW, "breaches", _assessed,
    ),
}  # fmt: skip
