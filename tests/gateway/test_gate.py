"""The gate on both stores: who gets a permit, who gets a number, and what is kept of it."""

from __future__ import annotations

import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select, update

from privacy.consent import restrictions, suppression
from privacy.gateway import campaigns
from privacy.gateway.campaigns import campaign_of
from privacy.gateway.facts import gather
from privacy.gateway.gate import PERMIT_LIFE
from privacy.gateway.issue import issue
from privacy.gateway.protocol import Code, PermitsAnswer, Problem, State
from privacy.gateway.redeem import redeem
from privacy.gateway.tokens import Dialer, revoke_token
from privacy.law.own_rules import OwnRules
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import AttemptRow, CandidateRow, DecisionRow
from privacy.storage.tables.people import Subject
from privacy.storage.unit import Unit
from privacy.terms import ContactKind, KeyClass, OpeningPurpose, SubjectState
from privacy.vault.opening import SealedPart
from privacy.vault.sealing import Part, Place
from tests.desks import MadeDesk
from tests.gateway.scene import Law, Scene, consent, number, scene
from tests.persons import add_person


def permits(set_up: Scene, want: int = 20, dialer: Dialer | None = None) -> PermitsAnswer:
    resources = set_up.resources
    return issue(set_up.gate, dialer or set_up.dialer, set_up.campaign, want, resources)


def refusal(set_up: Scene, permit: str, dialer: Dialer | None = None) -> Code:
    with pytest.raises(Problem) as refused:
        redeem(set_up.gate, dialer or set_up.dialer, permit)
    return refused.value.refusal


def rows(set_up: Scene, model: Any) -> list[Any]:
    table = table_of(model)
    with set_up.desk.reading() as db:
        return list(db.execute(select(table).order_by(table.c.id)))


def test_a_permit_releases_one_number_once(store: MadeDesk) -> None:
    set_up = scene(store, 1)
    (permit,) = permits(set_up).permits
    released = redeem(set_up.gate, set_up.dialer, permit.permit)
    assert released.number == number(0)
    assert refusal(set_up, permit.permit) is Code.USED
    assert number(0) not in repr(released) + repr(permit)


def test_nobody_is_permitted_twice_while_a_permit_is_out(store: MadeDesk) -> None:
    set_up = scene(store, 3)
    assert len(permits(set_up, 2).permits) == 2
    assert len(permits(set_up).permits) == 1
    again = permits(set_up)
    assert not again.permits
    assert again.retry_at is None


def test_without_consent_the_denial_and_its_rule_are_kept(store: MadeDesk) -> None:
    set_up = scene(store, 2)
    for person in set_up.people:
        consent_id = person.phone_point
        from privacy.consent.store import withdraw

        withdraw(set_up.desk, store.handler, person.subject_id, consent_id, source="letter")
    answer = permits(set_up)
    assert answer.none_because == ({"rule": "test-consent", "count": 2},)
    assert {row.decision for row in rows(set_up, DecisionRow)} == {"deny"}
    assert {row.state for row in rows(set_up, CandidateRow)} == {"denied"}


def test_every_decision_keeps_its_facts_sealed_and_the_packs_digest(store: MadeDesk) -> None:
    set_up = scene(store, 1)
    permits(set_up)
    (row,) = rows(set_up, DecisionRow)
    assert row.pack_sha256 == "ab" * 32
    assert row.place_code == "GB"
    assert json.loads(row.rules)[0] == ["test-consent", "allow"]
    assert number(0).encode() not in row.facts_sealed
    place = Place(Part.DECISION_FACTS, row.holder_id, row.id)
    part = SealedPart(place, KeyClass.CALLS, row.facts_sealed)
    opened = set_up.desk.vault.open([part], "dpo", OpeningPurpose.CALL)
    facts = json.loads(opened[place])
    assert facts["law_call"]["number"] == number(0)
    assert facts["law_call"]["context"]["earlier_calls"] == []


def test_a_leaked_permit_gives_another_dialer_nothing(store: MadeDesk) -> None:
    set_up = scene(store, 1)
    (permit,) = permits(set_up).permits
    assert refusal(set_up, permit.permit, set_up.another_dialer()) is Code.NOT_YOURS
    assert refusal(set_up, "pm-" + "a" * 26) is Code.NOT_YOURS
    assert redeem(set_up.gate, set_up.dialer, permit.permit).number == number(0)


def test_a_permit_ends_and_its_person_may_be_planned_again(store: MadeDesk) -> None:
    set_up = scene(store, 1)
    (permit,) = permits(set_up).permits
    set_up.wait(PERMIT_LIFE.total_seconds())
    assert refusal(set_up, permit.permit) is Code.EXPIRED
    assert refusal(set_up, permit.permit) is Code.EXPIRED
    assert [row.state for row in rows(set_up, AttemptRow)] == [State.NOT_SENT]
    assert len(permits(set_up).permits) == 1


def test_a_revoked_token_and_a_paused_campaign_release_nothing(made: MadeDesk) -> None:
    set_up = scene(made, 2)
    first, second = permits(set_up).permits
    campaigns.pause(set_up.desk, made.dpo, set_up.campaign)
    assert refusal(set_up, first.permit) is Code.STOPPED
    with pytest.raises(Problem) as refused:
        permits(set_up)
    assert refused.value.refusal is Code.STOPPED
    campaigns.start(set_up.desk, made.dpo, set_up.campaign)
    revoke_token(set_up.desk, "dpo", set_up.dialer.id)
    assert refusal(set_up, second.permit) is Code.BAD_TOKEN


def test_a_total_is_never_passed(store: MadeDesk) -> None:
    set_up = scene(store, 4)
    dialer = set_up.another_dialer(total=3)
    got = permits(set_up, 4, dialer).permits
    assert len(got) == 3
    for permit in got:
        redeem(set_up.gate, dialer, permit.permit)
        set_up.wait(1)
    again = permits(set_up, 4, dialer)
    assert again.none_because == ({"rule": "gateway.quota", "count": 1},)


def test_concurrency_and_resources_bound_what_is_out(made: MadeDesk) -> None:
    set_up = scene(made, 6, concurrency=4)
    few = issue(set_up.gate, set_up.dialer, set_up.campaign, 20, ("p-1", "p-2"))
    assert len(few.permits) == 2
    none = issue(set_up.gate, set_up.dialer, set_up.campaign, 20, ("p-1", "p-2"))
    assert none.none_because == ({"rule": "gateway.resources", "count": 1},)
    assert len(permits(set_up).permits) == 2
    assert permits(set_up).none_because == ({"rule": "gateway.concurrency", "count": 1},)


def test_the_rate_is_spent_at_redemption_and_the_permit_is_kept(store: MadeDesk) -> None:
    set_up = scene(store, 2, rate_per_s=0.5)
    first, second = permits(set_up).permits
    redeem(set_up.gate, set_up.dialer, first.permit)
    with pytest.raises(Problem) as refused:
        redeem(set_up.gate, set_up.dialer, second.permit)
    assert refused.value.refusal is Code.NOT_YET
    assert refused.value.retry_at is not None
    set_up.wait(2)
    assert redeem(set_up.gate, set_up.dialer, second.permit).number == number(1)


def test_an_opt_out_between_permit_and_redemption_wins(store: MadeDesk) -> None:
    set_up = scene(store, 1)
    (permit,) = permits(set_up).permits
    suppression.opt_out(set_up.desk, store.handler, phone=number(0), source="telephone")
    assert refusal(set_up, permit.permit) is Code.WITHDRAWN
    (decision,) = [row for row in rows(set_up, DecisionRow) if row.stage == "redeem"]
    assert decision.decision == "deny"
    assert decision.deciding_rule == "gateway.suppressed"
    assert [row.state for row in rows(set_up, CandidateRow)] == ["denied"]


def test_a_restriction_between_permit_and_redemption_wins(store: MadeDesk) -> None:
    set_up = scene(store, 1)
    (permit,) = permits(set_up).permits
    restrictions.place(set_up.desk, store.dpo, set_up.people[0].subject_id, "contested")
    assert refusal(set_up, permit.permit) is Code.WITHDRAWN


def test_hours_that_close_between_permit_and_redemption_win(store: MadeDesk) -> None:
    law = Law()
    set_up = scene(store, 1, law=law)
    (permit,) = permits(set_up).permits
    law.closes = store.clock.now().hour
    assert refusal(set_up, permit.permit) is Code.CLOSED_HOURS
    (candidate,) = rows(set_up, CandidateRow)
    assert candidate.state == "waiting"
    assert candidate.next_try_at > rows(set_up, DecisionRow)[0].at


def test_nobody_is_permitted_in_the_last_five_minutes_of_a_window(made: MadeDesk) -> None:
    made.clock.at = made.clock.at.replace(hour=20, minute=55, second=1)
    set_up = scene(made, 1, law=Law(opens=9, closes=21))
    answer = permits(set_up)
    assert answer.none_because == ({"rule": "gateway.window_margin", "count": 1},)
    # The next try is when the window opens, and it is kept.
    assert answer.retry_at == "2026-11-19T09:00:00.000000Z"


def test_two_people_with_one_number_are_not_called_at_once(store: MadeDesk) -> None:
    set_up = scene(store, 2, same_number=True)
    answer = permits(set_up)
    assert len(answer.permits) == 1
    assert answer.none_because == ({"rule": "gateway.live_call", "count": 1},)


def test_the_same_number_in_two_campaigns_keeps_one_gap(store: MadeDesk) -> None:
    set_up = scene(store, 1)
    (permit,) = permits(set_up).permits
    redeem(set_up.gate, set_up.dialer, permit.permit)
    store.clock.advance(timedelta(minutes=10))
    from privacy.gateway.recovery import settle

    settle(set_up.gate, "test")
    store.clock.advance(timedelta(seconds=1))
    other = scene(store, 0)
    answer = permits(other)
    assert answer.none_because == ({"rule": "gateway.min_gap", "count": 1},)


def test_facts_that_the_law_cannot_read_deny(made: MadeDesk) -> None:
    from privacy.errors import BadFacts

    def unreadable(_: dict[str, Any], _own: OwnRules | None = None, /) -> dict[str, Any]:
        raise BadFacts("unreadable", field="context")

    set_up = scene(made, 1)
    set_up.gate.law = unreadable
    assert permits(set_up).none_because == ({"rule": "gateway.bad_facts", "count": 1},)


def test_a_gateway_that_began_anew_redeems_and_says_so_in_the_log(made: MadeDesk) -> None:
    set_up = scene(made, 1)
    (permit,) = permits(set_up).permits
    set_up.gate.held.clear()
    assert redeem(set_up.gate, set_up.dialer, permit.permit).number == number(0)


def test_a_person_added_without_consent_is_denied(made: MadeDesk) -> None:
    set_up = scene(made, 1)
    stranger = add_person(set_up.desk, number(50), "stranger@example.org")
    campaigns.add(set_up.desk, made.dpo, set_up.campaign, [stranger.phone_point])
    answer = permits(set_up)
    assert len(answer.permits) == 1
    assert answer.none_because == ({"rule": "test-consent", "count": 1},)
    consent(made, [stranger])
    assert not permits(set_up).permits


def begin_erasing(set_up: Scene, n: int) -> None:
    """What the first step of an erasure does in main."""
    table = table_of(Subject)

    def job(unit: Unit) -> None:
        person = set_up.people[n].subject_id
        unit.db.execute(
            update(table).where(table.c.id == person).values(state=SubjectState.ERASING.value)
        )
        unit.append("erasure.intended", "test")

    set_up.desk.write(job)


def test_an_erasure_that_began_closes_permits_and_candidates(store: MadeDesk) -> None:
    set_up = scene(store, 3)
    (permit,) = permits(set_up, 1).permits
    with_permit = next(
        n
        for n, person in enumerate(set_up.people)
        if person.subject_id == set_up.gate.held[permit.attempt].subject_id
    )
    begin_erasing(set_up, with_permit)
    begin_erasing(set_up, (with_permit + 1) % 3)
    assert refusal(set_up, permit.permit) is Code.WITHDRAWN
    set_up.wait(61)
    assert len(permits(set_up).permits) == 1
    assert not permits(set_up).permits
    closed = [row for row in rows(set_up, CandidateRow) if row.state == "denied"]
    assert {row.last_rule for row in closed} == {"gateway.person_erasing"}
    assert len(closed) == 2


def test_a_housemates_older_consent_does_not_outlive_an_opt_out_that_another_lifted(
    made: MadeDesk,
) -> None:
    stage = scene(made, 2, same_number=True)
    tag = made.desk.vault.keyring.tags.number_tag(number(0))
    suppression.opt_out_tag(made.desk, "dpo", tag, ContactKind.PHONE, source="phone")
    stage.wait(7 * 24 * 3600)
    first, second = stage.people
    consent(made, [first])
    with made.desk.reading() as db:
        campaign = campaign_of(db, stage.campaign)
        leased = [
            SimpleNamespace(
                tag=tag, subject_id=p.subject_id, point_id=p.phone_point, candidate_id=n, call={}
            )
            for n, p in enumerate((first, second))
        ]
        known = gather(db, campaign, leased, made.clock.now(), seller="")  # type: ignore[arg-type]
    assert [known[n].standing.suppressed for n in (0, 1)] == [False, True]
