"""What the desk has on record of a vendor that no call record tells: dated statements. Pure.

Instructions to stop and to go on, the areas of a registry's subscription, figures that the
vendor stated, and calls whose true instant is known otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from privacy.vendors.calls.gauges.stated_figures import Stated
from privacy.vendors.calls.gauges.stopping import FOREVER_US, Stopped
from privacy.vendors.calls.gauges.subscriptions import Covered


@dataclass(frozen=True)
class Known:
    """In order of time. `calls`: true instants (us) by record of the import at hand."""

    stops: Sequence[Stopped] = ()
    covered: Sequence[Covered] = ()
    figures: Sequence[Stated] = ()
    calls: dict[int, int] = field(default_factory=dict)


def stops(told: Sequence[tuple[int, bool]]) -> list[Stopped]:
    """From instants at which the vendor was told to stop (True) or to go on (False).

    A second instruction to stop changes nothing: the first one counts until the next to go on.
    """
    found: list[Stopped] = []
    since: int | None = None
    for at_us, stop in sorted(told):
        if stop and since is None:
            since = at_us
        elif not stop and since is not None:
            found.append(Stopped(since, at_us))
            since = None
    return found if since is None else [*found, Stopped(since, FOREVER_US)]
