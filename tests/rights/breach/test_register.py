"""The register: clock and reasons, phases, two persons, letters, the record, the day."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from privacy.audit.entry import parse
from privacy.contacts.store import Record
from privacy.errors import BadInput
from privacy.rights import today
from privacy.rights.breach import (
    account,
    affected,
    counting,
    notice,
    noticing,
    record,
    register,
    reminders,
    telling,
)
from privacy.rights.breach import store as breaches
from privacy.rights.breach.account import Account, Words
from privacy.rights.breach.states import Event, Ground, Risk
from privacy.rights.breach.store import Breach, New
from privacy.rights.case import NotNow
from privacy.rights.letters.breach import letter_for
from privacy.storage.tables.base import table_of
from privacy.storage.tables.letters import Letter
from privacy.storage.unit import Unit
from tests.canaries import find_leaks
from tests.desks import MadeDesk
from tests.persons import add_person
from tests.rights.flows import MAIL, NUMBER
from tests.rights.test_plan_commands import command  # noqa: F401

SECRET_WORDS = "An attacker copied the canary table from the server."
TOLD = Account(
    {
        "en": Words(SECRET_WORDS, "Unwanted calls.", "The account was closed.", "Be careful."),
        "de": Words("Eine Tabelle wurde kopiert.", "Anrufe.", "Konto gesperrt.", "Vorsicht."),
    },
    ("customers",),
    ("name", "phone"),
    contact="privacy office",
)
HOUR = timedelta(hours=1)


def opened(made: MadeDesk, told: Account = TOLD, **more: Any) -> Breach:
    return register.open_breach(made.desk, made.dpo, made.clock.now(), told, **more)


def shown(made: MadeDesk, breach: Breach) -> Any:
    with made.desk.reading() as db:
        found = breaches.breach(db, breach.id)
        return found, breaches.standing(found, breaches.timeline(db, breach.id))


def notified(made: MadeDesk, breach: Breach, **more: Any) -> dict[str, Any]:
    return register.notify(made.desk, made.dpo, breach.id, "EU_GDPR", **more)


def test_the_account_is_sealed_and_the_codes_stand_open(store: MadeDesk) -> None:
    breach = opened(store)
    register.tell(store.desk, store.dpo, breach.id, New(Event.NOTED, None, {}, "Canary was here."))
    assert register.read_account(store.desk, store.dpo, breach.id) == TOLD
    assert register.read_notes(store.desk, store.dpo, breach.id) == {2: "Canary was here."}
    changed = replace(TOLD, records=7)
    register.change_account(store.desk, store.handler, breach.id, changed)
    assert register.read_account(store.desk, store.dpo, breach.id).records == 7
    found, standing = shown(store, breach)
    assert (found.state, found.risk, standing.state) == ("open", "unknown", "open")
    assert find_leaks(store.desk.folder, {SECRET_WORDS, "Canary was here."}) == []


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM breach_event",
        "UPDATE breach_event SET at = 9",
        "UPDATE breach_event SET facts = '{}'",
    ],
)
def test_a_timeline_is_only_ever_added_to(store: MadeDesk, change: str) -> None:
    opened(store)
    with pytest.raises(DBAPIError, match="only ever added to"), store.desk.reads.begin() as db:
        db.execute(text(change))


def test_an_instant_to_come_or_an_end_before_the_beginning_is_refused(made: MadeDesk) -> None:
    now = made.clock.now()
    with pytest.raises(BadInput, match="not to come"):
        register.open_breach(made.desk, made.dpo, now + HOUR, TOLD)
    with pytest.raises(BadInput, match="ended before"):
        opened(made, began_at=now - HOUR, ended_at=now - 2 * HOUR)


def test_a_late_notice_needs_its_reasons_and_one_in_time_does_not(made: MadeDesk) -> None:
    breach = opened(made)
    made.clock.advance(timedelta(hours=72, seconds=1))
    with pytest.raises(BadInput, match="Reasons are missing") as refused:
        notified(made, breach)
    assert "33(1)" in refused.value.next
    in_time = made.clock.now() - timedelta(seconds=1)
    assert notified(made, breach, at=in_time)["late"] is False, "sent in the last second"
    other = opened(made)
    made.clock.advance(timedelta(hours=80))
    facts = notified(made, other, delay_reasons="The scope was not known.")
    assert (facts["late"], facts["phase"], facts["complete"]) == (True, 1, False)
    made.clock.advance(timedelta(days=9))
    assert notified(made, other, complete=True)["late"] is False, "a later phase is not late"
    assert shown(made, other)[1].notified == {"EU_GDPR": 2}


def test_correcting_when_the_controller_became_aware_moves_the_clock_and_keeps_both(
    made: MadeDesk,
) -> None:
    breach = opened(made)
    earlier = made.clock.now() - timedelta(hours=10)
    with pytest.raises(BadInput, match="Reasons"):
        register.correct_aware(made.desk, made.dpo, breach.id, earlier, " ")
    register.correct_aware(made.desk, made.dpo, breach.id, earlier, "The mail was older.")
    found, _ = shown(made, breach)
    assert found.aware_at == earlier
    (clock, *_) = register.clocks_of(made.desk, found, made.clock.now())
    assert clock.hours_left(made.clock.now()) == 62.0
    with made.desk.reading() as db:
        last = breaches.timeline(db, breach.id)[-1]
    assert last.facts["was"] == breach.aware_at.isoformat()


def test_people_are_not_told_only_with_custody_shown_and_a_second_person(made: MadeDesk) -> None:
    breach = opened(made)
    register.assess(made.desk, made.dpo, breach.id, Risk.HIGH, "Numbers were copied.")
    desk = made.desk

    def propose() -> None:
        register.propose_not_telling(
            desk, made.dpo, breach.id, Ground.UNINTELLIGIBLE, "Only sealed parts left."
        )

    with pytest.raises(NotNow, match="shown first"):
        propose()
    facts = register.prove_custody(desk, made.dpo, breach.id)
    assert facts["epoch"] == 1
    assert facts["log_root"]
    propose()
    with pytest.raises(NotNow, match="second person"):
        register.approve_not_telling(desk, made.dpo, breach.id)
    register.approve_not_telling(desk, made.handler, breach.id)
    with pytest.raises(NotNow, match="still owed: notify authority"):
        register.close(desk, made.dpo, breach.id)
    notified(made, breach, complete=True)
    register.close(desk, made.dpo, breach.id)
    assert shown(made, breach)[0].state == "closed"
    register.tell(desk, made.dpo, breach.id, New(Event.REOPENED))
    assert shown(made, breach)[0].closed_at is None


def test_the_notice_has_every_item_of_article_33_3_and_names_what_is_missing(
    made: MadeDesk,
) -> None:
    breach = opened(made)
    empty = opened(made, Account())
    add_person(made.desk, NUMBER, MAIL)
    pages = [[add_person(made.desk, "+442079460199", "z@example.com").subject_id]]
    affected.by_pages(made.desk, made.dpo, breach.id, pages, "list", "x", ("phone",))
    counting.count_countries(made.desk, made.dpo, breach.id)
    fields = noticing.prepare(made.desk, made.dpo, breach.id, "EU_GDPR")
    assert (fields["missing"], fields["late"], fields["phase"]) == ([], False, 1)
    values = {name: value for row in fields["items"] for name, value in row["values"]}
    assert values["persons"] == {"computed": 1, "GB": 1}
    assert values["categories_of_data"] == {"phone": 1}
    assert fields["authority"]["name"].startswith("Berliner Beauftragte")
    words = notice.text(fields)
    assert SECRET_WORDS in words
    assert "privacy office" in words
    bare = noticing.prepare(made.desk, made.dpo, empty.id, "EU_GDPR")
    assert bare["missing"] == ["a33.3a", "a33.3b", "a33.3c", "a33.3d"]
    assert "(33(4))" in notice.text(bare).replace("Art. ", "")
    made.clock.advance(timedelta(hours=73))
    late = noticing.prepare(made.desk, made.dpo, breach.id, "EU_GDPR")
    assert (late["late"], late["missing"]) == (True, ["a33.late"])
    with pytest.raises(BadInput, match="asks for no notice"):
        noticing.prepare(made.desk, made.dpo, breach.id, "US_OR")


def people_of(made: MadeDesk, count: int, **more: Any) -> list[int]:
    return [
        add_person(made.desk, f"+4420794603{n:02d}", f"canary{n}@example.com", **more).subject_id
        for n in range(count)
    ]


def lettered(made: MadeDesk) -> int:
    with made.desk.reading() as db:
        return len(db.execute(select(table_of(Letter).c.id)).all())


def test_each_affected_person_gets_one_letter_also_after_an_interruption(
    store: MadeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    breach = opened(store)
    pages = [people_of(store, 3)]
    with pytest.raises(BadInput, match="began is not recorded"):
        telling.make_letters(store.desk, store.dpo, breach.id)
    began = store.clock.now() - HOUR
    register.date_it(store.desk, store.dpo, breach.id, began_at=began)
    affected.by_pages(store.desk, store.dpo, breach.id, pages, "list", "x", ("name", "phone"))
    real: Callable[..., str] = letter_for
    written: list[str] = []

    def dying(*given: Any, **more: Any) -> str:
        letter = real(*given, **more)
        written.append(letter)
        if len(written) == 2:
            raise KeyboardInterrupt
        return letter

    monkeypatch.setattr(telling, "letter_for", dying)
    with pytest.raises(KeyboardInterrupt):
        telling.make_letters(store.desk, store.dpo, breach.id)
    assert lettered(store) == 2
    monkeypatch.setattr(telling, "letter_for", real)
    made = telling.make_letters(store.desk, store.dpo, breach.id)
    assert (made.letters, made.by_email, lettered(store)) == (2, 2, 3)
    assert telling.make_letters(store.desk, store.dpo, breach.id).letters == 0
    assert counting.figures(store.desk, breach.id).with_letter == 3
    assert find_leaks(store.desk.folder, {"canary1@example.com", SECRET_WORDS}) == []


@pytest.mark.parametrize(
    ("home", "law"),
    [
        ({"country": "DE"}, "EU_GDPR"),
        ({"country": "GB"}, "UK_GDPR"),
        ({"country": "US", "region": "CA"}, "US_CA"),
        ({"country": "US", "region": "NV"}, "EU_GDPR"),
        ({}, "EU_GDPR"),
    ],
)
def test_a_person_is_told_by_the_law_of_where_they_live(home: dict[str, str], law: str) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    record_ = Record(1, None, "consent", "test", "2026-01-01", at, {"addresses": [home]}, ())
    assert telling.law_of(["EU_GDPR", "UK_GDPR", "US_CA"], record_) == law


def test_people_count_as_told_once_every_letter_was_sent(made: MadeDesk) -> None:
    breach = opened(made, began_at=made.clock.now() - HOUR)
    register.assess(made.desk, made.dpo, breach.id, Risk.HIGH, "Numbers were copied.")
    pages = [people_of(made, 2)]
    affected.by_pages(made.desk, made.dpo, breach.id, pages, "list", "x", ("phone",))
    with pytest.raises(NotNow, match="2 persons have no letter"):
        telling.people_told(made.desk, made.dpo, breach.id, "letters", None)
    telling.make_letters(made.desk, made.dpo, breach.id)
    with pytest.raises(NotNow, match="2 persons"):
        telling.people_told(made.desk, made.dpo, breach.id, "letters", None)

    def sent(unit: Unit) -> None:
        unit.db.execute(update(table_of(Letter)).values(sent_at=1_795_000_000_000_000))
        unit.append("test.sent", "test")

    made.desk.write(sent)
    telling.people_told(made.desk, made.dpo, breach.id, "letters", None)
    assert shown(made, breach)[1].people_told


def test_a_record_without_any_notice_holds_facts_decisions_and_log(
    made: MadeDesk, tmp_path: Path
) -> None:
    breach = opened(made)
    pages = [people_of(made, 2)]
    affected.by_pages(made.desk, made.dpo, breach.id, pages, "source", "test", ("phone",))
    register.assess(made.desk, made.dpo, breach.id, Risk.UNLIKELY, "The copy was encrypted.")
    register.close(made.desk, made.dpo, breach.id)
    found = record.document(made.desk, made.dpo, breach.id)
    assert found["facts"]["words"]["en"]["happened"] == SECRET_WORDS
    assert (found["effects"]["people"], found["owed"], found["state"]) == (2, [], "closed")
    assert found["effects"]["computed"][0]["which"] == "test"
    decided = {each["type"]: each["note"] for each in found["decisions"]}
    assert decided == {"assessed": "The copy was encrypted.", "closed": ""}
    with made.desk.reading() as db:
        bodies = {parse(body)["id"]: index for index, body in made.desk.log.bodies(db)}
    assert found["log"]["entries"]
    assert all(bodies[each["entry"]] == each["index"] for each in found["log"]["entries"])
    assert all(each["index"] < found["log"]["size"] for each in found["log"]["entries"])
    files = noticing.write(
        made.desk, made.dpo, tmp_path / "record", found, record.text(found), "breach.record_made"
    )
    assert sorted(Path(name).suffix for name in files) == [".json", ".txt"]
    assert json.loads((tmp_path / "record.json").read_text()) == found
    assert "The copy was encrypted." in (tmp_path / "record.txt").read_text()
    with pytest.raises(BadInput, match="there already"):
        noticing.write(made.desk, made.dpo, tmp_path / "record", found, "", "breach.record_made")


@pytest.mark.parametrize(
    ("left", "level"),
    [
        (49.0, ""),
        (48.0, "48_hours"),
        (24.1, "48_hours"),
        (24.0, "24_hours"),
        (6.0, "6_hours"),
        (0.1, "6_hours"),
        (0.0, "overdue"),
        (-9.0, "overdue"),
        (None, ""),
    ],
)
def test_the_level_of_a_reminder(left: float | None, level: str) -> None:
    assert reminders.level_of(left) == level


def test_reminders_are_made_once_a_level_and_end_with_the_notice(store: MadeDesk) -> None:
    breach = opened(store)
    made = []
    for hours in (23, 1, 1, 23, 18, 5, 2):
        store.clock.advance(timedelta(hours=hours))
        made.append(reminders.make(store.desk, store.dpo))
    assert made == [0, 1, 0, 1, 1, 0, 1], "48, 24, 6 hours left, overdue"
    assert reminders.make(store.desk, store.dpo) == 0
    with store.desk.reading() as db:
        found = breaches.breach(db, breach.id)
    (clock,) = register.clocks_of(store.desk, found, store.clock.now())
    late = reminders.make_one(store.desk, store.dpo, breach.id, clock, "overdue")
    assert late == 0, "another process made it meanwhile"
    other = opened(store)
    notified(store, other)
    store.clock.advance(timedelta(hours=60))
    assert {row.breach.id for row, *_ in reminders.due(store.desk)} <= {breach.id}


def test_the_day_begins_with_the_breach_that_has_the_fewest_hours_left(made: MadeDesk) -> None:
    first = opened(made)
    made.clock.advance(timedelta(hours=5))
    second = opened(made)
    found = today.today(made.desk, made.dpo)
    assert [each.breach.id for each in found.breaches] == [first.id, second.id]
    document = today.document(found)
    assert list(document)[2] == "breaches"
    assert [each["hours_left"] for each in document["breaches"]] == [67.0, 72.0]
    assert document["breaches"][0]["owed"] == ["assess", "notify_authority"]


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"word": {}},
        {"words": {"xx": {}}},
        {"words": {"en": {"happend": "x"}}},
        {"words": {"en": {"happened": 3}}},
        {"categories_of_data": ["soul"]},
        {"persons": -1},
        {"persons": True},
    ],
)
def test_an_account_that_cannot_be_read_is_refused_by_its_field(document: Any) -> None:
    with pytest.raises(BadInput):
        account.from_document(document)


def test_a_breach_as_a_person_meets_it_on_the_command_line(
    made: MadeDesk,
    command: Any,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    people_of(made, 2)
    path = tmp_path / "account.json"
    path.write_text(json.dumps(TOLD.document()))
    aware = (made.clock.now() - HOUR).isoformat()
    code, found = command("breach", "open", "--aware", aware, "--account", str(path))
    assert (code, found["clocks"][0]["hours_left"]) == (0, 71.0)
    breach = found["id"]
    code, found = command("breach", "affected", breach, "--source", "test", "--what", "phone")
    assert (code, found["people"], found["by_data"]) == (0, 2, {"phone": 2})
    since, until = (made.clock.now() - 9 * HOUR).isoformat(), made.clock.now().isoformat()
    arguments = ("--actor", "mallory", "--from", since, "--to", until)
    code, found = command("breach", "affected", breach, *arguments)
    assert (code, found["added"], found["by_actor"]) == (0, 0, {})
    code, found = command("breach", "affected", breach, "--countries")
    assert (code, found["by_country"]) == (0, {"GB": 2})
    monkeypatch.setattr("sys.stdin", io.StringIO("Numbers were copied.\n"))
    code, found = command("breach", "assess", breach, "--risk", "high", "--reasons", "-")
    assert (code, found["owed"]) == (0, ["notify_authority", "tell_people"])
    code, found = command("breach", "notify", breach, "--out", str(tmp_path / "notice"))
    assert (code, found["missing"], (tmp_path / "notice.txt").exists()) == (0, [], True)
    code, found = command("breach", "notify", breach, "--sent", "--complete")
    assert (code, found["complete"]) == (0, ["EU_GDPR"])
    code, found = command("breach", "event", breach, "--began", since)
    assert (code, found["began"][:10]) == (0, since[:10])
    code, found = command("breach", "letters", breach)
    assert (code, found["letters"]) == (0, 2)
    code, found = command("breach", "close", breach)
    assert (code, found["error"]["code"]) == (1, "not_now")
    code, found = command("breach", "notify", breach, "--people", "public")
    assert (code, found["owed"]) == (0, [])
    code, found = command("breach", "record", breach, "--out", str(tmp_path / "record"))
    assert code == 0
    code, found = command("breach", "close", breach)
    assert (code, found["state"]) == (0, "closed")
    code, found = command("breach", "list")
    assert [each["id"] for each in found["breaches"]] == [breach]
    for words in (("breach", "show", breach), ("today",), ("breach", "list"), ("work", "--list")):
        code, shown_text = command(*words, text=True)
        assert code == 0
        assert "canary" not in shown_text
