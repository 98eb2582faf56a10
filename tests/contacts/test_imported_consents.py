"""Consents of a list in the consent store: each once, for whom they are, and none lost."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from privacy.consent import store as consent_store
from privacy.consent.ledger import ConsentRecord, RecordKind
from privacy.imported_consents import keeper
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import ContactPoint
from tests.contacts.lists import imported, subjects, write_list
from tests.desks import MadeDesk

HEADER = "first name,phone,email,do not call,sms consent,sms consent date\n"


def bring(made: MadeDesk, folder: Path, *rows: str) -> None:
    path = write_list(folder, list(rows), f"list-{made.clock.at:%H%M}.csv", HEADER)
    imported(made, path, keeper(made.desk, made.dpo))
    made.clock.advance(timedelta(minutes=1))


def texts(made: MadeDesk) -> list[tuple[int, ConsentRecord]]:
    with made.desk.reading() as db:
        found = consent_store.of_subjects(db, [own for own, _ in subjects(made.desk)])
    return [(own, record) for own, record in found if record.channel == "text"]


def test_the_same_list_again_records_nothing_again(made: MadeDesk, tmp_path: Path) -> None:
    row = "Ann,020 7946 0018,ann@example.com,yes,,"
    bring(made, tmp_path, row)
    bring(made, tmp_path, row)
    assert [record.kind for _, record in texts(made)] == [RecordKind.WITHDRAWAL]


def test_a_withdrawal_after_a_later_grant_is_recorded_again(made: MadeDesk, tmp_path: Path) -> None:
    bring(made, tmp_path, "Ann,020 7946 0018,ann@example.com,yes,,")
    later = f"{made.clock.at:%Y-%m-%dT%H:%M:%SZ}"
    bring(made, tmp_path, f"Ann,020 7946 0018,ann@example.com,no,yes,{later}")
    bring(made, tmp_path, "Ann,020 7946 0018,ann@example.com,yes,,")
    # Ann's number stands at both of her joined records; each point is withdrawn again.
    found = sorted(texts(made), key=lambda pair: pair[1].effective_at)
    granted = {record.point_id for _, record in found if record.kind is RecordKind.GRANT}
    last = {record.point_id: record.kind for _, record in found}
    assert len(granted) == 2
    assert {last[point] for point in granted} == {RecordKind.WITHDRAWAL}


def test_a_record_stands_with_the_subject_whose_point_it_is_about(
    made: MadeDesk, tmp_path: Path
) -> None:
    bring(made, tmp_path, "Ann,020 7946 0018,ann@example.com,,,")
    bring(made, tmp_path, "Ann,020 7946 0018,ann@work.example,yes,,")
    table = table_of(ContactPoint)
    with made.desk.reading() as db:
        rows = db.execute(select(table.c.id, table.c.subject_id))
        owners = {row.id: row.subject_id for row in rows}
    assert {own for own, _ in texts(made)} == set(owners.values())
    assert all(owners[record.point_id or 0] == own for own, record in texts(made))


def test_everybody_whom_a_nameless_row_fits_is_withdrawn(made: MadeDesk, tmp_path: Path) -> None:
    bring(made, tmp_path, "Ann,020 7946 0018,,,,", "Bob,020 7946 0018,,,,")
    bring(made, tmp_path, ",020 7946 0018,,yes,,")
    assert {own for own, _ in texts(made)} == {own for own, _ in subjects(made.desk)}
