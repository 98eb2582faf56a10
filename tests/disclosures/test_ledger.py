"""The ledger of disclosures: one line a person, written with the entry that precedes a release."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from privacy.audit.entry import parse
from privacy.consent import suppression
from privacy.contacts import exporting
from privacy.contacts.exporting import Recipient
from privacy.disclosures import store as disclosures
from privacy.disclosures.given import Disclosure, Given, Role, Way, totals
from privacy.errors import BadInput, Interrupted, NotFound
from privacy.rights import answering, certificate, disclosing, erasure, recipients
from privacy.rights.case import Kind
from privacy.rights.package import copies
from privacy.storage.tables.base import table_of
from privacy.storage.tables.disclosures import Disclosure as Row
from privacy.terms import Channel, Purpose
from tests.canaries import find_leaks
from tests.contacts.test_exporting import RECIPIENT, agree, audience, export
from tests.desks import MadeDesk, make_desk
from tests.persons import Known, add_person
from tests.rights.calls import add_call
from tests.rights.flows import MAIL, NUMBER, approved, person_with
from tests.rights.test_access import fulfilled, pdf, wording
from tests.rights.test_plan_commands import command  # noqa: F401

ROOT = Path(__file__).parent.parent.parent
BY_HAND = Given(
    "Example Insurance plc",
    Role.THIRD_PARTY,
    ("names", "phone"),
    "joint_campaign",
    "consent",
    Way.BY_HAND,
    "",
)


def lines(made: MadeDesk, **question: Any) -> list[Disclosure]:
    with made.desk.reading() as db:
        return disclosures.listed(db, disclosures.Question(**question))


def stored(made: MadeDesk) -> int:
    with made.desk.reading() as db:
        return len(db.execute(select(table_of(Row).c.id)).all())


def counted(made: MadeDesk, action: str) -> int:
    with made.desk.reading() as db:
        found = [parse(body) for _, body in made.desk.log.bodies(db)]
    return sum(int(entry["count"]) for entry in found if entry["action"] == action)


def agreed(made: MadeDesk, number: int) -> Known:
    known = add_person(made.desk, f"+4420794601{number:02d}", f"p{number}@example.com")
    agree(made, known)
    return known


def sent(made: MadeDesk, path: Path, to: Recipient) -> exporting.Exported:
    return exporting.export(
        made.desk,
        made.dpo,
        path,
        audience(made),
        purpose=Purpose.MARKETING,
        channel=Channel.VOICE_LIVE,
        recipient=to,
    )


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_export_writes_one_line_a_person_and_agrees_with_the_log(
    made: MadeDesk, tmp_path: Path, data: st.DataObject
) -> None:
    for _ in range(data.draw(st.integers(0, 3))):
        agreed(made, len(list(tmp_path.glob("n*"))))
        (tmp_path / f"n{len(list(tmp_path.glob('n*')))}").touch()
    stopped = data.draw(st.booleans())
    path = tmp_path / f"out{len(list(tmp_path.glob('out*')))}.csv"

    def say_no() -> None:
        suppression.opt_out(made.desk, made.handler, phone="+442079460100", source="person")

    try:
        done = export(made, path, meanwhile=say_no if stopped else None)
    except Interrupted:
        path.touch()
    else:
        found = lines(made, ref=done.id)
        assert len(found) == done.count == len({line.subject_id for line in found})
        assert {line.given.recipient for line in found} <= {RECIPIENT}
        assert path.exists()
    assert len(lines(made)) == counted(made, "contacts.exported")
    assert stored(made) == counted(made, "contact.disclosed")


def test_a_killed_export_counts_exactly_if_its_release_was_logged(tmp_path: Path) -> None:
    desks, arguments = {}, []
    for when in ("before", "after"):
        made = make_desk(tmp_path / when)
        desks[when] = (made, agreed(made, 1))
        made.desk.close()
        folders = (made.settings.desk_dir, made.settings.state_base, tmp_path / when / "out.csv")
        arguments.append("|".join((when, *map(str, folders))))
    program = [sys.executable, "-m", "tests.disclosures.killed_export", *arguments]
    ended = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["killed", "killed"], ended.stderr
    for when, given_out in (("before", 0), ("after", 1)):
        made, known = desks[when]
        assert not (tmp_path / when / "out.csv").exists()
        made.desk = made.reopen()
        assert len(lines(made)) == given_out
        assert stored(made) == 1
        assert len(recipients.of(made.desk, [known.subject_id])) == given_out
        made.desk.close()


def test_an_export_before_the_ledger_is_told_from_the_log_and_never_twice(
    store: MadeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = agreed(store, 1)
    with monkeypatch.context() as older:
        older.setattr(disclosures, "record", lambda *_, **__: 0)
        export(store, tmp_path / "old.csv")
    (old,) = recipients.of(store.desk, [known.subject_id])
    assert (old.name, old.role) == (RECIPIENT, "recipient")
    store.clock.advance(timedelta(days=1))
    export(store, tmp_path / "new.csv", recipient="Example Posters AG")
    found = recipients.of(store.desk, [known.subject_id])
    assert sorted(each.name for each in found) == [RECIPIENT, "Example Posters AG"]


def test_a_number_given_to_a_dialer_outside_is_counted_once(made: MadeDesk) -> None:
    known = add_person(made.desk, NUMBER, MAIL)
    attempt = add_call(made, known, NUMBER)
    (own,) = recipients.of(made.desk, [known.subject_id])
    assert own.name.startswith("dialer ")

    def redeemed(unit: Any) -> None:
        disclosures.outside_permit(unit, known.subject_id, attempt, "Example Dialers Inc")
        unit.append("number.released", "gateway")

    made.desk.write(redeemed)
    (found,) = recipients.of(made.desk, [known.subject_id])
    assert (found.name, found.role, found.what) == ("Example Dialers Inc", "processor", "phone")


@pytest.mark.parametrize(
    ("kind", "way"), [(Kind.ACCESS, "package"), (Kind.PORTABILITY, "portability")]
)
def test_a_package_writes_one_line_without_a_name(
    store: MadeDesk, tmp_path: Path, kind: Kind, way: str
) -> None:
    brought = person_with(store, kind)
    fulfilled(store, brought.case.id, tmp_path / "answer.zip")
    (line,) = lines(store)
    assert (line.given.way, line.given.role, line.given.recipient) == (way, Role.PERSON, "")
    assert (line.given.ref, line.subject_id) == (brought.case.id, brought.known.subject_id)
    assert recipients.of(store.desk, [brought.known.subject_id]) == [], "not told of themselves"
    assert find_leaks(store.desk.folder, {NUMBER, MAIL, "Canarison"}) == []


def test_the_copy_of_a_package_that_is_given_again_is_another_line(
    made: MadeDesk, tmp_path: Path
) -> None:
    brought = person_with(made, Kind.ACCESS)
    fulfilled(made, brought.case.id, tmp_path / "answer.zip")
    copies.again(made.desk, made.handler, brought.case.id, tmp_path / "again.zip")
    assert [line.given.ref for line in lines(made)] == [brought.case.id] * 2


def test_a_recipient_is_one_row_of_the_record_of_processing(made: MadeDesk, tmp_path: Path) -> None:
    agreed(made, 1)
    agreed(made, 2)
    sent(made, tmp_path / "a.csv", Recipient("Example Mailing Ltd", Role.PROCESSOR, "DE"))
    made.clock.advance(timedelta(days=1))
    sent(made, tmp_path / "b.csv", Recipient("Example Mailing Ltd", Role.PROCESSOR, "DE"))
    (row,) = [total.document() for total in totals(lines(made))]
    assert (row["recipient"], row["lines"], row["country"]) == ("Example Mailing Ltd", 4, "DE")
    assert row["first"] < row["last"]


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM disclosure",
        "UPDATE disclosure SET recipient = 'Nobody'",
        "UPDATE disclosure SET sold = 1",
        "UPDATE disclosure SET subject_id = 4",
    ],
)
def test_a_line_is_never_changed_or_removed(store: MadeDesk, change: str) -> None:
    known = add_person(store.desk, NUMBER, MAIL)
    pages = disclosing.pages_of([known.subject_id])
    disclosing.add(store.desk, store.dpo, BY_HAND, pages, store.clock.now())
    with pytest.raises(DBAPIError, match="only ever added to"), store.desk.reads.begin() as db:
        db.execute(text(change))


def test_an_erasure_takes_the_person_from_the_ledger_and_knows_whom_to_tell(
    store: MadeDesk, tmp_path: Path
) -> None:
    known = add_person(store.desk, NUMBER, MAIL)
    agree(store, known)
    export(store, tmp_path / "out.csv")
    case = approved(store, Kind.ERASURE)
    erasure.run(store.desk, store.dpo, case.id)
    (line,) = lines(store)
    assert (line.subject_id, line.given.recipient) == (None, RECIPIENT)
    assert line.document()["person_erased"]
    with store.desk.reading() as db:
        (told,) = recipients.told(db, case.id)
    assert told["name"] == RECIPIENT
    disclosing.told(store.desk, store.dpo, case.id, RECIPIENT)
    (notice,) = lines(store, ref=case.id)
    assert (notice.given.way, notice.given.basis, notice.subject_id) == (
        Way.NOTICE,
        "GDPR Art. 19",
        None,
    )
    report = certificate.report(store.desk, store.dpo, case.id, named=False)
    (told_at,) = [each["told_at"] for each in report["recipients"]]
    assert told_at is not None
    with pytest.raises(BadInput, match="recorded already"):
        disclosing.told(store.desk, store.dpo, case.id, RECIPIENT)
    with pytest.raises(NotFound, match="does not list"):
        disclosing.told(store.desk, store.dpo, case.id, "Example Unknown Ltd")
    assert find_leaks(store.desk.folder, {NUMBER, MAIL, "Canarison"}) == []


def test_a_transfer_by_hand_goes_on_after_an_interruption_without_doubling(made: MadeDesk) -> None:
    people = [add_person(made.desk, f"+44207946010{n}", f"p{n}@example.com") for n in range(3)]
    ids = [known.subject_id for known in people]
    given_ = replace(BY_HAND, ref="ds-1")
    at = made.clock.now() - timedelta(days=3)
    first = disclosing.add(made.desk, made.dpo, given_, disclosing.pages_of(ids[:2]), at)
    again = disclosing.add(made.desk, made.dpo, given_, disclosing.pages_of(ids), at)
    assert (first.people, again.people, again.known) == (2, 1, 2)
    assert [line.at for line in lines(made)] == [at] * 3
    assert counted(made, "disclosure.recorded") == 3
    later = made.clock.now() + timedelta(seconds=1)
    with pytest.raises(BadInput, match="to come"):
        disclosing.add(made.desk, made.dpo, given_, disclosing.pages_of(ids), later)


def test_the_answer_to_a_person_in_oregon_names_the_third_parties(
    made: MadeDesk, tmp_path: Path
) -> None:
    known = add_person(made.desk, NUMBER, MAIL)
    agree(made, known)
    sent(made, tmp_path / "a.csv", Recipient("Example Mailing Ltd", Role.PROCESSOR))
    sent(made, tmp_path / "b.csv", Recipient("Example Lists Inc", Role.THIRD_PARTY, "US", True))
    found = recipients.of(made.desk, [known.subject_id])
    day = made.clock.now().date()
    owed = recipients.owed_lists(["US_OR", "US_CT", "EU_GDPR"], day, found)
    assert [(one["law"], one["names"]) for one in owed] == [
        ("US_OR", ["Example Lists Inc"]),
        ("US_CT", ["Example Lists Inc"]),
    ]
    seen: list[dict[str, Any]] = []

    def look(kind: str, data: dict[str, Any]) -> bytes:
        seen.append(data)
        return pdf(kind, data)

    case = approved(made, Kind.ACCESS, "US_OR")
    out = tmp_path / "answer.zip"
    answering.fulfil(made.desk, made.handler, case.id, out, renderer=look, wording=wording)
    (listed,) = seen[0]["third_parties"]
    assert (listed["names"], listed["citation"]) == (["Example Lists Inc"], "ORS 646A.574(1)(a)(B)")
    assert {each["name"] for each in seen[0]["recipients"]} >= {
        "Example Lists Inc",
        "Example Mailing Ltd",
    }


def test_the_ledger_as_a_person_meets_it_on_the_command_line(
    made: MadeDesk,
    command: Any,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = add_person(made.desk, NUMBER, MAIL)
    (tmp_path / "sent.csv").write_text(f"phone,mail\n{NUMBER},\n,nobody@example.com\n")
    code, done = command(
        *("disclosure", "add", "--csv", str(tmp_path / "sent.csv")),
        *("--recipient", "Example Insurance plc", "--role", "third_party", "--sold"),
        *("--what", "names,phone", "--why", "joint_campaign", "--basis", "consent"),
    )
    assert (code, done["people"], done["lines_of_nobody"]) == (0, 1, [3])
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{NUMBER}\n"))
    code, listed = command("disclosure", "list", "--phone", "-")
    assert (code, [each["recipient"] for each in listed["disclosures"]]) == (
        0,
        ["Example Insurance plc"],
    )
    assert listed["recipients"][0]["sold"] is True
    code, shown = command("disclosure", "show", listed["disclosures"][0]["id"])
    assert (code, shown["ref"]) == (0, done["id"])
    code, found = command("disclosure", "third-parties", "--law", "US_CT", "--phone", "-")
    assert code == 2, "standard input is read out"
    code, found = command("disclosure", "third-parties", "--law", "US_CT", "--any")
    assert (code, found["names"], found["scope"]) == (0, ["Example Insurance plc"], "any")
    code, refused = command("disclosure", "third-parties", "--law", "US_VA", "--any")
    assert (code, refused["error"]["what"]) == (2, "US_VA")
    assert known.subject_id
