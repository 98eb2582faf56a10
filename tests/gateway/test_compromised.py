"""A dialer in the wrong hands, and permits that leaked: what they gain, on both stores."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from privacy.audit.entry import parse
from privacy.consent import suppression
from privacy.gateway import campaigns, history
from privacy.gateway.campaigns import NewCampaign
from privacy.gateway.issue import issue
from privacy.gateway.outcomes import Told, opt_out_attempt, record_events
from privacy.gateway.protocol import Code, EventKind, Permit, Problem, State
from privacy.gateway.rate import interval_us
from privacy.gateway.recovery import settle
from privacy.gateway.redeem import redeem
from privacy.gateway.tokens import Dialer, issue_token
from privacy.storage.engines import is_sqlite
from privacy.storage.tables.audit import AuditEntry
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import AttemptRow, DecisionRow
from privacy.terms import Purpose
from tests.desks import MadeDesk
from tests.gateway.scene import CALLER, SCRIPT, Scene, dialer_of, number, scene

RATE = 5.0
PEOPLE = 12


def permits(set_up: Scene, want: int = 20) -> list[Permit]:
    return list(issue(set_up.gate, set_up.dialer, set_up.campaign, want, set_up.resources).permits)


def refusal(set_up: Scene, permit: str, dialer: Dialer | None = None) -> Code | None:
    """None where the number was given."""
    try:
        redeem(set_up.gate, dialer or set_up.dialer, permit)
    except Problem as problem:
        return problem.refusal
    return None


def released_entries(set_up: Scene) -> list[str]:
    """Attempts that the log says a number was given for, in order."""
    if not is_sqlite(set_up.desk.reads):
        set_up.desk.log.sequence()
    table = table_of(AuditEntry)
    with set_up.desk.reading() as db:
        bodies = db.execute(
            select(table.c.body).where(table.c.action == "number.released")
        ).scalars()
        return [str(parse(bytes(body))["object"]) for body in bodies]


def test_hammering_gets_numbers_no_faster_than_the_rate_and_only_who_may_be_called(
    store: MadeDesk,
) -> None:
    set_up = scene(store, PEOPLE, rate_per_s=RATE)
    for n in (0, 5):
        suppression.opt_out(store.desk, store.handler, phone=number(n), source="telephone")
    hoard = permits(set_up)
    assert len(hoard) == PEOPLE - 2
    suppression.opt_out(store.desk, store.handler, phone=number(7), source="telephone")
    got: dict[str, str] = {}
    for _ in range(100):
        for permit in hoard:
            try:
                answer = redeem(set_up.gate, set_up.dialer, permit.permit)
            except Problem:
                continue
            assert answer.attempt not in got
            got[answer.attempt] = answer.number
        if len(got) == PEOPLE - 3:
            break
        set_up.wait(0.06)
    assert sorted(got.values()) == sorted(number(n) for n in range(PEOPLE) if n not in (0, 5, 7))
    table = table_of(AttemptRow)
    with store.desk.reading() as db:
        times = sorted(
            db.execute(
                select(table.c.redeemed_at).where(table.c.redeemed_at.is_not(None))
            ).scalars()
        )
        decided = Counter(db.execute(select(table_of(DecisionRow).c.decision)).scalars())
    assert all(b - a >= interval_us(RATE) for a, b in itertools.pairwise(times))
    # Each one is in the log, once, and each one was decided, also whom it did not get.
    assert Counter(released_entries(set_up)) == Counter(got.keys())
    assert decided == {"allow": PEOPLE - 2, "deny": 3}


def test_a_leaked_replayed_or_expired_permit_gives_nothing(store: MadeDesk) -> None:
    set_up = scene(store, 3, rate_per_s=100)
    leaked, replayed, expired = permits(set_up)
    assert refusal(set_up, leaked.permit, set_up.another_dialer()) is Code.NOT_YOURS
    assert refusal(set_up, replayed.permit) is None
    set_up.wait(0.1)
    assert refusal(set_up, replayed.permit) is Code.USED
    assert refusal(set_up, replayed.permit, set_up.another_dialer()) is Code.NOT_YOURS
    set_up.wait(30)
    assert refusal(set_up, expired.permit) is Code.EXPIRED
    # An attempt's id is no permit, and a permit of the same length is unknown.
    assert refusal(set_up, leaked.attempt) is Code.NOT_YOURS
    assert len(released_entries(set_up)) == 1


def test_lies_about_outcomes_free_nothing_that_counts(store: MadeDesk) -> None:
    set_up = scene(store, 1, rate_per_s=100)
    (permit,) = permits(set_up)
    assert refusal(set_up, permit.permit) is None
    lie = [Told(1, EventKind.REFUSED, 1, "")]
    assert record_events(set_up.gate, set_up.dialer, permit.attempt, lie).state is State.UNREACHABLE
    assert permits(set_up) == []
    tag = store.desk.vault.keyring.tags.number_tag(number(0))
    with store.desk.reading() as db:
        (call,) = history.calls(db, [tag], store.clock.now())[tag]
    assert call.outcome == State.UNREACHABLE


def another(set_up: Scene, **settings: object) -> tuple[str, Dialer]:
    """A second campaign over the same people, with a dialer from outside."""
    made = set_up.made
    new = NewCampaign("Winter", Purpose.MARKETING, CALLER, SCRIPT, **settings)  # type: ignore[arg-type]
    campaign = campaigns.create(made.desk, made.dpo, new)
    campaigns.add(made.desk, made.dpo, campaign)
    campaigns.start(made.desk, made.dpo, campaign)
    issued = issue_token(
        made.desk, made.dpo, [campaign], rate_per_s=100, total=10, life=timedelta(hours=8)
    )
    return campaign, dialer_of(made.desk, issued.token)


def test_a_number_given_to_an_outside_dialer_counts_in_gap_and_cap(store: MadeDesk) -> None:
    set_up = scene(store, 1, rate_per_s=100)
    (permit,) = permits(set_up)
    assert refusal(set_up, permit.permit) is None
    # It tells nothing at all; an hour later its call must be over.
    set_up.wait(3_600)
    settle(set_up.gate, "work")
    for settings, rule in (
        ({"min_gap_s": 7_200, "cap_calls": 0}, "gateway.min_gap"),
        ({"min_gap_s": 0, "cap_calls": 1, "cap_hours": 24}, "gateway.number_cap"),
    ):
        campaign, dialer = another(set_up, **settings)
        answer = issue(set_up.gate, dialer, campaign, 1, ["p-1"])
        assert answer.none_because == ({"rule": rule, "count": 1},)


def test_an_opt_out_in_one_call_stops_the_intent_of_another_campaign(store: MadeDesk) -> None:
    set_up = scene(store, 1, rate_per_s=100, min_gap_s=0)
    (first,) = permits(set_up)
    assert refusal(set_up, first.permit) is None
    ended = [Told(1, EventKind.SENT, 1, ""), Told(2, EventKind.ENDED, 2, "480")]
    record_events(set_up.gate, set_up.dialer, first.attempt, ended)
    set_up.wait(1)
    campaign, dialer = another(set_up, min_gap_s=0)
    (second,) = issue(set_up.gate, dialer, campaign, 1, ["p-1"]).permits
    # What was said in the first call is told while the second one is about to be dialled.
    opt_out_attempt(set_up.gate, set_up.dialer, first.attempt, "speech", "never again")
    assert refusal(set_up, second.permit, dialer) is Code.WITHDRAWN
    assert released_entries(set_up) == [first.attempt]


@pytest.mark.parametrize("seconds", [0, 29])
def test_a_token_is_worth_its_total_and_no_number_more(made: MadeDesk, seconds: int) -> None:
    set_up = scene(made, 6, rate_per_s=100)
    dialer = set_up.another_dialer(total=2)
    got = issue(set_up.gate, dialer, set_up.campaign, 6, set_up.resources).permits
    assert len(got) == 2
    set_up.wait(seconds)
    for permit in got:
        set_up.wait(0.02)
        assert refusal(set_up, permit.permit, dialer) is None
    assert not issue(set_up.gate, dialer, set_up.campaign, 6, set_up.resources).permits
