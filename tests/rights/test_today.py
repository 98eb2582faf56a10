"""The day, its reminders and the calendar: nothing late is hidden, nothing is told twice."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from privacy.actors import Actor
from privacy.audit.entry import parse
from privacy.rights import calendar_file, casework, intake, notices, refusal, reminders, today
from privacy.rights.calendar_file import Entry
from privacy.rights.case import Kind, State
from privacy.rights.intake import Asking
from privacy.rights.notices import is_bought
from privacy.rights.standing import Standing
from privacy.rights.store import Case
from privacy.storage.tables.base import table_of
from privacy.storage.tables.cases import NoticeTask, RequestReminder
from privacy.terms import Role
from tests.desks import MadeDesk
from tests.rights.flows import FILE, opened


def ids(cases: tuple[Standing, ...]) -> list[str]:
    return [each.case.id for each in cases]


def unlettered(made: MadeDesk) -> Case:
    asking = Asking(asked_by="authority")
    return intake.open_request(made.desk, made.handler, Kind.INQUIRY, channel="post", asking=asking)


def test_a_case_without_a_date_that_could_be_named_stands_before_everything(made: MadeDesk) -> None:
    late = opened(made.desk, made.handler, Kind.ACCESS)
    made.clock.advance(timedelta(days=40))
    case = unlettered(made)
    found = today.today(made.desk, made.dpo)
    assert (ids(found.to_mend), ids(found.overdue)) == ([case.id], [late.id])
    document = today.document(found)
    assert "letter" in document["to_mend"][0]["to_mend"]
    shown = [*found.to_mend, *found.overdue, *found.due, *found.other]
    assert len(shown) == 2


def test_a_missed_confirmation_is_overdue_although_the_answer_is_not(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS, "US_CA")
    made.clock.at = datetime(2026, 12, 4, 9, 0, tzinfo=UTC)
    assert ids(today.today(made.desk, made.dpo).overdue) == [case.id]


def test_what_does_not_move_is_stuck(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    assert today.today(made.desk, made.dpo).stuck == ()
    made.clock.advance(timedelta(days=14))
    (stuck,) = today.today(made.desk, made.dpo).stuck
    assert (stuck.standing.case.id, stuck.why) == (case.id, "quiet")
    casework.note(made.desk, made.handler, case.id, "asked again")
    assert today.today(made.desk, made.dpo).stuck == ()


# -- reminders --------------------------------------------------------------------------------


def made_now(made: MadeDesk) -> list[tuple[str, str]]:
    reminders.make(made.desk, made.dpo)
    with made.desk.reading() as db:
        rows = db.execute(select(table_of(RequestReminder)).order_by(text("made_at, kind")))
        return [(row.kind, row.on_day) for row in rows]


def test_reminders_come_seven_three_and_one_day_before_and_every_day_after(
    store: MadeDesk,
) -> None:
    case = opened(store.desk, store.handler, Kind.ACCESS)
    casework.assign(store.desk, store.dpo, case.id, deputy="dpo")
    assert made_now(store) == []
    said: list[str] = []
    for day in range(9, 21):
        store.clock.at = datetime(2026, 12, day, 9, 0, tzinfo=UTC)
        for _ in range(2):
            said = [kind for kind, _ in made_now(store)]
    assert said == ["7_days", "3_days", "due_tomorrow", "overdue", "overdue"]
    (shown,) = [r for r in today.today(store.desk, store.dpo).reminders if r.kind == "overdue"]
    assert (shown.to, shown.day) == (("dpo",), date(2026, 12, 20))


def test_work_that_did_not_run_for_days_still_reminds_once_of_the_tightest(made: MadeDesk) -> None:
    opened(made.desk, made.handler, Kind.ACCESS)
    made.clock.at = datetime(2026, 12, 16, 9, 0, tzinfo=UTC)
    assert [kind for kind, _ in made_now(made)] == ["3_days"]


def test_an_answered_request_reminds_nobody(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    refusal.refuse(made.desk, made.handler, case.id, "not_identified")
    made.clock.advance(timedelta(days=60))
    assert made_now(made) == []


def test_two_runs_of_work_at_once_remind_once(store: MadeDesk) -> None:
    opened(store.desk, store.handler, Kind.ACCESS)
    store.clock.at = datetime(2026, 12, 17, 9, 0, tzinfo=UTC)
    runs = [threading.Thread(target=reminders.make, args=(store.desk, store.dpo)) for _ in "ab"]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert len(made_now(store)) == 1
    with store.desk.reading() as db:
        bodies = [body for _, body in store.desk.log.bodies(db)]
    entries = [entry for entry in map(parse, bodies) if entry["action"] == "request.reminded"]
    assert [(e["object"], e["fields"]) for e in entries] == [("due_tomorrow", ["handler"])]
    assert not any(value.encode() in b"".join(bodies) for value in (FILE.name, FILE.contact))


# -- calendar ---------------------------------------------------------------------------------


def unfolded(content: bytes) -> list[str]:
    assert content.endswith(b"\r\n")
    for line in content.split(b"\r\n"):
        assert len(line) <= calendar_file.LINE_OCTETS
    assert b"\n" not in content.replace(b"\r\n", b"")
    return content.replace(b"\r\n ", b"").decode().split("\r\n")[:-1]


def test_the_calendar_holds_id_and_law_and_never_a_person(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ERASURE, "US_CA")
    content = calendar_file.of_desk(made.desk, made.handler)
    lines = unfolded(content)
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-1] == "END:VCALENDAR"
    assert lines.count(f"SUMMARY:{case.id} US_CA") == 3
    days = [line for line in lines if line.startswith("DTSTART")]
    assert days == [
        "DTSTART;VALUE=DATE:20261203",
        "DTSTART;VALUE=DATE:20270101",
        "DTSTART;VALUE=DATE:20270102",
    ]
    assert lines.count("DTSTAMP:20261118T160000Z") == 3
    for value in (FILE.name, FILE.contact, "Canarina", made.desk.config.controller.name):
        assert value.encode() not in content


def test_the_same_deadline_keeps_its_uid_and_a_moved_one_moves(made: MadeDesk) -> None:
    opened(made.desk, made.handler, Kind.ACCESS)
    first = unfolded(calendar_file.of_desk(made.desk, made.handler))
    made.clock.advance(timedelta(hours=1))
    second = unfolded(calendar_file.of_desk(made.desk, made.handler))

    def uids(lines: list[str]) -> list[str]:
        return [line for line in lines if line.startswith("UID:")]

    assert uids(first) == uids(second)
    assert len(set(uids(first))) == len(uids(first)) == 1


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=300))
def test_a_folded_line_comes_back_whole(line: str) -> None:
    pieces = list(calendar_file.folded(line))
    assert all(len(piece) <= calendar_file.LINE_OCTETS for piece in pieces)
    assert all(piece.startswith(b" ") for piece in pieces[1:])
    assert b"".join([pieces[0], *(piece[1:] for piece in pieces[1:])]).decode() == line
    for piece in pieces:
        piece.decode()


@given(st.dates(date(2026, 1, 1), date(2090, 1, 1)), st.text(max_size=40))
def test_a_calendar_can_always_be_read(day: date, law: str) -> None:
    entry = Entry("rq-" + "a" * 26, law.replace("\r", ""), "due", day)
    content = calendar_file.render([entry], "d-x", datetime(2026, 11, 24, tzinfo=UTC))
    summary = [line for line in unfolded(content) if line.startswith("SUMMARY:")]
    assert len(summary) == 1


# -- notices of lists bought in -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "bought"),
    [
        ("bought: fair 2026", True),
        ("Purchased from a data broker", True),
        ("third-party leads", True),
        ("gekauft", True),
        ("webshop", False),
        ("boughton road shop", False),
        ("not stated", False),
    ],
)
def test_a_source_says_whether_a_list_was_bought(source: str, bought: bool) -> None:
    assert is_bought(source) is bought


def add_import(made: MadeDesk, import_id: str, source: str, on: str, people: int) -> None:
    row = text(
        "INSERT INTO import_batch (id, file_sha256, settings_sha256, source, lawful_basis,"
        " obtained_on, started_at, rows_done, imported, merged, unchanged, rejected, erased,"
        " shared, possible_duplicates)"
        " VALUES (:id, 'x', 'x', :source, 'legitimate_interest', :on, 1, 3, :people, 0, 0, 0,"
        " 0, 0, 0)"
    )
    with made.desk.writes.engine.begin() as db:
        db.execute(row, {"id": import_id, "source": source, "on": on, "people": people})


def test_a_list_bought_in_opens_one_task_that_runs_from_the_day_of_obtaining(
    store: MadeDesk,
) -> None:
    add_import(store, "im-1", "bought: fair", "2026-11-02", 12)
    add_import(store, "im-2", "webshop", "2026-11-02", 5)
    add_import(store, "im-3", "bought: empty", "2026-11-02", 0)
    (case,) = notices.open_missing(store.desk, store.dpo)
    assert notices.open_missing(store.desk, store.dpo) == []
    (each,) = [one for one in today.today(store.desk, store.dpo).other if one.case.id == case.id]
    assert (each.case.kind, each.due) == (Kind.NOTICE, "2026-12-02")
    with store.desk.reading() as db:
        (task,) = db.execute(select(table_of(NoticeTask))).all()
    assert (task.import_id, task.people, task.request_id) == ("im-1", 12, case.id)
    done = casework.settle(store.desk, store.dpo, case.id, "sent")
    assert done.state is State.FULFILLED


def test_a_task_that_the_timer_opens_goes_to_somebody_who_handles_requests(made: MadeDesk) -> None:
    add_import(made, "im-1", "bought: fair", "2026-11-02", 12)
    (case,) = notices.open_missing(made.desk, Actor("admin", Role.ADMIN))
    assert case.owner == "dpo"
