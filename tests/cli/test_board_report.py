"""The board's page: breaches as they were known then, and the same days a year before."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from privacy.audit import as_of
from privacy.audit.as_of import AsOf
from privacy.cli import board_report, consent_report
from privacy.cli.consent_report import Options
from privacy.consent import store as consents
from privacy.rights.breach import register
from privacy.rights.breach.states import Risk
from tests.desks import MadeDesk
from tests.gateway.scene import scene
from tests.persons import add_person
from tests.rights.breach.test_register import HOUR, opened

BERLIN = ZoneInfo("Europe/Berlin")


def breaches(made: MadeDesk, state: AsOf) -> tuple[Counter[str], Counter[str]]:
    """By month of awareness, and the late ones."""
    span = board_report._span(made.desk, date(2026, 1, 1), date(2026, 12, 31), state)
    with made.desk.reading() as db:
        found = board_report._breaches(db, span)
    return found["breaches"], found["breaches_late"]


def test_a_breach_counts_as_it_was_known_then_whatever_is_corrected_later(made: MadeDesk) -> None:
    one = opened(made)
    made.clock.advance(73 * HOUR)
    then = as_of.begin(made.desk, "dpo", "board")
    assert breaches(made, then) == ({"2026-11": 1}, {"2026-11": 1})
    made.clock.advance(HOUR)
    # Both is found out later: it was noticed in October, and nobody is at risk.
    october = datetime(2026, 10, 31, 12, tzinfo=BERLIN)
    register.correct_aware(made.desk, made.dpo, one.id, october, "The mail of October was found.")
    register.assess(made.desk, made.dpo, one.id, Risk.UNLIKELY, "Nothing left the server.")
    opened(made)
    assert breaches(made, then) == ({"2026-11": 1}, {"2026-11": 1})
    now = as_of.begin(made.desk, "dpo", "board")
    assert breaches(made, now) == ({"2026-10": 1, "2026-11": 1}, {"2026-10": 0, "2026-11": 0})


def test_who_never_consented_withdraws_nothing_by_saying_no(made: MadeDesk) -> None:
    never = add_person(made.desk, "+442079460123", "ann@example.org")
    for person in (*scene(made, 1).people, never):
        consents.withdraw(made.desk, made.handler, person.subject_id, None, source="letter")
    state = as_of.begin(made.desk, "dpo", "board")
    days = date(2026, 11, 1), date(2026, 11, 30)
    (month,) = board_report.data(made.desk, made.dpo, *days, state).data["months"]
    given = consent_report.data(made.desk, made.dpo, Options()).data["counts"]
    assert (month["granted"], month["withdrawn"]) == (given["population"], given["withdrawals"])
    assert (given["withdrawals"], given["refusals"]) == (1, 1)


def test_a_processor_owes_no_authority_a_notice_in_72_hours(made: MadeDesk) -> None:
    opened(made, role="processor")
    made.clock.advance(200 * HOUR)
    assert breaches(made, as_of.begin(made.desk, "dpo", "board")) == (
        {"2026-11": 1},
        {"2026-11": 0},
    )


@pytest.mark.parametrize(
    ("days", "before"),
    [
        pytest.param(
            (date(2025, 12, 1), date(2026, 10, 31)), ("2024-12-01", "2025-10-31"), id="over"
        ),
        # The desk's clock says 18 November 2026.
        pytest.param(
            (date(2026, 1, 1), date(2026, 12, 31)), ("2025-01-01", "2025-11-18"), id="open"
        ),
        pytest.param(
            (date(2026, 3, 15), date(2026, 6, 14)), ("2025-03-15", "2025-06-14"), id="days"
        ),
        pytest.param(
            (date(2024, 2, 29), date(2024, 2, 29)), ("2023-02-28", "2023-02-28"), id="leap"
        ),
    ],
)
def test_a_year_is_held_against_the_same_days_of_the_year_before(
    days: tuple[date, date],
    before: tuple[str, str],
    made: MadeDesk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spans: list[Any] = []
    kept = board_report.counts

    def counts(desk: Any, db: Any, span: Any, state: AsOf) -> dict[str, Counter[str]]:
        spans.append(span)
        return kept(desk, db, span, state)

    monkeypatch.setattr(board_report, "counts", counts)
    board_report.data(made.desk, made.dpo, *days, as_of.begin(made.desk, "dpo", "board"))
    first = spans[1].from_at.astimezone(BERLIN).date()
    last = (spans[1].to_at - timedelta(microseconds=1)).astimezone(BERLIN).date()
    assert (first.isoformat(), last.isoformat()) == before
