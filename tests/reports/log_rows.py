"""A made-up log for the certificate of its verification: real leaf hashes, a real root."""

from __future__ import annotations

import base64
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from privacy.audit.tree import CompactRange, hash_leaf
from privacy.clock import rfc3339
from reports import annex, log_verification

BEGAN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ACTIONS = ("log.opened", "consent.recorded", "permit.issued", "optout.recorded", "report.made")
SEED = "k3mVwq0pD1s5nJr8y2bXz4Tt6GfLhQeR9aUcO7iPvNw="
ORIGIN = "rightsdesk.example/desk/7c1f4b0e92"
KEYS = (f"{ORIGIN}+5a1c09f3+AbcDef", f"{ORIGIN}+77e0a1b2+GhiJkl")


def data(count: int, base: dict[str, Any]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """A verified log of so many entries and its files; `base` has marker, controller, dpo."""
    tree, rows, actions, months = CompactRange(), [], Counter[str](), Counter[str]()
    for number in range(count):
        at = BEGAN + timedelta(days=number * 250 // count)
        action = ACTIONS[0] if number == 0 else ACTIONS[1 + number % 4]
        leaf = hash_leaf(f"{number} {action}".encode())
        tree.append(leaf)
        actions[action] += 1
        months[f"{at:%Y-%m}"] += 1
        rows.append([str(number), rfc3339(at), action, leaf.hex(), ""])
    root = base64.b64encode(tree.root()).decode()
    files = (
        annex.write(log_verification.leaf_layout(SEED), rows),
        annex.write(log_verification.checkpoint_layout(SEED), [[str(count), root, KEYS[1]]]),
    )
    document = {
        **base,
        "schema": log_verification.SCHEMA,
        "verified_at": "2026-11-24T15:04:00Z",
        "zone": "Europe/Berlin",
        "verification": {
            "verified": True,
            "exit_code": 0,
            "first_bad": None,
            "findings": [],
            "origin": ORIGIN,
            "size": count,
            "root": root,
            "first_key": KEYS[0],
            "days": 2,
            "checkpoints": 1,
            "anchor": {"size": count // 2, "shown": False},
            "unanchored": {"entries": count - count // 2, "age_s": 86_400},
            "unsigned": {"entries": 0, "age_s": 0},
        },
        "keys": [
            {"verifier": KEYS[0], "after": 0, "until": count // 3},
            {"verifier": KEYS[1], "after": count // 3, "until": None},
        ],
        "anchors": [{"size": count // 2, "root": root, "source": "entry 201 of 6 July 2026"}],
        "given": [],
        "by_action": [{"name": name, "entries": actions[name]} for name in sorted(actions)],
        "by_month": [{"name": name, "entries": months[name]} for name in sorted(months)],
        "annexes": [each.annex for each in files],
        "limits": ["A false entry that the program itself wrote is not found by its hash."],
    }
    return document, {each.annex["name"]: each.content for each in files}
