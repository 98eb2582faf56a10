"""Calling compliance of a whole desk in a period: TSR, TCPA and PECR, over all campaigns.

Input (`CallingCompliance`), every figure from aggregates as of a size of the log; calls stand
by their ids, no person is named:

- `period`: first and last day, both included, in the controller's zone; `read`: the state.
- `campaigns`: each one that decided or called. `refusals`: by the rule that decided. `outcomes`:
  placed calls by how they ended.
- `by_country`: placed calls by the country of the called person, how many were looked at again
  by their facts (`looked`) and by their tag (`tagged`), and how many broke each check. "": the
  place was never known. `checks` says what each check looks for.
- `broken`: the first calls that broke one, listed. `judged_by`: packs and own rules.
- `week`: calls by weekday (Monday first) and hour of the called person; `hour_unknown` more.
- `conduct`: the rows of `law conduct` for each campaign and country; `abandonment`: each
  measuring span of each rule.
- `freshness`: calls by the age in days of the oldest list they were checked against;
  `lists`: versions of registers that were loaded.
- `opt_outs`: of the period, by source; latency of those told in calls.
- `consent`: calls by class and evidence. `callers`: numbers shown.
- `criteria`: what the three laws ask and which checks and conduct rules show it.
- `records`: record classes of 16 CFR 310.5: what the desk holds, how many, what it lacks.
- `annexes`: `calls-by-day.csv`, one row for each day, campaign and outcome. Reading the document
  counts it again: the calls of each campaign are the sums of its rows.

`figures` derives totals, a result for each criterion, the proof of consent, the verdict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Literal, TypedDict, cast

from reports import annex, calling_verdict, charts
from reports.annex import Annex
from reports.campaign_compliance import Conduct, ConsentCount, Outcome, Source
from reports.charts import Chart
from reports.heat import heat
from reports.parts import Contact, Marker
from reports.request_register import Period, Read
from reports.shape import Count, Day, Digest, Instant, check
from reports.showing import words

SCHEMA = "rightsdesk.report.calling-compliance/1"
PREFIX = "CA"
TITLE = "Calling compliance: TSR, TCPA, PECR"
ABOUT = "what all calls of a period did, each looked at again, against TSR, TCPA and PECR"
FOR_WHOM = "the controller and a regulator; no person is named"
ROWS = "calls-by-day.csv"
COLUMNS = ("day", "campaign", "outcome", "calls")
MOST_BARS = 12


class Campaign(TypedDict):
    id: str
    title: str
    purpose: str
    channel: str
    line: str
    caller_id: str
    permitted: Count
    refused: Count
    placed: Count
    answered_by_person: Count
    opt_outs: Count


class Refusal(TypedDict):
    rule: str
    text: str
    citation: str
    refusals: Count


class CheckSaid(TypedDict):
    id: str
    what: str
    citation: str
    by: Literal["facts", "tag", "row"]


class Broken(TypedDict):
    check: str
    calls: Count


class OfCountry(TypedDict):
    country: str
    calls: Count
    looked: Count
    tagged: Count
    broken: list[Broken]


class BrokenCall(TypedDict):
    call: str
    campaign: str
    at: Instant
    rules: list[str]


class JudgedBy(TypedDict):
    pack_sha256: Digest
    own_sha256: str
    calls: Count


class ConductRow(Conduct):
    campaign: str
    country: str


class Abandonment(TypedDict):
    campaign: str
    country: str
    rule: str
    begins_on: Day
    ends_on: Day
    verdict: Literal["breach", "no_breach", "not_provable"]
    lowest: float | None
    highest: float | None
    limit: float | None
    rows: Count
    missing: list[str]
    citation: str


class Age(TypedDict):
    days: Count
    calls: Count


class Freshness(TypedDict):
    ages: list[Age]
    untold: Count


class ListVersion(TypedDict):
    register: str
    published_on: Day
    loaded_at: Instant
    numbers: Count
    sha256: Digest


class Latency(TypedDict):
    in_calls: Count
    untold: Count
    median_s: float | None
    longest_s: float | None
    limit_s: float
    citation: str


class OptOuts(TypedDict):
    count: Count
    by_source: list[Source]
    latency: Latency


class Caller(TypedDict):
    caller_id: str
    campaigns: Count
    calls: Count


class Criterion(TypedDict):
    id: str
    law: str
    country: str
    title: str
    citation: str
    checks: list[str]
    conduct: list[str]
    verification: str


class RecordClass(TypedDict):
    id: str
    title: str
    citation: str
    holds: str
    lacks: str
    count: Count | None
    verification: str


class CallingCompliance(TypedDict):
    schema: Literal["rightsdesk.report.calling-compliance/1"]
    marker: Marker
    controller: Contact
    dpo: Contact
    period: Period
    read: Read
    campaigns: list[Campaign]
    refusals: list[Refusal]
    outcomes: list[Outcome]
    checks: list[CheckSaid]
    by_country: list[OfCountry]
    broken: list[BrokenCall]
    judged_by: list[JudgedBy]
    week: list[list[Count]]
    hour_unknown: Count
    conduct: list[ConductRow]
    abandonment: list[Abandonment]
    freshness: Freshness
    lists: list[ListVersion]
    opt_outs: OptOuts
    consent: list[ConsentCount]
    callers: list[Caller]
    criteria: list[Criterion]
    records: list[RecordClass]
    log_verified: bool
    annexes: list[Annex]
    limits: list[str]


def layout(seed: str) -> annex.Layout:
    """How `calls-by-day.csv` is laid out."""
    return annex.Layout(
        ROWS,
        "Placed calls for each day of the controller, campaign and outcome",
        COLUMNS,
        type_column="outcome",
        day_column="day",
        seed=seed,
    )


def checked(data: dict[str, object]) -> CallingCompliance:
    """`data` as the typed input. Raises BadFacts with the path of what does not fit."""
    check(data, CallingCompliance)
    return cast(CallingCompliance, data)


def subject(data: CallingCompliance) -> str:
    """What the document is about, for its title."""
    return f"{data['period']['from_on']} to {data['period']['to_on']}"


def contradictions(data: CallingCompliance, files: Mapping[str, bytes]) -> list[str]:
    """Campaigns and outcomes whose calls are not the sums of the attached rows; empty if none."""
    held = next((each for each in data["annexes"] if each["name"] == ROWS), None)
    if held is None or held["columns"] != list(COLUMNS):
        return [ROWS]
    sums: Counter[str] = Counter()
    try:
        for _, campaign, outcome, calls in annex.read(held, files[ROWS]):
            sums[campaign] += int(calls)
            sums[f"outcome {outcome}"] += int(calls)
    except ValueError:
        return [ROWS]
    said = {row["id"]: row["placed"] for row in data["campaigns"] if row["placed"]}
    said |= {f"outcome {row['outcome']}": row["calls"] for row in data["outcomes"]}
    return sorted(name for name in {*sums, *said} if sums.get(name, 0) != said.get(name, 0))


def figures(data: CallingCompliance) -> dict[str, object]:
    """Every figure that is printed and does not stand in the data itself."""
    campaigns = data["campaigns"]
    checks = calling_verdict.checks(data)
    found = calling_verdict.findings(data)
    cards = calling_verdict.cards(found, data["dpo"]["name"])
    consent = next((row for row in checks if row["id"] == "without_consent"), None)
    placed = sum(row["placed"] for row in campaigns)
    return {
        "placed": placed,
        "permitted": sum(row["permitted"] for row in campaigns),
        "refused": sum(row["refused"] for row in campaigns),
        "people": sum(row["answered_by_person"] for row in campaigns),
        "looked": sum(row["looked"] for row in data["by_country"]),
        "in_calls": sum(row["opt_outs"] for row in campaigns),
        "checks": checks,
        "violations": sum(row["violations"] for row in checks),
        "without_consent": consent,
        "consent_calls": sum(row["calls"] for row in data["consent"]),
        "evidenced": sum(row["with_evidence"] for row in data["consent"]),
        "oldest_list_days": max((row["days"] for row in data["freshness"]["ages"]), default=None),
        "criteria": calling_verdict.criteria(data),
        "verdict": calling_verdict.level(found),
        "findings": cards,
    }


def drawings(data: CallingCompliance) -> dict[str, Chart]:
    """The charts of the report."""
    return {
        "week": heat(
            "Calls placed, by weekday and hour of the called person's local time",
            "calls",
            _whole(data["week"]),
        ),
        "refusals": charts.bar(
            "Refusals, by deciding rule",
            "refusals",
            [(row["rule"], row["refusals"]) for row in data["refusals"][:MOST_BARS]],
            "Rule",
        ),
        "outcomes": charts.bar(
            "Calls placed, by outcome",
            "calls",
            [(words(row["outcome"]), row["calls"]) for row in data["outcomes"]],
            "Outcome",
        ),
        "ages": charts.columns(
            "Calls placed, by the age in days of the oldest list they were checked against",
            "calls",
            age_classes(data["freshness"]["ages"]),
            "Days",
        ),
    }


def _whole(week: list[list[Count]]) -> list[list[int]]:
    """Seven days of 24 hours; what is not there is drawn as nothing, and the sums show it."""
    days = [*week, *([] for _ in range(7))][:7]
    return [[*hours, *([0] * 24)][:24] for hours in days]


CLASSES = ((0, 7), (8, 14), (15, 21), (22, 31), (32, None))


def age_classes(ages: list[Age]) -> list[tuple[str, int]]:
    """Calls by weeks of age, and beyond the 31 days of the federal rules."""
    found = []
    for low, high in CLASSES:
        name = f"{low}–{high}" if high is not None else f"≥ {low}"
        inside = [
            row["calls"] for row in ages if low <= row["days"] and (not high or row["days"] <= high)
        ]
        found.append((name, sum(inside)))
    return found if ages else []
