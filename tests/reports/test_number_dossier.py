"""The dossier of a number, and who called as its short form: opened on record, proven, sealed."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pyzipper

from privacy.cli import sealed
from privacy.cli.report_made import parties
from privacy.consent import notices, suppression
from privacy.consent import store as consents
from privacy.consent.ledger import RecordKind
from privacy.consent.records import Evidence, NewRecord
from privacy.errors import Altered
from privacy.gateway import dossier
from privacy.gateway.outcomes import Told
from privacy.gateway.protocol import EventKind
from privacy.gateway.whocalled import person_of
from privacy.terms import ConsentClass, ContactKind, Language, OpeningPurpose
from reports import number_dossier, reading, who_called
from reports.canonical import canonical
from tests.canaries import find_leaks
from tests.desks import MadeDesk, make_desk
from tests.gateway.scene import SCRIPT, Scene, number, scene
from tests.gateway.test_outcomes import KEY, TALKING, dialled, tell
from tests.persons import add_person
from tests.reports import dossier_examples, pdfs
from tests.reports.examples import BASE


@dataclass
class Asked:
    """A desk, a called person who opted out, and the dossier of the number."""

    made: MadeDesk
    set_up: Scene
    found: dict[str, Any]
    consent: str
    attempt: str
    folder: Path

    def data(self) -> dict[str, Any]:
        return {
            **parties(self.made.desk),
            "schema": number_dossier.SCHEMA,
            "made_for": "authority",
            "number": number(0),
            "zone": "Europe/Berlin",
            "read_at": self.made.clock.now().isoformat(),
            **deepcopy(self.found),
            "limits": ["x"],
        }


def opened(
    made: MadeDesk, n: int = 0, purpose: OpeningPurpose = OpeningPurpose.LEGAL_GROUND, **more: Any
) -> dict[str, Any]:
    whom = person_of(made.desk, made.dpo, ContactKind.PHONE, number(n), purpose=purpose, **more)
    return dossier.dossier(made.desk, made.dpo, whom, purpose)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    folder = tmp_path_factory.mktemp("dossier")
    made = make_desk(folder)
    set_up = scene(made, 2)
    shown = notices.add(made.desk, made.handler, "autumn", "en", "You agree to recorded calls.")
    person = set_up.people[0]
    (consent,) = consents.record(
        made.desk,
        made.handler,
        [
            NewRecord(
                person.subject_id, person.phone_point, RecordKind.GRANT, "marketing",
                "voice_prerecorded", ConsentClass.PRIOR_EXPRESS_WRITTEN_CONSENT,
                made.clock.now() - timedelta(hours=1), "web_form",
                Evidence(shown.id, shown.version, shown.sha256, reference="form canary-118"),
            )
        ],
    )  # fmt: skip
    (attempt,) = dialled(set_up)
    tell(set_up, attempt, *TALKING, KEY, Told(6, EventKind.ENDED, 9_200, "remote"))
    made.clock.advance(timedelta(minutes=1))
    suppression.opt_out(made.desk, made.handler, phone=number(0), source="letter")
    yield Asked(made, set_up, opened(made), consent, attempt, folder)
    made.desk.close()


def test_a_dossier_tells_consent_text_call_prompt_decision_and_opt_out(asked: Asked) -> None:
    found = asked.found
    given = {each["id"]: each for each in found["consents"]}[asked.consent]
    assert given["text_shown"] == "You agree to recorded calls."
    assert given["evidence"]["reference"] == "form canary-118"
    kinds = {each["id"]: each["kind"] for each in found["consents"]}
    assert {kinds[name] for name in given["ended_by"]} == {"withdrawal"}
    (call,) = found["calls"]
    assert (call["call"], call["purpose"]) == (asked.attempt, "marketing")
    assert call["heard"]["text"] == SCRIPT
    assert call["consent"]["id"] == asked.consent
    assert call["decision"]["deciding_rule"] == "test-consent"
    assert {"rule": "test-consent", "effect": "allow"} in call["decision"]["rules"]
    in_call, by_letter = found["opt_outs"]
    assert (in_call["in_call"], by_letter["source"]) == (asked.attempt, "letter")


def test_every_part_has_its_entry_with_a_proof_that_holds(asked: Asked) -> None:
    data = number_dossier.checked(asked.data())
    assert number_dossier.contradictions(data, {}) == []
    figures = number_dossier.figures(data)
    assert figures["unproven"] == []
    assert figures["proven"] == len(asked.found["consents"]) + 1 + 2
    actions = {json.loads(each["entry"])["action"] for each in asked.found["log"]["entries"]}
    assert actions == {
        "consent.recorded",
        "consent.withdrawn",
        "number.released",
        "optout.recorded",
    }


def test_reading_it_is_an_opening_with_actor_and_purpose_before_anything_is_read(
    asked: Asked,
) -> None:
    with asked.made.desk.reading() as db:
        entries = [json.loads(body) for _, body in asked.made.desk.log.bodies(db)]
    mine = [e for e in entries if e["action"] in (dossier.ASKED, "call.who_called")]
    assert mine
    assert {(e["actor"], e["purpose"]) for e in mine} == {(asked.made.dpo.id, "legal_ground")}
    assert all(len(e["subjects"]) == 1 for e in mine)


def test_no_opening_no_dossier(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """The entry could not be written: nothing is read."""
    made = asked.made
    whom = person_of(made.desk, made.dpo, ContactKind.PHONE, number(0))

    def broken(*_: Any) -> None:
        raise OSError

    monkeypatch.setattr(type(made.desk.writes), "write", broken)
    with pytest.raises(OSError):
        dossier.dossier(made.desk, made.dpo, whom, OpeningPurpose.RIGHTS_REQUEST)


def test_an_unknown_number_gets_the_same_form_with_nothing_in_it(asked: Asked) -> None:
    unknown = opened(asked.made, 77)
    assert unknown.keys() == asked.found.keys()
    lists = ("consents", "calls", "refusals", "opt_outs", "earlier_dialer")
    assert not any(unknown[name] for name in lists)
    data = {**asked.data(), **unknown}
    figures = number_dossier.figures(number_dossier.checked(data))
    assert figures["verdict"] == "nothing"


def test_of_a_housemate_with_the_number_only_that_a_call_was_for_another_is_told(
    asked: Asked,
) -> None:
    made = asked.made
    made.clock.advance(timedelta(milliseconds=5))
    housemate = add_person(made.desk, number(0), "housemate@example.org")
    found = opened(made, person=housemate.subject_id)
    (call,) = found["calls"]
    assert call["for_somebody_else"]
    assert (call["decision"], call["consent"], call["heard"], call["entry"]) == (
        None,
        None,
        None,
        "",
    )
    assert found["consents"] == []
    assert (
        number_dossier.contradictions(number_dossier.checked({**asked.data(), **found}), {}) == []
    )


def test_a_call_released_after_an_opt_out_that_stood_is_named(asked: Asked) -> None:
    data = asked.data()
    before = number_dossier.figures(number_dossier.checked(data))
    assert before["after_opt_out"] == []
    late = {**data["calls"][0], "at": "2030-01-01T00:00:00+00:00", "call": "at-late"}
    data["calls"].append(late)
    assert number_dossier.figures(number_dossier.checked(data))["after_opt_out"] == ["at-late"]
    for each in data["opt_outs"]:
        each["lifts"] = [
            {
                "consent": "c-9",
                "purpose": late["purpose"],
                "channel": late["channel"],
                "at": "2029-01-01T00:00:00+00:00",
            }
        ]
    assert number_dossier.figures(number_dossier.checked(data))["after_opt_out"] == []


def flipped(text: str) -> str:
    raw = bytearray(base64.b64decode(text))
    raw[0] ^= 1
    return base64.b64encode(raw).decode()


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["consents"][0].update(text_shown="Another text."),
        lambda d: d["calls"][0].update(entry="e-000001"),
        lambda d: d["calls"][0].update(entry="e-999999"),
        lambda d: d["opt_outs"][0].update(entry="e-000002"),
        lambda d: d["log"]["entries"][0]["proof"].__setitem__(
            0, flipped(d["log"]["entries"][0]["proof"][0])
        ),
        lambda d: d["log"]["entries"][1].update(index=4),
        lambda d: d["log"].update(checkpoint=d["log"]["checkpoint"].replace("6\n", "7\n", 1)),
        lambda d: d["log"]["entries"][1].update(
            entry=d["log"]["entries"][1]["entry"].replace("at-000001", "at-000009")
        ),
    ],
)
def test_a_dossier_whose_proofs_do_not_hold_is_altered(change: Any) -> None:
    data = dossier_examples.dossier(deepcopy(BASE))
    assert number_dossier.contradictions(number_dossier.checked(data), {}) == []
    change(data)
    assert number_dossier.contradictions(number_dossier.checked(data), {})


def test_an_entry_proves_only_what_it_tells_of(asked: Asked) -> None:
    data = asked.data()
    by_action: dict[str, str] = {}
    for each in data["log"]["entries"]:
        by_action[json.loads(each["entry"])["action"]] = each["id"]
    opt_out, call, consent = data["opt_outs"][0], data["calls"][0], data["consents"][0]
    for part, foreign in (
        (opt_out, "consent.withdrawn"),
        (call, "consent.recorded"),
        (consent, "number.released"),
        (consent, "optout.recorded"),
    ):
        own, part["entry"] = part["entry"], by_action[foreign]
        assert number_dossier.contradictions(number_dossier.checked(data), {})
        part["entry"] = own
    assert number_dossier.contradictions(number_dossier.checked(data), {}) == []


def test_an_altered_dossier_is_refused_as_a_document() -> None:
    data = dossier_examples.dossier(deepcopy(BASE))
    data["calls"][0]["entry"] = "e-000001"
    with pytest.raises(Altered):
        reading.verify(pdfs.made("number-dossier", data, {}).pdf)


def test_sentences_that_the_calls_do_not_give_are_refused() -> None:
    data = dossier_examples.short(deepcopy(BASE))
    assert who_called.contradictions(who_called.checked(data), {}) == []
    data["paragraphs"][1] = data["paragraphs"][1].replace("12:00", "13:00")
    with pytest.raises(Altered):
        reading.verify(pdfs.made("who-called", data, {}).pdf)


@pytest.mark.parametrize("language", list(Language))
def test_the_short_form_is_in_the_language_of_the_person(language: Language) -> None:
    data = who_called.checked(dossier_examples.short(deepcopy(BASE), language))
    assert who_called.contradictions(data, {}) == []
    told = who_called.figures(data)
    assert told["calls"] == 4
    assert who_called.title_in(language.value)
    assert len(data["limits"]) == 3


def test_the_number_lies_in_no_file_of_the_desk_and_the_package_opens_by_its_phrase_only(
    asked: Asked,
) -> None:
    made = asked.made
    document = sealed.make(made.desk, made.dpo.id, "number-dossier", asked.data())
    package = sealed.packaged(made.desk, made.dpo.id, "number-dossier.pdf", document)
    with pyzipper.AESZipFile(io.BytesIO(package.pdf)) as archive:
        with pytest.raises(RuntimeError):
            archive.read("number-dossier.pdf")
        archive.setpassword(package.passphrase.encode())
        assert archive.read("number-dossier.pdf") == document.pdf
    assert number(0).encode() not in package.pdf
    with made.desk.reading() as db:
        entries = [json.loads(body) for _, body in made.desk.log.bodies(db)]
    assert entries[-1]["action"] == "report.packaged"
    assert package.passphrase not in json.dumps(entries)
    canaries = [number(0), "canary0@example.org", "Canarison", "form canary-118"]
    assert find_leaks(asked.folder, canaries) == []
    assert canonical(asked.data())


def test_what_does_not_fit_on_paper_is_counted_there_and_stands_in_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(number_dossier, "PAPER_ROWS", 1)
    made = pdfs.made("number-dossier", dossier_examples.dossier(deepcopy(BASE)), {})
    printed = pdfs.text(made.pdf, tmp_path)
    assert "The first 1 of 3; all of them stand in the attached data.json." in printed
