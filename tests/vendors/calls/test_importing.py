"""Importing an export into a desk: once, sealed, resumable, accounted for, and nothing personal."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from privacy.actors import Actor
from privacy.errors import BadInput, CannotOpen, Denied, KeyMissing, NotFound
from privacy.storage.tables.audit import AuditEntry
from privacy.storage.tables.base import table_of
from privacy.storage.tables.vendor_calls import VendorCallChunk
from privacy.terms import KeyClass, OpeningPurpose, Role
from privacy.vault.sealing import Part, Place
from privacy.vault.store import SealedPart
from privacy.vendors import store as vendors
from privacy.vendors.calls import export as exports
from privacy.vendors.calls import keeping
from privacy.vendors.calls import store as call_store
from privacy.vendors.calls.declared import Declared
from privacy.vendors.calls.importing import Imported, import_calls, look
from tests.canaries import find_leaks
from tests.desks import MadeDesk
from tests.vendors.calls.exports import GOLDEN, ZONE, declared, golden

TOLD = Declared(zone=ZONE, region="US", trunk_prefixes=("9",))
CANARIES = (
    "Canary Quill",
    "1 Canary Mews",
    "Canaryton",
    "canary@quill.example",
    "1970-01-01",
    "Agent Canary",
    "12025550111",
    "2025550112",
    "+12025550113",
    "442079460011",
)


@dataclass
class AtDesk:
    """A desk with one vendor."""

    made: MadeDesk
    vendor: str

    def take(self, *paths: Path, told: Declared = TOLD, **more: Any) -> Imported:
        looked = look(paths, told)
        return import_calls(self.made.desk, self.made.dpo, self.vendor, looked, **more)

    def stored(self) -> int:
        table = table_of(VendorCallChunk)
        with self.made.desk.reading() as db:
            return int(db.execute(select(func.coalesce(func.sum(table.c.calls), 0))).scalar_one())

    def entries(self, action: str) -> list[dict[str, Any]]:
        table = table_of(AuditEntry)
        with self.made.desk.reading() as db:
            rows = db.execute(select(table.c.body).where(table.c.action == action)).scalars()
            return [json.loads(body) for body in rows]


def at_desk(made: MadeDesk) -> AtDesk:
    return AtDesk(made, vendors.new(made.desk, made.dpo, "Example Dialer Ltd", contact=None).id)


@pytest.fixture
def there(store: MadeDesk) -> AtDesk:
    return at_desk(store)


@pytest.fixture
def here(made: MadeDesk) -> AtDesk:
    return at_desk(made)


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "Master.csv"
    path.write_bytes((GOLDEN / "asterisk-18.csv").read_bytes())
    return path


def test_calls_come_out_sealed_chunks_as_they_went_in(there: AtDesk, export: Path) -> None:
    done = there.take(export)
    (chunk,) = call_store.chunks(there.made.desk, there.made.dpo, done.record.id)
    assert done.record.calls == len(chunk) == 5
    assert chunk.number.tolist()[:2] == [12025550111, 12025550112]
    assert [call.called_raw for call in chunk][::4] == ["912025550111", "100"]
    assert there.entries("vendor_calls.opened")[0]["purpose"] == "vendor"


def test_the_same_export_again_changes_nothing(here: AtDesk, export: Path) -> None:
    first = here.take(export)
    before = here.made.desk.log.head
    with here.made.desk.reading() as db:
        size = before(db).size
    second = here.take(export)
    assert second.unchanged
    assert second.record.id == first.record.id
    with here.made.desk.reading() as db:
        assert before(db).size == size
    assert here.stored() == 5


def test_an_invoice_that_comes_later_is_held_against_the_same_calls(
    here: AtDesk, export: Path
) -> None:
    first = here.take(export, told=replace(TOLD, first=date(2026, 10, 5), clock="server, NTP"))
    later = here.take(export, told=replace(TOLD, invoiced=9))
    assert (later.unchanged, later.restated) == (True, True)
    assert later.record.id == first.record.id
    checks = {each["code"]: each for each in later.manifest["completeness"]}
    assert (checks["invoice"]["verdict"], checks["invoice"]["lacking"]) == ("gap", 4)
    # What was stated before stays, and so do checks that rest on the file alone.
    assert later.manifest["declared"]["clock"] == "server, NTP"
    assert later.manifest["period"]["declared_from"] == "2026-10-05"
    assert [each["code"] for each in first.manifest["completeness"]] == list(checks)
    (entry,) = here.entries("vendor_calls.restated")
    assert entry["digest"] == later.record.manifest_sha256
    again = here.take(export, told=replace(TOLD, invoiced=9))
    assert (again.unchanged, again.restated) == (True, False)


def test_calls_of_an_overlapping_export_count_once(here: AtDesk, export: Path) -> None:
    here.take(export)
    rows = export.read_text().splitlines()
    later = export.with_name("later.csv")
    more = rows[0].replace("1759600000.0", "1759600009.9").replace(" 10:0", " 12:0")
    later.write_text("\n".join([*rows[2:], more]) + "\n")
    done = here.take(later)
    assert done.manifest["rows"]["known"] == 3
    assert done.record.calls == 1
    assert here.stored() == 6


def test_an_import_that_broke_off_goes_on_after_its_last_chunk(
    there: AtDesk, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "CHUNK", 2)
    keep = call_store.keep
    taken: list[int] = []

    def breaks(*arguments: Any) -> None:
        if len(taken) == 2:
            raise KeyboardInterrupt
        taken.append(arguments[3])
        keep(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(call_store, "keep", breaks)
        with pytest.raises(KeyboardInterrupt):
            there.take(export)
    assert there.stored() == 4
    done = there.take(export)
    assert done.resumed_at_chunk == 2
    assert done.record.state == call_store.DONE
    assert there.stored() == done.record.calls == 5
    whole = [
        call
        for chunk in call_store.chunks(there.made.desk, there.made.dpo, done.record.id)
        for call in chunk
    ]
    assert [call.rows for call in whole] == [(1,), (2,), (3,), (4,), (5,)]


def test_beside_an_import_that_broke_off_no_other_one_begins(
    here: AtDesk, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(call_store, "finish", breaks)
        with pytest.raises(KeyboardInterrupt):
            here.take(export)
    other = export.with_name("other.csv")
    other.write_text(export.read_text() + "\n")
    for path, told in ((other, TOLD), (export, replace(TOLD, zone="Etc/UTC"))):
        with pytest.raises(BadInput) as refusal:
            here.take(path, told=told)
        assert "vendor calls drop vi-" in refusal.value.next
    call_store.replace(here.made.desk, here.made.dpo, refusal.value.what)
    assert here.stored() == 0
    assert here.take(other).record.calls == here.stored() == 5


def test_the_manifest_stands_in_the_table_and_in_the_log(here: AtDesk, export: Path) -> None:
    told = replace(TOLD, first=date(2026, 10, 5), last=date(2026, 11, 1), clock="server, NTP")
    done = here.take(export, told=told)
    digest = sha256(export.read_bytes()).hexdigest()
    manifest = done.manifest
    assert manifest["files"] == [{"sha256": digest, "size": export.stat().st_size}]
    assert manifest["declared"]["zone"] == ZONE
    assert manifest["declared"]["clock"] == "server, NTP"
    assert manifest["period"]["found_from"] == "2026-10-05T14:00:00.000000Z"
    assert manifest["rows"]["read"] == 5
    (entry,) = here.entries("vendor_calls.imported")
    assert entry["digest"] == done.record.manifest_sha256
    assert f"file={digest}" in entry["fields"]
    assert f"zone={ZONE}" in entry["fields"]
    assert "rows=5" in entry["fields"]


def test_what_is_not_read_goes_to_a_file_by_line_and_reason(here: AtDesk, export: Path) -> None:
    rows = export.read_text().splitlines()
    rows[1] = rows[1].replace("2026-10-05 10:02:00", "2026-03-08 02:30:00")
    rows.append(rows[0].replace("2026-10-05", "2027-10-05").replace("1759600000.0", "1.9"))
    export.write_text("\n".join(rows) + "\n")
    done = here.take(export)
    assert done.rejects is not None
    told = done.rejects.read_text().splitlines()
    assert told[0] == "line,field,reason,row"
    assert set(told[1:]) == {
        "2,at,skipped_hour,rejected",
        "5,called,called_not_e164,kept",
        "6,at,in_the_future,rejected",
    }
    assert done.rejects.stat().st_mode & 0o077 == 0
    assert done.manifest["rows"]["reasons"] == {"skipped_hour": 1, "in_the_future": 1}
    rows_told = done.manifest["rows"]
    assert rows_told["refused"] == 2
    assert rows_told["read"] == rows_told["calls"] + rows_told["refused"] == 6


def test_an_import_that_was_read_wrongly_is_replaced_and_its_key_is_gone(
    here: AtDesk, export: Path
) -> None:
    wrong = here.take(export)
    right = replace(TOLD, zone="America/Chicago")
    with pytest.raises(BadInput) as refusal:
        here.take(export, told=right)
    assert refusal.value.what == wrong.record.id
    done = here.take(export, told=right, replace=wrong.record.id)
    assert done.record.calls == here.stored() == 5
    assert done.manifest["rows"]["known"] == 0
    assert list(call_store.chunks(here.made.desk, here.made.dpo, wrong.record.id)) == []
    place = Place(Part.VENDOR_CALLS, wrong.record.holder_id, 1)
    with pytest.raises(KeyMissing):
        here.made.desk.vault.open(
            [SealedPart(place, KeyClass.CALLS, b"")], "dpo", OpeningPurpose.VENDOR
        )


def test_a_chunk_of_one_import_does_not_open_in_another(here: AtDesk, export: Path) -> None:
    here.take(export)
    other = export.with_name("other.csv")
    other.write_text(export.read_text().replace("17596000", "17596999"))
    done = here.take(other)
    table = table_of(VendorCallChunk)

    def move(unit: Any) -> None:
        unit.db.execute(update(table).values(import_id=done.record.id))
        unit.append("test.moved", "dpo")

    here.made.desk.write(move)
    with pytest.raises(CannotOpen):
        list(call_store.chunks(here.made.desk, here.made.dpo, done.record.id))


def test_only_who_assesses_vendors_imports_and_opens(here: AtDesk, export: Path) -> None:
    auditor = Actor("auditor", Role.AUDITOR)
    done = here.take(export)
    with pytest.raises(Denied):
        import_calls(here.made.desk, auditor, here.vendor, look([export], TOLD))
    with pytest.raises(Denied):
        list(call_store.chunks(here.made.desk, auditor, done.record.id))


def test_an_unknown_vendor_and_import_are_not_found(here: AtDesk, export: Path) -> None:
    with pytest.raises(NotFound):
        import_calls(here.made.desk, here.made.dpo, "vd-none", look([export], TOLD))
    with pytest.raises(NotFound):
        list(call_store.chunks(here.made.desk, here.made.dpo, "vi-none"))


def test_nothing_personal_of_an_export_lies_anywhere_after_its_import(
    made: MadeDesk, tmp_path: Path
) -> None:
    here = at_desk(made)
    outside = tmp_path / "exports"
    outside.mkdir()
    for form, names in golden():
        paths = []
        for name in names:
            path = outside / f"{form.name}-{name}"
            path.write_bytes((GOLDEN / name).read_bytes())
            paths.append(path)
        rejects = made.settings.desk_dir / f"{form.name}-{names[0]}.rejects.csv"
        done = here.take(*paths, told=declared(form), rejects=rejects)
        assert done.record.calls + done.manifest["rows"]["known"] > 0, form.name
    made.desk.sign_checkpoint()
    assert find_leaks(made.settings.desk_dir, CANARIES) == []
    assert find_leaks(tmp_path / "state", CANARIES) == []
    with made.desk.reading() as db:
        records = call_store.listed(db)
    for record in records:
        for chunk in call_store.chunks(made.desk, made.dpo, record.id):
            opened = chunk.to_bytes()
            assert b"anary" not in zlib.decompress(opened)


def test_calls_are_destroyed_with_their_key_when_the_law_wants_them_no_longer(
    here: AtDesk, export: Path
) -> None:
    done = here.take(export)
    # The newest call is of 1 November 2026, and 16 CFR 310.5 keeps it five years.
    here.made.clock.at = datetime(2031, 10, 31, 12, 0, tzinfo=UTC)
    assert keeping.due(here.made.desk) == []
    here.made.clock.at = datetime(2031, 11, 2, 12, 0, tzinfo=UTC)
    assert keeping.due(here.made.desk) == [done.record.id]
    assert keeping.end(here.made.desk, here.made.dpo) == 1
    assert keeping.due(here.made.desk) == []
    assert here.stored() == 0
    holder = (done.record.holder_id, KeyClass.CALLS)
    assert here.made.desk.vault.person_keys([holder]) == {}
    with here.made.desk.reading() as db:
        kept = call_store.import_of(db, done.record.id)
    assert (kept.state, kept.manifest["rows"]["read"]) == (call_store.ENDED, 5)


def test_a_destruction_that_broke_off_before_the_key_is_due_again(
    here: AtDesk, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = here.take(export)

    def breaks(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(call_store, "delete_keys", breaks)
        with pytest.raises(KeyboardInterrupt):
            call_store.replace(here.made.desk, here.made.dpo, done.record.id)
    assert keeping.due(here.made.desk) == [done.record.id]
    assert keeping.end(here.made.desk, here.made.dpo) == 1
    assert keeping.due(here.made.desk) == []


def test_a_refusal_says_which_of_several_files_it_is_of_and_not_its_name(tmp_path: Path) -> None:
    empty = tmp_path / "Canarius.csv"
    empty.touch()
    with pytest.raises(BadInput, match="empty") as refused:
        look([GOLDEN / "asterisk-16.csv", empty], TOLD)
    assert refused.value.what == "file 2 of 2"
    assert "Canarius" not in str(refused.value.document())
