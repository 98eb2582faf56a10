"""What is looked for in every call of a vendor, and the three things that can be found.

A call breaks a rule, keeps it, or the export leaves it open. Open is never kept: whoever
reads the answer must be able to tell "it did not happen" from "nothing here can show it".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from privacy.law.grounds import Ground, Word
from privacy.law.refusals import LISTED
from privacy.terms import Channel


class Check(IntEnum):
    """One thing that is looked for. Its number is its bit in a mask."""

    HOURS = 0
    HOLIDAY = 1
    CONSENT = 2
    PRERECORDED = 3
    DO_NOT_CALL = 4
    LIST_AGE = 5
    FREQUENCY = 6
    MINIMUM_GAP = 7
    CALLER_ID = 8
    RING_TIME = 9
    AFTER_OPT_OUT = 10
    OPT_OUT_LATENCY = 11
    OTHER = 12

    @property
    def word(self) -> str:
        return self.name.lower()


ASKED: dict[Check, str] = {
    Check.HOURS: "calls outside the hours of the called person's place",
    Check.HOLIDAY: "calls on a holiday on which the place allows none",
    Check.CONSENT: "calls without the consent that the place requires",
    Check.PRERECORDED: "recorded or artificial voices without the consent that they need",
    Check.DO_NOT_CALL: "calls to a number on a do-not-call list that binds",
    Check.LIST_AGE: "calls after a check against a list that was too old",
    Check.FREQUENCY: "more calls to one person than the place allows",
    Check.MINIMUM_GAP: "calls sooner after another one than the minimum gap",
    Check.CALLER_ID: "calls that showed no number",
    Check.RING_TIME: "unanswered calls that rang too short",
    Check.AFTER_OPT_OUT: "calls to a person who had told the caller to stop",
    Check.OPT_OUT_LATENCY: "calls after the time within which an opt-out must hold",
    Check.OTHER: "calls that may not be made at all, or to an unknown place",
}

BY_CLAUSE: dict[str, Check] = {
    "hours": Check.HOURS,
    "inconvenient_times": Check.HOURS,
    "holiday": Check.HOLIDAY,
    "consent": Check.CONSENT,
    "lists": Check.DO_NOT_CALL,
    "own_request": Check.AFTER_OPT_OUT,
    "revoke_all": Check.AFTER_OPT_OUT,
    "refusal": Check.AFTER_OPT_OUT,
    "frequency": Check.FREQUENCY,
}
BY_KIND: dict[str, Check] = {
    "caller_id": Check.CALLER_ID,
    "ring": Check.RING_TIME,
    "consent_elements": Check.CONSENT,
}
UNBROKEN_DUTIES = "duties"


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that a call broke, or that the export leaves open: never one that was kept.

    `missing` names what would prove it: a column of the export, or a fact of the desk's own
    (`desk.` before its name). `reason` is the law's.
    """

    check: Check
    rule: str
    word: Word
    reason: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read what the export leaves open: how it was spoken, and to what line."""

    channel: Channel
    line: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What the law found in a call, and the rules that reached it."""

    found: tuple[Found, ...] = ()
    rules: tuple[str, ...] = ()


UNTOLD_BY = {"channel": "prerecorded", "line": "called_line"}


def check_of(ground: Ground) -> Check:
    """Which check a ground belongs to, before it is known how the call was spoken."""
    if ground.reason == LISTED:
        return Check.DO_NOT_CALL
    if ground.clause in BY_CLAUSE:
        return BY_CLAUSE[ground.clause]
    return BY_KIND.get(ground.kind, Check.OTHER)


def stricter(answers: Sequence[tuple[Ground, ...]]) -> tuple[Ground, ...]:
    """Of the two instants that a call may have been made at, the word that weighs more."""
    found: dict[tuple[str, str], Ground] = {}
    weight = {Word.KEPT: 0, Word.OPEN: 1, Word.BROKEN: 2}
    for ground in (ground for answer in answers for ground in answer):
        key = (ground.rule, ground.clause)
        held = found.get(key)
        if held is None or weight[ground.word] > weight[held.word]:
            found[key] = ground
    return tuple(found.values())


def joined(answers: Mapping[Reading, tuple[Ground, ...]]) -> Looked:
    """What holds however the call is read; what only some readings break is open."""
    said: dict[tuple[str, str], dict[Reading, Ground]] = {}
    for reading, grounds in answers.items():
        for ground in grounds:
            said.setdefault((ground.rule, ground.clause), {})[reading] = ground
    found = [
        one for by_reading in said.values() if (one := _of_clause(by_reading, answers)) is not None
    ]
    rules = {ground.rule for grounds in answers.values() for ground in grounds}
    return Looked(tuple(sorted(found, key=order)), tuple(sorted(rules)))


def _of_clause(said: Mapping[Reading, Ground], readings: Iterable[Reading]) -> Found | None:
    """One clause of one rule over all readings; None where it is kept in each."""
    words = {r: said[r].word if r in said else Word.KEPT for r in readings}
    if all(word is Word.KEPT for word in words.values()):
        return None
    worst = next(
        (said[r] for r, word in words.items() if word is Word.BROKEN),
        next(said[r] for r, word in words.items() if word is not Word.KEPT),
    )
    check = check_of(worst)
    if check is Check.CONSENT and _recorded_only(words):
        check = Check.PRERECORDED
    if all(word is Word.BROKEN for word in words.values()):
        return Found(check, worst.rule, Word.BROKEN, worst.reason)
    missing = {said[r].missing for r, word in words.items() if word is Word.OPEN}
    missing |= {name for part, name in UNTOLD_BY.items() if _depends(part, words)}
    return Found(check, worst.rule, Word.OPEN, worst.reason, tuple(sorted(map(_named, missing))))


def _recorded_only(words: Mapping[Reading, Word]) -> bool:
    """Whether only a recorded voice breaks it."""
    return all(
        reading.channel is Channel.VOICE_PRERECORDED
        for reading, word in words.items()
        if word is not Word.KEPT
    )


def _depends(part: str, words: Mapping[Reading, Word]) -> bool:
    """Whether two readings that differ in that part alone have different words."""
    other = "line" if part == "channel" else "channel"
    return any(
        getattr(a, other) == getattr(b, other) and words[a] is not words[b]
        for a in words
        for b in words
    )


def _named(fact: str) -> str:
    """An absent fact of the law's document: the desk's own, unless the export could tell it."""
    if fact.startswith("context.registers."):
        return f"desk.list.{fact.split('.')[2]}"
    return f"desk.{fact.removeprefix('context.')}" if fact.startswith("context.") else fact


def order(one: Found) -> tuple[int, str, str, str]:
    return one.check, one.rule, one.word.value, one.reason


def too_old_is_ours(found: Iterable[Found]) -> tuple[Found, ...]:
    """A list of ours that was too old on that day shows nothing of the vendor's: it is open."""
    return tuple(
        replace(one, word=Word.OPEN, missing=(f"desk.list.{_list_of(one.reason)}",))
        if one.check is Check.DO_NOT_CALL and one.reason.endswith("is too old")
        else one
        for one in found
    )


def _list_of(reason: str) -> str:
    return reason.removeprefix("the list ").removesuffix(" is too old")


def masks(found: Iterable[Found]) -> tuple[int, int]:
    """Bits of the checks that were broken, and of those that are open and not broken."""
    broken = undecided = 0
    for one in found:
        bit = 1 << one.check
        if one.word is Word.BROKEN:
            broken |= bit
        else:
            undecided |= bit
    return broken, undecided & ~broken
