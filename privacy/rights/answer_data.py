"""What was found, in the form of the access answer for people. Pure.

Days are in the controller's zone. What a law forbids to send out is named
instead of shown; whose number was shared stays out by the way it was found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from privacy.clock import instant
from privacy.datamap.agreement import CONTACT, Stated
from privacy.numbers import region_of
from privacy.rights import answer_further, pack
from privacy.rights.access import Consent, Found
from privacy.rights.case import Event
from privacy.rights.clock import due_day
from privacy.rights.pack import Ground
from privacy.rights.recipients import DIALER
from privacy.rights.store import Case, TimelineEvent
from privacy.settings import DeskConfig
from privacy.terms import KeyClass, LawfulBasis

BASIS_CITATION = {
    LawfulBasis.CONSENT: "GDPR Art. 6(1)(a)",
    LawfulBasis.CONTRACT: "GDPR Art. 6(1)(b)",
    LawfulBasis.LEGAL_OBLIGATION: "GDPR Art. 6(1)(c)",
    LawfulBasis.VITAL_INTEREST: "GDPR Art. 6(1)(d)",
    LawfulBasis.PUBLIC_TASK: "GDPR Art. 6(1)(e)",
    LawfulBasis.LEGITIMATE_INTEREST: "GDPR Art. 6(1)(f)",
}
AUTOMATED = (
    "Before each call a program decides by fixed rules (your consent, opt-outs, do-not-call"
    " registers, hours and frequency) whether the call may be made. It decides nothing else"
    " about you, and no profile of you is made."
)
# Renders a report kind from its data to a PDF; the entrance gives the real one.
Renderer = Callable[[str, dict[str, Any]], bytes]
SAFEGUARD = "single-use permits; no list of numbers leaves the desk"
NOTHING_STATED: Mapping[str, Stated] = MappingProxyType({})
NO_TEXT = "No text was kept with this record."


@dataclass(frozen=True)
class Context:
    """What the answer needs besides what was found."""

    config: DeskConfig
    case: Case
    now: datetime
    clock: dict[str, Any]
    events: Sequence[TimelineEvent]
    person: str
    rights: list[dict[str, Any]]
    complaint: dict[str, Any]
    simulator: bool = False
    withheld: tuple[dict[str, str], ...] = ()
    third_parties: tuple[dict[str, Any], ...] = ()
    stated: Mapping[str, Stated] = field(default_factory=lambda: NOTHING_STATED)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.config.controller.zone)

    def day(self, at: datetime) -> str:
        return at.astimezone(self.zone).date().isoformat()

    def at(self, at: datetime) -> str:
        return at.astimezone(self.zone).isoformat(timespec="seconds")


def contact(name: str, email: str = "") -> dict[str, Any]:
    """A contact of a report with what the desk's config knows."""
    return {"name": name, "address": [], "email": email, "phone": "", "website": ""}


def marker(context: Context) -> dict[str, bool]:
    demo = context.config.demo
    return {"demo_desk": demo, "simulator": context.simulator, "simulated_clock": demo}


def access_answer(found: Found, context: Context) -> dict[str, Any]:
    """The document of the report `access-answer`."""
    controller, law = context.config.controller, context.case.law
    return {
        "schema": "rightsdesk.report.access-answer/1",
        "language": context.case.language or "en",
        "marker": marker(context),
        "zone": controller.zone,
        "controller": contact(controller.name, controller.contact),
        "dpo": contact("Data protection officer", controller.dpo_contact),
        "authority": contact(""),
        "person": context.person,
        "request": _request(context),
        "held": held(found, context),
        "purposes": _purposes(found, law, context.stated),
        "sources": [
            {"name": subject.source, "what": "your contact data", "on": subject.obtained_on or None}
            for subject in found.subjects
        ],
        "recipients": _recipients(found, context),
        "third_parties": list(context.third_parties),
        "retention": _retention(found, context),
        "consents": [_consent(consent, context) for consent in found.consents],
        "calls": _calls(found, context),
        "automated_decisions": AUTOMATED,
        "searched": _searched(found),
        "withheld": [*pack.withheld(law), *_never(found, law), *context.withheld],
        "rights": context.rights,
        "complaint": context.complaint,
    }


def _request(context: Context) -> dict[str, Any]:
    case = context.case
    notices = [event for event in context.events if event.type is Event.EXTENSION_NOTICE]
    return {
        "id": case.id,
        "law": case.law,
        "law_name": pack.law_name(case.law),
        "citation": pack.right_citation(case.kind, case.law),
        "received_on": context.day(case.received_at),
        "due_on": due_day(context.clock, ()),
        "extended_on": context.clock["extended_due"] if notices else None,
        "extension_reason": str(notices[-1].facts.get("reason", "")) if notices else "",
        "answered_on": context.day(context.now),
        "identity": f"proved to the level {case.identity_level}",
    }


def held(found: Found, context: Context) -> dict[str, list[dict[str, Any]]]:
    """Names, contact points, addresses and every other column, each with its source."""
    names: list[dict[str, Any]] = []
    addresses: list[dict[str, Any]] = []
    other: list[dict[str, Any]] = []
    origin = {subject.id: (subject.source, subject.obtained_on) for subject in found.subjects}

    def item(label: str, value: str, subject_id: int) -> dict[str, Any]:
        source, since = origin[subject_id]
        return {"label": label, "value": value, "source": source, "since_on": since or None}

    for subject_id, profile in found.profiles.items():
        for name in profile["names"]:
            names += [item(part, str(text), subject_id) for part, text in name.items() if text]
        for address in profile.get("addresses") or []:
            text = ", ".join(str(part) for part in address.values() if part)
            addresses.append(item("address", text, subject_id))
        for label in ("organisation", "language", "birthday"):
            if profile.get(label):
                other.append(item(label, str(profile[label]), subject_id))
        for label, value in (profile.get("other") or {}).items():
            if pack.never_disclosed(label, context.case.law) is None:
                other.append(item(str(label), str(value), subject_id))
    return {
        "names": names,
        "contact_points": _points(found, context, item),
        "addresses": addresses,
        "other": [
            *other,
            *answer_further.facts(found, context.day),
            *answer_further.earlier(found, context.day, context.case.law),
            *answer_further.beside(found, context.day),
        ],
    }


def _points(found: Found, context: Context, item: Any) -> list[dict[str, Any]]:
    points = []
    for phone in found.phones:
        label = f"phone {phone.label}".strip() + _since(phone.suppressed_since, context)
        points.append(item(label, str(phone.call["number"]), phone.subject_id))
        for name in ("line", "times", "channels", "zones", "last_purchase", "last_inquiry"):
            value = phone.call.get(name)
            if value and value != "unknown":
                points.append(item(f"{label}: {name}", str(value), phone.subject_id))
    for mail in found.mails:
        label = "e-mail" + _since(mail.suppressed_since, context)
        points.append(item(label, mail.address, mail.subject_id))
    return points


def _since(at: datetime | None, context: Context) -> str:
    return "" if at is None else f" (opted out of everything since {context.day(at)})"


def _purposes(found: Found, law: str, stated: Mapping[str, Stated]) -> list[dict[str, Any]]:
    """The bases of the imports and the purposes of consents, in the words of the data map."""
    european = law in ("EU_GDPR", "UK_GDPR")
    rows = []
    for basis in dict.fromkeys(subject.lawful_basis for subject in found.subjects):
        known = LawfulBasis(basis) if basis in set(LawfulBasis) else None
        interest = ""
        if known is LawfulBasis.LEGITIMATE_INTEREST:
            interest = _said(stated, CONTACT).interest or "not recorded with the import; ask us"
        rows.append(
            {
                "purpose": "contact",
                "description": _said(stated, CONTACT).description
                or "keeping your contact data to reach you",
                "data": "names, contact points, addresses, other columns",
                "lawful_basis": basis.replace("_", " "),
                "interest": interest,
                "citation": BASIS_CITATION.get(known, "") if european and known else "",
            }
        )
    asked = {c.record.purpose for c in found.consents} | {str(c["purpose"]) for c in found.calls}
    for purpose in sorted(asked - {"*", ""}):
        rows.append(
            {
                "purpose": purpose,
                "description": _said(stated, purpose).description
                or f"calls and messages: {purpose.replace('_', ' ')}",
                "data": "phone numbers, e-mail addresses, consent records, call records",
                "lawful_basis": "consent",
                "interest": "",
                "citation": BASIS_CITATION[LawfulBasis.CONSENT] if european else "",
            }
        )
    return rows


def _said(stated: Mapping[str, Stated], purpose: str) -> Stated:
    return stated.get(purpose, Stated("", ""))


def _recipients(found: Found, context: Context) -> list[dict[str, Any]]:
    """Every dialer and organisation that was given something, named: the actual recipients."""
    return [
        {
            "name": each.name,
            "role": each.role,
            "country": each.country,
            "what": each.what,
            "why": each.why,
            "safeguard": SAFEGUARD if each.name.startswith(DIALER) else "",
            "first_on": context.day(each.first_at),
            "last_on": context.day(each.last_at),
        }
        for each in found.recipients
    ]


def _retention(found: Found, context: Context) -> list[dict[str, Any]]:
    ends = "until you object, withdraw, or ask us to erase, or the purpose ends"
    last_consents = [c.record.recorded_at for c in found.consents]
    last_calls = [instant(call["issued_at"]) for call in found.calls]
    consents = _kept(KeyClass.CONSENT, "consent records and their evidence", ends)
    calls = _kept(KeyClass.CALLS, "records of calls to you", ends)
    requests = _kept(KeyClass.CASE, "this request and its answer", ends)
    regions = _regions(found)
    for row, key_class, times in (
        (consents, KeyClass.CONSENT, last_consents),
        (calls, KeyClass.CALLS, last_calls),
    ):
        for ground in pack.grounds(key_class, regions) if times else []:
            last_use = max(last_calls, default=None)
            _until(row, ground, ground.latest(max(times), last_use), context)
    _until(requests, pack.case_ground(context.case.law), context.now, context)
    return [
        _kept(KeyClass.DESK, "names, e-mail addresses, postal addresses, other columns", ends),
        _kept(KeyClass.CALL, "phone numbers", ends),
        consents,
        calls,
        requests,
        *(
            {
                "key_class": each.key_class,
                "what": "sealed records of an earlier request",
                "how_long": "because a law asks for it",
                "until_on": each.until_on,
                "citation": each.citation,
            }
            for each in found.beside.kept
        ),
    ]


def _regions(found: Found) -> set[str]:
    numbers = {region_of(str(phone.call["number"])) for phone in found.phones}
    return numbers | {str(phone.call.get("region") or "")[:2] for phone in found.phones}


def _until(row: dict[str, Any], ground: Ground, last: datetime, context: Context) -> None:
    row["how_long"] = f"{ground.years} years after the latest of them, because a law asks for it"
    row["until_on"] = ground.until(last.astimezone(context.zone).date()).isoformat()
    row["citation"] = ground.citation


def _kept(key_class: KeyClass, what: str, how_long: str) -> dict[str, Any]:
    return {
        "key_class": key_class.value,
        "what": what,
        "how_long": how_long,
        "until_on": None,
        "citation": "",
    }


def _consent(consent: Consent, context: Context) -> dict[str, Any]:
    record, evidence = consent.record, consent.evidence
    said = (evidence.reference, evidence.words)
    return {
        "id": record.id,
        "kind": record.kind.value,
        "purpose": "everything" if record.purpose == "*" else record.purpose,
        "channel": "every channel" if record.channel == "*" else record.channel,
        "at": context.at(record.effective_at),
        "valid_until_on": context.day(record.valid_until_at) if record.valid_until_at else None,
        "how": "; ".join(part for part in said if part),
        "text_shown": consent.text_shown,
        "text_version": consent.text_version,
        "text_missing": "" if consent.text_shown else NO_TEXT,
    }


def _calls(found: Found, context: Context) -> list[dict[str, Any]]:
    numbers = {phone.point_id: str(phone.call["number"]) for phone in found.phones}
    return [
        {
            "at": context.at(instant(call["redeemed_at"] or call["issued_at"])),
            "campaign": str(call["title"]),
            "purpose": str(call["purpose"]),
            "caller_id": str(call["caller_id"]),
            "number": numbers.get(call["point_id"], ""),
            "outcome": str(call["outcome"] or call["state"]),
        }
        for call in found.calls
    ]


def _searched(found: Found) -> list[dict[str, Any]]:
    places = [
        ("contact store", "profiles joined by merges", len(found.profiles)),
        ("contact store", "phone numbers and e-mails", len(found.phones) + len(found.mails)),
        ("consent ledger", "consents, withdrawals, corrections", len(found.consents)),
        ("opt-out list", "words kept with an opt-out", len(found.opt_out_words)),
        ("restrictions", "restrictions of processing", len(found.restrictions)),
        ("gateway", "calls made or tried", len(found.calls)),
        ("gateway", "decisions whether to call you", len(found.beside.decisions)),
        ("rights requests", "your requests", len(found.requests)),
        ("rights requests", "words, notes and files with them", len(found.beside.lines)),
        ("audit log", "times your data was opened or looked up", len(found.openings)),
    ]
    return [{"system": system, "what": what, "found": count} for system, what, count in places]


def _never(found: Found, law: str) -> list[dict[str, str]]:
    rows = []
    for profile in found.profiles.values():
        for label in profile.get("other") or {}:
            because = pack.never_disclosed(str(label), law)
            if because is not None:
                why, citation = because
                rows.append({"what": f"{label} (held)", "why": why, "citation": citation})
    return rows
