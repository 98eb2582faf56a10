"""Dossier of one number: what was agreed, who called and why, what was refused, and proofs.

Input (`NumberDossier`); it names one number, and what its person said:

- `made_for`: a person's complaint or an authority; `number` as it was asked about; `known`
  whether anybody is known by it. `more`: there are more calls than a dossier holds.
- `consents`: with the text shown; `ended_by` ids of the withdrawals that ended a grant.
- `calls`: with what was heard, and the decision with every rule that spoke. Of a call that was
  for somebody else with the number only who called and when is told.
- `opt_outs`: with what lifted each. `refusals`: calls that were not made, by rule.
- `log`: a signed checkpoint, its key, and the entries that tell of consents, opt-outs and
  released calls, each with its inclusion proof (RFC 9162). `entry` of a part is the id of its
  entry, "" where none was found. Reading the document verifies every proof.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal, TypedDict, cast

from privacy.errors import Altered
from reports import charts, log_proof
from reports.canonical import canonical
from reports.charts import Chart
from reports.parts import Contact, Marker
from reports.rule_text import citation_of, text_of
from reports.shape import Count, Digest, Instant, Zone, check

SCHEMA = "rightsdesk.report.number-dossier/1"
PREFIX = "ND"
TITLE = "Dossier of a number"
ABOUT = (
    "all that is on record of one number: consents with the text shown, calls, prompts heard,"
    " decisions, opt-outs, with proofs from the log"
)
FOR_WHOM = "an authority, or the person who complains; it names the number"
MOST_ENTRIES = 10_000
PAPER_ROWS = 60
"""Consents, calls and entries on paper, each; all of them stand in the data."""

MOST_MONTHS = 18
# What the entry of a part does.
CONSENT = frozenset({"consent.recorded", "consent.withdrawn"})
OPT_OUT = frozenset({"optout.recorded"})
RELEASE = frozenset({"number.released"})


class Evidence(TypedDict):
    told_at: str
    text_sha256: str
    reference: str
    ip: str
    words: str


class Consent(TypedDict):
    id: str
    kind: Literal["grant", "withdrawal", "correction"]
    purpose: str
    channel: str
    consent_class: str
    said_at: Instant
    recorded_at: Instant
    valid_until: Instant | None
    source: str
    documented: bool
    notice: str
    text_shown: str | None
    text_sha256: Digest | None
    evidence: Evidence | None
    ended_by: list[str]
    corrects: str
    entry: str


class Rested(TypedDict):
    state: str
    id: str


class Heard(TypedDict):
    how_much: Literal["heard", "partly", "nothing", "not_told"]
    heard_s: float | None
    length_s: float | None
    language: str
    text: str
    sha256: Digest | None
    answered_at: Instant | None


class Rule(TypedDict):
    rule: str
    effect: str


class Decision(TypedDict):
    id: str
    at: Instant
    decision: str
    deciding_rule: str
    rules: list[Rule]
    place: str
    pack_sha256: str


class Call(TypedDict):
    call: str
    at: Instant
    at_person: Instant | None
    zone_person: Zone | None
    caller: str
    number_shown: str
    dialled_by: str | None
    purpose: str | None
    channel: str
    campaign: str | None
    title: str | None
    simulated: bool
    for_somebody_else: bool
    heard: Heard | None
    outcome: str
    duration_s: float | None
    opted_out_at: Instant | None
    consent: Rested | None
    stop_key: str
    decision: Decision | None
    entry: str


class Refusal(TypedDict):
    campaign: str
    rule: str
    times: Count
    first_at: Instant
    last_at: Instant


class Lift(TypedDict):
    consent: str
    purpose: str
    channel: str
    at: Instant


class OptOut(TypedDict):
    id: str
    at: Instant
    source: str
    in_call: str
    words: str
    lifts: list[Lift]
    entry: str


class Earlier(TypedDict):
    at: Instant
    source: str
    channel: str | None
    outcome: str


class Proven(TypedDict):
    id: str
    index: Count
    entry: str
    proof: list[str]


class Log(TypedDict):
    origin: str
    checkpoint: str
    verifier: str
    from_printed: list[str]
    entries: list[Proven]


class NumberDossier(TypedDict):
    schema: Literal["rightsdesk.report.number-dossier/1"]
    marker: Marker
    controller: Contact
    dpo: Contact
    made_for: Literal["person", "authority"]
    number: str
    zone: Zone
    read_at: Instant
    known: bool
    more: bool
    consents: list[Consent]
    calls: list[Call]
    refusals: list[Refusal]
    opt_outs: list[OptOut]
    earlier_dialer: list[Earlier]
    log: Log
    limits: list[str]


def checked(data: dict[str, object]) -> NumberDossier:
    """`data` as the typed input. Raises BadFacts with the path of what does not fit."""
    check(data, NumberDossier)
    return cast(NumberDossier, data)


def subject(data: NumberDossier) -> str:
    """What the document is about, for its title; the number stands inside only."""
    return f"for {'the person' if data['made_for'] == 'person' else 'an authority'}"


def contradictions(data: NumberDossier, _files: Mapping[str, bytes]) -> list[str]:
    """What of the data its own proofs and digests deny; empty if nothing."""
    found = [
        each["id"]
        for each in data["consents"]
        if each["text_shown"] is not None and _digest(each["text_shown"]) != each["text_sha256"]
    ]
    proofs = {each["id"]: each for each in data["log"]["entries"]}
    if len(proofs) > MOST_ENTRIES or not _log_holds(data["log"]):
        return [*found, "log"]
    for name, entry, actions in _told_by(data):
        if entry and not _tells(proofs.get(entry), entry, name, actions):
            found.append(name)
    return found


def _log_holds(log: Log) -> bool:
    """Whether signature and every inclusion proof hold; a log without entries has nothing to."""
    if not log["entries"]:
        return True
    rows = [{name: row[name] for name in ("index", "entry", "proof")} for row in _rows(log)]
    try:
        log_proof.read(
            canonical({**log, "schema": log_proof.SCHEMA, "entries": rows}), most=MOST_ENTRIES
        )
    except Altered:
        return False
    return True


def _rows(log: Log) -> list[dict[str, Any]]:
    return [cast(dict[str, Any], each) for each in log["entries"]]


def _tells(proof: Proven | None, entry_id: str, name: str, actions: frozenset[str]) -> bool:
    """Whether the proven entry is that one, does what such an entry does, and is about this
    part; of a consent also about a batch."""
    if proof is None:
        return False
    entry = json.loads(proof["entry"])
    about = str(entry.get("object", ""))
    batch = actions == CONSENT and (about == "" or about.startswith("no-"))
    return (
        entry.get("id") == entry_id and entry.get("action") in actions and (about == name or batch)
    )


def _told_by(data: NumberDossier) -> Iterator[tuple[str, str, frozenset[str]]]:
    """(id, entry, actions of such an entry) of everything that an entry may tell of."""
    yield from ((each["id"], each["entry"], CONSENT) for each in data["consents"])
    yield from ((each["id"], each["entry"], OPT_OUT) for each in data["opt_outs"])
    yield from (
        (each["call"], each["entry"], RELEASE)
        for each in data["calls"]
        if not each["for_somebody_else"]
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def figures(data: NumberDossier) -> dict[str, object]:
    """Every figure that is printed and does not stand in the data itself."""
    after = [call["call"] for call in data["calls"] if _after_opt_out(data, call)]
    told = list(_told_by(data))
    grants = [each for each in data["consents"] if each["kind"] == "grant"]
    anything = data["consents"] or data["calls"] or data["opt_outs"] or data["earlier_dialer"]
    return {
        "grants": len(grants),
        "withdrawals": sum(each["kind"] == "withdrawal" for each in data["consents"]),
        "calls": len(data["calls"]),
        "others": sum(call["for_somebody_else"] for call in data["calls"]),
        "opt_outs": len(data["opt_outs"]),
        "refused": sum(each["times"] for each in data["refusals"]),
        "after_opt_out": after,
        "by_outcome": _by_outcome(data),
        "told": len(told),
        "proven": sum(bool(entry) for _, entry, _ in told),
        "unproven": [name for name, entry, _ in told if not entry],
        "rules": {rule: [text_of(rule), citation_of(rule)] for rule in _rules(data)},
        "log": [_shown(each) for each in data["log"]["entries"]],
        "verdict": "after_opt_out" if after else "shown" if anything else "nothing",
    }


def _after_opt_out(data: NumberDossier, call: Call) -> bool:
    """Whether an opt-out of the number stood when it was released; a lift ends one."""
    at = datetime.fromisoformat(call["at"])
    return any(
        datetime.fromisoformat(each["at"]) < at
        and not any(
            (lift["purpose"], lift["channel"]) == (call["purpose"], call["channel"])
            and datetime.fromisoformat(lift["at"]) <= at
            for lift in each["lifts"]
        )
        for each in data["opt_outs"]
    )


def _by_outcome(data: NumberDossier) -> list[dict[str, Any]]:
    names = sorted({call["outcome"] for call in data["calls"]})
    return [
        {"outcome": name, "calls": sum(call["outcome"] == name for call in data["calls"])}
        for name in names
    ]


def _rules(data: NumberDossier) -> list[str]:
    decided = [call["decision"] for call in data["calls"] if call["decision"] is not None]
    named = {rule["rule"] for each in decided for rule in each["rules"]}
    named |= {each["deciding_rule"] for each in decided} | {row["rule"] for row in data["refusals"]}
    return sorted(named - {""})


def _shown(proven: Proven) -> dict[str, Any]:
    entry = json.loads(proven["entry"])
    return {
        "index": proven["index"],
        "at": str(entry.get("ts", "")),
        "action": str(entry.get("action", "")),
        "about": str(entry.get("object", "")),
        "steps": len(proven["proof"]),
    }


def drawings(data: NumberDossier) -> dict[str, Chart]:
    """The charts of the dossier."""
    months: dict[str, list[int]] = {}
    for column, at in (
        *((0, each["said_at"]) for each in data["consents"] if each["kind"] == "grant"),
        *((1, each["said_at"]) for each in data["consents"] if each["kind"] == "withdrawal"),
        *((1, each["at"]) for each in data["opt_outs"]),
        *((2, call["at"]) for call in data["calls"]),
    ):
        months.setdefault(at[:7], [0, 0, 0])[column] += 1
    return {
        "months": charts.stacked(
            "What happened, by month (UTC)",
            "events",
            ("consents given", "withdrawals, opt-outs", "calls"),
            sorted(months.items())[-MOST_MONTHS:],
            "Month",
        )
    }
