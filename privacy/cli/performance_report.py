"""The document of requests' performance: rows of the ledger as of a size, counted from the rows."""

from __future__ import annotations

from datetime import date

from privacy.actors import Act, Actor
from privacy.audit.as_of import AsOf
from privacy.cli.register_report import LIMITS, in_order, row_of
from privacy.cli.report_made import Gathered, parties
from privacy.clock import rfc3339
from privacy.desk import Desk
from privacy.rights import clock, figures


def data(
    desk: Desk,
    actor: Actor,
    from_on: date,
    to_on: date,
    as_of: AsOf,
    *,
    law: clock.Law = clock.statute,
) -> Gathered:
    """Requests received in those days, both included, as of that state of the log."""
    from reports import annex, request_register, requests_performance

    actor.require(Act.REPORT)
    with desk.snapshot() as db:
        ledger = figures.read(desk, as_of.size, law=law, within=db)
    listed = [row_of(one) for one in in_order(ledger.between(from_on, to_on))]
    rows = annex.write(request_register.layout(as_of.seed), listed)
    document = {
        **parties(desk),
        "schema": requests_performance.SCHEMA,
        "period": {
            "from_on": from_on.isoformat(),
            "to_on": to_on.isoformat(),
            "zone": desk.config.controller.zone,
        },
        "read": {"at": rfc3339(as_of.at), "tree_size": as_of.size},
        "counts": requests_performance.counts(listed),
        "annexes": [rows.annex],
        "limits": list(LIMITS),
    }
    return Gathered(document, {rows.annex["name"]: rows.content})
