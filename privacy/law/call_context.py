"""What surrounds a call: the contract's `context` object as typed values.

Absent facts stay None where their absence may deny; the others have the
contract's default, which is the one that tells nothing in the call's favour.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from privacy.law.places import Located
from privacy.law.reading import LARGEST_NUMBER, Moment, Reader, spelt
from privacy.law.windows import WeekWindows

REGION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
REGISTER = re.compile(r"[a-z]{2}_[a-z0-9_]{1,30}")
EVERYWHERE = "*"
USUALLY_TOLD = {"listed", "age_days"}
MOST_AGES = 1_000


class Dialing(StrEnum):
    AUTOMATED = "automated"
    MANUAL = "manual"


class Subscriber(StrEnum):
    PERSON = "person"
    COMPANY = "company"


class Line(StrEnum):
    RESIDENTIAL_LANDLINE = "residential_landline"
    WIRELESS = "wireless"
    BUSINESS = "business"
    VOIP = "voip"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class EarlierCall:
    at: datetime
    channel: str | None
    outcome: str
    matter: str | None
    same_subject: bool
    by_direct_consent: bool
    failed_signature: bool


@dataclass(frozen=True, slots=True)
class InboundText:
    at: datetime
    body: str
    programme: str | None
    in_reply_to: str | None


@dataclass(frozen=True, slots=True)
class OtherWithdrawal:
    at: Moment | None
    programme: str | None
    scope: str


@dataclass(frozen=True, slots=True)
class Register:
    """What is known of one do-not-call list; None: not told."""

    listed: bool | None
    since: Moment | None
    published: date | None
    age_days: float | None


@dataclass(frozen=True, slots=True)
class Relationship:
    last_purchase: date | None
    last_inquiry: date | None
    existing_customer: bool
    contract_in_progress: bool
    related_to_contract: bool
    personal: bool
    ended_by_request: bool


@dataclass(frozen=True, slots=True)
class Seller:
    """Who calls. `names`: those it goes by; a consent that names a seller must name one of them."""

    names: frozenset[str]
    words: frozenset[str]
    sector: str | None
    registrations: frozenset[str] | None
    calls_per_month: float | None
    authenticated: bool | None
    tax_exempt: bool


@dataclass(frozen=True, slots=True)
class Context:
    """The call, the seller, the person, history, lists, relationship and place."""

    dialing: Dialing
    ai_voice: bool
    live_operator_first: bool
    caller_number: str | None
    caller_number_shown: bool | None
    caller_number_answers: bool | None
    ring_timeout_s: float | None
    free_to_recipient: bool | None
    length: float | None
    commercial: bool | None
    goods: frozenset[str]
    seller: Seller
    subscriber: Subscriber
    wireless: bool
    inconvenient_times: WeekWindows | None
    earlier_calls: tuple[EarlierCall, ...] | None
    inbound_texts: tuple[InboundText, ...]
    other_withdrawals: tuple[OtherWithdrawal, ...]
    confirmations_sent: float
    contains_marketing: bool
    company_list: bool
    suppressed: bool
    registers: Mapping[str, Register]
    reassigned_answer: str | None
    relationship: Relationship
    emergencies: frozenset[str]
    proclaimed_days: frozenset[tuple[str, date]]


def read_context(part: Reader, located: Located | None) -> Context:
    """The `context` object. Raises BadFacts where it is malformed."""
    # Told, but no rule of the pack decides by them.
    part.text("attestation"), part.value("disputes"), part.flag("us_government_debt")
    part.flag("follow_codes")
    # The grace for ported numbers is for callers who do not know of the port (47 CFR
    # 64.1200(a)(1)(iv)); who tells of one knows.
    part.moment("ported_on")
    context = Context(
        dialing=part.word("dialing", Dialing) or Dialing.AUTOMATED,
        ai_voice=bool(part.flag("ai_voice")),
        live_operator_first=bool(part.flag("live_operator_first")),
        caller_number=part.text("caller_number"),
        caller_number_shown=part.flag("caller_number_shown"),
        caller_number_answers=part.flag("caller_number_answers"),
        ring_timeout_s=part.number("ring_timeout_s"),
        free_to_recipient=part.flag("free_to_recipient"),
        length=part.number("length"),
        commercial=part.flag("commercial"),
        goods=part.names("goods") or frozenset(),
        seller=_seller(part.part("seller")),
        subscriber=_subscriber(part),
        wireless=_wireless(part, located),
        inconvenient_times=part.windows("inconvenient_times"),
        earlier_calls=_earlier_calls(part),
        inbound_texts=_inbound_texts(part),
        other_withdrawals=_other_withdrawals(part),
        confirmations_sent=part.number("confirmation_texts_already_sent") or 0,
        contains_marketing=bool(part.flag("contains_marketing")),
        company_list=bool(part.flag("company_list")),
        suppressed=bool(part.flag("suppressed")),
        registers=_registers(part.part("registers")),
        reassigned_answer=_reassigned_answer(part.part("reassigned_check")),
        relationship=_relationship(part.part("relationship")),
        emergencies=_emergencies(part),
        proclaimed_days=_proclaimed_days(part),
    )
    part.done()
    return context


class Contexts:
    """Contexts of many documents: those that are the same are read once. Of JSON only."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str | None], tuple[Context, list[Moment]]] = {}

    def read(self, part: Reader, located: Located | None) -> Context:
        """As `read_context`, with the moments that it tells."""
        # Of the place a context sees the kind of line alone.
        key = (json.dumps(part.content, sort_keys=True), located.line if located else None)
        if key not in self._kept:
            before = len(part.moments)
            context = read_context(part, located)
            self._kept[key] = (context, part.moments[before:])
            return context
        context, moments = self._kept[key]
        part.moments.extend(moments)
        return context


def _seller(part: Reader) -> Seller:
    sector = part.text("sector")
    seller = Seller(
        names=part.called("name") or frozenset(),
        words=frozenset(spelt(word) for word in (part.text("kind"), sector) if word),
        sector=spelt(sector) if sector else None,
        registrations=part.names("registrations"),
        calls_per_month=part.number("calls_per_month"),
        authenticated=part.flag("authenticated"),
        tax_exempt=bool(part.flag("tax_exempt")),
    )
    part.done()
    return seller


def _subscriber(part: Reader) -> Subscriber:
    """Who holds the line; untold it is a consumer's."""
    told, consumer = part.word("subscriber", Subscriber), part.flag("consumer")
    if told:
        return told
    return Subscriber.COMPANY if consumer is False else Subscriber.PERSON


def _wireless(part: Reader, located: Located | None) -> bool:
    """Whether the line must be taken for a mobile: unless it is known to be none."""
    line, known = part.word("line", Line), part.flag("known_wireless")
    if known:
        return True
    if line is None or line is Line.UNKNOWN:
        return not (located and located.line == "landline")
    return line is not Line.RESIDENTIAL_LANDLINE


def _earlier_calls(part: Reader) -> tuple[EarlierCall, ...] | None:
    rows = part.parts("earlier_calls")
    if rows is None:
        return None
    calls = []
    for row in rows:
        at = row.instant("at")
        if at is None:
            row.bad("at", "is missing")
        row.text("ended_by")
        calls.append(
            EarlierCall(
                at=at,
                channel=row.text("channel"),
                outcome=spelt(row.text("outcome") or ""),
                matter=row.text("matter"),
                same_subject=row.flag("same_subject") is not False,
                by_direct_consent=bool(row.flag("by_direct_consent")),
                failed_signature=bool(row.flag("failed_signature")),
            )
        )
        row.done()
    return tuple(sorted(calls, key=lambda call: call.at))


def _inbound_texts(part: Reader) -> tuple[InboundText, ...]:
    texts = []
    for row in part.parts("inbound_texts") or ():
        at = row.instant("at")
        if at is None:
            row.bad("at", "is missing")
        text = InboundText(
            at, row.text("body") or "", row.text("programme"), row.text("in_reply_to")
        )
        row.done()
        texts.append(text)
    return tuple(texts)


def _other_withdrawals(part: Reader) -> tuple[OtherWithdrawal, ...]:
    found = []
    for row in part.parts("other_withdrawals") or ():
        at = row.moment("at")
        row.text("words"), row.text("channel")
        found.append(OtherWithdrawal(at, row.text("programme"), row.text("scope") or ""))
        row.done()
    return tuple(found)


def _registers(part: Reader) -> Mapping[str, Register]:
    registers = {}
    for name in part.content:
        if not isinstance(name, str) or not REGISTER.fullmatch(name):
            part.bad("?", "is no name of a register")
        registers[name] = _at_a_glance(part.value(name)) or _register(part.part(name))
    return registers


def _at_a_glance(row: Any) -> Register | None:
    """A list of which the usual two facts are told, and no more; None: read it in full."""
    if type(row) is not dict or row.keys() != USUALLY_TOLD:
        return None
    listed, age = row["listed"], row["age_days"]
    fits = type(listed) is bool and type(age) is int and 0 <= age <= LARGEST_NUMBER
    return _usual_register(listed, age) if fits else None


@lru_cache(MOST_AGES)
def _usual_register(listed: bool, age_days: int) -> Register:
    return Register(listed, None, None, age_days)


def _register(row: Reader) -> Register:
    register = Register(
        listed=row.flag("listed"),
        since=row.moment("since"),
        published=row.day("published"),
        age_days=row.number("age_days"),
    )
    row.done()
    return register


def _reassigned_answer(part: Reader) -> str | None:
    part.moment("asked_on"), part.moment("consent_date_used")
    answer = part.text("answer")
    part.done()
    return spelt(answer) if answer else None


def _relationship(part: Reader) -> Relationship:
    relationship = Relationship(
        last_purchase=part.day("last_purchase"),
        last_inquiry=part.day("last_inquiry"),
        existing_customer=bool(part.flag("existing_customer")),
        contract_in_progress=bool(part.flag("contract_in_progress")),
        related_to_contract=bool(part.flag("related_to_contract")),
        personal=bool(part.flag("personal")),
        ended_by_request=bool(part.flag("ended_by_request")),
    )
    part.done()
    return relationship


def _emergencies(part: Reader) -> frozenset[str]:
    """Regions with a declared emergency; told by `true` alone it is everywhere."""
    told = part.value("emergency_declared")
    if isinstance(told, bool):
        return frozenset({EVERYWHERE} if told else ())
    return frozenset(_region(name) for name in part.words("emergency_declared") or ())


def _region(name: str | None) -> str:
    """An ISO region as it is; a county or a town, which the pack cannot place, is everywhere."""
    return name if name and REGION.fullmatch(name) else EVERYWHERE


def within(region: str, jurisdiction: str) -> bool:
    """Whether something declared for a region touches a jurisdiction: equal, above or below."""
    above, below = region == jurisdiction[:2], region[:2] == jurisdiction
    return region in (EVERYWHERE, jurisdiction) or above or below


def _proclaimed_days(part: Reader) -> frozenset[tuple[str, date]]:
    days = set()
    for row in part.parts("proclaimed_days") or ():
        region, day = row.text("region"), row.day("date")
        row.done()
        if day is not None:
            days.add((_region(region), day))
    return frozenset(days)
