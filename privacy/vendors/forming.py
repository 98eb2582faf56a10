"""Making the form for one vendor: what it may see, its own earlier answers if asked, and a record
that it was made before it leaves."""

from __future__ import annotations

from typing import Any

from privacy.actors import Act, Actor
from privacy.desk import Desk
from privacy.storage.unit import Unit
from privacy.vendors import answering, questionnaires, rounds, store
from privacy.vendors.answers import Answer, Source
from privacy.vendors.form import form

OWN = (Source.FORM, Source.FILE)


def form_for(desk: Desk, actor: Actor, vendor_id: str, *, filled: bool = False) -> dict[str, Any]:
    """The form's document. `filled`: with what the vendor itself answered; audited opening.

    What staff typed or mapped from elsewhere is not the vendor's own word and stays here.
    """
    actor.require(Act.ASSESS_VENDOR)
    with desk.reading() as db:
        vendor = store.vendor(db, vendor_id)
        questionnaire = questionnaires.current(db)
        asked = rounds.current(db, vendor.id)
        sources = answering.sources(db, vendor.id)
    answers: list[Answer] = []
    if filled:
        answers = [
            each
            for key, each in answering.read(desk, actor, vendor.id).items()
            if sources[key][0] in OWN and not _controllers(questionnaire.facts, key)
        ]
    return form(
        questionnaire,
        vendor_id=vendor.id,
        vendor_name=vendor.name,
        controller=desk.config.controller.name,
        on=store.today(desk),
        due_on=None if asked is None else asked.due_on,
        answers=answers,
    )


def _controllers(facts: Any, key: str) -> bool:
    return key in facts and facts[key].by != "vendor"


def hand_out(desk: Desk, actor: Actor, vendor_id: str, sha256: str) -> None:
    """Record, before it leaves, that a form with that digest is handed out."""
    actor.require(Act.ASSESS_VENDOR)

    def job(unit: Unit) -> None:
        vendor = store.lock(unit, vendor_id)
        store.tell(unit, vendor.id, "form_made", actor.id, {"sha256": sha256})
        unit.append("vendor.form_made", actor.id, object=vendor.id, digest=sha256)

    desk.write(job)
