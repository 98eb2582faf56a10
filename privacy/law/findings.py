"""What one clause of a rule says about one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache


class Effect(StrEnum):
    ALLOW = "allow"
    DENY = "deny"
    LIFTED = "lifted"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Finding:
    """Effect and reason of a clause.

    `again` is the earliest instant at which a denial can end by the passing of
    time alone; None: only when a fact or a rule changes. `unknown` names the
    fact whose absence denies.
    """

    effect: Effect
    reason: str
    again: datetime | None = None
    unknown: str = ""


# Reasons of an allowance are fixed words, so one finding serves every call.
@cache
def allow(reason: str) -> Finding:
    return Finding(Effect.ALLOW, reason)


@cache
def lifted(reason: str) -> Finding:
    return Finding(Effect.LIFTED, reason)


def deny(reason: str, again: datetime | None = None) -> Finding:
    return Finding(Effect.DENY, reason, again)


def missing(fact: str) -> Finding:
    """A denial because a fact that must be present is not."""
    return Finding(Effect.DENY, f"unknown fact {fact}", unknown=fact)


def latest(ends: Sequence[datetime | None]) -> datetime | None:
    """When all of the grounds can have ended; None where one never ends by time alone."""
    known = [moment for moment in ends if moment is not None]
    return max(known) if known and len(known) == len(ends) else None
