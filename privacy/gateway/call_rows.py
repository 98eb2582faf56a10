"""One call as a flat record: `rightsdesk.call-records/1` (docs/call-records.md). Pure.

Absent is "" in a row and stands in `missing` with why: nothing is made up. Instants are
UTC by the desk's clock for `released_at`, and by the dialer's word for what came after.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from privacy.clock import instant, rfc3339
from privacy.gateway.call_detail import Detail, Facts
from privacy.gateway.protocol import EventKind, State

SCHEMA = "rightsdesk.call-records/1"
COLUMNS = (
    "call_id",
    "campaign",
    "campaign_title",
    "seller",
    "telemarketer",
    "service_provider",
    "line",
    "trunk",
    "purpose",
    "channel",
    "prerecorded",
    "subscriber",
    "calling_number",
    "called_number",
    "place",
    "released_at",
    "sent_at",
    "ringing_s",
    "answered_at",
    "answer_to_sound_ms",
    "ended_at",
    "duration_s",
    "disposition",
    "sip_code",
    "answered_by",
    "abandoned",
    "abandoned_message_sha256",
    "without_agent",
    "script_sha256",
    "prompt_sha256",
    "prompt_language",
    "prompt_length_ms",
    "heard_ms",
    "consent_class",
    "consent_id",
    "consent_given_at",
    "consent_purpose",
    "consent_source",
    "consent_notice",
    "consent_text_sha256",
    "relationship",
    "registers",
    "opted_out_at",
    "decision",
    "deciding_rule",
    "pack_sha256",
    "missing",
)
# What only the sealed facts say.
SEALED = ("called_number", "subscriber", "relationship", "registers")
OWN_DIALER = "none"
ASSUMED = "consumer, assumed"
NOTHING_LOOKED_UP = "none loaded"
ERASED, CLOSED, UNTOLD, NOT_KEPT = "erased", "closed", "not_told", "not_kept"


@dataclass(frozen=True, slots=True)
class About:
    """What rows of one export share: the controller, and texts of notices by id and version."""

    controller: str
    notices: Mapping[tuple[str, int], str]


def row(call: Detail, facts: Facts | None, about: About, *, closed: str = "") -> dict[str, str]:
    """The record of a call. `closed` says why its facts are not here, if they are not."""
    told = {
        **_who(call, about),
        **_when(call),
        **_heard(call),
        **_consent(call, about),
        **_from_facts(facts),
        **_decision(call),
    }
    absent = _missing(call, told, closed)
    return {name: told.get(name, "") for name in COLUMNS[:-1]} | {"missing": " ".join(absent)}


def _who(call: Detail, about: About) -> dict[str, str]:
    campaign = call.campaign
    return {
        "call_id": call.id,
        "campaign": campaign.id,
        "campaign_title": campaign.title,
        "seller": campaign.caller(about.controller),
        "telemarketer": call.provider or about.controller,
        "service_provider": call.provider or OWN_DIALER,
        "line": campaign.line,
        "trunk": call.row.trunk,
        "purpose": call.row.purpose,
        "channel": call.row.channel,
        "prerecorded": _yes(call.prerecorded),
        "calling_number": campaign.caller_id,
        "place": call.row.place_code,
        "without_agent": _yes(call.row.over),
    }


def _when(call: Detail) -> dict[str, str]:
    ringing, answered = call.moment(EventKind.RINGING), call.moment(EventKind.ANSWERED)
    ended = call.moment(EventKind.ENDED)
    rang_until = answered or ended
    rang = None if ringing is None or rang_until is None else rang_until - ringing
    return {
        "released_at": rfc3339(call.at),
        "sent_at": _at(call.moment(EventKind.SENT)),
        "ringing_s": "" if rang is None else _number(rang / timedelta(seconds=1)),
        "answered_at": _at(answered),
        "answer_to_sound_ms": _number(call.row.connect_ms),
        "ended_at": _at(ended),
        "duration_s": _number(call.duration_s),
        "disposition": call.row.state,
        "sip_code": _number(call.row.cause),
        "answered_by": call.row.answered_by,
        "abandoned": _yes(call.row.state == State.ABANDONED.value),
        "opted_out_at": _at(call.opted_out_at),
    }


def _heard(call: Detail) -> dict[str, str]:
    prompt = call.prompt
    harbour = call.speech.get("safe_harbour")
    abandoned = call.row.state == State.ABANDONED.value and harbour is not None
    return {
        "script_sha256": text_digest(call.campaign.script if prompt is None else prompt.text),
        "prompt_sha256": "" if prompt is None else prompt.sha256,
        "prompt_language": call.campaign.language if prompt is None else prompt.language,
        "prompt_length_ms": "" if prompt is None else str(prompt.length_ms),
        "heard_ms": _number(call.heard_ms),
        "abandoned_message_sha256": harbour.sha256 if abandoned and harbour else "",
    }


def _consent(call: Detail, about: About) -> dict[str, str]:
    consent = call.consent
    if consent is None:
        return {"consent_class": call.row.consent_class, "consent_id": call.row.consent_id}
    notice = f"{consent.notice_id}/{consent.notice_version}" if consent.notice_id else ""
    return {
        "consent_class": call.row.consent_class,
        "consent_id": call.row.consent_id,
        "consent_given_at": rfc3339(instant(consent.effective_at)),
        "consent_purpose": consent.purpose,
        "consent_source": consent.source,
        "consent_notice": notice,
        "consent_text_sha256": about.notices.get((consent.notice_id, consent.notice_version), ""),
    }


def _from_facts(facts: Facts | None) -> dict[str, str]:
    if facts is None:
        return {}
    told = facts["law_call"]
    context = told.get("context", {})
    registers = context.get("registers", {})
    listed = [
        f"{name}@{each.get('published', '')}" + ("=listed" if each.get("listed") else "")
        for name, each in sorted(registers.items())
    ]
    relationship = context.get("relationship", {})
    return {
        "called_number": str(told.get("number", "")),
        "subscriber": str(context.get("subscriber") or ASSUMED),
        "relationship": " ".join(f"{name}={day}" for name, day in sorted(relationship.items())),
        "registers": " ".join(listed) or NOTHING_LOOKED_UP,
    }


def _decision(call: Detail) -> dict[str, str]:
    decision = call.decision
    if decision is None:
        return {}
    return {
        "decision": str(decision.id),
        "deciding_rule": decision.deciding_rule,
        "pack_sha256": decision.pack_sha256,
    }


def _missing(call: Detail, told: Mapping[str, str], closed: str) -> list[str]:
    """Columns that a call of this kind should have and has not, each with why."""
    answered = EventKind.ANSWERED.value in call.events
    wanted = {
        **{name: closed or NOT_KEPT for name in SEALED if name != "relationship"},
        "sent_at": UNTOLD,
        "ended_at": UNTOLD,
        "duration_s": UNTOLD,
        "decision": NOT_KEPT,
    }
    if answered:
        wanted["heard_ms"] = UNTOLD
    if told["consent_id"]:
        wanted |= dict.fromkeys(("consent_given_at", "consent_source"), NOT_KEPT)
        wanted["consent_text_sha256"] = NOT_KEPT
    return [f"{name}={why}" for name, why in wanted.items() if not told.get(name)]


@lru_cache(maxsize=256)
def text_digest(text: str) -> str:
    """SHA-256 of a text's UTF-8 bytes: how rows name a script."""
    return hashlib.sha256(text.encode()).hexdigest()


def _at(at: datetime | None) -> str:
    return "" if at is None else rfc3339(at)


def _number(value: Any) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _yes(value: object) -> str:
    return "yes" if value else "no"
