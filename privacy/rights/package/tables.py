"""The package's tables: CSV (RFC 4180) in UTF-8, each with a heading. Pure.

Cells that a spreadsheet would run as a formula are made harmless, headings too; the
JSON keeps every value as it is.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from privacy.contacts.cells import harmless

ITEM = ("label", "value", "source", "since_on")
COLUMNS: dict[str, tuple[str, ...]] = {
    "names.csv": ITEM,
    "contact_points.csv": ITEM,
    "addresses.csv": ITEM,
    "other.csv": ITEM,
    "consents.csv": (
        "id",
        "kind",
        "purpose",
        "channel",
        "at",
        "valid_until_on",
        "how",
        "text_version",
        "text_shown",
    ),
    "calls.csv": ("at", "campaign", "purpose", "caller_id", "number", "outcome"),
    "recipients.csv": ("name", "role", "country", "what", "why", "first_on", "last_on"),
    "openings.csv": ("at", "action", "purpose"),
    "decisions.csv": ("at", "campaign", "stage", "decision", "rule", "place"),
    "purposes.csv": ("purpose", "description", "data", "lawful_basis", "interest", "citation"),
    "sources.csv": ("name", "what", "on"),
    "retention.csv": ("key_class", "what", "how_long", "until_on", "citation"),
    "withheld.csv": ("what", "why", "citation"),
    "requests.csv": ("id", "kind", "law", "received", "state"),
}


def tables(document: Mapping[str, Any]) -> dict[str, bytes]:
    """Every table of a package's document by its file's name."""
    return {
        name: table(columns, _rows(document, name)).encode() for name, columns in COLUMNS.items()
    }


def table(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """CSV with a heading; formula cells get an apostrophe in front."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([harmless(column) for column in columns])
    for row in rows:
        writer.writerow([harmless(row.get(column)) for column in columns])
    return out.getvalue()


def _rows(document: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    key = name.removesuffix(".csv")
    source = document if key in document else document["held"]
    rows: list[dict[str, Any]] = source[key]
    return rows
