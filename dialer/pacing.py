"""How many permits to ask for, and how long to wait. Pure.

The dialer paces, the gateway enforces: nothing here can make calls faster than
the gateway lets numbers go. Permits live for 30 s, so no more are asked for than
can be redeemed well within that.
"""

from __future__ import annotations

from dataclasses import dataclass

from privacy.gateway.protocol import DIAL_WITHIN_S, MOST_PERMITS

REDEEM_WITHIN_MS = 10_000
SHORTEST_WAIT_S = 0.02
SHORT_WAIT_MS = 2_000
LONGEST_WAIT_S = 1.0
# A number is dialled within this after its redemption was asked for; the gateway's own
# limit counts from later, so no clock has to agree with another.
DIAL_WITHIN_OF_ASKING_S = DIAL_WITHIN_S - 2


@dataclass(frozen=True)
class Pace:
    """What was learned: the wait between two redemptions that the gateway last told, in ms."""

    interval_ms: int = 0

    def learned(self, retry_after_ms: int | None) -> Pace:
        """After a redemption that came too early."""
        return self if retry_after_ms is None else Pace(max(0, retry_after_ms))


def want(free_resources: int, unredeemed: int, pace: Pace) -> int:
    """How many permits to ask for now: none, if those in hand keep the line busy."""
    in_time = REDEEM_WITHIN_MS // max(1, pace.interval_ms)
    return max(0, min(free_resources, MOST_PERMITS, max(1, in_time) - unredeemed))


def over(agents_soon: int, answered_share: float, ringing: int, most: int) -> int:
    """How many calls without a reserved agent to ask for: a proposal, which the gateway bounds.

    `agents_soon`: agents who will be free before somebody answers; `answered_share`: of the
    calls placed lately, how many a person answered (0 to 1); `ringing`: calls without an
    agent that ring already. None while nothing was answered: there is no ground to guess.
    """
    if answered_share <= 0 or agents_soon <= 0:
        return 0
    ringing_at_once = min(agents_soon / answered_share, most + ringing)
    return max(0, min(most, MOST_PERMITS, int(ringing_at_once) - ringing))


def wait_s(retry_after_ms: int | None) -> float:
    """Seconds to wait before asking again, within bounds, so that an end is noticed soon."""
    asked = LONGEST_WAIT_S if retry_after_ms is None else retry_after_ms / 1_000
    return min(LONGEST_WAIT_S, max(SHORTEST_WAIT_S, asked))


def is_done(*, live: int, retry_after_ms: int | None, patience_s: float) -> bool:
    """Whether a campaign has nothing left to do: nobody on the line, and nobody whose turn
    comes within `patience_s`, or within the wait that a full line asks for."""
    wait_ms = max(patience_s * 1_000, SHORT_WAIT_MS)
    return live == 0 and (retry_after_ms is None or retry_after_ms > wait_ms)
