"""What stands beside a person's record: what came with requests, was noted, planned or kept.

Each line belongs to a kind of the inventory. Words, names of files and staff's notes are
given; what is inside a file is not, because nobody looked whether it speaks of others:
the answer names each file. Only requests whose identity was proved are opened: what
somebody else wrote in the person's name is not the person's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, select

from privacy.actors import Actor
from privacy.clock import instant
from privacy.desk import Desk
from privacy.rights import store
from privacy.rights.case import Event
from privacy.rights.store import Case, TimelineEvent
from privacy.storage.bulk import in_chunks
from privacy.storage.tables.arrivals import Arrival, ArrivalCase
from privacy.storage.tables.base import table_of
from privacy.storage.tables.cases import (
    Correction,
    Outbox,
    RequestAttachment,
    RequestEvidence,
    RetentionEvent,
)
from privacy.storage.tables.gateway import CampaignRow, CandidateRow, DecisionRow
from privacy.storage.tables.rights import KeptKey
from privacy.terms import KeyClass, OpeningPurpose
from privacy.vault.sealing import Part, Place
from privacy.vault.store import OPENING_LIMIT, SealedPart

Requests = Sequence[tuple[Case, Sequence[TimelineEvent]]]
ASKED_ITSELF = "person"
# Facts of a decision that speak of whoever is reached by the number.
OF_THE_NUMBER = frozenset({"earlier_calls", "live_call", "last_call_at", "capped_until"})


@dataclass(frozen=True)
class Beside:
    """One thing that is held: `key` of the inventory, what it is, as it is held, since when.

    `is_file`: the text names a file whose content is not given.
    """

    key: str
    label: str
    text: str
    at: datetime | None = None
    is_file: bool = False


@dataclass(frozen=True)
class Decision:
    """One decision whether to call, with the facts it stood on ({} where they are gone)."""

    at: datetime
    campaign: str
    stage: str
    decision: str
    rule: str
    place: str
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Kept:
    """A key that an erasure or a closed request left alive."""

    key_class: str
    citation: str
    until_on: str


@dataclass(frozen=True)
class Held:
    """Everything beside the record."""

    lines: tuple[Beside, ...] = ()
    decisions: tuple[Decision, ...] = ()
    kept: tuple[Kept, ...] = ()


NONE = Held()
Opened = Mapping[Place, bytes]
# What a sealed part becomes once it is open.
Reader = Callable[[Opened], Iterable[Beside]]


def of(desk: Desk, actor: Actor, case: Case, people: Collection[int], requests: Requests) -> Held:
    """What stands beside those persons' records, opened for an access request; audited."""
    proved = [(each, told) for each, told in requests if each.identity_level]
    with desk.reading() as db:
        sealed = [each for one, told in proved for each in _of_request(db, one, told)]
        sealed += _corrections(db, people)
        plain = [*_rows(db, [one for one, _ in proved]), *_of_people(db, people)]
        rows = _decision_rows(db, people)
        kept = _kept(db, {*people, *(one.holder_id for one, _ in requests)})
    parts = [part for some, _ in sealed for part in some]
    opened = _opened(desk, actor, case, [*parts, *(part for part, _ in rows if part)])
    lines = [line for some, read in sealed if _all(some, opened) for line in read(opened)]
    decisions = tuple(_decision(part, row, opened) for part, row in rows)
    return Held((*lines, *plain), decisions, kept)


def _opened(desk: Desk, actor: Actor, case: Case, parts: Sequence[SealedPart]) -> Opened:
    """What still has its key; a request's key may have died before its rows were cleared."""
    keys = desk.vault.person_keys({(each.place.holder_id, each.key_class) for each in parts})
    living = [each for each in parts if (each.place.holder_id, each.key_class) in keys]
    found: dict[Place, bytes] = {}
    for chunk in in_chunks(living, OPENING_LIMIT):
        found |= desk.vault.open(chunk, actor.id, OpeningPurpose.ACCESS_REQUEST, request=case.id)
    return found


def _all(parts: Iterable[SealedPart], opened: Opened) -> bool:
    return all(part.place in opened for part in parts)


def _of_request(
    db: Connection, case: Case, told: Sequence[TimelineEvent]
) -> Iterator[tuple[list[SealedPart], Reader]]:
    """The words of one request, the notes on it, and the names of its files."""
    file = store.sealed_file(db, case.id)
    if file is not None:
        yield [file], partial(_words, case, file.place)
    # A mark names what is left out of an answer: it is never part of one.
    marks = {event.seq for event in told if event.type is Event.REDACTED}
    at = {event.seq: event.at for event in told}
    for seq, part in sorted(store.sealed_notes(db, case.id).items()):
        if seq not in marks:
            yield [part], partial(_note, case, part.place, at[seq])
    table = table_of(RequestAttachment)
    rows = db.execute(
        select(table.c.row_id, table.c.name_sealed, table.c.added_at)
        .where(table.c.request_id == case.id, table.c.name_sealed.is_not(None))
        .order_by(table.c.number)
    )
    for row in rows:
        place = Place(Part.ATTACHMENT_NAME, case.holder_id, row.row_id)
        part = SealedPart(place, KeyClass.CASE, bytes(row.name_sealed))
        yield [part], partial(_attachment, case, place, instant(row.added_at))


def _words(case: Case, place: Place, opened: Opened) -> Iterator[Beside]:
    file = json.loads(opened[place])
    # Name and address of an agent are the agent's own.
    parts = {"your words": file["words"]}
    if case.asked_by == ASKED_ITSELF:
        parts = {"your name": file["name"], "your address": file["contact"], **parts}
    for what, text in parts.items():
        if text:
            yield Beside("requests", f"request {case.id}: {what}", text, case.received_at)


def _note(case: Case, place: Place, at: datetime, opened: Opened) -> Iterator[Beside]:
    yield Beside("request_timeline", f"request {case.id}: note", opened[place].decode(), at)


def _attachment(case: Case, place: Place, at: datetime, opened: Opened) -> Iterator[Beside]:
    label = f"request {case.id}: file"
    yield Beside("request_attachments", label, opened[place].decode(), at, is_file=True)


def _corrections(
    db: Connection, people: Collection[int]
) -> Iterator[tuple[list[SealedPart], Reader]]:
    """What a correction proposes that was not done yet."""
    table = table_of(Correction)
    rows = db.execute(
        select(table).where(table.c.subject_id.in_(list(people))).order_by(table.c.made_at)
    )
    for row in rows:
        place = Place(Part.CORRECTION, row.subject_id, row.row_id)
        part = SealedPart(place, KeyClass.DESK, bytes(row.sealed))
        yield [part], partial(_proposed, place, instant(row.made_at))


def _proposed(place: Place, at: datetime, opened: Opened) -> Iterator[Beside]:
    for change in json.loads(opened[place])["changes"]:
        label = f"proposed correction: {change['field']}"
        yield Beside("corrections", label, str(change["new"]), at)


def _rows(db: Connection, cases: Sequence[Case]) -> Iterator[Beside]:
    """What stands open about the requests: what came in, evidence, messages that wait."""
    ids, holders = [each.id for each in cases], [each.holder_id for each in cases]
    came, links = table_of(Arrival), table_of(ArrivalCase)
    for row in db.execute(
        select(came, links.c.request_id)
        .join(links, links.c.arrival_id == came.c.id)
        .where(links.c.request_id.in_(ids))
        .order_by(came.c.received_at, came.c.id)
    ):
        text = f"{row.source.replace('_', ' ')}, {row.media_type}, {row.size_bytes} bytes"
        is_file = row.original_sealed is not None
        label = f"request {row.request_id}: as it came in"
        yield Beside("arrivals", label, text, instant(row.received_at), is_file)
    pieces = table_of(RequestEvidence)
    for row in db.execute(
        select(pieces).where(pieces.c.request_id.in_(ids)).order_by(pieces.c.added_at)
    ):
        is_file = row.content_sealed is not None
        text = row.kind.replace("_", " ") + ("" if is_file else " (content deleted)")
        label = f"request {row.request_id}: evidence of identity"
        yield Beside("identity_evidence", label, text, instant(row.added_at), is_file)
    mail = table_of(Outbox)
    for row in db.execute(
        select(mail)
        .where(mail.c.holder_id.in_(holders), mail.c.request_id.in_(ids))
        .order_by(mail.c.created_at)
    ):
        text = f"{row.kind.replace('_', ' ')}, {row.state}"
        label = f"request {row.request_id}: message to you"
        is_file = row.content_sealed is not None
        yield Beside("messages", label, text, instant(row.created_at), is_file)


def _of_people(db: Connection, people: Collection[int]) -> Iterator[Beside]:
    """Days from which retention counts, and campaigns that would call."""
    days = table_of(RetentionEvent)
    for row in db.execute(
        select(days).where(days.c.subject_id.in_(list(people))).order_by(days.c.on_day)
    ):
        label = row.what.replace("_", " ")
        yield Beside("retention_events", label, row.on_day, instant(row.recorded_at))
    table, campaigns = table_of(CandidateRow), table_of(CampaignRow)
    for row in db.execute(
        select(table.c.state, table.c.tries, campaigns.c.title, campaigns.c.created_at)
        .join(campaigns, campaigns.c.id == table.c.campaign_id)
        .where(table.c.subject_id.in_(list(people)))
        .order_by(campaigns.c.created_at, table.c.id)
    ):
        text = f"{row.title}: {row.state}, tried {row.tries} times"
        yield Beside("candidates", "campaign that would call you", text)


def _decision_rows(
    db: Connection, people: Collection[int]
) -> list[tuple[SealedPart | None, Row[Any]]]:
    table, campaigns = table_of(DecisionRow), table_of(CampaignRow)
    rows = db.execute(
        select(table, campaigns.c.title)
        .join(campaigns, campaigns.c.id == table.c.campaign_id)
        .where(table.c.holder_id.in_(list(people)))
        .order_by(table.c.at, table.c.id)
    )
    found: list[tuple[SealedPart | None, Row[Any]]] = []
    for row in rows:
        part = None
        if row.facts_sealed is not None:
            place = Place(Part.DECISION_FACTS, row.holder_id, row.id)
            part = SealedPart(place, KeyClass.CALLS, bytes(row.facts_sealed))
        found.append((part, row))
    return found


def _decision(part: SealedPart | None, row: Row[Any], opened: Opened) -> Decision:
    facts = json.loads(opened[part.place]) if part and part.place in opened else {}
    return Decision(
        instant(row.at),
        row.title,
        row.stage,
        row.decision,
        row.deciding_rule,
        row.place_code,
        _without_calls_of_the_number(facts),
    )


def _without_calls_of_the_number(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts without earlier calls to the number: they may have been to a housemate.

    Those to the person are among the calls of the answer.
    """
    told = {
        name: {key: value for key, value in each.items() if key not in OF_THE_NUMBER}
        if isinstance(each, dict)
        else each
        for name, each in facts.items()
    }
    context = told.get("law_call", {}).get("context")
    if isinstance(context, dict):
        kept = {key: value for key, value in context.items() if key not in OF_THE_NUMBER}
        told["law_call"] = {**told["law_call"], "context": kept}
    return told


def _kept(db: Connection, holders: Collection[int]) -> tuple[Kept, ...]:
    table = table_of(KeptKey)
    rows = db.execute(
        select(table)
        .where(table.c.holder_id.in_(list(holders)), table.c.destroyed_at.is_(None))
        .order_by(table.c.until_on)
    )
    return tuple(Kept(row.key_class, row.citation, row.until_on) for row in rows)
