"""What a desk that matches the simulator's calls knows, as a world. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from privacy.consent.ledger import EVERYTHING, ConsentRecord, RecordKind
from privacy.terms import ConsentClass
from privacy.vendors.calls.demo.planting import (
    FIRST,
    LAST,
    PUBLISHED_EVERY_DAYS,
    REGISTER,
    Holder,
    Scenario,
)
from privacy.vendors.calls.desk_world import Gathering
from privacy.vendors.calls.facts import Keys, Listing, Person, Stop, World
from privacy.vendors.calls.past import in_order
from privacy.vendors.calls.record import CallChunk


def published() -> tuple[date, ...]:
    """The days on which the desk loaded its register."""
    first = FIRST - timedelta(days=PUBLISHED_EVERY_DAYS)
    days = (LAST - first).days // PUBLISHED_EVERY_DAYS + 1
    return tuple(first + timedelta(days=PUBLISHED_EVERY_DAYS * number) for number in range(days))


def world_of(scenario: Scenario, keys: Keys) -> World:
    """The desk's own history: consents, lines and the register with its dates."""
    return World(
        keys,
        {_key(keys, number): _person(holder) for number, holder in scenario.holders.items()},
        registers={
            REGISTER: Listing(published(), frozenset(_key(keys, n) for n in scenario.listed))
        },
    )


def with_calls(world: World, gathered: Gathering) -> World:
    """The same with what the export itself tells: earlier calls and opt-outs."""
    stops: dict[int, tuple[Stop, ...]] = dict(world.stops)
    for key, told in gathered.stops.items():
        stops[key] = (*stops.get(key, ()), *told)
    return replace(world, stops=stops, past=in_order(gathered.parts))


def gathered_of(gathering: Gathering, chunks: Iterable[CallChunk]) -> Gathering:
    """The first look at all chunks."""
    for chunk in chunks:
        gathering.add(chunk)
    return gathering


def _key(keys: Keys, number: str) -> int:
    return int(keys(np.array([int(number.removeprefix("+"))], dtype=np.int64))[0])


def _person(holder: Holder) -> Person:
    return Person(((_consent(holder),) if holder.consented else (),), {}, holder.line)


def _consent(holder: Holder) -> ConsentRecord:
    return ConsentRecord(
        id=f"c-{holder.number}",
        kind=RecordKind.GRANT,
        purpose="marketing",
        channel=EVERYTHING,
        consent_class=ConsentClass.PRIOR_EXPRESS_WRITTEN_CONSENT,
        effective_at=holder.granted_at,
        recorded_at=holder.granted_at,
        documented=True,
    )
