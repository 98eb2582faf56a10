"""Erasure certificate: what was destroyed, what was kept and why, and how it was proved.

Input (`ErasureCertificate`):

- `person`: names the person on the copy that is given to them; null on the desk's copy.
- `request`: the case; `completed_on` the day of the read-back.
- `steps`: the erasure's steps in order, each with the id of its log entry.
- `classes`: one row a key class of the person. `destroyed` with the instant, or `kept` with
  ground, citation and last day (`until_on` null: until the ground itself ends).
- `epoch`: the destroyed epoch root under which every copy of the keys in backups was wrapped,
  the custody kind, and each place with kind, method and what reading it back gave. Null
  while the turn is still to come: then the certificate says that it is incomplete.
- `read_back`: what was looked for afterwards and how many rows were left.
- `suppression`: what is kept so that the person is not called again (a keyed hash).
- `recipients`: who was told to erase as well.
- `outside`: what the proof cannot cover, one sentence each.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, TypedDict, cast

from reports import charts
from reports.charts import Chart
from reports.parts import Contact, Marker
from reports.shape import Count, Day, Instant, Zone, check

SCHEMA = "rightsdesk.report.erasure-certificate/1"
PREFIX = "EC"
TITLE = "Certificate of erasure"
ABOUT = "What was destroyed for a person, what is kept, why and until when"
FOR_WHOM = "the person, with their name; the desk, without"
ALWAYS_DESTROYED = ("call", "desk")
"""The key classes that no ground can keep."""


class Person(TypedDict):
    name: str
    contact_points: list[str]


class Request(TypedDict):
    id: str
    law: str
    law_name: str
    right: str
    citation: str
    received_on: Day
    due_on: Day
    completed_on: Day


class Step(TypedDict):
    name: str
    what: str
    at: Instant
    entry: str
    result: str


class KeyClass(TypedDict):
    key_class: str
    what: str
    state: Literal["destroyed", "kept", "none"]
    keys: Count
    destroyed_at: Instant | None
    ground: str
    citation: str
    until_on: Day | None


class Place(TypedDict):
    place: str
    kind: str
    method: str
    read_back: Literal["absent", "present", "no_answer"]
    at: Instant


class Epoch(TypedDict):
    number: Count
    destroyed_at: Instant
    entry: str
    custody: str
    places: list[Place]


class Looked(TypedDict):
    store: str
    what: str
    rows_left: Count


class ReadBack(TypedDict):
    at: Instant
    entry: str
    looked: list[Looked]


class Suppression(TypedDict):
    kept: bool
    what: str
    why: str
    citation: str


class Recipient(TypedDict):
    name: str
    told_at: Instant | None
    answer: str


class ErasureCertificate(TypedDict):
    schema: Literal["rightsdesk.report.erasure-certificate/1"]
    marker: Marker
    zone: Zone
    controller: Contact
    dpo: Contact
    authority: Contact
    person: Person | None
    request: Request
    steps: list[Step]
    classes: list[KeyClass]
    epoch: Epoch | None
    read_back: ReadBack | None
    suppression: Suppression
    recipients: list[Recipient]
    outside: list[str]


def checked(data: dict[str, object]) -> ErasureCertificate:
    """`data` as the typed input. Raises BadFacts with the path of what does not fit."""
    check(data, ErasureCertificate)
    return cast(ErasureCertificate, data)


def subject(data: ErasureCertificate) -> str:
    """What the document is about, for its title."""
    return f"Request {data['request']['id']}"


def figures(data: ErasureCertificate) -> dict[str, object]:
    """Counts, days and whether the erasure is complete, with what keeps it from being so."""
    request, classes = data["request"], data["classes"]
    received = date.fromisoformat(request["received_on"])
    completed = date.fromisoformat(request["completed_on"])
    lacking = gaps(data)
    looked = data["read_back"]["looked"] if data["read_back"] else []
    return {
        "days": (completed - received).days,
        "in_time": completed <= date.fromisoformat(request["due_on"]),
        "classes_destroyed": sum(row["state"] == "destroyed" for row in classes),
        "classes_kept": sum(row["state"] == "kept" for row in classes),
        "keys_destroyed": sum(row["keys"] for row in classes if row["state"] == "destroyed"),
        "keys_kept": sum(row["keys"] for row in classes if row["state"] == "kept"),
        "places": len(data["epoch"]["places"]) if data["epoch"] else 0,
        "rows_left": sum(row["rows_left"] for row in looked),
        "gaps": lacking,
        "complete": not lacking,
    }


def gaps(data: ErasureCertificate) -> list[str]:
    """Each reason why the erasure is not, or not yet, proved complete; none if it is."""
    lacking = []
    states = {row["key_class"]: row["state"] for row in data["classes"]}
    for name in ALWAYS_DESTROYED:
        if states.get(name) not in ("destroyed", "none"):
            lacking.append(f"The keys of class {name} are not shown as destroyed.")
    for row in data["classes"]:
        if row["state"] == "kept" and not (row["ground"] and row["citation"]):
            lacking.append(f"The keys of class {row['key_class']} are kept without a ground.")
        if row["state"] == "destroyed" and row["destroyed_at"] is None:
            lacking.append(f"The destruction of class {row['key_class']} has no instant.")
    lacking.extend(_gaps_of_epoch(data))
    if data["read_back"] is None or not data["read_back"]["looked"]:
        lacking.append("Nothing was read back yet.")
    elif any(row["rows_left"] for row in data["read_back"]["looked"]):
        lacking.append("The read-back found rows that should be gone.")
    return lacking


def _gaps_of_epoch(data: ErasureCertificate) -> list[str]:
    epoch = data["epoch"]
    if epoch is None:
        return ["The epoch is not turned yet: backups can still be opened."]
    lacking = []
    if not epoch["places"]:
        lacking.append("No place is named where the epoch root was destroyed.")
    for place in epoch["places"]:
        if place["read_back"] != "absent":
            lacking.append(f"The epoch root at {place['place']} is not shown as gone.")
    destroyed = datetime.fromisoformat(epoch["destroyed_at"])
    for row in data["classes"]:
        at = row["destroyed_at"]
        if at is not None and datetime.fromisoformat(at) > destroyed:
            lacking.append(f"The keys of class {row['key_class']} died after the epoch turned.")
    return lacking


def drawings(data: ErasureCertificate) -> dict[str, Chart]:
    """The charts of the certificate."""
    request = data["request"]
    events = [
        ("Received", request["received_on"]),
        ("As of" if gaps(data) else "Completed", request["completed_on"]),
        ("Due", request["due_on"]),
    ]
    events.sort(key=lambda event: event[1])
    return {"clock": charts.timeline("The request and its statutory clock", events)}
