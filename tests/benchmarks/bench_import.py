"""Import rows per second, and lookups: a desk against plain text and two sealing packages.

The same contacts go to all sides in turns, in one run: into a desk (from a CSV file, where
parsing is timed apart: normalise, decide, keys and sealing, index, both stores, audit entry),
as plain text through SQLAlchemy Core, and through sealed-fields and pydantic-encryption as their
documentation shows. A lookup by phone is a whole one: index, opening, comparison, and for the
desk also its durable audit entry. Run: `.venv/bin/python -m tests.benchmarks.bench_import`.
"""

from __future__ import annotations

import csv
import random
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median

from privacy.contacts.importing import ImportOptions, import_file
from privacy.terms import OpeningPurpose
from privacy.vault.lookup import Query, find
from tests.benchmarks.peers import Row, plain_core, pydantic_encryption, sealed_fields
from tests.desks import make_desk

ROUNDS = 5
ROWS = 20_000
LOOKUPS = 200


def contacts(count: int) -> list[Row]:
    """Contacts with distinct numbers of the form +1 212 2xx xxxx and fictional names."""
    chance = random.Random(7)
    return [
        Row(
            f"Given{number % 97}",
            f"Family{number % 991}",
            f"+1212{2_200_000 + number}",
            f"person{number}@example.com",
            f"{number % 300} Elm Street",
            f"{10_000 + chance.randrange(900)}",
        )
        for number in range(count)
    ]


def write_csv(path: Path, rows: list[Row]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["First Name", "Last Name", "Phone", "Email", "Street", "Postal Code"])
        writer.writerows(
            (row.given, row.family, row.phone, row.email, row.street, row.postal_code)
            for row in rows
        )


def into_a_desk(folder: Path, rows: list[Row]) -> tuple[float, float, Callable[[Row], bool]]:
    """Seconds of parsing, seconds of the rest, and a lookup by phone."""
    write_csv(folder / "contacts.csv", rows)
    made = make_desk(folder)
    options = ImportOptions(obtained_on=date(2026, 1, 1), source="bench", region="US")
    result = import_file(made.desk, made.dpo, folder / "contacts.csv", options)
    assert result.imported == len(rows), result.document()

    def look(row: Row) -> bool:
        query = Query("phone", row.phone)
        return bool(find(made.desk.vault, [query], "dpo", OpeningPurpose.LOOKUP))

    return result.parse_seconds, result.seconds - result.parse_seconds, look


def lookup_micros(look: Callable[[Row], bool], rows: list[Row]) -> float:
    """Median microseconds of one lookup that finds its row."""
    chance = random.Random(11)
    taken = []
    for row in chance.sample(rows, LOOKUPS):
        start = time.perf_counter()
        assert look(row)
        taken.append((time.perf_counter() - start) * 1e6)
    return median(taken)


def main() -> None:
    rows = contacts(ROWS)
    peers = {
        "plain text, SQLAlchemy Core": plain_core,
        "sealed-fields as documented": sealed_fields,
        "pydantic-encryption as documented": pydantic_encryption,
    }
    inserted: dict[str, list[float]] = {}
    parsed: list[float] = []
    looked: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for name, peer in peers.items():
            with tempfile.TemporaryDirectory() as folder:
                seconds, look = peer(Path(folder), rows)
                inserted.setdefault(name, []).append(ROWS / seconds)
                looked.setdefault(name, []).append(lookup_micros(look, rows))
        with tempfile.TemporaryDirectory() as folder:
            parsing, rest, look = into_a_desk(Path(folder), rows)
            parsed.append(ROWS / parsing)
            inserted.setdefault("a desk, parsed rows", []).append(ROWS / rest)
            inserted.setdefault("a desk, from the file", []).append(ROWS / (rest + parsing))
            looked.setdefault("a desk, parsed rows", []).append(lookup_micros(look, rows))
    base = median(inserted["sealed-fields as documented"])
    print(f"{ROWS:,} rows a round, median of {ROUNDS} rounds (lowest to highest)\n")
    print("| way | rows/s | to sealed-fields | lookup by phone, µs |")
    print("| --- | ---: | ---: | ---: |")
    for name, rates in inserted.items():
        found = f"{median(looked[name]):,.0f}" if name in looked else ""
        spread = f"{median(rates):,.0f} ({min(rates):,.0f} to {max(rates):,.0f})"
        print(f"| {name} | {spread} | {median(rates) / base:.2f} | {found} |")
    print(f"\nParsing alone (CSV to normalised contacts): {median(parsed):,.0f} rows/s")


if __name__ == "__main__":
    main()
