"""The person's own wishes count at the gate: ways, hours, language; they only narrow."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from privacy.contacts.wishing import note
from privacy.gateway import wishes
from privacy.gateway.issue import issue
from privacy.gateway.protocol import Code, Permit, PermitsAnswer, Problem
from privacy.gateway.recovery import settle
from privacy.gateway.redeem import redeem
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import CandidateRow, DecisionRow
from privacy.terms import Channel
from tests.desks import MadeDesk
from tests.gateway.scene import Scene, scene

SCRIPTS = frozenset({"en", "de"})


def asked(set_up: Scene) -> PermitsAnswer:
    return issue(set_up.gate, set_up.dialer, set_up.campaign, 20, set_up.resources)


def rules(answer: PermitsAnswer) -> list[str]:
    return [str(one["rule"]) for one in answer.none_because]


def wishing(made: MadeDesk, facts: dict[str, Any], **settings: Any) -> Scene:
    """A campaign whose one person wishes something."""
    set_up = scene(made, 1, **settings)
    note(made.desk, made.handler, set_up.people[0].subject_id, facts)
    return set_up


@pytest.mark.parametrize("ways", [["text", "email"], ["post"], ["unreadable"], "email"])
def test_who_named_other_ways_is_not_called(store: MadeDesk, ways: object) -> None:
    set_up = wishing(store, {"channels": ways})
    assert rules(asked(set_up)) == ["gateway.channel_wish"]
    with store.desk.reading() as db:
        assert db.execute(select(table_of(CandidateRow).c.state)).scalars().all() == ["denied"]


@pytest.mark.parametrize("ways", [None, [], ["voice"], ["email", "voice_prerecorded"]])
def test_who_named_calls_or_nothing_is_called(made: MadeDesk, ways: object) -> None:
    assert len(asked(wishing(made, {"channels": ways})).permits) == 1


def test_a_language_without_a_script_is_not_called_unless_the_campaign_falls_back(
    store: MadeDesk,
) -> None:
    set_up = wishing(store, {"language": "Deutsch"})
    assert rules(asked(set_up)) == ["gateway.language"]
    again = scene(store, 0, language_fallback=True)
    (permit,) = asked(again).permits
    assert permit.language == "en"


@pytest.mark.parametrize("told", ["", "en", "EN-gb", "English"])
def test_the_campaigns_own_language_is_called(made: MadeDesk, told: str) -> None:
    (permit,) = asked(wishing(made, {"language": told})).permits
    assert permit.language == "en"


def test_hours_that_the_person_prefers_are_kept_and_are_the_next_try(store: MadeDesk) -> None:
    # The scene's clock stands on Wednesday at 16:00 UTC.
    set_up = wishing(store, {"times": {"thu": [["10:00", "12:00"]]}})
    law = set_up.law

    def with_zone(document: dict[str, Any], own: Any = None, /) -> dict[str, Any]:
        return {**law(document, own), "zones": ["Europe/London"]}

    set_up.gate.law = with_zone
    answer = asked(set_up)
    assert rules(answer) == ["gateway.preferred_times"]
    assert answer.retry_at == "2026-11-19T10:00:00.000000Z"


def test_a_wish_told_while_a_permit_is_out_closes_it(store: MadeDesk) -> None:
    set_up = scene(store, 1)
    (permit,) = asked(set_up).permits
    note(store.desk, store.handler, set_up.people[0].subject_id, {"channels": ["email"]})
    with pytest.raises(Problem) as refused:
        redeem(set_up.gate, set_up.dialer, permit.permit)
    assert refused.value.refusal is Code.WITHDRAWN
    set_up.wait(61)
    assert rules(asked(set_up)) == ["gateway.channel_wish"]


def test_a_denial_keeps_every_reason_and_the_latest_of_their_times(store: MadeDesk) -> None:
    set_up = scene(store, 1, min_gap_s=7_200, cap_calls=1, cap_hours=24)
    (permit,) = asked(set_up).permits
    redeem(set_up.gate, set_up.dialer, permit.permit)
    called_at = store.clock.now()
    other = scene(store, 0, cap_calls=1, cap_hours=24)
    answer = asked(other)
    assert rules(answer) == ["gateway.live_call"]
    with store.desk.reading() as db:
        table, candidate = table_of(DecisionRow), table_of(CandidateRow)
        row = db.execute(select(table).where(table.c.campaign_id == other.campaign)).one()
        again = db.execute(
            select(candidate.c.next_try_at).where(candidate.c.campaign_id == other.campaign)
        ).scalar()
    denying = [rule for rule, effect in json.loads(row.rules) if effect == "deny"]
    assert denying == ["gateway.live_call", "gateway.min_gap", "gateway.number_cap"]
    day_later = int(called_at.timestamp() * 1_000_000) + 86_400_000_000
    assert row.next_try_at == again == day_later


def test_a_cap_counts_over_all_campaigns(store: MadeDesk) -> None:
    set_up = scene(store, 1, min_gap_s=0)
    (permit,) = asked(set_up).permits
    assert isinstance(permit, Permit)
    redeem(set_up.gate, set_up.dialer, permit.permit)
    set_up.wait(3_600)
    settle(set_up.gate, "work")
    other = scene(store, 0, min_gap_s=0, cap_calls=1, cap_hours=24)
    assert rules(asked(other)) == ["gateway.number_cap"]
    free = scene(store, 0, min_gap_s=0, cap_calls=2, cap_hours=24)
    assert len(asked(free).permits) == 1


@given(st.text(max_size=40), st.booleans())
def test_no_language_is_called_that_has_no_script(text: str, fallback: bool) -> None:
    call = {"language": text}
    if not wishes.no_language(call, SCRIPTS, fallback=fallback):
        spoken = wishes.spoken(call, SCRIPTS, "en")
        assert spoken in SCRIPTS
        assert fallback or not text.strip() or wishes.language_code(text) == spoken


@given(st.lists(st.text(max_size=12)))
def test_no_list_of_ways_opens_a_call_that_names_none(ways: list[str]) -> None:
    named = set(ways) & {"voice", Channel.VOICE_LIVE.value}
    assert wishes.channel_unwanted({"channels": ways}, Channel.VOICE_LIVE) == (
        bool(ways) and not named
    )
