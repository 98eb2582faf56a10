"""Consent, opt-outs, restrictions and registers on both stores."""

from __future__ import annotations

import os
import signal
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from privacy.consent import ledger, notices, registers, restrictions, suppression
from privacy.consent import store as consent_store
from privacy.consent.ledger import RecordKind
from privacy.consent.records import Evidence, NewRecord
from privacy.desk import Desk
from privacy.errors import BadInput, Denied, MachineFailed, NotFound
from privacy.storage.tables.base import table_of
from privacy.storage.tables.desk import LedgerDone
from privacy.terms import ConsentClass, ContactKind, KekKind, LedgerKind, OpeningPurpose
from tests.canaries import find_leaks
from tests.desks import MadeDesk
from tests.persons import Known, add_person

NUMBER, MAIL = "+442079460123", "canary.person@example.com"


@pytest.fixture
def known(store: MadeDesk) -> Known:
    return add_person(store.desk, NUMBER, MAIL)


def grant(known: Known, made: MadeDesk, *, days_ago: float = 10, **fields: object) -> NewRecord:
    base: dict[str, object] = {
        "subject_id": known.subject_id,
        "point_id": known.phone_point,
        "kind": RecordKind.GRANT,
        "purpose": "marketing",
        "channel": "voice_live",
        "consent_class": ConsentClass.PRIOR_EXPRESS_WRITTEN_CONSENT,
        "effective_at": made.clock.now() - timedelta(days=days_ago),
        "source": "web",
        "evidence": Evidence(text_sha256="ab" * 32, ip="203.0.113.77", reference="form-canary-1"),
        **fields,
    }
    return NewRecord(**base)  # type: ignore[arg-type]


def state(made: MadeDesk, known: Known) -> str:
    with made.desk.reading() as db:
        records = consent_store.consents(db, [known.phone_point])[known.phone_point]
    now = made.clock.now()
    return str(ledger.facts(records, "marketing", "voice_live", now)[0]["state"])


def is_suppressed(desk: Desk, number: str, purpose: str = "", channel: str = "") -> bool:
    tag = desk.vault.keyring.tags.number_tag(number)
    with desk.reading() as db:
        return tag in suppression.suppressed(db, [tag], purpose, channel)


def test_a_recorded_grant_counts_and_its_evidence_opens_with_an_entry(
    store: MadeDesk, known: Known
) -> None:
    (consent_id,) = record(store, [grant(known, store)])
    assert state(store, known) == "prior_express_written_consent"
    opened = evidence(store, known)
    assert opened[consent_id].reference == "form-canary-1"


def test_a_withdrawal_ends_consent_before_the_command_returns(
    store: MadeDesk, known: Known
) -> None:
    record(store, [grant(known, store)])
    withdraw(store, known)
    assert state(store, known) == "withdrawn"


def test_only_a_second_person_corrects_a_record(store: MadeDesk, known: Known) -> None:
    (consent_id,) = record(store, [grant(known, store)])
    with pytest.raises(Denied):
        correct(store, consent_id, by="handler")
    correct(store, consent_id, by="dpo")
    assert state(store, known) == "none"


def test_a_consent_in_the_future_is_refused(store: MadeDesk, known: Known) -> None:
    with pytest.raises(BadInput):
        record(store, [grant(known, store, days_ago=-1)])


def test_an_opt_out_answers_the_same_for_known_and_unknown(store: MadeDesk, known: Known) -> None:
    first = suppression.opt_out(store.desk, store.handler, phone=NUMBER, source="person")
    other = suppression.opt_out(store.desk, store.handler, phone="+442079460999", source="person")
    assert first[:3] == other[:3] == "no-"
    assert len(first) == len(other)
    assert is_suppressed(store.desk, NUMBER)
    assert is_suppressed(store.desk, "+442079460999")


def test_an_opt_out_by_number_withdraws_the_consent_of_everyone_who_has_it(
    store: MadeDesk, known: Known
) -> None:
    second = add_person(store.desk, NUMBER, "second.person@example.com")
    record(store, [grant(known, store), grant(second, store)])
    suppression.opt_out(store.desk, store.handler, phone=NUMBER, source="person")
    assert state(store, known) == state(store, second) == "withdrawn"


def test_only_a_later_express_consent_lifts_a_suppression_and_only_for_its_channel(
    store: MadeDesk, known: Known
) -> None:
    suppression.opt_out(store.desk, store.handler, phone=NUMBER, source="person")
    record(store, [grant(known, store, days_ago=0)])
    assert is_suppressed(store.desk, NUMBER, "marketing", "voice_live"), "a tie denies"
    store.clock.advance(timedelta(hours=1))
    record(store, [grant(known, store, days_ago=0, consent_class=ConsentClass.IMPLIED)])
    assert is_suppressed(store.desk, NUMBER, "marketing", "voice_live"), "implied is not express"
    record(store, [grant(known, store, days_ago=0)])
    assert not is_suppressed(store.desk, NUMBER, "marketing", "voice_live")
    assert is_suppressed(store.desk, NUMBER, "marketing", "text")
    assert is_suppressed(store.desk, NUMBER)
    suppression.opt_out(store.desk, store.handler, phone=NUMBER, source="person")
    assert is_suppressed(store.desk, NUMBER, "marketing", "voice_live")


def test_an_opt_out_whose_commit_was_lost_is_carried_out_at_the_next_opening(
    made: MadeDesk,
) -> None:
    tag = made.desk.vault.keyring.tags.number_tag(NUMBER)
    made.desk.ledger.append(
        LedgerKind.OPT_OUT, made.clock.now(), 0, tag=tag, scope="phone", note="person"
    )
    assert not is_suppressed(made.desk, NUMBER)
    again = made.reopen()
    try:
        assert is_suppressed(again, NUMBER)
    finally:
        again.close()


def test_a_process_without_profile_keys_still_withdraws_by_number(store: MadeDesk) -> None:
    known = add_person(store.desk, NUMBER, MAIL)
    record(store, [grant(known, store)])
    gateway = store.reopen(kinds=(KekKind.CALL,))
    try:
        suppression.opt_out(gateway, store.handler, phone=NUMBER, source="key", words=b"stop")
    finally:
        gateway.close()
    assert state(store, known) == "withdrawn"


def test_an_opt_out_by_mail_is_found_by_its_tag(store: MadeDesk, known: Known) -> None:
    suppression.opt_out(store.desk, store.handler, email=MAIL, source="person")
    tag = suppression.tag_of(store.desk, ContactKind.EMAIL, MAIL)
    with store.desk.reading() as db:
        assert tag in suppression.suppressed(db, [tag])
    assert state(store, known) == "withdrawn"


def test_a_restriction_holds_until_the_person_was_told_and_someone_who_may_lifts_it(
    store: MadeDesk, known: Known
) -> None:
    placed = restrictions.place(store.desk, store.handler, known.subject_id, "accuracy_contested")
    with store.desk.reading() as db:
        assert restrictions.restricted(db, [known.subject_id]) == {known.subject_id}
    with pytest.raises(Denied, match="not told yet"):
        restrictions.lift(store.desk, store.dpo, placed)
    early = store.clock.now() - timedelta(seconds=1)
    with pytest.raises(BadInput, match="between the restriction and now"):
        restrictions.inform(store.desk, store.handler, placed, at=early)
    restrictions.inform(store.desk, store.handler, placed)
    restrictions.lift(store.desk, store.dpo, placed)
    with store.desk.reading() as db:
        assert restrictions.restricted(db, [known.subject_id]) == set()
    with pytest.raises(NotFound):
        restrictions.lift(store.desk, store.dpo, placed)


def test_the_newest_published_list_of_a_register_counts(store: MadeDesk) -> None:
    tags = store.desk.vault.keyring.tags
    first, second = "+442079460001", "+442079460002"
    load(store, [first], date(2026, 11, 10))
    load(store, [second], date(2026, 11, 16))
    load(store, [first], date(2026, 11, 1))
    with store.desk.reading() as db:
        found = registers.facts(db, [tags.number_tag(first)], store.clock.now())
        other = registers.facts(db, [tags.number_tag(second)], store.clock.now())
    assert found[tags.number_tag(first)]["gb_tps"]["listed"] is False
    assert other[tags.number_tag(second)]["gb_tps"] == {
        "listed": True,
        "published": "2026-11-16",
        "age_days": 2,
    }


def test_a_list_half_loaded_does_not_count(
    store: MadeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_: object) -> None:
        raise MachineFailed("The disk is full.")

    monkeypatch.setattr(registers, "_finish", full_disk)
    with pytest.raises(MachineFailed):
        load(store, ["+442079460001"], date(2026, 11, 16))
    with store.desk.reading() as db:
        assert registers.current(db) == {}


def test_the_same_notice_text_again_is_the_same_version(store: MadeDesk) -> None:
    first = notices.add(store.desk, store.handler, "web-form", "en", "May we call you?")
    again = notices.add(store.desk, store.handler, "web-form", "en", "May we call you?")
    changed = notices.add(store.desk, store.handler, "web-form", "en", "May we ring you?")
    assert (first, changed.version) == (again, 2)
    assert notices.get(store.desk, "web-form").text == "May we ring you?"


def test_no_value_of_consent_or_opt_out_stands_in_any_file(made: MadeDesk, tmp_path: Path) -> None:
    known = add_person(made.desk, NUMBER, MAIL)
    record(made, [grant(known, made)])
    words = "please never call canary again"
    suppression.opt_out(
        made.desk, made.handler, phone=NUMBER, source="person", words=words.encode()
    )
    suppression.opt_out(made.desk, made.handler, email=MAIL, source="person")
    values = [NUMBER, NUMBER[1:], MAIL, words, "203.0.113.77", "form-canary-1"]
    assert find_leaks(tmp_path, values) == []


@pytest.mark.serial
@pytest.mark.parametrize("kill_before", ["ledger", "main", "spread"])
def test_a_confirmed_opt_out_survives_a_kill_and_an_unconfirmed_one_is_whole_or_absent(
    made: MadeDesk, kill_before: str
) -> None:
    add_person(made.desk, NUMBER, MAIL)
    child = os.fork()
    if child == 0:
        die = {"ledger": "append", "main": "write", "spread": "spread"}[kill_before]

        def stop(*_: object, **__: object) -> None:
            os.kill(os.getpid(), signal.SIGKILL)

        fresh = made.reopen()
        if die == "append":
            fresh.ledger.append = stop  # type: ignore[method-assign,assignment]
        elif die == "write":
            fresh.write = stop  # type: ignore[method-assign,assignment]
        else:
            suppression.spread = stop  # type: ignore[assignment]
        suppression.opt_out(fresh, made.handler, phone=NUMBER, source="person")
        os._exit(0)
    os.waitpid(child, 0)
    again = made.reopen()
    try:
        announced = len(again.ledger.lines())
        with again.reading() as db:
            done = len(db.execute(select(table_of(LedgerDone))).all())
        assert announced == done == (0 if kill_before == "ledger" else 1)
        assert is_suppressed(again, NUMBER) == (kill_before != "ledger")
    finally:
        again.close()


def record(made: MadeDesk, news: list[NewRecord]) -> list[str]:
    return consent_store.record(made.desk, made.handler, news)


def withdraw(made: MadeDesk, known: Known) -> str:
    return consent_store.withdraw(
        made.desk, made.handler, known.subject_id, known.phone_point, source="person"
    )


def correct(made: MadeDesk, consent_id: str, *, by: str) -> str:
    actor = made.dpo if by == "dpo" else made.handler
    return consent_store.correct(made.desk, actor, consent_id, "it was somebody else")


def evidence(made: MadeDesk, known: Known) -> dict[str, Evidence]:
    return consent_store.evidence_of(
        made.desk, made.dpo, [known.subject_id], OpeningPurpose.ACCESS_REQUEST
    )


def load(made: MadeDesk, numbers: list[str], published_on: date) -> None:
    registers.load(made.desk, made.handler, "gb_tps", numbers, published_on, "test")


def test_a_list_of_which_many_numbers_come_and_go_is_loaded(made: MadeDesk) -> None:
    """Changes are written batch after batch: no two rows of them may get one id."""
    first = [f"+4420{number:08d}" for number in range(20_000)]
    second = [f"+4421{number:08d}" for number in range(20_000)]
    load(made, first, date(2026, 10, 1))
    load(made, second, date(2026, 10, 8))
    tag_of = made.desk.vault.keyring.tags.number_tag
    with made.desk.reading() as db:
        told = registers.history(db, [tag_of(first[0]), tag_of(second[0])])["gb_tps"]
    assert told.now == {tag_of(second[0])}
    day = date(2026, 10, 8)
    assert told.changes == {tag_of(first[0]): ((day, False),), tag_of(second[0]): ((day, True),)}
