"""The rule that combines everything that says no, and the bound on how fast."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from privacy.gateway import decide as rules
from privacy.gateway.decide import Limits, Standing, decide
from privacy.gateway.rate import after_start, free_at, interval_us
from tests.gateway.scene import answer

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
LIMITS = Limits(timedelta(hours=2), 3)
CLEAR = Standing(
    active=True,
    restricted=False,
    suppressed=False,
    live_call=False,
    last_call_at=None,
    tries=0,
)
STANDINGS = st.builds(
    Standing,
    active=st.booleans(),
    restricted=st.booleans(),
    suppressed=st.booleans(),
    live_call=st.booleans(),
    last_call_at=st.none()
    | st.datetimes(NOON.replace(tzinfo=None) - timedelta(hours=4)).map(
        lambda at: min(at.replace(tzinfo=UTC), NOON)
    ),
    tries=st.integers(0, 5),
    blocked_until=st.none() | st.just(NOON + timedelta(days=30)),
)


def open_law(_: dict[str, Any]) -> dict[str, Any]:
    return answer("law-consent", None, decision="allow")


def closes_at(end: datetime, opens: datetime | None) -> rules.LawOfCalls:
    def law(document: dict[str, Any]) -> dict[str, Any]:
        if datetime.fromisoformat(document["at"]) < end:
            return open_law(document)
        return answer("law-hours", opens)

    return law


@given(STANDINGS)
def test_one_denial_denies_whatever_else_allows(standing: Standing) -> None:
    clear = (
        standing.active
        and not (standing.restricted or standing.suppressed or standing.live_call)
        and (standing.last_call_at is None or NOON - standing.last_call_at >= LIMITS.min_gap)
        and standing.tries < LIMITS.max_attempts
        and standing.blocked_until is None
    )
    verdict = decide({}, standing, LIMITS, open_law, NOON)
    assert verdict.allowed is clear
    denials = [reason for reason in verdict.reasons if reason.effect == "deny"]
    assert bool(denials) is not clear
    if denials:
        assert verdict.deciding_rule == denials[0].rule
        if verdict.next_try_at is not None:
            assert verdict.next_try_at > NOON


@given(STANDINGS)
def test_a_law_that_denies_is_never_overruled(standing: Standing) -> None:
    verdict = decide({}, standing, LIMITS, lambda _: answer("law-ban", None), NOON)
    assert not verdict.allowed
    assert verdict.next_try_at is None
    assert "law-ban" in {reason.rule for reason in verdict.reasons}


@given(st.integers(-3_600, 3_600))
def test_the_margin_closes_five_minutes_before_the_window(seconds: int) -> None:
    end = NOON + timedelta(seconds=seconds)
    opens = NOON + timedelta(hours=20)
    verdict = decide({}, CLEAR, LIMITS, closes_at(end, opens), NOON)
    assert verdict.allowed is (seconds > 300)
    if not verdict.allowed:
        assert verdict.next_try_at == opens
        assert verdict.hours_only
        assert verdict.deciding_rule == (rules.WINDOW if seconds > 0 else "law-hours")


def test_a_gap_has_passed_only_when_it_is_whole() -> None:
    def at(gap: timedelta) -> rules.Verdict:
        standing = Standing(
            active=True,
            restricted=False,
            suppressed=False,
            live_call=False,
            last_call_at=NOON - gap,
            tries=0,
        )
        return decide({}, standing, LIMITS, open_law, NOON)

    almost = at(LIMITS.min_gap - timedelta(microseconds=1))
    assert almost.deciding_rule == rules.MIN_GAP
    assert almost.next_try_at == NOON + timedelta(microseconds=1)
    assert at(LIMITS.min_gap).allowed


@given(
    st.floats(0.1, 200),
    st.lists(st.integers(0, 3_000_000), min_size=1, max_size=60),
    st.integers(1, 5_000_000),
)
def test_no_window_holds_more_starts_than_the_rate(
    rate: float, waits: list[int], window: int
) -> None:
    interval = interval_us(rate)
    assert interval * rate >= 1_000_000 - 1e-6
    now, tat, starts = 0, None, []
    for wait in waits:
        now += wait
        if free_at(tat, now) <= now:
            starts.append(now)
            tat = after_start(tat, now, interval)
    most = -(-window // interval)
    for start in starts:
        assert sum(start <= other < start + window for other in starts) <= most
