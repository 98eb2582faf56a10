"""Examples of the reports on vendors: made-up answers, scored by the questionnaire's rules."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import date
from typing import Any

from privacy.cli import vendor_report
from privacy.vendors.abroad import Abroad, Tool
from privacy.vendors.contradictions import Tested
from privacy.vendors.reading import base as questionnaire
from privacy.vendors.scored import document, side_by_side
from privacy.vendors.scoring import Case, score
from reports import vendor_comparison, vendor_due_diligence
from tests.vendors.cases import TODAY, finding, whole

Made = dict[str, tuple[dict[str, Any], dict[str, bytes]]]
SAID = {"abandon-01": "2.4", "scope-01": 20_000, "contract-07": "partly"}
READ = {"at": "2026-11-18T15:04:00+00:00", "tree_size": 18_204}
TESTS = (
    replace(finding("outside_hours", 2), rows=(61, 70), tested=69),
    replace(finding("abandoned_share", 4, "10"), rows=(), tested=40),
    replace(finding("call_to_internal_list", 1), rows=(44,), tested=69),
    Tested("caller_number_not_approved", "held", (), 0, 69),
)


def case(**changes: Any) -> Case:
    """What the vendor answered, against its records."""
    return whole(SAID, tests=TESTS, **changes)


def diligence(base: dict[str, Any], of: Case | None = None) -> dict[str, Any]:
    """A vendor that was approved on paper."""
    found = of or case()
    told = document(questionnaire(), found, score(questionnaire(), found))
    looked = {
        "gdpr-a": {"state": "met", "pages": "4", "document": "c" * 64},
        "gdpr-b": {"state": "partly", "pages": "5-6", "document": "ev-example1"},
        "gdpr-h": {"state": "missing"},
    }
    return {
        **deepcopy(base),
        "schema": vendor_due_diligence.SCHEMA,
        "vendor": {"id": "vd-example1", "name": "Example Dialer Ltd", "country": "GB"},
        "read": READ,
        **vendor_report.scored(questionnaire(), told, "vs-example1", "dpo"),
        "clauses": vendor_report._clauses(looked),
        **vendor_report._chain(CHAIN),
        "transfers": [
            {**each, "assessed": each["assessed"] or "", "valid_until": each["valid_until"] or ""}
            for each in (_abroad("IN", Tool.SCC, "2026-09-01"), _abroad("US", Tool.BCR, ""))
        ],
        "given": [
            {
                "way": "permit",
                "what": ["phone"],
                "why": "call",
                "lines": 1_204,
                "first": "2026-09-01T08:00:00+00:00",
                "last": "2026-11-17T18:20:00+00:00",
            }
        ],
        "evidence": [
            {
                "id": "ev-example1",
                "questions": sorted(questionnaire().questions),
                "valid_from": "2026-01-01",
                "valid_until": "2027-11-18",
                "state": "valid",
                "sha256": "d" * 64,
            }
        ],
        "items": [
            {
                "id": "vr-example1",
                "question": "hours-01",
                "finding": "contradicted",
                "severity": "critical",
                "owner": "vendor",
                "due": "2026-11-25",
                "state": "open",
            }
        ],
        "history": [
            {"at": f"2026-{month}-18T09:00:00+00:00", "total": total, "tier": "high", "outcome": it}
            for month, total, it in (
                ("05", "98.42", "approved"),
                ("11", told["total"], "not_approved"),
            )
        ],
        "permits": {"given": False, "why": "A gate of the vendor's assessment is at 0: hours-01."},
        "limits": list(vendor_report.LIMITS),
    }


CHAIN: list[dict[str, Any]] = [
    {
        "name": "Example Voice SA",
        "country": "FR",
        "task": "speech synthesis",
        "notified": "2026-10-01",
        "depth": 1,
        "missing": [],
    },
    {
        "name": "Example Cloud Inc",
        "country": "US",
        "task": None,
        "notified": None,
        "depth": 2,
        "missing": ["address", "contact", "task", "notified"],
    },
]


def _abroad(country: str, tool: Tool, assessed: str) -> dict[str, Any]:
    row = Abroad("vx-1", "vd-1", "", country, tool, assessed, "", "", False).row(TODAY)
    kept = ("country", "tool", "cite", "assessed", "valid_until", "state")
    return {"to": "", **{key: row[key] for key in kept}}


def comparison(base: dict[str, Any]) -> dict[str, Any]:
    """Three vendors: one contradicted, one whole, one that still owes answers."""
    owing = whole({"dnc-01": None, "data-04": "opt_in_only"}, due_on=date(2026, 12, 31))
    cases = {
        "vd-example1": ("Example Dialer Ltd", case()),
        "vd-example2": ("Careful Calls GmbH", whole({"data-02": "partly"})),
        "vd-example3": ("Late Answers SAS", owing),
    }
    told = side_by_side(
        questionnaire(),
        {key: (name, score(questionnaire(), each)) for key, (name, each) in cases.items()},
    )
    return {
        **deepcopy(base),
        "schema": vendor_comparison.SCHEMA,
        "on": TODAY.isoformat(),
        "read": READ,
        **vendor_report.compared(questionnaire(), told),
        "limits": list(vendor_report.COMPARED_LIMITS),
    }


def made(base: dict[str, Any]) -> Made:
    """Data and files of each kind."""
    return {
        "vendor-due-diligence": (diligence(base), {}),
        "vendor-comparison": (comparison(base), {}),
    }
