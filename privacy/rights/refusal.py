"""Refusing a request, in whole or for single kinds of data, and what the refusal must tell.

A reason is a code whose ground, citation and remedies come from the law pack. In part is
refused by the plan (`planning.make_plan(refused=…)`): a second person approves that too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from privacy.actors import Act, Actor
from privacy.desk import Desk
from privacy.errors import NotFound
from privacy.rights import evidence, refusal_grounds, store
from privacy.rights.case import Event, Step, after
from privacy.rights.inventory import held
from privacy.rights.refusal_grounds import Ground
from privacy.rights.store import Case, NewEvent, TimelineEvent
from privacy.settings import Controller
from privacy.storage.unit import Unit

SCHEMA = "rightsdesk.refusal/1"


def refuse(
    desk: Desk, actor: Actor, request_id: str, reason: str, note: str = "", *, ground: str = ""
) -> Case:
    """Refuse the whole request; `note` is sealed. The refusal counts as sent.

    `reason` is a code that the law of the request knows for this right; `ground` names one
    of several grounds with it. BadInput lists those that the law knows.
    """
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        case = store.case(db, request_id)
    after(request_id, case.kind, case.state, Step.REFUSE)
    chosen = (
        refusal_grounds.ground(ground, case.kind, case.law)
        if ground
        else refusal_grounds.of_reason(reason, case.kind, case.law)
    )
    sealed = store.seal_note(desk, case.holder_id, note)
    facts = {"reason": chosen.reason, "ground": chosen.id}

    def job(unit: Unit) -> list[int]:
        store.move(unit, request_id, Step.REFUSE, outcome=f"refused:{chosen.reason}")
        store.tell(unit, request_id, actor.id, NewEvent(Event.REFUSAL_SENT), sealed)
        store.tell(unit, request_id, actor.id, NewEvent(Event.REFUSED, None, facts))
        unit.append(
            "request.refused",
            actor.id,
            request=request_id,
            outcome=chosen.reason,
            object=chosen.id,
        )
        return evidence.delete_in(unit, actor.id, request_id)

    evidence.shred(desk, desk.write(job))
    with desk.reading() as db:
        return store.case(db, request_id)


def refused_fields(plan_text: str) -> dict[str, Ground]:
    """Kinds of data (keys of the inventory) that a stored plan refuses, with their grounds."""
    if not plan_text:
        return {}
    found: dict[str, Ground] = {}
    for key, each in json.loads(plan_text).get("refused", {}).items():
        ground = refusal_grounds.found(each["ground"])
        if ground is not None:
            found[key] = ground
    return found


def of_case(desk: Desk, actor: Actor, request_id: str) -> dict[str, Any]:
    """The refusal's document of a case. NotFound if nothing of it was refused."""
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        case = store.case(db, request_id)
        told = store.timeline(db, request_id)
    found = document(desk.config.controller, case, told, desk.now().date())
    if found is None:
        raise NotFound(
            "Nothing of this request was refused.", what=request_id, next="See the request."
        )
    return found


def document(
    controller: Controller, case: Case, told: list[TimelineEvent], today: date
) -> dict[str, Any] | None:
    """What a letter of refusal says, whole or in part; None if nothing was refused.

    `told` is the case's timeline. Remedies are those of the day of the refusal, in the
    controller's zone; `today` is used before it was sent.
    """
    whole, on = _whole(case, told, ZoneInfo(controller.zone))
    fields = refused_fields(case.plan) if whole is None else {}
    if whole is None and not fields:
        return None
    day = on or today
    remedies = refusal_grounds.remedies(case.law, day)
    return {
        "schema": SCHEMA,
        "request": case.id,
        "kind": case.kind.value,
        "law": case.law,
        "scope": "whole" if whole else "part",
        "refused_on": day.isoformat(),
        "grounds": [whole.document()] if whole else [],
        "fields": [
            {"field": key, "held": held(key).what, **ground.document(), **_until(case, key)}
            for key, ground in sorted(fields.items())
        ],
        "rest": "" if whole else "Everything else in the request is done.",
        "remedies": {
            "controller": _way(remedies.controller, remedies.controller_citation),
            "authority": {
                **_way(remedies.authority, remedies.authority_citation),
                "authorities": refusal_grounds.authorities(
                    case.law, controller.holiday_calendar, day
                ),
            },
            "court": _way(remedies.court, remedies.court_citation) if remedies.court else None,
            "status": remedies.status,
        },
        "appeal": _appeal(case.law),
    }


def _whole(
    case: Case, told: list[TimelineEvent], zone: ZoneInfo
) -> tuple[Ground | None, date | None]:
    """The ground of a whole refusal and its day."""
    for event in told:
        if event.type is Event.REFUSED:
            ground = refusal_grounds.found(str(event.facts.get("ground", "")))
            if ground is None:
                # Refused by the first release, which kept the reason alone.
                reason = case.outcome.partition(":")[2]
                ground = refusal_grounds.of_reason(reason, case.kind, case.law)
            return ground, event.at.astimezone(zone).date()
    return None, None


def _until(case: Case, key: str) -> dict[str, str]:
    return {"until_on": str(json.loads(case.plan)["refused"][key]["until_on"])}


def _way(text: str, citation: str) -> dict[str, Any]:
    return {"text": text, "citation": citation}


def _appeal(law: str) -> Mapping[str, Any] | None:
    found = refusal_grounds.appeal(law)
    if found is None:
        return None
    return {
        "answer_within_days": found.answer_within_days,
        "extension_days": found.extension_days,
        "counted_from": "receipt of the appeal",
        "citation": found.citation,
        "status": found.status,
    }
