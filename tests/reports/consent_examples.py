"""Made-up rows of a consent audit: all states, some gaps, no call against consent."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

from reports import annex, consent_audit
from reports.consent_tally import COLUMNS, METHOD, tally

SEED = "k3mVwq0pD1s5nJr8y2bXz4Tt6GfLhQeR9aUcO7iPvNw="
FIRST = datetime(2025, 12, 3, 8, 30, tzinfo=UTC)
READ_AT = datetime(2026, 11, 24, 15, 4, 5, tzinfo=UTC)
PLACES = (
    ("marketing", "voice_prerecorded"),
    ("marketing", "voice_live"),
    ("marketing", "text"),
    ("survey", "voice_live"),
)
TEXTS = {
    "web-form/1": "Yes, Kaufhaus Beispiel GmbH, Musterstraße 12, Berlin, may call me about offers"
    " of its stores. I can withdraw this at any time: datenschutz@kaufhaus.example.",
    "web-form/2": "Yes, Kaufhaus Beispiel GmbH, Musterstraße 12, Berlin, may call me about offers"
    " of its stores, also by recorded calls. I can withdraw this at any time, in a call by the key"
    " 9 or at datenschutz@kaufhaus.example.",
}


def rows(count: int, seed: int = 5) -> Iterator[list[str]]:
    """So many rows, the same for the same seed, in the order in which they were said."""
    drawn = random.Random(seed)
    for number in range(count):
        said = FIRST + timedelta(hours=number * 8_200 // count, minutes=drawn.randint(0, 59))
        yield _row(drawn, number, said)


def _row(drawn: random.Random, number: int, said: datetime) -> list[str]:
    purpose, channel = drawn.choices(PLACES, (6, 3, 2, 1))[0]
    kind = drawn.choices(("grant", "withdrawal", "refusal", "correction"), (80, 11, 7, 2))[0]
    granted = kind == "grant"
    state = drawn.choices(("in_force", "withdrawn", "expired", "void"), (82, 12, 4, 2))[0]
    documented = granted and drawn.random() < 0.96
    late = timedelta(seconds=drawn.choice((0, 0, 0, 2, 40, 900, 5_400, 30_000, 100_000)))
    row = {
        "record": f"c-{number:06d}",
        "kind": kind,
        "purpose": purpose if granted or drawn.random() < 0.5 else "*",
        "channel": channel if granted else "*",
        "consent_class": "prior_express_written_consent" if granted else "withdrawn",
        "said_at": said.isoformat(),
        "recorded_at": (said + (timedelta(seconds=3) if granted else late)).isoformat(),
        "valid_until": (said + timedelta(days=200)).isoformat() if state == "expired" else "",
        "notice": drawn.choice(tuple(TEXTS)) if documented else "",
        "source": "web_form" if documented else "import" if granted else "key",
        "documented": "yes" if documented or not granted else "no",
        "state": state if granted else "",
        "ended_at": (said + timedelta(days=9)).isoformat()
        if granted and state == "withdrawn"
        else "",
        "exception": "no_evidence" if granted and state != "void" and not documented else "",
    }
    return [row[name] for name in COLUMNS]


def against_row(number: int, after_s: str = "61.250") -> list[str]:
    """A call on a consent that was withdrawn a minute before."""
    return [
        f"at-{number:06d}", "2026-06-01T10:01:01+00:00", "marketing", "voice_prerecorded",
        "prior_express_written_consent", "c-000001", "withdrawn", "2026-06-01T10:00:00+00:00",
        after_s, "yes",
    ]  # fmt: skip


def data(
    given: list[list[str]], base: dict[str, Any], against: list[list[str]] | None = None
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The document of those rows, and its files."""
    listed = against or []
    files = [
        annex.write(consent_audit.record_layout(1, SEED), given),
        annex.write(consent_audit.against_layout(SEED), listed),
    ]
    calls = [
        ("marketing", "voice_prerecorded", "prior_express_written_consent", "on_consent", 1_108),
        ("marketing", "voice_live", "prior_express_written_consent", "on_consent", 96),
        ("survey", "voice_live", "none", "none_asked", 31),
    ]
    if listed:
        calls.append((*calls[0][:3], "withdrawn", len(listed)))
    names = ("purpose", "channel", "consent_class", "judged", "calls")
    document = {
        **deepcopy(base),
        "schema": consent_audit.SCHEMA,
        "period": {"from_at": None, "to_at": None, "zone": "Europe/Berlin"},
        "read": {"at": READ_AT.isoformat(), "tree_size": 18_204},
        "seed": SEED,
        "method": METHOD,
        "counts": tally(given, SEED),
        "calls": [dict(zip(names, row, strict=True)) for row in calls],
        "against_listed": len(listed),
        "last_call_after_s": consent_audit.longest_after(listed),
        "wordings": [
            {
                "notice": name,
                "language": "en",
                "created_at": "2025-11-30T09:00:00+00:00",
                "sha256": hashlib.sha256(text.encode()).hexdigest(),
                "text": text,
                "holds": True,
            }
            for name, text in TEXTS.items()
        ],
        "log": {
            "root_b64": SEED,
            "recomputed_b64": SEED,
            "told": len(given),
            "carried": 0,
        },
        "annexes": [each.annex for each in files],
        "limits": [
            "A consent or a withdrawal that nobody recorded stands in no row.",
            "Who consented is a person under a key; an erasure takes the key.",
        ],
    }
    return document, {each.annex["name"]: each.content for each in files}


def made(base: dict[str, Any]) -> dict[str, tuple[dict[str, Any], dict[str, bytes]]]:
    """Data and files of each kind."""
    return {"consent-audit": data(list(rows(190)), base)}
