"""Facts of a person that the gate tells the law, and preferences that only narrow."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.consent import registers
from privacy.consent import store as consents
from privacy.consent.ledger import ConsentRecord, RecordKind
from privacy.gateway import told
from privacy.gateway.campaigns import campaign_of
from privacy.gateway.decide import PREFERRED, Limits, Standing, Verdict, decide
from privacy.gateway.facts import gather
from privacy.gateway.leases import open_candidates, rows_of
from privacy.terms import ConsentClass
from tests.desks import MadeDesk
from tests.gateway.scene import answer, consent, number, scene
from tests.persons import add_person

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)  # a Wednesday
LIMITS = Limits(timedelta(0), 3)


def verdict(times: Any, at: datetime, zones: tuple[str, ...] = ("Europe/London",)) -> Verdict:
    standing = Standing(True, False, False, False, None, 0, preferred=times)

    def law(_: dict[str, Any]) -> dict[str, Any]:
        return {**answer("law-consent", None, decision="allow"), "zones": list(zones)}

    return decide({}, standing, LIMITS, law, at)


@pytest.mark.parametrize(
    ("times", "allowed"),
    [
        (None, True),
        ([["09:00", "20:00"]], True),
        ({"wed": [["12:00", "13:00"]]}, True),
        ({"wed": [["12:00", "12:04"]]}, False),
        ({"thu": [["09:00", "20:00"]]}, False),
        ({"wed": [["13:00", "14:00"]]}, False),
    ],
)
def test_a_call_is_made_at_preferred_times_only(times: Any, allowed: bool) -> None:
    found = verdict(times, NOON)
    assert found.allowed is allowed
    assert found.deciding_rule == ("law-consent" if allowed else PREFERRED)


def test_a_preference_names_when_the_person_may_be_called_next() -> None:
    found = verdict({"thu": [["09:30", "20:00"]]}, NOON)
    assert found.next_try_at == datetime(2026, 11, 19, 9, 30, tzinfo=UTC)
    two = verdict([["13:00", "14:00"]], NOON, ("Europe/London", "Europe/Berlin"))
    assert two.next_try_at == datetime(2026, 11, 18, 13, tzinfo=UTC)
    assert not two.allowed


@pytest.mark.parametrize("times", [{"wed": []}, "mornings", {"x": []}, [["20:00", "09:00"]], 7])
def test_a_preference_that_cannot_be_read_denies_for_good(times: Any) -> None:
    found = verdict(times, NOON)
    assert (found.allowed, found.deciding_rule, found.next_try_at) == (False, PREFERRED, None)
    assert not verdict([["00:00", "24:00"]], NOON, ()).allowed


@given(
    st.lists(st.tuples(st.integers(0, 23), st.integers(0, 23)), max_size=3),
    st.integers(0, 2 * 365 * 24 * 60),
    st.sampled_from(("Europe/London", "America/New_York", "Australia/Lord_Howe")),
)
def test_a_preference_only_narrows_and_its_next_time_is_near(
    hours: list[tuple[int, int]], minutes: int, zone: str
) -> None:
    windows = [[f"{a:02}:00", f"{b:02}:30"] for a, b in hours if a <= b]
    aware = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    assert verdict(None, aware, (zone,)).allowed
    found = verdict(windows or None, aware, (zone,))
    if not found.allowed and found.next_try_at is not None:
        assert aware < found.next_try_at <= aware + timedelta(days=2)


def test_only_days_that_were_told_and_have_come_are_dealings() -> None:
    day = {"last_purchase": "2026-11-18", "last_inquiry": "2026-11-19"}
    assert told.relationship(day, NOON) == {"relationship": {"last_purchase": "2026-11-18"}}
    assert told.relationship({}, NOON) == {}
    assert told.relationship({"last_purchase": None, "last_inquiry": "soon"}, NOON) == {}


def withdrawal(purpose: str, channel: str, at: datetime = NOON, **more: Any) -> ConsentRecord:
    kind, none = RecordKind.WITHDRAWAL, ConsentClass.WITHDRAWN
    return ConsentRecord(f"w-{purpose}-{channel}", kind, purpose, channel, none, at, at, **more)


def test_withdrawals_elsewhere_are_told_and_what_is_void_or_of_mail_is_not() -> None:
    def of(*records: ConsentRecord) -> list[str]:
        found = told.other_withdrawals(records, "marketing", "voice_live", NOON)
        return [row["scope"] for row in found.get("other_withdrawals", [])]

    assert of(withdrawal("survey", "voice_live")) == ["survey"]
    assert of(withdrawal("*", "text")) == ["all"]
    assert of(withdrawal("marketing", "text")) == ["marketing"]
    assert of(withdrawal("marketing", "*"), withdrawal("*", "voice_live")) == []
    assert of(withdrawal("*", "email")) == []
    assert of(withdrawal("survey", "*", NOON + timedelta(seconds=1))) == []
    void = withdrawal("survey", "*")
    correction = ConsentRecord(
        "c", RecordKind.CORRECTION, "survey", "*", ConsentClass.NONE, NOON, NOON, corrects=void.id
    )
    assert of(void, correction) == []


def entry(listed: bool, age: int = 3) -> dict[str, Any]:
    return {"listed": listed, "age_days": age, "published": "2026-11-15"}


def test_the_answer_about_reassignment_comes_from_its_lists_alone() -> None:
    yes, no = "us_reassigned_yes", "us_reassigned_no"
    said = told.reassigned({yes: entry(True, 400), no: entry(True)})
    assert said == {"reassigned_check": {"answer": "yes", "asked_on": "2026-11-15"}}
    assert told.reassigned({no: entry(True, 45)})["reassigned_check"]["answer"] == "no"
    assert told.reassigned({no: entry(True, 46)}) == {}
    assert told.reassigned({yes: entry(False), no: entry(False)}) == {}
    assert told.reassigned({}) == {}
    assert told.do_not_call({yes: entry(True), "gb_tps": entry(False)}) == {"gb_tps": entry(False)}


def test_the_gate_tells_what_the_desk_holds_and_nothing_else(store: MadeDesk) -> None:
    made = store
    facts = {"last_purchase": "2026-10-01", "times": {"wed": [["09:00", "20:00"]]}}
    person = add_person(made.desk, number(0), "canary0@example.org", call_facts=facts)
    consent(made, [person])
    consents.withdraw(
        made.desk, made.handler, person.subject_id, None,
        purpose="survey", channel="voice_live", source="letter",
    )  # fmt: skip
    for name, numbers in (("us_reassigned_no", [number(0)]), ("us_reassigned_yes", [number(9)])):
        registers.load(made.desk, made.dpo, name, numbers, date(2026, 11, 10), "test")
    set_up = scene(made, 0)
    with made.desk.reading() as db:
        campaign = campaign_of(db, set_up.campaign)
        rows = rows_of(db, _candidates(db))
    leased = open_candidates(made.desk, rows, "dpo", set_up.campaign)
    with made.desk.reading() as db:
        (known,) = gather(db, campaign, leased, made.clock.now(), seller="Example Retail").values()
    context = known.document["context"]
    assert context["relationship"] == {"last_purchase": "2026-10-01"}
    assert context["seller"] == {"name": "Example Retail"}
    assert [row["programme"] for row in context["other_withdrawals"]] == ["survey"]
    assert context["reassigned_check"] == {"answer": "no", "asked_on": "2026-11-10"}
    assert context["registers"] == {}
    assert context["company_list"] is context["suppressed"] is False
    assert known.standing.preferred == facts["times"]
    assert {"emergency_declared", "proclaimed_days", "inbound_texts"}.isdisjoint(context)


def _candidates(db: Any) -> list[int]:
    from sqlalchemy import select

    from privacy.storage.tables.base import table_of
    from privacy.storage.tables.gateway import CandidateRow

    return list(db.execute(select(table_of(CandidateRow).c.id)).scalars())
