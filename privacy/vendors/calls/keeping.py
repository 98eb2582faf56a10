"""How long call records of vendors are kept: as long as the law has the seller keep them.

The years stand in the calling pack (16 CFR 310.5). When the newest call of an export is older,
its calls and its key are destroyed; what was declared and counted of it stays.
"""

from __future__ import annotations

from privacy.actors import Act, Actor
from privacy.desk import Desk
from privacy.law.rulebook import rulebook
from privacy.terms import KeyClass
from privacy.vendors.calls import store

RULE = "us-fed-records-tsr"
ACTION = "vendor_calls.import_ended"


def due(desk: Desk) -> list[str]:
    """Ids of imports whose calls are to be destroyed now, also where that broke off."""
    now = desk.now()
    years = int(rulebook().by_id[RULE].params["retention_years"])
    # On 29 February, the 28th of the year: a day later, never a day too early.
    leap = (now.month, now.day) == (2, 29)
    until = now.replace(year=now.year - years, day=28 if leap else now.day)
    with desk.reading() as db:
        found = store.listed(db)
    over = [
        each
        for each in found
        if each.state == store.DONE and each.last_at is not None and each.last_at < until
    ]
    gone = [each for each in found if each.state in (store.REPLACED, store.ENDED)]
    keys = desk.vault.person_keys((each.holder_id, KeyClass.CALLS) for each in gone)
    left = [each for each in gone if (each.holder_id, KeyClass.CALLS) in keys]
    return [each.id for each in (*over, *left)]


def end(desk: Desk, actor: Actor) -> int:
    """Destroy what is due; how many exports that were. Denied to who may not erase."""
    actor.require(Act.ERASE)
    ended = due(desk)
    for import_id in ended:
        store.destroy(desk, actor, import_id, store.ENDED, ACTION)
    return len(ended)
