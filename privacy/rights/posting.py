"""A print run was posted: its letters are `sent` on that day, and the clocks hear of it.

The day is durable first; each letter follows in a transaction of its own, so that an
interrupted command goes on with the same day where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from privacy.actors import Act, Actor
from privacy.desk import Desk
from privacy.errors import BadInput, KeyMissing
from privacy.rights import letters_sent, sending_store
from privacy.rights.case import NotNow
from privacy.rights.clock import Law, statute
from privacy.rights.letters_sent import NOTHING, Tells
from privacy.rights.sending_store import OnItsWay, Run
from privacy.storage.unit import Unit
from privacy.terms import OpeningPurpose

NOON = time(12)


@dataclass(frozen=True)
class Posted:
    """What was posted when. `letters`: those that became sent now."""

    run: Run
    at: datetime
    letters: int


def post(
    desk: Desk,
    actor: Actor,
    run_id: str,
    on: date | None = None,
    *,
    law: Law = statute,
    tick: Callable[[], None] = lambda: None,
) -> Posted:
    """The letters of a run were posted on that day (default: today).

    BadInput for a day before the run or in the future, and for another day than the one on
    which an interrupted call began; NotNow for a run that was posted before.
    """
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        run = sending_store.run(db, run_id)
        letters = sending_store.of_run(db, run_id)
    at = _instant(desk, run, on)
    if run.posted_at is None:
        desk.write(lambda unit: _begin(unit, actor.id, run, at))
    elif not letters:
        raise NotNow("This print run was posted before.", what=run_id)
    for letter in letters:
        tells = _told(desk, actor, letter)

        def job(unit: Unit, letter: OnItsWay = letter, tells: Tells = tells) -> None:
            letters_sent.sent(unit, desk.config.controller, actor.id, letter, at, tells, law=law)

        desk.write(job)
        tick()
    return Posted(run, at, len(letters))


def _begin(unit: Unit, actor_id: str, run: Run, at: datetime) -> None:
    sending_store.set_posted(unit, run.id, at)
    unit.append("print_run.posted", actor_id, object=run.id, count=run.letters)


def _instant(desk: Desk, run: Run, on: date | None) -> datetime:
    """When it was posted: now for today, noon of an earlier day, what an interrupted call began."""
    zone, now = ZoneInfo(desk.config.controller.zone), desk.now()
    today = now.astimezone(zone).date()
    if run.posted_at is not None:
        if on is not None and on != run.posted_at.astimezone(zone).date():
            raise BadInput(
                "This run is recorded as posted on another day.",
                what="--on",
                next="Leave the day out to finish it.",
            )
        return run.posted_at
    if on is None or on == today:
        return now
    if not run.made_at.astimezone(zone).date() <= on < today:
        raise BadInput(
            "A run is posted between the day it was printed and today.",
            what="--on",
            next="Give the day on which the post took it.",
        )
    return max(datetime.combine(on, NOON, tzinfo=zone), run.made_at)


def _told(desk: Desk, actor: Actor, letter: OnItsWay) -> Tells:
    """What the letter tells when it leaves; nothing when its words or their key are gone."""
    if letter.content_sealed is None:
        return NOTHING
    _, content = letter.parts()
    try:
        opened = desk.vault.open(
            [content], actor.id, OpeningPurpose.RIGHTS_REQUEST, request=letter.request_id
        )
    except KeyMissing:
        return NOTHING
    return letters_sent.told_by(opened[content.place])
