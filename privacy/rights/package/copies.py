"""The desk's own copy of a package: sealed under a key of its own, dead after 30 days.

It is there so that a person whose package was lost can have the very same bytes again.
No rule of retention lengthens its life; an erasure, or the end of the person's account,
ends it at once. The content goes in one transaction, then its key, without which no old
copy of the row opens either.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from privacy.actors import Act, Actor
from privacy.clock import rfc3339
from privacy.desk import Desk
from privacy.errors import Damaged, Denied, MachineFailed, NotFound
from privacy.ids import row_id
from privacy.rights import disclosing, execution, planning, store
from privacy.rights.package import copy_store, writing
from privacy.rights.package.copy_store import Copy
from privacy.rights.store import Case
from privacy.storage.unit import Unit
from privacy.terms import KeyClass, OpeningPurpose
from privacy.vault.erase import delete_keys, keys_left

LIFE = timedelta(days=30)


@dataclass(frozen=True)
class Again:
    """A package that was handed out once more."""

    path: Path
    sha256: str
    entry_id: str
    copy: Copy


def sealed(desk: Desk, case: Case, content: bytes) -> Copy:
    """The copy of a package that is about to be released; its key is in the vault already."""
    now = desk.now()
    holder = row_id(now)
    (part,) = desk.vault.seal_parts(KeyClass.CASE, [(copy_store.place(holder), content)])
    return Copy(
        case.id,
        case.approved_seq or 0,
        holder,
        holder,
        part.sealed,
        writing.digest(content),
        len(content),
        now + LIFE,
    )


def again(desk: Desk, actor: Actor, request_id: str, out: Path) -> Again:
    """Write the same bytes to `out` once more, for the same person: a release, logged.

    NotFound if the request released nothing; Denied when the copy died, with its day, or
    where identity or authority no longer stand; NotNow if the case leads to another person
    now; BadInput if `out` exists.
    """
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        case = execution.may_execute(db, request_id)
        copy = copy_store.latest(db, request_id)
    if copy is None:
        raise NotFound("That request has released no package.", what=request_id, next="Fulfil it.")
    _refuse_dead(desk, copy)
    planning.refuse_other_person(desk, case)
    for path in (out, writing.part_of(out)):
        writing.refuse_existing(path)
    opened = desk.vault.open(
        [copy.part()], actor.id, OpeningPurpose.ACCESS_REQUEST, request=request_id
    )
    content = opened[copy.part().place]
    if writing.digest(content) != copy.sha256:
        raise Damaged(
            "The desk's copy is not what was released.", what=request_id, next="Run `doctor`."
        )
    writing.write_private(writing.part_of(out), content)
    try:
        entry = desk.write(lambda unit: _released(unit, actor, copy))
    except BaseException:
        writing.part_of(out).unlink(missing_ok=True)
        raise
    writing.complete(out)
    return Again(out, copy.sha256, entry, copy)


def _released(unit: Unit, actor: Actor, copy: Copy) -> str:
    current = copy_store.latest(unit.db, copy.request_id)
    if current is None or current.destroyed_at is not None or unit.now >= current.dies_at:
        raise _dead(copy)
    disclosing.of_package(unit, store.case(unit.db, copy.request_id), actor.id)
    return unit.append(
        "package.released_again", actor.id, request=copy.request_id, digest=copy.sha256
    )


def _refuse_dead(desk: Desk, copy: Copy) -> None:
    if copy.destroyed_at is not None or copy.content is None or desk.now() >= copy.dies_at:
        raise _dead(copy)


def _dead(copy: Copy) -> Denied:
    died = min(copy.destroyed_at or copy.dies_at, copy.dies_at)
    return Denied(
        f"The desk's copy of that package died at {rfc3339(died)}.",
        what=copy.request_id,
        next="Open a new request; the person gets what is held by then.",
    )


def due(desk: Desk) -> int:
    """How many requests and keys `sweep` would act on."""
    with desk.reading() as db:
        over = copy_store.over(db, desk.now())
        gone = copy_store.destroyed_holders(db)
    return len(over) + keys_left(desk.vault, gone, [KeyClass.CASE])


def sweep(desk: Desk, actor: Actor) -> int:
    """Destroy copies whose days are over, and keys that outlived their copy; how many copies."""
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        over = copy_store.over(db, desk.now())
    count = sum(_destroy_over(desk, actor, request_id) for request_id in over)
    with desk.reading() as db:
        gone = copy_store.destroyed_holders(db)
    if keys_left(desk.vault, gone, [KeyClass.CASE]):
        delete_keys(desk.vault, gone, [KeyClass.CASE])
    return count


def _destroy_over(desk: Desk, actor: Actor, request_id: str) -> int:
    def job(unit: Unit) -> int:
        count = copy_store.destroy_over(unit, request_id)
        unit.append(
            "package.copy_destroyed",
            actor.id,
            request=request_id,
            count=count,
            outcome="its days are over",
        )
        return count

    return desk.write(job)


def end(desk: Desk, actor_id: str, people: Collection[int]) -> int:
    """Destroy every copy of those persons' packages at once; how many there were.

    Keys that a busy vault leaves behind are destroyed by `sweep`.
    """
    with desk.reading() as db:
        holders = copy_store.live_of(db, people)
    if not holders:
        return 0

    def job(unit: Unit) -> int:
        count = copy_store.destroy(unit, holders)
        unit.append(
            "package.copy_destroyed", actor_id, count=count, outcome="the person's account ended"
        )
        return count

    count = desk.write(job)
    with suppress(MachineFailed):
        delete_keys(desk.vault, holders, [KeyClass.CASE], busy_wait_s=1.0)
    return count
