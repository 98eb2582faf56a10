"""Timed work that destroys: erasures that a hold stopped, and retention that ended."""

from __future__ import annotations

from privacy.actors import Act
from privacy.cli.running import Run
from privacy.errors import AnswerIsNo
from privacy.rights import erasure, retention


def resume_erasures(run: Run) -> str:
    """Go on with approved erasures whose hold has ended; a void plan waits for people."""
    run.actor.require(Act.ERASE)
    done, waiting = 0, 0
    for request_id in erasure.released(run.desk):
        try:
            erasure.run(run.desk, run.actor, request_id)
            done += 1
        except AnswerIsNo:
            waiting += 1
    return f"{done} erased" + (f", {waiting} to be planned again" if waiting else "")


def end_retention(run: Run) -> str:
    """End every person whose retention ended and whom nothing stops."""
    return f"{retention.sweep(run.desk, run.actor)} erased"
