"""Which withdrawal ended which grant: noted whichever of the two is recorded later."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from privacy.consent import store as consent_store
from privacy.consent import suppression
from privacy.consent.ledger import RecordKind
from privacy.consent.records import NewRecord
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import ConsentEnd
from privacy.terms import ConsentClass
from tests.consent.test_refusals import merged
from tests.desks import MadeDesk
from tests.persons import Known, add_person
from tests.rights.flows import MAIL, NUMBER

HOUR = timedelta(hours=1)


def granted(
    made: MadeDesk, known: Known, at: datetime, channel: str = "voice_live", point: bool = True
) -> str:
    new = NewRecord(
        known.subject_id,
        known.phone_point if point else None,
        RecordKind.GRANT,
        "marketing",
        channel,
        ConsentClass.PRIOR_EXPRESS_CONSENT,
        at,
        "form",
    )
    return consent_store.record(made.desk, made.handler, [new])[0]


def withdrew(
    made: MadeDesk, known: Known, at: datetime, purpose: str = "*", channel: str = "*"
) -> str:
    return consent_store.withdraw(
        made.desk,
        made.handler,
        known.subject_id,
        None,
        purpose=purpose,
        channel=channel,
        source="letter",
        at=at,
    )


def pairs(made: MadeDesk) -> set[tuple[str, str]]:
    with made.desk.reading() as db:
        return {tuple(row) for row in db.execute(select(table_of(ConsentEnd)))}


def test_a_withdrawal_ends_what_it_covers_and_no_later_grant(store: MadeDesk) -> None:
    known, now = add_person(store.desk, NUMBER, MAIL), store.clock.now()
    voice = granted(store, known, now - 3 * HOUR)
    text = granted(store, known, now - 3 * HOUR, "text")
    later = granted(store, known, now - HOUR)
    tie = granted(store, known, now - 2 * HOUR)
    gone = withdrew(store, known, now - 2 * HOUR, purpose="marketing", channel="voice_live")
    assert pairs(store) == {(voice, gone), (tie, gone)}
    everything = withdrew(store, known, now)
    assert pairs(store) == {
        *((voice, gone), (tie, gone)),
        *((each, everything) for each in (voice, text, later, tie)),
    }


def test_a_grant_that_was_recorded_after_its_withdrawal_is_ended_too(made: MadeDesk) -> None:
    known, now = add_person(made.desk, NUMBER, MAIL), made.clock.now()
    gone = withdrew(made, known, now - HOUR)
    late = granted(made, known, now - 2 * HOUR)
    assert pairs(made) == {(late, gone)}


def test_a_withdrawal_for_one_number_leaves_a_consent_for_every_number(made: MadeDesk) -> None:
    known, now = add_person(made.desk, NUMBER, MAIL), made.clock.now()
    granted(made, known, now - HOUR, point=False)
    consent_store.withdraw(
        made.desk, made.handler, known.subject_id, known.phone_point, source="letter"
    )
    assert pairs(made) == set()


def test_what_one_row_of_a_merged_person_withdraws_ends_the_grants_of_every_row(
    made: MadeDesk,
) -> None:
    first, second = merged(made)
    one, other = (granted(made, known, made.clock.now() - HOUR) for known in (first, second))
    stranger = add_person(made.desk, "+442079460125", "stranger@example.com")
    granted(made, stranger, made.clock.now() - HOUR)
    gone = withdrew(made, second, made.clock.now())
    assert pairs(made) == {(one, gone), (other, gone)}


def test_an_opt_out_by_number_ends_the_consents_of_who_has_it(made: MadeDesk) -> None:
    known = add_person(made.desk, NUMBER, MAIL)
    given = granted(made, known, made.clock.now() - HOUR)
    suppression.opt_out(made.desk, made.handler, phone=NUMBER, source="letter")
    assert [grant for grant, _ in pairs(made)] == [given]
