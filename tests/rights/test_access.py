"""Access: everything of the person and of nobody else, released once, in a sealed package."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pyzipper

from privacy.consent import notices, suppression
from privacy.consent.ledger import RecordKind
from privacy.consent.records import Evidence, NewRecord
from privacy.consent.store import record
from privacy.errors import BadInput, Denied
from privacy.rights import answering, identity, planning, standing
from privacy.rights.answering import Released
from privacy.rights.case import Event, Kind, NotNow, State
from privacy.rights.identity import Claims
from privacy.rights.package import archive, copies, tables, writing
from privacy.terms import ConsentClass
from reports import access_answer
from tests.canaries import find_leaks
from tests.desks import MadeDesk
from tests.persons import add_person
from tests.rights.calls import add_call, add_consent
from tests.rights.flows import FILE, MAIL, NUMBER, again, approved, person_with, verified
from tests.rights.test_erasure import merge

HOUSEMATE_MAIL = "housemate@example.com"


def pdf(kind: str, data: dict[str, Any]) -> bytes:
    """Stands for the renderer: checks the form that the report documents."""
    assert kind in ("access-answer", "access-view")
    access_answer.figures(access_answer.checked(data))
    return json.dumps(data).encode()


def wording(law: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    return [], {"to_controller": "", "to_authority": "", "to_court": ""}


def fulfilled(made: MadeDesk, request_id: str, out: Path) -> Released:
    return answering.fulfil(made.desk, made.handler, request_id, out, renderer=pdf, wording=wording)


def unpacked(released: Released) -> dict[str, bytes]:
    with pyzipper.AESZipFile(released.path) as opened:
        opened.setpassword(released.passphrase.encode())
        return {name: opened.read(name) for name in opened.namelist()}


def answer(released: Released) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(unpacked(released)["answer.json"])
    return document


def test_the_package_holds_what_the_desk_holds(store: MadeDesk, tmp_path: Path) -> None:
    brought = person_with(store, Kind.ACCESS)
    add_consent(store, brought.known)
    add_call(store, brought.known, NUMBER)
    again(store, brought.case)
    released = fulfilled(store, brought.case.id, tmp_path / "answer.zip")
    found = answer(released)
    assert {item["value"] for item in found["held"]["contact_points"]} == {NUMBER, MAIL}
    assert "SW1A 1AA" in found["held"]["addresses"][0]["value"]
    assert [consent["how"] for consent in found["consents"]] == ["form 17; yes, do call me"]
    assert [(call["number"], call["outcome"]) for call in found["calls"]] == [(NUMBER, "COMPLETED")]
    assert [recipient["name"] for recipient in found["recipients"]] == [
        "dialer dialer-1 on line simulator"
    ]
    assert "access_request" in {opening["purpose"] for opening in found["openings"]}
    case = standing.standing(store.desk, brought.case.id)
    assert case.case.state is State.FULFILLED
    assert case.clock["state"] == "answered"


def test_the_package_opens_with_the_pass_phrase_and_with_no_other(
    made: MadeDesk, tmp_path: Path
) -> None:
    brought = person_with(made, Kind.ACCESS)
    released = fulfilled(made, brought.case.id, tmp_path / "answer.zip")
    assert set(unpacked(released)) == {
        "answer.pdf",
        "answer.html",
        "answer.json",
        "schema.json",
        "contact.vcf",
        *tables.COLUMNS,
    }
    for wrong in ("", "wrong", released.passphrase[:-1]):
        with pyzipper.AESZipFile(released.path) as opened:
            opened.setpassword(wrong.encode())
            with pytest.raises(RuntimeError):
                opened.read("answer.json")
    assert released.path.stat().st_mode & 0o777 == 0o600
    assert NUMBER.encode() not in released.path.read_bytes()


def test_an_approval_releases_one_package(store: MadeDesk, tmp_path: Path) -> None:
    brought = person_with(store, Kind.ACCESS)
    fulfilled(store, brought.case.id, tmp_path / "first.zip")
    with pytest.raises(Denied):
        fulfilled(store, brought.case.id, tmp_path / "second.zip")
    assert not (tmp_path / "second.zip").exists()
    with store.desk.reading() as db:
        entries = [json.loads(body) for _, body in store.desk.log.bodies(db)]
    releases = [entry for entry in entries if entry["action"] == "package.released"]
    assert [entry["digest"] for entry in releases] == [
        writing.digest((tmp_path / "first.zip").read_bytes())
    ]


def test_nothing_is_released_before_the_approval(made: MadeDesk, tmp_path: Path) -> None:
    add_person(made.desk, NUMBER, MAIL)
    case = verified(made, Kind.ACCESS)
    planning.make_plan(made.desk, made.handler, case.id)
    with pytest.raises(NotNow):
        fulfilled(made, case.id, tmp_path / "answer.zip")
    assert not list(tmp_path.glob("answer*"))


def test_the_release_stands_in_the_log_before_the_file_has_its_name(
    made: MadeDesk, tmp_path: Path
) -> None:
    brought = person_with(made, Kind.ACCESS)
    out = tmp_path / "answer.zip"
    out.with_name("answer.zip.part").mkdir()
    with pytest.raises(BadInput):
        fulfilled(made, brought.case.id, out)
    out.with_name("answer.zip.part").rmdir()
    seen = []
    complete = writing.complete

    def looked(path: Path) -> None:
        seen.append((path.exists(), standing.standing(made.desk, brought.case.id).case.state))
        complete(path)

    writing.complete = looked
    try:
        fulfilled(made, brought.case.id, out)
    finally:
        writing.complete = complete
    assert seen == [(False, State.FULFILLED)]


def test_a_file_that_is_there_is_never_overwritten(made: MadeDesk, tmp_path: Path) -> None:
    brought = person_with(made, Kind.ACCESS)
    out = tmp_path / "answer.zip"
    out.write_text("mine")
    with pytest.raises(BadInput):
        fulfilled(made, brought.case.id, out)
    assert out.read_text() == "mine"


def test_what_takes_the_name_meanwhile_is_not_overwritten_and_the_package_is_kept(
    made: MadeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought = person_with(made, Kind.ACCESS)
    out, elsewhere = tmp_path / "a.zip", tmp_path / "elsewhere"
    complete = writing.complete

    def late(path: Path) -> None:
        path.symlink_to(elsewhere)
        complete(path)

    monkeypatch.setattr(writing, "complete", late)
    with pytest.raises(BadInput, match="meanwhile"):
        fulfilled(made, brought.case.id, out)
    assert out.is_symlink()
    assert not elsewhere.exists()
    kept = tmp_path / "a.zip.part"
    monkeypatch.undo()
    copy = copies.again(made.desk, made.handler, brought.case.id, tmp_path / "again.zip")
    assert writing.digest(kept.read_bytes()) == copy.sha256


def test_a_link_that_leads_nowhere_is_something_that_is_there(
    made: MadeDesk, tmp_path: Path
) -> None:
    brought = person_with(made, Kind.ACCESS)
    out = tmp_path / "a.zip"
    out.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadInput):
        fulfilled(made, brought.case.id, out)
    assert not (tmp_path / "elsewhere").exists()


def test_nothing_of_a_housemate_on_the_same_landline_gets_into_the_package(
    made: MadeDesk, tmp_path: Path
) -> None:
    brought = person_with(made, Kind.ACCESS)
    housemate = add_person(made.desk, NUMBER, HOUSEMATE_MAIL, family="Housemate")
    add_consent(made, housemate, "I am the housemate speaking")
    add_call(made, housemate, NUMBER)
    suppression.opt_out(
        made.desk,
        made.dpo,
        phone=NUMBER,
        source="call",
        words=b"the housemate wants no calls",
        holder_id=housemate.subject_id,
    )
    again(made, brought.case)
    content = b"".join(unpacked(fulfilled(made, brought.case.id, tmp_path / "a.zip")).values())
    for value in (HOUSEMATE_MAIL, "Housemate", "housemate speaking", "wants no calls"):
        assert value.encode() not in content
    assert b"opted out of everything since 2026-11-18" in content
    assert str(housemate.subject_id).encode() not in content


def test_what_the_person_said_at_an_opt_out_is_given(made: MadeDesk, tmp_path: Path) -> None:
    brought = person_with(made, Kind.ACCESS)
    suppression.opt_out(
        made.desk,
        made.dpo,
        phone=NUMBER,
        source="call",
        words=b"please stop calling",
        holder_id=brought.known.subject_id,
    )
    again(made, brought.case)
    found = answer(fulfilled(made, brought.case.id, tmp_path / "a.zip"))
    assert "please stop calling" in {item["value"] for item in found["held"]["other"]}


def test_access_covers_the_whole_merged_set(made: MadeDesk, tmp_path: Path) -> None:
    first = add_person(made.desk, NUMBER, MAIL)
    merge(made.desk, first, add_person(made.desk, "+442079460777", "work@example.com"))
    case = approved(made, Kind.ACCESS)
    found = answer(fulfilled(made, case.id, tmp_path / "a.zip"))
    values = {item["value"] for item in found["held"]["contact_points"]}
    assert values == {NUMBER, MAIL, "+442079460777", "work@example.com"}


def test_a_merge_after_the_approval_stops_the_release(made: MadeDesk, tmp_path: Path) -> None:
    brought = person_with(made, Kind.ACCESS)
    other = add_person(made.desk, "+442079460777", "work@example.com")
    merge(made.desk, brought.known, other)
    with pytest.raises(NotNow):
        fulfilled(made, brought.case.id, tmp_path / "a.zip")


def test_what_came_since_the_approval_is_not_answered_unseen(
    made: MadeDesk, tmp_path: Path
) -> None:
    brought = person_with(made, Kind.ACCESS)
    add_consent(made, brought.known)
    with pytest.raises(NotNow, match="void"):
        fulfilled(made, brought.case.id, tmp_path / "a.zip")
    assert not list(tmp_path.glob("a.zip*"))


def test_the_text_that_was_shown_is_given_with_the_consent(made: MadeDesk, tmp_path: Path) -> None:
    brought = person_with(made, Kind.ACCESS)
    shown = notices.add(made.desk, made.dpo, "web-form", "en", "May we call you about offers?")
    new = NewRecord(
        brought.known.subject_id,
        brought.known.phone_point,
        RecordKind.GRANT,
        "marketing",
        "voice_live",
        ConsentClass.PRIOR_EXPRESS_CONSENT,
        made.desk.now() - timedelta(hours=1),
        "web",
        Evidence(notice_id=shown.id, notice_version=shown.version, text_sha256=shown.sha256),
    )
    record(made.desk, made.handler, [new])
    again(made, brought.case)
    (consent,) = answer(fulfilled(made, brought.case.id, tmp_path / "a.zip"))["consents"]
    assert (consent["text_shown"], consent["text_missing"]) == (shown.text, "")


def test_no_file_of_desk_or_state_holds_the_person_after_an_answer(
    made: MadeDesk, tmp_path: Path
) -> None:
    brought = person_with(made, Kind.ACCESS)
    add_consent(made, brought.known)
    again(made, brought.case)
    out = tmp_path.parent / f"{tmp_path.name}-out.zip"
    released = fulfilled(made, brought.case.id, out)
    values = (NUMBER, MAIL, FILE.name, FILE.contact, FILE.words, "yes, do call me", "Canarina")
    assert find_leaks(tmp_path, (*values, released.passphrase)) == []
    out.unlink()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_a_formula_in_a_cell_is_made_harmless(start: str) -> None:
    text = tables.table(("a", "b"), [{"a": f"{start}1+1", "b": "plain"}])
    (_, row) = list(csv.reader(io.StringIO(text, newline="")))
    assert row == [f"'{start}1+1", "plain"]


def test_a_pass_phrase_is_new_each_time_and_long() -> None:
    made = {archive.new_passphrase() for _ in range(50)}
    assert len(made) == 50
    assert {len(phrase.replace("-", "")) for phrase in made} == {24}


def test_a_late_claim_cannot_be_joined_to_a_fulfilled_case(made: MadeDesk, tmp_path: Path) -> None:
    brought = person_with(made, Kind.ACCESS)
    fulfilled(made, brought.case.id, tmp_path / "a.zip")
    with pytest.raises(NotNow):
        identity.send_code(made.desk, made.handler, brought.case.id, Claims(email=MAIL))
    told = [event.type for event in standing.standing(made.desk, brought.case.id).events]
    assert told[-2:] == [Event.DATA_PROVIDED, Event.FULFILLED]
