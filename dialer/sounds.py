"""What calls have to say, by the digests of their permits. Each sound is fetched once."""

from __future__ import annotations

import io
import threading
import wave
from collections.abc import Callable, Mapping

from dialer.lines.port import Sound, Speech
from privacy.errors import MachineFailed

FORMAT = (8_000, 1, 2)
ROLES = ("prompt", "confirmation", "safe_harbour")


class NoPrompt(MachineFailed):
    """A call has nothing to say: it is not placed."""

    code = "no_prompt"


class Sounds:
    """Thread-safe. `fetch` gives a WAV file by its SHA-256, which it has checked."""

    def __init__(self, fetch: Callable[[str], bytes]) -> None:
        self._fetch = fetch
        self._kept: dict[str, Sound] = {}
        self._lock = threading.Lock()

    def of(self, named: Mapping[str, str]) -> Speech:
        """What a call says. NoPrompt unless every role has a sound."""
        if set(named) != set(ROLES):
            raise NoPrompt(
                "The campaign has no prompt.",
                what="prompt",
                next="Set one with `rightsdesk campaign prompt set`.",
            )
        return Speech(**{role: self._sound(named[role]) for role in ROLES})

    def _sound(self, sha256: str) -> Sound:
        with self._lock:
            if sha256 not in self._kept:
                self._kept[sha256] = Sound(sha256, samples(self._fetch(sha256)))
            return self._kept[sha256]


def samples(wav: bytes) -> bytes:
    """The samples of a WAV file of 8 kHz, mono, 16 bit. NoPrompt for any other."""
    try:
        with wave.open(io.BytesIO(wav)) as read:
            if (read.getframerate(), read.getnchannels(), read.getsampwidth()) == FORMAT:
                return bytes(read.readframes(read.getnframes()))
    except (wave.Error, EOFError):
        pass
    raise NoPrompt("A sound is not what a line can play.", what="prompt")
