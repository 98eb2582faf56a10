"""Access answer: what is held about a person and everything the law wants told with it.

Input (`AccessAnswer`); a person with several merged records gives one document:

- `request`: the case. `answered_on` is the day of this document; `extended_on` the longer due
  date if the period was extended, with `extension_reason`. `identity` says how it was proved.
- `language`: of the words around the data; English where it is left out.
- `held`: names as written, contact points, addresses, and every other imported column, each
  with where it came from (`source`) and since when.
- `purposes`: why, on which lawful basis (in words), and for a legitimate interest which one.
- `sources`, `recipients`: where data came from and who got them (`last_on` null: still does).
- `third_parties`: lists of specific third parties that a state's law gives; empty where none is
  owed. `of` says whether it is what was disclosed or only what was sold.
- `retention`: one row a key class, with a date or the criterion.
- `consents`: each consent record with the text as it was shown; `text_shown` may be empty, and
  then `text_missing` says why.
- `calls`: each attempt, `number` as dialled. `outcome` is the terminal state's code.
- `searched`: where was looked, also with nothing found.
- `withheld`: what is not given, why, citation. Empty: nothing was withheld.
- `rights`, `authority`, `complaint`: reports/rights_text.py has wording for them.

Texts may be empty where a Contact or a cell allows; instants are shown in `zone`.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Literal, TypedDict, cast

from reports import charts, wording
from reports.charts import Chart
from reports.parts import Contact, Marker
from reports.shape import Count, Day, Instant, Zone, check
from reports.wording import ENGLISH

SCHEMA = "rightsdesk.report.access-answer/1"
PREFIX = "AA"
TITLE = "Answer to your request for access"
ABOUT = "All that is held about a person, with purposes, recipients, periods and rights"
FOR_WHOM = "the person who asked (GDPR Article 15 and its kin)"
OPTIONAL = ("language",)
"""What the input may leave out: English."""


class Request(TypedDict):
    id: str
    law: str
    law_name: str
    citation: str
    received_on: Day
    due_on: Day
    extended_on: Day | None
    extension_reason: str
    answered_on: Day
    identity: str


class Item(TypedDict):
    label: str
    value: str
    source: str
    since_on: Day | None


class Held(TypedDict):
    names: list[Item]
    contact_points: list[Item]
    addresses: list[Item]
    other: list[Item]


class PurposeOf(TypedDict):
    purpose: str
    description: str
    data: str
    lawful_basis: str
    interest: str
    citation: str


class Source(TypedDict):
    name: str
    what: str
    on: Day | None


class Recipient(TypedDict):
    name: str
    role: str
    country: str
    what: str
    why: str
    safeguard: str
    first_on: Day | None
    last_on: Day | None


class ThirdParties(TypedDict):
    law: str
    of: Literal["disclosed", "sold"]
    scope: Literal["person", "any"]
    text: str
    citation: str
    names: list[str]


class Retention(TypedDict):
    key_class: str
    what: str
    how_long: str
    until_on: Day | None
    citation: str


class Consent(TypedDict):
    id: str
    kind: Literal["grant", "withdrawal", "correction"]
    purpose: str
    channel: str
    at: Instant
    valid_until_on: Day | None
    how: str
    text_shown: str
    text_version: str
    text_missing: str


class Call(TypedDict):
    at: Instant
    campaign: str
    purpose: str
    caller_id: str
    number: str
    outcome: str


class Searched(TypedDict):
    system: str
    what: str
    found: Count


class Withheld(TypedDict):
    what: str
    why: str
    citation: str


class Right(TypedDict):
    name: str
    meaning: str
    citation: str


class Complaint(TypedDict):
    to_controller: str
    to_authority: str
    to_court: str


# Rows of one table on paper; the whole is in the data, the page and the CSV files.
PAPER_ROWS = 100


class AccessAnswer(TypedDict):
    schema: Literal["rightsdesk.report.access-answer/1"]
    language: Literal["en", "de", "fr", "es", "it"]
    marker: Marker
    zone: Zone
    controller: Contact
    dpo: Contact
    authority: Contact
    person: str
    request: Request
    held: Held
    purposes: list[PurposeOf]
    sources: list[Source]
    recipients: list[Recipient]
    third_parties: list[ThirdParties]
    retention: list[Retention]
    consents: list[Consent]
    calls: list[Call]
    automated_decisions: str
    searched: list[Searched]
    withheld: list[Withheld]
    rights: list[Right]
    complaint: Complaint


def checked(data: dict[str, object]) -> AccessAnswer:
    """`data` as the typed input. Raises BadFacts with the path of what does not fit."""
    whole = {"language": ENGLISH, **data}
    check(whole, AccessAnswer)
    return cast(AccessAnswer, whole)


def subject(data: AccessAnswer) -> str:
    """What the document is about, for its title: the case, not the person."""
    return f"Request {data['request']['id']}"


def figures(data: AccessAnswer) -> dict[str, object]:
    """Counts and days that the answer states."""
    request, held = data["request"], data["held"]
    received = date.fromisoformat(request["received_on"])
    answered = date.fromisoformat(request["answered_on"])
    due = date.fromisoformat(request["extended_on"] or request["due_on"])
    outcomes = Counter(call["outcome"] for call in data["calls"])
    return {
        "days": (answered - received).days,
        "in_time": answered <= due,
        "names": len(held["names"]),
        "contact_points": len(held["contact_points"]),
        "addresses": len(held["addresses"]),
        "other": len(held["other"]),
        "items": sum(len(items) for items in _groups(held)),
        "purposes": len(data["purposes"]),
        "recipients": len(data["recipients"]),
        "consents": len(data["consents"]),
        "calls": len(data["calls"]),
        "calls_by_outcome": [
            {"outcome": outcome, "calls": outcomes[outcome]} for outcome in sorted(outcomes)
        ],
    }


def drawings(data: AccessAnswer) -> dict[str, Chart]:
    """The charts of the answer, in its language."""
    request, words = data["request"], wording.words(data["language"])
    events = [(words("received"), request["received_on"]), (words("due"), request["due_on"])]
    if request["extended_on"]:
        events.append((words("extended_to"), request["extended_on"]))
    events.append((words("answered"), request["answered_on"]))
    events.sort(key=lambda event: event[1])
    outcomes = Counter(words.plain(call["outcome"]) for call in data["calls"])
    return {
        "clock": charts.timeline(
            words("clock"), events, words("event"), words("date"), words("clock_form")
        ),
        "outcomes": charts.bar(
            words("outcomes"),
            words("outcomes_unit"),
            sorted(outcomes.items()),
            words("how_ended"),
            words("outcomes_form"),
        ),
    }


def _groups(held: Held) -> tuple[list[Item], ...]:
    return held["names"], held["contact_points"], held["addresses"], held["other"]
