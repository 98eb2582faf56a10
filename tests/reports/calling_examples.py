"""Examples of what a desk reports on its calls, its controls and its requests over time."""

from __future__ import annotations

from typing import Any

from privacy.controls import clauses
from reports import (
    annex,
    board,
    calling_compliance,
    data_protection_audit,
    do_not_call_policy,
    request_register,
    requests_performance,
)
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
    """So many calls between nine and twenty on six days, most of them late on weekdays."""
    shares = [
        [
            (3 + hour % 5 + (6 if hour > 15 else 0)) // (2 if day == 5 else 1)
            for hour in range(9, 20)
        ]
        for day in range(6)
    ]
    unit = calls / sum(map(sum, shares))
    found = [[0] * 24 for _ in range(7)]
    for day, row in enumerate(shares):
        for hour, share in enumerate(row, start=9):
            found[day][hour] = int(share * unit)
    found[1][17] += calls - sum(map(sum, found))
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


def evidence(kind: str, clause: str, title: str, **told: Any) -> dict[str, Any]:
    return {
        "id": f"ev-{kind}-{clause}",
        "kind": kind,
        "clauses": [clause],
        "title": title,
        "version": "3",
        "dated_on": "2026-01-12",
        "valid_until": None,
        "people": 0,
        "staff": [],
        "sha256": "ef" * 32,
        "kept": "sealed",
        "reference": "",
        "state": "in_force",
        "added_at": "2026-01-13T09:00:00Z",
        **told,
    }


def test_row(
    name: str, what: str, looked: int | None, exceptions: int, unit: str
) -> dict[str, Any]:
    found = "could not be made" if looked is None else f"{exceptions} of {looked} {unit}"
    return {
        "id": name,
        "what": what,
        "how": "counted in the desk at the instant of this report",
        "unit": unit,
        "looked": looked,
        "exceptions": exceptions,
        "found": found,
    }


TESTS: dict[str, dict[str, Any]] = {
    "training": test_row("training", "People were trained", 14, 0, "people"),
    "requests": test_row("requests", "Requests are on record", 31, 0, "requests"),
    "honoured": test_row("honoured", "Honoured within ten business days", 31, 0, "requests"),
    "after_opt_out": test_row("after_opt_out", "No call after a request", 1_600, 0, "calls"),
    "scripts": test_row("scripts", "Scripts name the controller", 2, 0, "scripts"),
    "caller_ids": test_row("caller_ids", "A number is shown", 2, 0, "campaigns"),
    "kept": test_row("kept", "Requests are kept", 1_204, 0, "requests"),
}
DOCUMENTS = [
    evidence("policy", "tcpa.d1", "Do-not-call policy", clauses=["tcpa.d1", "tcpa.d5"]),
    evidence("training", "tcpa.d2", "Do-not-call training", people=14, staff=["op.7", "op.12"],
             valid_until="2027-01-11"),
    evidence("procedure", "tcpa.d3", "Working instruction opt-outs", clauses=["tcpa.d3",
             "tcpa.d6"]),
    evidence("script", "tcpa.d4", "Script of 2025", state="expired", valid_until="2025-12-31"),
]  # fmt: skip


def clause_rows(name: str, tests: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """The clauses of a set with the tests that are made of them."""
    return [
        {
            "id": each.id,
            "title": each.title,
            "citation": each.citation,
            "asks": each.asks,
            "needs": list(each.needs),
            "verification": each.verification,
            "tests": [tests[test] for test in each.computed],
        }
        for each in clauses.of_set(name)
    ]


def policy(base: dict[str, Any]) -> dict[str, Any]:
    """One clause has no script in force: everything else is shown."""
    calls, _ = calling(base)
    return {
        **base,
        "schema": do_not_call_policy.SCHEMA,
        "period": calls["period"],
        "read": READ,
        "clauses": clause_rows(clauses.POLICY, TESTS),
        "evidence": DOCUMENTS,
        "requests": {
            "count": 31,
            "by_source": [{"source": "key", "count": 25}, {"source": "web", "count": 6}],
            "honoured": [{"days": 0, "requests": 29}, {"days": 1, "requests": 2}],
            "waiting": 0,
            "limit_days": 10,
            "held": 1_204,
            "oldest_on": "2021-04-11",
        },
        "blocked": [
            {**row, "list": row["rule"] == "us-fed-dnc-national"} for row in calls["refusals"]
        ],
        "placed": 1_600,
        "abandonment": calls["abandonment"],
        "freshness": calls["freshness"],
        "scripts": [
            {"campaign": name, "title": title, "caller_id": "+1 202 555 0100", "calls": count,
             "first_line": "This is Kaufhaus Beispiel about our autumn offer.",
             "sha256": "ab" * 32, "names_controller": True}
            for name, title, count in (("cm-autumn", "Autumn offer", 1_200),
                                       ("cm-renewal", "Renewal of the loyalty card", 400))
        ],
        "limits": ["A request that was made elsewhere and not recorded here is not counted."],
    }  # fmt: skip


def audit(base: dict[str, Any]) -> dict[str, Any]:
    """An audit with an exception, something that is not shown, and objectives that are met."""
    names = {test for each in clauses.of_set(clauses.OBJECTIVE) for test in each.computed}
    tests = {
        name: test_row(name, name.replace("_", " ").capitalize(), 40, 0, "things")
        for name in sorted(names)
    }
    tests["breaches_in_72_hours"] = test_row(
        "breaches_in_72_hours", "Breaches were notified within 72 hours", 3, 1, "breaches"
    )
    tests["custody_copies"] = test_row(
        "custody_copies", "Copies of the epoch root are read back", None, 0, "places"
    )
    kinds = (("policy", "A.instructions"), ("test", "B.technical"),
             ("training", "C.organisational"),
             ("procedure", "D.deletion"), ("contract", "F.subprocessors"),
             ("procedure", "H.rights"), ("procedure", "I.breaches"))  # fmt: skip
    return {
        **base,
        "schema": data_protection_audit.SCHEMA,
        "period": {"from_on": "2026-01-01", "to_on": "2026-11-30", "zone": "Europe/Berlin"},
        "read": READ,
        "description": [
            {"name": "Store", "value": "PostgreSQL, two databases", "count": None},
            {"name": "Persons", "value": "", "count": 80_122},
            {"name": "Actors", "value": "of them 2 DPOs", "count": 14},
        ],
        "objectives": clause_rows(clauses.OBJECTIVE, tests),
        "evidence": [
            evidence(kind, clause, f"Document on {clause[2:]}", people=14 * (kind == "training"))
            for kind, clause in kinds
        ],
        "limits": ["It is management's own evidence about its own system."],
    }


def board_page(base: dict[str, Any]) -> dict[str, Any]:
    """A year that grew, with a late request and nothing else against it."""
    months: list[dict[str, Any]] = []
    for number in range(12):
        year, month = (2025, 12) if number == 0 else (2026, number)
        months.append(
            {
                "month": f"{year}-{month:02d}",
                "placed": 8_200 + 410 * number + (900 if number in (4, 10) else 0),
                "refused": 1_900 + 35 * number,
                "violations": 0,
                "not_looked": 0,
                "opt_outs": 160 - 3 * number,
                "granted": 1_320 + 60 * number,
                "withdrawn": 94 + number % 3,
                "requests": 14 + number % 5,
                "answered": 13 + number % 5,
                "late": int(number == 6),
                "breaches": int(number in (2, 8)),
                "breaches_late": 0,
            }
        )
    before = {name: sum(int(row[name]) for row in months) * 9 // 10 for name in board.NAMES}
    return {
        **base,
        "schema": board.SCHEMA,
        "period": {"from_on": "2025-12-01", "to_on": "2026-11-30", "zone": "Europe/Berlin"},
        "read": READ,
        "months": months,
        "before": before,
        "log_verified": True,
        "limits": ["It is management's own evidence; what nobody recorded is not in it."],
    }


def made(base: dict[str, Any]) -> dict[str, tuple[dict[str, Any], dict[str, bytes]]]:
    """Data and files of each kind."""
    return {
        "requests-performance": performance(list(request_rows.rows(170)), base),
        "calling-compliance": calling(base),
        "do-not-call-policy": (policy(base), {}),
        "data-protection-audit": (audit(base), {}),
        "board": (board_page(base), {}),
    }
