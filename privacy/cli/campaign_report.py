"""The document of a campaign compliance report: aggregates, calls looked at again, clocks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from privacy.actors import Actor
from privacy.audit.checking import check_database
from privacy.cli.report_made import contact
from privacy.clock import instant, rfc3339
from privacy.desk import Desk
from privacy.gateway import desk_law
from privacy.gateway.review import Review, review
from privacy.law import conduct
from privacy.rights import figures
from reports import campaign_data
from reports.campaign_data import Span

# id: what is looked for, and where it is forbidden.
CHECKS: dict[str, tuple[str, str]] = {
    "after_opt_out": (
        "Called although the number had opted out",
        "GDPR Art. 21(3); 47 CFR 64.1200(d)(3)",
    ),
    "without_permit": ("Called without a permit of the gateway", "the desk's own rule"),
    "outside_hours": (
        "Called outside the hours of the person's place",
        "47 CFR 64.1200(c)(1) and the law of each place",
    ),
    "without_consent": (
        "Called without the consent that the place asks for",
        "47 CFR 64.1200(a)(2)-(3) and the law of each place",
    ),
    "on_register": (
        "Called although listed on a do-not-call register",
        "47 CFR 64.1200(c)(2) and the law of each place",
    ),
    "twice_on_one_intent": ("Called twice on one intent", "the desk's own rule"),
    "without_decision": ("Called, and no decision is kept of it", "the desk's own rule"),
    "too_often": (
        "Called more often than the place allows",
        "the law of each place on the frequency of calls",
    ),
    "own_rules": ("Called although an own rule of the desk refuses", "the desk's own rules"),
    "other_rules": (
        "Called although the place forbids such calls, or is not known",
        "the law of each place",
    ),
}
ANSWERED_BY = {"human": "person", "machine": "machine"}
ENDED_BY_CALLED = frozenset({"busy", "declined", "unwanted", "unreachable"})
BY_TAG = frozenset({"after_opt_out"})
BY_ROW = frozenset({"without_permit", "without_decision", "twice_on_one_intent"})
LIMITS = (
    "An opt-out's time counts from the gateway's receipt of the key, not from the key itself.",
    "The called person's hour is that of the first zone that the number or address may be in.",
)
SIMULATED = "Calls were made by a simulator: no telephone rang, and outcomes come from a seed."


def data(
    desk: Desk, actor: Actor, campaign_id: str, from_at: datetime, to_at: datetime
) -> dict[str, Any]:
    """The document of `campaign-compliance` for a campaign in [from_at, to_at)."""
    controller = desk.config.controller
    span = Span(from_at, to_at, controller.zone)
    looked = review(desk, actor, campaign_id, from_at, to_at)
    # One snapshot: every figure is as of the same size of the log.
    with desk.snapshot() as db:
        rights = figures.of_period(desk, from_at, to_at, within=db)
        campaign = campaign_data.campaign(db, campaign_id)
        rows = campaign_data.conduct_rows(db, campaign_id, span, looked.every_nth)
        document = {
            "schema": "rightsdesk.report.campaign-compliance/1",
            "marker": {
                "demo_desk": desk.config.demo,
                "simulator": campaign["line"] == "simulator",
                "simulated_clock": desk.clock.simulated,
            },
            "controller": contact(controller.name, controller.contact),
            "dpo": contact("Data protection officer", controller.dpo_contact),
            "campaign": campaign,
            "period": {
                "from_at": rfc3339(from_at),
                "to_at": rfc3339(to_at),
                "zone": controller.zone,
            },
            "read": {"at": rfc3339(desk.now()), "tree_size": desk.log.head(db).size},
            "candidates": campaign_data.candidates(db, campaign_id),
            "decisions": _cited(
                campaign_data.decisions(db, campaign_id, span),
                desk_law.citations(desk.folder, db),
            ),
            "calls": campaign_data.calls(db, campaign_id, span, looked.local_hours),
            "opt_outs": campaign_data.opt_outs(db, campaign_id, span),
            "consent": campaign_data.consent(db, campaign_id, span),
        }
    limits = [*LIMITS, *_judged_by(looked)]
    limits += [SIMULATED] if campaign["line"] == "simulator" else []
    limits += _beside(rights)
    return {
        **document,
        "checks": [_check(name, looked) for name in CHECKS],
        "conduct": _conduct(campaign, rows, looked, from_at, to_at),
        "rights": [_rights(row) for row in rights],
        "log_verified": not check_database(desk.reading, now=desk.now()).findings,
        "limits": limits,
    }


def _rights(row: figures.Row) -> dict[str, Any]:
    """A row of the register with the requests whose last day is known."""
    closed = row.in_time + row.late
    return {
        "law": row.law,
        "kind": row.kind,
        "received": closed + row.open,
        "closed": closed,
        "in_time": row.in_time,
        "late": row.late,
        "open": row.open,
        "overdue": row.overdue,
    }


def _beside(rows: list[figures.Row]) -> list[str]:
    """Requests that stand in no row of the table, and why."""
    unclear, merged = sum(row.unclear for row in rows), sum(row.merged for row in rows)
    said = []
    if unclear:
        said.append(f"{unclear:,} answered requests have no last day; they count as neither.")
    if merged:
        said.append(f"{merged:,} requests were merged into an older one of the same person.")
    return said


def _cited(decisions: dict[str, Any], own: dict[str, str]) -> dict[str, Any]:
    """The decisions, with an own rule's citation as its file has it."""
    rows = [
        {**row, "citation": own.get(row["rule"], row["citation"])} for row in decisions["by_rule"]
    ]
    return {**decisions, "by_rule": rows}


def _judged_by(looked: Review) -> list[str]:
    """By which rules calls were looked at, where that is not the pack that permitted them."""
    said = []
    if looked.every_nth > 1:
        said.append(
            f"Of {looked.placed:,} calls one of {looked.every_nth:,}, by the numbers of their"
            f" decisions, was looked at by its facts; what that leaves open is not provable."
        )
    if looked.decided_by_other_pack:
        said.append(
            f"{looked.decided_by_other_pack:,} of {looked.by_facts:,} calls were permitted by"
            " another version of the law's pack than the one that they were looked at by here."
        )
    if looked.own_rules:
        digests = ", ".join(digest[:16] for digest in sorted(looked.own_rules))
        said.append(f"Own rules of the desk were applied too; SHA-256 begins: {digests}.")
    return said


def _check(name: str, looked: Review) -> dict[str, Any]:
    what, citation = CHECKS[name]
    checked = looked.placed
    if name in BY_TAG:
        checked = looked.by_tag
    elif name not in BY_ROW:
        checked = looked.by_facts
    return {
        "id": name,
        "what": what,
        "citation": citation,
        "checked": checked,
        "violations": looked.violations[name],
    }


def _conduct(
    campaign: dict[str, Any],
    rows: list[Any],
    looked: Review,
    from_at: datetime,
    to_at: datetime,
) -> list[dict[str, Any]]:
    """The law's answer on abandonment and the like, for each country called."""
    by_country: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        places = looked.jurisdictions.get(row.id, [])
        for country in {place[:2] for place in places if place[:2] != "EU"}:
            by_country.setdefault(country, []).append(_call(row, looked))
    found: list[dict[str, Any]] = []
    for country, calls in sorted(by_country.items()):
        answer = conduct.answer(
            {
                "jurisdiction": country,
                "campaign": campaign["purpose"],
                "period": {"from": rfc3339(from_at), "to": rfc3339(to_at)},
                "calls": calls,
            }
        )
        opted_out = any(call["opt_out_at"] for call in calls)
        found.extend(
            _of_some(_of_country(rule, country), looked.every_nth)
            for rule in answer["rules"]
            # The gateway records each key: without one there is no latency to judge.
            if opted_out or rule["rule"] != "policy.opt_out_latency"
        )
    return found


def _of_some(rule: dict[str, Any], every_nth: int) -> dict[str, Any]:
    """Measured on some of the calls only: none of them proves a share, or that nothing broke it."""
    if every_nth == 1 or (rule["verdict"] == "breach" and "abandon" not in rule["rule"]):
        return rule
    return {
        **rule,
        "verdict": "not_provable",
        "lowest": 0.0,
        "highest": None,
        "missing": [*rule["missing"], "calls not looked at"],
    }


def _of_country(rule: dict[str, Any], country: str) -> dict[str, Any]:
    """The desk's own measures are taken for each country: their rows say which."""
    if not rule["rule"].startswith("policy."):
        return rule
    return {**rule, "rule": f"{rule['rule']} ({country})"}


def _call(row: Any, looked: Review) -> dict[str, Any]:
    """One placed call for `law conduct`; None where the dialer told nothing."""
    answered = row.answered_ms is not None
    return {
        "at": rfc3339(instant(row.redeemed_at)),
        "answered_at": _at(row.redeemed_at, row.answered_ms),
        "agent_at": _at(row.redeemed_at, row.speaking_ms),
        "ended_at": _at(row.redeemed_at, row.ended_ms),
        "answered_by": ANSWERED_BY.get(row.answered_by, "unknown") if answered else None,
        "ring_seconds": _ring_s(row),
        "caller_number_shown": True,
        "opt_out_at": _at(row.redeemed_at, row.key_ms),
        "list_age_days": looked.list_age_days.get(row.id),
        "party": None if row.tag is None else bytes(row.tag).hex(),
        "ended_by": "called" if row.outcome in ENDED_BY_CALLED else None,
    }


def _at(redeemed_at: int, ms: int | None) -> str | None:
    return None if ms is None else rfc3339(instant(redeemed_at + ms * 1_000))


def _ring_s(row: Any) -> float | None:
    """Seconds that the telephone rang, where the dialer told begin and end of it."""
    if row.ringing_ms is None:
        return None
    ends = [ms for ms in (row.answered_ms, row.ended_ms) if ms is not None]
    return (min(ends) - row.ringing_ms) / 1_000 if ends else None
