"""Planning a request: everything that fulfilling will do is listed before the first of it happens.

A dry run looks and changes nothing but the log. What is stored is one text, whose
digest an approval approves. Facts that changed since then make the plan void: the
error names each kind of data that is not as it was.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from privacy.actors import Act, Actor
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.rights import (
    correcting,
    erasure_tags,
    holds,
    people_store,
    plan,
    plan_items,
    plan_store,
    redaction_marks,
    refusal_grounds,
    retention_store,
    store,
)
from privacy.rights import erasing_store as steps
from privacy.rights.case import OF_A_PERSON, Event, Kind, NotNow, Step, after
from privacy.rights.erasure_tags import Looked
from privacy.rights.inventory import KEYS, held
from privacy.rights.inventory_kinds import Fate
from privacy.rights.plan import ErasurePlan, Kept
from privacy.rights.plan_items import Reason
from privacy.rights.retention_rules import What, holding
from privacy.rights.store import Case, NewEvent
from privacy.storage.unit import Unit
from privacy.terms import KeyClass

# A key of the plan without which it would not be bound to a case.
HEAD = ("request_id", "kind", "law")


@dataclass(frozen=True)
class Refused:
    """One kind of data that this request does not get. `until_on`: an erasure keeps it so long."""

    ground: str
    until_on: date | None = None


NOBODY = Looked({}, frozenset())
NOTHING: Mapping[str, Refused] = {}


def make_plan(
    desk: Desk,
    actor: Actor,
    request_id: str,
    *,
    refused: Mapping[str, Refused] = NOTHING,
    dry_run: bool = False,
) -> dict[str, Any]:
    """Plan what fulfilling the request will do, for a second person to approve.

    `refused`: kinds of data (keys of the inventory) that are refused, each with its ground.
    `dry_run`: the same document, and nothing is stored. NotNow in a state without this step,
    Denied under a legal hold, BadInput for a ground that refuses nothing here.
    """
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        case = store.case(db, request_id)
        after(request_id, case.kind, case.state, Step.PLAN)
    document = _document(desk, case, refused, _looked(desk, actor, case))
    if not dry_run:
        _save(desk, actor, case, document)
    return document


def digest_of(document: Mapping[str, Any]) -> str:
    """What an approval of that plan approves, as `make_plan` gave it."""
    return plan.digest(plan.text_of(document))


def refuse_changed(desk: Desk, actor: Actor, case: Case) -> Looked:
    """NotNow if what was approved is not what there is now: the plan is void.

    It names what changed. For an erasure the person's contact points are opened, which is
    audited; they come back for the runner, which needs their tags.
    """
    approved: dict[str, Any] = json.loads(case.plan)
    if case.kind not in OF_A_PERSON:
        return NOBODY
    people = _people(desk, case)
    if people_store.digest_of(people) != approved["people_sha256"]:
        raise _void(case.id, ["a merge changed whom it applies to"])
    refused = {
        key: Refused(r["ground"], date.fromisoformat(r["until_on"]) if r["until_on"] else None)
        for key, r in approved["refused"].items()
    }
    looked = _looked(desk, actor, case) if case.kind is Kind.ERASURE else NOBODY
    now = _document(desk, case, refused, looked, plan_items.compared(case.kind))
    if case.kind in plan_items.ANSWERS:
        # Approved by a release that knew no marks.
        approved.setdefault("redactions", _redacted([]))
    changed = plan_items.changes(case.kind, approved["items"], now["items"])
    changed += [
        f"{name}: not as approved"
        for name in ("kind", "law", "correction", "destroyed", "kept", "redactions")
        if now.get(name) != approved.get(name)
    ]
    if changed:
        raise _void(case.id, changed)
    return looked


def refuse_other_person(desk: Desk, case: Case) -> None:
    """NotNow if the case leads to other people than when its plan was approved."""
    approved: dict[str, Any] = json.loads(case.plan)
    with desk.reading() as db:
        people = people_store.merged_set(db, case.subject_id or 0)
    if people_store.digest_of(people) != approved["people_sha256"]:
        raise NotNow(
            "A merge or an erasure changed whom this request is about. Nothing was released.",
            what=case.id,
            next="Open a new request.",
        )


def _looked(desk: Desk, actor: Actor, case: Case) -> Looked:
    if case.kind not in OF_A_PERSON:
        return NOBODY
    people = _people(desk, case)
    if case.kind is Kind.ERASURE:
        # What a hold stops, or another request still needs, is not opened for an erasure.
        with desk.reading() as db:
            store.refuse_unfinished(db, people, case.id)
        holds.refuse_held(desk, people, case.id, actor.id)
    return erasure_tags.look(desk, actor.id, people, case.id)


def _void(request_id: str, changed: Collection[str]) -> NotNow:
    return NotNow(
        f"The plan is void: since the approval {'; '.join(changed)}. Nothing was done.",
        what=request_id,
        next="Plan it again and have it approved.",
    )


def _document(
    desk: Desk,
    case: Case,
    refused: Mapping[str, Refused],
    looked: Looked,
    only: Collection[str] | None = None,
) -> dict[str, Any]:
    """The plan's document; `only`: count those kinds of data alone, and no keys."""
    head = dict(zip(HEAD, (case.id, case.kind.value, case.law), strict=True))
    if case.kind not in OF_A_PERSON:
        # Nobody's data is disclosed or changed: there is an answer to look at, and no more.
        return {**head, "people": 0, "people_sha256": "", "records": {}, "items": [], "refused": {}}
    people = _people(desk, case)
    reasons = {key: _reason(case, key, each) for key, each in refused.items()}
    with desk.reading() as db:
        records = people_store.counts(db, people)
    planned = None
    if case.kind is Kind.ERASURE:
        planned = _erasure(desk, case, people, records, refused, looked)
    lines = _lines(desk, case, people, planned, reasons, looked, only)
    return {
        "people": len(people),
        "people_sha256": people_store.digest_of(people),
        "records": records,
        **(planned.document() if planned else {}),
        **head,
        **lines,
        **(correcting.plan_part(desk, case) if case.kind in correcting.TELLING else {}),
        **(_redactions(desk, case) if case.kind in plan_items.ANSWERS else {}),
        "refused": {
            key: {"ground": each.ground, "until_on": str(each.until_on or "")}
            for key, each in sorted(refused.items())
        },
    }


def _redactions(desk: Desk, case: Case) -> dict[str, Any]:
    """What an answer leaves out of other people: by itself, and by the marks of staff."""
    with desk.reading() as db:
        marks = redaction_marks.of_timeline(store.timeline(db, case.id))
    return {"redactions": _redacted(marks)}


def _redacted(marks: list[dict[str, Any]]) -> dict[str, Any]:
    return {"other_people_known": "replaced", "marks": marks}


def _people(desk: Desk, case: Case) -> tuple[int, ...]:
    with desk.reading() as db:
        people = people_store.merged_set(db, case.subject_id or 0)
    if not people:
        raise NotNow(
            "The person of this request is no longer there.",
            what=case.id,
            next="They were erased meanwhile. Refuse the request, or answer that.",
        )
    return people


def _erasure(
    desk: Desk,
    case: Case,
    people: tuple[int, ...],
    records: Mapping[str, int],
    refused: Mapping[str, Refused],
    looked: Looked,
) -> ErasurePlan:
    with desk.reading() as db:
        last = people_store.last_records(db, people)
    kept = [_kept(case, key, each) for key, each in refused.items()] + _ruled(desk, people)
    return plan.make(
        case.id,
        case.law,
        people,
        people_store.digest_of(people),
        looked.regions,
        last,
        records,
        kept,
    )


def kept_of(desk: Desk, people: tuple[int, ...], regions: Collection[str]) -> tuple[Kept, ...]:
    """What statutory grounds keep of those persons, if they are erased now."""
    with desk.reading() as db:
        last = people_store.last_records(db, people)
    ruled = _ruled(desk, people)
    return plan.make("", "", people, "", regions, last, {}, ruled).kept


def _ruled(desk: Desk, people: tuple[int, ...]) -> list[Kept]:
    """What the controller's own rules keep of those persons beyond today."""
    zone = ZoneInfo(desk.config.controller.zone)
    today = desk.now().astimezone(zone).date()
    with desk.reading() as db:
        rules = [rule for rule in retention_store.rules(db) if rule.active]
        if not rules:
            return []
        days = list(retention_store.people(db, zone, people).values())
    found = []
    for what, key_class in ((What.CONSENT, KeyClass.CONSENT), (What.CALLS, KeyClass.CALLS)):
        lasting = [pair for each in days if (pair := holding(rules, what, each)) is not None]
        rule, until = max(lasting, key=lambda pair: pair[1], default=(None, today))
        if rule is not None and until >= today:
            found.append(Kept(key_class, rule.id, plan.BY_RULE, rule.citation, until))
    return found


def _lines(
    desk: Desk,
    case: Case,
    people: tuple[int, ...],
    planned: ErasurePlan | None,
    refused: Mapping[str, Reason],
    looked: Looked,
    only: Collection[str] | None,
) -> dict[str, Any]:
    with desk.reading() as db:
        of = plan_store.whose(db, people, looked.all_tags)
    kept = planned.keeping() if planned else {}
    found = plan_store.facts(desk, of, only)
    keys = plan_store.key_counts(desk, of) if only is None else {}
    items = plan_items.items(case.kind, case.law, found, kept, refused)
    key_lines = plan_items.key_lines(case.kind, case.law, keys, kept)
    return {
        "items": [item.document() for item in items],
        "keys": [line.document() for line in key_lines],
    }


def _reason(case: Case, key: str, each: Refused) -> Reason:
    """The ground of a partial refusal, for the plan and for the letter."""
    if key not in KEYS:
        raise BadInput(
            "There is no such kind of data.", what="refuse", next="See the plan's first column."
        )
    ground = refusal_grounds.ground(each.ground, case.kind, case.law)
    if ground.scope != "field":
        raise BadInput(
            "That ground refuses a whole request, not a part of it.",
            what=ground.id,
            next="Refuse the request with `rightsdesk request refuse`.",
        )
    if case.kind is Kind.ERASURE:
        _kept(case, key, each)
    until = f"until {each.until_on}" if each.until_on else ""
    return Reason(ground.what, ground.id, ground.citation, str(each.until_on or ""), until)


def _kept(case: Case, key: str, each: Refused) -> Kept:
    """The class of keys that a partial refusal of an erasure keeps, until when."""
    kind = held(key)
    if kind.fate is not Fate.BY_CLASS or kind.key_class not in plan.MAY_BE_KEPT:
        raise BadInput(
            "An erasure keeps nothing of this kind for a while: it goes, or all is refused.",
            what=key,
            next="Only evidence and call records are kept on a ground; else refuse the request.",
        )
    if each.until_on is None:
        raise BadInput(
            "What an erasure keeps has a last day.",
            what=key,
            next="Give the day on which the ground ends.",
        )
    assert kind.key_class is not None
    ground = refusal_grounds.ground(each.ground, case.kind, case.law)
    return Kept(KeyClass(kind.key_class), ground.id, ground.what, ground.citation, each.until_on)


def _save(desk: Desk, actor: Actor, case: Case, document: dict[str, Any]) -> None:
    text = plan.text_of(document)
    sha256 = plan.digest(text)
    refused = {key: each["ground"] for key, each in document["refused"].items()}

    def job(unit: Unit) -> None:
        store.move(
            unit,
            case.id,
            Step.PLAN,
            plan=text,
            plan_sha256=sha256,
            planned_by=actor.id,
            approved_by="",
            approved_seq=None,
        )
        steps.list_steps(unit, case.id, plan.STEPS_OF.get(case.kind, ()))
        seq = store.tell(unit, case.id, actor.id, NewEvent(Event.PLANNED))
        if refused:
            store.tell(unit, case.id, actor.id, NewEvent(Event.REFUSED_IN_PART, None, refused))
        unit.append("request.planned", actor.id, request=case.id, object=sha256, count=seq)

    desk.write(job)
