"""Cases under random events in random order, on a real desk.

Whatever the order: nothing is answered without proof and approval, no date and no law is
lost, a timeline only grows, and it alone gives the case.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from privacy.actors import Actor
from privacy.errors import AnswerIsNo, BadInput
from privacy.rights import (
    approval,
    casework,
    duplicates,
    handling,
    identity,
    intake,
    planning,
    refusal,
    replaying,
    standing,
    store,
    today,
)
from privacy.rights.case import (
    IMMEDIATE,
    OF_A_PERSON,
    TELLABLE,
    WAY_OF,
    Event,
    Kind,
    State,
    Step,
    Way,
    next_step,
)
from privacy.rights.identity import Claims, Evidence
from privacy.rights.store import NewEvent, TimelineEvent
from privacy.terms import Role
from tests.desks import MadeDesk
from tests.persons import add_person
from tests.rights.flows import CLAIMS, FILE, MAIL, NUMBER

OTHER_NUMBER, OTHER_MAIL = "+442079460199", "other.canarison@example.com"
OTHER = Claims(phone=OTHER_NUMBER, email=OTHER_MAIL, given="Canarina", family="Canarison")
KINDS = st.sampled_from(sorted(set(Kind) - IMMEDIATE - {Kind.INQUIRY}))
LAWS = st.sampled_from(["EU_GDPR", "UK_GDPR", "US_CA", "US_VA", "CA_PIPEDA", "CH_FADP", "BR_LGPD"])
PLACES = st.integers(0, 5)
WHO = st.sampled_from(["dpo", "handler", "auditor"])
AUDITOR = Actor("auditor", Role.AUDITOR)


class Cases(RuleBasedStateMachine):
    """A few cases at once; every step may be refused, and then changes nothing."""

    def __init__(self, made: MadeDesk) -> None:
        super().__init__()
        self.made = made
        self.ids: list[str] = []
        self.told: dict[str, list[TimelineEvent]] = {}
        self.laws: dict[str, set[str]] = {}

    def who(self, name: str) -> Actor:
        return {"dpo": self.made.dpo, "handler": self.made.handler, "auditor": AUDITOR}[name]

    def on(self, place: int, step: Callable[[str], Any]) -> None:
        if self.ids:
            with suppress(AnswerIsNo, BadInput):
                step(self.ids[place % len(self.ids)])

    @initialize(kinds=st.lists(KINDS, min_size=2, max_size=3), law=LAWS)
    def begins(self, kinds: list[Kind], law: str) -> None:
        for kind in (*kinds, kinds[0]):
            self.open(kind, law)

    @rule(place=PLACES, by_handler=st.booleans())
    def goes_on(self, place: int, by_handler: bool) -> None:
        """The next step as it is meant, so that a run gets far."""
        first, second = self.made.handler, self.made.dpo
        if not by_handler:
            first, second = second, first
        self.on(place, lambda one: self.next_step(one, first, second))

    @rule(place=PLACES)
    def goes_on_again(self, place: int) -> None:
        self.on(place, lambda one: self.next_step(one, self.made.handler, self.made.dpo))

    def next_step(self, one: str, first: Actor, second: Actor) -> None:
        desk = self.made.desk
        case = standing.standing(desk, one).case
        following = next_step(case.kind, case.state)
        if following is Step.VERIFY:
            identity.verify(desk, first, one, Evidence.LOGIN, CLAIMS)
        elif following is Step.PLAN:
            planning.make_plan(desk, first, one)
        elif following is Step.APPROVE:
            approval.approve(desk, second, one)
        elif following is Step.FULFIL and case.kind in casework.OUTCOMES:
            casework.settle(desk, first, one, casework.OUTCOMES[case.kind][0])
        elif following is Step.CLOSE:
            handling.close(desk, first, one)

    @rule(kind=KINDS, law=LAWS)
    def opens(self, kind: Kind, law: str) -> None:
        self.open(kind, law)

    def open(self, kind: Kind, law: str) -> None:
        if len(self.ids) < 4:
            case = intake.open_request(
                self.made.desk, self.made.handler, kind, channel="email", file=FILE, laws=(law,)
            )
            self.ids.append(case.id)

    @rule(place=PLACES, who=WHO, other=st.booleans())
    def verifies(self, place: int, who: str, other: bool) -> None:
        claims = OTHER if other else CLAIMS
        self.on(
            place,
            lambda one: identity.verify(self.made.desk, self.who(who), one, Evidence.LOGIN, claims),
        )

    @rule(place=PLACES, who=WHO)
    def plans(self, place: int, who: str) -> None:
        self.on(place, lambda one: planning.make_plan(self.made.desk, self.who(who), one))

    @rule(place=PLACES, who=WHO)
    def approves(self, place: int, who: str) -> None:
        self.on(place, lambda one: approval.approve(self.made.desk, self.who(who), one))

    @rule(place=PLACES, who=WHO)
    def refuses(self, place: int, who: str) -> None:
        self.on(
            place, lambda one: refusal.refuse(self.made.desk, self.who(who), one, "not_identified")
        )

    @rule(place=PLACES, who=WHO, outcome=st.sampled_from(["upheld", "denied", "sent", "granted"]))
    def settles(self, place: int, who: str, outcome: str) -> None:
        self.on(place, lambda one: casework.settle(self.made.desk, self.who(who), one, outcome))

    @rule(place=PLACES, event=st.sampled_from(sorted(TELLABLE)), large=st.booleans())
    def tells(self, place: int, event: Event, large: bool) -> None:
        facts = {"undue_delay": False, "large_amount": large, "reason": "complexity"}
        self.on(
            place,
            lambda one: handling.tell(
                self.made.desk, self.made.handler, one, NewEvent(event, None, facts)
            ),
        )

    @rule(place=PLACES, law=LAWS)
    def names_a_law(self, place: int, law: str) -> None:
        self.on(
            place,
            lambda one: casework.name_laws(self.made.desk, self.made.handler, one, laws=(law,)),
        )

    @rule(place=PLACES, owner=st.sampled_from(["dpo", "handler", "nobody"]))
    def assigns(self, place: int, owner: str) -> None:
        self.on(place, lambda one: casework.assign(self.made.desk, self.made.dpo, one, owner=owner))

    @rule(place=PLACES, into=PLACES)
    def merges(self, place: int, into: int) -> None:
        self.on(
            place,
            lambda one: duplicates.merge(
                self.made.desk, self.made.handler, one, self.ids[into % len(self.ids)]
            ),
        )

    @rule(place=PLACES)
    def closes(self, place: int) -> None:
        self.on(place, lambda one: handling.close(self.made.desk, self.made.handler, one))

    @rule(days=st.integers(0, 25))
    def time_passes(self, days: int) -> None:
        self.made.clock.advance(timedelta(days=days, minutes=1))

    @invariant()
    def a_timeline_only_grows_and_gives_the_case(self) -> None:
        for one in self.ids:
            each = standing.standing(self.made.desk, one)
            before = self.told.get(one, [])
            assert list(each.events[: len(before)]) == before
            self.told[one] = list(each.events)
            assert replaying.differences(each.case, each.events) == ()
            assert each.to_mend == ""

    @invariant()
    def no_law_and_no_date_is_lost(self) -> None:
        for one in self.ids:
            each = standing.standing(self.made.desk, one)
            assert set(each.case.laws) >= self.laws.get(one, set())
            self.laws[one] = set(each.case.laws)
            assert {law.law for law in each.laws} == set(each.case.laws)
            dated = [law.target for law in each.laws if law.target]
            assert each.target == min(dated, default=None)

    @invariant()
    def nothing_is_answered_without_proof_and_a_second_person(self) -> None:
        for one in self.ids:
            case = standing.standing(self.made.desk, one).case
            told = {event.type: event.actor for event in self.told.get(one, [])}
            if Event.FULFILLED not in told or WAY_OF[case.kind] is Way.TASK:
                continue
            assert told[Event.APPROVED] != case.planned_by
            assert Event.PLANNED in told
            assert case.kind not in OF_A_PERSON or Event.VERIFIED in told
            assert "auditor" not in told.values()

    @invariant()
    def every_unfinished_case_stands_in_today_once(self) -> None:
        found = today.today(self.made.desk, self.made.dpo)
        shown = [
            each.case.id
            for group in (found.to_mend, found.overdue, found.due, found.other)
            for each in group
        ]
        assert len(shown) == len(set(shown))
        with self.made.desk.reading() as db:
            unfinished = {one for one in self.ids if store.case(db, one).state is not State.CLOSED}
        assert unfinished <= set(shown)

    def teardown(self) -> None:
        """Cases of this run leave the day of the next one."""
        for place in range(len(self.ids)):
            self.on(place, self.refuse_it)
            self.on(place, self.close_it)

    def close_it(self, one: str) -> None:
        handling.close(self.made.desk, self.made.dpo, one)

    def refuse_it(self, one: str) -> None:
        refusal.refuse(self.made.desk, self.made.dpo, one, "not_identified")


def run_on(made: MadeDesk, examples: int, steps: int) -> None:
    add_person(made.desk, NUMBER, MAIL)
    add_person(made.desk, OTHER_NUMBER, OTHER_MAIL)

    class OnThisDesk(Cases):
        def __init__(self) -> None:
            super().__init__(made)

    run_state_machine_as_test(
        OnThisDesk,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            # A failing run is told as it ran: to shorten it takes minutes on a real desk.
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_no_order_of_events_skips_proof_or_approval_or_loses_a_date(made: MadeDesk) -> None:
    run_on(made, examples=12, steps=24)


@pytest.mark.long
def test_nor_does_any_of_many_orders(made: MadeDesk) -> None:
    run_on(made, examples=150, steps=40)
