"""Opt-outs as requests: of sale and sharing, and of marketing calls and messages.

Nobody is asked to prove anything (11 CCR 7060(b); GDPR Article 21(3)): the number
or e-mail that was given is suppressed, durably, before the command returns, and
the answer is the same whether anybody is known by it. The case is the record of it.
"""

from __future__ import annotations

from datetime import datetime

from privacy.actors import Act, Actor
from privacy.consent import suppression
from privacy.desk import Desk
from privacy.errors import BadFacts, BadInput, NotAllowedByLaw
from privacy.numbers import BadEmail, BadNumber, fold_email, parse_phone
from privacy.rights import intake, store
from privacy.rights.case import Event, Kind, Step
from privacy.rights.intake import NO_FILE, CaseFile
from privacy.rights.store import Case, NewEvent
from privacy.storage.unit import Unit


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
    """Suppress every number and e-mail given, then record the request as fulfilled.

    Suppressed and durable when this returns, and before there is a case: an opt-out is
    never lost. BadInput if one of them cannot be read: then nothing was suppressed; also
    if the law has no clock for it: then all is suppressed and there is no case.
    """
    actor.require(Act.OPT_OUT)
    actor.require(Act.HANDLE_REQUEST)
    numbers, addresses = _read(desk, phones, emails)
    now = desk.now()
    intake.check(channel, received_at or now, now)
    for number in numbers:
        suppression.opt_out(desk, actor, phone=number, source=channel)
    for address in addresses:
        suppression.opt_out(desk, actor, email=address, source=channel)
    try:
        case = intake.open_request(
            desk,
            actor,
            Kind.OPT_OUT,
            channel=channel,
            file=file,
            received_at=received_at,
            law=law,
        )
    except (BadFacts, NotAllowedByLaw):
        raise BadInput(
            "All of it is suppressed, but no case was opened: this law has no clock for it.",
            what=law or desk.config.controller.law,
            next="The opt-out stands. Open the case under another law with --law, or leave it.",
        ) from None
    return fulfil(desk, actor, case.id)


def fulfil(desk: Desk, actor: Actor, request_id: str) -> Case:
    """Record that an opt-out was carried out: it was, before its case was opened."""
    actor.require(Act.HANDLE_REQUEST)

    def job(unit: Unit) -> None:
        before = store.move(unit, request_id, Step.FULFIL, outcome="suppressed")
        if before.kind is not Kind.OPT_OUT:
            raise BadInput("That request is no opt-out.", what=request_id)
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
            "An opt-out names a number or an e-mail.",
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
