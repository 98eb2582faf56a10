"""The law of a storm: it wants a consent, keeps to registers, and has no hours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from privacy.law.own_rules import OwnRules
from tests.gateway.scene import Law, answer


@dataclass
class StormLaw(Law):
    """As the law of a scene, in one place of the United States, and with registers."""

    def __call__(self, document: dict[str, Any], own: OwnRules | None = None, /) -> dict[str, Any]:
        registers = document["context"]["registers"].values()
        if any(told["listed"] for told in registers):
            said = answer("storm-register", None)
        else:
            said = super().__call__(document, own)
        return {**said, "jurisdictions": ["US", "US-FL"]}
