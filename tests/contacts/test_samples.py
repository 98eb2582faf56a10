"""Published sample lists: counts that add up, and no value of them in any file of the desk."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from privacy.contacts.importing import import_file
from privacy.contacts.rows import Contact, RawContact, read_contact
from privacy.contacts.sheet import open_sheet
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import Subject
from tests.canaries import SHORTEST, find_leaks
from tests.contacts.lists import adds_up, stored
from tests.contacts.lists import options as british
from tests.desks import MadeDesk

# file: (region, rows, imported, merged, rejected)
EXPECTED = {
    "us-500-first250.csv": ("US", 250, 250, 0, 0),
    "uk-500-first250.csv": ("GB", 250, 250, 0, 0),
    "ca-500-semicolon.csv": ("CA", 500, 500, 0, 0),
    "mautic-fakelead-first27.csv": ("", 27, 27, 0, 0),
    "mautic-10contacts.csv": ("", 10, 10, 0, 0),
    "febrl-dataset1.csv": ("AU", 1000, 1000, 0, 0),
    "libphonenumber-examples-even.csv": ("", 691, 514, 54, 123),
    "vcard/John_Doe_ANDROID.vcf": ("US", 6, 4, 0, 2),
    "vcard/John_Doe_GMAIL.vcf": ("US", 1, 1, 0, 0),
    "vcard/John_Doe_MS_OUTLOOK.vcf": ("US", 1, 1, 0, 0),
    "vcard/fullcontact.vcf": ("US", 1, 1, 0, 0),
    "vcard/gmail-single2.vcf": ("US", 1, 1, 0, 0),
    "vcard/outlook-2003.vcf": ("US", 1, 1, 0, 0),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_list_is_imported_and_the_same_list_again_changes_nothing(
    made: MadeDesk, samples: Path, tmp_path: Path, name: str
) -> None:
    region, read, new, joined, refused = EXPECTED[name]
    path = samples / "contacts" / name
    options = replace(british(rejects=tmp_path / "rejects.csv"), region=region)
    first = import_file(made.desk, made.dpo, path, options)
    adds_up(first)
    assert (first.read, first.imported, first.merged, first.rejected) == (
        read,
        new,
        joined,
        refused,
    )
    assert first.unchanged == 0
    before = stored(made.desk)
    again = import_file(made.desk, made.dpo, path, options)
    assert (again.unchanged, again.rejected) == (read - refused, refused)
    assert stored(made.desk) == before


def test_every_sample_is_known_here(samples: Path) -> None:
    folder = samples / "contacts"
    found = {str(path.relative_to(folder)) for path in folder.rglob("*.[cv][sc][vf]")}
    assert found == set(EXPECTED)


def test_published_duplicates_of_one_person_are_not_joined_by_name_alone(
    made: MadeDesk, samples: Path
) -> None:
    # The FEBRL list has no numbers or mails: likeness of names is no proof.
    import_file(made.desk, made.dpo, samples / "contacts" / "febrl-dataset1.csv", british())
    table = table_of(Subject)
    with made.desk.reading() as db:
        assert not db.execute(select(table.c.id).where(table.c.merged_into.is_not(None))).all()


@pytest.mark.parametrize(
    ("name", "region"), [("us-500-first250.csv", "US"), ("mautic-fakelead-first27.csv", "GB")]
)
def test_no_value_of_a_list_stands_in_any_file_of_desk_or_state(
    made: MadeDesk, samples: Path, tmp_path: Path, name: str, region: str
) -> None:
    path = samples / "contacts" / name
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    values = {cell.strip() for row in rows for cell in row.values() if cell}
    values |= {f"{row['email']}".casefold() for row in rows}
    options = replace(british(rejects=made.desk.folder / "rejects.csv"), region=region)
    result = import_file(made.desk, made.dpo, path, options)
    import_file(made.desk, made.dpo, path, options)
    assert result.imported == len(rows)
    searched = {value for value in values if len(value) >= SHORTEST}
    numbers = _numbers(path, region)
    assert len(searched) > 100
    assert len(numbers) >= len(rows) * 0.9
    assert find_leaks(made.desk.folder, searched | numbers) == []
    assert find_leaks(made.desk.state, searched | numbers) == []


def _numbers(path: Path, region: str) -> set[str]:
    sheet = open_sheet(path)
    found = set()
    for raw in sheet.rows(UTC, datetime(2026, 11, 24, tzinfo=UTC)):
        assert isinstance(raw, RawContact)
        contact = read_contact(raw, 1, region)
        if isinstance(contact, Contact):
            found |= {number for number, _ in contact.phones}
    return found
