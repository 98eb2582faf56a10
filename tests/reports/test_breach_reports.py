"""The notification of a breach, draft and final, in phases, late; and the register of all."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.cli import breach_report
from privacy.cli.report_about import About
from privacy.errors import Altered, BadInput
from privacy.rights.breach import register
from privacy.rights.breach.account import Account
from privacy.rights.breach.states import Event, Ground, Risk
from privacy.rights.breach.store import Breach, New
from reports import annex, breach_notification, breach_register, reading
from tests.canaries import find_leaks
from tests.desks import MadeDesk, make_desk
from tests.reports import breach_examples, pdfs
from tests.reports.examples import BASE
from tests.rights.breach.test_register import SECRET_WORDS, TOLD

HOUR = timedelta(hours=1)
LAW = "EU_GDPR"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[MadeDesk]:
    made = make_desk(tmp_path)
    yield made
    made.desk.close()


def opened(made: MadeDesk, told: Account = TOLD, laws: tuple[str, ...] = ()) -> Breach:
    now = made.clock.now()
    began, ended = now - 30 * HOUR, now - 6 * HOUR
    return register.open_breach(
        made.desk, made.dpo, now, told, laws=laws, began_at=began, ended_at=ended
    )


def notified(made: MadeDesk, breach: Breach, **more: Any) -> None:
    register.notify(made.desk, made.dpo, breach.id, LAW, **more)


def noticed(made: MadeDesk, breach: Breach, **about: Any) -> tuple[Any, dict[str, Any]]:
    """The typed data of a notification, and its figures."""
    found = breach_report.notification(made.desk, made.dpo, About(breach=breach.id, **about))
    data = breach_notification.checked(found.data)
    assert breach_notification.contradictions(data, {}) == []
    return data, breach_notification.figures(data)


def values(data: Any) -> dict[str, list[str]]:
    return {each["id"]: each["values"] for each in data["fields"]}


def test_a_draft_has_every_field_and_names_what_is_missing(desk: MadeDesk) -> None:
    breach = opened(desk)
    desk.clock.advance(10 * HOUR)
    data, figures = noticed(desk, breach, language="en")
    told = values(data)
    assert list(told) == [each.id for each in breach_notification.FIELDS if not each.late]
    assert told["nature"] == [SECRET_WORDS]
    assert told["consequences"] == ["Unwanted calls."]
    assert told["period"][2] == "lasted 24.0 hours"
    assert told["categories_of_data"] == ["name, phone"]
    assert figures["missing"] == ["Approximate number of persons", "Approximate number of records"]
    assert (figures["verdict"], figures["hours_taken"], figures["late"]) == ("draft", 10.0, False)


def test_a_second_notice_is_a_further_one_and_lists_the_first(desk: MadeDesk) -> None:
    breach = opened(desk)
    desk.clock.advance(10 * HOUR)
    notified(desk, breach, reference="AZ-17")
    desk.clock.advance(90 * HOUR)
    data, figures = noticed(desk, breach, final=True)
    assert values(data)["type"] == ["further notice; more may follow, number 2"]
    assert values(data)["reference"] == ["AZ-17"]
    (first,) = data["earlier"]
    assert (first["phase"], first["late"], first["complete"]) == (1, False, False)
    # A further notice is not late: the first one was in time.
    assert (figures["verdict"], figures["late"], figures["hours_to_first"]) == ("phases", False, 10)


def test_a_late_final_notice_needs_reasons_and_prints_them(desk: MadeDesk) -> None:
    breach = opened(desk)
    desk.clock.advance(72 * HOUR)
    assert noticed(desk, breach)[1]["late"] is False
    desk.clock.advance(timedelta(seconds=1))
    data, figures = noticed(desk, breach)
    assert (figures["late"], figures["verdict"]) == (True, "no_reasons")
    with pytest.raises(BadInput):
        noticed(desk, breach, final=True)
    data, figures = noticed(desk, breach, final=True, delay_reasons="The supplier told us late.")
    assert values(data)["delay_reasons"] == ["The supplier told us late."]
    assert figures["verdict"] == "phases"


def test_a_whole_account_makes_a_complete_notice(desk: MadeDesk) -> None:
    whole = Account(TOLD.words, TOLD.categories_of_persons, TOLD.categories_of_data, 5, 9, "office")
    breach = opened(desk, whole)
    _, figures = noticed(desk, breach, final=True)
    assert (figures["missing"], figures["verdict"]) == ([], "complete")


def test_that_people_are_not_told_is_said_once_two_agreed(desk: MadeDesk) -> None:
    breach = opened(desk)
    register.assess(desk.desk, desk.dpo, breach.id, Risk.HIGH, "numbers")
    register.propose_not_telling(
        desk.desk, desk.handler, breach.id, Ground.RISK_REMOVED, "it was deleted"
    )
    assert values(noticed(desk, breach)[0])["not_told"] == []
    register.approve_not_telling(desk.desk, desk.dpo, breach.id)
    data, _ = noticed(desk, breach)
    assert values(data)["not_told"] == ["risk removed, agreed by a second person", "it was deleted"]
    assert values(data)["risk"] == ["high", "numbers"]


def test_the_register_judges_each_breach_by_its_own_clock(desk: MadeDesk, tmp_path: Path) -> None:
    first, second, third, fourth = (opened(desk) for _ in range(4))
    register.assess(desk.desk, desk.dpo, third.id, Risk.UNLIKELY, "nobody saw it")
    desk.clock.advance(20 * HOUR)
    notified(desk, first)
    desk.clock.advance(60 * HOUR)
    notified(desk, second, delay_reasons="holiday")
    fifth = opened(desk, Account())
    gathered = breach_report.register_of(
        desk.desk, desk.dpo, desk.clock.now().date() - timedelta(days=9), desk.clock.now().date()
    )
    data = breach_register.checked(gathered.data)
    assert breach_register.contradictions(data, gathered.annexes) == []
    rows = [
        dict(zip(breach_register.COLUMNS, row, strict=True))
        for row in annex.read(data["annexes"][0], gathered.annexes[breach_register.ROWS])
    ]
    judged = {row["breach"]: row["in_time"] for row in rows}
    assert judged == {
        first.id: "in_time", second.id: "late", third.id: "not_owed", fourth.id: "overdue",
        fifth.id: "running",
    }  # fmt: skip
    counts = data["counts"]
    # 20 h and 80 h: the middle of two is 50.
    assert (counts["median_hours"], counts["longest_hours"]) == (50.0, 80.0)
    figures = breach_register.figures(data)
    assert (figures["late"], figures["notice_owed"]) == (2, 4)
    assert figures["incomplete"] == [fifth.id]
    reasons = {each["breach"]: each["reasons"] for each in data["entries"]}
    assert reasons[second.id] == ["authority notified: holiday"]
    assert reasons[third.id] == ["assessed: nobody saw it"]
    assert find_leaks(tmp_path, [SECRET_WORDS, "nobody saw it", "The account was closed."]) == []


def test_a_breach_of_two_laws_stands_by_the_one_whose_notice_is_late(desk: MadeDesk) -> None:
    one = opened(desk, laws=("EU_GDPR", "UK_GDPR"))
    register.notify(desk.desk, desk.dpo, one.id, "EU_GDPR")
    desk.clock.advance(80 * HOUR)
    day = desk.clock.now().date()
    gathered = breach_report.register_of(desk.desk, desk.dpo, day - timedelta(days=9), day)
    (found,) = annex.read(gathered.data["annexes"][0], gathered.annexes[breach_register.ROWS])
    row = dict(zip(breach_register.COLUMNS, found, strict=True))
    assert (row["law"], row["in_time"], row["exception"]) == ("UK_GDPR", "overdue", "overdue")
    assert row["laws"] == "EU_GDPR UK_GDPR"


def test_a_breach_of_another_year_stands_in_no_row(desk: MadeDesk) -> None:
    register.tell(desk.desk, desk.dpo, opened(desk).id, New(Event.NOTED, None, {}, "x"))
    day = desk.clock.now().date() - timedelta(days=400)
    gathered = breach_report.register_of(desk.desk, desk.dpo, day, day)
    assert gathered.data["counts"]["breaches"] == 0
    assert breach_register.figures(breach_register.checked(gathered.data))["verdict"] == "in_order"


CELLS = st.lists(
    st.tuples(
        st.sampled_from(("open", "closed")),
        st.sampled_from(("unknown", "unlikely", "risk", "high")),
        st.sampled_from(breach_register.JUDGED),
        st.integers(0, 900),
        st.sampled_from(("", "12.50", "80.00")),
    ),
    max_size=20,
)


@given(CELLS)
def test_totals_of_the_register_are_the_sums_of_its_rows(drawn: list[tuple[Any, ...]]) -> None:
    rows = [
        breach_examples.row(
            n, f"2026-0{1 + n % 9}-11", state=state, risk=risk, in_time=judged,
            persons=str(persons), hours_to_notice=hours,
        )
        for n, (state, risk, judged, persons, hours) in enumerate(drawn)
    ]  # fmt: skip
    counts = breach_register.counted(rows)
    assert counts["breaches"] == len(rows) == counts["open"] + counts["closed"]
    assert counts["persons"] == sum(each[3] for each in drawn)
    for part in (counts["by_risk"], counts["by_law"], counts["by_month"], counts["by_notice"]):
        assert sum(each["breaches"] for each in part) == len(rows)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["fields"].pop(3),
        lambda d: d["fields"][6].update(required=False),
        lambda d: d["fields"][8].update(label="Something else"),
        lambda d: d["notice"].update(phase=2),
        lambda d: d["notice"].update(made_at="2026-10-19T12:50:00+00:00"),
    ],
)
def test_a_notification_that_is_not_the_whole_form_is_altered(change: Any) -> None:
    data = breach_examples.notification(deepcopy(BASE))
    assert breach_notification.contradictions(breach_notification.checked(data), {}) == []
    change(data)
    assert breach_notification.contradictions(breach_notification.checked(data), {})


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["counts"].update(breaches=4),
        lambda d: d["counts"]["by_notice"][1].update(name="in_time"),
        lambda d: d["counts"].update(longest_hours=71.0),
        lambda d: d["entries"].pop(),
    ],
)
def test_a_register_whose_counts_are_not_those_of_its_rows_is_altered(change: Any) -> None:
    data, files = breach_examples.register(deepcopy(BASE))
    assert breach_register.contradictions(breach_register.checked(data), files) == []
    change(data)
    assert breach_register.contradictions(breach_register.checked(data), files)


def test_altered_documents_about_breaches_are_refused() -> None:
    notice = breach_examples.notification(deepcopy(BASE))
    notice["fields"].pop(3)
    data, files = breach_examples.register(deepcopy(BASE))
    data["counts"].update(breaches=4)
    for kind, told, attached in (
        ("breach-notification", notice, {}),
        ("breach-register", data, files),
    ):
        with pytest.raises(Altered):
            reading.verify(pdfs.made(kind, told, attached).pdf)


def test_a_late_notice_stands_on_the_first_page_of_the_register(tmp_path: Path) -> None:
    data, files = breach_examples.register(deepcopy(BASE))
    pages = pdfs.pages(pdfs.made("breach-register", data, files).pdf, tmp_path)
    assert "▲ 1 notice to the authority late or overdue" in " ".join(pages[0].split())
