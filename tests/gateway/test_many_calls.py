"""Figures of very many calls: pages and counts by the database give what one look gives."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from privacy.clock import instant, micros
from privacy.gateway import review
from privacy.gateway.review import Review
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import AttemptRow
from reports import campaign_data
from reports.campaign_data import Span
from tests.desks import MadeDesk
from tests.gateway.many_calls import fill
from tests.gateway.scene import Scene, scene

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def law(document: dict[str, object], _: object = None) -> dict[str, object]:
    """Denies every call that began in an odd millisecond."""
    odd = int(datetime.fromisoformat(str(document["at"])).microsecond // 1000) % 2
    rules = [{"id": "conventions.no_rule", "effect": "deny"}] if odd else []
    return {
        "decision": "deny" if odd else "allow",
        "rules": rules,
        "local_times": {"Europe/London": str(document["at"])},
        "jurisdictions": ["GB"],
        "pack": {"sha256": "ab" * 32},
    }


def looked(set_up: Scene) -> Review:
    end = set_up.made.clock.now() + timedelta(days=1)
    return review.review(set_up.desk, set_up.made.dpo, set_up.campaign, LONG_AGO, end, law=law)


def test_calls_read_page_by_page_are_those_read_at_once(
    made: MadeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up = scene(made, 5)
    fill(set_up, 230)
    # Many at one instant: a page may end among them.
    table = table_of(AttemptRow)
    with made.desk.log.engine.begin() as db:
        db.execute(update(table).values(redeemed_at=table.c.redeemed_at // 40_000 * 40_000))
    whole = looked(set_up)
    assert (whole.placed, whole.by_facts, whole.every_nth) == (230, 230, 1)
    for page in (1, 7, 230):
        monkeypatch.setattr(review, "PAGE", page)
        assert looked(set_up) == whole


def test_of_more_calls_than_can_be_looked_at_some_are_and_the_rest_is_not_called_clean(
    made: MadeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up = scene(made, 5)
    fill(set_up, 200)
    monkeypatch.setattr(review, "MOST_BY_FACTS", 60)
    monkeypatch.setattr(review, "PAGE", 33)
    found = looked(set_up)
    assert found.every_nth == 4
    assert found.placed == found.by_tag + 200 == 200
    assert 30 <= found.by_facts <= 70
    assert found.violations["without_permit"] == 0
    with made.desk.reading() as db:
        span = Span(LONG_AGO, made.clock.now() + timedelta(days=1), "UTC")
        rows = campaign_data.conduct_rows(db, set_up.campaign, span, found.every_nth)
    assert len(rows) == found.by_facts
    assert {row.id for row in rows} == set(found.jurisdictions)


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
