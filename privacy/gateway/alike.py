"""The law asked once for calls that it cannot tell apart, and what it said last.

The law reads of a number only where it may reach (`privacy.law.places`): two documents
with the same places and the same other facts get the same answer, so the first one's
stands for both. Nothing else is left out, so the answer is the gate's own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from privacy.gateway.decide import LawOfCalls
from privacy.law.places import Located, NoSuchNumber, locate

MOST_KEPT = 5_000
Key = tuple[Located, str]


class Alike:
    """A law that remembers its answers; `examples` has one reason of each rule that denied.

    An example is (reason, citation) as the law put it: it names a place and a time, nobody.
    """

    def __init__(self, law: LawOfCalls) -> None:
        self._law = law
        self._answers: dict[Key, dict[str, Any]] = {}
        self.asked = 0
        self.examples: dict[str, tuple[str, str]] = {}

    def __call__(self, document: dict[str, Any]) -> dict[str, Any]:
        key = _key(document)
        found = None if key is None else self._answers.get(key)
        if found is None:
            found = self._law(document)
            self.asked += 1
            self._note(found)
            if key is not None:
                if len(self._answers) >= MOST_KEPT:
                    self._answers.clear()
                self._answers[key] = found
        return found

    def _note(self, answer: Mapping[str, Any]) -> None:
        for rule in answer["rules"]:
            if rule["effect"] != "not_applicable":
                told = (str(rule.get("reason", "")), str(rule.get("citation", "")))
                denies = rule["effect"] == "deny"
                if denies or rule["id"] not in self.examples:
                    self.examples[str(rule["id"])] = told


def _key(document: Mapping[str, Any]) -> Key | None:
    """What the law sees of a document; None where its place cannot be read: ask each time."""
    try:
        located = locate(
            str(document.get("number", "")),
            str(document.get("region", "")),
            str(document.get("postal_code", "")),
            tuple(document.get("zones", ())),
            bool(document.get("context", {}).get("follow_codes", True)),
        )
    except (NoSuchNumber, TypeError):
        return None
    rest = {name: value for name, value in document.items() if name != "number"}
    return located, json.dumps(rest, sort_keys=True)
