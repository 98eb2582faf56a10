"""What the desk itself says of recipients, purposes, bases and periods: a few short queries."""

from __future__ import annotations

from sqlalchemy import Connection, select

from privacy.datamap import agreement
from privacy.datamap.agreement import Contradiction, Facts, Told
from privacy.datamap.assessments import store as assessments
from privacy.datamap.reading import DataMap
from privacy.desk import Desk
from privacy.storage.tables.base import table_of
from privacy.storage.tables.cases import RetentionRule
from privacy.storage.tables.consent import ConsentRow
from privacy.storage.tables.disclosures import Disclosure
from privacy.storage.tables.gateway import CampaignRow
from privacy.storage.tables.people import Subject

EVERYTHING = "*"


def facts(db: Connection) -> Facts:
    """What the desk knows now, of everybody and nobody by name."""
    given, rules = table_of(Disclosure), table_of(RetentionRule)
    consents, campaigns, subjects = (table_of(each) for each in (ConsentRow, CampaignRow, Subject))
    named = (
        select(given.c.recipient, given.c.role, given.c.country)
        .where(given.c.recipient != "")
        .distinct()
        .order_by(given.c.recipient, given.c.role, given.c.country)
    )
    asked = {
        *db.execute(select(consents.c.purpose).distinct()).scalars(),
        *db.execute(select(campaigns.c.purpose).distinct()).scalars(),
    }
    kept: dict[str, int] = {}
    for what, months in db.execute(
        select(rules.c.what, rules.c.keep_months).where(rules.c.active.is_(True))
    ):
        kept[what] = max(months, kept.get(what, 0))
    return Facts(
        tuple(Told(*row) for row in db.execute(named)),
        frozenset(asked - {EVERYTHING, ""}),
        frozenset(db.execute(select(subjects.c.lawful_basis).distinct()).scalars()) - {""},
        kept,
    )


def contradictions(desk: Desk, found: DataMap) -> list[Contradiction]:
    """What this desk and the map say differently."""
    with desk.reading() as db:
        listed = agreement.compare(found, facts(db))
        known = assessments.ids(db)
    return [*listed, *agreement.unknown(found, known)]
