"""What dialers tell: events once each, outcomes that count, opt-outs before everything."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select

from privacy.consent import suppression
from privacy.errors import MachineFailed
from privacy.gateway.gate import Gate
from privacy.gateway.issue import issue
from privacy.gateway.outcomes import (
    Told,
    opt_out_attempt,
    opt_out_number,
    record_events,
    state_of,
)
from privacy.gateway.protocol import Code, EventKind, Problem, State
from privacy.gateway.recovery import forget_old_tags, settle
from privacy.gateway.redeem import redeem
from privacy.gateway.tokens import revoke_token
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import ConsentRow, SuppressionRow
from privacy.storage.tables.gateway import AttemptEventRow, AttemptRow, CandidateRow
from privacy.storage.unit import Unit
from privacy.terms import KekKind
from tests.desks import MadeDesk
from tests.gateway.scene import Scene, number, scene

SENT = Told(1, EventKind.SENT, 0, "")
RINGING = Told(2, EventKind.RINGING, 400, "")
ANSWERED = Told(3, EventKind.ANSWERED, 3_000, "")
MEDIA = Told(4, EventKind.MEDIA_STARTED, 3_200, "")
KEY = Told(5, EventKind.KEY, 4_000, "9")
TALKING = (SENT, RINGING, ANSWERED, MEDIA)


def dialled(set_up: Scene, count: int = 1) -> list[str]:
    """Attempts whose numbers are released."""
    answer = issue(set_up.gate, set_up.dialer, set_up.campaign, count, set_up.resources)
    for permit in answer.permits:
        set_up.wait(0.02)
        redeem(set_up.gate, set_up.dialer, permit.permit)
    return [permit.attempt for permit in answer.permits]


def tell(set_up: Scene, attempt: str, *told: Told) -> State:
    return record_events(set_up.gate, set_up.dialer, attempt, told).state


def count(set_up: Scene, model: type) -> int:
    with set_up.desk.reading() as db:
        return int(db.execute(select(func.count()).select_from(table_of(model))).scalar_one())


def candidate_states(set_up: Scene) -> list[str]:
    with set_up.desk.reading() as db:
        return list(db.execute(select(table_of(CandidateRow).c.state)).scalars())


def test_events_lead_to_an_outcome_and_the_same_ones_again_change_nothing(
    store: MadeDesk,
) -> None:
    set_up = scene(store, 1)
    (attempt,) = dialled(set_up)
    ended = Told(5, EventKind.ENDED, 9_000, "local")
    assert tell(set_up, attempt, *TALKING) is State.SPEAKING
    assert tell(set_up, attempt, *TALKING) is State.SPEAKING
    assert tell(set_up, attempt, MEDIA, ended) is State.COMPLETED
    assert tell(set_up, attempt, ended) is State.COMPLETED
    assert count(set_up, AttemptEventRow) == 5
    assert candidate_states(set_up) == ["done"]


def test_a_seq_that_tells_something_else_is_refused_and_nothing_is_taken(
    made: MadeDesk,
) -> None:
    set_up = scene(made, 1)
    (attempt,) = dialled(set_up)
    tell(set_up, attempt, SENT)
    for told in (
        (Told(1, EventKind.RINGING, 0, ""),),
        (RINGING, MEDIA),
        (Told(2, EventKind.ENDED, 0, "486"), Told(2, EventKind.SENT, 0, "")),
    ):
        with pytest.raises(Problem) as refused:
            tell(set_up, attempt, *told)
        assert refused.value.refusal is Code.ILLEGAL_STEP
    assert state_of(set_up.gate, set_up.dialer, attempt).state is State.DIALING
    assert count(set_up, AttemptEventRow) == 1


def test_another_dialer_can_neither_see_nor_move_an_attempt(made: MadeDesk) -> None:
    set_up = scene(made, 1)
    (attempt,) = dialled(set_up)
    other = set_up.another_dialer()
    with pytest.raises(Problem) as unseen:
        state_of(set_up.gate, other, attempt)
    with pytest.raises(Problem) as unmoved:
        record_events(set_up.gate, other, attempt, [SENT])
    assert {unseen.value.refusal, unmoved.value.refusal} == {Code.NOT_YOURS}


def test_busy_is_tried_again_after_the_gap_and_declined_is_not(made: MadeDesk) -> None:
    set_up = scene(made, 2, min_gap_s=600)
    first, second = dialled(set_up, 2)
    tell(set_up, first, SENT, Told(2, EventKind.ENDED, 300, "486"))
    tell(set_up, second, SENT, Told(2, EventKind.ENDED, 300, "603"))
    assert sorted(candidate_states(set_up)) == ["done", "waiting"]
    set_up.wait(599)
    assert not dialled(set_up, 2)
    set_up.wait(2)
    assert len(dialled(set_up, 2)) == 1


def test_attempts_end_after_the_campaigns_most(made: MadeDesk) -> None:
    set_up = scene(made, 1, min_gap_s=60, max_attempts=2)
    for _ in range(2):
        (attempt,) = dialled(set_up)
        tell(set_up, attempt, SENT, Told(2, EventKind.ENDED, 300, "486"))
        set_up.wait(61)
    answer = issue(set_up.gate, set_up.dialer, set_up.campaign, 1, set_up.resources)
    assert answer.none_because == ({"rule": "gateway.max_attempts", "count": 1},)


def test_an_opt_out_key_suppresses_before_its_event_is_answered(store: MadeDesk) -> None:
    set_up = scene(store, 1)
    (attempt,) = dialled(set_up)
    tell(set_up, attempt, *TALKING, KEY)
    tag = set_up.desk.vault.keyring.tags.number_tag(number(0))
    with set_up.desk.reading() as db:
        (found,) = suppression.suppressed(db, [tag]).values()
        withdrawn = db.execute(
            select(table_of(ConsentRow).c.source).where(table_of(ConsentRow).c.kind == "withdrawal")
        ).scalars()
        assert list(withdrawn) == ["call_key"]
    assert found.source == "call_key"
    opt_out_attempt(set_up.gate, set_up.dialer, attempt, "key")
    assert count(set_up, SuppressionRow) == 1


def test_a_call_that_was_not_wanted_is_an_opt_out(made: MadeDesk) -> None:
    set_up = scene(made, 1)
    (attempt,) = dialled(set_up)
    told = (SENT, RINGING, Told(3, EventKind.ENDED, 2_000, "607"))
    assert tell(set_up, attempt, *told) is State.UNWANTED
    assert count(set_up, SuppressionRow) == 1


def test_an_ended_token_still_tells_opt_outs_and_ends(made: MadeDesk) -> None:
    set_up = scene(made, 1)
    (attempt,) = dialled(set_up)
    revoke_token(set_up.desk, "dpo", set_up.dialer.id)
    opt_out_attempt(set_up.gate, set_up.dialer, attempt, "speech", "no more of this")
    assert tell(set_up, attempt, SENT) is State.DIALING
    with set_up.desk.reading() as db:
        row = db.execute(select(table_of(SuppressionRow))).one()
    assert row.attempt == attempt
    assert b"no more" not in row.words_sealed


def test_an_opt_out_by_number_is_the_same_for_known_and_unknown(made: MadeDesk) -> None:
    set_up = scene(made, 1)
    for n in (0, 77):
        opt_out_number(set_up.gate, set_up.dialer, number(n))
    assert count(set_up, SuppressionRow) == 2
    answer = issue(set_up.gate, set_up.dialer, set_up.campaign, 1, set_up.resources)
    assert answer.none_because == ({"rule": "gateway.suppressed", "count": 1},)


def test_what_rings_is_stopped_when_its_person_opts_out(made: MadeDesk) -> None:
    set_up = scene(made, 1)
    (attempt,) = dialled(set_up)
    answer = record_events(set_up.gate, set_up.dialer, attempt, [SENT, RINGING])
    assert not answer.stop
    suppression.opt_out(set_up.desk, made.handler, phone=number(0), source="telephone")
    assert state_of(set_up.gate, set_up.dialer, attempt).stop
    tell(set_up, attempt, ANSWERED)
    assert not state_of(set_up.gate, set_up.dialer, attempt).stop


def test_what_nobody_told_ends_as_uncertain_counts_and_is_not_dialled_again(
    store: MadeDesk,
) -> None:
    set_up = scene(store, 2, min_gap_s=60)
    sent, silent = dialled(set_up, 2)
    tell(set_up, sent, SENT, RINGING)
    store.clock.advance(timedelta(hours=1))
    assert settle(set_up.gate, "test") == 2
    for attempt in (sent, silent):
        assert state_of(set_up.gate, set_up.dialer, attempt).state is State.UNCERTAIN
    assert not dialled(set_up, 2)
    assert candidate_states(set_up) == ["done", "done"]


def test_a_dead_dialers_permits_are_planned_again_and_its_calls_keep_their_place(
    made: MadeDesk,
) -> None:
    set_up = scene(made, 3, concurrency=2)
    (released,) = dialled(set_up)
    issue(set_up.gate, set_up.dialer, set_up.campaign, 1, set_up.resources)
    assert settle(set_up.gate, "test", dead_dialer=set_up.dialer.id) == 2
    assert sorted(candidate_states(set_up)) == ["done", "waiting", "waiting"]
    answer = issue(set_up.gate, set_up.another_dialer(), set_up.campaign, 3, set_up.resources)
    assert len(answer.permits) == 1
    late = tell(set_up, released, SENT)
    assert late is State.UNCERTAIN


def test_a_gateway_with_call_keys_only_does_all_of_this(made: MadeDesk) -> None:
    set_up = scene(made, 1)
    narrow = made.reopen((KekKind.CALL,))
    try:
        set_up.gate = Gate(narrow, set_up.law)
        (attempt,) = dialled(set_up)
        assert tell(set_up, attempt, *TALKING, KEY) is State.SPEAKING
    finally:
        narrow.close()
    assert count(set_up, SuppressionRow) == 1


def test_the_database_refuses_a_second_live_attempt_on_a_number(store: MadeDesk) -> None:
    set_up = scene(store, 1)
    dialled(set_up)
    table = table_of(AttemptRow)
    with set_up.desk.reading() as db:
        row = dict(db.execute(select(table)).one()._mapping)

    def job(unit: Unit) -> None:
        copy = {**row, "id": "at-copy", "permit_hash": b"other"}
        unit.db.execute(insert(table).values(**copy))
        unit.append("test", "test")

    with pytest.raises(MachineFailed):
        set_up.desk.write(job)


def test_tags_are_cleared_when_no_rule_looks_back_so_far(made: MadeDesk) -> None:
    set_up = scene(made, 1)
    (attempt,) = dialled(set_up)
    tell(set_up, attempt, SENT, Told(2, EventKind.ENDED, 300, "486"))
    set_up.wait(399 * 86_400)
    assert forget_old_tags(set_up.desk, "test") == 0
    set_up.wait(2 * 86_400)
    assert forget_old_tags(set_up.desk, "test") == 1
    assert forget_old_tags(set_up.desk, "test") == 0
