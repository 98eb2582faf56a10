"""Who called me, why, by which consent, with which words, and how do I stop it?"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from privacy.clock import rfc3339
from privacy.consent import notices
from privacy.consent import store as consent_store
from privacy.consent.ledger import RecordKind
from privacy.consent.records import Evidence, NewRecord
from privacy.disclosures.given import Role as Recipient
from privacy.errors import BadInput
from privacy.gateway import campaigns, tokens, whocalled
from privacy.gateway.outcomes import Told
from privacy.gateway.protocol import TERMINAL, EventKind
from privacy.gateway.tokens import Outside
from privacy.gateway.whocalled import Span, around, person_of, who_called
from privacy.gateway.whocalled_letter import letter, words_of
from privacy.terms import ConsentClass, ContactKind, Language, Purpose
from tests.canaries import find_leaks
from tests.desks import MadeDesk
from tests.gateway.many_calls import fill
from tests.gateway.prompted import kept_prompts
from tests.gateway.scene import SCRIPT, Scene, dialer_of, number, scene
from tests.gateway.test_commands import Command, command, create, people
from tests.gateway.test_outcomes import KEY, TALKING, dialled, tell
from tests.persons import add_person

__all__ = ["command"]


def asked(set_up: Scene, n: int = 0, person: int | None = None) -> dict[str, Any]:
    made = set_up.made
    whom = person_of(made.desk, made.dpo, ContactKind.PHONE, number(n), person)
    now = made.clock.now()
    return who_called(made.desk, made.dpo, whom, Span(now - timedelta(days=1), now))


def ended(at_ms: int) -> Told:
    return Told(5, EventKind.ENDED, at_ms, "remote")


def test_a_call_tells_caller_purpose_consent_words_and_how_to_stop(made: MadeDesk) -> None:
    set_up = scene(made, 1, begin=True)
    shown = notices.add(made.desk, made.handler, "autumn", "en", "You agree to recorded calls.")
    person = set_up.people[0]
    (consent,) = consent_store.record(
        made.desk,
        made.handler,
        [
            NewRecord(
                person.subject_id,
                person.phone_point,
                RecordKind.GRANT,
                "marketing",
                "voice_prerecorded",
                ConsentClass.PRIOR_EXPRESS_WRITTEN_CONSENT,
                made.clock.now() - timedelta(hours=1),
                "web_form",
                Evidence(notice_id=shown.id, notice_version=shown.version),
            )
        ],
    )
    (attempt,) = dialled(set_up)
    tell(set_up, attempt, *TALKING, ended(13_200))
    (call,) = asked(set_up)["calls"]
    assert (call["caller"], call["number_shown"]) == ("Example Retail", "+442079460100")
    assert (call["purpose"], call["outcome"]) == ("marketing", "completed")
    assert call["consent"]["id"] == consent
    assert call["consent"]["text_shown"] == "You agree to recorded calls."
    assert call["heard"]["text"] == SCRIPT
    assert (call["heard"]["how_much"], call["heard"]["heard_s"]) == ("heard", 10.0)
    assert call["stop"]["key"] == "9"
    assert call["zone_person"] == "Europe/London"
    assert call["duration_s"] == 10.2


@pytest.mark.parametrize(("played_ms", "how_much"), [(300, "partly"), (30_000, "heard")])
def test_how_much_was_heard_is_measured_against_the_sounds_length(
    made: MadeDesk, played_ms: int, how_much: str
) -> None:
    set_up = scene(made, 1, begin=False)
    kept_prompts(made.desk, made.dpo, set_up.campaign)
    campaigns.start(made.desk, made.dpo, set_up.campaign)
    (attempt,) = dialled(set_up)
    tell(set_up, attempt, *TALKING, ended(3_200 + played_ms))
    (call,) = asked(set_up)["calls"]
    assert call["heard"]["how_much"] == how_much
    assert len(call["heard"]["sha256"]) == 64


def test_what_no_dialer_told_is_not_made_up(made: MadeDesk) -> None:
    set_up = scene(made, 1)
    dialled(set_up)
    (call,) = asked(set_up)["calls"]
    assert (call["outcome"], call["heard"]["how_much"]) == ("released", "nothing")
    assert call["heard"]["answered_at"] is None


def test_an_unknown_number_gets_the_same_answer_as_a_known_one_without_calls(
    made: MadeDesk,
) -> None:
    set_up = scene(made, 1)
    known, unknown = asked(set_up, 0), asked(set_up, 55)
    assert {**known, "until": ""} == {**unknown, "until": ""}
    assert known["calls"] == []
    said = [letter(found, Language.ENGLISH, "UTC") for found in (known, unknown)]
    assert said[0] == said[1]


def test_a_call_for_somebody_else_with_the_number_tells_nothing_of_that_person(
    made: MadeDesk,
) -> None:
    set_up = scene(made, 1)
    made.clock.advance(timedelta(milliseconds=5))
    housemate = add_person(made.desk, number(0), "housemate@example.org")
    (attempt,) = dialled(set_up)
    tell(set_up, attempt, *TALKING, ended(9_000))
    with pytest.raises(BadInput):
        asked(set_up)
    (call,) = asked(set_up, person=housemate.subject_id)["calls"]
    assert call["for_somebody_else"]
    hidden = ("purpose", "campaign", "title", "heard", "consent", "at_person", "decision")
    assert all(call[name] is None for name in hidden)
    (own,) = asked(set_up, person=set_up.people[0].subject_id)["calls"]
    assert own["purpose"] == "marketing"


def test_a_call_by_a_dialer_outside_names_who_runs_it_and_opt_outs_follow(
    made: MadeDesk,
) -> None:
    set_up = scene(made, 1)
    issued = tokens.issue_token(
        made.desk,
        made.dpo,
        [set_up.campaign],
        rate_per_s=100,
        total=5,
        life=timedelta(hours=1),
        outside=Outside("vendor-1", "Example Dialling Ltd", Recipient.PROCESSOR, "IE"),
    )
    set_up = replace(set_up, dialer=dialer_of(made.desk, issued.token))
    (attempt,) = dialled(set_up)
    tell(set_up, attempt, *TALKING, KEY)
    found = asked(set_up)
    (call,) = found["calls"]
    assert call["dialled_by"] == "Example Dialling Ltd"
    assert call["opted_out_at"] == found["opted_out"][0]


def test_only_calls_around_the_named_instant_are_told(made: MadeDesk) -> None:
    set_up = scene(made, 1)
    dialled(set_up)
    at = made.clock.now()
    whom = person_of(made.desk, made.dpo, ContactKind.PHONE, number(0))
    near = who_called(made.desk, made.dpo, whom, around(at, timedelta(minutes=1)))
    far = who_called(
        made.desk, made.dpo, whom, around(at + timedelta(hours=1), timedelta(minutes=30))
    )
    assert (len(near["calls"]), len(far["calls"])) == (1, 0)


def test_calls_that_do_not_fit_are_told_of(made: MadeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up = scene(made, 1)
    fill(set_up, 3)
    set_up.wait(1)
    monkeypatch.setattr(whocalled, "MOST_CALLS", 2)
    found = asked(set_up)
    assert (len(found["calls"]), found["more"]) == (2, True)


@pytest.mark.parametrize("language", list(Language))
def test_the_letter_says_it_all_in_every_language(made: MadeDesk, language: Language) -> None:
    set_up = scene(made, 1)
    (attempt,) = dialled(set_up)
    tell(set_up, attempt, *TALKING, KEY, Told(6, EventKind.ENDED, 9_000, "remote"))
    found = asked(set_up)
    said = letter(found, language, "Europe/Berlin")
    consent = found["calls"][0]["consent"]["id"]
    for part in ("Example Retail", "+442079460100", "Autumn", SCRIPT, "9", consent):
        assert part in said
    assert number(0) not in said
    assert "{" not in said


def test_every_language_has_the_same_words() -> None:
    english = words_of(Language.ENGLISH)
    for language in Language:
        words = words_of(language)
        assert {name: set(table) for name, table in words.items()} == {
            name: set(table) for name, table in english.items()
        }
    assert set(english["purpose"]) == {purpose.value for purpose in Purpose}
    ends = {state.value for state in TERMINAL} - {"denied", "expired", "not_sent"}
    assert set(english["outcome"]) == ends | {"live"}
    assert set(english["language"]) == {language.value for language in Language}


def test_the_command_answers_and_logs_the_look(
    made: MadeDesk, command: Command, tmp_path: Path
) -> None:
    people(made)
    create(command, tmp_path)
    found = command("campaign", "whocalled", "--phone", number(0), "--letter")
    assert (found["schema"], found["calls"]) == ("rightsdesk.whocalled/1", [])
    assert "no call to you" in found["letter"]
    by_mail = command("campaign", "whocalled", "--email", "canary0@example.org")
    assert by_mail["calls"] == []
    at = rfc3339(made.clock.now())
    command("campaign", "whocalled", "--phone", number(0), "--at", at, "--from", at, code=2)
    log = json.dumps(command("audit", "show", "--last", "20"))
    assert "rights_request" in log
    command("optout", "--phone", number(0))
    assert len(command("campaign", "whocalled", "--phone", number(0))["opted_out"]) == 1
    made.desk.close()
    assert not find_leaks(tmp_path / "desk", [number(0)])
