"""What the controller has on record of a vendor that no call record tells, as dated lines.

An instruction to stop all calls or to go on, the area codes that the registry's subscription
covers, a share of abandoned calls as the vendor stated it, and calls whose true instant is
known otherwise. They are lines of the vendor's history: codes and instants, no number, and of
a campaign only a digest of its name. Audits of call records hold the claims against them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from privacy.actors import Act, Actor
from privacy.clock import micros, rfc3339
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.storage.unit import Unit
from privacy.vendors import store
from privacy.vendors.calls.gauges.known import Known, stops
from privacy.vendors.calls.gauges.stated_figures import Stated
from privacy.vendors.calls.gauges.subscriptions import Covered
from privacy.vendors.calls.record import digest_of

STOP, GO_ON = "told_to_stop", "told_to_go_on"
AREAS, FIGURE, CALL = "areas_covered", "abandonment_stated", "call_known"
AREA = re.compile(r"[2-9]\d\d")
MOST_PERCENT = 100


def told_to_stop(desk: Desk, actor: Actor, vendor_id: str, at: datetime) -> None:
    """All calling was to stop from that instant on. BadInput for an instant to come."""
    _tell(desk, actor, vendor_id, STOP, at, {})


def told_to_go_on(desk: Desk, actor: Actor, vendor_id: str, at: datetime) -> None:
    """The vendor was told that it may call again. BadInput for an instant to come."""
    _tell(desk, actor, vendor_id, GO_ON, at, {})


def areas_covered(
    desk: Desk, actor: Actor, vendor_id: str, codes: Sequence[str], since: datetime
) -> None:
    """The area codes that the subscription covers from then on; they replace those before."""
    if not codes or not all(AREA.fullmatch(code) for code in codes):
        raise BadInput(
            "An area code has three digits and begins with 2 to 9.",
            what="--codes",
            next="Give all of them, such as 212,404.",
        )
    _tell(desk, actor, vendor_id, AREAS, since, {"codes": " ".join(sorted(set(codes)))})


def abandonment_stated(
    desk: Desk,
    actor: Actor,
    vendor_id: str,
    campaign: str,
    days: tuple[date, date],
    percent: Decimal,
) -> None:
    """The vendor's own figure of a campaign and measuring period, with the places it wrote."""
    if days[0] > days[1] or not 0 <= percent <= MOST_PERCENT:
        raise BadInput(
            "A figure is of a first and a last day, and between 0 and 100 percent.",
            what="--percent",
            next="Give it as the vendor wrote it, such as 2.4.",
        )
    facts = {
        "campaign_digest": digest_of(campaign),
        "from": days[0].isoformat(),
        "to": days[1].isoformat(),
        "percent": f"{percent:f}",
    }
    _tell(desk, actor, vendor_id, FIGURE, desk.now(), facts)


def call_known(
    desk: Desk, actor: Actor, vendor_id: str, import_id: str, record: int, at: datetime
) -> None:
    """The call of that record was in truth at that instant: a test call to an own phone."""
    _tell(desk, actor, vendor_id, CALL, at, {"import": import_id, "record": record})


def known(db: Connection, vendor_id: str, import_id: str) -> Known:
    """Everything on record, as the audit of that import holds it against the calls."""
    lines = store.history(db, vendor_id)

    def of(kind: str) -> list[store.Happened]:
        # The line recorded last of one instant, or of one record, counts.
        return sorted((line for line in lines if line.type == kind), key=lambda line: line.at)

    return Known(
        stops(
            [
                *((micros(line.at), True) for line in of(STOP)),
                *((micros(line.at), False) for line in of(GO_ON)),
            ]
        ),
        [
            Covered(micros(line.at), frozenset(map(int, str(line.facts["codes"]).split())))
            for line in of(AREAS)
        ],
        [_figure(line.facts) for line in of(FIGURE)],
        {
            int(line.facts["record"]): micros(line.at)
            for line in lines
            if line.type == CALL and line.facts["import"] == import_id
        },
    )


def _figure(facts: Mapping[str, Any]) -> Stated:
    return Stated(
        int(facts["campaign_digest"]),
        str(facts["from"]),
        str(facts["to"]),
        Decimal(str(facts["percent"])),
    )


def _tell(
    desk: Desk, actor: Actor, vendor_id: str, kind: str, at: datetime, facts: dict[str, Any]
) -> None:
    actor.require(Act.ASSESS_VENDOR)
    if at > desk.now():
        raise BadInput(
            "That instant is still to come.", what="--at", next="Record it when it has happened."
        )

    def job(unit: Unit) -> None:
        vendor = store.lock(unit, vendor_id)
        store.tell(unit, vendor.id, kind, actor.id, facts, at=at)
        unit.append("vendor.fact_recorded", actor.id, object=vendor.id, outcome=kind)

    desk.write(job)


def documents(db: Connection, vendor_id: str) -> list[dict[str, Any]]:
    """The lines as they stand, oldest instant first."""
    kinds = (STOP, GO_ON, AREAS, FIGURE, CALL)
    lines = [line for line in store.history(db, vendor_id) if line.type in kinds]
    return [
        {"what": line.type, "at": rfc3339(line.at), "facts": dict(line.facts), "by": line.actor}
        for line in sorted(lines, key=lambda line: (line.at, line.seq))
    ]
