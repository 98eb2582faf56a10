"""What the called party hears: RTP taken on the loopback, decoded and compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialer.lines.port import Sound, Speech
from dialer.sounds import samples
from privacy.gateway import speech
from tests.dialer.sip.called import (
    SPEECH,
    Called,
    Ear,
    alike,
    called,
    followed,
    gives,
    kinds,
    order,
)
from tests.dialer.sip.conftest import Calling

pytestmark = pytest.mark.serial


def test_the_called_party_hears_the_stored_prompt_sample_by_sample(
    party: Called, ear: Ear, calling: Calling
) -> None:
    spoken = speech.speak("This is Example Retail. Press nine to be called no more.", "en")
    said = samples(spoken.wav)
    line = calling(party.trunk)
    heard = Speech(Sound(spoken.sha256, said), SPEECH.confirmation, SPEECH.safe_harbour)
    line.place(order("at-1", speech=heard), gives("11"))
    followed(line, "at-1")
    assert alike(said, ear.pcm()) > 0.99
    assert line.rejected_bytes == 0


def test_at_the_key_the_prompt_stops_and_the_confirmation_is_said_before_the_end(
    tmp_path: Path, calling: Calling
) -> None:
    with (
        Ear(press="whole", after_s=0.3) as ear,
        called(tmp_path / "party", rtp_port=ear.port) as party,
    ):
        line = calling(party.trunk)
        line.place(order("at-1"), gives("10"))
        told: list[str] = []
        while "key:9" not in told:
            told += kinds(line.next_events("at-1", 5.0))
        line.confirm("at-1")
        rest = followed(line, "at-1")
        assert rest[-1].cause == "local"
        # Half of the prompt at most, then the confirmation, and then nothing.
        assert alike(SPEECH.confirmation.pcm, ear.pcm()) > 0.98
        assert len(ear.pcm()) < 8_000 * 1.6


def test_where_no_prompt_begins_in_time_the_safe_harbour_message_is_said_and_the_key_counts(
    tmp_path: Path, calling: Calling
) -> None:
    with (
        Ear(press="whole", after_s=0.3) as ear,
        called(tmp_path / "party", rtp_port=ear.port) as party,
    ):
        line = calling(party.trunk)
        nobody = Speech(Sound(), SPEECH.confirmation, SPEECH.safe_harbour)
        line.place(order("at-1", speech=nobody), gives("11"))
        events = followed(line, "at-1")
        told = kinds(events)
        assert told == ["sent", "answered", "abandoned", "key:9", "ended:local"]
        assert events[2].at_ms - events[1].at_ms < 2_000
        assert alike(SPEECH.safe_harbour.pcm, ear.pcm()) > 0.98
