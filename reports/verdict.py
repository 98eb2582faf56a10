"""What the data of a campaign show: a breach, nothing provable, or no breach found.

Rules: anything in the data that is a breach makes the verdict `breach`. Else
anything missing, unchecked or not adding up makes it `not_provable`. Only data
that were all looked at and contain neither give `no_breach_found`, which speaks
of the data and never says that there was none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from reports.showing import span

if TYPE_CHECKING:
    from reports.campaign_compliance import CampaignCompliance

Level = Literal["breach", "not_provable", "no_breach_found"]

REQUIRED_CHECKS = (
    "after_opt_out",
    "without_permit",
    "outside_hours",
    "without_consent",
    "on_register",
    "twice_on_one_intent",
)
"""Each placed call is looked at again for each of these."""


@dataclass(frozen=True)
class Finding:
    """One thing in the data that keeps the verdict from being clean.

    `place` names the part of the data that shows it.
    """

    level: Literal["breach", "not_provable"]
    topic: str
    text: str
    citation: str = ""
    place: str = ""


def level(data: CampaignCompliance) -> Level:
    """The verdict: the worst of the findings, or that no breach was found in the data."""
    levels = {finding.level for finding in findings(data)}
    if "breach" in levels:
        return "breach"
    return "not_provable" if levels else "no_breach_found"


def findings(data: CampaignCompliance) -> list[Finding]:
    """Everything against a clean verdict, breaches first."""
    found = [replace(finding, place=place) for place, of in PARTS.items() for finding in of(data)]
    return sorted(found, key=lambda finding: finding.level != "breach")


def _of_checks(data: CampaignCompliance) -> Iterator[Finding]:
    placed = data["calls"]["placed"]
    for row in data["checks"]:
        if row["violations"]:
            text = f"{row['what']}: {row['violations']:,} of {row['checked']:,} calls."
            yield Finding("breach", row["id"], text, row["citation"])
        if row["violations"] is None:
            yield Finding("not_provable", row["id"], f"{row['what']}: could not be looked at.")
        elif row["checked"] != placed:
            text = f"{row['what']}: {row['checked']:,} of {placed:,} calls were looked at."
            yield Finding("not_provable", row["id"], text)
    present = {row["id"] for row in data["checks"]}
    for missing in REQUIRED_CHECKS:
        if missing not in present:
            yield Finding("not_provable", missing, f"The check {missing} was not made.")


def _of_conduct(data: CampaignCompliance) -> Iterator[Finding]:
    if not data["conduct"]:
        yield Finding("not_provable", "conduct", "No rule over the period was evaluated.")
    for row in data["conduct"]:
        bounds = f"lowest {row['lowest']}, highest {row['highest']}, limit {row['limit']}"
        if row["verdict"] == "breach" or _over(row["rule"], row["lowest"], row["limit"]):
            yield Finding(
                "breach", row["rule"], f"Breach over the period: {bounds}.", row["citation"]
            )
        elif row["verdict"] == "not_provable":
            missing = ", ".join(row["missing"]) or "nothing named"
            text = f"Not provable over the period: {bounds}; missing: {missing}."
            yield Finding("not_provable", row["rule"], text, row["citation"])
        elif _over(row["rule"], row["highest"], row["limit"]):
            text = f"The highest possible figure is over the limit: {bounds}."
            yield Finding("not_provable", row["rule"], text, row["citation"])


def _over(rule: str, value: float | str | None, limit: float | str | None) -> bool:
    """Whether a rate of abandoned calls is over its limit: the one rule whose limit is a most."""
    known = isinstance(value, int | float) and isinstance(limit, int | float)
    return "abandon" in rule and known and float(value or 0) > float(limit or 0)


def _of_opt_outs(data: CampaignCompliance) -> Iterator[Finding]:
    opt_outs = data["opt_outs"]
    latency = opt_outs["latency"]
    if latency is None:
        if opt_outs["count"]:
            text = "How long opt-outs took to be effective was not measured."
            yield Finding("not_provable", "opt_out_latency", text)
    elif latency["longest_s"] > latency["limit_s"]:
        took, allowed = span(latency["longest_s"]), span(latency["limit_s"])
        text = f"The slowest opt-out took {took}; {allowed} are allowed."
        yield Finding("breach", "opt_out_latency", text, latency["citation"])


def _of_consent(data: CampaignCompliance) -> Iterator[Finding]:
    for row in data["consent"]:
        name = row["consent_class"]
        if name == "withdrawn" and row["calls"]:
            text = f"{row['calls']:,} calls were placed on a withdrawn consent."
            yield Finding("breach", "consent", text)
        elif name not in ("none", "withdrawn") and row["with_evidence"] < row["calls"]:
            lacking = row["calls"] - row["with_evidence"]
            text = f"{name}: {lacking:,} of {row['calls']:,} calls have no evidence on file."
            yield Finding("not_provable", "consent", text)


def _of_rights(data: CampaignCompliance) -> Iterator[Finding]:
    for row in data["rights"]:
        if row["late"] or row["overdue"]:
            text = (
                f"{row['law']} {row['kind']}: {row['late']:,} closed after their due date, "
                f"{row['overdue']:,} open past it."
            )
            yield Finding("breach", "rights", text)


def _of_sums(data: CampaignCompliance) -> Iterator[Finding]:
    calls, decisions = data["calls"], data["decisions"]
    placed = calls["placed"]
    if placed > decisions["permitted"]:
        text = f"{placed:,} calls were placed on {decisions['permitted']:,} permits."
        yield Finding("breach", "without_permit", text)
    sums = [
        ("outcomes", sum(row["calls"] for row in calls["by_outcome"]), placed),
        ("local hours", sum(row["calls"] for row in calls["by_local_hour"]), placed),
        ("days", sum(row["calls"] for row in calls["by_day"]), placed),
        ("consent classes", sum(row["calls"] for row in data["consent"]), placed),
        (
            "refusals by rule",
            sum(row["refusals"] for row in decisions["by_rule"]),
            decisions["refused"],
        ),
        (
            "candidates by state",
            sum(row["people"] for row in data["candidates"]["by_state"]),
            data["candidates"]["total"],
        ),
        (
            "opt-outs by source",
            sum(row["count"] for row in data["opt_outs"]["by_source"]),
            data["opt_outs"]["count"],
        ),
    ]
    for row in data["rights"]:
        name = f"rights requests, {row['law']} {row['kind']}"
        sums.append((f"{name}, closed", row["in_time"] + row["late"], row["closed"]))
        sums.append((f"{name}, received", row["closed"] + row["open"], row["received"]))
    for name, total, stated in sums:
        if total != stated:
            text = f"The figures do not add up: {name} give {total:,}, the total is {stated:,}."
            yield Finding("not_provable", "sums", text)
    for consent in data["consent"]:
        if consent["with_evidence"] > consent["calls"]:
            text = f"{consent['consent_class']}: more evidence than calls."
            yield Finding("not_provable", "sums", text)


def _of_log(data: CampaignCompliance) -> Iterator[Finding]:
    if data["log_verified"] is None:
        yield Finding("not_provable", "log", "The audit log was not verified for this report.")
    elif not data["log_verified"]:
        yield Finding("not_provable", "log", "The audit log did not verify.")


PARTS: dict[str, Callable[[CampaignCompliance], Iterator[Finding]]] = {
    "checks": _of_checks,
    "conduct": _of_conduct,
    "opt_outs": _of_opt_outs,
    "consent": _of_consent,
    "rights": _of_rights,
    "sums": _of_sums,
    "log": _of_log,
}
