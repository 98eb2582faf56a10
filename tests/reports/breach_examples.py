"""A made-up breach whose notice comes in phases, and the register of a year."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from reports import annex, breach_notification, breach_register
from reports.breach_register import COLUMNS

SEED = "k3mVwq0pD1s5nJr8y2bXz4Tt6GfLhQeR9aUcO7iPvNw="
AUTHORITY = {
    "name": "Example Data Protection Authority, Berlin",
    "address": ["Beispielplatz 1", "10969 Berlin"],
    "email": "post@authority.example",
    "phone": "",
    "website": "authority.example",
}
VALUES = {
    "type": ["first notice; more may follow"],
    "law": ["EU_GDPR", "Example Data Protection Authority, Berlin"],
    "controller": ["Kaufhaus Beispiel GmbH", "info@kaufhaus.example"],
    "reporting_person": ["staff id dpo"],
    "contact": ["datenschutz@kaufhaus.example"],
    "aware": ["2026-10-12 09:20 CEST"],
    "period": ["began 2026-10-10 22:05 CEST", "ended 2026-10-12 09:45 CEST", "lasted 35.7 hours"],
    "nature": [
        "A supplier's account was used by somebody else to read call results of one campaign. The"
        " account could read numbers one at a time and no list."
    ],
    "in_place": ["AES-256-GCM, a key for each person and class; keys in a token, epoch 41"],
    "categories_of_persons": ["customers"],
    "persons": ["1,204, computed from the records"],
    "countries": ["AT: 61", "DE: 1,143"],
    "categories_of_data": ["calls: 1,204 persons", "phone: 1,204 persons"],
    "consequences": ["Unwanted calls in the controller's name."],
    "risk": ["risk", "Numbers can be used for calls that pretend to come from us."],
    "measures": ["The account was closed, its tokens revoked, every opening looked at again."],
    "advice": ["Do not act on calls that ask for payment."],
}


def notification(base: dict[str, Any]) -> dict[str, Any]:
    """The first notice, in time, with the number of records to follow."""
    notice = {
        "breach": "br-4k2m9x7q1s5t",
        "law": "EU_GDPR",
        "draft": False,
        "phase": 1,
        "complete": False,
        "made_at": "2026-10-14T12:50:00+00:00",
        "aware_at": "2026-10-12T07:20:00+00:00",
        "due_at": "2026-10-15T07:20:00+00:00",
        "zone": "Europe/Berlin",
    }
    return {
        **deepcopy(base),
        "schema": breach_notification.SCHEMA,
        "authority": deepcopy(AUTHORITY),
        "notice": notice,
        "fields": breach_notification.filled(VALUES, late=False),
        "earlier": [],
        "limits": ["It says what was known when it was made."],
    }


def row(number: int, aware: str, **more: str) -> list[str]:
    told = {
        "breach": f"br-{number:06d}",
        "role": "controller",
        "law": "EU_GDPR",
        "laws": "EU_GDPR",
        "state": "closed",
        "risk": "risk",
        "aware_at": f"{aware}T07:20:00+00:00",
        "opened_at": f"{aware}T08:00:00+00:00",
        "due_at": f"{aware}T07:20:00+00:00",
        "notified_at": f"{aware}T19:20:00+00:00",
        "hours_to_notice": "12.00",
        "in_time": "in_time",
        "notices": "1",
        "complete": "yes",
        "persons": "40",
        "closed_at": f"{aware}T20:00:00+00:00",
        **more,
    }
    return [told.get(name, "") for name in COLUMNS]


NOT_OWED = {
    "risk": "unlikely",
    "notified_at": "",
    "hours_to_notice": "",
    "in_time": "not_owed",
    "notices": "0",
    "complete": "no",
}
ROWS = [
    row(1, "2026-01-14", persons="1"),
    row(2, "2026-03-03", **NOT_OWED),
    row(3, "2026-05-22", persons="312", hours_to_notice="70.50"),
    row(
        4, "2026-07-30", risk="high", persons="88", hours_to_notice="80.25", in_time="late",
        exception="late", people_told_at="2026-08-02T09:00:00+00:00",
    ),
    row(
        5, "2026-10-12", state="open", persons="1204", hours_to_notice="53.50", complete="no",
        notices="1", owed="complete_notice", closed_at="", exception="owed",
    ),
]  # fmt: skip


def entries(rows: list[list[str]]) -> list[dict[str, Any]]:
    return [
        {
            "breach": each[0],
            "facts": "A list was sent to the wrong branch.",
            "effects": "Names were seen by staff who did not need them.",
            "remedy": "The list was deleted, and the branch confirmed it.",
            "reasons": ["assessed: the receiver is bound to secrecy"],
            "missing": [],
        }
        for each in rows
    ]


def register(
    base: dict[str, Any], rows: list[list[str]] = ROWS
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The register of those rows and its file."""
    file = annex.write(breach_register.layout(SEED), rows)
    document = {
        **deepcopy(base),
        "schema": breach_register.SCHEMA,
        "period": {"from_on": "2026-01-01", "to_on": "2026-11-24", "zone": "Europe/Berlin"},
        "read": {"at": "2026-11-24T15:04:00+00:00", "tree_size": 18_204},
        "counts": breach_register.counted(rows),
        "entries": entries(rows),
        "annexes": [file.annex],
        "limits": ["A breach that nobody opened in the register stands in no row."],
    }
    return document, {file.annex["name"]: file.content}


def made(base: dict[str, Any]) -> dict[str, tuple[dict[str, Any], dict[str, bytes]]]:
    """Data and files of each kind."""
    return {"breach-notification": (notification(base), {}), "breach-register": register(base)}
