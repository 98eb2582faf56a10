"""Call records: every required field or its absence named; a release like any other."""

from __future__ import annotations

import csv
import json
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from privacy.consent import notices, restrictions
from privacy.disclosures import store as disclosures
from privacy.disclosures.given import Role
from privacy.errors import BadInput
from privacy.gateway import record_export, record_fields, record_pages
from privacy.gateway.call_rows import COLUMNS
from privacy.gateway.outcomes import Told
from privacy.gateway.protocol import EventKind
from privacy.gateway.record_export import Wish
from privacy.gateway.record_fields import Check
from privacy.gateway.record_pages import Which
from privacy.law.rulebook import rulebook
from privacy.storage.tables.audit import AuditEntry
from privacy.storage.tables.base import table_of
from privacy.terms import OpeningPurpose
from tests.canaries import find_leaks
from tests.desks import MadeDesk
from tests.gateway.many_calls import fill, rising
from tests.gateway.scene import Scene, number, scene
from tests.gateway.test_commands import Command, command
from tests.gateway.test_outcomes import KEY, TALKING, dialled, tell

__all__ = ["command"]

END = Told(6, EventKind.ENDED, 9_000, "remote")


def called(made: MadeDesk, count: int = 3, **settings: Any) -> tuple[Scene, list[str]]:
    """A campaign whose calls were answered and ended; the last one opted out."""
    set_up = scene(made, count, **settings)
    attempts = dialled(set_up, count)
    for attempt in attempts[:-1]:
        tell(set_up, attempt, *TALKING, Told(5, EventKind.ENDED, 9_000, "remote"))
    tell(set_up, attempts[-1], *TALKING, KEY, END)
    return set_up, attempts


def wish(set_up: Scene, form: str = "csv", purpose: str = "authority") -> Wish:
    until = set_up.made.clock.now() + timedelta(hours=1)
    which = Which(set_up.campaign, datetime(2000, 1, 1, tzinfo=UTC), until)
    return Wish(which, form, purpose, "Federal Trade Commission", Role.AUTHORITY, "US")


def exported(set_up: Scene, path: Path, form: str = "csv", purpose: str = "authority") -> Any:
    made = set_up.made
    return record_export.export(made.desk, made.dpo, path, wish(set_up, form, purpose))


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_record_has_the_fields_of_the_rule_and_its_file_is_private(
    store: MadeDesk, tmp_path: Path
) -> None:
    set_up, attempts = called(store)
    path = tmp_path / "calls.csv"
    done = exported(set_up, path)
    rows = rows_of(path)
    assert [row["call_id"] for row in rows] == attempts
    assert list(rows[0]) == list(COLUMNS)
    assert {row["called_number"] for row in rows} == {number(n) for n in range(3)}
    first, last = rows[0], rows[-1]
    assert (first["calling_number"], first["duration_s"]) == ("+442079460100", "6")
    assert (first["disposition"], first["heard_ms"]) == ("completed", "5800")
    assert (first["seller"], first["service_provider"]) == ("Example Retail", "none")
    assert last["opted_out_at"] >= last["released_at"]
    assert not first["opted_out_at"]
    assert (done.count, done.without_number, done.resumed_at) == (3, 0, 0)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    about = json.loads(record_export.about_of(path).read_text())
    assert about["keep_for_years"] == 5
    assert first["script_sha256"] == about["script"]["sha256"]


def test_the_same_records_come_as_json(made: MadeDesk, tmp_path: Path) -> None:
    set_up, _ = called(made)
    exported(set_up, tmp_path / "calls.csv")
    exported(set_up, tmp_path / "calls.json", "json")
    document = json.loads((tmp_path / "calls.json").read_text())
    assert document["schema"] == "rightsdesk.call-records/1"
    assert document["calls"] == rows_of(tmp_path / "calls.csv")


def test_no_calls_are_a_readable_file(made: MadeDesk, tmp_path: Path) -> None:
    set_up = scene(made, 1)
    assert exported(set_up, tmp_path / "none.json", "json").count == 0
    assert json.loads((tmp_path / "none.json").read_text())["calls"] == []


def test_a_release_is_in_log_and_ledger_before_the_file_has_its_name(
    made: MadeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up, _ = called(made)
    path, seen = tmp_path / "calls.csv", []

    def look(whole: Callable[[Path], None]) -> Callable[[Path], None]:
        def completing(of: Path) -> None:
            entries = table_of(AuditEntry)
            with made.desk.reading() as db:
                seen.append(
                    db.execute(
                        select(entries.c.body).where(entries.c.action == "calls.exported")
                    ).scalar_one()
                )
            assert not of.exists()
            whole(of)

        return completing

    monkeypatch.setattr(record_export, "_complete", look(record_export._complete))
    done = exported(set_up, path)
    assert done.sha256.encode() in bytes(seen[0])
    with made.desk.reading() as db:
        lines = disclosures.of_people(db, [one.subject_id for one in set_up.people])
    assert [line.given.recipient for line in lines] == ["Federal Trade Commission"] * 3
    assert {line.given.ref for line in lines} == {done.id}
    with pytest.raises(BadInput):
        exported(set_up, path)


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_file_that_broke_off_goes_on_and_is_the_same(
    made: MadeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    set_up, _ = called(made, 7)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    monkeypatch.setattr(record_pages, "PAGE", 2)
    exported(set_up, whole, form)
    kept = record_export._kept
    pages = iter(range(2))

    def breaks(*words: Any) -> Any:
        if next(pages, None) is None:
            raise KeyboardInterrupt
        return kept(*words)

    monkeypatch.setattr(record_export, "_kept", breaks)
    with pytest.raises(KeyboardInterrupt):
        exported(set_up, broken, form)
    assert not broken.exists()
    monkeypatch.setattr(record_export, "_kept", kept)
    with pytest.raises(BadInput):
        exported(set_up, broken, form, "audit")
    done = exported(set_up, broken, form)
    assert (done.count, done.resumed_at) == (7, 4)
    texts = [path.read_text().split('"export"')[-1][40:] for path in (whole, broken)]
    assert texts[0] == texts[1]
    assert not list(tmp_path.glob("*.part")) + list(tmp_path.glob("*.state"))
    with made.desk.reading() as db:
        lines = disclosures.of_people(db, [one.subject_id for one in set_up.people])
    assert len([line for line in lines if line.given.ref == done.id]) == 7


def test_a_restricted_persons_number_leaves_for_a_claim_and_not_for_an_audit(
    made: MadeDesk, tmp_path: Path
) -> None:
    set_up, _ = called(made)
    restrictions.place(made.desk, made.dpo, set_up.people[0].subject_id, "accuracy")
    exported(set_up, tmp_path / "claim.csv", "csv", "legal_claim")
    done = exported(set_up, tmp_path / "audit.csv", "csv", "audit")
    assert number(0) in (tmp_path / "claim.csv").read_text()
    assert number(0) not in (tmp_path / "audit.csv").read_text()
    assert done.without_number == 1
    assert "called_number=restricted" in (tmp_path / "audit.csv").read_text()


def test_a_title_that_is_a_formula_is_harmless(made: MadeDesk, tmp_path: Path) -> None:
    set_up, _ = called(made, 1, title="=HYPERLINK(1)")
    exported(set_up, tmp_path / "calls.csv")
    assert rows_of(tmp_path / "calls.csv")[0]["campaign_title"] == "'=HYPERLINK(1)"


@pytest.mark.long
def test_a_million_records_take_no_more_memory_than_a_few(made: MadeDesk, tmp_path: Path) -> None:
    set_up = scene(made, 20)
    fill(set_up, 1_000_000)
    with rising() as rise:
        done = exported(set_up, tmp_path / "calls.csv")
    assert (done.count, done.without_number) == (1_000_000, 0)
    assert rise.mib < 64


def test_a_page_of_records_is_read_at_a_time(made: MadeDesk, tmp_path: Path) -> None:
    set_up = scene(made, 3)
    fill(set_up, 1_234)
    assert exported(set_up, tmp_path / "calls.csv").count == 1_234
    rows = rows_of(tmp_path / "calls.csv")
    assert len({row["call_id"] for row in rows}) == 1_234
    assert [row["released_at"] for row in rows] == sorted(row["released_at"] for row in rows)


def looked_at(set_up: Scene) -> Check:
    made, found = set_up.made, Check()
    opens = record_pages.opening(
        made.desk, made.dpo, OpeningPurpose.LEGAL_GROUND, "calls.records_checked", set_up.campaign
    )
    for page in record_pages.pages(made.desk, wish(set_up).which, opens):
        found.add(page.rows)
    return found


def test_what_is_missing_is_named_by_field_and_call(made: MadeDesk) -> None:
    set_up, attempts = called(made)
    found = {one["id"]: one for one in looked_at(set_up).document()}
    assert found["called_number"]["missing"] == found["duration"]["missing"] == 0
    # These consents name no text that was shown.
    assert found["consent_record"]["missing"] == 3
    assert found["consent_record"]["why"] == {"consent_text_sha256 not_kept": 3}
    assert found["consent_record"]["examples"] == attempts
    assert found["customer_data"]["kept"] == "outside"


def test_a_call_whose_end_nobody_told_has_no_duration(made: MadeDesk) -> None:
    set_up = scene(made, 1)
    (attempt,) = dialled(set_up)
    tell(set_up, attempt, *TALKING)
    gaps = {one["id"]: one for one in looked_at(set_up).document()}
    assert gaps["duration"]["examples"] == [attempt]
    assert gaps["duration"]["why"] == {"duration_s not_told": 1}


def test_every_item_of_the_rule_in_the_pack_has_a_place() -> None:
    params = rulebook().by_id[record_fields.RULE].params
    told = {one.item for one in record_fields.wanted() if one.rule == record_fields.RULE}
    assert told == {*params["call_detail"], *params["other"]}
    for one in record_fields.wanted():
        assert one.status in record_fields.STATUS
        assert bool(one.columns) is (one.kept == "call")
        assert one.citation
        assert one.where or one.columns
    assert record_fields.retention_years() == params["retention_years"]


def test_the_commands_export_and_check(made: MadeDesk, command: Command, tmp_path: Path) -> None:
    set_up, _ = called(made)
    notices.add(made.desk, made.handler, "autumn", "en", "You agree to recorded calls.")
    out = tmp_path / "calls.csv"
    words = ("campaign", "records", "export", set_up.campaign, "--out", str(out))
    told = command(*words, "--purpose", "authority", "--recipient", "Example Authority")
    assert (told["count"], told["schema"]) == (3, "rightsdesk.call-records-export/1")
    command(*words, "--purpose", "authority", "--recipient", "Example Authority", code=2)
    checked = command("campaign", "records", "check", set_up.campaign, code=1)
    assert (checked["calls"], checked["complete"]) == (3, False)
    assert number(0) not in json.dumps(checked)
    out.unlink()
    made.desk.close()
    assert not find_leaks(tmp_path, [number(n) for n in range(3)])
