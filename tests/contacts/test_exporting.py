"""The marketing export: only whom consent and law let be contacted, logged before it is there."""

from __future__ import annotations

import csv
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.actors import Actor
from privacy.audit.entry import parse
from privacy.consent import restrictions, suppression
from privacy.consent import store as consent_store
from privacy.consent.ledger import RecordKind
from privacy.consent.records import Evidence, NewRecord
from privacy.consented import Audience
from privacy.contacts import exporting
from privacy.contacts.cells import harmless, numbers_or_harmless
from privacy.contacts.exporting import Exported, Recipient
from privacy.errors import BadInput, Denied, Interrupted, MachineFailed
from privacy.gateway import decide, desk_law
from privacy.law import calling
from privacy.law.own_rules import OwnRules
from privacy.numbers import earlier_email_forms, fold_email
from privacy.rights import recipients
from privacy.terms import Channel, ConsentClass, ContactKind, Purpose, Role
from tests.canaries import find_leaks
from tests.desks import MadeDesk
from tests.gateway.scene import Law
from tests.persons import Known, add_person

RECIPIENT = "Example Mailing Ltd"
ANN, BOB = "+442079460101", "+442079460102"


def agree(
    made: MadeDesk, known: Known, channel: Channel = Channel.VOICE_LIVE, point: int | None = None
) -> None:
    new = NewRecord(
        known.subject_id,
        point or known.phone_point,
        RecordKind.GRANT,
        "marketing",
        channel.value,
        ConsentClass.PRIOR_EXPRESS_WRITTEN_CONSENT,
        made.clock.now() - timedelta(hours=1),
        "form",
        Evidence(reference="form-7"),
    )
    consent_store.record(made.desk, made.handler, [new])


@dataclass
class Wrapped:
    """An audience with something that happens between the writing and the release."""

    audience: Audience
    meanwhile: Callable[[], object]

    def people(self, db: Any, ids: Any) -> set[int]:
        return self.audience.people(db, ids)

    def points(self, db: Any, records: Any) -> dict[int, list[str]]:
        found = self.audience.points(db, records)
        if found:
            self.meanwhile()
        return found

    def refuse_changed(self, db: Any) -> None:
        self.audience.refuse_changed(db)


def audience(
    made: MadeDesk, channel: Channel = Channel.VOICE_LIVE, law: decide.Law | None = None
) -> Audience:
    return Audience(made.desk, Purpose.MARKETING, channel, law or Law(), made.clock.now())


def export(
    made: MadeDesk,
    path: Path,
    channel: Channel = Channel.VOICE_LIVE,
    law: decide.Law | None = None,
    meanwhile: Callable[[], object] | None = None,
    **given_: Any,
) -> Exported:
    chooser = audience(made, channel, law)
    return exporting.export(
        made.desk,
        given_.pop("actor", made.dpo),
        path,
        Wrapped(chooser, meanwhile) if meanwhile else chooser,
        purpose=Purpose.MARKETING,
        channel=channel,
        recipient=Recipient(given_.pop("recipient", RECIPIENT)),
    )


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def entries(made: MadeDesk) -> list[dict[str, Any]]:
    with made.desk.reading() as db:
        return [parse(body) for _, body in made.desk.log.bodies(db)]


def test_the_log_has_recipient_purpose_count_and_digest_of_the_file(
    store: MadeDesk, tmp_path: Path
) -> None:
    known = add_person(store.desk, ANN, "ann@example.com")
    agree(store, known)
    path = tmp_path / "out.csv"
    done = export(store, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert rows(path)[0] | {"given_name": ""} == {
        "given_name": "",
        "family_name": "Canarison",
        "full_name": "Canarina Canarison",
        "organisation": "",
        "language": "",
        "country": "GB",
        "phones": ANN,
        "emails": "",
    }
    lease, disclosed, last = entries(store)[-3:]
    assert last["action"] == "contacts.exported"
    assert (last["recipient"], last["purpose"], last["fields"]) == (
        RECIPIENT,
        "marketing",
        ["voice_live"],
    )
    assert (last["count"], last["digest"]) == (1, sha256(path.read_bytes()).hexdigest())
    assert (lease["object"], lease["purpose"]) == (done.id, "export")
    assert (disclosed["action"], disclosed["object"]) == ("contact.disclosed", done.id)
    assert (disclosed["recipient"], disclosed["subjects"]) == (RECIPIENT, lease["subjects"])
    assert last["object"] == done.id
    (told,) = recipients.of(store.desk, [known.subject_id])
    assert (told.name, told.why) == (RECIPIENT, "marketing"), "so the person can be told"
    assert find_leaks(store.desk.folder, {"ann@example.com", ANN}) == []
    with pytest.raises(BadInput, match="exists"):
        export(store, path)


def test_only_the_point_that_consented_is_given(store: MadeDesk, tmp_path: Path) -> None:
    known = add_person(store.desk, ANN, "ann@example.com")
    agree(store, known)
    agree(store, known, Channel.EMAIL, known.mail_point)
    export(store, tmp_path / "voice.csv")
    export(store, tmp_path / "mail.csv", Channel.EMAIL)
    (voice,), (mail,) = rows(tmp_path / "voice.csv"), rows(tmp_path / "mail.csv")
    assert (voice["phones"], voice["emails"]) == (ANN, "")
    assert (mail["phones"], mail["emails"]) == ("", "ann@example.com")


BEFORE, TODAY = "ann@strasse.example", fold_email("ann@straße.example")


@pytest.mark.parametrize(("held", "opted_out"), [(TODAY, BEFORE), (BEFORE, TODAY)])
def test_an_opt_out_of_an_address_as_it_was_folded_before_still_stands(
    made: MadeDesk, tmp_path: Path, held: str, opted_out: str
) -> None:
    assert earlier_email_forms(TODAY) == (BEFORE,)
    known = add_person(made.desk, ANN, held)
    agree(made, known, Channel.EMAIL, known.mail_point)
    if opted_out is TODAY:
        suppression.opt_out(made.desk, made.handler, email=TODAY, source="person")
    else:
        tag = made.desk.vault.keyring.tags.mail_tag(BEFORE)
        suppression.opt_out_tag(made.desk, made.handler.id, tag, ContactKind.EMAIL, source="person")
    export(made, tmp_path / "mail.csv", Channel.EMAIL)
    assert rows(tmp_path / "mail.csv") == []


def test_who_never_consented_is_not_even_opened(made: MadeDesk, tmp_path: Path) -> None:
    add_person(made.desk, ANN, "ann@example.com")
    before = len(entries(made))
    assert export(made, tmp_path / "out.csv").count == 0
    assert [entry["action"] for entry in entries(made)[before:]] == ["contacts.exported"]


def test_a_number_that_a_housemate_opted_out_of_is_in_no_export(
    store: MadeDesk, tmp_path: Path
) -> None:
    known = add_person(store.desk, ANN, "ann@example.com")
    agree(store, known)
    suppression.opt_out(store.desk, store.handler, phone=ANN, source="person")
    store.clock.advance(timedelta(days=1))
    housemate = add_person(store.desk, ANN, "bob@example.com")
    agree(store, housemate)
    export(store, tmp_path / "out.csv")
    assert len(rows(tmp_path / "out.csv")) == 1, "the one who consented since"
    with store.desk.reading() as db:
        assert audience(store).people(db, [known.subject_id]) == set()


def test_a_consent_older_than_an_opt_out_of_its_number_gives_nothing(
    store: MadeDesk, tmp_path: Path
) -> None:
    suppression.opt_out(store.desk, store.handler, phone=ANN, source="person")
    store.clock.advance(timedelta(days=1))
    agree(store, add_person(store.desk, ANN, "bob@example.com"))
    late = add_person(store.desk, ANN, "eve@example.com", family="Late")
    old = NewRecord(
        late.subject_id,
        late.phone_point,
        RecordKind.GRANT,
        "marketing",
        "voice_live",
        ConsentClass.PRIOR_EXPRESS_WRITTEN_CONSENT,
        store.clock.now() - timedelta(days=9),
        "form",
        Evidence(reference="form-6"),
    )
    consent_store.record(store.desk, store.handler, [old])
    export(store, tmp_path / "out.csv")
    assert [row["family_name"] for row in rows(tmp_path / "out.csv")] == ["Canarison"]


def test_the_calling_law_is_asked_for_each_number(store: MadeDesk, tmp_path: Path) -> None:
    for number, mail in ((ANN, "ann@example.com"), (BOB, "bob@example.com")):
        agree(store, add_person(store.desk, number, mail))

    def law(document: dict[str, Any], _: OwnRules | None = None, /) -> dict[str, Any]:
        assert document["campaign"] == "marketing"
        allowed = document["number"] == BOB
        return {"decision": "allow" if allowed else "deny", "earliest_allowed": None}

    export(store, tmp_path / "out.csv", law=law)
    assert [row["phones"] for row in rows(tmp_path / "out.csv")] == [BOB]


def test_a_closed_hour_is_no_reason_to_leave_somebody_out(made: MadeDesk, tmp_path: Path) -> None:
    agree(made, add_person(made.desk, ANN, "ann@example.com"))
    hour = made.clock.now().hour
    assert export(made, tmp_path / "a.csv", law=Law(hour + 1, hour + 2)).count == 1


def test_the_real_law_keeps_a_number_of_an_unknown_place_out(
    made: MadeDesk, tmp_path: Path
) -> None:
    agree(made, add_person(made.desk, "+99912345678", "ann@example.com"))
    assert export(made, tmp_path / "out.csv", law=calling.answer).count == 0


def test_the_law_hears_what_the_gate_would_tell_it(made: MadeDesk, tmp_path: Path) -> None:
    agree(made, add_person(made.desk, ANN, "ann@example.com"))
    desk_law.declare_emergency(made.desk, made.dpo, "GB")
    heard: list[dict[str, Any]] = []

    def law(document: dict[str, Any], _: OwnRules | None = None, /) -> dict[str, Any]:
        heard.append(document)
        return {"decision": "allow"}

    assert export(made, tmp_path / "out.csv", law=law).count == 1
    (document,) = heard
    assert document["context"]["seller"] == {"name": "Example Retail"}
    assert document["context"]["emergency_declared"] == ["GB"]


@pytest.mark.parametrize("how", ["opt_out", "withdrawn", "restricted"])
def test_who_says_no_while_it_is_written_is_not_released(
    store: MadeDesk, tmp_path: Path, how: str
) -> None:
    known = add_person(store.desk, ANN, "ann@example.com")
    agree(store, known)

    def meanwhile() -> None:
        if how == "opt_out":
            suppression.opt_out(store.desk, store.handler, phone=ANN, source="person")
        elif how == "withdrawn":
            consent_store.withdraw(
                store.desk, store.handler, known.subject_id, None, source="letter"
            )
        else:
            restrictions.place(store.desk, store.handler, known.subject_id, "contested")

    path = tmp_path / "out.csv"
    with pytest.raises(Interrupted, match="said no"):
        export(store, path, meanwhile=meanwhile)
    assert list(tmp_path.glob("out*")) == []
    assert "contacts.exported" not in [entry["action"] for entry in entries(store)]
    assert recipients.of(store.desk, [known.subject_id]) == [], "nothing was released"
    assert export(store, path).count == 0


def test_nothing_is_there_when_the_log_cannot_be_written(
    made: MadeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agree(made, add_person(made.desk, ANN, "ann@example.com"))
    path = tmp_path / "out.csv"
    seen: list[bool] = []

    class Failing(Audience):
        def refuse_changed(self, db: Any) -> None:
            seen.append(path.exists())
            raise MachineFailed("The disk is full.", what="main")

    chooser = Failing(made.desk, Purpose.MARKETING, Channel.VOICE_LIVE, Law(), made.clock.now())
    with pytest.raises(MachineFailed):
        exporting.export(
            made.desk,
            made.dpo,
            path,
            chooser,
            purpose=Purpose.MARKETING,
            channel=Channel.VOICE_LIVE,
            recipient=Recipient(RECIPIENT),
        )
    assert seen == [False]
    assert list(tmp_path.glob("out*")) == []


@pytest.mark.parametrize(
    "recipient",
    ["", "x", "ann@example.com", "+44 20 7946 0018", "Ann 02079 460018", "a" * 90, "line\nbreak"],
)
def test_a_recipient_is_no_address_and_no_number(
    made: MadeDesk, tmp_path: Path, recipient: str
) -> None:
    with pytest.raises(BadInput) as refused:
        export(made, tmp_path / "out.csv", recipient=recipient)
    assert recipient not in refused.value.message or not recipient
    assert list(tmp_path.glob("out*")) == []


def test_a_role_that_may_not_exports_nothing(made: MadeDesk, tmp_path: Path) -> None:
    for role in (Role.ADMIN, Role.AUDITOR, Role.DIALER):
        with pytest.raises(Denied):
            export(made, tmp_path / "out.csv", actor=Actor("other", role))
    assert list(tmp_path.glob("out*")) == []


FORMULAS = ("=1+1", "=1+cmd|'/C calc'!A0", "+1+cmd|x", "-1", "@SUM(1)", "\t=1", " =1", "＝1", "－2")


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_cell_that_a_spreadsheet_would_run_is_a_text(
    made: MadeDesk, tmp_path: Path, cell: str
) -> None:
    known = add_person(made.desk, ANN, "ann@example.com", family=cell)
    agree(made, known)
    export(made, tmp_path / "out.csv")
    (row,) = rows(tmp_path / "out.csv")
    assert row["family_name"].replace("\t'", "\t") == f"'{cell}", "also behind a tab"
    assert row["phones"] == ANN, "a number stays one"


@given(st.text())
def test_no_cell_begins_as_a_formula(text: str) -> None:
    for cell in (harmless(text), numbers_or_harmless(text)):
        stripped = cell.lstrip("\ufeff\u200b \t\r\n\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0")
        if not cell.startswith("'"):
            assert not stripped or stripped[0] not in "=+-@＝＋－＠" or cell == text
            assert not cell.startswith(("=", "-", "@", "\t", "\r", "\n"))
            assert not cell.startswith("+") or cell[1:].replace(" ::: +", "").isdigit()
