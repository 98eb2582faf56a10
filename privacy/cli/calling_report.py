"""The document of calling compliance: each call judged again once, then aggregates as of a size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from privacy.actors import Act, Actor
from privacy.audit.as_of import AsOf
from privacy.audit.checking import check_database
from privacy.cli.campaign_report import BY_ROW, BY_TAG, CHECKS, SIMULATED
from privacy.cli.report_made import Gathered, parties
from privacy.clock import micros, rfc3339
from privacy.controls.clauses import criteria, record_classes
from privacy.desk import Desk
from privacy.errors import BadFacts
from privacy.gateway import desk_law, judgements
from privacy.gateway.decide import Law
from privacy.gateway.judgements import check_of
from privacy.law import conduct
from privacy.law.bulk_columns import UNTOLD
from privacy.law.rulebook import rulebook
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import ConsentRow, RegisterList, SuppressionRow
from privacy.storage.tables.desk import Actor as ActorRow
from privacy.storage.tables.gateway import AttemptRow, CampaignRow, DialerTokenRow
from privacy.storage.tables.prompts import PromptRow
from privacy.terms import Purpose
from reports import rule_text

if TYPE_CHECKING:
    from reports.calling_data import Said, Span

MOST_BROKEN = 100
LIMITS = (
    "It is evidence by the controller's own system, not the opinion of an independent auditor.",
    "It counts what reached the gate. A call that somebody made without the gate is not in these"
    " data; records of other dialers are judged by `rightsdesk vendor audit-calls`.",
    "What a dialer reports of a call (answered, by whom, how it ended) is the dialer's word.",
    "An opt-out's time counts from the gateway's receipt of the key, not from the key itself.",
    "The called person's hour is that of the first zone that the number or address may be in.",
    "The text of 16 CFR 310.5 was not read at its source: its record classes are told as known.",
)


def data(
    desk: Desk,
    actor: Actor,
    from_on: date,
    to_on: date,
    as_of: AsOf,
    *,
    law: Law | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> Gathered:
    """Calls of those days, both included, as of that state; each is judged again once."""
    from reports import annex, calling_compliance, calling_data

    actor.require(Act.REPORT)
    span = span_of(desk, from_on, to_on, as_of)
    judgements.judge_all(
        desk, actor, span.from_at, min(span.to_at, as_of.at), law=law, progress=progress
    )
    with desk.snapshot() as db:
        figures = _aggregates(db, span)
        rows = annex.write(calling_compliance.layout(as_of.seed), calling_data.by_day(db, span))
        own = desk_law.citations(desk.folder, db)
        figures["refusals"] = [refusal(*each, own) for each in calling_data.refusals(db, span)]
        figures["records"] = records(db, as_of.at)
    found = parties(desk)
    simulated = by_simulator(figures["campaigns"])
    found["marker"]["simulator"] = simulated
    measured, spans = conducts(desk, span)
    document = {
        **found,
        "schema": calling_compliance.SCHEMA,
        "period": {"from_on": from_on.isoformat(), "to_on": to_on.isoformat(), "zone": span.zone},
        "read": {"at": rfc3339(as_of.at), "tree_size": as_of.size},
        **figures,
        "outcomes": _outcomes(annex.read(rows.annex, rows.content)),
        "conduct": measured,
        "abandonment": spans,
        "criteria": [
            {**asdict(each), "checks": list(each.checks), "conduct": list(each.conduct)}
            for each in criteria()
        ],
        "log_verified": not check_database(desk.reading, now=desk.now()).findings,
        "annexes": [rows.annex],
        "limits": [*LIMITS, *([SIMULATED] if simulated else [])],
    }
    return Gathered(document, {rows.annex["name"]: rows.content})


def by_simulator(campaigns: Iterable[dict[str, Any]]) -> bool:
    """Whether a simulator made any of their calls."""
    return any(row["line"] == "simulator" and row["placed"] for row in campaigns)


def span_of(desk: Desk, from_on: date, to_on: date, as_of: AsOf) -> Span:
    """Those days, both included, in the controller's zone, as of that state."""
    from reports.calling_data import Span

    zone = desk.config.controller.zone
    return Span(_begin(from_on, zone), _begin(to_on + timedelta(days=1), zone), zone, as_of.at)


def _begin(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(0), tzinfo=ZoneInfo(zone))


def _aggregates(db: Connection, span: Span) -> dict[str, Any]:
    """What one snapshot says, in the form of the document."""
    from reports import calling_data

    week, hour_unknown = calling_data.heat(db, span)
    ages, untold = calling_data.freshness(db, span)
    sources = calling_data.opt_outs(db, span)
    missing, denied = calling_data.without_decision(db, span)
    twice = calling_data.sent_twice(db, span)
    by_rows = {
        "without_decision": missing,
        "without_permit": denied,
        "twice_on_one_intent": twice,
    }
    return {
        "campaigns": calling_data.campaigns(db, span),
        "checks": [_check(name) for name in CHECKS],
        "by_country": by_country(calling_data.said(db, span), by_rows),
        "broken": calling_data.broken_calls(db, span, MOST_BROKEN),
        "judged_by": calling_data.packs(db, span),
        "week": week,
        "hour_unknown": hour_unknown,
        "freshness": {"ages": ages, "untold": untold},
        "lists": calling_data.lists(db, span),
        "opt_outs": {
            "count": sum(count for _, count in sources),
            "by_source": [{"source": source, "count": count} for source, count in sources],
            "latency": {
                **calling_data.latency(db, span),
                "limit_s": float(rulebook().pack.data["own_policy"]["opt_out_latency_seconds"]),
                "citation": "47 CFR 64.1200(d)(3); the desk's own limit in seconds",
            },
        },
        "consent": calling_data.consent(db, span),
        "callers": calling_data.callers(db, span),
    }


def by_country(found: Iterable[Said], by_rows: dict[str, int]) -> list[dict[str, Any]]:
    """Calls by country with the checks that they broke. What is seen in rows alone (`by_rows`)
    stands with the calls of no known place: it was not counted by country."""
    countries: dict[str, dict[str, Any]] = {}
    broken: dict[str, Counter[str]] = {}
    for each in found:
        row = countries.setdefault(each.country, {"calls": 0, "looked": 0, "tagged": 0})
        row["calls"] += each.calls
        row["looked"] += each.calls * each.looked
        row["tagged"] += each.calls * (each.after_opt_out is not None)
        names = {check_of(rule) for rule in each.denying}
        names |= {"after_opt_out"} if each.after_opt_out else set()
        broken.setdefault(each.country, Counter()).update(dict.fromkeys(names, each.calls))
    rest = Counter({name: count for name, count in by_rows.items() if count})
    if rest:
        countries.setdefault("", {"calls": 0, "looked": 0, "tagged": 0})
        broken.setdefault("", Counter()).update(rest)
    return [
        {
            "country": country,
            **countries[country],
            "broken": [
                {"check": name, "calls": broken[country][name]} for name in sorted(broken[country])
            ],
        }
        for country in sorted(countries)
    ]


def _check(name: str) -> dict[str, Any]:
    what, citation = CHECKS[name]
    by = "tag" if name in BY_TAG else "row" if name in BY_ROW else "facts"
    return {"id": name, "what": what, "citation": citation, "by": by}


def refusal(rule: str, count: int, own: dict[str, str]) -> dict[str, Any]:
    """A rule that refused, in words, with its citation; an own rule's as its file has it."""
    return {
        "rule": rule,
        "text": rule_text.text_of(rule),
        "citation": own.get(rule, rule_text.citation_of(rule)),
        "refusals": count,
    }


def conducts(desk: Desk, span: Span) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """`law conduct` for each campaign and country: its rules, and its spans of abandonment."""
    from reports.calling_rows import groups

    zone = ZoneInfo(span.zone)
    first = span.from_at.astimezone(zone).date()
    last = (span.to_at - timedelta(microseconds=1)).astimezone(zone).date()
    sums: dict[tuple[str, str], conduct.Sums] = {}
    opted: set[tuple[str, str]] = set()
    for group in groups(desk.reading, span):
        key = (group.campaign, group.country)
        if key not in sums:
            try:
                sums[key] = conduct.begin(group.country, _purpose(group.purpose), first, last)
            except BadFacts:
                continue  # No calling rules of that country: nothing is measured.
        sums[key].add(group.calls)
        if (group.calls.opt_out_us != UNTOLD).any():
            opted.add(key)
    rules, spans = [], []
    for (campaign, country), each in sorted(sums.items()):
        named = {"campaign": campaign, "country": country}
        rules += [
            {**named, **rule}
            for rule in each.rules()
            # The gateway records each key: without one there is no latency to judge.
            if (campaign, country) in opted or rule["rule"] != "policy.opt_out_latency"
        ]
        spans += [{**named, **share} for share in each.spans()]
    return rules, spans


def _purpose(text: str) -> Purpose:
    return Purpose(text) if text in set(Purpose) else Purpose.MARKETING


def _outcomes(rows: Iterable[list[str]]) -> list[dict[str, Any]]:
    counts: Counter[str] = Counter()
    for _, _, outcome, calls in rows:
        counts[outcome] += int(calls)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [{"outcome": outcome, "calls": calls} for outcome, calls in ordered]


def records(db: Connection, at: datetime) -> list[dict[str, Any]]:
    """The record classes of 16 CFR 310.5 with how much of each the desk holds at that instant."""
    from reports import opt_out_data

    until = micros(at)
    counted: dict[str, int] = {}
    for name, table, column in (
        ("scripts", CampaignRow, "created_at"),
        ("prompts", PromptRow, "made_at"),
        ("calls", AttemptRow, "redeemed_at"),
        ("actors", ActorRow, "created_at"),
        ("consents", ConsentRow, "recorded_at"),
        ("dialers", DialerTokenRow, "created_at"),
        ("registers", RegisterList, "loaded_at"),
    ):
        held = table_of(table)
        statement = select(func.count()).select_from(held).where(held.c[column] <= until)
        counted[name] = int(db.execute(statement).scalar_one())
    opt_outs = select(func.count()).select_from(table_of(SuppressionRow))
    opt_outs = opt_outs.where(opt_out_data.known_then(at))
    counted["opt_outs"] = int(db.execute(opt_outs).scalar_one())
    counted["prompts"] += counted.pop("scripts")
    return [
        {
            "id": each.id,
            "title": each.title,
            "citation": each.citation,
            "holds": each.holds,
            "lacks": each.lacks,
            "count": counted.get(each.source),
            "verification": each.verification,
        }
        for each in record_classes()
    ]
