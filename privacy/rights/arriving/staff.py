"""What staff do with what waits: look, say what it is, join it, set it aside, ask the language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from privacy.actors import Act, Actor
from privacy.clock import micros
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.rights import store as requests
from privacy.rights.applying import laws_for
from privacy.rights.arriving import asked, form, mails, opening, store, taking, typed
from privacy.rights.arriving.mail import File, read_mail
from privacy.rights.arriving.opening import Content, Opened, Terms
from privacy.rights.arriving.store import Arrival
from privacy.rights.arriving.ways import ArrivalState, Known, LanguageBy, Source
from privacy.rights.case import Kind, NotNow
from privacy.rights.intake import PLAIN, Asking, CaseFile
from privacy.storage.unit import Unit
from privacy.terms import Language

BY_MAIL = (Source.EMAIL, Source.FOLDER)
BY_CLERK = (Source.PAPER, Source.TELEPHONE, Source.IN_PERSON)


@dataclass(frozen=True)
class Shown:
    """What an arrival says, opened for whoever handles it."""

    arrival: Arrival
    requests: tuple[str, ...]
    name: str
    content: Content
    original: bytes


def show(desk: Desk, actor: Actor, arrival_id: str) -> Shown:
    """What came in, opened; audited. NotFound when it is kept no longer."""
    name, raw = taking.read_original(desk, actor, arrival_id)
    with desk.reading() as db:
        arrival = store.arrival(db, arrival_id)
        found = store.requests_of(db, [arrival_id])[arrival_id]
    return Shown(arrival, tuple(one for one, _ in found), name, said(desk, arrival, raw), raw)


def assign(
    desk: Desk,
    actor: Actor,
    arrival_id: str,
    kinds: Sequence[Kind],
    *,
    laws: Sequence[str] = (),
    place: str = "",
    asking: Asking = PLAIN,
    received: datetime | None = None,
) -> tuple[Arrival, Opened]:
    """Say what it asks for: a request of each kind is opened, from its instant of receipt.

    `received` is taken where the desk has only a claim of it; else NotNow. BadInput for a
    place without a law: nothing is opened.
    """
    actor.require(Act.HANDLE_REQUEST)
    if not kinds:
        raise BadInput("It asks for something.", what="--kind", next="Name at least one kind.")
    arrival = _ready(desk, actor, arrival_id)
    laws_for(desk.config.controller, named=laws, place=place or arrival.place)
    if received is not None:
        arrival = _stated(desk, actor, arrival, received)
    _, raw = taking.read_original(desk, actor, arrival_id)
    content = said(desk, arrival, raw)
    terms = Terms(tuple(laws), place or arrival.place, asking)
    opened = opening.open_kinds(desk, actor, arrival, kinds, content, terms)
    return opening.finish(desk, actor, arrival_id, ArrivalState.OPENED), opened


def join(desk: Desk, actor: Actor, arrival_id: str, request_id: str) -> Arrival:
    """It belongs to that request. NotNow if it came before it."""
    arrival = _ready(desk, actor, arrival_id)
    _, raw = taking.read_original(desk, actor, arrival_id)
    return opening.join(desk, actor, arrival, request_id, said(desk, arrival, raw))


def state_language(desk: Desk, actor: Actor, arrival_id: str, language: Language) -> Arrival:
    """The language that whoever asks named when they were asked; its open requests get it too."""
    actor.require(Act.HANDLE_REQUEST)

    def job(unit: Unit) -> Arrival:
        store.lock(unit, arrival_id)
        by = LanguageBy.ASKED.value
        store.set_values(unit, arrival_id, language=language.value, language_by=by)
        for request_id, _ in store.requests_of(unit.db, [arrival_id])[arrival_id]:
            requests.set_values(unit, request_id, language=language.value)
        unit.append("arrival.language", actor.id, object=arrival_id, outcome=language.value)
        return store.arrival(unit.db, arrival_id)

    return desk.write(job)


def said(desk: Desk, arrival: Arrival, raw: bytes) -> Content:
    """What an original says, by the way in which it came."""
    region = desk.config.region or None
    if arrival.source in BY_MAIL:
        return mails.content_of(read_mail(raw), region)
    if arrival.source is Source.WEB_FORM:
        return asked.content_of(form.read_form(raw, region).written, region)
    if arrival.source in BY_CLERK:
        return asked.content_of(typed.told_of(typed.read_typed(raw, region)), region)
    text = raw.decode("utf-8", "replace")
    return Content(CaseFile("", "", text))


def go_on(desk: Desk, actor: Actor) -> int:
    """Finish what a crash left between taking and opening; how many. See `unfinished`."""
    done = 0
    for arrival in unfinished(desk):
        _, raw = taking.read_original(desk, actor, arrival.id)
        if arrival.source in BY_MAIL:
            mails.take_mail(desk, actor, raw, source=arrival.source)
        else:
            form.take_form(desk, actor, raw)
        done += 1
    return done


def unfinished(desk: Desk) -> list[Arrival]:
    """Mails and forms that the desk itself has to finish. What was typed in is typed again:
    its scans are not in the ledger yet."""
    with desk.reading() as db:
        found = store.listed(db, [ArrivalState.WAITING], [*BY_MAIL, Source.WEB_FORM])
    return [each for each in found if mails.unfinished(each) and each.held]


def save_as(content: Content, number: int) -> File:
    """One of its files, by number. BadInput for none."""
    if not 1 <= number <= len(content.files):
        raise BadInput("There is no such file.", what="--attachment", next="See the list.")
    return content.files[number - 1]


def _ready(desk: Desk, actor: Actor, arrival_id: str) -> Arrival:
    """The arrival with its content; what was set aside is taken back."""
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        arrival = store.arrival(db, arrival_id)
    opening.refuse_without_content(arrival)
    if arrival.source in (Source.CLI, Source.API, Source.AGENT):
        raise NotNow(
            "Its request was opened with it.",
            what=arrival_id,
            next="Open another one with `rightsdesk request open`.",
        )
    if arrival.state is ArrivalState.SET_ASIDE:
        opening.take_back(desk, actor, arrival)
    return arrival


def _stated(desk: Desk, actor: Actor, arrival: Arrival, received: datetime) -> Arrival:
    taking.check_receipt(received, desk.now())
    if arrival.received_by not in (Known.CLAIMED, Known.CLOCK):
        raise NotNow(
            "When it was received is known already.",
            what=arrival.id,
            next="Leave out --received.",
        )

    def job(unit: Unit) -> Arrival:
        store.lock(unit, arrival.id)
        known = Known.STATED.value
        store.set_values(unit, arrival.id, received_at=micros(received), received_by=known)
        unit.append("arrival.receipt_stated", actor.id, object=arrival.id)
        return store.arrival(unit.db, arrival.id)

    return desk.write(job)
