"""Which entry of the log tells of a consent: its own one, found without reading any twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from privacy.audit.entry import parse
from privacy.consent import store as consents
from privacy.consent.ledger import RecordKind
from privacy.consent.records import NewRecord
from privacy.gateway import dossier, dossier_log, whocalled
from privacy.gateway.whocalled import person_of
from privacy.storage.tables.audit import AuditEntry
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import ConsentRow
from privacy.terms import ConsentClass, ContactKind, OpeningPurpose
from tests.cli.test_desk_reports import ten_calls
from tests.desks import MadeDesk
from tests.gateway.scene import number, scene
from tests.persons import Known, add_person
from tests.reports.placed_calls import place

MANY = 30


def grant(made: MadeDesk, person: Known) -> NewRecord:
    return NewRecord(
        person.subject_id,
        person.phone_point,
        RecordKind.GRANT,
        "marketing",
        "voice_prerecorded",
        ConsentClass.PRIOR_EXPRESS_WRITTEN_CONSENT,
        made.clock.now(),
        "form",
    )


def told_of(made: MadeDesk, wanted: set[str]) -> dict[str, str]:
    """What the log's entries that were found say that they are about, by record."""
    table, entry = table_of(ConsentRow), table_of(AuditEntry)
    with made.desk.reading() as db:
        rows = db.execute(select(table).where(table.c.public_id.in_(wanted))).all()
        found = dossier_log.entries(db, rows, [], [])
        bodies = {row.id: row.body for row in db.execute(select(entry.c.id, entry.c.body))}
    return {name: str(parse(bytes(bodies[each])).get("object")) for name, each in found.items()}


def test_an_entry_is_read_once_however_many_consents_came_in_its_minute(
    made: MadeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = add_person(made.desk, "+442079460123", "ann@example.org")
    names = [
        consents.record(made.desk, made.handler, [grant(made, person)])[0] for _ in range(MANY)
    ]
    read: list[Any] = []

    def counted(body: bytes) -> Any:
        read.append(body)
        return parse(body)

    monkeypatch.setattr(dossier_log, "parse", counted)
    assert told_of(made, set(names)) == {name: name for name in names}
    assert len(read) == MANY


def test_a_consent_with_an_entry_of_its_own_is_not_told_by_a_batch_of_the_same_instant(
    made: MadeDesk,
) -> None:
    person = add_person(made.desk, "+442079460123", "ann@example.org")
    batch = [name for _ in range(8) for name in consents.record(
        made.desk, made.handler, [grant(made, person)] * 2
    )]  # fmt: skip
    (own,) = consents.record(made.desk, made.handler, [grant(made, person)])
    assert told_of(made, {own}) == {own: own}
    assert told_of(made, set(batch)) == dict.fromkeys(batch, "None")


def test_a_dossier_holds_more_calls_than_an_answer_to_a_person(
    made: MadeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up = scene(made, 1)
    place(set_up, [replace(call, person=0) for call in ten_calls()])
    monkeypatch.setattr(whocalled, "MOST_CALLS", 1)
    people = person_of(
        made.desk, made.dpo, ContactKind.PHONE, number(0), None, OpeningPurpose.LEGAL_GROUND
    )
    found = dossier.dossier(made.desk, made.dpo, people, OpeningPurpose.LEGAL_GROUND)
    assert (len(found["calls"]), found["more"]) == (10, False)
