"""What goes to a vendor: people's data, which the ledger of disclosures holds, and its own file.

A vendor is tied to the ledger by its exact name: an export of contacts and a gateway's token that
name it as the recipient stand under it, as do the transfers that are recorded here. What a vendor
gets of its own assessment holds nothing of another vendor and nothing internal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from privacy.actors import Act, Actor
from privacy.clock import instant, rfc3339
from privacy.desk import Desk
from privacy.disclosures import store as disclosures
from privacy.disclosures.given import Given, Role, Way, totals
from privacy.errors import BadInput
from privacy.ids import public_id
from privacy.storage.bulk import in_chunks
from privacy.storage.tables.base import table_of
from privacy.storage.tables.disclosures import Disclosure as DisclosureRow
from privacy.storage.unit import Unit
from privacy.vendors import answering, files, questionnaires, remediation, rounds, store, tested
from privacy.vendors.store import Vendor

AT_ONCE = 500


@dataclass(frozen=True)
class Handed:
    """A transfer that was recorded: its id, how many persons now and how many before."""

    ref: str
    people: int
    known: int


def transfer(
    desk: Desk,
    actor: Actor,
    vendor_id: str,
    what: tuple[str, ...],
    why: str,
    basis: str,
    pages: Iterable[list[int]],
    *,
    at: datetime | None = None,
    ref: str = "",
    progress: Callable[[int], None] = lambda _: None,
) -> Handed:
    """Record that people's data went to the vendor: one line of the ledger for each person.

    An interrupted one goes on with the same `ref`: who has a line gets no second one. BadInput
    for an instant to come, or where nobody is meant.
    """
    actor.require(Act.ASSESS_VENDOR)
    when = at or desk.now()
    if when > desk.now():
        raise BadInput("A transfer to come is not recorded.", what="--at", next="Give when it was.")
    with desk.reading() as db:
        vendor = store.vendor(db, vendor_id)
    given = Given(
        vendor.name,
        Role.PROCESSOR,
        what,
        why,
        basis,
        Way.VENDOR,
        ref or public_id("vt"),
        vendor.country,
    )
    people = known = 0
    for chunk in (part for page in pages for part in in_chunks(page, AT_ONCE)):
        new = desk.write(_adding(vendor, actor, given, list(chunk), when))
        people, known = people + new, known + len(chunk) - new
        progress(people + known)
    if not people + known:
        raise BadInput("Nobody is meant by that.", what="people", next="Look the selection up.")
    return Handed(given.ref, people, known)


def _adding(
    vendor: Vendor, actor: Actor, given: Given, chunk: list[int], at: datetime
) -> Callable[[Unit], int]:
    def job(unit: Unit) -> int:
        store.lock(unit, vendor.id)
        table = table_of(DisclosureRow)
        had = unit.db.execute(
            select(table.c.subject_id).where(
                table.c.ref == given.ref, table.c.subject_id.in_(chunk)
            )
        ).scalars()
        new = set(chunk) - set(had)
        disclosures.vendor_transfer(unit, given, new, actor.id, at=at)
        facts = {"transfer": given.ref, "people": len(new)}
        store.tell(unit, vendor.id, store.TRANSFERRED, actor.id, facts, at=at)
        unit.append("vendor.transferred", actor.id, object=given.ref, count=len(new))
        return len(new)

    return job


def transfers(db: Connection, vendor: Vendor) -> list[dict[str, Any]]:
    """What the ledger says went to the vendor, by whatever door: totals, no person."""
    lines = disclosures.read(db, disclosures.Question(recipient=vendor.name))
    return [each.document() for each in totals(lines)]


def own_file(desk: Desk, actor: Actor, vendor_id: str) -> dict[str, Any]:
    """What the vendor may have of its own assessment: its answers, evidence and findings, and
    the items that it has to mend, without notes. Opening it is audited."""
    actor.require(Act.ASSESS_VENDOR)
    answers = answering.read(desk, actor, vendor_id)
    with desk.reading() as db:
        vendor = store.vendor(db, vendor_id)
        told = answering.sources(db, vendor.id)
        asked = rounds.current(db, vendor.id)
        kept = files.listed(db, vendor.id)
        facts = questionnaires.current(db).facts
        tests = tested.newest(db, vendor.id)
        items = remediation.of_vendor(db, vendor.id)
    today = store.today(desk)
    return {
        "schema": "rightsdesk.vendor-export/1",
        "vendor": {"id": vendor.id, "name": vendor.name, "country": vendor.country or None},
        "contact": store.read_contact(desk, actor, vendor.id),
        "asked": None if asked is None else {"round": asked.number, "due": str(asked.due_on)},
        "answers": [
            {
                **answers[key].document(),
                "source": told[key][0],
                "given": rfc3339(instant(told[key][1])),
            }
            for key in sorted(answers)
            # What the controller records is its own.
            if key not in facts or facts[key].by == "vendor"
        ],
        "evidence": [
            {
                key: value
                for key, value in each.document(today).items()
                if key not in ("added_by", "id")
            }
            for each in kept
        ],
        "findings": [
            {
                "kind": each.kind,
                "exceptions": each.exceptions,
                "tested": each.tested,
                "measured": None if each.measured is None else f"{each.measured:f}",
                "rows": list(each.rows),
                "from": each.period_from or None,
                "to": each.period_to or None,
            }
            for each in tests
        ],
        "to_mend": [
            {
                "question_id": each.question_id,
                "finding": each.finding,
                "due": each.due_on.isoformat(),
                "state": each.document(today)["state"],
            }
            for each in items
            if each.owner == remediation.VENDOR
        ],
    }


def hand_out(desk: Desk, actor: Actor, vendor_id: str, sha256: str) -> None:
    """Record, before it leaves, that the vendor's own file is handed out with that digest."""
    actor.require(Act.ASSESS_VENDOR)

    def job(unit: Unit) -> None:
        vendor = store.lock(unit, vendor_id)
        store.tell(unit, vendor.id, "exported", actor.id, {"sha256": sha256})
        unit.append("vendor.exported", actor.id, object=vendor.id, digest=sha256)

    desk.write(job)
