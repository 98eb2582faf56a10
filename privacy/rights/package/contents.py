"""What a package holds: `answer.json`, its schema, the vCard and the tables. Pure.

The JSON has the facts of the answer for people, and the person again in a form that
another desk can take in: names in parts, numbers in E.164, consents by their codes.
The schema (JSON Schema 2020-12) ships with the product and in every package.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from privacy.clock import rfc3339
from privacy.rights import pack
from privacy.rights.access import Consent, Found
from privacy.rights.package import tables, vcard
from privacy.rights.undisclosable import screen

SCHEMA = "rightsdesk.access-package/1"
PORTABLE = ("schema", "request", "held", "persons", "sources", "consents", "withheld")
_TAKEN = (
    "request",
    "held",
    "purposes",
    "sources",
    "recipients",
    "third_parties",
    "retention",
    "calls",
    "withheld",
)
_CALL_FACTS = ("line", "times", "zones", "last_purchase", "last_inquiry")


def machine_document(
    found: Found, answer: Mapping[str, Any], laws: Iterable[str]
) -> dict[str, Any]:
    """The package's answer.json: the answer's facts, and who opened the data when and why.

    `answer` is what people are told, screened already; `laws` say what else is never sent.
    """
    names = tuple(laws)
    return {
        "schema": SCHEMA,
        **{key: answer[key] for key in _TAKEN},
        "persons": [_person(found, subject_id, names) for subject_id in found.profiles],
        "consents": [
            _consent(found, consent, told)
            for consent, told in zip(found.consents, answer["consents"], strict=True)
        ],
        "requests": [
            {
                "id": case.id,
                "kind": case.kind.value,
                "law": case.law,
                "received": rfc3339(case.received_at),
                "state": case.state.value,
                "events": [{"type": event.type.value, "at": rfc3339(event.at)} for event in events],
            }
            for case, events in found.requests
        ],
        "openings": [
            {"at": rfc3339(opening.at), "action": opening.action, "purpose": opening.purpose}
            for opening in found.openings
        ],
        "decisions": [
            {
                "at": rfc3339(each.at),
                "campaign": each.campaign,
                "stage": each.stage,
                "decision": each.decision,
                "rule": each.rule,
                "place": each.place,
                "facts": dict(each.facts),
            }
            for each in found.beside.decisions
        ],
    }


def machine_portable(document: Mapping[str, Any]) -> dict[str, Any]:
    """The same keys as an access package; what portability does not cover is empty."""
    return {key: value if key in PORTABLE else [] for key, value in document.items()}


def machine_files(document: Mapping[str, Any]) -> dict[str, bytes]:
    """The files for programs, by name."""
    return {
        "answer.json": json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True).encode(),
        "schema.json": schema(),
        "contact.vcf": vcard.cards(document["persons"]),
        **tables.tables(document),
    }


@lru_cache(maxsize=1)
def schema() -> bytes:
    """The JSON Schema of answer.json, as it ships."""
    return files("privacy.rights.package").joinpath("schema.json").read_bytes()


def _person(found: Found, subject_id: int, laws: tuple[str, ...]) -> dict[str, Any]:
    """One record of the person, as an import would read it."""
    profile = found.profiles[subject_id]
    origin = next(subject for subject in found.subjects if subject.id == subject_id)
    other = {
        str(label): str(value)
        for label, value in (profile.get("other") or {}).items()
        if all(pack.never_disclosed(str(label), law) is None for law in laws)
    }
    held = {
        "names": [_texts(name) for name in profile["names"]],
        "phones": [
            {
                "number": str(phone.call["number"]),
                "label": phone.label,
                **{name: phone.call.get(name) for name in _CALL_FACTS if phone.call.get(name)},
            }
            for phone in found.phones
            if phone.subject_id == subject_id
        ],
        "emails": [mail.address for mail in found.mails if mail.subject_id == subject_id],
        "addresses": [_texts(address) for address in profile.get("addresses") or []],
        "organisation": str(profile.get("organisation") or ""),
        "language": str(profile.get("language") or ""),
        "birthday": str(profile.get("birthday") or ""),
        "other": other,
    }
    clean, _ = screen(held, laws)
    return {
        **clean,
        "opted_out": _opted_out(found, subject_id),
        "source": origin.source,
        "obtained_on": origin.obtained_on or None,
        "lawful_basis": origin.lawful_basis or None,
    }


def _opted_out(found: Found, subject_id: int) -> list[dict[str, str]]:
    """The numbers and addresses that opted out of everything, each with its instant."""
    points = [(str(p.call["number"]), p.subject_id, p.suppressed_since) for p in found.phones]
    points += [(mail.address, mail.subject_id, mail.suppressed_since) for mail in found.mails]
    return [
        {"value": value, "since": rfc3339(since)}
        for value, whose, since in points
        if whose == subject_id and since is not None
    ]


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {str(part): str(value) for part, value in values.items() if value}


def _consent(found: Found, consent: Consent, told: Mapping[str, Any]) -> dict[str, Any]:
    """What people are told of a consent, with its codes and the contact point it is for."""
    record = consent.record
    points = {phone.point_id: str(phone.call["number"]) for phone in found.phones}
    points |= {mail.point_id: mail.address for mail in found.mails}
    return {
        **told,
        "codes": {
            "purpose": record.purpose,
            "channel": record.channel,
            "class": record.consent_class.value,
        },
        "contact_point": points.get(record.point_id or 0),
        "recorded_at": rfc3339(record.recorded_at),
        "corrects": record.corrects,
    }
