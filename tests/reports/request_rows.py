"""Made-up rows of a register of requests: many enough for edges, exceptions and a sample."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from reports import annex, request_register
from reports.annex import Written
from reports.request_tally import COLUMNS, tally

SEED = "k3mVwq0pD1s5nJr8y2bXz4Tt6GfLhQeR9aUcO7iPvNw="
RIGHTS = {
    "delete": ["erasure"],
    "correct": ["rectification"],
    "know": ["access", "portability"],
    "opt_out_of_sale_sharing": ["opt_out", "opt_out_sale"],
    "limit": ["limit"],
}
LAWS = ("EU_GDPR", "UK_GDPR", "US_CA")
KINDS = ("access", "erasure", "rectification", "opt_out", "complaint", "limit")
FIRST = date(2026, 1, 1)


def rows(count: int, seed: int = 7, span_days: int = 330) -> Iterator[list[str]]:
    """So many rows, the same for the same seed, in the order of receipt."""
    drawn = random.Random(seed)
    for number in range(count):
        received = FIRST + timedelta(days=number * span_days // count)
        yield _row(drawn, number, received)


def _row(drawn: random.Random, number: int, received: date) -> list[str]:
    law = drawn.choice(LAWS)
    outcome = drawn.choices(("whole", "part", "denied", "merged", "open"), (80, 6, 6, 2, 6))[0]
    due = received + timedelta(days=45 if law == "US_CA" else 30)
    took = drawn.randint(0, 29)
    late = outcome != "merged" and drawn.random() < 0.004
    ended = outcome not in ("merged", "open")
    answered = (
        (due + timedelta(days=3) if late else received + timedelta(days=took)) if ended else None
    )
    judged = "" if outcome == "merged" else "no" if late else "yes"
    row = {
        "request": f"rq-{number:06d}",
        "kind": drawn.choice(KINDS),
        "law": law,
        "laws": law if drawn.random() < 0.9 else f"{law} US_CA" if law != "US_CA" else law,
        "received_on": received.isoformat(),
        "channel": drawn.choice(("email", "web", "post", "telephone")),
        "asked_by": "person",
        "identity": drawn.choice(("matched", "reasonably_high", "none")),
        "due_on": due.isoformat(),
        "extended": "yes" if late else "no",
        "answered_on": answered.isoformat() if answered else "",
        "days": str((answered - received).days) if answered else "",
        "in_time": judged,
        "outcome": outcome,
        "basis_of_denial": "not_verifiable" if outcome == "denied" else "",
        "withheld": "others_rights" if outcome == "part" else "",
        "delay": "extension identity" if late else "",
        "exception": ("late" if ended else "overdue") if late else "",
    }
    return [row[name] for name in COLUMNS]


def log_rows(given: list[list[str]]) -> list[list[str]]:
    """Those of California with the six fields of the log."""
    found = []
    for each in given:
        row = dict(zip(COLUMNS, each, strict=True))
        if "US_CA" in row["laws"].split():
            names = ("request", "received_on", "kind", "channel", "answered_on", "outcome")
            found.append([*(row[name] for name in names), row["basis_of_denial"]])
    return found


def written(given: list[list[str]]) -> tuple[Written, Written]:
    """Both files of a register."""
    return (
        annex.write(request_register.layout(SEED), given),
        annex.write(request_register.log_layout(SEED), log_rows(given)),
    )


def data(given: list[list[str]], base: dict[str, Any]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The register of these rows and its files; `base` has marker, controller and dpo."""
    files = written(given)
    document = {
        **base,
        "schema": request_register.SCHEMA,
        "period": {"from_on": "2026-01-01", "to_on": "2026-11-30", "zone": "Europe/Berlin"},
        "read": {"at": "2026-11-24T15:04:00Z", "tree_size": 18_204},
        "counts": tally(given, RIGHTS),
        "california": {
            "log_from_on": "2024-12-01",
            "citation": "11 CCR 7102(a)",
            "log_citation": "11 CCR 7101(b)",
        },
        "annexes": [each.annex for each in files],
        "limits": ["A request that nobody recorded is in no register."],
    }
    return document, {each.annex["name"]: each.content for each in files}
