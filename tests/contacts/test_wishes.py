"""Wishes: hours and ways as people write them; what cannot be read stops calls."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from privacy.contacts.importing import ImportOptions, import_sheet
from privacy.contacts.sheet import open_sheet
from privacy.contacts.wishes import UNREADABLE, read_channels, read_times
from privacy.contacts.wishing import note
from privacy.errors import NotFound
from privacy.gateway.leases import open_candidates, rows_of
from privacy.imported_consents import keeper
from privacy.law.windows import WEEKDAYS, week_windows
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import ConsentRow
from privacy.storage.tables.gateway import CandidateRow
from privacy.storage.tables.people import ContactPoint
from privacy.terms import KeyClass, OpeningPurpose
from privacy.vault.opening import SealedPart
from privacy.vault.sealing import Part, Place
from tests.desks import MadeDesk
from tests.gateway.scene import number, scene

MORNING, AFTERNOON = ["09:00", "12:00"], ["14:30", "18:00"]
HEADER = "Full Name,Phone,Preferred times,Preferred channel"


@pytest.mark.parametrize(
    ("text", "week"),
    [
        ("9:00-12:00", {day: [["09:00", "12:00"]] for day in WEEKDAYS}),
        ("Mon-Wed 9-12, 14:30-18:00", {day: [MORNING, AFTERNOON] for day in WEEKDAYS[:3]}),
        ("mi 9–12; Montag 14:30-18:00", {"mon": [AFTERNOON], "wed": [MORNING]}),
        ("fri-mon 8-9", {day: [["08:00", "09:00"]] for day in ("mon", "fri", "sat", "sun")}),
    ],
)  # fmt: skip
def test_hours_are_read_as_people_write_them(text: str, week: dict[str, object]) -> None:
    assert read_times(text) == week


@pytest.mark.parametrize("text", ["", "mornings", "mon", "12-9", "25:00-26:00", "xyz 9-12", "9"])
def test_hours_that_are_not_sure_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_times(text)


@given(st.text(max_size=60))
def test_any_text_is_hours_of_a_week_or_none(text: str) -> None:
    try:
        week = read_times(text)
    except ValueError:
        return
    week_windows(week)


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        ("E-Mail", ["email"]),
        ("SMS and e-mail only", ["text", "email"]),
        ("phone; letter", ["voice", "post"]),
        ("no calls", [UNREADABLE]),
        ("nur Brief", ["post"]),
        ("", []),
    ],
)
def test_ways_are_read_and_what_is_not_known_names_none(text: str, ways: list[str]) -> None:
    assert read_channels(text) == ways


def imported(made: MadeDesk, folder: Path, *rows: str) -> tuple[list[str], list[dict[str, object]]]:
    """Import a list; the reasons told, and the call parts by order of import."""
    path = folder / "list.csv"
    path.write_text("\n".join((HEADER, *rows)) + "\n", "utf-8")
    options = ImportOptions(obtained_on=made.desk.now().date(), source="test", region="GB")
    result = import_sheet(
        made.desk,
        made.handler,
        open_sheet(path, region="GB"),
        options,
        lambda _: None,
        keeper(made.desk, made.handler),
    )
    point = table_of(ContactPoint)
    with made.desk.reading() as db:
        rows_held = db.execute(
            select(point).where(point.c.sealed.is_not(None)).order_by(point.c.id)
        ).all()
    parts = [
        SealedPart(
            Place(Part.PHONE, row.subject_id, row.id, row.version), KeyClass.CALL, row.sealed
        )
        for row in rows_held
    ]
    opened = made.desk.vault.open(parts, "test", OpeningPurpose.CALL)
    return sorted(result.reasons), [json.loads(opened[part.place]) for part in parts]


def test_a_list_brings_wishes_into_the_part_that_a_call_needs(
    made: MadeDesk, tmp_path: Path
) -> None:
    reasons, calls = imported(made, tmp_path, f'Ann Canary,{number(0)},"mon 9-12",email')
    assert reasons == []
    assert calls[0]["times"] == {"mon": [["09:00", "12:00"]]}
    assert calls[0]["channels"] == ["email"]
    table = table_of(ConsentRow)
    with made.desk.reading() as db:
        told = {(row.kind, row.channel) for row in db.execute(select(table))}
    assert told == {("withdrawal", "voice_live"), ("withdrawal", "voice_prerecorded")}


def test_a_wish_that_cannot_be_read_is_told_and_stops_calls(made: MadeDesk, tmp_path: Path) -> None:
    reasons, calls = imported(made, tmp_path, f"Ann Canary,{number(0)},mornings,pigeon")
    assert reasons == ["wish_not_readable"]
    assert calls[0]["times"] == UNREADABLE
    assert calls[0]["channels"] == [UNREADABLE]


def test_a_wish_of_somebody_known_is_told_and_withdraws_calls_at_once(
    made: MadeDesk, tmp_path: Path
) -> None:
    imported(made, tmp_path, f"Ann Canary,{number(0)},,")
    reasons, _ = imported(made, tmp_path, f"Ann Canary,{number(0)},,email")
    assert reasons == ["wish_of_known_person"]
    with made.desk.reading() as db:
        assert len(db.execute(select(table_of(ConsentRow))).all()) == 2


def test_a_noted_wish_holds_for_every_number_and_closes_a_permit(store: MadeDesk) -> None:
    set_up = scene(store, 1)
    person = set_up.people[0]
    assert note(store.desk, store.handler, person.subject_id, {"channels": ["text"]}) == 1
    with store.desk.reading() as db:
        ids = db.execute(select(table_of(CandidateRow).c.id)).scalars().all()
        rows = rows_of(db, ids)
    (leased,) = open_candidates(store.desk, rows, "test", set_up.campaign)
    assert leased.call["channels"] == ["text"]
    assert leased.number == number(0)
    with pytest.raises(NotFound):
        note(store.desk, store.handler, 1, {"channels": []})
