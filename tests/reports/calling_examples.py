"""Examples of what a desk reports on its calls, its controls and its requests over time."""

from __future__ import annotations

from typing import Any

from reports import annex, request_register, requests_performance
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


def made(base: dict[str, Any]) -> dict[str, tuple[dict[str, Any], dict[str, bytes]]]:
    """Data and files of each kind."""
    return {"requests-performance": performance(list(request_rows.rows(170)), base)}
