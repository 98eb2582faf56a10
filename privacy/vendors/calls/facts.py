"""What the controller knows of the numbers that a vendor called, as of any instant. Pure.

Never the vendor's own lists: consents, refusals and registers are the desk's, with their
dates. What the desk cannot know of an instant stays untold, and the law leaves it open.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from privacy.clock import instant
from privacy.consent import ledger
from privacy.consent.ledger import ConsentRecord
from privacy.law.own_rules import OwnRules
from privacy.law.places import NoSuchNumber, locate
from privacy.law.rulebook import rulebook
from privacy.terms import Channel, ConsentClass, Purpose
from privacy.vendors.calls.checks import Reading
from privacy.vendors.calls.past import NO_SUBJECT, NOTHING, Earlier, Past
from privacy.vendors.calls.windows import windows_of

Integers = NDArray[np.int64]
Keys = Callable[[Integers], Integers]
RELATIONS = ("last_purchase", "last_inquiry")
LINES = ("wireless", "residential_landline")
RECORDED = Channel.VOICE_PRERECORDED
LIVE = Channel.VOICE_LIVE


@dataclass(frozen=True)
class Person:
    """Whoever has a number. `points` are the records of each contact point with it.

    `address` holds region, postal_code, locality and zones as far as told; `line` is "" where
    unknown; `relations` days as text.
    """

    points: tuple[tuple[ConsentRecord, ...], ...] = ()
    address: Mapping[str, Any] = field(default_factory=dict)
    line: str = ""
    relations: Mapping[str, str] = field(default_factory=dict)


NOBODY = Person()


@dataclass(frozen=True)
class Stop:
    """An opt-out: from when, and by channel from when a later consent lifted it."""

    since_us: int
    lifted: Mapping[str, int] = field(default_factory=dict)
    digest: int | None = None
    """The call that told it, where it comes from the records."""


@dataclass(frozen=True)
class Listing:
    """A register's published states and who stood on them.

    `published` are the days of its states, in order; `now` the keys on the newest;
    `changes` for a key the states at which it came (True) or went, in order.
    """

    published: tuple[date, ...]
    now: frozenset[int] = frozenset()
    changes: Mapping[int, tuple[tuple[date, bool], ...]] = field(default_factory=dict)

    def at(self, key: int, day: date) -> dict[str, Any] | None:
        """Listed or not on the newest state of that day, and its age; None before the first."""
        number = bisect_right(self.published, day)
        if not number:
            return None
        state = self.published[number - 1]
        return {"listed": self.listed(key, state), "age_days": (day - state).days}

    def only(self, wanted: Callable[[int], bool]) -> Listing:
        """The same register of some keys."""
        changes = {key: moves for key, moves in self.changes.items() if wanted(key)}
        return Listing(self.published, frozenset(filter(wanted, self.now)), changes)

    def listed(self, key: int, state: date) -> bool:
        changes = self.changes.get(key, ())
        before = [on for at, on in changes if at <= state]
        if before:
            return before[-1]
        return not changes[0][1] if changes else key in self.now


@dataclass(frozen=True)
class World:
    """Everything told of the numbers of an export, by key: 64 bits of the keyed tag.

    `erased`: the desk erased who had it, so that what it held then is not known any more.
    """

    keys: Keys
    people: Mapping[int, Person] = field(default_factory=dict)
    stops: Mapping[int, tuple[Stop, ...]] = field(default_factory=dict)
    registers: Mapping[str, Listing] = field(default_factory=dict)
    erased: frozenset[int] = frozenset()
    past: Past = NOTHING

    def key(self, number: int) -> int:
        return int(self.keys(np.array([number], dtype=np.int64))[0])

    def clocks(self, key: int, number: int) -> tuple[str, ...]:
        """Every zone that a call was judged in: of the number, and of the address on file."""
        told = self.people.get(key, NOBODY).address
        confirmed = tuple(sorted(told.get("zones") or ()))
        region, postal_code = str(told.get("region") or ""), str(told.get("postal_code") or "")
        return _clocks(number, region, postal_code, confirmed)


@lru_cache(maxsize=50_000)
def _clocks(
    number: int, region: str, postal_code: str, confirmed: tuple[str, ...]
) -> tuple[str, ...]:
    try:
        return locate(f"+{number}", region, postal_code, confirmed, True).zones
    except NoSuchNumber:
        return ()


@dataclass(frozen=True)
class Mandate:
    """What the vendor was asked to do: purpose, in whose name, and what else the law asks of
    the caller (as a campaign's `facts`)."""

    purpose: Purpose
    seller: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    own: OwnRules | None = None

    @cached_property
    def most_counted(self) -> int:
        """As many earlier calls of one kind as any rule counts, and one more."""
        own = self.own.rules if self.own else ()
        return 1 + max((each.most for each in windows_of((*rulebook().rules, *own))), default=0)


def consents(person: Person, purpose: str, channel: str, at: datetime) -> list[dict[str, Any]]:
    """The `consent` documents of a number at an instant: any holder's grant in force counts."""
    told = [ledger.facts(records, purpose, channel, at) for records in person.points]
    granted = [doc for docs in told for doc in docs if doc["state"] not in _NO]
    if granted:
        return _latest_of_each(granted)
    ended = [doc for docs in told for doc in docs if doc["state"] == ConsentClass.WITHDRAWN.value]
    return ended[:1] or [{"state": ConsentClass.NONE.value}]


_NO = (ConsentClass.NONE.value, ConsentClass.WITHDRAWN.value)


def _latest_of_each(granted: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of grants that say the same the last one: no rule is better kept by an older one."""
    kept: dict[str, dict[str, Any]] = {}
    for doc in granted:
        same = repr({k: v for k, v in doc.items() if k != "granted"})
        if same not in kept or _granted(kept[same]) < _granted(doc):
            kept[same] = doc
    return list(kept.values())


def _granted(doc: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(doc["granted"])


def last_grant(person: Person, purpose: str, channel: str, at: datetime) -> datetime | None:
    """The latest grant in force at an instant."""
    grants = [
        grant.effective_at
        for records in person.points
        for grant in ledger.in_force(records, purpose, channel, at)
    ]
    return max(grants, default=None)


def standing_stops(
    stops: Sequence[Stop], granted_at: datetime | None, channel: str, at_us: int, digest: int
) -> list[Stop]:
    """Opt-outs before the call that no lift and no later consent had ended then.

    The opt-out that a call itself told does not forbid that call.
    """
    return [
        stop
        for stop in stops
        if stop.since_us < at_us
        and stop.digest != digest
        and (channel not in stop.lifted or at_us < stop.lifted[channel])
        and (granted_at is None or granted_at <= instant(stop.since_us))
    ]


def relationship(person: Person, day: date) -> dict[str, str]:
    """Days of purchase and inquiry that had come by then."""
    return {
        name: told
        for name in RELATIONS
        if (told := person.relations.get(name, "")) and told <= day.isoformat()
    }


def hidden_relationship(person: Person, day: date) -> bool:
    """Whether a later purchase or inquiry hides what there was at the call."""
    return any(person.relations.get(name, "") > day.isoformat() for name in RELATIONS)


def document(
    world: World,
    mandate: Mandate,
    reading: Reading,
    number: int,
    at_us: int,
    earlier: Sequence[Earlier],
    *,
    key: int,
    stopped: bool,
    subject: int | None = None,
) -> dict[str, Any]:
    """One call as the facts of `law call`; with `subject` only calls about it count as such."""
    at = instant(at_us)
    person = world.people.get(key, NOBODY)
    purpose, channel = mandate.purpose.value, reading.channel.value
    day = at.astimezone(UTC).date()
    registers = {
        name: told for name, listing in world.registers.items() if (told := listing.at(key, day))
    }
    context = {
        **shared_context(mandate, reading),
        "earlier_calls": [_told(one, subject) for one in earlier],
        "registers": registers,
        "suppressed": stopped,
        "company_list": stopped,
    }
    if relations := relationship(person, day):
        context["relationship"] = relations
    others = [w for records in person.points for w in _others(records, purpose, channel, at)]
    if others:
        context["other_withdrawals"] = others
    return {
        **person.address,
        "number": f"+{number}",
        "at": at.isoformat(),
        "channel": channel,
        "campaign": purpose,
        "consent": consents(person, purpose, channel, at),
        "context": context,
    }


def shared_context(mandate: Mandate, reading: Reading) -> dict[str, Any]:
    """What every call of the vendor has in common under one reading."""
    seller = mandate.facts.get("seller") or {}
    return {
        **mandate.facts,
        "dialing": "automated",
        "line": reading.line,
        "seller": {"name": mandate.seller, **seller},
    }


def _told(one: Earlier, subject: int | None) -> dict[str, Any]:
    same = subject is None or (subject == one.subject and subject != NO_SUBJECT)
    return {
        "at": instant(one.at_us).isoformat(),
        "outcome": one.outcome,
        "same_subject": same,
    }


def _others(
    records: Sequence[ConsentRecord], purpose: str, channel: str, at: datetime
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ledger.other_withdrawals(records, purpose, channel, at)
    return found


def has_others(person: Person, purpose: str, channel: str) -> bool:
    """Whether any withdrawal speaks of another purpose or channel, at whatever instant."""
    return any(
        ledger.other_withdrawals(records, purpose, channel, datetime.max.replace(tzinfo=UTC))
        for records in person.points
    )
