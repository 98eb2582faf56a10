"""A refusal holds for the whole person, at once, and for as long as it was not taken back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from privacy.consent import ledger, registers, restrictions, suppression
from privacy.consent import store as consent_store
from privacy.consent.ledger import RecordKind
from privacy.consent.records import NewRecord
from privacy.consented import Audience
from privacy.errors import BadInput, MachineFailed
from privacy.storage.number_locks import lock_numbers
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import Subject
from privacy.storage.unit import Unit
from privacy.terms import Channel, ConsentClass, ContactKind, Purpose
from tests.desks import MadeDesk, make_desk
from tests.gateway.scene import Law
from tests.persons import Known, add_person

NUMBER, OTHER = "+442079460123", "+442079460124"
MARKETING = ("marketing", "voice_live")


def grant(made: MadeDesk, known: Known, *, ago: timedelta = timedelta()) -> str:
    new = NewRecord(
        known.subject_id,
        known.phone_point,
        RecordKind.GRANT,
        *MARKETING,
        ConsentClass.PRIOR_EXPRESS_WRITTEN_CONSENT,
        made.clock.now() - ago,
        "web",
    )
    (consent_id,) = consent_store.record(made.desk, made.handler, [new])
    return consent_id


def merged(made: MadeDesk) -> tuple[Known, Known]:
    """One person under two subjects, as an import leaves it: the second has a new number."""
    first = add_person(made.desk, NUMBER, "one.person@example.com")
    second = add_person(made.desk, OTHER, "one.person@example.com")

    def join(unit: Unit) -> None:
        table = table_of(Subject)
        unit.db.execute(
            update(table)
            .where(table.c.id == second.subject_id)
            .values(merged_into=first.subject_id)
        )
        unit.append("contact.joined", "setup")

    made.desk.write(join)
    return first, second


def in_force(made: MadeDesk, known: Known) -> bool:
    with made.desk.reading() as db:
        records = consent_store.consents(db, [known.phone_point])[known.phone_point]
    return bool(ledger.in_force(records, *MARKETING, made.clock.now()))


def suppressed(made: MadeDesk) -> bool:
    tag = made.desk.vault.keyring.tags.number_tag(NUMBER)
    with made.desk.reading() as db:
        return tag in suppression.suppressed(db, [tag], *MARKETING)


def test_a_withdrawal_counts_for_every_row_of_the_person(store: MadeDesk) -> None:
    first, second = merged(store)
    for one in (first, second):
        grant(store, one, ago=timedelta(days=1))
    consent_store.withdraw(
        store.desk, store.handler, second.subject_id, second.phone_point, source="letter"
    )
    assert not in_force(store, first)
    assert not in_force(store, second)
    with store.desk.reading() as db:
        audience = Audience(
            store.desk, Purpose.MARKETING, Channel.VOICE_LIVE, Law(), store.clock.now()
        )
        assert audience.people(db, [first.subject_id, second.subject_id]) == set()
    store.clock.advance(timedelta(hours=1))
    grant(store, first)
    assert in_force(store, first), "a later consent counts again"


def test_a_consent_counts_only_for_the_row_that_gave_it(store: MadeDesk) -> None:
    first, second = merged(store)
    grant(store, first)
    assert not in_force(store, second)


def test_a_restriction_counts_for_a_row_that_came_later(store: MadeDesk) -> None:
    first, second = merged(store)
    stranger = add_person(store.desk, "+442079460125", "stranger@example.com")
    restrictions.place(store.desk, store.handler, first.subject_id, "contested")
    ids = [first.subject_id, second.subject_id, stranger.subject_id]
    with store.desk.reading() as db:
        assert restrictions.restricted(db, ids) == {first.subject_id, second.subject_id}


@pytest.mark.parametrize("how", ["corrected", "withdrawn"])
def test_a_lift_ends_with_its_consent(store: MadeDesk, how: str) -> None:
    known = add_person(store.desk, NUMBER, "one.person@example.com")
    suppression.opt_out(store.desk, store.handler, phone=NUMBER, source="person")
    store.clock.advance(timedelta(hours=1))
    consent_id = grant(store, known)
    assert not suppressed(store)
    if how == "corrected":
        consent_store.correct(store.desk, store.dpo, consent_id, "the wrong person")
    else:
        consent_store.withdraw(store.desk, store.handler, known.subject_id, None, source="person")
    assert suppressed(store)


def test_a_past_call_is_judged_by_the_suppressions_of_its_instant(store: MadeDesk) -> None:
    known = add_person(store.desk, NUMBER, "one.person@example.com")
    tag = store.desk.vault.keyring.tags.number_tag(NUMBER)
    start = store.clock.now()
    suppression.opt_out(store.desk, store.handler, phone=NUMBER, source="person")
    store.clock.advance(timedelta(hours=2))
    grant(store, known)
    store.clock.advance(timedelta(hours=2))
    suppression.opt_out(store.desk, store.handler, phone=NUMBER, source="person")
    calls = [(tag, start + timedelta(hours=hours)) for hours in (-1, 1, 3, 5)]
    with store.desk.reading() as db:
        found = suppression.suppressed_at(db, calls, *MARKETING)
        held = suppression.suppressed(db, [tag])[tag]
    assert found == [calls[1], calls[3]]
    assert held.since_at == start, "the oldest one is named"


def withdrawing(made: MadeDesk, known: Known) -> None:
    consent_store.withdraw(made.desk, made.handler, known.subject_id, None, source="person")


def restricting(made: MadeDesk, known: Known) -> None:
    restrictions.place(made.desk, made.handler, known.subject_id, "contested")


@pytest.fixture
def on_postgres(tmp_path: Path, postgres_tables: tuple[str, str]) -> Iterator[MadeDesk]:
    made = make_desk(tmp_path, urls=postgres_tables)
    yield made
    made.desk.close()


@pytest.mark.serial
@pytest.mark.parametrize("refuse", [withdrawing, restricting])
def test_a_refusal_is_not_confirmed_while_a_gate_decides_the_number(
    on_postgres: MadeDesk, refuse: Callable[[MadeDesk, Known], None]
) -> None:
    """Else a number could leave after the person was told that none will."""
    made = on_postgres
    known = add_person(made.desk, NUMBER, "one.person@example.com")
    tag = made.desk.vault.keyring.tags.number_tag(NUMBER)
    confirmed = threading.Event()

    def told() -> None:
        refuse(made, known)
        confirmed.set()

    with made.desk.writes.engine.begin() as gate:
        lock_numbers(gate, [tag])
        thread = threading.Thread(target=told)
        thread.start()
        assert not confirmed.wait(1.0)
    thread.join(30)
    assert confirmed.is_set()


def test_a_list_whose_numbers_another_import_dropped_never_counts(
    store: MadeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two imports of one register at a time: what the other dropped would not be listed."""
    begun: list[str] = []

    def still_loading(unit: object, actor: object, register: str, list_id: str, _: str) -> None:
        begun.append(list_id)
        raise MachineFailed("Still loading.")

    def load(numbers: list[str], day: int) -> None:
        published = date(2026, 11, day)
        registers.load(store.desk, store.handler, "gb_tps", numbers, published, "test")

    finish = registers._finish
    with monkeypatch.context() as slow:
        slow.setattr(registers, "_finish", still_loading)
        with pytest.raises(MachineFailed):
            load([NUMBER, OTHER], 16)
    load([OTHER], 10)
    with pytest.raises(MachineFailed, match="another import"):
        store.desk.write(lambda unit: finish(unit, store.handler, "gb_tps", begun[0], "digest"))
    with store.desk.reading() as db:
        assert registers.current(db)["gb_tps"].count == 1


@pytest.mark.parametrize(
    "source", ["Ann Example", "+442079460123", "ann@example.com", "", "x" * 99]
)
def test_a_source_that_could_name_a_person_is_refused_before_anything_is_written(
    made: MadeDesk, source: str
) -> None:
    known = add_person(made.desk, NUMBER, "one.person@example.com")
    with pytest.raises(BadInput):
        suppression.opt_out(made.desk, made.handler, phone=NUMBER, source=source)
    with pytest.raises(BadInput):
        consent_store.withdraw(made.desk, made.handler, known.subject_id, None, source=source)
    assert made.desk.ledger.lines() == []


def test_an_opt_out_that_a_dialer_tells_in_odd_words_is_not_lost(made: MadeDesk) -> None:
    tag = made.desk.vault.keyring.tags.number_tag(NUMBER)
    suppression.opt_out_tag(made.desk, "dialer", tag, ContactKind.PHONE, source="call_Ann said so")
    (line,) = made.desk.ledger.lines()
    assert line.note == "other"
    assert suppressed(made)
