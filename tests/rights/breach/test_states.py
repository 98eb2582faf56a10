"""How a breach may stand: a pure machine over its timeline."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.rights.breach import states
from privacy.rights.breach.states import Duty, Event, Ground, Laws, Risk, Standing, State, Told
from privacy.rights.case import NotNow

LAWS = Laws(frozenset({"EU_GDPR", "UK_GDPR"}))
ACTORS = ("ann", "bob")
OPENED = Told(Event.OPENED, "ann")


@st.composite
def event(draw: st.DrawFn) -> Told:
    kind = draw(st.sampled_from(sorted(Event)))
    by_kind: dict[Event, dict[str, Any]] = {
        Event.ASSESSED: {"risk": draw(st.sampled_from(["unlikely", "risk", "high"]))},
        Event.AUTHORITY_NOTIFIED: {
            "law": draw(st.sampled_from(["EU_GDPR", "UK_GDPR", "US_CA"])),
            "complete": draw(st.booleans()),
        },
        Event.NOT_TELLING_PROPOSED: {"ground": draw(st.sampled_from([*sorted(Ground), "lazy"]))},
        Event.AFFECTED: {"people": draw(st.integers(0, 2))},
    }
    return Told(kind, draw(st.sampled_from(ACTORS)), by_kind.get(kind, {}))


def taken(laws: Laws, told: list[Told]) -> tuple[Standing, list[Told]]:
    """What is left after each event that may happen; the others are refused and not recorded."""
    standing, kept = Standing(), []
    for each in [OPENED, *told]:
        try:
            standing = states.after("br-1", laws, standing, each)
        except NotNow:
            continue
        kept.append(each)
    return standing, kept


@given(st.lists(event(), max_size=25), st.booleans(), st.booleans())
def test_nothing_closes_while_something_is_owed(
    told: list[Told], always: bool, processor: bool
) -> None:
    laws = Laws(LAWS.authority, always, processor)
    standing, kept = taken(laws, told)
    assert states.replayed("br-1", laws, kept) == standing, "the timeline alone tells it"
    if standing.state is State.CLOSED:
        assert states.owed(laws, standing) == ()
        assert standing.risk is not Risk.UNKNOWN
        if standing.risk is Risk.HIGH and not processor:
            assert standing.people_told or standing.exempt
            assert standing.complete >= laws.authority


@given(st.lists(event(), max_size=25))
def test_people_are_left_untold_only_by_two_persons(told: list[Told]) -> None:
    standing, kept = taken(LAWS, told)
    if not standing.exempt:
        return
    proposed = [e for e in kept if e.type is Event.NOT_TELLING_PROPOSED][-1]
    agreed = [e for e in kept if e.type is Event.NOT_TELLING_APPROVED][-1]
    assert proposed.actor != agreed.actor
    if standing.ground == Ground.UNINTELLIGIBLE:
        assert kept.index(proposed) > min(
            n for n, e in enumerate(kept) if e.type is Event.CUSTODY_PROVED
        )


@given(st.lists(event(), max_size=25))
def test_a_closed_breach_takes_nothing_but_its_reopening(told: list[Told]) -> None:
    standing, _ = taken(LAWS, told)
    if standing.state is not State.CLOSED:
        return
    for kind in set(Event) - {Event.REOPENED}:
        with pytest.raises(NotNow):
            states.after("br-1", LAWS, standing, Told(kind, "ann", {"law": "EU_GDPR"}))
    again = states.after("br-1", LAWS, standing, Told(Event.REOPENED, "ann"))
    assert again.state is State.OPEN


def standing_after(*told: Told, laws: Laws = LAWS) -> Standing:
    return states.replayed("br-1", laws, [OPENED, *told])


def test_what_is_owed_follows_the_risk() -> None:
    notified = [
        Told(Event.AUTHORITY_NOTIFIED, "ann", {"law": law, "complete": True})
        for law in sorted(LAWS.authority)
    ]
    assert states.owed(LAWS, standing_after()) == (Duty.ASSESS, Duty.NOTIFY_AUTHORITY)
    unlikely = standing_after(Told(Event.ASSESSED, "ann", {"risk": "unlikely"}))
    assert states.owed(LAWS, unlikely) == ()
    high = Told(Event.ASSESSED, "ann", {"risk": "high"})
    assert states.owed(LAWS, standing_after(high)) == (Duty.NOTIFY_AUTHORITY, Duty.TELL_PEOPLE)
    assert states.owed(LAWS, standing_after(high, *notified)) == (Duty.TELL_PEOPLE,)


def test_a_first_phase_leaves_the_rest_of_the_notice_owed() -> None:
    risk = Told(Event.ASSESSED, "ann", {"risk": "risk"})
    laws = Laws(frozenset({"EU_GDPR"}))
    first = Told(Event.AUTHORITY_NOTIFIED, "ann", {"law": "EU_GDPR", "complete": False})
    last = Told(Event.AUTHORITY_NOTIFIED, "ann", {"law": "EU_GDPR", "complete": True})
    assert states.owed(laws, standing_after(risk, first, laws=laws)) == (Duty.COMPLETE_NOTICE,)
    done = standing_after(risk, first, last, laws=laws)
    assert (states.owed(laws, done), done.notified) == ((), {"EU_GDPR": 2})


@pytest.mark.parametrize("ground", [Ground.RISK_REMOVED, Ground.DISPROPORTIONATE])
def test_whoever_proposed_not_to_tell_people_does_not_agree(ground: Ground) -> None:
    proposed = Told(Event.NOT_TELLING_PROPOSED, "ann", {"ground": ground.value})
    with pytest.raises(NotNow, match="second person"):
        standing_after(proposed, Told(Event.NOT_TELLING_APPROVED, "ann"))
    agreed = standing_after(proposed, Told(Event.NOT_TELLING_APPROVED, "bob"))
    assert (agreed.exempt, agreed.ground) == (True, ground.value)
    again = Told(Event.NOT_TELLING_PROPOSED, "bob", {"ground": ground.value})
    redone = states.after("br-1", LAWS, agreed, again)
    assert not redone.exempt, "another proposal asks for another agreement"


def test_somebody_found_after_the_notices_is_still_to_be_told() -> None:
    high = Told(Event.ASSESSED, "ann", {"risk": "high"})
    told = Told(Event.PEOPLE_TOLD, "ann", {"how": "letters"})
    more = Told(Event.AFFECTED, "ann", {"people": 3})
    nobody = Told(Event.AFFECTED, "ann", {"people": 0})
    assert standing_after(high, told, nobody).people_told
    assert not standing_after(high, told, more).people_told


def test_a_processor_owes_word_to_the_controller_only() -> None:
    laws = Laws(LAWS.authority, as_processor=True)
    high = Told(Event.ASSESSED, "ann", {"risk": "high"})
    assert states.owed(laws, standing_after(high, laws=laws)) == (Duty.TELL_CONTROLLER,)
    told = standing_after(high, Told(Event.CONTROLLER_TOLD, "ann"), laws=laws)
    assert states.owed(laws, told) == ()
