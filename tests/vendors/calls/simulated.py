"""The simulator's exports read by the real importers and judged against a world to match."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from privacy.terms import Purpose
from privacy.vendors.calls.checks import Found
from privacy.vendors.calls.declared import Declared
from privacy.vendors.calls.demo import world
from privacy.vendors.calls.demo.planting import CLOCK, SELLER, Planter, Scenario
from privacy.vendors.calls.demo.writing import Writer, labels
from privacy.vendors.calls.desk_world import Gathering, subjects_of
from privacy.vendors.calls.facts import Mandate, World
from privacy.vendors.calls.gauges.claim import Claim
from privacy.vendors.calls.gauges.gauges import Gauges
from privacy.vendors.calls.importing import look
from privacy.vendors.calls.many import Judge
from privacy.vendors.calls.record import CallChunk, chunk_of

SEED = 7
MANDATE = Mandate(Purpose.MARKETING, SELLER)


class NumbersThemselves:
    """In a test a number is its own key."""

    def keys(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        return numbers


@dataclass
class Read:
    """An export as the importers read it: chunks, refused records, labels by record."""

    scenario: Scenario
    writer: Writer
    chunks: list[CallChunk]
    refused: set[int]
    labels: list[dict[str, Any]]

    def world(self) -> World:
        gathered = world.gathered_of(Gathering(NumbersThemselves()), self.chunks)  # type: ignore[arg-type]
        return world.with_calls(world.world_of(self.scenario, NumbersThemselves().keys), gathered)

    def claims(self) -> list[Claim]:
        """What the records show of the vendor's claims."""
        clock = {"code": "clock", "verdict": "no_gap"} if self.writer.needs_zone else None
        manifest = {
            "completeness": [clock] if clock else [],
            "declared": {"clock": "the simulator says so" if clock else ""},
            "rows": {"reasons": {"skipped_hour": len(self.refused)}},
            "refused_rows": {"skipped_hour": sorted(self.refused)},
        }
        keys = NumbersThemselves().keys
        gauges = Gauges("marketing", world.known(), manifest)
        gauges.learn(self.world(), world.erased_by_key(self.scenario, keys))
        for chunk in self.chunks:
            gauges.add(chunk, keys(chunk.number))
        return gauges.claims(())

    def found(self) -> dict[int, tuple[Found, ...]]:
        """What was found in each record, by its number in the file."""
        judge = Judge(self.world(), MANDATE)
        told: dict[int, tuple[Found, ...]] = {}
        for chunk in self.chunks:
            verdicts = judge.judge(chunk, subjects_of(chunk))
            told |= {int(chunk.row[row]): verdicts[row] for row in range(len(chunk))}
        return told


def written(writer: Writer, folder: Path, scenario: Scenario) -> Declared:
    """The files of an export, and what must be declared of them."""
    (folder / writer.file).write_text(writer.write(scenario.calls))
    mapping = None
    if writer.mapping:
        mapping = folder / "mapping.toml"
        mapping.write_text(writer.mapping)
    return Declared(
        form="" if mapping else writer.name,
        zone=CLOCK if writer.needs_zone else "",
        clock="the simulator says so" if writer.needs_zone else "",
        region="US",
        mapping=mapping,
    )


def read(writer: Writer, folder: Path, *, clean: int = 40, each: int = 2) -> Read:
    scenario = Planter(SEED, clean, each).scenario()
    declared = written(writer, folder, scenario)
    export = look([folder / writer.file], declared).export
    export.look()
    batches = list(export.batches())
    header = 1 if writer.mapping else 0
    told = labels(scenario, writer, SEED)["calls"]
    for label in told:
        label["record"] += header
    return Read(
        scenario,
        writer,
        [chunk_of(batch.calls) for batch in batches],
        {refusal.line for batch in batches for refusal in batch.refusals},
        told,
    )
