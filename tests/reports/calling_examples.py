"""Examples of what a desk reports on its calls, its controls and its requests over time."""

from __future__ import annotations

from typing import Any

from privacy.controls import clauses
from reports import annex, calling_compliance, request_register, requests_performance
from tests.reports import request_rows

READ = {"at": "2026-11-24T15:04:00Z", "tree_size": 18_204}


def performance(
    given: list[list[str]], base: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The performance of these requests and its file."""
    rows = annex.write(request_register.layout(request_rows.SEED), given)
    document = {
        **base,
        "schema": requests_performance.SCHEMA,
        "period": {"from_on": "2026-01-01", "to_on": "2026-11-30", "zone": "Europe/Berlin"},
        "read": READ,
        "counts": requests_performance.counts(given),
        "annexes": [rows.annex],
        "limits": ["A request that nobody recorded stands in no register."],
    }
    return document, {rows.annex["name"]: rows.content}


DAYS = [f"2026-10-{day:02d}" for day in range(1, 31)]
OUTCOMES = (("completed", 19), ("no_answer", 12), ("busy", 2), ("machine", 6), ("abandoned", 1))
CAMPAIGNS = ("cm-autumn", "cm-renewal")


def call_rows() -> list[list[str]]:
    """30 days of two campaigns: 40 calls a day in the first, 40 on each third day in the second."""
    found = []
    for number, day in enumerate(DAYS):
        for campaign in CAMPAIGNS if number % 3 == 0 else CAMPAIGNS[:1]:
            found += [[day, campaign, outcome, str(count)] for outcome, count in OUTCOMES]
    return sorted(found)


PLACED = {"cm-autumn": 30 * 40, "cm-renewal": 10 * 40}
CHECKS = (
    ("after_opt_out", "Called although the number had opted out", "GDPR Art. 21(3)", "tag"),
    ("without_permit", "Called without a permit of the gateway", "the desk's own rule", "row"),
    ("outside_hours", "Called outside the hours of the person's place", "the law of each place",
     "facts"),
    ("without_consent", "Called without the consent that the place asks for",
     "47 CFR 64.1200(a)(2)-(3) and the law of each place", "facts"),
    ("on_register", "Called although listed on a do-not-call register", "47 CFR 64.1200(c)(2)",
     "facts"),
)  # fmt: skip


def campaign(name: str, title: str, caller: str, opt_outs: int) -> dict[str, Any]:
    placed = PLACED[name]
    return {
        "id": name,
        "title": title,
        "purpose": "marketing",
        "channel": "voice_live",
        "line": "sip",
        "caller_id": caller,
        "permitted": placed + 4,
        "refused": placed // 4,
        "placed": placed,
        "answered_by_person": placed // 2,
        "opt_outs": opt_outs,
    }


def measured(name: str, rule: str, figures: tuple[Any, Any, Any], citation: str) -> dict[str, Any]:
    return {
        "campaign": name,
        "country": "US",
        "rule": rule,
        "verdict": "no_breach",
        "lowest": figures[0],
        "highest": figures[1],
        "limit": figures[2],
        "rows": PLACED[name] // 2,
        "missing": [],
        "citation": citation,
    }


def week(calls: int) -> list[list[int]]:
    """So many calls between nine and twenty on six days, the rest on Tuesday at ten."""
    found = [[0] * 24 for _ in range(7)]
    for day in range(6):
        for hour in range(9, 20):
            found[day][hour] = (day * 7 + hour * 3) % 23 + 8
    found[1][10] += calls - sum(map(sum, found))
    return found


def calling(base: dict[str, Any]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """A desk with two campaigns, one of which called the United Kingdom too."""
    rows = annex.write(calling_compliance.layout(request_rows.SEED), call_rows())
    placed = sum(PLACED.values())
    document = {
        **base,
        "schema": calling_compliance.SCHEMA,
        "period": {"from_on": "2026-10-01", "to_on": "2026-10-31", "zone": "Europe/Berlin"},
        "read": READ,
        "campaigns": [
            campaign("cm-autumn", "Autumn offer", "+1 202 555 0100", 21),
            campaign("cm-renewal", "Renewal of the loyalty card", "+44 20 7946 0100", 4),
        ],
        "refusals": [
            {"rule": "us-fed-dnc-national", "text": "On a do-not-call register (US)",
             "citation": "47 CFR 64.1200(c)(2)", "refusals": 260},
            {"rule": "us-pa-hours", "text": "Outside the permitted hours (US-PA)",
             "citation": "Act 47 of 2026", "refusals": 140},
        ],
        "outcomes": [{"outcome": outcome, "calls": 40 * count} for outcome, count in OUTCOMES],
        "checks": [
            {"id": name, "what": what, "citation": citation, "by": by}
            for name, what, citation, by in CHECKS
        ],
        "by_country": [
            {"country": "GB", "calls": 400, "looked": 400, "tagged": 400, "broken": []},
            {"country": "US", "calls": 1_200, "looked": 1_200, "tagged": 1_200, "broken": []},
        ],
        "broken": [],
        "judged_by": [{"pack_sha256": "ab" * 32, "own_sha256": "", "calls": placed}],
        "week": week(placed),
        "hour_unknown": 0,
        "conduct": [
            measured("cm-autumn", "us-fed-abandonment", (0.0161, 0.0242, 0.03),
                     "47 CFR 64.1200(a)(7)"),
            measured("cm-autumn", "us-fed-ring", (15.4, 30.2, 15), "16 CFR 310.4(b)(4)(ii)"),
            measured("cm-autumn", "us-fed-dnc-national", (0, 24, 31), "47 CFR 64.1200(c)(2)"),
        ],
        "abandonment": [
            {"begins_on": "2026-10-01", "ends_on": "2026-10-30",
             **measured("cm-autumn", "us-fed-abandonment", (0.0161, 0.0242, 0.03),
                        "47 CFR 64.1200(a)(7)")},
        ],
        "freshness": {
            "ages": [{"days": 3, "calls": 700}, {"days": 12, "calls": 380}, {"days": 24,
                     "calls": 120}],
            "untold": 400,
        },
        "lists": [
            {"register": "us_national", "published_on": "2026-10-13", "numbers": 241_003_117,
             "loaded_at": "2026-10-14T05:10:00Z", "sha256": "cd" * 32},
        ],
        "opt_outs": {
            "count": 31,
            "by_source": [{"source": "key", "count": 25}, {"source": "web", "count": 6}],
            "latency": {"in_calls": 25, "untold": 0, "median_s": 0.041, "longest_s": 0.38,
                        "limit_s": 10, "citation": "47 CFR 64.1200(d)(3)"},
        },
        "consent": [
            {"consent_class": "prior_express_written_consent", "calls": placed,
             "with_evidence": placed},
        ],
        "callers": [
            {"caller_id": "+1 202 555 0100", "campaigns": 1, "calls": 1_200},
            {"caller_id": "+44 20 7946 0100", "campaigns": 1, "calls": 400},
        ],
        "criteria": [
            {"id": each.id, "law": each.law, "country": each.country, "title": each.title,
             "citation": each.citation, "checks": list(each.checks),
             "conduct": list(each.conduct), "verification": each.verification}
            for each in clauses.criteria()
        ],
        "records": [
            {"id": each.id, "title": each.title, "citation": each.citation, "holds": each.holds,
             "lacks": each.lacks, "count": 1_204 if each.source else None,
             "verification": each.verification}
            for each in clauses.record_classes()
        ],
        "log_verified": True,
        "annexes": [rows.annex],
        "limits": ["What a dialer reports of a call is the dialer's word."],
    }  # fmt: skip
    return document, {rows.annex["name"]: rows.content}


def made(base: dict[str, Any]) -> dict[str, tuple[dict[str, Any], dict[str, bytes]]]:
    """Data and files of each kind."""
    return {
        "requests-performance": performance(list(request_rows.rows(170)), base),
        "calling-compliance": calling(base),
    }
