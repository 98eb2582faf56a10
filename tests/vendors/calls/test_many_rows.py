"""A million rows: read in chunks, in memory that does not grow with them."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from privacy.vendors.calls.export import CHUNK, chunks
from privacy.vendors.calls.importing import look
from tests.benchmarks.bench_vendor_import import TOLD, write

# What one chunk of calls takes as values and as columns, and eight bytes a row beside it.
MOST_MIB = 400
MIB = 1 << 20


@pytest.mark.long
def test_a_million_rows_take_the_memory_of_a_chunk(tmp_path: Path) -> None:
    path = tmp_path / "Master.csv"
    write(path, 10 * CHUNK)
    tracemalloc.start()
    try:
        found = [len(chunk) for chunk in chunks(look([path], TOLD).export)]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found == [CHUNK] * 10
    assert peak < MOST_MIB * MIB
