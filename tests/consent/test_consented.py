"""Whom an export for a purpose may hold."""

from __future__ import annotations

from datetime import timedelta

from privacy.consent import restrictions, suppression
from privacy.consent import store as consent_store
from privacy.consent.ledger import RecordKind
from privacy.consent.records import NewRecord
from privacy.consented import Audience, unrestricted
from privacy.rights import holds
from privacy.terms import Channel, ConsentClass, Purpose
from tests.desks import MadeDesk
from tests.gateway.scene import Law
from tests.persons import Known, add_person


def people(made: MadeDesk) -> list[Known]:
    """Four persons: three consent to marketing texts, one does not."""
    found = [add_person(made.desk, f"+44207946010{n}", f"person{n}@example.com") for n in range(4)]
    consent_store.record(
        made.desk,
        made.handler,
        [
            NewRecord(
                person.subject_id,
                person.phone_point,
                RecordKind.GRANT,
                Purpose.MARKETING.value,
                Channel.TEXT.value,
                ConsentClass.PRIOR_EXPRESS_CONSENT,
                made.clock.now() - timedelta(days=1),
                "form",
            )
            for person in found[:3]
        ],
    )
    return found


def audience(made: MadeDesk, channel: Channel = Channel.TEXT) -> Audience:
    return Audience(made.desk, Purpose.MARKETING, channel, Law(), made.clock.now())


def test_only_those_whose_consent_is_in_force_are_exported(store: MadeDesk) -> None:
    agreed, opted_out, restricted, silent = people(store)
    suppression.opt_out(store.desk, store.handler, phone="+442079460101", source="person")
    restrictions.place(store.desk, store.handler, restricted.subject_id, "contested")
    ids = [p.subject_id for p in (agreed, opted_out, restricted, silent)]
    with store.desk.reading() as db:
        assert audience(store).people(db, ids) == {agreed.subject_id}
        assert audience(store, Channel.EMAIL).people(db, ids) == set()


def test_who_is_under_a_legal_hold_is_in_no_export(store: MadeDesk) -> None:
    agreed, *_ = people(store)
    hold = holds.place(store.desk, store.dpo, agreed.subject_id, "claim-7")
    with store.desk.reading() as db:
        assert audience(store).people(db, [agreed.subject_id]) == set()
    holds.release(store.desk, store.dpo, hold)
    with store.desk.reading() as db:
        assert audience(store).people(db, [agreed.subject_id]) == {agreed.subject_id}


def test_who_a_hold_on_a_query_finds_is_in_no_export(store: MadeDesk) -> None:
    agreed, *_ = people(store)
    hold = holds.place_on_query(store.desk, store.dpo, "source=test", "claim-8")
    with store.desk.reading() as db:
        assert audience(store).people(db, [agreed.subject_id]) == set()
    holds.release(store.desk, store.dpo, hold)
    with store.desk.reading() as db:
        assert audience(store).people(db, [agreed.subject_id]) == {agreed.subject_id}


def test_restricted_persons_are_in_no_export(store: MadeDesk) -> None:
    first, second, *_ = people(store)
    restrictions.place(store.desk, store.handler, second.subject_id, "contested")
    with store.desk.reading() as db:
        found = unrestricted(db, [first.subject_id, second.subject_id])
    assert found == {first.subject_id}
