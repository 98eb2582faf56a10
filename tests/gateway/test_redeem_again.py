"""Everything that can change between a permit and its redemption is looked at again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from privacy.consent import registers, restrictions, suppression
from privacy.consent.store import withdraw
from privacy.gateway import campaigns, desk_law, trunks
from privacy.gateway.issue import issue
from privacy.gateway.protocol import Code, Permit, Problem, State
from privacy.gateway.redeem import redeem
from privacy.gateway.tokens import revoke_token
from privacy.ids import row_id
from privacy.law.own_rules import OwnRules
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import (
    AttemptRow,
    CallHistoryRow,
    CandidateRow,
    DialerTokenRow,
    EarlierCallRow,
)
from privacy.storage.tables.people import ContactPoint, Subject
from privacy.storage.unit import Unit
from privacy.terms import SubjectState
from tests.desks import MadeDesk
from tests.gateway.scene import Law, Scene, number, scene
from tests.gateway.test_desk_law import NO_WEDNESDAY, live, set_rules

FRESH = date(2026, 11, 17)
FAR_OFF = 4_000_000_000_000_000


def changed(set_up: Scene, table: object, values: dict[str, object], **where: object) -> None:
    """One row of the desk, as some other command would change it."""

    def job(unit: Unit) -> None:
        rows = table_of(table)  # type: ignore[arg-type]
        statement = update(rows).values(**values)
        for column, value in where.items():
            statement = statement.where(rows.c[column] == value)
        unit.db.execute(statement)
        unit.append("test.changed", "test")

    set_up.desk.write(job)


def opts_out(set_up: Scene, n: int) -> None:
    suppression.opt_out(set_up.desk, set_up.made.handler, phone=number(n), source="telephone")


def withdraws(set_up: Scene, n: int) -> None:
    person = set_up.people[n]
    withdraw(
        set_up.desk, set_up.made.handler, person.subject_id, person.phone_point, source="letter"
    )


def is_restricted(set_up: Scene, n: int) -> None:
    restrictions.place(set_up.desk, set_up.made.dpo, set_up.people[n].subject_id, "contested")


def is_erased(set_up: Scene, n: int) -> None:
    changed(set_up, Subject, {"state": SubjectState.ERASING.value}, id=set_up.people[n].subject_id)


def is_corrected(set_up: Scene, n: int) -> None:
    changed(set_up, ContactPoint, {"version": 2}, id=set_up.people[n].phone_point)


def is_taken_out(set_up: Scene, n: int) -> None:
    changed(set_up, ContactPoint, {"sealed": None}, id=set_up.people[n].phone_point)


def is_listed(set_up: Scene, n: int) -> None:
    registers.load(set_up.desk, set_up.made.dpo, "gb_tps", [number(n)], FRESH, "test")


def was_called(set_up: Scene, n: int) -> None:
    """An earlier dialer's call an hour ago becomes known."""
    tag = set_up.desk.vault.keyring.tags.number_tag(number(n))
    at = int((set_up.made.clock.now() - timedelta(hours=1)).timestamp()) * 1_000_000

    def job(unit: Unit) -> None:
        unit.db.execute(
            insert(table_of(CallHistoryRow)).values(
                id=f"ch-{n}", file_sha256="", source="test", started_at=at
            )
        )
        unit.db.execute(
            insert(table_of(EarlierCallRow)).values(
                id=row_id(unit.now),
                batch_id=f"ch-{n}",
                line=2,
                tag=tag,
                at=at,
                channel="text",
                outcome="busy",
            )
        )
        unit.append("test.changed", "test")

    set_up.desk.write(job)


OF_A_PERSON: list[Callable[[Scene, int], None]] = [
    opts_out,
    withdraws,
    is_restricted,
    is_erased,
    is_corrected,
    is_taken_out,
    was_called,
]


def permits(set_up: Scene) -> dict[int, Permit]:
    """A permit for each person, by number of the person."""
    answer = issue(set_up.gate, set_up.dialer, set_up.campaign, 20, set_up.resources)
    by_point = {person.phone_point: n for n, person in enumerate(set_up.people)}
    return {by_point[set_up.gate.held[one.attempt].point_id]: one for one in answer.permits}


def outcome(set_up: Scene, permit: Permit) -> str:
    set_up.wait(0.05)
    try:
        return redeem(set_up.gate, set_up.dialer, permit.permit).number
    except Problem as refused:
        return refused.refusal.value


def test_no_number_leaves_for_a_person_of_whom_anything_changed(store: MadeDesk) -> None:
    set_up = live(store, len(OF_A_PERSON) + 1)
    out = permits(set_up)
    assert len(out) == len(OF_A_PERSON) + 1
    for n, change in enumerate(OF_A_PERSON):
        change(set_up, n)
    found = {change.__name__: outcome(set_up, out[n]) for n, change in enumerate(OF_A_PERSON)}
    assert found == dict.fromkeys(found, Code.WITHDRAWN.value)
    # Whom nothing happened to is called.
    assert outcome(set_up, out[len(OF_A_PERSON)]) == number(len(OF_A_PERSON))


def pauses(set_up: Scene) -> None:
    campaigns.pause(set_up.desk, set_up.made.dpo, set_up.campaign)


def own_rules_change(set_up: Scene) -> None:
    set_rules(set_up.made, NO_WEDNESDAY)


def day_is_closed(set_up: Scene) -> None:
    set_up.gate.law = Law(closes=0)


def token_is_revoked(set_up: Scene) -> None:
    revoke_token(set_up.desk, "dpo", set_up.dialer.id)


def token_ends(set_up: Scene) -> None:
    changed(set_up, AttemptRow, {"expires_at": FAR_OFF})
    set_up.made.clock.advance(timedelta(hours=9))


def total_is_used(set_up: Scene) -> None:
    changed(set_up, DialerTokenRow, {"used": 1_000}, id=set_up.dialer.id)


def permit_runs_out(set_up: Scene) -> None:
    set_up.wait(31)


def trunk_takes_less(set_up: Scene) -> None:
    trunks.put(set_up.desk, set_up.made.dpo, "trunk-1", 100, 1)


def clock_goes_back(set_up: Scene) -> None:
    set_up.made.clock.at -= timedelta(hours=1)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (pauses, Code.STOPPED),
        (own_rules_change, Code.CLOSED_HOURS),
        (day_is_closed, Code.CLOSED_HOURS),
        (token_is_revoked, Code.BAD_TOKEN),
        (token_ends, Code.BAD_TOKEN),
        (total_is_used, Code.QUOTA),
        (permit_runs_out, Code.EXPIRED),
        (trunk_takes_less, Code.STOPPED),
        (clock_goes_back, Code.CLOCK),
    ],
)
def test_no_number_leaves_once_the_campaign_may_not_call(
    made: MadeDesk, change: Callable[[Scene], None], code: Code
) -> None:
    set_up = live(made, 2)
    out = permits(set_up)
    change(set_up)
    assert outcome(set_up, out[0]) == code.value


def test_emergency_and_registers_are_told_anew_to_the_law(store: MadeDesk) -> None:
    set_up = live(store, 1)
    (permit,) = permits(set_up).values()
    told: list[dict[str, Any]] = []

    def law(document: dict[str, Any], _: OwnRules | None = None, /) -> dict[str, Any]:
        told.append(document["context"])
        return set_up.law(document)

    set_up.gate.law = law
    desk_law.declare_emergency(store.desk, store.dpo, "US-LA")
    is_listed(set_up, 0)
    outcome(set_up, permit)
    assert told
    for context in told:
        assert context["emergency_declared"] == ["US-LA"]
        assert context["registers"]["gb_tps"]["listed"]
        assert context["registers"]["gb_tps"]["age_days"] == 1


def test_a_refused_redemption_is_kept_and_spends_no_rate(store: MadeDesk) -> None:
    set_up = scene(store, 2, rate_per_s=0.1)
    out = permits(set_up)
    opts_out(set_up, 0)
    assert outcome(set_up, out[0]) == Code.WITHDRAWN.value
    assert outcome(set_up, out[1]) == number(1)
    with set_up.desk.reading() as db:
        table = table_of(AttemptRow)
        states = dict(db.execute(select(table.c.id, table.c.state)).all())
    assert states[out[0].attempt] == State.NOT_SENT


def test_a_corrected_person_is_planned_again_with_what_is_true_now(made: MadeDesk) -> None:
    set_up = scene(made, 1)
    (permit,) = permits(set_up).values()
    before = set_up.people[0]
    changed(set_up, ContactPoint, {"version": 2}, id=before.phone_point)
    assert outcome(set_up, permit) == Code.WITHDRAWN.value
    with made.desk.reading() as db:
        assert db.execute(select(table_of(CandidateRow).c.state)).scalars().all() == ["waiting"]
