"""Finding a person by phone, e-mail, surname with postcode, or a whole row's digest.

The truncated index gives candidates; one audit entry names them all; then they
are opened and compared, and those that do not match are dropped in here.
"""

from __future__ import annotations

import json
from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import select

from privacy.storage.bulk import in_chunks, select_in
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import ContactPoint, Subject
from privacy.storage.tables.vault import ContactIndex
from privacy.storage.writing import database_errors
from privacy.terms import KeyClass, OpeningPurpose, SubjectState
from privacy.vault.sealing import Part, Place
from privacy.vault.store import OPENING_LIMIT, SealedPart, Vault

CANDIDATE_COLUMNS = ("value", "holder_id", "part_id")


class Query(NamedTuple):
    """`kind` is phone, email, surname or row; `value` is normalised (surname: `fold|area`).

    `row` finds a contact that has neither phone nor e-mail by its profile's `row_key`.
    """

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Match:
    """One person found: `profile` is the opened profile document, `point_id` the phone or mail."""

    query: Query
    subject_id: int
    point_id: int
    profile: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Candidate:
    query: Query
    subject_id: int
    part_id: int


def find(
    vault: Vault,
    queries: Sequence[Query],
    actor: str,
    purpose: OpeningPurpose,
    *,
    skip: Container[int] = (),
    **fields: Any,
) -> list[Match]:
    """All persons that match any query, active ones only; every candidate stands in the log.

    Subjects in `skip` are not opened: the caller knows them already. A lookup
    without candidates is logged too: who looked, not for what.
    """
    candidates = _candidates(vault, queries, skip)
    matches: list[Match] = []
    for chunk in in_chunks(candidates, OPENING_LIMIT // 2) or [[]]:
        matches.extend(_compare(vault, chunk, actor, purpose, fields))
    return matches


def _candidates(vault: Vault, queries: Sequence[Query], skip: Container[int]) -> list[_Candidate]:
    valuing = vault.keyring.index.valuing
    wanted: dict[str, dict[int, list[Query]]] = {kind: {} for kind in sorted(valuing)}
    for query in dict.fromkeys(queries):
        wanted[query.kind].setdefault(valuing[query.kind](query.value), []).append(query)
    found: list[_Candidate] = []
    with database_errors(), vault.reads.connect() as db:
        for kind, by_value in wanted.items():
            found.extend(
                _Candidate(query, holder, part)
                for value, holder, part in select_in(
                    db, table_of(ContactIndex), CANDIDATE_COLUMNS, ("kind", kind), list(by_value)
                )
                if holder not in skip
                for query in by_value[value]
            )
    return found


def _compare(
    vault: Vault,
    candidates: Sequence[_Candidate],
    actor: str,
    purpose: OpeningPurpose,
    fields: dict[str, Any],
) -> list[Match]:
    subjects = sorted({candidate.subject_id for candidate in candidates})
    points = sorted({c.part_id for c in candidates if c.query.kind == "phone"})
    parts = _profiles(vault, subjects) | _phones(vault, points)
    opened = vault.open(list(parts.values()), actor, purpose, action="contact.looked_up", **fields)
    documents = {key: json.loads(opened[part.place]) for key, part in parts.items()}
    return [
        Match(
            candidate.query,
            candidate.subject_id,
            candidate.part_id,
            documents["profile", candidate.subject_id],
        )
        for candidate in candidates
        if _matches(candidate, documents)
    ]


def _matches(candidate: _Candidate, documents: dict[tuple[str, int], dict[str, Any]]) -> bool:
    query = candidate.query
    profile = documents.get(("profile", candidate.subject_id))
    if profile is None:
        return False
    if query.kind == "phone":
        part = documents.get(("phone", candidate.part_id))
        return part is not None and bool(part["number"] == query.value)
    if query.kind == "email":
        return any(mail["address"] == query.value for mail in profile["emails"])
    return bool(profile.get(f"{query.kind}_key") == query.value)


def _profiles(vault: Vault, subjects: Sequence[int]) -> dict[tuple[str, int], SealedPart]:
    table = table_of(Subject)
    found: dict[tuple[str, int], SealedPart] = {}
    with database_errors(), vault.main_reads.connect() as db:
        for chunk in in_chunks(subjects, 500):
            rows = db.execute(
                select(table.c.id, table.c.profile_sealed, table.c.profile_version).where(
                    table.c.id.in_(chunk), table.c.state == SubjectState.ACTIVE
                )
            )
            for row in rows:
                place = Place(Part.PROFILE, row.id, row.id, row.profile_version)
                found["profile", row.id] = SealedPart(
                    place, KeyClass.DESK, bytes(row.profile_sealed)
                )
    return found


def _phones(vault: Vault, points: Sequence[int]) -> dict[tuple[str, int], SealedPart]:
    table, subject = table_of(ContactPoint), table_of(Subject)
    found: dict[tuple[str, int], SealedPart] = {}
    with database_errors(), vault.main_reads.connect() as db:
        for chunk in in_chunks(points, 500):
            rows = db.execute(
                select(table.c.id, table.c.subject_id, table.c.sealed, table.c.version)
                .join(subject, subject.c.id == table.c.subject_id)
                .where(table.c.id.in_(chunk), subject.c.state == SubjectState.ACTIVE)
            )
            for row in rows:
                place = Place(Part.PHONE, row.subject_id, row.id, row.version)
                found["phone", row.id] = SealedPart(place, KeyClass.CALL, bytes(row.sealed))
    return found
