"""What consent records say at an instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from privacy.consent.ledger import ConsentRecord, RecordKind, facts, in_force
from privacy.terms import ConsentClass

START = datetime(2026, 1, 1, tzinfo=UTC)
PURPOSES = ("marketing", "survey")
CHANNELS = ("voice_live", "text")


def instants(days: int) -> st.SearchStrategy[datetime]:
    return st.integers(0, days).map(lambda day: START + timedelta(days=day))


@st.composite
def records(draw: st.DrawFn) -> list[ConsentRecord]:
    count = draw(st.integers(0, 6))
    made: list[ConsentRecord] = []
    for number in range(count):
        kind = draw(st.sampled_from(RecordKind))
        at = draw(instants(20))
        everything = kind is RecordKind.WITHDRAWAL and draw(st.booleans())
        made.append(
            ConsentRecord(
                id=f"c-{number}",
                kind=kind,
                purpose="*" if everything else draw(st.sampled_from(PURPOSES)),
                channel="*" if everything else draw(st.sampled_from(CHANNELS)),
                consent_class=ConsentClass.PRIOR_EXPRESS_CONSENT,
                effective_at=at,
                recorded_at=at + timedelta(days=draw(st.integers(0, 3))),
                valid_until_at=draw(st.none() | instants(30)),
                corrects=f"c-{draw(st.integers(0, 5))}" if kind is RecordKind.CORRECTION else None,
            )
        )
    return made


def grant(day: int, **fields: object) -> ConsentRecord:
    at = START + timedelta(days=day)
    base: dict[str, object] = {
        "id": f"c-g{day}",
        "kind": RecordKind.GRANT,
        "purpose": "marketing",
        "channel": "voice_live",
        "consent_class": ConsentClass.PRIOR_EXPRESS_WRITTEN_CONSENT,
        "effective_at": at,
        "recorded_at": at,
        **fields,
    }
    return ConsentRecord(**base)  # type: ignore[arg-type]


def withdrawal(day: int, **fields: object) -> ConsentRecord:
    base = {"id": f"c-w{day}", "kind": RecordKind.WITHDRAWAL, "purpose": "*", "channel": "*"}
    return grant(day, **{**base, **fields})


def state(found: list[ConsentRecord], day: float) -> str:
    at = START + timedelta(days=day)
    return str(facts(found, "marketing", "voice_live", at)[0]["state"])


def test_no_record_means_no_consent() -> None:
    assert state([], 5) == "none"


def test_a_grant_counts_from_its_instant() -> None:
    assert state([grant(3)], 3) == "prior_express_written_consent"
    assert state([grant(3)], 2.999) == "none"


def test_withdrawal_wins_an_exact_tie() -> None:
    assert state([grant(3), withdrawal(3)], 3) == "withdrawn"


def test_a_later_grant_counts_again_after_a_withdrawal() -> None:
    assert state([grant(3), withdrawal(4), grant(5)], 5) == "prior_express_written_consent"


def test_the_last_instant_of_validity_counts_and_the_next_does_not() -> None:
    until = START + timedelta(days=6)
    assert state([grant(3, valid_until_at=until)], 6) == "prior_express_written_consent"
    assert state([grant(3, valid_until_at=until)], 6.001) == "none"


def test_consent_for_one_channel_or_purpose_is_none_for_another() -> None:
    assert state([grant(3, channel="text")], 4) == "none"
    assert state([grant(3, purpose="survey")], 4) == "none"


def test_a_corrected_record_is_as_if_it_had_never_been() -> None:
    void = grant(4, id="c-x", kind=RecordKind.CORRECTION, corrects="c-g3")
    assert state([grant(3), void], 5) == "none"


def test_what_was_recorded_later_was_not_known_then() -> None:
    late = grant(3, recorded_at=START + timedelta(days=9))
    at = START + timedelta(days=5)
    assert in_force([late], "marketing", "voice_live", at)
    assert not in_force([late], "marketing", "voice_live", at, known_at=at)


@given(records(), instants(25))
def test_a_further_withdrawal_never_makes_a_consent(
    found: list[ConsentRecord], at: datetime
) -> None:
    before = in_force(found, "marketing", "voice_live", at)
    more = [*found, withdrawal(10, id="c-more")]
    after = in_force(more, "marketing", "voice_live", at)
    assert set(after) <= set(before)


@given(records(), instants(25))
def test_no_grant_in_force_is_older_than_a_withdrawal_that_counts(
    found: list[ConsentRecord], at: datetime
) -> None:
    void = {r.corrects for r in found if r.kind is RecordKind.CORRECTION}
    withdrawn = [
        r.effective_at
        for r in found
        if r.kind is RecordKind.WITHDRAWAL
        and r.id not in void
        and r.effective_at <= at
        and r.purpose in ("*", "marketing")
        and r.channel in ("*", "voice_live")
    ]
    for held in in_force(found, "marketing", "voice_live", at):
        assert all(held.effective_at > when for when in withdrawn)


@given(records(), instants(25), st.randoms())
def test_the_order_of_records_does_not_matter(
    found: list[ConsentRecord], at: datetime, chance: object
) -> None:
    shuffled = list(found)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    first = {r.id for r in in_force(found, "marketing", "voice_live", at)}
    assert first == {r.id for r in in_force(shuffled, "marketing", "voice_live", at)}
