"""The audit of a simulator's call records, as a report: made once and kept as a file."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from reports import annex, vendor_calls

KEPT = Path(__file__).parent / "vendor_calls_example.json"
SEED = "vi-example01/18204"


def audited(base: dict[str, Any]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The audit and its file of breaches."""
    kept = json.loads(KEPT.read_text())
    file = annex.write(vendor_calls.layout(SEED), kept["rows"])
    document = {
        **deepcopy(base),
        "schema": vendor_calls.SCHEMA,
        "marker": {**base["marker"], "simulator": True},
        "vendor": {"id": "vd-example1", "name": "Simulated Dialer Ltd"},
        "export": {
            "id": "vi-example01",
            "format": "asterisk",
            "purpose": "marketing",
            "zone": "Europe/Berlin",
            "manifest_sha256": "a" * 64,
            "files": [{"sha256": "b" * 64, "size": 49_145}],
        },
        "read": {"at": "2026-11-24T15:04:00+00:00", "tree_size": 18_204},
        "whole": True,
        "annexes": [file.annex],
        "limits": ["A call that is in no record cannot be seen."],
        **kept["figures"],
    }
    return document, {file.annex["name"]: file.content}


def made(base: dict[str, Any]) -> dict[str, tuple[dict[str, Any], dict[str, bytes]]]:
    """Data and files of each kind."""
    return {"vendor-calls": audited(base)}
