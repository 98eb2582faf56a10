"""Over-dial at the gate, on both stores: earned only, in the worst case, for the package alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from privacy.errors import BadInput
from privacy.gateway.campaigns import campaign_of
from privacy.gateway.outcomes import Told, record_events
from privacy.gateway.overdial import Earning
from privacy.gateway.protocol import Code, EventKind, Permit, Problem, State
from privacy.gateway.redeem import redeem
from privacy.gateway.tokens import LONGEST_LIFE, issue_token
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import AttemptRow
from privacy.terms import Channel
from tests.desks import MadeDesk
from tests.gateway.overdialling import LawOf, asked, insider, past_calls, stage
from tests.gateway.scene import Scene, dialer_of, scene

WITH_AN_AGENT = 1
LEAST_ANSWERED = 33
UNEARNED = ({"rule": "gateway.over_dial", "count": 1},)


def one_call(set_up: Scene) -> Permit:
    """A permit with an agent; its attempt is what past calls are copied from."""
    (permit,) = asked(set_up, WITH_AN_AGENT, over=0).permits
    return permit


def placed(set_up: Scene, permit: Permit) -> None:
    redeem(set_up.gate, set_up.dialer, permit.permit)


def told(set_up: Scene, permit: Permit, *events: tuple[EventKind, int, str]) -> State:
    numbered = [Told(seq, *event) for seq, event in enumerate(events, start=1)]
    return record_events(set_up.gate, set_up.dialer, permit.attempt, numbered).state


def test_nothing_is_earned_at_the_beginning(store: MadeDesk) -> None:
    set_up = stage(store)
    answer = asked(set_up, WITH_AN_AGENT)
    assert [permit.resource for permit in answer.permits] == ["a-0"]
    again = asked(set_up)
    assert again.none_because == UNEARNED
    assert again.retry_after_ms is not None


def test_the_first_one_is_earned_by_the_thirty_third_answer(store: MadeDesk) -> None:
    set_up = stage(store)
    one_call(set_up)
    past_calls(set_up, LEAST_ANSWERED - 1)
    assert asked(set_up).none_because == UNEARNED
    past_calls(set_up, 1)
    (permit,) = asked(set_up).permits
    assert permit.resource == ""
    # It is in flight and taken for abandoned: a second one is not earned by it.
    assert asked(set_up).none_because == UNEARNED
    placed(set_up, permit)


def test_only_a_dialer_of_the_package_over_dials(store: MadeDesk) -> None:
    set_up = stage(store)
    one_call(set_up)
    past_calls(set_up, 200)
    outside = set_up.another_dialer()
    assert asked(set_up, dialer=outside).none_because == (
        {"rule": "gateway.resources", "count": 1},
    )
    assert len(asked(set_up).permits) == 5


def test_no_token_that_is_handed_out_may_over_dial(made: MadeDesk) -> None:
    set_up = stage(made)
    new = issue_token(
        made.desk, made.dpo, [set_up.campaign], rate_per_s=1, total=1, life=LONGEST_LIFE
    )
    assert not dialer_of(made.desk, new.token).inside


def test_a_campaign_without_the_setting_never_over_dials(made: MadeDesk) -> None:
    set_up = stage(made, over_most=0)
    one_call(set_up)
    past_calls(set_up, 1_000)
    assert asked(set_up).none_because == ({"rule": "gateway.resources", "count": 1},)


def test_a_recorded_message_has_no_over_dial(made: MadeDesk) -> None:
    with pytest.raises(BadInput):
        scene(made, 1, channel=Channel.VOICE_PRERECORDED, over_most=1)


def test_a_lower_rate_of_its_own_counts(made: MadeDesk) -> None:
    set_up = stage(made, over_rate=0.01)
    one_call(set_up)
    past_calls(set_up, 98)
    assert asked(set_up).none_because == UNEARNED
    past_calls(set_up, 1)
    assert len(asked(set_up).permits) == 1


@pytest.mark.parametrize(
    ("state", "answered_by", "connect_ms"),
    [
        (State.ABANDONED, "", None),
        (State.UNCERTAIN, "", None),
        (State.COMPLETED, "human", 2_001),
        (State.COMPLETED, "", 2_001),
    ],
)
def test_what_was_or_may_have_been_abandoned_counts(
    made: MadeDesk, state: State, answered_by: str, connect_ms: int | None
) -> None:
    set_up = stage(made)
    one_call(set_up)
    past_calls(set_up, 64)
    past_calls(set_up, 1, state, answered_by=answered_by, connect_ms=connect_ms)
    assert asked(set_up).none_because == UNEARNED
    # 2 of 67 are less than 3 in a hundred; without the first one 34 had been enough.
    past_calls(set_up, 1)
    assert len(asked(set_up).permits) == 1


@pytest.mark.parametrize(
    ("state", "answered_by"),
    [
        (State.COMPLETED, ""),
        (State.COMPLETED, "unknown"),
        (State.MACHINE, "machine"),
        (State.BUSY, ""),
        (State.NO_ANSWER, ""),
    ],
)
def test_whom_nobody_heard_to_be_a_person_earns_nothing(
    made: MadeDesk, state: State, answered_by: str
) -> None:
    set_up = stage(made)
    one_call(set_up)
    past_calls(set_up, 300, state, answered_by=answered_by)
    assert asked(set_up).none_because == UNEARNED


def test_another_country_and_an_earlier_span_earn_nothing(made: MadeDesk) -> None:
    set_up = stage(made)
    one_call(set_up)
    past_calls(set_up, 300, place="CA-ON")
    assert asked(set_up).none_because == UNEARNED
    past_calls(set_up, 300)
    assert asked(set_up, over=1).permits
    # The law measures successive spans of 30 days from the campaign's first day.
    made.clock.advance(timedelta(days=30))
    set_up.dialer = insider(set_up)
    assert asked(set_up).none_because == UNEARNED


@pytest.mark.parametrize("places", [["GB"], ["DE", "EU"], ["US", "US-FL", "CA", "CA-ON"], []])
def test_where_the_law_names_no_share_nothing_is_earned(made: MadeDesk, places: list[str]) -> None:
    set_up = stage(made)
    one_call(set_up)
    for place in (*places, "US-FL"):
        past_calls(set_up, 200, place=place)
    set_up.gate.law = LawOf(places)
    assert asked(set_up).none_because == UNEARNED


def test_what_is_no_longer_earned_is_not_dialled(store: MadeDesk) -> None:
    set_up = stage(store)
    one_call(set_up)
    past_calls(set_up, LEAST_ANSWERED)
    (permit,) = asked(set_up).permits
    past_calls(set_up, 1, State.ABANDONED)
    with pytest.raises(Problem) as refused:
        placed(set_up, permit)
    assert refused.value.refusal is Code.NOT_EARNED
    table = table_of(AttemptRow)
    with set_up.desk.reading() as db:
        state = db.execute(select(table.c.state).where(table.c.id == permit.attempt)).scalar()
    assert state == State.NOT_SENT


def test_a_late_agent_is_counted_as_the_call_is_told(store: MadeDesk) -> None:
    set_up = stage(store)
    permit = one_call(set_up)
    past_calls(set_up, LEAST_ANSWERED)
    placed(set_up, permit)
    told(
        set_up,
        permit,
        (EventKind.SENT, 10, ""),
        (EventKind.ANSWERED, 1_000, ""),
        (EventKind.MEDIA_STARTED, 3_500, ""),
    )
    table = table_of(AttemptRow)
    with set_up.desk.reading() as db:
        row = db.execute(select(table).where(table.c.id == permit.attempt)).one()
        campaign = campaign_of(db, set_up.campaign)
        earning = Earning(db, campaign, set_up.made.clock.now())
        assert row.connect_ms == 2_500
        assert not earning.grant(["US"])
