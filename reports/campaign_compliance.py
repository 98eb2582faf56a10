"""Campaign compliance: what a campaign did in a period, and whether the data show a breach.

Input (`CampaignCompliance`), every figure from SQL aggregates, no person named:

- `campaign`: from the campaign row. `script_first_line` is what a called person hears
  first; `script_sha256` the digest of the whole script. `line` says what carried the calls.
- `period`: `from_at` inclusive, `to_at` exclusive; `zone` is the controller's.
- `read`: when the figures were read and the log's tree size at that moment.
- `candidates`: contact points in the campaign by state, and by the rule of their last refusal.
- `decisions`: permits issued, refusals, and refusals by deciding rule (one refusal, one rule).
- `calls`: permits redeemed (`placed`), by terminal outcome (a live attempt counts under its
  state), by hour of the called person's local time (all 24 not needed), by its weekday
  and hour, by day.
- `annexes`: `calls.csv` with every placed call, or, of more than 100,000, `exceptions.csv`
  with each call that broke something (reports/campaign_rows.py). Reading the document counts
  the rows again.
- `checks`: violations found by looking at all placed calls again. `what` is a sentence,
  `checked` how many calls were looked at, `violations` null if it could not be looked at.
  The ids in REQUIRED must be there.
- `conduct`: the answer of `law.conduct` for the period, row by row as it came.
- `opt_outs`: those received in calls of the campaign; `latency` from key or word to commit.
- `consent`: placed calls by consent class of the decision; `with_evidence` those whose
  consent record has evidence on file.
- `rights`: requests of the period by law and kind; `received` = `closed` + `open`,
  `closed` = `in_time` + `late`; `overdue` is part of `open`.
- `log_verified`: whether the audit log was verified for this report; null if not looked at.

`figures` derives sums and shares; the verdict (reports/verdict.py) is one of them.
"""

from __future__ import annotations

from typing import Literal, TypedDict, cast

from reports import campaign_rows, charts, findings, verdict
from reports.annex import Annex
from reports.charts import Chart
from reports.parts import Contact, Marker
from reports.shape import Count, Day, Digest, Instant, Zone, check
from reports.showing import words

SCHEMA = "rightsdesk.report.campaign-compliance/1"
PREFIX = "CC"
TITLE = "Campaign compliance report"
ABOUT = "What a campaign did in a period, and whether the data show a breach"
FOR_WHOM = "the controller and a regulator; no person is named"
REQUIRED = verdict.REQUIRED_CHECKS


class Campaign(TypedDict):
    id: str
    title: str
    purpose: str
    channel: str
    line: Literal["simulator", "sip", "ari", "esl"]
    caller_id: str
    script_first_line: str
    script_sha256: Digest
    opt_out_key: str
    max_attempts: Count
    min_gap_s: Count


class Period(TypedDict):
    from_at: Instant
    to_at: Instant
    zone: Zone


class Read(TypedDict):
    at: Instant
    tree_size: Count


class State(TypedDict):
    state: str
    people: Count


class Reason(TypedDict):
    rule: str
    text: str
    people: Count


class Candidates(TypedDict):
    total: Count
    by_state: list[State]
    refused_by_reason: list[Reason]


class Refusals(TypedDict):
    rule: str
    text: str
    citation: str
    refusals: Count


class Decisions(TypedDict):
    permitted: Count
    refused: Count
    by_rule: list[Refusals]


class Outcome(TypedDict):
    outcome: str
    calls: Count


class Hour(TypedDict):
    hour: Count
    calls: Count


Weekday = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


class WeekdayHour(TypedDict):
    weekday: Weekday
    hour: Count
    calls: Count


class OnDay(TypedDict):
    on: Day
    calls: Count


class Calls(TypedDict):
    placed: Count
    by_outcome: list[Outcome]
    by_local_hour: list[Hour]
    by_weekday_hour: list[WeekdayHour]
    by_day: list[OnDay]


class Check(TypedDict):
    id: str
    what: str
    citation: str
    checked: Count
    violations: Count | None


class Conduct(TypedDict):
    rule: str
    verdict: Literal["breach", "no_breach", "not_provable"]
    lowest: float | str | None
    highest: float | str | None
    limit: float | str | None
    rows: Count
    missing: list[str]
    citation: str


class Latency(TypedDict):
    median_s: float
    longest_s: float
    limit_s: float
    citation: str


class Source(TypedDict):
    source: str
    count: Count


class OptOuts(TypedDict):
    count: Count
    by_source: list[Source]
    latency: Latency | None


class ConsentCount(TypedDict):
    consent_class: str
    calls: Count
    with_evidence: Count


class Rights(TypedDict):
    law: str
    kind: str
    received: Count
    closed: Count
    in_time: Count
    late: Count
    open: Count
    overdue: Count


class CampaignCompliance(TypedDict):
    schema: Literal["rightsdesk.report.campaign-compliance/1"]
    marker: Marker
    controller: Contact
    dpo: Contact
    campaign: Campaign
    period: Period
    read: Read
    candidates: Candidates
    decisions: Decisions
    calls: Calls
    checks: list[Check]
    conduct: list[Conduct]
    opt_outs: OptOuts
    consent: list[ConsentCount]
    rights: list[Rights]
    log_verified: bool | None
    annexes: list[Annex]
    limits: list[str]


def checked(data: dict[str, object]) -> CampaignCompliance:
    """`data` as the typed input. Raises BadFacts with the path of what does not fit."""
    check(data, CampaignCompliance)
    return cast(CampaignCompliance, data)


def subject(data: CampaignCompliance) -> str:
    """What the document is about, for its title."""
    return f"Campaign {data['campaign']['id']}"


contradictions = campaign_rows.contradictions


def figures(data: CampaignCompliance) -> dict[str, object]:
    """Every figure that is printed and does not stand in the data itself; counts and ids."""
    consent_calls = sum(row["calls"] for row in data["consent"])
    evidenced = sum(row["with_evidence"] for row in data["consent"])
    cards = [
        findings.card(number, found, data["dpo"]["name"])
        for number, found in enumerate(verdict.findings(data), start=1)
    ]
    abandonment = [row for row in data["conduct"] if "abandon" in row["rule"]]
    return {
        "placed": data["calls"]["placed"],
        "unused_permits": max(data["decisions"]["permitted"] - data["calls"]["placed"], 0),
        "decided": data["decisions"]["permitted"] + data["decisions"]["refused"],
        "candidates": data["candidates"]["total"],
        "opt_outs": data["opt_outs"]["count"],
        "consent_calls": consent_calls,
        "evidenced": evidenced,
        "rights_received": sum(row["received"] for row in data["rights"]),
        "rights_closed": sum(row["closed"] for row in data["rights"]),
        "rights_in_time": sum(row["in_time"] for row in data["rights"]),
        "rights_late": sum(row["late"] + row["overdue"] for row in data["rights"]),
        "violations": sum(row["violations"] or 0 for row in data["checks"]),
        "abandonment": abandonment,
        "verdict": verdict.level(data),
        "findings": cards,
        "findings_by_level": findings.counts(cards),
    }


def drawings(data: CampaignCompliance) -> dict[str, Chart]:
    """The charts of the report."""
    rights = [
        (f"{row['law']} {words(row['kind'])}", (row["in_time"], row["late"], row["open"]))
        for row in data["rights"]
    ]
    counts: dict[tuple[str, int], int] = {
        (row["weekday"], row["hour"]): row["calls"] for row in data["calls"]["by_weekday_hour"]
    }
    hours = [row["hour"] for row in data["calls"]["by_local_hour"]]
    return {
        "outcomes": charts.bar(
            "Calls placed, by outcome",
            "calls",
            [(words(row["outcome"]), row["calls"]) for row in data["calls"]["by_outcome"]],
            "Outcome",
        ),
        "refusals": charts.bar(
            "Refusals, by deciding rule",
            "refusals",
            [(row["rule"], row["refusals"]) for row in data["decisions"]["by_rule"]],
            "Rule",
        ),
        "hours": charts.columns(
            "Calls placed, by hour of the called person's local time",
            "calls",
            [(f"{row['hour']:02d}:00", row["calls"]) for row in data["calls"]["by_local_hour"]],
            "Local hour",
        ),
        "weekdays": charts.multiples(
            "Calls placed, by weekday and hour of the called person's local time",
            "calls",
            [f"{hour:02d}" for hour in hours],
            {
                day: [counts.get((day, hour), 0) for hour in hours]
                for day in campaign_rows.WEEKDAYS
                if any(day == each for each, _ in counts)
            },
            "Weekday",
        ),
        "days": charts.line(
            "Calls placed, by day",
            "calls",
            [(row["on"][5:], row["calls"]) for row in data["calls"]["by_day"]],
            "Day",
        ),
        "rights": charts.stacked(
            "Rights requests of the period",
            "requests",
            ("closed in time", "closed late", "open"),
            rights,
            "Law and request",
        ),
    }
