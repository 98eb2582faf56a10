"""The facts of one call as typed values, read from the contract's `law call` document.

Absent facts stay None; only what the contract gives a default has one. Any
malformed document raises BadFacts with the field.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from privacy.law.call_context import REGION, Context, Contexts, read_context
from privacy.law.places import Located, NoSuchNumber, locate
from privacy.law.reading import Moment, Reader, root
from privacy.law.windows import WeekWindows
from privacy.law.zones import instant_of, known_zones
from privacy.terms import Channel, ConsentClass, Purpose

DAY_SECONDS = 86_400
SOFT_OPT_IN = ("own_sale", "similar_product", "refusal_offered_each_time")


@dataclass(frozen=True, slots=True)
class Consent:
    """One consent document. `withdrawn_from`/`withdrawn_to` bound a bare date of withdrawal.

    `used_by`: it was used then, so it was given before; `sellers`: whom it names, None: nobody.
    """

    state: ConsentClass
    granted: datetime | None
    withdrawn_from: datetime | None
    withdrawn_to: datetime | None
    valid_until: datetime | None
    used_by: datetime | None
    sellers: frozenset[str] | None
    documented: bool | None
    elements: frozenset[str] | None
    channels: frozenset[str] | None
    purposes: frozenset[str] | None
    covers: frozenset[str] | None
    times: WeekWindows | None
    soft_opt_in: frozenset[str]


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything told about a call, except when it is judged (`at`).

    `moments` are the told dates and instants, at which a fact begins or ends to hold.
    """

    located: Located
    channel: Channel
    campaign: Purpose
    programme: str | None
    matter: str | None
    consents: tuple[Consent, ...]
    context: Context
    moments: tuple[Moment, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """A whole document: facts and instant, or the names of facts that were missing."""

    facts: Facts | None
    at: datetime | None
    missing: tuple[str, ...] = ()


def read_request(document: object, contexts: Contexts | None = None) -> Request:
    """The document as facts. Raises BadFacts (field) where it is malformed.

    `contexts` are those of other documents, where many are read.

    A document without number, at, channel, campaign or consent.state is not
    malformed: the missing names come back and the answer is no.
    """
    reader = root(document)
    at = reader.instant("at")
    channel, campaign = reader.word("channel", Channel), reader.word("campaign", Purpose)
    if channel is Channel.EMAIL:
        reader.bad("channel", "is no channel of the calling law")
    located = _located(reader)
    zones = located.zones if located else ()
    consents = _consents(reader, zones)
    read = read_context if contexts is None else contexts.read
    context = read(reader.part("context"), located)
    programme, matter = reader.text("programme"), reader.text("matter")
    reader.done()
    given = {"number": located, "at": at, "channel": channel, "campaign": campaign}
    missing = [name for name, value in given.items() if value is None]
    if not consents:
        missing.append("consent.state")
    if missing or not (located and at and channel and campaign):
        return Request(None, at, tuple(missing))
    facts = Facts(
        located=located,
        channel=channel,
        campaign=campaign,
        programme=programme,
        matter=matter,
        consents=consents,
        context=context,
        moments=tuple(reader.moments),
    )
    return Request(facts, at)


def last_second(moment: Moment, zones: tuple[str, ...]) -> datetime:
    """A bare date as its last second, in the zone where that is latest; an instant as itself."""
    if isinstance(moment, datetime):
        return moment
    return max(instant_of(moment, DAY_SECONDS - 1, key) for key in zones or ("UTC",))


def first_second(moment: Moment, zones: tuple[str, ...]) -> datetime:
    """A bare date as its first second, in the zone where that is earliest; an instant as itself."""
    if isinstance(moment, datetime):
        return moment
    return min(instant_of(moment, 0, key) for key in zones or ("UTC",))


def changes(facts: Facts) -> tuple[datetime, ...]:
    """Every instant at which a told fact begins or ends to hold, in order."""
    instants: set[datetime] = set()
    for moment in facts.moments:
        if isinstance(moment, datetime):
            instants.add(moment)
            continue
        for key in facts.located.zones:
            instants.update(instant_of(moment, s, key) for s in (0, DAY_SECONDS - 1, DAY_SECONDS))
    return tuple(sorted(instants))


def _located(reader: Reader) -> Located | None:
    number, region = reader.text("number"), reader.text("region") or ""
    postal_code, _locality = reader.text("postal_code") or "", reader.text("locality")
    confirmed = tuple(sorted(reader.words("zones") or ()))
    if region and not REGION.fullmatch(region):
        reader.bad("region", "is no ISO 3166-1 or 3166-2 code")
    if not set(confirmed) <= known_zones():
        reader.bad("zones", "is no IANA zone")
    follow = _follow_codes(reader)
    if number is None:
        return None
    try:
        return locate(number, region, postal_code, confirmed, follow)
    except NoSuchNumber:
        reader.bad("number", "is no telephone number in E.164")


def _follow_codes(reader: Reader) -> bool:
    return reader.part("context").flag("follow_codes") is not False


def _consents(reader: Reader, zones: tuple[str, ...]) -> tuple[Consent, ...]:
    found = []
    for part in reader.parts("consent") or ():
        state = part.word("state", ConsentClass)
        consent = _consent(part, state or ConsentClass.NONE, zones)
        part.done()
        if state is None:
            return ()
        found.append(consent)
    return tuple(found)


def _soft_opt_in(part: Reader) -> frozenset[str]:
    if not part.content:
        return frozenset()
    told = frozenset(name for name in SOFT_OPT_IN if part.flag(name))
    part.done()
    return told


def _consent(part: Reader, state: ConsentClass, zones: tuple[str, ...]) -> Consent:
    granted, withdrawn = part.moment("granted"), part.moment("withdrawn")
    valid_until, last_used = part.moment("valid_until"), part.moment("last_used")
    told = _soft_opt_in(part.part("soft_opt_in"))
    ends = [last_second(valid_until, (key,)) for key in zones or ("UTC",)] if valid_until else []
    return Consent(
        state=state,
        granted=last_second(granted, zones) if granted else None,
        withdrawn_from=first_second(withdrawn, zones) if withdrawn else None,
        withdrawn_to=last_second(withdrawn, zones) if withdrawn else None,
        valid_until=min(ends) if ends else None,
        used_by=last_second(last_used, zones) if last_used else None,
        sellers=part.called("seller"),
        documented=part.flag("documented"),
        elements=part.words("elements"),
        channels=part.words("channels"),
        purposes=part.words("purposes"),
        covers=part.words("covers"),
        times=part.windows("times"),
        soft_opt_in=told,
    )
