"""Figures of very many calls: pages, processes and the database give what one look gives."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from privacy.cli import campaign_report
from privacy.clock import instant, micros
from privacy.gateway import judgements, review, second_look
from privacy.law import calling
from privacy.law.conduct import answer as conduct_answer
from privacy.storage.tables.base import table_of
from privacy.storage.tables.controls import CallJudgement
from privacy.storage.tables.gateway import AttemptEventRow, AttemptRow, DecisionRow
from reports import campaign_compliance, campaign_data, campaign_rows
from reports.campaign_data import Span
from tests.desks import MadeDesk
from tests.gateway import many_calls
from tests.gateway.looking import LONG_AGO, looked
from tests.gateway.many_calls import fill
from tests.gateway.scene import scene
from tests.law.calls import LONDON, MIAMI, call, listed, registers


def law(document: dict[str, Any], _: object = None, /) -> dict[str, Any]:
    """Denies every call that began in an odd millisecond."""
    odd = int(datetime.fromisoformat(str(document["at"])).microsecond // 1000) % 2
    rules = [{"id": "conventions.no_rule", "effect": "deny"}] if odd else []
    return {
        "decision": "deny" if odd else "allow",
        "deciding_rule": "conventions.no_rule",
        "rules": rules,
        "local_times": {"Europe/London": str(document["at"])},
        "jurisdictions": ["GB"],
        "pack": {"sha256": "ab" * 32},
    }


def forget(made: MadeDesk) -> None:
    """Throw the judgements away, so that the calls are judged again."""
    with made.desk.log.engine.begin() as db:
        db.execute(table_of(CallJudgement).delete())


def test_calls_read_page_by_page_are_those_read_at_once(
    made: MadeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up = scene(made, 5)
    fill(set_up, 230)
    # Many at one instant: a page may end among them.
    table = table_of(AttemptRow)
    with made.desk.log.engine.begin() as db:
        db.execute(update(table).values(redeemed_at=table.c.redeemed_at // 40_000 * 40_000))
    whole, calls = looked(set_up, law)
    assert (whole.found.placed, whole.found.by_facts) == (230, 230)
    assert whole.found.violations["other_rules"] == sum("other_rules" in c.broken for c in calls)
    rules = whole.conduct.by_country["GB"].rules()
    for page in (1, 7, 230):
        monkeypatch.setattr(review, "PAGE", page)
        monkeypatch.setattr(judgements, "PAGE", page)
        forget(made)
        again, each = looked(set_up, law)
        assert (again.found, each) == (whole.found, calls)
        assert again.conduct.by_country["GB"].rules() == rules


def test_what_is_summed_by_country_is_what_the_law_says_of_the_rows(store: MadeDesk) -> None:
    """The same record as a document of `law conduct`, row by row."""
    set_up = scene(store, 5)
    fill(set_up, 60)
    events, calls = table_of(AttemptEventRow), table_of(AttemptRow)
    with store.desk.log.engine.begin() as db:
        ids = list(db.execute(select(calls.c.id).order_by(calls.c.id)).scalars())
        for kind, some in (
            ("media_started", ids[:9]),
            ("answered", ids[5:20]),
            ("ended", ids[3:6]),
        ):
            db.execute(events.delete().where(events.c.kind == kind, events.c.attempt_id.in_(some)))
        db.execute(update(calls).where(calls.c.id.in_(ids[30:33])).values(answered_by="machine"))
        db.execute(update(calls).where(calls.c.id.in_(ids[15:18])).values(outcome="busy"))
    looking, each = looked(set_up, law)
    made_rows = [_as_document(one.row) for one in each]
    days = looking.conduct
    document = {
        "jurisdiction": "GB",
        "campaign": "marketing",
        "period": {"from": days.first_day.isoformat(), "to": days.last_day.isoformat()},
        "calls": made_rows,
    }
    assert looking.conduct.by_country["GB"].rules() == conduct_answer(document)["rules"]


def _as_document(row: Any) -> dict[str, Any]:
    def at(ms: int | None) -> str | None:
        return None if ms is None else instant(row.redeemed_at + ms * 1_000).isoformat()

    answered = row.answered_ms is not None
    ends = [ms for ms in (row.answered_ms, row.ended_ms) if ms is not None]
    return {
        "at": instant(row.redeemed_at).isoformat(),
        "answered_at": at(row.answered_ms),
        "agent_at": at(row.speaking_ms),
        "ended_at": at(row.ended_ms),
        "answered_by": {"human": "person"}.get(row.answered_by, row.answered_by)
        if answered
        else None,
        "ring_seconds": (min(ends) - row.ringing_ms) / 1_000 if ends else None,
        "caller_number_shown": True,
        "opt_out_at": at(row.key_ms),
        "list_age_days": row.list_age_days,
        "party": None if row.tag is None else bytes(row.tag).hex(),
        "ended_by": "called" if row.outcome == "busy" else None,
    }


@pytest.fixture
def by_law(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decisions hold facts that the law itself can judge; every second number is listed."""
    lists = (registers(), registers(us_national=listed(), gb_tps=listed()))
    documents = [
        {"law_call": call(number, "2026-11-24T12:00:00Z", "none", registers=told)}
        for number in (MIAMI, LONDON)
        for told in lists
    ]
    told = iter(documents * 1_000)
    plain = json.dumps

    class Facts:
        @staticmethod
        def dumps(document: Any) -> str:
            return plain(next(told) if "law_call" in document else document)

    monkeypatch.setattr(many_calls, "json", Facts)


@pytest.mark.usefixtures("by_law")
def test_two_processes_judge_as_one_and_as_law_call_does(
    made: MadeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up = scene(made, 5)
    fill(set_up, 300)
    alone, calls = looked(set_up)
    assert 0 < alone.found.violations["on_register"] < 300
    for number, those in enumerate((second_look.ALONE, 10)):
        monkeypatch.setattr(judgements, "ALONE", those)
        forget(made)
        again, each = looked(set_up, calling.answer if number == 0 else None)
        assert (again.found, each) == (alone.found, calls)


def test_a_report_over_more_calls_than_are_attached_has_every_exception(
    made: MadeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Totals are sums of the attached rows, and no call is left out of the look."""
    set_up = scene(made, 5)
    fill(set_up, 120)
    decisions = table_of(DecisionRow)
    with made.desk.log.engine.begin() as db:
        ids = list(db.execute(select(decisions.c.id).order_by(decisions.c.id)).scalars())
        db.execute(update(decisions).where(decisions.c.id.in_(ids[:7])).values(decision="deny"))
    looked(set_up, law)
    end = made.clock.now() + timedelta(days=1)
    for most, name in ((120, "calls.csv"), (119, "exceptions.csv")):
        monkeypatch.setattr(campaign_rows, "ALL_ROWS", most)
        found = campaign_report.data(made.desk, made.dpo, set_up.campaign, LONG_AGO, end)
        data = campaign_compliance.checked(found.data)
        assert list(found.annexes) == [name]
        assert campaign_compliance.contradictions(data, found.annexes) == []
        assert data["calls"]["placed"] == 120
        checks = {row["id"]: (row["checked"], row["violations"]) for row in data["checks"]}
        assert checks["without_permit"] == (120, 7)
        assert data["annexes"][0]["exceptions"] >= 7
        assert any("attached" in limit for limit in data["limits"]) == (most == 119)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe"])
def test_days_counted_by_the_database_are_the_days_of_the_calls(store: MadeDesk, zone: str) -> None:
    set_up = scene(store, 5)
    fill(set_up, 120)
    table = table_of(AttemptRow)
    begin = micros(datetime(2026, 3, 28, 17, 0, tzinfo=UTC))
    with store.desk.reading() as db:
        ids = db.execute(select(table.c.id).order_by(table.c.id)).scalars().all()
    moved = {each: begin + n * 1_277_000_111 for n, each in enumerate(ids)}

    with store.desk.log.engine.begin() as db:
        for each, at in moved.items():
            db.execute(update(table).where(table.c.id == each).values(redeemed_at=at))
    span = Span(LONG_AGO, datetime(2030, 1, 1, tzinfo=UTC), zone)
    with store.desk.reading() as db:
        counted = campaign_data.calls(db, set_up.campaign, span, {})
    exact = Counter(
        instant(at).astimezone(ZoneInfo(zone)).date().isoformat() for at in moved.values()
    )
    assert counted["by_day"] == [{"on": day, "calls": exact[day]} for day in sorted(exact)]
    assert counted["placed"] == sum(exact.values()) == 120
    narrow = replace(span, from_at=instant(begin + 1))
    with store.desk.reading() as db:
        assert campaign_data.calls(db, set_up.campaign, narrow, {})["placed"] == 119
