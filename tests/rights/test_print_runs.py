"""Print runs: one PDF and a manifest without persons, all letters or none, the same again."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pikepdf
import pytest
from sqlalchemy import update

from privacy.errors import Altered, BadInput, Fault, KeyMissing, NotFound
from privacy.ids import public_id
from privacy.rights import outbox_store, posting, print_runs, sending_store, store
from privacy.rights.case import Event, Kind, NotNow
from privacy.rights.letter_state import Form, LetterState
from privacy.rights.package import writing
from privacy.rights.print_runs import OnPaper, Press
from privacy.rights.sending_store import Run
from privacy.storage.tables.base import table_of
from privacy.storage.tables.letters import Letter
from privacy.storage.unit import Unit
from privacy.terms import KeyClass
from privacy.vault.erase import delete_keys
from reports.joining import Joined
from tests.canaries import find_leaks
from tests.desks import MadeDesk
from tests.rights.flows import opened
from tests.rights.letter_rows import HOME, WORDS, entries, letter_of, put_letter
from tests.rights.papers import paper

PRIVATE = 0o600


def press(pages: Callable[[str], int] = lambda _: 1) -> Press:
    return Press(lambda letter: paper(pages(letter), letter), lambda duplex: Joined(duplex=duplex))


def put(made: MadeDesk, count: int = 3, **more: object) -> list[str]:
    """Approved letters that go by post, the oldest first."""
    ids = []
    for _ in range(count):
        case = opened(made.desk, made.handler, Kind.ACCESS)
        ids.append(put_letter(made, case, **more))  # type: ignore[arg-type]
        made.clock.advance(timedelta(seconds=1))
    return ids


def printed(made: MadeDesk, out: Path, of: Press | None = None, **more: bool) -> Run:
    return print_runs.make(made.desk, made.handler, out, of or press(), **more)  # type: ignore[arg-type]


def manifest_of(out: Path) -> dict[str, object]:
    document: dict[str, object] = json.loads(out.with_suffix(".json").read_text())
    return document


def test_a_run_is_one_pdf_whose_manifest_names_every_letter_and_nobody(
    store: MadeDesk, tmp_path: Path
) -> None:
    ids, out = put(store), tmp_path / "run.pdf"
    pages = dict(zip(ids, (2, 1, 3), strict=True))
    run = printed(store, out, press(pages.__getitem__))
    manifest = manifest_of(out)
    rows = manifest["letters"]
    assert isinstance(rows, list)
    assert [(row["letter"], row["first_page"], row["pages"]) for row in rows] == [
        (ids[0], 1, 2),
        (ids[1], 3, 1),
        (ids[2], 4, 3),
    ]
    assert all(row["sha256"] == letter_of(store, row["letter"]).sha256 for row in rows)
    assert manifest["sha256"] == run.sha256 == writing.digest(out.read_bytes())
    with pikepdf.Pdf.open(out) as pdf:
        assert len(pdf.pages) == manifest["pages"] == run.pages == 6
    table = list(csv.DictReader(out.with_suffix(".csv").read_text().splitlines()))
    assert [{key: str(row[key]) for key in row} for row in rows] == table
    for path in (out, out.with_suffix(".json"), out.with_suffix(".csv")):
        assert path.stat().st_mode & 0o777 == PRIVATE
    assert {letter_of(store, each).state for each in ids} == {LetterState.PRINTED}
    assert {letter_of(store, each).print_run_id for each in ids} == {run.id}


def test_a_letter_that_cannot_be_made_is_named_and_waits_for_the_next_run(
    made: MadeDesk, tmp_path: Path
) -> None:
    ids, told = put(made), dict[str, str]()
    bad = replace(
        press(),
        many=lambda each: [
            OnPaper(one, None if one == ids[1] else paper(1, one), "no glyph") for one in each
        ],
        failed=told.__setitem__,
    )
    run = printed(made, tmp_path / "run.pdf", bad)
    assert (run.letters, told) == (2, {ids[1]: "no glyph"})
    assert letter_of(made, ids[1]).state is LetterState.APPROVED
    rest = printed(made, tmp_path / "rest.pdf")
    assert rest.letters == 1
    assert letter_of(made, ids[1]).print_run_id == rest.id


def test_a_run_of_which_no_letter_can_be_made_is_none(made: MadeDesk, tmp_path: Path) -> None:
    ids = put(made)
    bad = replace(press(), many=lambda each: [OnPaper(one, None, "no glyph") for one in each])
    with pytest.raises(Fault):
        printed(made, tmp_path / "run.pdf", bad)
    assert not list(tmp_path.glob("*.pdf"))
    assert {letter_of(made, each).state for each in ids} == {LetterState.APPROVED}


def test_no_name_or_address_stands_in_a_manifest_or_in_the_desk(
    made: MadeDesk, tmp_path: Path
) -> None:
    put(made)
    out = tmp_path / "out" / "run.pdf"
    out.parent.mkdir()
    printed(made, out)
    values = [str(HOME["name"]), *HOME["lines"], WORDS]
    assert find_leaks(out.parent, values) == []
    assert find_leaks(made.desk.folder, values) == []


def test_letters_that_are_not_approved_or_go_another_way_are_not_printed(
    made: MadeDesk, tmp_path: Path
) -> None:
    (draft,) = put(made, 1, state=LetterState.DRAFT)
    (mail,) = put(made, 1, form=Form.EMAIL)
    (fee,) = put(made, 1, kind="fee")
    with pytest.raises(NotFound, match="No letter waits"):
        print_runs.make(made.desk, made.handler, tmp_path / "a.pdf", press(), kind="extension")
    run = print_runs.make(made.desk, made.handler, tmp_path / "b.pdf", press(), kind="fee")
    assert (run.letters, letter_of(made, fee).state) == (1, LetterState.PRINTED)
    assert letter_of(made, draft).state is LetterState.DRAFT
    assert letter_of(made, mail).state is LetterState.APPROVED


def test_on_both_sides_every_letter_begins_on_a_front(made: MadeDesk, tmp_path: Path) -> None:
    ids, out = put(made, 4), tmp_path / "run.pdf"
    pages = dict(zip(ids, (1, 3, 2, 1), strict=True))
    printed(made, out, press(pages.__getitem__), duplex=True)
    rows = manifest_of(out)["letters"]
    assert isinstance(rows, list)
    assert [row["first_page"] for row in rows] == [1, 3, 7, 9]
    assert [row["pages"] for row in rows] == [1, 3, 2, 1]
    with pikepdf.Pdf.open(out) as pdf:
        assert len(pdf.pages) == manifest_of(out)["pages"] == 9
        assert str(pdf.Root.ViewerPreferences.Duplex) == "/DuplexFlipLongEdge"


def test_nothing_is_overwritten(made: MadeDesk, tmp_path: Path) -> None:
    (letter,) = put(made, 1)
    (tmp_path / "run.csv").write_text("mine")
    with pytest.raises(BadInput, match="nothing was overwritten"):
        printed(made, tmp_path / "run.pdf")
    assert letter_of(made, letter).state is LetterState.APPROVED
    assert os.listdir(tmp_path).count("run.pdf") == 0


def test_the_entry_is_durable_before_the_file_has_its_name(
    made: MadeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(made)
    out, seen = tmp_path / "run.pdf", []
    rename = os.rename

    def looked(old: Path, new: Path) -> None:
        seen.append((new, len(entries(made, "print_run.written")), old.stat().st_mode & 0o777))
        rename(old, new)

    monkeypatch.setattr("privacy.rights.print_runs.os.rename", looked)
    printed(made, out)
    assert seen == [(out, 1, PRIVATE)]
    (entry,) = entries(made, "print_run.written")
    assert (entry["count"], entry["digest"]) == (3, writing.digest(out.read_bytes()))


class Killed(BaseException):
    """Ends the process for a test: nothing that tidies up runs for it."""


@pytest.mark.parametrize("when", ["before the entry", "after the entry"])
def test_a_killed_run_leaves_no_half_state(
    made: MadeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    ids, out = put(made), tmp_path / "run.pdf"

    def die(*_: object) -> None:
        raise Killed

    where = "print_runs._printed" if when == "before the entry" else "print_runs.os.rename"
    with monkeypatch.context() as patched:
        patched.setattr(f"privacy.rights.{where}", die)
        with pytest.raises(Killed):
            printed(made, out)
    logged = when == "after the entry"
    states = {letter_of(made, each).state for each in ids}
    assert states == {LetterState.PRINTED if logged else LetterState.APPROVED}
    assert not out.exists()
    assert len(list(tmp_path.glob("pr-*.part"))) == 1
    run = printed(made, out)
    assert run.letters == 3
    assert writing.digest(out.read_bytes()) == run.sha256 == manifest_of(out)["sha256"]
    assert list(tmp_path.glob("pr-*.part")) == []
    assert len(entries(made, "print_run.written")) == 1


def test_a_letter_that_was_changed_meanwhile_stops_the_run_and_leaves_no_file(
    made: MadeDesk, tmp_path: Path
) -> None:
    ids = put(made)

    def change(unit: Unit) -> None:
        sending_store.move(unit, ids[1], [LetterState.APPROVED], LetterState.CANCELLED)
        unit.append("letter.cancelled", "test")

    def meanwhile(letter: str) -> bytes:
        if letter == ids[2]:
            made.desk.write(change)
        return paper(1)

    late = Press(meanwhile, lambda duplex: Joined(duplex=duplex))
    with pytest.raises(NotNow, match="nothing was printed"):
        printed(made, tmp_path / "run.pdf", late)
    assert letter_of(made, ids[0]).state is LetterState.APPROVED
    assert [*tmp_path.glob("*.pdf"), *tmp_path.glob("*.part")] == []


def test_two_that_print_at_once_print_a_letter_once(store: MadeDesk, tmp_path: Path) -> None:
    ids, other = put(store), store.reopen()
    first: list[Run] = []

    def meanwhile(letter: str) -> bytes:
        if letter == ids[-1] and not first:
            first.append(print_runs.make(other, store.handler, tmp_path / "a.pdf", press()))
        return paper(1, letter)

    with pytest.raises(NotNow, match="nothing was printed"):
        printed(store, tmp_path / "b.pdf", replace(press(), pdf_of=meanwhile))
    other.close()
    assert {letter_of(store, each).print_run_id for each in ids} == {first[0].id}
    assert [each.name for each in sorted(tmp_path.glob("*.pdf"))] == ["a.pdf"]


def test_a_run_is_printed_again_with_the_same_bytes(made: MadeDesk, tmp_path: Path) -> None:
    put(made)
    run = printed(made, tmp_path / "run.pdf", duplex=True)
    made.clock.advance(timedelta(days=3))
    print_runs.again(made.desk, made.handler, run.id, tmp_path / "again.pdf", press())
    first, second = (tmp_path / name for name in ("run.pdf", "again.pdf"))
    assert first.read_bytes() == second.read_bytes()
    assert manifest_of(first) == manifest_of(second)
    assert len(entries(made, "print_run.again")) == 1


def test_a_run_that_would_come_out_otherwise_is_not_printed_again(
    made: MadeDesk, tmp_path: Path
) -> None:
    ids = put(made)
    run = printed(made, tmp_path / "run.pdf")
    with pytest.raises(Altered):
        print_runs.again(made.desk, made.handler, run.id, tmp_path / "b.pdf", press(lambda _: 2))

    def shred(unit: Unit) -> None:
        unit.db.execute(
            update(table_of(Letter))
            .where(table_of(Letter).c.id == ids[1])
            .values(content_sealed=None)
        )
        unit.append("letter.shredded", "test")

    made.desk.write(shred)
    with pytest.raises(NotNow, match="words of this letter are gone"):
        print_runs.again(made.desk, made.handler, run.id, tmp_path / "b.pdf", press())
    assert not list(tmp_path.glob("b.*"))


def test_a_posted_run_sends_its_letters_and_tells_the_clocks(
    store: MadeDesk, tmp_path: Path
) -> None:
    case = opened(store.desk, store.handler, Kind.ACCESS)
    letter = put_letter(store, case, kind="identity_request", event={"type": "identity_requested"})
    (other,) = put(store, 1)
    run = printed(store, tmp_path / "run.pdf")
    store.clock.advance(timedelta(days=2))
    day = date(2026, 11, 19)
    found = posting.post(store.desk, store.handler, run.id, day)
    assert found.letters == 2
    sent = letter_of(store, letter).sent_at
    assert sent is not None
    assert (sent.date(), letter_of(store, other).state) == (day, LetterState.SENT)
    (event,) = timeline(store, case.id, Event.IDENTITY_REQUESTED)
    assert (event.at, event.facts["letter"]) == (sent, letter)
    with pytest.raises(NotNow, match="posted before"):
        posting.post(store.desk, store.handler, run.id)


def timeline(made: MadeDesk, request_id: str, of: Event) -> list[store.TimelineEvent]:
    with made.desk.reading() as db:
        return [event for event in store.timeline(db, request_id) if event.type is of]


@pytest.mark.parametrize("day", [date(2026, 11, 17), date(2026, 11, 19), date(2030, 1, 1)])
def test_a_run_is_posted_on_no_day_before_it_or_to_come(
    made: MadeDesk, tmp_path: Path, day: date
) -> None:
    put(made, 1)
    run = printed(made, tmp_path / "run.pdf")
    with pytest.raises(BadInput, match="between the day it was printed and today"):
        posting.post(made.desk, made.handler, run.id, day)


def test_an_interrupted_posting_goes_on_with_its_day(made: MadeDesk, tmp_path: Path) -> None:
    ids = put(made)
    run = printed(made, tmp_path / "run.pdf")

    def stop() -> None:
        raise Killed

    with pytest.raises(Killed):
        posting.post(made.desk, made.handler, run.id, tick=stop)
    began = made.clock.at
    made.clock.advance(timedelta(days=5))
    with pytest.raises(BadInput, match="another day"):
        posting.post(made.desk, made.handler, run.id, made.clock.at.date())
    assert posting.post(made.desk, made.handler, run.id).letters == 2
    assert {letter_of(made, each).sent_at for each in ids} == {began}


def test_a_letter_whose_key_is_gone_was_posted_all_the_same(made: MadeDesk, tmp_path: Path) -> None:
    (letter,) = put(made, 1, event={"type": "identity_requested"})
    run = printed(made, tmp_path / "run.pdf")
    delete_keys(made.desk.vault, [letter_of(made, letter).holder_id], [KeyClass.CASE])
    posting.post(made.desk, made.handler, run.id)
    assert letter_of(made, letter).state is LetterState.SENT


def test_a_letter_whose_key_is_gone_is_named_and_nothing_is_printed(
    made: MadeDesk, tmp_path: Path
) -> None:
    ids = put(made)

    def pdf_of(letter: str) -> bytes:
        if letter == ids[1]:
            raise KeyMissing("gone")
        return paper(1)

    with pytest.raises(NotNow, match="letter cancel") as refused:
        printed(made, tmp_path / "run.pdf", replace(press(), pdf_of=pdf_of))
    assert refused.value.what == ids[1]
    assert letter_of(made, ids[0]).state is LetterState.APPROVED


@pytest.mark.parametrize("when", ["while it renders", "before the entry", "before the name"])
def test_a_process_killed_while_it_prints_is_followed_by_a_whole_run(
    made: MadeDesk, tmp_path: Path, when: str
) -> None:
    ids, out = put(made), tmp_path / "out" / "run.pdf"
    out.parent.mkdir()
    assert made.settings.state_base is not None
    paths = (str(made.settings.desk_dir), str(made.settings.state_base), str(out), when)
    killed = subprocess.run(
        [sys.executable, "-m", "tests.rights.killed_printer", *paths],
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert not out.exists()
    run = printed(made, out)
    assert (run.letters, run.sha256) == (3, writing.digest(out.read_bytes()))
    assert {letter_of(made, each).print_run_id for each in ids} == {run.id}
    assert sorted(each.name for each in out.parent.iterdir()) == ["run.csv", "run.json", "run.pdf"]
    assert len(entries(made, "print_run.written")) == 1


def test_what_is_no_pdf_stops_a_run(made: MadeDesk, tmp_path: Path) -> None:
    (letter,) = put(made, 1)
    broken = replace(press(), pdf_of=lambda _: b"%PDF-1.7 broken")
    with pytest.raises(BadInput, match="cannot be read"):
        printed(made, tmp_path / "run.pdf", broken)
    assert letter_of(made, letter).state is LetterState.APPROVED


def test_runs_and_letters_that_nobody_knows_are_not_found(made: MadeDesk, tmp_path: Path) -> None:
    unknown = public_id("pr")
    with pytest.raises(NotFound):
        posting.post(made.desk, made.handler, unknown)
    with pytest.raises(NotFound):
        print_runs.again(made.desk, made.handler, unknown, tmp_path / "a.pdf", press())
    with made.desk.reading() as db:
        assert outbox_store.counts(db) == {}
