"""The document of the do-not-call policy: clauses with tests, documents, and what was counted."""

from __future__ import annotations

import hashlib
import re
from datetime import date
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from privacy.actors import Act, Actor
from privacy.audit.as_of import AsOf
from privacy.cli import audit_report, calling_report
from privacy.cli.report_made import Gathered, parties
from privacy.clock import instant, micros, rfc3339
from privacy.controls import clauses, evidence
from privacy.controls.clauses import Clause
from privacy.controls.evidence import Evidence
from privacy.desk import Desk
from privacy.gateway import desk_law, judgements
from privacy.gateway.decide import SUPPRESSED, Law
from privacy.law.rulebook import rulebook
from privacy.storage.tables.audit import AuditEntry
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import SuppressionRow
from privacy.storage.tables.gateway import AttemptRow, CampaignRow

if TYPE_CHECKING:
    from reports.calling_data import Said, Span

LIMIT_DAYS = 10
MICROS_A_DAY = 86_400_000_000
LIST_KINDS = frozenset({"dnc", "dnc_exemption", "revocation"})
RECORDED = "optout.recorded"
LEGAL_FORMS = frozenset(
    ("gmbh", "ag", "kg", "se", "ug", "ohg", "inc", "llc", "ltd", "limited", "plc", "corp", "co",
     "sa", "sas", "sarl", "bv", "nv")
)  # fmt: skip
LIMITS = (
    "A request that was made elsewhere and not recorded here is not counted.",
    "Days are calendar days: ten of them are never more than the ten business days allowed.",
    "A registered document is known by its title, version and digest: its content was not read.",
    "Whether a first sentence names the caller is told by the controller's name standing in it;"
    " what was said on a call by a person is not known.",
    "The text of 47 CFR 64.1200(d) is told in short; the regulation itself decides.",
)


def data(
    desk: Desk,
    actor: Actor,
    from_on: date,
    to_on: date,
    as_of: AsOf,
    *,
    law: Law | None = None,
    progress: judgements.Progress = lambda done: None,
) -> Gathered:
    """The policy's clauses and counts of those days, as of that state."""
    from reports import calling_data, do_not_call_policy

    actor.require(Act.REPORT)
    span = calling_report.span_of(desk, from_on, to_on, as_of)
    judgements.judge_all(
        desk, actor, span.from_at, min(span.to_at, as_of.at), law=law, progress=progress
    )
    with desk.snapshot() as db:
        ages, untold = calling_data.freshness(db, span)
        campaigns = calling_data.campaigns(db, span)
        own = desk_law.citations(desk.folder, db)
        blocked = [
            {**calling_report.refusal(rule, count, own), "list": _is_list(rule)}
            for rule, count in calling_data.refusals(db, span)
        ]
        looked = _looked_at(calling_data.said(db, span))
        scripts = _scripts(db, span, desk.config.controller.name)
        requests = _requests(db, span)
        recorded = _recorded(db, span)
        held = evidence.listed(db, as_of.at)
    placed = sum(row["placed"] for row in campaigns)
    _, spans = calling_report.conducts(desk, span)
    found = parties(desk)
    found["marker"]["simulator"] = calling_report.by_simulator(campaigns)
    tests = _tests(requests, scripts, _after_request(placed, *looked), recorded)
    return Gathered(
        {
            **found,
            "schema": do_not_call_policy.SCHEMA,
            "period": {
                "from_on": from_on.isoformat(),
                "to_on": to_on.isoformat(),
                "zone": span.zone,
            },
            "read": {"at": rfc3339(as_of.at), "tree_size": as_of.size},
            "clauses": [
                audit_report.clause_row(each, _of(each, tests, held, to_on))
                for each in clauses.of_set(clauses.POLICY)
            ],
            "evidence": [audit_report.evidence_row(each, to_on) for each in held],
            "requests": requests,
            "blocked": blocked,
            "placed": placed,
            "abandonment": spans,
            "freshness": {"ages": ages, "untold": untold},
            "scripts": scripts,
            "limits": list(LIMITS),
        }
    )


def _of(
    clause: Clause, tests: dict[str, dict[str, Any]], held: list[Evidence], on: date
) -> list[dict[str, Any]]:
    """The tests of a clause; those of training are of the documents under that clause."""
    return [
        _training(clause, held, on) if name == "training" else tests[name]
        for name in clause.computed
    ]


def _training(clause: Clause, held: list[Evidence], on: date) -> dict[str, Any]:
    mine = evidence.showing(held, clause.id, ("training",), on)
    people = sum(each.people for each in mine)
    last = max((each.dated_on for each in mine), default=None)
    said = f"{people:,} people, last on {last}" if last else "no training in force"
    return _test("training", "People were trained", "registered training in force", "people",
                 (people, 0, said))  # fmt: skip


def _tests(
    requests: dict[str, Any],
    scripts: list[dict[str, Any]],
    after_request: tuple[int | None, int, str],
    recorded: int,
) -> dict[str, dict[str, Any]]:
    late = sum(row["requests"] for row in requests["honoured"] if row["days"] > LIMIT_DAYS)
    late += requests["overdue"]
    count, nameless = requests["count"], sum(not row["names_controller"] for row in scripts)
    numberless = sum(not row["caller_id"] for row in scripts)
    held = requests["held"] - requests.pop("by_erasure")
    lost = max(0, recorded - held)
    found = {
        "requests": ("Requests are recorded when they are made", "rows with their log entries",
                     "requests", (count, 0, f"{count:,} recorded in the period")),
        "honoured": (f"Honoured within {LIMIT_DAYS} days", "days until it stood with every person",
                     "requests", (count, late, f"{late:,} of {count:,} later, or waiting longer")),
        "after_opt_out": ("No call after a request", "each placed call looked at again by its tag",
                          "calls", after_request),
        "scripts": ("What is said first names the controller", "first words of each script",
                    "scripts", (len(scripts), nameless, f"{nameless} of {len(scripts)} do not")),
        "caller_ids": ("A number is shown", "caller number of each campaign", "campaigns",
                       (len(scripts), numberless, f"{numberless} of {len(scripts)} show none")),
        "kept": ("Requests are kept", "entries of the log against rows", "requests",
                 (recorded, lost, f"{recorded:,} in the log, {lost:,} of them missing")),
    }  # fmt: skip
    del requests["overdue"]
    return {name: _test(name, *told) for name, told in found.items()}


def _looked_at(said: list[Said]) -> tuple[int, int]:
    """Calls whose number could still be held against opt-outs, and those after one."""
    known = [each for each in said if each.after_opt_out is not None]
    return sum(each.calls for each in known), sum(
        each.calls for each in known if each.after_opt_out
    )


def _after_request(placed: int, looked: int, broken: int) -> tuple[int | None, int, str]:
    """Not shown while some of the calls could not be looked at, unless others broke it."""
    blind = placed - looked
    said = f"{broken:,} of {looked:,} calls" + (f"; {blind:,} without a tag" if blind else "")
    return None if blind and not broken else looked, broken, said


def _test(
    name: str, what: str, how: str, unit: str, found: tuple[int | None, int, str]
) -> dict[str, Any]:
    looked, exceptions, said = found
    return {
        "id": name,
        "what": what,
        "how": how,
        "unit": unit,
        "looked": looked,
        "exceptions": exceptions,
        "found": said,
    }


def _requests(db: Connection, span: Span) -> dict[str, Any]:
    """Requests of the period. `overdue`: those that wait longer than allowed.

    Who asked to be erased did not ask not to be called: those rows are held, and no request.
    """
    from reports import calling_data, opt_out_data

    table, until = table_of(SuppressionRow), micros(span.at)
    sources, asked = calling_data.opt_outs(db, span), calling_data.opted_out(span)
    spread = table.c.spread_at.is_not(None) & (table.c.spread_at <= until)
    days = (table.c.spread_at - table.c.since_at) // MICROS_A_DAY
    rows = db.execute(select(days, func.count()).where(asked, spread).group_by(days).order_by(days))
    honoured = [{"days": max(0, int(d)), "requests": int(n)} for d, n in rows]
    waiting = asked & ~spread
    late = waiting & (table.c.since_at < until - LIMIT_DAYS * MICROS_A_DAY)
    held, oldest = db.execute(
        select(func.count(), func.min(table.c.since_at)).where(opt_out_data.known_then(span.at))
    ).one()
    return {
        "count": sum(count for _, count in sources),
        "by_source": [{"source": source, "count": count} for source, count in sources],
        "honoured": honoured,
        "waiting": _counted(db, waiting),
        "overdue": _counted(db, late),
        "limit_days": LIMIT_DAYS,
        "held": int(held),
        "by_erasure": _counted(
            db, opt_out_data.known_then(span.at) & (table.c.source == opt_out_data.ERASURE)
        ),
        "oldest_on": None if oldest is None else _day(oldest, span.zone),
    }


def _day(at_us: int, zone: str) -> str:
    return instant(at_us).astimezone(ZoneInfo(zone)).date().isoformat()


def _counted(db: Connection, condition: Any) -> int:
    table = table_of(SuppressionRow)
    return int(db.execute(select(func.count()).select_from(table).where(condition)).scalar_one())


def _recorded(db: Connection, span: Span) -> int:
    """Opt-outs that the log tells of, up to that instant."""
    table = table_of(AuditEntry)
    return int(
        db.execute(
            select(func.count())
            .select_from(table)
            .where(table.c.action == RECORDED, table.c.at <= micros(span.at))
        ).scalar_one()
    )


def _scripts(db: Connection, span: Span, controller: str) -> list[dict[str, Any]]:
    """What each campaign that called in the period says first."""
    table, attempts = table_of(CampaignRow), table_of(AttemptRow)
    rows = db.execute(
        select(table.c.id, table.c.title, table.c.caller_id, table.c.script, func.count())
        .join(attempts, attempts.c.campaign_id == table.c.id)
        .where(span.holds(attempts.c.redeemed_at))
        .group_by(table.c.id, table.c.title, table.c.caller_id, table.c.script)
        .order_by(table.c.id)
    )
    found = []
    for campaign, title, caller, script, calls in rows:
        lines = [line.strip() for line in script.splitlines() if line.strip()]
        first = lines[0] if lines else ""
        found.append(
            {
                "campaign": campaign,
                "title": title,
                "caller_id": caller,
                "first_line": first,
                "sha256": hashlib.sha256(script.encode()).hexdigest(),
                "names_controller": called_name(controller) in first.casefold(),
                "calls": int(calls),
            }
        )
    return found


def called_name(controller: str) -> str:
    """What a caller says of the controller's name: without what stands in brackets or after a
    comma, and without its legal form."""
    words = re.split(r"[(,]", controller)[0].casefold().split()
    while len(words) > 1 and words[-1].strip(".") in LEGAL_FORMS:
        words.pop()
    return " ".join(words)


def _is_list(rule: str) -> bool:
    """Whether a list, an opt-out or a revocation refused."""
    found = rulebook().by_id.get(rule)
    return rule == SUPPRESSED or (found is not None and found.kind in LIST_KINDS)
