"""What a fake PBX makes of a number, and the order of a call that all fakes follow."""

from __future__ import annotations

from dataclasses import dataclass, field

from dialer.lines.port import Order, Sound, Speech

SPEECH = Speech(Sound("a" * 64), Sound("b" * 64), Sound("c" * 64))
CALLER = "+442079460100"


@dataclass(frozen=True)
class Ending:
    """Q.850 cause and SIP code of a call that nobody answers."""

    q850: int
    sip: int
    rings: bool = False


# By the last two digits of the number.
ENDINGS = {
    "86": Ending(17, 486),
    "03": Ending(21, 603, rings=True),
    "07": Ending(21, 607, rings=True),
    "04": Ending(1, 404),
    "08": Ending(18, 408, rings=True),
}
ANSWERS = ("10", "09", "12")
RINGS_ON = "87"


@dataclass
class Said:
    """What a fake was asked for, in order: one line each."""

    lines: list[str] = field(default_factory=list)


def order(attempt: str, *, ring_s: int = 5, max_s: int = 20, speech: Speech = SPEECH) -> Order:
    return Order(attempt, CALLER, "", "en", ring_s, max_s, speech)
