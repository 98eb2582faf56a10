"""Vendors: recorded once, with contact persons that only their own key opens."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from privacy.actors import Actor
from privacy.errors import BadInput, Denied, NotFound
from privacy.terms import Role
from privacy.vendors import store as vendors
from tests.desks import MadeDesk

CONTACT = {"person": "Robin Miller", "email": "robin@dialer.example"}


def test_a_vendor_is_found_by_id_and_by_name_and_stands_once(store: MadeDesk) -> None:
    made = vendors.new(store.desk, store.dpo, "Example Dialer Ltd", country="GB", contact=CONTACT)
    with store.desk.reading() as db:
        assert vendors.vendor(db, made.id) == vendors.vendor(db, "Example Dialer Ltd") == made
        assert [line.type for line in vendors.history(db, made.id)] == ["created"]
        with pytest.raises(NotFound):
            vendors.vendor(db, "vd-nobody")
    with pytest.raises(BadInput, match="stands already"):
        vendors.new(store.desk, store.dpo, "Example Dialer Ltd", contact=None)
    assert vendors.read_contact(store.desk, store.dpo, made.id) == CONTACT
    vendors.set_contact(store.desk, store.dpo, made.id, {"person": "Kim Lee"})
    assert vendors.read_contact(store.desk, store.dpo, made.id) == {"person": "Kim Lee"}
    vendors.set_contact(store.desk, store.dpo, made.id, None)
    assert vendors.read_contact(store.desk, store.dpo, made.id) == {}
    vendors.end(store.desk, store.dpo, made.id)
    with store.desk.reading() as db:
        assert vendors.listed(db, "active") == []
        assert [each.state for each in vendors.listed(db)] == ["ended"]


def test_a_contact_person_of_a_vendor_stands_in_no_file_of_the_desk(made: MadeDesk) -> None:
    vendors.new(made.desk, made.dpo, "Example Dialer Ltd", contact=CONTACT)
    for path in made.desk.folder.rglob("*"):
        if path.is_file():
            assert b"Miller" not in path.read_bytes()
            assert b"robin@" not in path.read_bytes()


def test_whoever_may_not_assess_vendors_records_none_and_opens_nothing(made: MadeDesk) -> None:
    found = vendors.new(made.desk, made.dpo, "Example Dialer Ltd", contact=CONTACT)
    auditor = Actor("auditor", Role.AUDITOR)
    with pytest.raises(Denied):
        vendors.new(made.desk, auditor, "Other Dialer Ltd", contact=None)
    with pytest.raises(Denied):
        vendors.read_contact(made.desk, auditor, found.id)


@pytest.mark.parametrize("change", ["DELETE FROM vendor_event", "UPDATE vendor_event SET at = 9"])
def test_what_happened_to_a_vendor_is_only_ever_added_to(store: MadeDesk, change: str) -> None:
    vendors.new(store.desk, store.dpo, "Example Dialer Ltd", contact=None)
    engine = store.desk.writes.engine
    with pytest.raises(DBAPIError, match="only ever added to"), engine.begin() as db:
        db.execute(text(change))
