"""Who called a person and why: the short form of a dossier, in the person's own language.

Input (`WhoCalled`): `found` is what `privacy.gateway.whocalled` found, without the number that
was asked about; `paragraphs` are the sentences that it gives in `language`. Reading the
document writes them again from `found` and refuses others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypedDict, cast

from privacy.gateway.whocalled_letter import letter, words_of
from privacy.terms import Language
from reports.charts import Chart
from reports.number_dossier import Earlier, Heard
from reports.parts import Contact, Marker
from reports.shape import Instant, Zone, check

SCHEMA = "rightsdesk.report.who-called/1"
PREFIX = "WC"
TITLE = "Who called you, and why"
ABOUT = "who called a person, when, why, on which consent, with which words, and how it stops"
FOR_WHOM = "the person who asks; one page in their language"


class Rested(TypedDict):
    state: str
    id: str | None
    given_at: Instant | None
    how: str | None
    notice: str | None
    text_shown: str | None
    documented: bool | None


class Stop(TypedDict):
    key: str
    contact: str


class Call(TypedDict):
    call: str
    at: Instant
    at_controller: Instant
    at_person: Instant | None
    zone_person: Zone | None
    caller: str
    number_shown: str
    dialled_by: str | None
    purpose: str | None
    campaign: str | None
    title: str | None
    simulated: bool
    for_somebody_else: bool
    consent: Rested | None
    heard: Heard | None
    outcome: str
    duration_s: float | None
    opted_out_at: Instant | None
    stop: Stop
    decision: str | None


class Found(TypedDict):
    since: Instant
    until: Instant
    controller: str
    contact: str
    calls: list[Call]
    more: bool
    earlier_dialer: list[Earlier]
    opted_out: list[Instant]


class WhoCalled(TypedDict):
    schema: Literal["rightsdesk.report.who-called/1"]
    marker: Marker
    controller: Contact
    dpo: Contact
    language: Literal["en", "de", "fr", "es", "it"]
    zone: Zone
    found: Found
    paragraphs: list[str]
    limits: list[str]


def checked(data: dict[str, object]) -> WhoCalled:
    """`data` as the typed input. Raises BadFacts with the path of what does not fit."""
    check(data, WhoCalled)
    return cast(WhoCalled, data)


def title_in(language: str) -> str:
    """The title in the person's language."""
    return words_of(Language(language))["report"]["title"]


def subject(data: WhoCalled) -> str:
    """What the document is about, for its title; no number stands there."""
    return f"{data['found']['since'][:10]} – {data['found']['until'][:10]}"


def contradictions(data: WhoCalled, _files: Mapping[str, bytes]) -> list[str]:
    """Whether the sentences are those that the calls give."""
    again = letter(_as_found(data["found"]), Language(data["language"]), data["zone"])
    return [] if again.split("\n\n") == data["paragraphs"] else ["paragraphs"]


def _as_found(found: Found) -> dict[str, object]:
    """A call that rested on no record has no instant of it, as the letter expects."""
    calls = []
    for call in found["calls"]:
        rested = call["consent"]
        if rested is not None and rested["given_at"] is None:
            calls.append({**call, "consent": {"state": rested["state"], "id": rested["id"]}})
        else:
            calls.append({**call})
    return {**found, "calls": calls}


def figures(data: WhoCalled) -> dict[str, object]:
    """Every figure that is printed and does not stand in the data itself."""
    said = words_of(Language(data["language"]))["report"]
    return {
        "calls": len(data["found"]["calls"]) + len(data["found"]["earlier_dialer"]),
        "opted_out": len(data["found"]["opted_out"]),
        "heads": {"calls": said["calls"], "opt_outs": said["opt_outs"]},
        "limits_head": said["limits_head"],
        "intro": data["paragraphs"][:1],
        "told": data["paragraphs"][1:-1],
        "stop": data["paragraphs"][-1:],
    }


def drawings(_data: WhoCalled) -> dict[str, Chart]:
    """None: the answer is words."""
    return {}
