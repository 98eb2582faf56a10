"""Figures from the log and the timelines: sums hold, rows agree, the same size gives the same."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from privacy.errors import Altered, BadFacts, BadInput
from privacy.rights import approval, figures, handling, metrics, optout, planning, refusal, store
from privacy.rights.case import Kind
from privacy.rights.figures import Counted, End
from privacy.storage.tables.base import table_of
from privacy.storage.tables.rights import RightsRequest
from privacy.storage.unit import Unit
from tests.desks import WEDNESDAY, MadeDesk, make_desk
from tests.persons import add_person
from tests.rights.flows import MAIL, NUMBER, opened, verified

YEAR = (date(2026, 1, 1), date(2026, 12, 31))
DAY = date(2026, 3, 1)


def row(made: MadeDesk, kind: Kind, law: str = "EU_GDPR") -> figures.Row:
    (found,) = [
        row
        for row in figures.register(figures.read(made.desk), *YEAR)
        if (row.law, row.kind) == (law, kind.value)
    ]
    return found


def advance(made: MadeDesk, **time: float) -> None:
    made.clock.advance(timedelta(**time))
    made.desk.write(lambda unit: unit.append("notice.added", "dpo", object="later"))


counted = st.builds(
    lambda kind, laws, end, days, in_time, reason: Counted(
        "rq",
        kind,
        laws,
        DAY,
        end,
        reason if end is End.DENIED else "",
        None if end in (End.OPEN, End.MERGED) else DAY + timedelta(days=days),
        in_time,
        end is End.OPEN and in_time is False,
        laws[0],
    ),
    st.sampled_from(Kind),
    st.sampled_from([("US_CA",), ("EU_GDPR",), ("EU_GDPR", "US_CA")]),
    st.sampled_from(End),
    st.integers(0, 400),
    st.sampled_from([True, False, None]),
    st.sampled_from(["not_identified", "unfounded"]),
)


@given(st.lists(counted))
def test_every_total_is_the_sum_of_its_parts(requests: list[Counted]) -> None:
    rows = figures.register(figures.Ledger(1, WEDNESDAY, tuple(requests)), DAY, DAY)
    assert sum(row.received for row in rows) == len(requests)
    for row in rows:
        assert row.received == row.closed + row.open + row.merged
        assert row.closed == row.in_time + row.late + row.unclear
        assert row.closed == row.whole + row.part + row.denied
        assert row.overdue + row.unclear_open <= row.open
    for each in metrics.of(requests, None):
        mine = [one for one in requests if one.kind in metrics.RIGHTS[each.right]]
        assert each.received == len(mine)
        assert each.received == each.complied + each.denied + each.merged + each.open
        assert sum(each.denied_by_reason.values()) == each.denied
        days = sorted(one.days for one in mine if one.days is not None)
        assert (each.mean_days is None) == (not days)
        if each.median_days is not None and each.mean_days is not None:
            assert days[0] <= each.median_days <= days[-1]
            assert each.mean_days == pytest.approx(sum(days) / len(days))


def test_the_median_and_mean_are_those_of_the_days_from_receipt_to_the_answer() -> None:
    ends = [(0, End.WHOLE), (10, End.PART), (45, End.DENIED)]
    requests = [
        Counted(
            "rq", Kind.ERASURE, ("US_CA",), DAY, end, "", DAY + timedelta(days=n), True, False, ""
        )
        for n, end in ends
    ] + [Counted("rq", Kind.ERASURE, ("EU_GDPR",), DAY, End.OPEN, "", None, True, False, "")]
    delete = metrics.of(requests)[0]
    assert (delete.right, delete.received, delete.complied, delete.denied) == ("delete", 3, 2, 1)
    assert (delete.median_days, delete.document()["mean_days"]) == (10.0, 18.33)


# -- on a desk ------------------------------------------------------------------------------


def refuse(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    refusal.refuse(made.desk, made.handler, case.id, "not_identified")


def plan(made: MadeDesk) -> None:
    case = verified(made, Kind.ACCESS)
    planning.make_plan(made.desk, made.handler, case.id)
    approval.approve(made.desk, made.dpo, case.id)


def close(made: MadeDesk) -> None:
    case = optout.opt_out(made.desk, made.handler, phones=(NUMBER,), channel="phone")
    handling.close(made.desk, made.handler, case.id)


ACTIONS: dict[str, Callable[[MadeDesk], object]] = {
    "open": lambda made: opened(made.desk, made.handler, Kind.ACCESS),
    "california": lambda made: opened(made.desk, made.handler, Kind.ERASURE, "US_CA"),
    "refuse": refuse,
    "plan": plan,
    "opt_out": lambda made: optout.opt_out(
        made.desk, made.handler, phones=(NUMBER,), channel="phone"
    ),
    "close": close,
    "wait": lambda made: advance(made, days=20),
}


def of_rows(made: MadeDesk) -> dict[tuple[str, str, str], int]:
    """How many requests by law, kind and end, from the rows alone."""
    found: Counter[tuple[str, str, str]] = Counter()
    with made.desk.reading() as db:
        for case in store.cases(db):
            ended = case.state.value in ("fulfilled", "closed")
            end = "whole" if ended else "open"
            if case.outcome.startswith("refused"):
                end = "denied"
            found[case.law, case.kind.value, end] += 1
    return dict(found)


@settings(max_examples=8)
@given(st.lists(st.sampled_from(sorted(ACTIONS)), max_size=8))
def test_figures_from_the_log_are_those_of_the_rows(names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = make_desk(Path(folder))
        add_person(made.desk, NUMBER, MAIL)
        for name in names:
            advance(made, minutes=1)
            ACTIONS[name](made)
        ledger = figures.read(made.desk)
        found: Counter[tuple[str, str, str]] = Counter()
        for row in figures.register(ledger, date(2000, 1, 1), date(2100, 1, 1)):
            for end in ("whole", "denied", "open"):
                found[row.law, row.kind, end] += getattr(row, end)
        assert {key: count for key, count in found.items() if count} == of_rows(made)
        made.desk.close()


def test_the_same_size_of_the_log_gives_the_same_figures(store: MadeDesk) -> None:
    add_person(store.desk, NUMBER, MAIL)
    case = opened(store.desk, store.handler, Kind.ACCESS)
    advance(store, minutes=1)
    before = figures.read(store.desk)
    size, rows = before.size, figures.register(before, *YEAR)
    advance(store, minutes=1)
    refusal.refuse(store.desk, store.handler, case.id, "not_identified")
    advance(store, minutes=1)
    assert figures.register(figures.read(store.desk), *YEAR) != rows
    assert figures.register(figures.read(store.desk, size), *YEAR) == rows
    with pytest.raises(BadInput, match="no such size"):
        figures.read(store.desk, 10**6)


def test_a_row_that_was_changed_by_hand_gives_no_figure(store: MadeDesk) -> None:
    case = opened(store.desk, store.handler, Kind.ACCESS)
    table = table_of(RightsRequest)

    def job(unit: Unit) -> None:
        unit.db.execute(update(table).where(table.c.id == case.id).values(state="closed"))
        unit.append("test.altered", "dpo")

    store.desk.write(job)
    with pytest.raises(Altered):
        figures.read(store.desk)


def test_a_request_whose_clock_cannot_be_computed_is_never_in_time(made: MadeDesk) -> None:
    optout.opt_out(made.desk, made.handler, phones=(NUMBER,), channel="phone")

    def unreadable(_: dict[str, Any]) -> dict[str, Any]:
        raise BadFacts("The law cannot be read.", field="law")

    (found,) = figures.register(figures.read(made.desk, law=unreadable), *YEAR)
    assert (found.closed, found.in_time, found.late, found.unclear) == (1, 0, 0, 1)


def test_an_answer_after_the_last_day_is_late_and_an_open_one_overdue(made: MadeDesk) -> None:
    opened(made.desk, made.handler, Kind.ACCESS)
    assert row(made, Kind.ACCESS).overdue == 0
    advance(made, days=40)
    assert (row(made, Kind.ACCESS).open, row(made, Kind.ACCESS).overdue) == (1, 1)
    with made.desk.reading() as db:
        (case,) = store.cases(db)
    refusal.refuse(made.desk, made.handler, case.id, "not_identified")
    found = row(made, Kind.ACCESS)
    assert (found.closed, found.late, found.denied, found.overdue) == (1, 1, 1, 0)


def test_a_snapshot_sees_the_desk_as_it_was(store: MadeDesk) -> None:
    table = table_of(RightsRequest)
    count = select(func.count()).select_from(table)
    with store.desk.snapshot() as db:
        before = db.execute(count).scalar_one()
        opened(store.desk, store.handler, Kind.ACCESS)
        assert db.execute(count).scalar_one() == before
    with store.desk.snapshot() as db:
        assert db.execute(count).scalar_one() == before + 1
