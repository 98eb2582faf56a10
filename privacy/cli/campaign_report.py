"""The document of a campaign compliance report: aggregates, calls looked at again, clocks."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from privacy.actors import Actor
from privacy.audit.checking import check_database
from privacy.cli.report_made import Gathered, parties
from privacy.clock import instant, rfc3339
from privacy.desk import Desk
from privacy.gateway import desk_law
from privacy.gateway.conduct_sums import Conduct
from privacy.gateway.review import Call, Looking, Review, review
from privacy.law.conduct_rows import campaign_kind
from privacy.rights import figures
from reports import annex, campaign_data, campaign_rows
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
BY_TAG = frozenset({"after_opt_out"})
BY_ROW = frozenset({"without_permit", "without_decision", "twice_on_one_intent"})
LIMITS = (
    "An opt-out's time counts from the gateway's receipt of the key, not from the key itself.",
    "The called person's hour is that of the first zone that the number or address may be in.",
)
ONLY_EXCEPTIONS = (
    "Of so many calls those that broke something are attached, not each one; every call was"
    " looked at all the same."
)
SIMULATED = "Calls were made by a simulator: no telephone rang, and outcomes come from a seed."


def data(
    desk: Desk,
    actor: Actor,
    campaign_id: str,
    from_at: datetime,
    to_at: datetime,
    *,
    progress: Callable[[int], None] = lambda done: None,
) -> Gathered:
    """The document of `campaign-compliance` for a campaign in [from_at, to_at), and its rows.

    `progress` is told how many calls the law was asked about.
    """
    controller = desk.config.controller
    span = Span(from_at, to_at, controller.zone)
    review(desk, actor, campaign_id, from_at, to_at, progress=progress)
    # One snapshot: every figure is as of the same size of the log.
    with desk.snapshot() as db:
        rights = figures.of_period(desk, from_at, to_at, within=db)
        campaign = campaign_data.campaign(db, campaign_id)
        seed = base64.b64encode(desk.log.head(db).root).decode()
        looking = Looking(db, campaign_id, from_at, to_at, campaign_kind(campaign["purpose"]))
        whole = campaign_data.placed(db, campaign_id, span) <= campaign_rows.ALL_ROWS
        rows = annex.write(
            campaign_rows.layout(seed, whole=whole),
            _rows(looking.calls(), ZoneInfo(controller.zone), whole=whole),
        )
        looked = looking.found
        document = {
            **parties(desk),
            "schema": "rightsdesk.report.campaign-compliance/1",
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
    document["marker"]["simulator"] = campaign["line"] == "simulator"
    limits = [*LIMITS, *_judged_by(looked)]
    limits += [SIMULATED] if campaign["line"] == "simulator" else []
    limits += [] if whole else [ONLY_EXCEPTIONS]
    limits += _beside(rights)
    data = {
        **document,
        "checks": [_check(name, looked) for name in CHECKS],
        "conduct": _conduct(looking.conduct),
        "rights": [_rights(row) for row in rights],
        "log_verified": not check_database(desk.reading, now=desk.now()).findings,
        "annexes": [rows.annex],
        "limits": limits,
    }
    return Gathered(data, {rows.annex["name"]: rows.content})


def _rows(calls: Iterable[Call], zone: ZoneInfo, *, whole: bool) -> Iterator[list[str]]:
    """Rows with the columns of reports.campaign_rows: of all calls, or of those that broke
    something. Every call is taken, for the sake of what it is counted for."""
    room = annex.MOST_ROWS
    for call in calls:
        if not room or not (whole or call.broken):
            continue
        room -= 1
        row, minute = call.row, call.row.local_minute
        day, minute_of_day = (None, 0) if minute is None else divmod(minute, 1440)
        yield [
            row.id,
            instant(row.redeemed_at).astimezone(zone).isoformat(timespec="milliseconds"),
            row.outcome or row.state,
            "" if day is None else campaign_rows.WEEKDAYS[day],
            "" if day is None else f"{minute_of_day // 60:02d}",
            row.place_code,
            row.consent_class,
            "yes" if row.looked else "no",
            " ".join(call.broken),
            row.denying or "",
        ]


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


def _conduct(conduct: Conduct) -> list[dict[str, Any]]:
    """The law's answer on abandonment and the like, for each country called."""
    return [
        _of_country(rule, country)
        for country, sums in sorted(conduct.by_country.items())
        for rule in sums.rules()
        # The gateway records each key: without one there is no latency to judge.
        if sums.carried.opt_out_at or rule["rule"] != "policy.opt_out_latency"
    ]


def _of_country(rule: dict[str, Any], country: str) -> dict[str, Any]:
    """The desk's own measures are taken for each country: their rows say which."""
    if not rule["rule"].startswith("policy."):
        return rule
    return {**rule, "rule": f"{rule['rule']} ({country})"}
