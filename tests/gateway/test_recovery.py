"""Recovery: in whatever order things happen and processes die, every attempt ends in a state."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from privacy.audit.entry import parse
from privacy.consent import suppression
from privacy.gateway import campaigns, history
from privacy.gateway.campaigns import NewCampaign, campaign_of
from privacy.gateway.gate import Gate, taken_slots
from privacy.gateway.issue import issue
from privacy.gateway.outcomes import Told, record_events
from privacy.gateway.protocol import TERMINAL, EventKind, Permit, Problem, State
from privacy.gateway.recovery import settle
from privacy.gateway.redeem import redeem
from privacy.gateway.tokens import issue_token
from privacy.storage.engines import is_sqlite
from privacy.storage.tables.audit import AuditEntry
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import AttemptRow, CandidateRow
from privacy.terms import Purpose
from tests.desks import MadeDesk
from tests.gateway.scene import CALLER, SCRIPT, Law, Scene, consent, dialer_of, number
from tests.persons import add_person

PEOPLE = 3
STEPS = ["issue", "redeem", "event", "gateway dies", "dialer dies", "opt-out", "work", "pause"]
EVENTS = [
    (EventKind.SENT, ""),
    (EventKind.REFUSED, ""),
    (EventKind.RINGING, ""),
    (EventKind.ANSWERED, ""),
    (EventKind.MEDIA_STARTED, ""),
    (EventKind.ENDED, "486"),
    (EventKind.ENDED, "607"),
    (EventKind.ENDED, "remote"),
]
step = st.tuples(
    st.sampled_from(STEPS), st.integers(0, 5), st.sampled_from(EVENTS), st.integers(0, 40)
)


class Story:
    """One campaign over three new people, and what happened to it so far."""

    def __init__(self, made: MadeDesk, first: int) -> None:
        self.first = first
        people = []
        for n in range(first, first + PEOPLE):
            made.clock.advance(timedelta(milliseconds=5))
            people.append(add_person(made.desk, number(n), f"canary{n}@example.org"))
        consent(made, people)
        new = NewCampaign(
            "Story",
            Purpose.MARKETING,
            CALLER,
            SCRIPT,
            rate_per_s=100,
            concurrency=50,
            max_attempts=20,
            min_gap_s=0,
            cap_calls=0,
        )
        campaign = campaigns.create(made.desk, made.dpo, new)
        campaigns.add(made.desk, made.dpo, campaign, [person.phone_point for person in people])
        campaigns.start(made.desk, made.dpo, campaign)
        issued = issue_token(
            made.desk, made.dpo, [campaign], rate_per_s=100, total=1_000, life=timedelta(hours=8)
        )
        law = Law()
        dialer = dialer_of(made.desk, issued.token)
        gate = Gate(made.desk, law)
        self.scene = Scene(made, people, campaign, gate, law, dialer, issued.token)
        self.permits: list[Permit] = []
        self.seqs: dict[str, int] = {}
        self.released: list[str] = []

    def happens(self, what: str, which: int, event: tuple[EventKind, str], wait_s: int) -> None:
        scene = self.scene
        scene.wait(wait_s + 0.05)
        permit = self.permits[which % len(self.permits)] if self.permits else None
        try:
            if what == "issue":
                campaigns.start(scene.desk, scene.made.dpo, scene.campaign)
                free = scene.resources
                answer = issue(scene.gate, scene.dialer, scene.campaign, 1 + which, free)
                self.permits.extend(answer.permits)
            elif what == "redeem" and permit:
                assert redeem(scene.gate, scene.dialer, permit.permit).number
                self.released.append(permit.attempt)
            elif what == "event" and permit:
                seq = self.seqs.get(permit.attempt, 0) + 1
                told = [Told(seq, event[0], seq * 100, event[1])]
                record_events(scene.gate, scene.dialer, permit.attempt, told)
                self.seqs[permit.attempt] = seq
        except Problem:
            return
        if what == "gateway dies":
            scene.gate = Gate(scene.desk, scene.law)
        elif what == "dialer dies":
            settle(scene.gate, "test", dead_dialer=scene.dialer.id)
        elif what == "opt-out":
            phone = number(self.first + which % PEOPLE)
            suppression.opt_out(scene.desk, scene.made.handler, phone=phone, source="letter")
        elif what == "work":
            settle(Gate(scene.desk, scene.law), "work")
        elif what == "pause":
            campaigns.pause(scene.desk, scene.made.dpo, scene.campaign)

    def rows(self, model: Any) -> list[Any]:
        table = table_of(model)
        with self.scene.desk.reading() as db:
            mine = select(table).where(table.c.campaign_id == self.scene.campaign)
            return list(db.execute(mine.order_by(table.c.id)))


def ends_well(story: Story) -> None:
    """After one run of recovery, when every call must be over."""
    scene = story.scene
    scene.wait(600)
    settle(Gate(scene.desk, scene.law), "work")
    attempts = story.rows(AttemptRow)
    assert {State(row.state) for row in attempts} <= TERMINAL
    assert all(row.live == 0 and row.ended_at for row in attempts)
    with scene.desk.reading() as db:
        campaign = campaign_of(db, scene.campaign)
        assert taken_slots(db, campaign, scene.made.clock.now()) == (0, 0)
        tags = {bytes(row.tag) for row in attempts}
        counted = history.calls(db, tags, scene.made.clock.now())
    # What left is counted, whatever was told of it; what did not leave is not.
    by_id = {row.id: row for row in attempts}
    assert {row.id for row in attempts if row.redeemed_at is not None} == set(story.released)
    calls = sum(len(each) for each in counted.values())
    assert calls == len(story.released)
    for attempt in story.released:
        assert by_id[attempt].state != State.NOT_SENT
    uncertain = {row.candidate_id: row for row in attempts if row.state == State.UNCERTAIN}
    for candidate in story.rows(CandidateRow):
        if candidate.id in uncertain:
            assert candidate.state == "done"
            later = [row.issued_at for row in attempts if row.candidate_id == candidate.id]
            assert max(later) == uncertain[candidate.id].issued_at


def log_holds_each(story: Story) -> None:
    """Each number that left has an entry of its own."""
    scene, table = story.scene, table_of(AuditEntry)
    if not is_sqlite(scene.desk.reads):
        scene.desk.log.sequence()
    with scene.desk.reading() as db:
        bodies = db.execute(select(table.c.body).where(table.c.action == "number.released"))
        named = [str(parse(bytes(body))["object"]) for body in bodies.scalars()]
    for attempt in story.released:
        assert named.count(attempt) == 1


FIRST = [100]


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(step, min_size=4, max_size=40))
def test_every_attempt_ends_in_a_terminal_state(store: MadeDesk, steps: list[Any]) -> None:
    FIRST[0] += PEOPLE
    story = Story(store, FIRST[0])
    for one in steps:
        story.happens(*one)
    ends_well(story)
    log_holds_each(story)
