"""Import on both stores: every row ends as one thing, and the same file again changes nothing."""

from __future__ import annotations

import csv
import stat
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from privacy.actors import Actor
from privacy.audit.entry import parse
from privacy.clock import micros
from privacy.contacts import batches
from privacy.contacts.deciding import RowConsents
from privacy.contacts.importing import ImportOptions, import_file
from privacy.errors import BadInput, Denied, DeskInUse, MachineFailed
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import ErasedTag, ImportBatch, Subject
from privacy.storage.tables.vault import DeskKey
from privacy.storage.unit import Unit
from privacy.terms import LawfulBasis, Role, SubjectState
from tests.contacts.lists import (
    adds_up,
    imported,
    numbers,
    options,
    stored,
    subjects,
    write_list,
)
from tests.desks import MadeDesk

ANN = "Ann,Lee,020 7946 0018,ann@example.com,SW1A 1AA"
BOB = "Bob,Lee,020 7946 0018,bob@example.com,SW1A 1AA"


def test_a_contact_keeps_source_basis_and_date(made: MadeDesk, tmp_path: Path) -> None:
    result = imported(made, write_list(tmp_path, [ANN]), lawful_basis=LawfulBasis.CONSENT)
    assert numbers(result) == (1, 0, 0, 0)
    table = table_of(Subject)
    with made.desk.reading() as db:
        row = db.execute(select(table)).one()
    assert (row.source, row.lawful_basis, row.obtained_on) == ("webshop", "consent", "2026-11-01")
    assert row.import_id == result.import_id
    assert row.state == SubjectState.ACTIVE


def test_the_same_file_again_changes_nothing(store: MadeDesk, tmp_path: Path) -> None:
    rows = [ANN, BOB, "Eve,Moss,,,M1 1AA", "Bad,Row,911,,", ",,,solo@example.com,"]
    path = write_list(tmp_path, [*rows, ANN])
    first = imported(store, path)
    before = stored(store.desk)
    again = imported(store, path)
    assert numbers(first) == (4, 0, 1, 1)
    assert numbers(again) == (0, 0, 5, 1)
    assert again.possible_duplicates == 0
    assert stored(store.desk) == before


def test_a_row_that_adds_something_is_merged_and_moves_nothing(
    store: MadeDesk, tmp_path: Path
) -> None:
    imported(store, write_list(tmp_path, [ANN]))
    more = "Ann,Lee,020 7946 0018,ann@work.example,"
    result = imported(store, write_list(tmp_path, [more, more], "more.csv"))
    assert numbers(result) == (0, 1, 1, 0)
    (first, none), (second, into) = subjects(store.desk)
    assert (none, into) == (None, first)
    assert second != first


def test_a_shared_landline_joins_nobody(made: MadeDesk, tmp_path: Path) -> None:
    result = imported(made, write_list(tmp_path, [ANN, BOB, ",,020 7946 0018,new@example.com,"]))
    # The nameless row could be either of the two, so it is a third.
    assert numbers(result) == (3, 0, 0, 0)
    assert result.shared == 2
    assert result.possible_duplicates == 3
    assert all(into is None for _, into in subjects(made.desk))
    assert stored(made.desk)[2] == 3


def test_a_nameless_row_never_bridges_two_persons(made: MadeDesk, tmp_path: Path) -> None:
    imported(made, write_list(tmp_path, [",,020 7946 0018,,"]))
    imported(made, write_list(tmp_path, [ANN], "ann.csv"))
    result = imported(made, write_list(tmp_path, [BOB], "bob.csv"))
    # Ann joined the nameless one; Bob fits the nameless one, but not Ann.
    assert numbers(result) == (1, 0, 0, 0)
    assert result.possible_duplicates == 1
    roots = {into or own for own, into in subjects(made.desk)}
    assert len(roots) == 2


def test_a_mail_joins_as_a_number_does(made: MadeDesk, tmp_path: Path) -> None:
    rows = ["Ann,Lee,,ann@example.com,", "ANN,LÉE,020 7946 0019,Ann@Example.com,"]
    assert numbers(imported(made, write_list(tmp_path, rows))) == (1, 1, 0, 0)


def test_rejects_say_line_field_and_reason_and_no_value(made: MadeDesk, tmp_path: Path) -> None:
    rows = ["A,B,0,,", "C,D,+1,,", "E,F,911,,", "Canarina,Lee,020 7946 00,canarina@example.com,"]
    result = imported(made, write_list(tmp_path, rows))
    assert numbers(result) == (1, 0, 0, 3)
    assert result.reject_file == tmp_path / "list.csv.rejects.csv"
    assert stat.S_IMODE(result.reject_file.stat().st_mode) == 0o600
    with result.reject_file.open(newline="") as file:
        told = list(csv.reader(file))
    assert told[0] == ["line", "field", "reason", "row"]
    assert told[1] == ["2", "phone (column 3)", "not_a_number", "rejected"]
    assert told[-1] == ["5", "phone (column 3)", "not_valid", "kept"]
    assert "anarina" not in result.reject_file.read_text()


def test_nothing_rejected_leaves_no_file(made: MadeDesk, tmp_path: Path) -> None:
    asked = tmp_path / "elsewhere.csv"
    assert imported(made, write_list(tmp_path, [ANN]), rejects=asked).reject_file is None
    assert not asked.exists()
    imported(made, write_list(tmp_path, ["A,B,0,,"], "bad.csv"), rejects=asked)
    assert asked.exists()


def test_a_link_in_the_place_of_the_rejects_is_not_followed(made: MadeDesk, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("keep")
    (tmp_path / "list.csv.rejects.csv").symlink_to(precious)
    path = write_list(tmp_path, ["A,B,0,,"])
    with pytest.raises(MachineFailed):
        imported(made, path)
    assert precious.read_text() == "keep"
    assert imported(made, path, rejects=tmp_path / "other.csv").rejected == 1


def _erase(made: MadeDesk, number: str, at: datetime) -> None:
    tag = made.desk.vault.keyring.tags.number_tag(number)

    def job(unit: Unit) -> None:
        unit.db.execute(insert(table_of(ErasedTag)).values(tag=tag, erased_at=micros(at)))
        unit.append("test.erased", "dpo")

    made.desk.write(job)


def test_an_erased_number_is_not_imported_again(store: MadeDesk, tmp_path: Path) -> None:
    _erase(store, "+442079460018", datetime(2026, 11, 1, tzinfo=UTC))
    result = imported(store, write_list(tmp_path, [ANN, "Eve,Moss,,eve@example.com,"]))
    assert numbers(result) == (1, 0, 0, 1)
    assert result.erased == 1
    assert result.reasons == {"erased": 1}


@pytest.mark.parametrize(("given_on", "rejected"), [("2026-11-02", 0), ("2026-10-31", 1)])
def test_only_a_consent_later_than_the_erasure_brings_somebody_back(
    made: MadeDesk, tmp_path: Path, given_on: str, rejected: int
) -> None:
    _erase(made, "+442079460018", datetime(2026, 11, 1, 12, tzinfo=UTC))
    path = write_list(
        tmp_path,
        [f"020 7946 0018,yes,{given_on}"],
        header="phone,sms consent,sms consent date\n",
    )
    assert imported(made, path).erased == rejected


class Consents:
    """Keeps what it is told, and writes with the batch."""

    def __init__(self) -> None:
        self.told: list[RowConsents] = []
        self.in_unit = 0

    def __call__(self, rows: Sequence[RowConsents]) -> Callable[[Unit], None]:
        self.told.extend(rows)

        def job(unit: Unit) -> None:
            wanted = {row.subject_id for row in rows}
            table = table_of(Subject)
            there = unit.db.execute(select(table.c.id).where(table.c.id.in_(wanted))).scalars()
            assert set(there) == wanted
            self.in_unit += len(rows)

        return job


def test_consents_are_handed_on_in_the_transaction_that_makes_the_person(
    store: MadeDesk, tmp_path: Path
) -> None:
    header = "first name,phone,email,unsubscribed\n"
    path = write_list(tmp_path, ["Ann,020 7946 0018,ann@example.com,yes"], header=header)
    consents = Consents()
    assert imported(store, path, consents).consents == 4
    (told,) = consents.told
    assert consents.in_unit == 1
    assert [(p.kind, p.value) for p in told.points] == [
        ("phone", "+442079460018"),
        ("email", "ann@example.com"),
    ]
    assert {c.channel.value for c in told.consents} == {
        "voice_live",
        "voice_prerecorded",
        "text",
        "email",
    }
    # A row that changes nothing still brings its withdrawal, for the same points.
    assert numbers(imported(store, path, consents)) == (0, 0, 1, 0)
    assert consents.told[1] == told


def test_what_a_nameless_row_withdraws_counts_for_everybody_who_shares_the_number(
    made: MadeDesk, tmp_path: Path
) -> None:
    imported(made, write_list(tmp_path, [ANN, BOB]))
    header = "phone,do not call,sms consent,sms consent date\n"
    path = write_list(tmp_path, ["020 7946 0018,yes,yes,2026-11-01"], "no.csv", header)
    consents = Consents()
    assert imported(made, path, consents).imported == 1
    everybody = {own for own, _ in subjects(made.desk)}
    withdrawn = {
        point.subject_id
        for told in consents.told
        for point in told.points
        if any(consent.withdrawn for consent in told.consents)
    }
    granted = [told for told in consents.told if not told.consents[-1].withdrawn]
    assert withdrawn == everybody
    assert [told.subject_id for told in granted] == [max(everybody)]


def test_an_import_that_fails_in_its_consents_saves_nothing_of_the_batch(
    made: MadeDesk, tmp_path: Path
) -> None:
    path = write_list(tmp_path, ["020 7946 0018,yes"], header="phone,do not call\n")

    def failing(rows: Sequence[RowConsents]) -> Callable[[Unit], None]:
        def job(unit: Unit) -> None:
            raise BadInput("refused", what="test")

        return job

    with pytest.raises(BadInput):
        imported(made, path, failing)
    assert stored(made.desk) == (0, 0, 0)
    result = imported(made, path)
    assert (result.imported, result.resumed_at_row) == (1, 1)


def test_an_interrupted_import_goes_on_and_ends_as_if_never_interrupted(
    store: MadeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("privacy.contacts.importing.BATCH_ROWS", 7)
    rows = [f"P{n},Q{n},020 7946 0{n:03d},p{n}@example.com," for n in range(20)]
    rows += ["Bad,Row,911,,", *rows[:3], "P1,Q1,,p1@work.example,"]
    path = write_list(tmp_path, rows)

    def stop(done: int) -> None:
        if done >= 14:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_file(store.desk, store.dpo, path, options(), progress=stop)
    assert stored(store.desk)[0] == 14
    result = imported(store, path)
    assert result.resumed_at_row == 15
    assert result.read == len(rows)
    assert numbers(result) == (21, 0, 3, 1)
    assert imported(store, path).resumed_at_row is None


def test_a_person_who_changes_meanwhile_makes_the_batch_be_decided_again(
    made: MadeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(made, write_list(tmp_path, [ANN]))
    (known, _), *_ = subjects(made.desk)
    write_batch = batches.write_batch
    calls: list[int] = []

    def erasing_first(*arguments: object) -> None:
        if not calls:
            made.desk.write(_close(known))
        calls.append(1)
        write_batch(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(batches, "write_batch", erasing_first)
    more = "Ann,Lee,020 7946 0018,ann@work.example,"
    result = imported(made, write_list(tmp_path, [more], "more.csv"))
    assert len(calls) == 2
    assert numbers(result) == (1, 0, 0, 0)
    with made.desk.vault.reads.connect() as db:
        held = db.execute(select(table_of(DeskKey).c.holder_id)).scalars().all()
    assert set(held) == {own for own, _ in subjects(made.desk)}


def _close(subject_id: int) -> Callable[[Unit], None]:
    def job(unit: Unit) -> None:
        table = table_of(Subject)
        unit.db.execute(
            update(table).where(table.c.id == subject_id).values(state=SubjectState.ERASING.value)
        )
        unit.append("test.closed", "dpo")

    return job


def test_two_imports_do_not_run_at_once(store: MadeDesk, tmp_path: Path) -> None:
    path = write_list(tmp_path, [ANN])
    with batches.alone(store.desk), pytest.raises(DeskInUse):
        imported(store, path)
    imported(store, path)


def test_a_dry_run_counts_the_same_and_changes_nothing(made: MadeDesk, tmp_path: Path) -> None:
    rows = [ANN, BOB, ANN, "Ann,Lee,020 7946 0018,ann@work.example,", "A,B,0,,"]
    path = write_list(tmp_path, rows)
    dry = imported(made, path, dry_run=True)
    assert stored(made.desk) == (0, 0, 0)
    wet = imported(made, path)
    assert dry.counts() == wet.counts()
    assert dry.reject_file is None


def test_each_batch_has_one_entry_with_the_root_of_its_ciphertexts(
    made: MadeDesk, tmp_path: Path
) -> None:
    imported(made, write_list(tmp_path, [ANN, BOB]))
    with made.desk.reading() as db:
        entries = [parse(body) for _, body in made.desk.log.bodies(db)]
    told = [entry for entry in entries if str(entry["action"]).startswith("contacts.")]
    assert [entry["action"] for entry in told] == [
        "contacts.import_begun",
        "contacts.imported",
        "contacts.import_finished",
    ]
    assert told[1]["count"] == 2
    with made.desk.reading() as db:
        assert (
            batches.root_of_stored(db, [own for own, _ in subjects(made.desk)]).hex()
            == told[1]["root"]
        )


def test_the_import_row_says_where_it_stands(made: MadeDesk, tmp_path: Path) -> None:
    result = imported(made, write_list(tmp_path, [ANN, "A,B,0,,"]))
    with made.desk.reading() as db:
        row = db.execute(select(table_of(ImportBatch))).one()
    assert (row.id, row.rows_done, row.imported, row.rejected) == (result.import_id, 2, 1, 1)
    assert row.finished_at is not None


@pytest.mark.parametrize(
    "source", ["list of ann@example.com", "call 02079460018", "two\nlines", "x" * 101]
)
def test_a_source_may_not_name_a_person(made: MadeDesk, tmp_path: Path, source: str) -> None:
    path = write_list(tmp_path, [ANN])
    wrong = ImportOptions(obtained_on=date(2026, 11, 1), source=source)
    with pytest.raises(BadInput):
        import_file(made.desk, made.dpo, path, wrong)


def test_a_wrong_region_or_role_is_refused(made: MadeDesk, tmp_path: Path) -> None:
    path = write_list(tmp_path, [ANN])
    with pytest.raises(BadInput, match="country code"):
        import_file(made.desk, made.dpo, path, ImportOptions(date(2026, 11, 1), region="XX"))
    with pytest.raises(Denied):
        import_file(made.desk, Actor("a", Role.AUDITOR), path, options())


def test_ids_stay_apart_while_the_clock_stands(
    made: MadeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("privacy.contacts.importing.BATCH_ROWS", 2)
    rows = [f",,,p{n}@example.com," for n in range(9)]
    result = imported(made, write_list(tmp_path, rows))
    adds_up(result)
    assert len({own >> 22 for own, _ in subjects(made.desk)}) == 5


def test_a_header_alone_is_an_import_of_nothing(made: MadeDesk, tmp_path: Path) -> None:
    assert numbers(imported(made, write_list(tmp_path, []))) == (0, 0, 0, 0)
