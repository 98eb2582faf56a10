"""Many rows: read in chunks and judged in shares, in memory that does not grow with them."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from privacy.vendors.calls import audit as audits
from privacy.vendors.calls import export, team
from privacy.vendors.calls.audit import audit
from privacy.vendors.calls.importing import look
from tests.benchmarks import bench_vendor_calls
from tests.benchmarks.bench_vendor_import import TOLD, write
from tests.benchmarks.vendor_desk import NOW, Ticking, stored
from tests.desks import make_desk

CHUNK = 5_000
PART = 8_000
MIB = 1 << 20
REMEMBERED_MIB = 100


def peak_mib(path: Path, rows: int) -> float:
    """The most that reading so many rows holds at once."""
    write(path, rows)
    looked = look([path], TOLD)
    tracemalloc.start()
    try:
        found = [len(chunk) for chunk in export.chunks(looked.export)]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found == [CHUNK] * (rows // CHUNK)
    return peak / MIB


@pytest.mark.long
def test_ten_times_the_rows_take_little_more_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "CHUNK", CHUNK)
    few = peak_mib(tmp_path / "few.csv", 4 * CHUNK)
    many = peak_mib(tmp_path / "many.csv", 40 * CHUNK)
    # Numbers and minutes that were read are remembered, up to a bound; calls are not.
    assert many < few + REMEMBERED_MIB


def peak_of_judging_mib(folder: Path, calls: int) -> float:
    """The most that the audit of so many stored calls holds at once."""
    folder.mkdir()
    made = make_desk(folder, clock=Ticking(NOW))
    import_id = stored(made, bench_vendor_calls.chunks(calls), calls)
    tracemalloc.start()
    try:
        audited = audit(made.desk, made.dpo, import_id, count=False)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        made.desk.close()
    assert audited.tally.made == calls
    return peak / MIB


@pytest.mark.long
def test_four_times_the_calls_are_judged_in_little_more_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_vendor_calls, "CHUNK", CHUNK)
    monkeypatch.setattr(audits, "PART", PART)
    monkeypatch.setattr(team, "ALONE", 1 << 40)
    few = peak_of_judging_mib(tmp_path / "few", PART)
    many = peak_of_judging_mib(tmp_path / "many", 4 * PART)
    # One share is held: of four times the calls there are four shares.
    assert many < 1.3 * few
