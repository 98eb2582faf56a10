"""From an audit of call records to findings on claims: which check speaks to which question. Pure.

The mapping is data (packs/findings.json). A check that could not be made says nothing: only what
was kept or broken is handed on, so that "held" is never said of what nobody could see. A share of
abandoned calls is handed on by its lowest value, which the records prove.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from functools import cache
from importlib import resources
from typing import Any

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


def of_audit(audit: Mapping[str, Any]) -> list[Tested]:
    """What an audit document (rightsdesk.vendor-call-audit/1) says of claims.

    One for each rule that was broken, with the rows it shows; and one for each kind of which
    calls were looked at and none broke it.
    """
    period = (str(audit["period"]["from_on"]), str(audit["period"]["to_on"]))
    found = [*_broken(audit, period), *_shares(audit, period)]
    return [*found, *_held(audit, {each.kind for each in found}, period)]


def of_completeness(manifest: Mapping[str, Any]) -> list[Tested]:
    """What the completeness of an export says of claims about records: exceptions are checks
    that found a gap, of the checks that could be made. None for what nothing could show."""
    verdicts = {each["code"]: each["verdict"] for each in manifest.get("completeness", ())}
    found = []
    for kind, codes in _mapping()["completeness"].items():
        made = [verdicts[code] for code in codes if verdicts.get(code) in ("gap", "no_gap")]
        gaps = made.count("gap")
        if gaps or len(made) == len(codes):
            found.append(Tested(kind, f"{kind}:completeness", (), gaps, len(made)))
    return found


def _broken(audit: Mapping[str, Any], period: tuple[str, str]) -> Iterator[Tested]:
    looked = {each["check"]: each["breach"] + each["no_breach"] for each in audit["checks"]}
    for finding in audit["findings"]:
        rows = [row for call in finding["rows"] for row in call["records"]]
        for target in targets()[0].get(finding["check"], ()):
            if target.takes(finding["rule"]):
                yield Tested(
                    target.kind,
                    f"{target.kind}:{finding['rule']}:{finding['reason']}"[:120],
                    tuple(sorted(set(rows)))[:MOST_ROWS],
                    finding["calls"],
                    max(looked[finding["check"]], finding["calls"]),
                    period_from=period[0],
                    period_to=period[1],
                )


def _shares(audit: Mapping[str, Any], period: tuple[str, str]) -> Iterator[Tested]:
    """The campaign and span whose proved share is the highest."""
    proved = [each for each in audit["abandonment"] if each["lowest"] is not None]
    if not proved:
        return
    worst = max(proved, key=lambda each: (each["lowest"], each["campaign"], each["from_on"]))
    percent = Decimal(str(worst["lowest"])) * 100
    exceptions = int(Decimal(str(worst["lowest"])) * worst["calls"])
    yield Tested(
        targets()[1],
        f"{targets()[1]}:{worst['rule']}:{worst['from_on']}",
        (),
        exceptions,
        worst["calls"],
        percent.quantize(Decimal("0.0001"), rounding=ROUND_DOWN).normalize(),
        period_from=str(worst["from_on"] or period[0]),
        period_to=str(worst["to_on"] or period[1]),
    )


def _held(audit: Mapping[str, Any], found: set[str], period: tuple[str, str]) -> Iterator[Tested]:
    kept: dict[str, int] = {}
    for each in audit["checks"]:
        if each["breach"] or each["not_provable"] or not each["no_breach"]:
            continue
        for target in targets()[0].get(each["check"], ()):
            if target.kind not in found and not target.rules and not target.narrower:
                kept[target.kind] = max(kept.get(target.kind, 0), each["no_breach"])
    broken = {each["check"] for each in audit["checks"] if each["breach"] or each["not_provable"]}
    for kind, calls in kept.items():
        words = {word for word, listed in targets()[0].items() for t in listed if t.kind == kind}
        if not words & broken:
            yield Tested(
                kind, f"{kind}:held", (), 0, calls, period_from=period[0], period_to=period[1]
            )
