"""Call records of a vendor: seconds of a processor to read, column and seal, and the memory.

Made-up rows of Asterisk's Master.csv with distinct numbers, over four weeks. `reading` is both
passes over the file with numbers, instants, groups and columns, without a desk; `import` the
whole of it into an embedded desk, sealed and logged. Memory is what the process grew by at most.
Run: `.venv/bin/python -m tests.benchmarks bench_vendor_import`, or with a number of rows
`.venv/bin/python -m tests.benchmarks.bench_vendor_import 1000000`.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from privacy.vendors import store as vendors
from privacy.vendors.calls.collecting import rare_collections
from privacy.vendors.calls.declared import Declared
from privacy.vendors.calls.export import chunks
from privacy.vendors.calls.importing import import_calls, look
from tests.desks import make_desk

ROWS = 200_000
FIRST = datetime(2026, 10, 5, tzinfo=UTC)
TOLD = Declared(zone="America/New_York", region="US")


def write(path: Path, rows: int) -> None:
    """Rows of 18 columns; one call of three is answered."""
    chance = random.Random(7)
    areas = (202, 212, 303, 312, 415, 512, 617, 702)
    with path.open("w") as file:
        for row in range(rows):
            at = FIRST + timedelta(days=chance.randrange(28), seconds=chance.randrange(43_200))
            start = f"{at:%Y-%m-%d %H:%M:%S}"
            number = f"1{areas[row % 8]}{200 + row // 80_000 % 700}{row // 8 % 10_000:04d}"
            answer, lengths = (start, "30,20") if row % 3 == 0 else ("", "25,0")
            word = "ANSWERED" if row % 3 == 0 else "NO ANSWER"
            file.write(
                f'"spring","12025550100","{number}","out","""A B"" <12025550100>","SIP/a","SIP/b",'
                f'"Dial","x","{start}","{answer}","{start}",{lengths},"{word}","DOCUMENTATION",'
                f'"1791208800.{row}",""\n'
            )


def grown_mib() -> float:
    """The most that this process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(rows: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "Master.csv"
        write(path, rows)
        before, started = grown_mib(), time.process_time()
        with rare_collections():
            found = sum(len(chunk) for chunk in chunks(look([path], TOLD).export))
        print(f"reading: {found:,} calls, {time.process_time() - started:.1f} s of a processor")
        print(f"  memory up by {grown_mib() - before:.0f} MiB")
        made = make_desk(folder)
        vendor = vendors.new(made.desk, made.dpo, "Example Dialer Ltd", contact=None)
        started = time.process_time()
        done = import_calls(made.desk, made.dpo, vendor.id, look([path], TOLD))
        took = time.process_time() - started
        print(f"import: {done.record.calls:,} calls, {took:.1f} s of a processor")
        print(f"  memory up by {grown_mib() - before:.0f} MiB in all")
        print(
            f"  desk: {(made.settings.desk_dir / 'main.db').stat().st_size / rows:.0f} bytes a call"
        )
        made.desk.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
