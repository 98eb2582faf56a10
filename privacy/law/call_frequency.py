"""How often: caps over hours or calendar days, and quiet days after an answer.

A window of hours counts instants: a call leaves it when it is that old. A
window of days counts calendar days of each zone, today among them, and the
strictest zone decides. Calls in the future of the judged instant do not count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from privacy.law.call_context import EarlierCall
from privacy.law.findings import Effect, Finding, allow, deny, latest, lifted, missing
from privacy.law.rulebook import Rule
from privacy.law.standing import Call, satisfied
from privacy.law.zones import midnight

FACT = "context.earlier_calls"


@dataclass(frozen=True, slots=True)
class Cap:
    """One cap of a rule for a call: figures as the law has them, and what was used."""

    max: int
    used: int
    window: str
    full_until: datetime | None

    def document(self) -> dict[str, object]:
        """The cap as the answer shows it."""
        left = max(0, self.max - self.used)
        return {"max": self.max, "used": self.used, "left": left, "window": self.window}


def frequency(rule: Rule, call: Call) -> Finding | None:
    """Caps and quiet days of the rule."""
    caps = [cap for cap in rule.decide.get("caps", ()) if _concerns(cap, call)]
    quiet = rule.decide.get("quiet", ())
    if not caps and not quiet:
        return None
    found = _by_history(rule, quiet, call)
    if found.effect is Effect.DENY and satisfied(_lifts_cap(rule), rule, call):
        return lifted("cap lifted")
    return found


def _by_history(rule: Rule, quiet: Sequence[Mapping[str, Any]], call: Call) -> Finding:
    if call.facts.context.earlier_calls is None:
        return missing(FACT)
    full = [cap for cap in caps_of(rule, call) if cap.used >= cap.max]
    if full:
        return deny("called as often as the rule allows", latest([c.full_until for c in full]))
    for rest in quiet:
        until = _quiet_until(rest, rule, call)
        if until is not None and until > call.at:
            return deny(f"quiet days after a {rest['after']}", until)
    return allow("below the cap")


def _lifts_cap(rule: Rule) -> Sequence[str]:
    """Conditions that lift the cap; those of an hours rule lift its hours only."""
    found: Sequence[str] = rule.decide.get("lifted_by", ())
    return found if rule.kind == "frequency" else ()


def caps_of(rule: Rule, call: Call) -> list[Cap]:
    """Every cap of the rule with what was used of it; none where history is untold."""
    capped = rule.decide.get("caps")
    if not capped or call.facts.context.earlier_calls is None:
        return []
    return [_cap(cap, rule, call) for cap in capped if _concerns(cap, call)]


def _concerns(cap: Mapping[str, Any], call: Call) -> bool:
    return bool(cap.get("campaign", call.facts.campaign) == call.facts.campaign)


def _cap(cap: Mapping[str, Any], rule: Rule, call: Call) -> Cap:
    counted = _counted(cap, rule, call)
    most = int(_figure(cap["max"], rule))
    if "more_per_failed_signature" in cap:
        failed = sum(earlier.failed_signature for earlier in counted)
        most += min(failed, int(_figure(cap["more_per_failed_signature"], rule)))
    if "hours" in cap:
        span = timedelta(hours=_figure(cap["hours"], rule))
        inside = [earlier for earlier in counted if earlier.at > call.at - span]
        full = inside[-most].at + span if len(inside) >= most else None
        return Cap(most, len(inside), f"{_figure(cap['hours'], rule)} hours", full)
    if "days" not in cap:
        return Cap(most, len(counted), "no end", None)
    days = int(_figure(cap["days"], rule))
    used, full = 0, None
    for key, clock in call.clocks.items():
        # Calendar days: the last `days` dates, today among them.
        oldest = clock.date() - timedelta(days=days - 1)
        inside = [e for e in counted if e.at >= midnight(oldest, key)]
        used = max(used, len(inside))
        if len(inside) >= most:
            free_on = inside[-most].at.astimezone(clock.tzinfo).date() + timedelta(days=days)
            full = max(filter(None, (full, midnight(free_on, key))))
    return Cap(most, used, f"{days} days", full)


def _counted(cap: Mapping[str, Any], rule: Rule, call: Call) -> list[EarlierCall]:
    """Earlier calls that this cap counts, oldest first."""
    earlier = call.facts.context.earlier_calls or ()
    return [e for e in earlier if e.at <= call.at and _counts(e, cap, rule, call)]


def _counts(earlier: EarlierCall, cap: Mapping[str, Any], rule: Rule, call: Call) -> bool:
    words = call.data["words"]
    if earlier.channel is not None and earlier.channel not in rule.channels:
        return False
    if cap.get("skip_unconnected") and earlier.outcome in words["unconnected_outcomes"]:
        return False
    consented_days = rule.params.get(cap.get("skip_direct_consent_days", ""))
    if consented_days and earlier.by_direct_consent:
        return False
    return _same(cap, earlier, call)


def _same(entry: Mapping[str, Any], earlier: EarlierCall, call: Call) -> bool:
    """Whether the earlier call is about the same thing; untold it is."""
    match entry.get("same"):
        case "subject":
            return earlier.same_subject
        case "matter":
            return earlier.matter is None or call.facts.matter in (None, earlier.matter)
    return True


def _quiet_until(rest: Mapping[str, Any], rule: Rule, call: Call) -> datetime | None:
    """The end of the quiet days after the last such outcome, in the latest zone."""
    outcomes = call.data["words"][f"{rest['after']}_outcomes"]
    days = int(_figure(rest["days"], rule)) + int(rest.get("full_days_after", 0))
    ends = [
        midnight(earlier.at.astimezone(clock.tzinfo).date() + timedelta(days=days), key)
        for earlier in call.facts.context.earlier_calls or ()
        for key, clock in call.clocks.items()
        if earlier.at <= call.at and earlier.outcome in outcomes and _same(rest, earlier, call)
    ]
    return max(ends, default=None)


def _figure(name: str | int, rule: Rule) -> float:
    """A figure of the law by its parameter's name; a plain number is the unit's own (one day)."""
    found = rule.params[name] if isinstance(name, str) else name
    assert isinstance(found, int | float)
    return found
