"""Requests from an arrival: opened once for each kind, joined to one that stands, set aside.

An arrival turns `opened` after the last of its requests is opened: whatever a crash leaves
in between waits on, and kinds that have a request already are not opened again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

from privacy.actors import Act, Actor
from privacy.clock import micros
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.numbers import BadEmail, BadNumber, fold_email, parse_phone
from privacy.rights import casework, files, intake, optout, pack
from privacy.rights import erasing_store as keys
from privacy.rights import store as requests
from privacy.rights.arriving import store
from privacy.rights.arriving.mail import File
from privacy.rights.arriving.store import Arrival
from privacy.rights.arriving.ways import ArrivalState, Aside, Came
from privacy.rights.beat import OPT_OUT_BEAT_S
from privacy.rights.case import IMMEDIATE, Kind, NotNow
from privacy.rights.intake import PLAIN, Asking, CaseFile
from privacy.rights.plan import Kept
from privacy.storage.unit import Unit
from privacy.terms import KeyClass


@dataclass(frozen=True)
class Content:
    """What an arrival says: the case file, its files, and where to be left alone."""

    file: CaseFile
    files: tuple[File, ...] = ()
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()


@dataclass(frozen=True)
class Terms:
    """Under which laws, of which place and by whom the requests are asked."""

    laws: tuple[str, ...] = ()
    place: str = ""
    asking: Asking = PLAIN
    beat_s: float = OPT_OUT_BEAT_S


PLAIN_TERMS = Terms()


@dataclass(frozen=True)
class Opened:
    """Ids of the requests; `questions` for whoever handles them; files that were not attached."""

    requests: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    left_out: int = 0


@dataclass
class _Done:
    requests: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)


def open_kinds(
    desk: Desk,
    actor: Actor,
    arrival: Arrival,
    kinds: Sequence[Kind],
    content: Content,
    terms: Terms = PLAIN_TERMS,
) -> Opened:
    """One request of each kind that has none yet; what acts at once acts first.

    BadInput for what acts at once without a number or e-mail, and where no law is found:
    what was opened until then stands, and the arrival waits on.
    """
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        known = {kind: one for one, kind in store.requests_of(db, [arrival.id])[arrival.id]}
    done = _Done()
    ordered = sorted(set(kinds), key=lambda each: (each not in IMMEDIATE, each.value))
    for kind in ordered:
        if kind.value in known:
            done.requests.append(known[kind.value])
        else:
            _open(desk, actor, arrival, kind, content, terms, done)
    slow = [one for one, kind in zip(done.requests, ordered, strict=True) if kind not in IMMEDIATE]
    left_out = attach(desk, actor, slow[0], content.files) if slow else 0
    return Opened(tuple(done.requests), tuple(done.questions), left_out)


def attach(desk: Desk, actor: Actor, request_id: str, given: Sequence[File]) -> int:
    """Seal the files that can be into a case, each once; how many could not."""
    fitting = [each for each in given if 0 < len(each.content) <= files.LARGEST_BYTES]
    with desk.reading() as db:
        done = files.count(db, request_id)
    for each in fitting[done:]:
        files.attach(desk, actor, request_id, each.name, each.content)
    return len(given) - len(fitting)


def finish(
    desk: Desk, actor: Actor, arrival_id: str, state: ArrivalState, reason: str = ""
) -> Arrival:
    """The arrival is done, or waits for staff with that reason."""

    def job(unit: Unit) -> Arrival:
        store.lock(unit, arrival_id)
        store.set_values(unit, arrival_id, state=state.value, reason=reason, set_aside_at=None)
        unit.append(f"arrival.{state.value}", actor.id, object=arrival_id, outcome=reason or None)
        return store.arrival(unit.db, arrival_id)

    return desk.write(job)


def join(desk: Desk, actor: Actor, arrival: Arrival, request_id: str, content: Content) -> Arrival:
    """It belongs to a request that stands: its words become a note, its files are attached.

    NotNow if it came before that request did: it would lose its date.
    """
    actor.require(Act.HANDLE_REQUEST)
    refuse_without_content(arrival)
    with desk.reading() as db:
        case = requests.case(db, request_id)
        before = [one for one, _ in store.requests_of(db, [arrival.id])[arrival.id]]
    if arrival.received_at < case.received_at:
        raise NotNow(
            "It came before that request did, and joined to it would lose its date.",
            what=arrival.id,
            next="Assign it a kind of its own, then see `rightsdesk request duplicates`.",
        )
    if request_id not in before:
        said = "\n\n".join(filter(None, (content.file.name, content.file.words)))
        casework.note(desk, actor, request_id, said or "(without words)")
        desk.write(lambda unit: _linked(unit, actor.id, arrival.id, request_id))
        for each in content.files:
            if 0 < len(each.content) <= files.LARGEST_BYTES:
                files.attach(desk, actor, request_id, each.name, each.content)
    return finish(desk, actor, arrival.id, ArrivalState.JOINED)


def set_aside(desk: Desk, actor: Actor, arrival_id: str, reason: Aside) -> Arrival:
    """It is no request; what it says goes after the days that the pack names.

    NotNow when a request stands for it.
    """
    actor.require(Act.HANDLE_REQUEST)

    def job(unit: Unit) -> Arrival:
        before = store.lock(unit, arrival_id)
        if store.requests_of(unit.db, [arrival_id])[arrival_id]:
            raise NotNow(
                "A request stands for it.",
                what=arrival_id,
                next="Finish or refuse that request; see `rightsdesk intake show`.",
            )
        put_aside(unit, before, desk.config.controller.zone)
        store.set_values(
            unit,
            arrival_id,
            state=ArrivalState.SET_ASIDE.value,
            reason=reason.value,
            set_aside_at=micros(unit.now),
        )
        unit.append("arrival.set_aside", actor.id, object=arrival_id, outcome=reason.value)
        return store.arrival(unit.db, arrival_id)

    return desk.write(job)


def put_aside(unit: Unit, arrival: Arrival, zone: str) -> None:
    """Note on which day the key of what was set aside dies: `rightsdesk work` destroys it."""
    ground = pack.arrival_ground()
    last = unit.now.astimezone(ZoneInfo(zone)).date() + timedelta(days=ground.days)
    kept = Kept(KeyClass.CASE, ground.id, ground.what, ground.citation, last)
    keys.keep_keys(unit, arrival.id, [arrival.holder_id], [kept])


def take_back(desk: Desk, actor: Actor, arrival: Arrival) -> None:
    """What was set aside is a request after all: its key no longer dies."""

    def job(unit: Unit) -> None:
        keys.forget_kept(unit, arrival.holder_id)
        store.set_values(unit, arrival.id, state=ArrivalState.WAITING.value, set_aside_at=None)
        unit.append("arrival.taken_back", actor.id, object=arrival.id)

    desk.write(job)


def refuse_without_content(arrival: Arrival) -> None:
    """NotNow when what came in is kept no longer."""
    if not arrival.held:
        raise NotNow(
            "What came in is kept no longer.",
            what=arrival.id,
            next="Open a request with what you know: `rightsdesk request open`.",
        )


def reachable(desk: Desk, contact: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(numbers, e-mails) of a contact that is one; both empty for anything else."""
    try:
        return (), (fold_email(contact),)
    except BadEmail:
        pass
    try:
        return (parse_phone(contact, desk.config.region or None),), ()
    except BadNumber:
        return (), ()


def _open(
    desk: Desk,
    actor: Actor,
    arrival: Arrival,
    kind: Kind,
    content: Content,
    terms: Terms,
    done: _Done,
) -> None:
    came = Came(arrival.source, arrival.id, language=arrival.language)
    if kind not in IMMEDIATE:
        case = intake.open_request(
            desk,
            actor,
            kind,
            channel=arrival.channel,
            file=content.file,
            received_at=arrival.received_at,
            laws=terms.laws,
            place=terms.place,
            asking=terms.asking,
            came=came,
        )
        done.requests.append(case.id)
        return
    if not content.phones and not content.emails:
        raise BadInput(
            "What acts at once names a number or an e-mail, and this names none.",
            what=arrival.id,
            next="Ask for it, and suppress it with `rightsdesk optout`.",
        )
    acted = optout.act(
        desk,
        actor,
        kind,
        phones=content.phones,
        emails=content.emails,
        channel=arrival.channel,
        file=content.file,
        received_at=arrival.received_at,
        laws=terms.laws,
        place=terms.place,
        asking=terms.asking,
        came=came,
        beat_s=terms.beat_s,
    )
    done.requests.append(acted.case.id)
    if acted.question:
        done.questions.append(acted.question)


def _linked(unit: Unit, actor_id: str, arrival_id: str, request_id: str) -> None:
    store.link(unit, arrival_id, request_id)
    unit.append("arrival.linked", actor_id, object=arrival_id, request=request_id)
