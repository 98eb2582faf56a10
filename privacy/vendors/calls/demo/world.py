"""What a desk that matches the simulator's calls knows, as a world. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from privacy.clock import micros
from privacy.consent.ledger import EVERYTHING, ConsentRecord, RecordKind
from privacy.terms import ConsentClass
from privacy.vendors.calls.demo.planting import (
    FIRST,
    LAST,
    PAID,
    PUBLISHED_EVERY_DAYS,
    REGISTER,
    STOP_AT,
    Holder,
    Scenario,
)
from privacy.vendors.calls.desk_world import Gathering
from privacy.vendors.calls.facts import Keys, Listing, Person, Stop, World
from privacy.vendors.calls.gauges.known import Known
from privacy.vendors.calls.gauges.stopping import Stopped
from privacy.vendors.calls.gauges.subscriptions import Covered
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
        erased=frozenset(erased_by_key(scenario, keys)),
    )


def erased_by_key(scenario: Scenario, keys: Keys) -> dict[int, int]:
    """Instants (us) of the erasures before the calls."""
    return {_key(keys, number): micros(at) for number, at in scenario.erased.items()}


def known() -> Known:
    """What is on record of the simulated vendor."""
    codes = frozenset(map(int, PAID))
    first = datetime.combine(FIRST, time(), UTC)
    return Known([Stopped(micros(STOP_AT))], [Covered(micros(first), codes)])


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
