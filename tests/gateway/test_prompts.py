"""What people hear: made before a start, in their language, noted with each attempt."""

from __future__ import annotations

import hashlib
import io
import shutil
import wave
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.lines.sip import PROMPT_WITHIN_S
from dialer.sounds import NoPrompt, Sounds, samples
from privacy import actors
from privacy.errors import BadInput, Denied, NotFound, RightsdeskError
from privacy.gateway import campaigns, prompts, speech, wording
from privacy.gateway.client import Client
from privacy.gateway.issue import issue
from privacy.gateway.protocol import Problem
from privacy.gateway.running import serving_campaign
from privacy.gateway.speech import Spoken
from privacy.law import pack
from privacy.terms import Role
from tests.desks import SECRET, MadeDesk
from tests.gateway.prompted import kept_prompts, tone
from tests.gateway.scene import SCRIPT, consent, scene
from tests.needed import need
from tests.persons import add_person

GERMAN = "Hier ist Example Retail mit unserem Herbstangebot. Drücken Sie 9, und wir schweigen."


@pytest.fixture
def espeak() -> None:
    there = shutil.which("espeak-ng") is not None and shutil.which("sox") is not None
    need(there, "espeak-ng and sox are not installed")


# What a prompt must say.


def opening(text: str, **changed: str) -> wording.Opening:
    told = {"caller": "Example Retail", "why": "autumn offer", "key": "9", "language": "en"}
    return wording.opening(text, **{**told, **changed})


def test_the_key_is_offered_directly_after_who_calls_and_why() -> None:
    found = opening(SCRIPT)
    assert found.before == "This is Example Retail about our autumn offer."
    assert found.offer.startswith("Press 9")
    opening("This is Example Retail. We call about our autumn offer. Press nine to stop us.")
    assert opening(GERMAN, why="Herbstangebot", language="de").offer.startswith("Drücken")


@pytest.mark.parametrize(
    "text",
    [
        "Hello! This is Example Retail about our autumn offer. Press 9 to stop us.",
        "This is Example Retail about our autumn offer. It is cheap.",
        "This is Example Retail about our autumn offer. It is good. It is cheap. Press 9 now.",
        "This is Example Retail, press 9. It is about our autumn offer.",
        "This is Example Retail. Press 9 to hear about our autumn offer no more.",
        "This is Example Retail about our autumn offer. Press 19 to stop us.",
        "",
    ],
    ids=["late name", "no key", "late key", "key first", "why after key", "another key", "empty"],
)
def test_a_prompt_that_says_it_in_another_order_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        opening(text)


@given(st.text(), st.text(), st.sampled_from("0123456789*#"), st.sampled_from(["en", "de", "xx"]))
def test_any_text_is_an_opening_or_refused(text: str, why: str, key: str, language: str) -> None:
    try:
        found = wording.opening(text, caller="Example", why=why, key=key, language=language)
    except BadInput:
        return
    assert "example" in found.before.casefold()


def test_a_key_that_is_offered_late_is_refused() -> None:
    wording.require_in_time(wording.KEY_WITHIN_MS)
    for late in (0, wording.KEY_WITHIN_MS + 1):
        with pytest.raises(BadInput):
            wording.require_in_time(late)


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "it"])
def test_the_safe_harbour_message_names_caller_number_and_key(language: str) -> None:
    """16 CFR 310.4(b)(4)(iii); 47 CFR 64.1200(a)(7)(i)(A)."""
    said = wording.fixed(language, caller="Example Retail", number="+442079460100", key="9")
    message = said["safe_harbour"]
    wording.require_harbour(message, caller="Example Retail", key="9", language=language)
    assert "4 4 2 0 7 9 4 6 0 1 0 0" in message
    assert said["confirmation"]
    with pytest.raises(BadInput):
        wording.require_harbour("Goodbye.", caller="Example Retail", key="9", language=language)


def test_the_messages_are_what_the_rules_of_the_pack_ask_for() -> None:
    """A rule that comes to ask for something else must be looked at here."""
    by_id = {rule["id"]: rule["params"] for rule in pack.rules()}
    abandoned = by_id["us-fed-abandonment"]
    assert abandoned["message_required"]
    assert abandoned["opt_out_mechanism_required"]
    assert sorted(abandoned["message"]) == [
        "call was for telemarketing purposes",
        "seller name",
        "telephone number",
    ]
    assert abandoned["agent_within_seconds_of_greeting"] > PROMPT_WITHIN_S
    said = wording.fixed("en", caller="Example", number="+4420", key="9")["safe_harbour"]
    for part in ("Example", "4 4 2 0", "telemarketing purposes", "nine"):
        assert part in said
    offered = by_id["us-fed-optout-prerecorded"]
    # Directly after the identification: no sentence stands between.
    assert (offered["after"], offered["announce_within_seconds"]) == ("identification", 2)


# Sound.


def test_the_same_words_are_the_same_bytes_each_time(espeak: None) -> None:
    first, second = (speech.speak(SCRIPT, "en") for _ in range(2))
    assert first.wav == second.wav
    assert first.engine.startswith("espeak-ng 1.")
    with wave.open(io.BytesIO(first.wav)) as read:
        assert (read.getframerate(), read.getnchannels(), read.getsampwidth()) == (8_000, 1, 2)
    assert first.length_ms > 2_000
    with pytest.raises(BadInput):
        speech.speak(SCRIPT, "klingon-of-nowhere")


def test_a_recording_is_brought_to_the_lines_format(espeak: None, tmp_path: Path) -> None:
    path = tmp_path / "stereo.wav"
    with wave.open(str(path), "wb") as write:
        write.setnchannels(2)
        write.setsampwidth(2)
        write.setframerate(44_100)
        write.writeframes(bytes(4 * 44_100))
    assert speech.recorded(path).length_ms == pytest.approx(1_000, abs=20)
    assert speech.recorded(path).engine == "recording"
    path.write_bytes(tone(440, 0.5))
    assert speech.recorded(path).wav == tone(440, 0.5)
    for wrong in (b"", b"RIFF", b"not a sound" * 99):
        path.write_bytes(wrong)
        with pytest.raises(BadInput):
            speech.recorded(path)


@given(st.binary(max_size=300))
def test_any_bytes_are_samples_or_no_prompt(content: bytes) -> None:
    for bytes_ in (content, tone(440, 0.02)[:44] + content):
        try:
            samples(bytes_)
        except NoPrompt:
            continue


# Kept, chosen, noted.


def test_a_campaign_that_really_calls_does_not_start_without_its_prompts(made: MadeDesk) -> None:
    set_up = scene(made, 1)
    real = _real(made)
    with pytest.raises(BadInput, match="no prompt"):
        campaigns.start(made.desk, made.dpo, real)
    kept_prompts(made.desk, made.dpo, real, text="Hello! This is Example Retail. Press 9 now.")
    with pytest.raises(BadInput, match="first sentence"):
        campaigns.start(made.desk, made.dpo, real)
    # Of two prompts the newer one counts, and the clock of a test stands still.
    made.clock.advance(timedelta(seconds=1))
    kept_prompts(made.desk, made.dpo, real)
    campaigns.start(made.desk, made.dpo, real)
    assert set_up.campaign != real


def test_a_prompt_longer_than_a_call_may_be_stops_the_start(made: MadeDesk) -> None:
    scene(made, 1)
    real = _real(made, max_s=5)
    kept_prompts(made.desk, made.dpo, real)
    with pytest.raises(BadInput, match="longer"):
        campaigns.start(made.desk, made.dpo, real)


def test_each_person_hears_his_language_and_each_attempt_keeps_what_it_had(made: MadeDesk) -> None:
    people = [
        add_person(
            made.desk, f"+4420794600{n:02d}", f"c{n}@example.org", call_facts={"language": language}
        )
        for n, language in enumerate(("en", "de"))
    ]
    set_up = scene(made, 0, begin=False)
    consent(made, people)
    campaigns.add(made.desk, made.dpo, set_up.campaign)
    english = kept_prompts(made.desk, made.dpo, set_up.campaign)
    kept_prompts(made.desk, made.dpo, set_up.campaign, "de", GERMAN)
    campaigns.start(made.desk, made.dpo, set_up.campaign)
    answer = issue(set_up.gate, set_up.dialer, set_up.campaign, 2, ("p-0", "p-1"))
    by_language = {permit.language: permit for permit in answer.permits}
    assert {language: permit.prompt for language, permit in by_language.items()} == {
        "en": SCRIPT,
        "de": GERMAN,
    }
    # A later prompt changes nothing of what an attempt had, and none comes while it runs.
    with pytest.raises(BadInput, match="runs"):
        kept_prompts(made.desk, made.dpo, set_up.campaign)
    campaigns.pause(made.desk, made.dpo, set_up.campaign)
    kept_prompts(made.desk, made.dpo, set_up.campaign, text=SCRIPT + " Goodbye.")
    with made.desk.reading() as db:
        said = prompts.said(db, by_language["en"].attempt)
    assert said["prompt"].text == SCRIPT
    assert said["prompt"].engine == "test 1.0"
    assert said["prompt"].format == "8000 Hz mono s16le"
    assert by_language["en"].speech["prompt"] == said["prompt"].sha256 == english[0]
    assert said["confirmation"].sha256 == by_language["en"].speech["confirmation"]


@pytest.mark.serial
def test_the_dialer_gets_a_sound_by_its_digest_and_only_of_its_campaigns(made: MadeDesk) -> None:
    set_up = scene(made, 1)
    campaigns.pause(made.desk, made.dpo, set_up.campaign)
    mine = kept_prompts(made.desk, made.dpo, set_up.campaign)
    other = _real(made)
    foreign = prompts.keep(
        made.desk,
        made.dpo,
        [
            prompts.NewPrompt(
                other, "en", prompts.Role.PROMPT, SCRIPT, Spoken(tone(1_900, 0.2), "test", "en"), 9
            )
        ],
    )
    with serving_campaign(made.desk, made.dpo, set_up.campaign, set_up.law) as run:
        client = Client(run.address, run.token.token)
        try:
            wav = client.sound(mine[0])
            assert hashlib.sha256(wav).hexdigest() == mine[0]
            for wrong in (foreign[0], "0" * 64, "x"):
                with pytest.raises(Problem):
                    client.sound(wrong)
            roles = dict(zip(("prompt", "confirmation", "safe_harbour"), mine, strict=True))
            assert Sounds(client.sound).of(roles).prompt.pcm == prompts.pcm(wav)
            with pytest.raises(NoPrompt):
                Sounds(client.sound).of({"prompt": mine[0]})
        finally:
            client.close()


def test_only_who_runs_campaigns_sets_what_is_said(made: MadeDesk) -> None:
    set_up = scene(made, 1)
    auditor = actors.add(made.desk, "auditor", Role.AUDITOR, SECRET, "setup")
    with pytest.raises(Denied):
        kept_prompts(made.desk, auditor, set_up.campaign)
    with made.desk.reading() as db, pytest.raises(NotFound):
        prompts.wav_of(db, [set_up.campaign], "0" * 64)
    assert issubclass(NoPrompt, RightsdeskError)


def _real(made: MadeDesk, **settings: object) -> str:
    from tests.dialer.sip.test_campaign import real_campaign

    return real_campaign(made, "sip", **settings)
