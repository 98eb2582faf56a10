"""Many rows: read in chunks, in memory that does not grow with them."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from privacy.vendors.calls import export
from privacy.vendors.calls.importing import look
from tests.benchmarks.bench_vendor_import import TOLD, write

CHUNK = 5_000
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
