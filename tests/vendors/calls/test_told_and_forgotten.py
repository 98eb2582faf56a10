"""Calls of a vendor's records are the person's to know; an erasure takes what leads there."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from privacy.rights import certificate, erasing_store, people_store, plan_items
from privacy.rights.case import Kind
from privacy.storage.tables.base import table_of
from privacy.storage.tables.vendor_counted import VendorCallRow
from privacy.storage.unit import Unit
from privacy.vendors.calls import store as call_store
from privacy.vendors.calls.counted import count_calls
from privacy.vendors.calls.record import chunk_of
from tests.desks import MadeDesk
from tests.vendors.calls.test_audit_at_a_desk import an_import, call_to

NUMBER = "+12025550111"


def test_a_person_is_told_of_a_vendors_calls_until_the_erasure_takes_the_tag(
    made: MadeDesk,
) -> None:
    at = made.clock.now() - timedelta(days=3)
    count_calls(made.desk, made.dpo, an_import(made), [chunk_of([call_to(NUMBER, at)])])
    tag = made.desk.vault.keyring.tags.number_tag(NUMBER)
    with made.desk.reading() as db:
        (told,) = people_store.vendor_calls(db, {tag: 7})
    assert (told["title"], told["point_id"]) == ("told by Example Dialer Ltd", 7)
    made.desk.write(lambda unit: _forget(unit, tag))
    with made.desk.reading() as db:
        assert people_store.vendor_calls(db, {tag: 7}) == []
        (row,) = db.execute(select(table_of(VendorCallRow))).all()
    assert row.tag is None
    assert row.at > 0, "it stays for figures"


def test_a_plan_of_erasure_says_that_sealed_exports_stay_and_how_long() -> None:
    lines = plan_items.items(Kind.ERASURE, "EU_GDPR", {}, {}, {})
    (line,) = (each for each in lines if each.key == "vendor_calls")
    assert (line.action, line.ground) == (plan_items.Action.KEEP, "us-fed-records-tsr")
    assert "310.5" in line.citation
    assert line.until == "5 years after the newest call of the export"


def test_a_certificate_names_the_exports_in_which_a_number_may_stay(made: MadeDesk) -> None:
    with made.desk.reading() as db:
        before = certificate.outside(db)
    an_export = an_import(made)
    call = call_to(NUMBER, made.clock.now() - timedelta(days=3))
    with made.desk.reading() as db:
        found = call_store.import_of(db, an_export)
    call_store.keep(made.desk, made.dpo, found, 0, chunk_of([call]))
    with made.desk.reading() as db:
        *others, last = certificate.outside(db)
    assert others == before
    assert "310.5" in last
    assert "5 years after the newest call" in last


def _forget(unit: Unit, tag: bytes) -> None:
    erasing_store.forget_earlier_calls(unit, {tag})
    unit.append("test.forgotten", "setup")
