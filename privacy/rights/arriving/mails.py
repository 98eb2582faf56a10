"""E-mail files into the ledger: taken, opted out where that is asked, else put before staff.

Whoever asks to be left alone is suppressed at once, by every address of the sender, before
anything else is done. What else a mail asks is proposed and never guessed. A sender's
address proves nothing: identity is proven later, or never where the law asks for none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from privacy.actors import Actor
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.rights.applying import PLACE
from privacy.rights.arriving import language, opening, store, taking
from privacy.rights.arriving.automatic import automatic, generated
from privacy.rights.arriving.mail import Mail, read_mail
from privacy.rights.arriving.named import named_in, names_unread_number
from privacy.rights.arriving.opening import Content, Terms
from privacy.rights.arriving.proposing import Proposed, propose
from privacy.rights.arriving.receipt import receipt_of
from privacy.rights.arriving.store import Arrival
from privacy.rights.arriving.taking import Original, Seen
from privacy.rights.arriving.ways import (
    ArrivalState,
    Aside,
    Known,
    LanguageBy,
    Source,
    Waits,
)
from privacy.rights.case import IMMEDIATE, Kind
from privacy.rights.intake import CaseFile

MEDIA_TYPE = "message/rfc822"
OnBounce = Callable[[bytes], object]
"""Takes a bounce's bytes and marks the desk's message that it is about, if it is about one."""


@dataclass(frozen=True)
class Taken:
    """What became of one thing that came in; `again`: it was there already."""

    arrival: Arrival
    requests: tuple[str, ...] = ()
    again: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Told:
    """What whoever runs the command says of the mails: when they came, what they ask, whence.

    BadInput for a place that is no code: it stands unsealed.
    """

    received: datetime | None = None
    kinds: tuple[Kind, ...] = ()
    place: str = ""

    def __post_init__(self) -> None:
        if self.place and not PLACE.fullmatch(self.place):
            raise BadInput(
                "A place is an ISO 3166 code.", what="--place", next="Such as DE, US-CA or CA-QC."
            )


NOTHING_TOLD = Told()


def take_mail(
    desk: Desk,
    actor: Actor,
    raw: bytes,
    *,
    source: Source = Source.EMAIL,
    name: str = "",
    told: Told = NOTHING_TOLD,
    on_bounce: OnBounce | None = None,
) -> Taken:
    """Take one e-mail file. BadInput where it is none, or empty, or over 25 MiB."""
    taking.check_size(raw)
    mail = read_mail(raw)
    found = understood(mail, told)
    machine = None if found.whole or told.kinds else _machine(mail, found)
    receipt = receipt_of(mail, own_hosts(desk), told.received, desk.now())
    seen = _seen(mail, found, machine, told)
    # Line ends differ between two copies of one mail; what it says does not.
    same = raw.replace(b"\r\n", b"\n").strip()
    original = Original(raw, MEDIA_TYPE, name, same)
    arrival, new = taking.take(desk, actor, source, original, receipt, seen)
    if not new and not unfinished(arrival):
        return _again(desk, arrival)
    if not new and arrival.kinds:
        # A crash lies between: what was said of it then stands.
        told, machine = Told(kinds=tuple(Kind(kind) for kind in arrival.kinds)), None
    if machine is Aside.BOUNCE and on_bounce is not None:
        on_bounce(raw)
    if arrival.reason != Waits.GOING_ON.value:
        return Taken(arrival, warnings=tuple(_warnings(arrival, mail, found)))
    if machine is not None:
        aside = opening.set_aside(desk, actor, arrival.id, machine)
        return Taken(aside, again=not new)
    return go_on(desk, actor, arrival, mail, told)


def go_on(
    desk: Desk, actor: Actor, arrival: Arrival, mail: Mail, told: Told = NOTHING_TOLD
) -> Taken:
    """Do what acts at once, then put the rest before staff; the same again does nothing twice."""
    found = understood(mail, told)
    acts, opened = found.acts_as, opening.Opened()
    if acts is not None and mail.senders:
        # Whoever wrote waits for no answer of this command: no beat to keep.
        terms = Terms(place=arrival.place, beat_s=0)
        content = content_of(mail, desk.config.region or None)
        opened = opening.open_kinds(desk, actor, arrival, [acts], content, terms)
    unread = names_unread_number(f"{mail.subject}\n{mail.text}", desk.config.region or None)
    if found.whole and opened.requests and not unread:
        done = opening.finish(desk, actor, arrival.id, ArrivalState.OPENED)
    else:
        reason = _why_waiting(mail, found)
        done = opening.finish(desk, actor, arrival.id, ArrivalState.WAITING, reason.value)
    return Taken(done, opened.requests, warnings=(*_warnings(done, mail, found), *opened.questions))


def understood(mail: Mail, told: Told) -> Proposed:
    """What the words propose, and what whoever runs the command says besides."""
    found = propose(mail.subject, mail.text)
    if mail.html:
        found = found.beside(propose("", mail.html))
    named = [kind for kind in told.kinds if kind not in found.kinds]
    return replace(found, kinds=(*named, *found.kinds))


def content_of(mail: Mail, region: str | None) -> Content:
    """What a mail gives to the case that is opened for it; an opt-out is also for what it names."""
    words = "\n\n".join(filter(None, (mail.subject, mail.text)))
    contact = mail.senders[0] if mail.senders else ""
    phones, emails = named_in(f"{mail.subject}\n{mail.text}", region)
    more_phones, more_emails = named_in(mail.html, region)
    file = CaseFile(mail.sender_name, contact, words)
    return Content(
        file,
        mail.files,
        tuple(dict.fromkeys((*phones, *more_phones))),
        tuple(dict.fromkeys((*mail.senders, *emails, *more_emails))),
    )


def unfinished(arrival: Arrival) -> bool:
    """Whether the desk itself has something left to do for it, as a crash leaves it."""
    return arrival.state is ArrivalState.WAITING and arrival.reason == Waits.GOING_ON.value


def own_hosts(desk: Desk) -> frozenset[str]:
    """The controller's own servers, by the names that they write into Received headers."""
    named = desk.config.mail.received_by.lower().split(",")
    return frozenset(host.strip().rstrip(".") for host in named if host.strip())


def _machine(mail: Mail, found: Proposed) -> Aside | None:
    """What kind of machine wrote it; None where one wrote what a person asks for.

    Services send requests for their members, and mark them as generated (RFC 3834, 5).
    """
    machine = automatic(mail)
    asks = any(kind not in IMMEDIATE for kind in found.kinds)
    return None if machine is Aside.AUTO_REPLY and generated(mail) and asks else machine


def _seen(mail: Mail, found: Proposed, machine: Aside | None, told: Told) -> Seen:
    acts = found.acts_as
    kinds: Sequence[Kind] = () if machine else found.kinds
    if acts is not None and machine is None and acts not in kinds:
        kinds = (acts, *kinds)
    spoken = language.detected(mail.text or mail.subject) if machine is None else None
    going_on = machine is not None or (acts is not None and mail.senders)
    return Seen(
        tuple(kind.value for kind in kinds),
        told.place,
        spoken.value if spoken else "",
        LanguageBy.DETECTED.value if spoken else "",
        reason=(Waits.GOING_ON if going_on else _why_waiting(mail, found)).value,
    )


def _why_waiting(mail: Mail, found: Proposed) -> Waits:
    if not mail.senders:
        return Waits.NO_SENDER
    if mail.unreadable:
        return Waits.UNREADABLE_PART
    rest = [kind for kind in found.kinds if kind not in IMMEDIATE]
    return Waits.TO_LOOK_AT if rest or found.acts_as else Waits.NO_KIND


def _warnings(arrival: Arrival, mail: Mail, found: Proposed) -> list[str]:
    """Codes for whoever runs the command; none of them names a person."""
    codes = [f"unreadable_{what}" for what in mail.unreadable]
    if arrival.received_by in (Known.CLAIMED, Known.CLOCK):
        codes.append(f"receipt_{arrival.received_by.value}")
    if found.acts_as is not None and not mail.senders:
        codes.append("opt_out_without_address")
    return codes


def _again(desk: Desk, arrival: Arrival) -> Taken:
    with desk.reading() as db:
        found = store.requests_of(db, [arrival.id])[arrival.id]
    return Taken(arrival, tuple(one for one, _ in found), again=True)
