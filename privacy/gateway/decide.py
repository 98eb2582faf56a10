"""May this number be called now? The only place that combines everything that says no.

Consent, suppression, restriction, erasure, earlier calls, caps, gaps and the law
of calls each give reasons; every one of them is kept, and one denial denies. The
law is asked twice: for the instant itself and for the end of the margin that a
call may take to begin, so that nobody's telephone rings as the window closes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from privacy.clock import rfc3339
from privacy.errors import BadFacts
from privacy.gateway.told import preferred_again
from privacy.law.own_rules import OwnRules

LawOfCalls = Callable[[dict[str, Any]], dict[str, Any]]


class Law(Protocol):
    """The law of calls before it is known which own rules of the desk go with it."""

    def __call__(
        self, document: dict[str, Any], own: OwnRules | None = None, /
    ) -> dict[str, Any]: ...


WINDOW_MARGIN = timedelta(minutes=5)
LIVE_CALL_WAIT = timedelta(minutes=1)

ERASING = "gateway.person_erasing"
RESTRICTED = "gateway.person_restricted"
SUPPRESSED = "gateway.suppressed"
LIVE_CALL = "gateway.live_call"
MIN_GAP = "gateway.min_gap"
MAX_ATTEMPTS = "gateway.max_attempts"
HISTORY_UNKNOWN = "gateway.history_unknown"
PREFERRED = "gateway.preferred_times"
CAP = "gateway.number_cap"
CHANNEL = "gateway.channel_wish"
LANGUAGE = "gateway.language"
BAD_FACTS = "gateway.bad_facts"
WINDOW = "gateway.window_margin"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the desk knows of a number and its person, besides what the law asks.

    `last_call_at`: the latest counted call to the number in any campaign, other than
    the attempt that is decided again. `blocked_until`: earlier calls are unknown until
    then (after a restore). `preferred`: hours of the week at which the person wants calls.
    `capped_until`: the number had as many calls as the campaign allows in its window.
    `channel_unwanted`: the person named other ways; `no_language`: there is no script in theirs.
    """

    active: bool
    restricted: bool
    suppressed: bool
    live_call: bool
    last_call_at: datetime | None
    tries: int
    blocked_until: datetime | None = None
    preferred: Any = None
    capped_until: datetime | None = None
    channel_unwanted: bool = False
    no_language: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """A campaign's own limits on one number."""

    min_gap: timedelta
    max_attempts: int


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that spoke: effect is allow, deny, lifted or not_applicable."""

    rule: str
    effect: str
    next_try_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision with all its reasons. `next_try_at` is None if no time would do.

    `own_rules` is the identity of the desk's own rules, where there were any; `places`
    are the codes of every jurisdiction that the law looked at.
    """

    allowed: bool
    deciding_rule: str
    reasons: tuple[Reason, ...]
    next_try_at: datetime | None
    hours_only: bool
    place_code: str
    pack_sha256: str
    own_rules: dict[str, str] | None = None
    places: tuple[str, ...] = ()


def decide(
    document: dict[str, Any], standing: Standing, limits: Limits, law: LawOfCalls, at: datetime
) -> Verdict:
    """Decide one call at `at` (aware). `document` is a `law call` without `at`.

    Every bound is inclusive on the refusing side: a gap must have passed whole. The
    deciding rule of a denial is the desk's own first, then the law's.
    """
    now_answer, laws_now = _asked(law, document, at)
    own = [*_own_reasons(standing, limits, at), *_preferred(standing, now_answer, at)]
    end_answer, laws_end = _asked(law, document, at + WINDOW_MARGIN)
    reasons = [*own, *laws_now]
    denied_now = now_answer["decision"] != "allow"
    denied_at_end = end_answer["decision"] != "allow"
    deciding = str(now_answer["deciding_rule"])
    if denied_at_end and not denied_now:
        deciding = WINDOW
        reasons.append(Reason(WINDOW, "deny", _earliest(end_answer)))
        reasons.extend(reason for reason in laws_end if reason.effect == "deny")
    allowed = not (own or denied_now or denied_at_end)
    waits = [reason.next_try_at for reason in own]
    if denied_now or denied_at_end:
        waits.append(_earliest(now_answer if denied_now else end_answer))
    return Verdict(
        allowed=allowed,
        deciding_rule=own[0].rule if own else deciding,
        reasons=tuple(reasons),
        next_try_at=None if allowed else _latest(waits),
        hours_only=not own and _latest(waits) is not None,
        place_code=_place(now_answer),
        pack_sha256=str(now_answer["pack"]["sha256"]),
        own_rules=now_answer.get("own_rules"),
        places=tuple(str(code) for code in now_answer.get("jurisdictions") or ()),
    )


def _own_reasons(standing: Standing, limits: Limits, at: datetime) -> list[Reason]:
    """Denials that come from the desk itself, the gravest first."""
    reasons = []
    if not standing.active:
        reasons.append(Reason(ERASING, "deny"))
    if standing.restricted:
        reasons.append(Reason(RESTRICTED, "deny"))
    if standing.suppressed:
        reasons.append(Reason(SUPPRESSED, "deny"))
    if standing.blocked_until is not None and at < standing.blocked_until:
        reasons.append(Reason(HISTORY_UNKNOWN, "deny", standing.blocked_until))
    if standing.channel_unwanted:
        reasons.append(Reason(CHANNEL, "deny"))
    if standing.no_language:
        reasons.append(Reason(LANGUAGE, "deny"))
    if standing.tries >= limits.max_attempts:
        reasons.append(Reason(MAX_ATTEMPTS, "deny"))
    if standing.live_call:
        reasons.append(Reason(LIVE_CALL, "deny", at + LIVE_CALL_WAIT))
    if standing.last_call_at is not None and at < standing.last_call_at + limits.min_gap:
        reasons.append(Reason(MIN_GAP, "deny", standing.last_call_at + limits.min_gap))
    if standing.capped_until is not None and at < standing.capped_until:
        reasons.append(Reason(CAP, "deny", standing.capped_until))
    return reasons


def _preferred(standing: Standing, answer: dict[str, Any], at: datetime) -> list[Reason]:
    """A denial outside the hours that the person prefers, at the instant or its margin's end."""
    if not standing.preferred:
        return []
    zones = [str(zone) for zone in answer.get("zones") or ()]
    try:
        waits = [
            preferred_again(standing.preferred, zones, when) for when in (at, at + WINDOW_MARGIN)
        ]
    except ValueError:
        return [Reason(PREFERRED, "deny")]
    ends = [wait for wait in waits if wait is not None]
    return [Reason(PREFERRED, "deny", max(ends))] if ends else []


def _asked(
    law: LawOfCalls, document: dict[str, Any], at: datetime
) -> tuple[dict[str, Any], list[Reason]]:
    """The law's answer and its reasons; facts that it cannot read deny."""
    try:
        answer = law({**document, "at": rfc3339(at)})
    except BadFacts:
        answer = {
            "decision": "deny",
            "deciding_rule": BAD_FACTS,
            "rules": [{"id": BAD_FACTS, "effect": "deny"}],
            "pack": {"sha256": ""},
        }
    reasons = [
        Reason(str(rule["id"]), str(rule["effect"]))
        for rule in answer["rules"]
        if rule["effect"] != "not_applicable"
    ]
    return answer, reasons


def _earliest(answer: dict[str, Any]) -> datetime | None:
    """The law's earliest allowed instant; None where it names none."""
    named = answer.get("earliest_allowed")
    return None if not named else datetime.fromisoformat(str(named))


def _latest(waits: list[datetime | None]) -> datetime | None:
    """The latest of several waits; None if one of them has no end, or there are none."""
    ends = [wait for wait in waits if wait is not None]
    return max(ends) if ends and len(ends) == len(waits) else None


def _place(answer: dict[str, Any]) -> str:
    """The narrowest jurisdiction that the law looked at: a code such as US-FL."""
    codes = [str(code) for code in answer.get("jurisdictions") or ()]
    return max(codes, key=len, default="")
