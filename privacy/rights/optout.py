"""What acts at once: opt-outs, withdrawals, objections to marketing, limits.

Nobody is asked to prove anything (11 CCR 7027(e), 7060(b); GDPR Articles 7(3), 21(3)):
the number or e-mail that was given is suppressed for everything, durably, before the
command returns, and the answer is the same whether anybody is known by it. That is more
than a limit or an opt-out of sale asks for, and never less. The case is the record of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime

from privacy.actors import Act, Actor
from privacy.consent import suppression
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.numbers import BadEmail, BadNumber, fold_email, parse_phone
from privacy.rights import intake, store
from privacy.rights.arriving.ways import BY_API, Came
from privacy.rights.beat import OPT_OUT_BEAT_S, on_the_beat
from privacy.rights.case import IMMEDIATE, Event, Kind, Step
from privacy.rights.intake import NO_FILE, PLAIN, Asking, CaseFile
from privacy.rights.store import Case, NewEvent
from privacy.storage.unit import Unit


@dataclass(frozen=True)
class Acted:
    """The fulfilled case; `question` is what the handler must still answer, or ""."""

    case: Case
    question: str


def opt_out(
    desk: Desk,
    actor: Actor,
    *,
    phones: tuple[str, ...] = (),
    emails: tuple[str, ...] = (),
    channel: str,
    file: CaseFile = NO_FILE,
    received_at: datetime | None = None,
    law: str = "",
) -> Case:
    """An opt-out of marketing, as `act` does it."""
    return act(
        desk,
        actor,
        Kind.OPT_OUT,
        phones=phones,
        emails=emails,
        channel=channel,
        file=file,
        received_at=received_at,
        laws=(law,),
    ).case


def act(
    desk: Desk,
    actor: Actor,
    kind: Kind,
    *,
    phones: tuple[str, ...] = (),
    emails: tuple[str, ...] = (),
    channel: str,
    file: CaseFile = NO_FILE,
    received_at: datetime | None = None,
    laws: Sequence[str] = (),
    place: str = "",
    asking: Asking = PLAIN,
    came: Came = BY_API,
    beat_s: float = OPT_OUT_BEAT_S,
) -> Acted:
    """Suppress every number and e-mail given, then record the request as fulfilled.

    Suppressed and durable when this returns, and before there is a case: an opt-out is
    never lost. BadInput if one of them cannot be read: then nothing was suppressed. Where
    no law is found for it, it stands under the controller's, and `question` says so.
    `beat_s` (seconds) 0 is for files of many, whose senders wait for no answer.
    """
    actor.require(Act.OPT_OUT)
    actor.require(Act.HANDLE_REQUEST)
    if kind not in IMMEDIATE:
        raise BadInput("That request does not act at once.", what=kind.value)
    numbers, addresses = _read(desk, phones, emails)
    now = desk.now()
    intake.check(channel, received_at or now, now)
    intake.check_asking(kind, asking, received_at or now)
    with on_the_beat(beat_s) if beat_s else nullcontext():
        for number in numbers:
            suppression.opt_out(desk, actor, phone=number, source=channel)
        for address in addresses:
            suppression.opt_out(desk, actor, email=address, source=channel)
    question = ""

    def opened(names: Sequence[str], where: str) -> Case:
        return intake.open_request(
            desk,
            actor,
            kind,
            channel=channel,
            file=file,
            received_at=received_at,
            laws=names,
            place=where,
            asking=asking,
            came=came,
        )

    try:
        case = opened(laws, place)
    except BadInput as unknown:
        question = f"All of it is suppressed. {unknown.message} {unknown.next}"
        case = opened((), "")
    return Acted(fulfil(desk, actor, case.id), question)


def fulfil(desk: Desk, actor: Actor, request_id: str) -> Case:
    """Record that it was carried out: it was, before its case was opened."""
    actor.require(Act.HANDLE_REQUEST)

    def job(unit: Unit) -> None:
        before = store.move(unit, request_id, Step.FULFIL, outcome="suppressed")
        if before.kind not in IMMEDIATE:
            raise BadInput("That request does not act at once.", what=request_id)
        for event in (Event.OPT_OUT, Event.FULFILLED):
            store.tell(unit, request_id, actor.id, NewEvent(event))
        unit.append("request.fulfilled", actor.id, request=request_id)

    desk.write(job)
    with desk.reading() as db:
        return store.case(db, request_id)


def _read(
    desk: Desk, phones: tuple[str, ...], emails: tuple[str, ...]
) -> tuple[list[str], list[str]]:
    """All of them normalised before the first is suppressed."""
    if not phones and not emails:
        raise BadInput(
            "What acts at once names a number or an e-mail.",
            what="--phone or --email",
            next="Give what the person wants to be left alone at.",
        )
    try:
        numbers = [parse_phone(phone, desk.config.region or None) for phone in phones]
        addresses = [fold_email(email) for email in emails]
    except BadNumber as bad:
        raise BadInput(f"A number cannot be read ({bad.reason}).", what="phone") from None
    except BadEmail as bad:
        raise BadInput(f"An e-mail cannot be read ({bad.reason}).", what="email") from None
    return numbers, addresses
