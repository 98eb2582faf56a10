"""The do-not-call policy: a clause says no more than what could be looked at."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

import pytest
from sqlalchemy import delete

from privacy.audit import as_of
from privacy.audit.as_of import AsOf
from privacy.cli import board_report, policy_report
from privacy.consent import suppression
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import SuppressionRow
from privacy.storage.unit import Unit
from privacy.terms import ContactKind
from reports import controls, do_not_call_policy
from tests.cli.test_desk_reports import ten_calls
from tests.desks import MadeDesk
from tests.gateway.scene import scene
from tests.reports.placed_calls import place, tagged

NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))


def state(made: MadeDesk) -> AsOf:
    return as_of.begin(made.desk, "dpo", "do-not-call-policy")


def every_test(made: MadeDesk) -> dict[str, Any]:
    """The tests of every clause by their name."""
    found = policy_report.data(made.desk, made.dpo, *NOVEMBER, state(made)).data
    data = do_not_call_policy.checked(found)
    return {test["id"]: test for clause in data["clauses"] for test in clause["tests"]}


def test_calls_without_a_tag_leave_it_open_whether_somebody_was_called_after_a_request(
    made: MadeDesk,
) -> None:
    set_up = scene(made, 10)
    for each in place(set_up, ten_calls())[:9]:
        tagged(set_up, each, b"t" * 32)
    test = every_test(made)["after_opt_out"]
    assert controls.result_of(cast(controls.Test, test)) == "not_shown"
    assert test["found"] == "0 of 9 calls; 1 without a tag"


@pytest.mark.parametrize(
    ("placed", "looked", "broken", "result"),
    [
        pytest.param(10, 10, 0, "met", id="all seen"),
        pytest.param(10, 9, 0, "not_shown", id="one unseen"),
        pytest.param(10, 9, 1, "exception", id="one unseen, one after a request"),
        pytest.param(0, 0, 0, "nothing_due", id="no call"),
    ],
)
def test_what_was_not_looked_at_is_no_proof(
    placed: int, looked: int, broken: int, result: str
) -> None:
    found = policy_report._after_request(placed, looked, broken)
    test = policy_report._test("x", "", "", "", found)
    assert controls.result_of(cast(controls.Test, test)) == result


def test_a_request_that_is_gone_is_missed_though_an_erasure_left_another_row(
    made: MadeDesk,
) -> None:
    for number in ("+442079460001", "+442079460002"):
        suppression.opt_out(made.desk, made.dpo, phone=number, source="form")
    table = table_of(SuppressionRow)

    def erase(unit: Unit) -> None:
        suppression.suppress_for_erasure(unit, [(b"e" * 32, ContactKind.PHONE)])
        unit.append("erasure.test", "dpo")

    made.desk.write(erase)
    data = policy_report.data(made.desk, made.dpo, *NOVEMBER, state(made)).data
    assert (data["requests"]["count"], data["requests"]["held"]) == (2, 3)
    assert [row["source"] for row in data["requests"]["by_source"]] == ["form"]
    year = board_report.data(made.desk, made.dpo, *NOVEMBER, state(made)).data
    assert [row["opt_outs"] for row in year["months"]] == [2]
    kept = every_test(made)["kept"]
    assert (kept["looked"], kept["exceptions"]) == (2, 0)

    def lose(unit: Unit) -> None:
        one = unit.db.execute(table.select().where(table.c.source == "form")).first()
        assert one is not None
        unit.db.execute(delete(table).where(table.c.id == one.id))
        unit.append("test.lost", "dpo")

    made.desk.write(lose)
    kept = every_test(made)["kept"]
    assert (kept["looked"], kept["exceptions"]) == (2, 1)
