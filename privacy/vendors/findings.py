"""From an audit of call records to findings on claims: which check speaks to which question. Pure.

The mapping is data (packs/findings.json). A check that could not be made says nothing: only what
was kept or broken is handed on, so that "held" is never said of what nobody could see. A share of
abandoned calls is handed on by its lowest value, which the records prove. What depends on a rule
held only where calls went to a place of such a rule.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from functools import cache
from importlib import resources
from typing import Any

from privacy.law.rulebook import Rule, rulebook
from privacy.terms import Purpose
from privacy.vendors.contradictions import MOST_ROWS, Tested

# A rule of a state or region is named us-tx-…, ca-bc-…; one of a country us-fed-…, gb-….
FEDERAL = "fed"


@dataclass(frozen=True)
class Target:
    """A kind of finding, and under which rules a check is one."""

    kind: str
    rules: tuple[str, ...] = ()
    narrower: bool = False

    def takes(self, rule: str) -> bool:
        if self.rules and not rule.startswith(self.rules):
            return False
        return not self.narrower or _names_a_region(rule)


def _names_a_region(rule: str) -> bool:
    parts = rule.split("-")
    return len(parts) > 2 and len(parts[1]) == 2 and parts[1] != FEDERAL


@cache
def _mapping() -> dict[str, Any]:
    path = resources.files("privacy.vendors").joinpath("packs/findings.json")
    return dict(json.loads(path.read_text("utf-8")))


@cache
def completeness_kinds() -> Mapping[str, tuple[str, ...]]:
    """The kinds that speak of the export itself, with the codes of their checks."""
    return {kind: tuple(codes) for kind, codes in _mapping()["completeness"].items()}


@cache
def measured() -> frozenset[str]:
    """The kinds that the audit measures itself, without a check of each call."""
    return frozenset(_mapping()["claims"])


@cache
def targets() -> tuple[Mapping[str, tuple[Target, ...]], str]:
    """The kinds of each check by its word, and the kind of an abandoned share."""
    document = _mapping()
    checks = {
        word: tuple(
            Target(each["kind"], tuple(each.get("rules", ())), bool(each.get("narrower", False)))
            for each in listed
        )
        for word, listed in document["checks"].items()
    }
    return checks, str(document["abandonment"]["kind"])


OF_FINDING = ("check", "rule", "reason")
"""What tells two findings of an audit apart, all of it: two checks may find one rule broken."""


def of_audit(audit: Mapping[str, Any]) -> list[Tested]:
    """What an audit document (rightsdesk.vendor-call-audit/1) says of claims.

    One for each rule that was broken, with the rows it shows; one for each kind of which
    calls were looked at and none broke it; and one for each kind that was measured.
    """
    period = (str(audit["period"]["from_on"]), str(audit["period"]["to_on"]))
    found = [*_broken(audit, period), *_shares(audit, period), *_measured(audit, period)]
    return [*found, *_held(audit, {each.kind for each in found}, period)]


def of_completeness(manifest: Mapping[str, Any]) -> list[Tested]:
    """What the completeness of an export says of claims about records: exceptions are checks
    that found a gap, of the checks that could be made. None for what nothing could show."""
    told = {each["code"]: each for each in manifest.get("completeness", ())}
    found = []
    for kind, codes in completeness_kinds().items():
        checks = [told[code] for code in codes if code in told]
        made = [each for each in checks if each["verdict"] in ("gap", "no_gap")]
        gaps = [each for each in made if each["verdict"] == "gap"]
        rows = {row for each in gaps for row in each.get("records", ())}
        if gaps or len(made) == len(codes):
            listed = tuple(sorted(rows))[:MOST_ROWS]
            found.append(Tested(kind, f"{kind}:completeness", listed, len(gaps), len(made)))
    return found


def _broken(audit: Mapping[str, Any], period: tuple[str, str]) -> Iterator[Tested]:
    looked = {each["check"]: each["breach"] + each["no_breach"] for each in audit["checks"]}
    for finding in audit["findings"]:
        rows = [row for call in finding["rows"] for row in call["records"]]
        for target in targets()[0].get(finding["check"], ()):
            if target.takes(finding["rule"]):
                yield Tested(
                    target.kind,
                    ":".join((target.kind, *(str(finding[name]) for name in OF_FINDING))),
                    tuple(sorted(set(rows)))[:MOST_ROWS],
                    finding["calls"],
                    max(looked[finding["check"]], finding["calls"]),
                    period_from=period[0],
                    period_to=period[1],
                )


def _shares(audit: Mapping[str, Any], period: tuple[str, str]) -> Iterator[Tested]:
    """The campaign and span whose proved share is the highest, with its first abandoned calls."""
    proved = [each for each in audit["abandonment"] if each["lowest"] is not None]
    if not proved:
        return
    worst = max(proved, key=lambda each: (each["lowest"], each["campaign"], each["from_on"]))
    percent = Decimal(str(worst["lowest"])) * 100
    rows = tuple(worst.get("records", ()))[:MOST_ROWS]
    exceptions = max(int(Decimal(str(worst["lowest"])) * worst["calls"]), len(rows))
    yield Tested(
        targets()[1],
        f"{targets()[1]}:{worst['rule']}:{worst['from_on']}",
        rows,
        exceptions,
        max(worst["calls"], exceptions),
        percent.quantize(Decimal("0.0001"), rounding=ROUND_DOWN).normalize(),
        period_from=str(worst["from_on"] or period[0]),
        period_to=str(worst["to_on"] or period[1]),
    )


def _measured(audit: Mapping[str, Any], period: tuple[str, str]) -> Iterator[Tested]:
    """What was measured over the export; what could not be proved says nothing."""
    for claim in audit.get("claims", ()):
        if claim["kind"] in measured() and claim["shown"] != "not_provable":
            yield Tested(
                claim["kind"],
                f"{claim['kind']}:{claim['shown']}",
                tuple(claim["rows"])[:MOST_ROWS],
                claim["exceptions"],
                claim["tested"],
                None if claim["measured"] is None else Decimal(claim["measured"]),
                period_from=period[0],
                period_to=period[1],
            )


def _held(audit: Mapping[str, Any], found: set[str], period: tuple[str, str]) -> Iterator[Tested]:
    """Kinds whose every check was made, of calls that could break it, and broke nothing."""
    kinds: dict[str, list[tuple[str, Target]]] = {}
    for word, listed in targets()[0].items():
        for target in listed:
            kinds.setdefault(target.kind, []).append((word, target))
    for kind, tests in kinds.items():
        if kind in found or any(_open(audit, word, target) for word, target in tests):
            continue
        calls = max(_kept(audit, word, target) for word, target in tests)
        if calls:
            yield Tested(
                kind, f"{kind}:held", (), 0, calls, period_from=period[0], period_to=period[1]
            )


def _open(audit: Mapping[str, Any], word: str, target: Target) -> bool:
    """Whether anything is broken or left open that the kind speaks of."""
    if target.rules or target.narrower:
        told = [*audit["findings"], *audit.get("not_provable", ())]
        return any(each["check"] == word and target.takes(each["rule"]) for each in told)
    counts = next(each for each in audit["checks"] if each["check"] == word)
    return bool(counts["breach"] or counts["not_provable"])


def _kept(audit: Mapping[str, Any], word: str, target: Target) -> int:
    """Calls that could have broken it and did not."""
    kept = int(next(each for each in audit["checks"] if each["check"] == word)["no_breach"])
    if not target.rules and not target.narrower:
        return kept
    there = {
        rule.jurisdiction
        for rule in rulebook().rules
        if _may_break(rule, word, target) and _in_force(rule, audit)
    }
    reached = sum(
        int(each["calls"])
        for each in audit.get("places", ())
        if all({place, place[:2]} & there for place in each["places"])
    )
    return min(kept, reached)


def _in_force(rule: Rule, audit: Mapping[str, Any]) -> bool:
    first, last = (date.fromisoformat(audit["period"][name]) for name in ("from_on", "to_on"))
    return (
        Purpose(audit["purpose"]) in rule.campaigns
        and rule.first_day <= last
        and first <= rule.last_day
    )


def _may_break(rule: Rule, word: str, target: Target) -> bool:
    """Whether the rule is one that a call can break under that check and that kind."""
    return rule.kind in _mapping()["kinds_of_rules"].get(word, ()) and target.takes(rule.id)
