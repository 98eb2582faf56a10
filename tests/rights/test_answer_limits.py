"""What an answer leaves out: refused kinds, what is never sent, and all but one's own data."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert, update

from privacy.consent import suppression
from privacy.contacts import exporting
from privacy.errors import RightsdeskError
from privacy.rights import approval, correcting, correction_run, identity, planning
from privacy.rights.case import Kind
from privacy.rights.correction import Asked
from privacy.rights.identity import Claims, Evidence
from privacy.rights.planning import Refused
from privacy.storage.tables.base import table_of
from privacy.storage.tables.cases import NoticeTask
from privacy.storage.tables.people import Subject
from privacy.storage.unit import Unit
from privacy.terms import Channel, Purpose
from tests.contacts.test_exporting import agree, audience
from tests.desks import MadeDesk
from tests.persons import add_person
from tests.rights.calls import add_call, add_consent
from tests.rights.flows import CLAIMS, MAIL, NUMBER, again, approved, opened, person_with, verified
from tests.rights.test_access import answer, fulfilled, unpacked

CARD, SSN = "4111 1111 1111 1111", "078-05-1120"


def set_other(made: MadeDesk, subject_id: int, other: dict[str, str]) -> None:
    """Put columns of a list into a profile, as an import would have."""
    from privacy.rights import people_store
    from privacy.terms import KeyClass, OpeningPurpose

    with made.desk.reading() as db:
        (part,) = people_store.profile_parts(db, [subject_id])
    plain = made.desk.vault.open([part], "dpo", OpeningPurpose.IMPORT)
    profile = {**json.loads(plain[part.place]), "other": other}
    (sealed,) = made.desk.vault.seal_parts(
        KeyClass.DESK, [(part.place, json.dumps(profile).encode())]
    )

    def job(unit: Unit) -> None:
        table = table_of(Subject)
        unit.db.execute(
            update(table).where(table.c.id == subject_id).values(profile_sealed=sealed.sealed)
        )
        unit.append("test.changed", "dpo")

    made.desk.write(job)


def test_portability_gives_what_the_person_provided_and_says_what_else_there_is(
    store: MadeDesk, tmp_path: Path
) -> None:
    brought = person_with(store, Kind.PORTABILITY)
    add_consent(store, brought.known)
    add_call(store, brought.known, NUMBER)
    again(store, brought.case)
    released = fulfilled(store, brought.case.id, tmp_path / "a.zip")
    assert "answer.pdf" not in unpacked(released), "a format for programs"
    found = answer(released)
    assert {item["value"] for item in found["held"]["contact_points"]} == {NUMBER, MAIL}
    assert len(found["consents"]) == 1
    for key in ("calls", "openings", "requests", "recipients", "retention", "purposes"):
        assert found[key] == []
    assert "whatever else is held about you" in {row["what"] for row in found["withheld"]}


def test_a_portable_answer_has_the_keys_of_an_access_package(
    made: MadeDesk, tmp_path: Path
) -> None:
    brought = person_with(made, Kind.ACCESS)
    whole = answer(fulfilled(made, brought.case.id, tmp_path / "a.zip"))
    case = approved(made, Kind.PORTABILITY)
    portable = answer(fulfilled(made, case.id, tmp_path / "b.zip"))
    assert portable.keys() == whole.keys()
    assert portable["schema"] == whole["schema"] == "rightsdesk.access-package/1"


def test_portability_leaves_out_what_rests_on_no_consent_and_what_was_bought(
    made: MadeDesk, tmp_path: Path
) -> None:
    known = add_person(made.desk, NUMBER, MAIL)
    table = table_of(Subject)

    def basis(value: str, import_id: str | None = None) -> None:
        def job(unit: Unit) -> None:
            unit.db.execute(
                update(table)
                .where(table.c.id == known.subject_id)
                .values(lawful_basis=value, import_id=import_id)
            )
            unit.append("test.changed", "dpo")

        made.desk.write(job)

    def bought(unit: Unit) -> None:
        unit.db.execute(
            insert(table_of(NoticeTask)).values(
                id="nt-1", import_id="im-1", source="broker", obtained_at=1, people=1
            )
        )
        unit.append("test.changed", "dpo")

    basis("legitimate_interest")
    case = approved(made, Kind.PORTABILITY)
    found = answer(fulfilled(made, case.id, tmp_path / "a.zip"))
    assert found["held"]["contact_points"] == found["held"]["names"] == []
    made.desk.write(bought)
    basis("consent", "im-1")
    case = approved(made, Kind.PORTABILITY)
    found = answer(fulfilled(made, case.id, tmp_path / "b.zip"))
    assert found["held"]["contact_points"] == []


def test_what_must_never_be_disclosed_is_in_no_file_of_the_answer(
    store: MadeDesk, tmp_path: Path
) -> None:
    known = add_person(store.desk, NUMBER, MAIL)
    set_other(store, known.subject_id, {"Notiz": f"card {CARD}, ssn {SSN}", "Password": "hunter2"})
    suppression.opt_out(
        store.desk,
        store.dpo,
        phone=NUMBER,
        source="call",
        words=f"my card is {CARD}".encode(),
        holder_id=known.subject_id,
    )
    case = approved(store, Kind.ACCESS, "US_CA")
    released = fulfilled(store, case.id, tmp_path / "a.zip")
    content = b"".join(unpacked(released).values())
    for secret in (CARD, SSN, "hunter2"):
        assert secret.encode() not in content
    assert b"7024(d)" in content
    assert "(held)" in json.dumps(answer(released)["withheld"])


def test_what_a_plan_refuses_is_withheld_with_its_ground(made: MadeDesk, tmp_path: Path) -> None:
    known = add_person(made.desk, NUMBER, MAIL)
    add_call(made, known, NUMBER)
    case = verified(made, Kind.ACCESS)
    refused = {"calls": Refused("eu.15.4")}
    planning.make_plan(made.desk, made.handler, case.id, refused=refused)
    approval.approve(made.desk, made.dpo, case.id)
    found = answer(fulfilled(made, case.id, tmp_path / "a.zip"))
    assert found["calls"] == []
    assert "calls" in {row["what"] for row in found["withheld"]}
    assert found["held"]["contact_points"], "the rest is given"


def test_an_answer_tells_what_was_corrected_and_who_got_an_export(
    store: MadeDesk, tmp_path: Path
) -> None:
    known = add_person(store.desk, NUMBER, MAIL)
    agree(store, known)
    exporting.export(
        store.desk,
        store.dpo,
        tmp_path / "out.csv",
        audience(store),
        purpose=Purpose.MARKETING,
        channel=Channel.VOICE_LIVE,
        recipient=exporting.Recipient("Example Mailing Ltd"),
    )
    case = opened(store.desk, store.handler, Kind.RECTIFICATION)
    identity.verify(store.desk, store.handler, case.id, Evidence.LOGIN, CLAIMS)
    asked = [Asked("family", "Newcanarius"), Asked("phone", "+442079460777", NUMBER)]
    correcting.propose(store.desk, store.handler, case.id, asked)
    plan = planning.make_plan(store.desk, store.handler, case.id)
    assert [each["name"] for each in plan["recipients"]] == ["Example Mailing Ltd"]
    approval.approve(store.desk, store.dpo, case.id)
    correction_run.run(store.desk, store.handler, case.id)
    store.clock.advance(timedelta(minutes=1))
    ask = opened(store.desk, store.handler, Kind.ACCESS)
    identity.verify(store.desk, store.handler, ask.id, Evidence.LOGIN, Claims(email=MAIL))
    again(store, ask)
    found = answer(fulfilled(store, ask.id, tmp_path / "a.zip"))
    other = {item["label"]: item["value"] for item in found["held"]["other"]}
    label = "until the correction of 2026-11-18"
    assert (other[f"{label}: family"], other[f"{label}: phone"]) == ("Canarison", NUMBER)
    assert [row["name"] for row in found["recipients"]] == ["Example Mailing Ltd"]


def test_two_who_fulfil_at_once_release_one_package(store: MadeDesk, tmp_path: Path) -> None:
    brought = person_with(store, Kind.ACCESS)
    desks = [store.desk, store.reopen()]
    outcomes: list[str] = []

    def go(number: int) -> None:
        mine = MadeDesk(desks[number], store.clock, store.dpo, store.handler, store.settings)
        try:
            fulfilled(mine, brought.case.id, tmp_path / f"{number}.zip")
            outcomes.append("released")
        except RightsdeskError as refused:
            outcomes.append(refused.code)

    threads = [threading.Thread(target=go, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    desks[1].close()
    assert sorted(outcomes).count("released") == 1
    assert len(list(tmp_path.glob("*.zip"))) == 1
    assert list(tmp_path.glob("*.part")) == []
    with store.desk.reading() as db:
        actions = [json.loads(body)["action"] for _, body in store.desk.log.bodies(db)]
    assert actions.count("package.released") == 1
