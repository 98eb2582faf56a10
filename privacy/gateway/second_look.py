"""The law asked again about calls that were made: opened facts in, codes out, many at once.

The judgement is that of `law call` without its search for a later instant. Beyond some
thousand calls it is made in spawned processes: facts go to them through pipes, never through
a file, and what comes back names nobody.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from privacy.clock import instant, rfc3339
from privacy.errors import MachineFailed
from privacy.gateway.desk_law import kept_rules
from privacy.law.call_context import Contexts
from privacy.law.call_facts import read_request
from privacy.law.calling import UNKNOWN_FACT, decide
from privacy.law.findings import Effect
from privacy.law.own_rules import OwnRules
from privacy.law.rulebook import rulebook
from privacy.law.standing import call_at
from privacy.law.zones import zone

MINUTES_A_DAY = 1440
PROCESSES = 2
ALONE = 4_000
"""Up to so many calls are judged in this process: another takes a second to begin."""

AHEAD = 2
"""Batches a process that were opened and wait: what lies opened is no more than this."""


class Judgement(NamedTuple):
    """The law's answer to one call. `denying`: rules that refuse; `unknown`: facts whose
    absence refuses; `local_minute` counts from Monday 00:00 in the first zone."""

    denying: tuple[str, ...]
    unknown: tuple[str, ...]
    local_minute: int | None
    places: tuple[str, ...]
    list_age_days: float | None
    pack_sha256: str
    own_sha256: str


class Opened(NamedTuple):
    """One call to be judged: its decision's facts, the instant (microseconds since 1970) at
    which its number left, and the digest of the own rules of that instant, or ""."""

    content: bytes
    at_us: int
    own_sha256: str


def judged(folder: Path, calls: Sequence[Opened]) -> list[Judgement]:
    """The law's answer to each; `folder` is the desk's, for its own rules.

    Raises BadFacts for facts that are malformed, Altered where own rules were changed.
    """
    contexts = Contexts()
    return [
        judgement(
            json.loads(call.content)["law_call"],
            instant(call.at_us),
            kept_rules(folder, call.own_sha256) if call.own_sha256 else None,
            contexts,
        )
        for call in calls
    ]


def judgement(
    document: dict[str, Any], at: datetime, own: OwnRules | None, contexts: Contexts | None = None
) -> Judgement:
    """The codes of the law's answer to a document of `law call` as of another instant."""
    book = rulebook()
    request = read_request({**document, "at": rfc3339(at)}, contexts)
    pack, rules = book.pack.sha256, own.pack.sha256 if own else ""
    age = _oldest_list(document)
    if request.facts is None:
        return Judgement((UNKNOWN_FACT,), request.missing, None, (), age, pack, rules)
    decision = decide(call_at(request.facts, at, book), own)
    denying = tuple(v.rule.id for v in decision.verdicts if v.effect is Effect.DENY)
    if not decision.allowed and not denying:
        # Refused for an unknown place or an absent fact: no rule's own word.
        denying = (str(decision.deciding_rule),)
    located = request.facts.located
    minute = None
    for key in located.zones[:1]:
        local = at.astimezone(zone(key))
        minute = local.weekday() * MINUTES_A_DAY + local.hour * 60 + local.minute
    return Judgement(
        denying, decision.unknown, minute, tuple(located.jurisdictions), age, pack, rules
    )


def judgement_of(answer: dict[str, Any], document: dict[str, Any], own_sha256: str) -> Judgement:
    """The same codes of an answer of `law call`, from whatever law gave it."""
    denying = tuple(str(rule["id"]) for rule in answer["rules"] if rule["effect"] == "deny")
    if answer["decision"] != "allow" and not denying:
        denying = (str(answer["deciding_rule"]),)
    local = next(iter(answer.get("local_times", {}).values()), None)
    minute = None
    if local is not None:
        at = datetime.fromisoformat(str(local))
        minute = at.weekday() * MINUTES_A_DAY + at.hour * 60 + at.minute
    return Judgement(
        denying,
        tuple(str(fact) for fact in answer.get("unknown", ())),
        minute,
        tuple(str(place) for place in answer["jurisdictions"]),
        _oldest_list(document),
        str(answer["pack"]["sha256"]),
        own_sha256,
    )


def _oldest_list(document: dict[str, Any]) -> float | None:
    lists = document.get("context", {}).get("registers", {}).values()
    ages = [float(told["age_days"]) for told in lists if told.get("age_days") is not None]
    return max(ages, default=None)


Batch = Sequence[Opened]
Told = TypeVar("Told")


def in_order(
    folder: Path, batches: Iterable[tuple[Told, Batch]], *, many: bool
) -> Iterator[tuple[Told, list[Judgement]]]:
    """Each batch's answers with whatever came with it, in order.

    With `many` calls several batches are judged at once while the next ones are opened.
    """
    if not many:
        for told, calls in batches:
            yield told, judged(folder, calls)
        return
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        waiting: deque[tuple[Told, Future[list[Judgement]]]] = deque()
        try:
            for told, calls in batches:
                waiting.append((told, pool.submit(judged, folder, calls)))
                if len(waiting) > AHEAD * PROCESSES:
                    first, future = waiting.popleft()
                    yield first, future.result()
            while waiting:
                first, future = waiting.popleft()
                yield first, future.result()
        except BrokenProcessPool:
            raise MachineFailed(
                "A process that judges calls ended.",
                what="calls",
                next="Ask again: what was judged before is kept.",
            ) from None
        finally:
            pool.shutdown(cancel_futures=True)
