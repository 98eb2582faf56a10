"""Finding everything the desk holds of the person behind a request.

The whole merged set, by subject id and never by number: a household's number
leads to nobody else, and what somebody else said on it stays theirs. Every
opening is audited with the purpose of an access request and the case.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from privacy.actors import Actor
from privacy.consent import notices
from privacy.consent import store as consent_store
from privacy.consent.ledger import ConsentRecord
from privacy.consent.records import Evidence
from privacy.consent.suppression import Suppression, suppressed
from privacy.desk import Desk
from privacy.rights import beside, correction_store, people_store, recipients, store
from privacy.rights.people_store import Known
from privacy.rights.recipients import Recipient
from privacy.rights.store import Case, TimelineEvent
from privacy.storage.bulk import in_chunks
from privacy.terms import OpeningPurpose
from privacy.vault.sealing import Place
from privacy.vault.store import OPENING_LIMIT, SealedPart


@dataclass(frozen=True)
class Phone:
    """A number of the person, opened; `suppressed_since` if it opted out of everything."""

    point_id: int
    subject_id: int
    label: str
    call: Mapping[str, Any]
    suppressed_since: datetime | None


@dataclass(frozen=True)
class Mail:
    point_id: int
    subject_id: int
    address: str
    suppressed_since: datetime | None


@dataclass(frozen=True)
class Consent:
    record: ConsentRecord
    evidence: Evidence
    text_shown: str
    text_version: str


@dataclass(frozen=True)
class Opening:
    """One time the desk opened the person's data, and why."""

    at: datetime
    action: str
    purpose: str


@dataclass(frozen=True)
class Earlier:
    """What a rectification replaced: the profile and the numbers that went, and when."""

    subject_id: int
    replaced_at: datetime
    profile: Mapping[str, Any]
    numbers: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """Everything the desk holds of one person, opened. Never written anywhere as it is."""

    subjects: tuple[Known, ...]
    profiles: Mapping[int, Mapping[str, Any]]
    phones: tuple[Phone, ...]
    mails: tuple[Mail, ...]
    consents: tuple[Consent, ...]
    opt_out_words: Mapping[str, str]
    calls: tuple[Mapping[str, Any], ...]
    restrictions: tuple[Mapping[str, Any], ...]
    requests: tuple[tuple[Case, tuple[TimelineEvent, ...]], ...]
    openings: tuple[Opening, ...]
    recipients: tuple[Recipient, ...] = ()
    history: tuple[Earlier, ...] = ()
    beside: beside.Held = beside.NONE


def collect(desk: Desk, actor: Actor, case: Case) -> Found:
    """Open and read everything of the case's person. The case has been joined with one."""
    with desk.reading() as db:
        people = people_store.merged_set(db, case.subject_id or 0)
        profiles = people_store.profile_parts(db, people)
        phones = people_store.phone_parts(db, people)
        words = people_store.word_parts(db, people)
        labels = people_store.contact_points(db, people)
    plain = _opened(desk, actor, case, [*profiles, *phones, *words.values()])
    opened = {part.place.holder_id: json.loads(plain[part.place]) for part in profiles}
    calls_of = {part.place: json.loads(plain[part.place]) for part in phones}
    since = _suppressions(desk, opened, calls_of)
    with desk.reading() as db:
        numbers = {
            desk.vault.keyring.tags.number_tag(str(call["number"])): place.row_id
            for place, call in calls_of.items()
        }
        calls = [
            *people_store.attempts(db, people),
            *people_store.earlier_calls(db, numbers),
            *people_store.vendor_calls(db, numbers),
        ]
        requests = [
            (each, tuple(store.timeline(db, each.id))) for each in store.of_subjects(db, people)
        ]
        restrictions = people_store.restrictions(db, people)
        known = people_store.known(db, people)
    return Found(
        subjects=tuple(known),
        profiles=opened,
        phones=tuple(
            Phone(
                place.row_id,
                place.holder_id,
                labels[place.row_id][1],
                call,
                since.get(str(call["number"])),
            )
            for place, call in calls_of.items()
        ),
        mails=tuple(
            Mail(
                int(mail["point"]),
                subject_id,
                str(mail["address"]),
                since.get(str(mail["address"])),
            )
            for subject_id, profile in opened.items()
            for mail in profile["emails"]
        ),
        consents=_consents(desk, actor, case, people),
        opt_out_words={row: json.loads(plain[part.place]) for row, part in words.items()},
        calls=tuple(calls),
        restrictions=tuple(restrictions),
        requests=tuple(requests),
        openings=_openings(desk, known),
        recipients=tuple(recipients.of(desk, people)),
        history=_history(desk, actor, case, people),
        beside=beside.of(desk, actor, case, people, requests),
    )


def _opened(
    desk: Desk, actor: Actor, case: Case, parts: Sequence[SealedPart]
) -> dict[Place, bytes]:
    plain: dict[Place, bytes] = {}
    for chunk in in_chunks(parts, OPENING_LIMIT):
        plain |= desk.vault.open(chunk, actor.id, OpeningPurpose.ACCESS_REQUEST, request=case.id)
    return plain


def _suppressions(
    desk: Desk,
    profiles: Mapping[int, Mapping[str, Any]],
    calls: Mapping[Place, Mapping[str, Any]],
) -> dict[str, datetime]:
    """Since when each number or address opted out of everything."""
    tags = desk.vault.keyring.tags
    by_value = {
        str(call["number"]): tags.number_tag(str(call["number"])) for call in calls.values()
    }
    for profile in profiles.values():
        for mail in profile["emails"]:
            by_value[str(mail["address"])] = tags.mail_tag(str(mail["address"]))
    with desk.reading() as db:
        found: dict[bytes, Suppression] = suppressed(db, list(by_value.values()))
    return {value: found[tag].since_at for value, tag in by_value.items() if tag in found}


def _consents(desk: Desk, actor: Actor, case: Case, people: Sequence[int]) -> tuple[Consent, ...]:
    evidence = consent_store.evidence_of(
        desk, actor, people, OpeningPurpose.ACCESS_REQUEST, request=case.id
    )
    texts = {f"{n.id}/{n.version}": n.text for n in notices.listed(desk)}
    with desk.reading() as db:
        records = consent_store.of_subjects(db, people)
    return tuple(
        Consent(
            record,
            evidence.get(record.id, Evidence()),
            texts.get(record.notice, ""),
            record.notice,
        )
        for _, record in records
    )


def _openings(desk: Desk, known: Sequence[Known]) -> tuple[Opening, ...]:
    """Who read my data: through the pseudonyms of every month since the person is known."""
    names = recipients.pseudonyms(desk, known)
    with desk.reading() as db:
        found = people_store.openings(db, names)
    return tuple(Opening(at, action, purpose) for at, action, purpose in found)


def _history(desk: Desk, actor: Actor, case: Case, people: Sequence[int]) -> tuple[Earlier, ...]:
    """What rectifications replaced: it is held, so it is told (GDPR Article 15(1))."""
    with desk.reading() as db:
        replaced = correction_store.history(db, people)
    plain = _opened(desk, actor, case, [one.part for one in replaced]) if replaced else {}
    found = []
    for one in replaced:
        document = json.loads(plain[one.part.place])
        numbers = tuple(str(number) for number in document["phones"].values())
        found.append(
            Earlier(one.part.place.holder_id, one.replaced_at, document["profile"], numbers)
        )
    return tuple(found)
