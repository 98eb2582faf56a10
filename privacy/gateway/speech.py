"""Making sound of text, and of recordings: 8 kHz, mono, 16 bit, the same bytes each time.

espeak-ng and sox run as programs; words go to them by a file, never as an argument.
What comes out is written anew with a plain header, so that equal sound has an equal
digest.
"""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import subprocess
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path

from privacy.errors import BadInput, MachineFailed

RATE_HZ = 8_000
FORMAT = "8000 Hz mono s16le"
LONGEST_MS = 120_000
LARGEST_BYTES = 50_000_000
PROGRAM_TIMEOUT_S = 120
WORDS_PER_MINUTE = "150"
RECORDING = "recording"


@dataclass(frozen=True)
class Spoken:
    """A WAV file and what made it."""

    wav: bytes
    engine: str
    voice: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.wav).hexdigest()

    @property
    def length_ms(self) -> int:
        with wave.open(io.BytesIO(self.wav)) as read:
            return int(read.getnframes()) * 1_000 // RATE_HZ


def speak(text: str, voice: str) -> Spoken:
    """Let espeak-ng say `text`. BadInput for a voice it does not have or too long a text."""
    _require("espeak-ng")
    with tempfile.TemporaryDirectory() as folder:
        said, words = Path(folder) / "said.wav", Path(folder) / "words.txt"
        words.write_text(text, "utf-8")
        command = ["espeak-ng", "-v", voice, "-s", WORDS_PER_MINUTE, "-w", str(said)]
        if _run([*command, "-f", str(words)]).returncode or not said.exists():
            raise BadInput(
                "espeak-ng cannot say this.",
                what=f"voice {voice}",
                next="See `espeak-ng --voices`, or give a recording with --wav.",
            )
        wav = _converted(said)
    return Spoken(wav, engine_version(), voice)


def recorded(path: Path) -> Spoken:
    """A recording, brought to the line's format. BadInput if it is no sound or too long."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise _not_sound()
        return Spoken(_plain(path.read_bytes()), RECORDING, "")
    except OSError:
        raise BadInput(
            "The recording cannot be read.", what="--wav", next="Check the file."
        ) from None
    except (wave.Error, EOFError):
        return Spoken(_converted(path), RECORDING, "")


def engine_version() -> str:
    """Name and version of espeak-ng, as it says them."""
    told = _run(["espeak-ng", "--version"]).stdout.decode(errors="replace")
    found = re.search(r"\d+(\.\d+)+\S*", told)
    return f"espeak-ng {found.group(0) if found else 'unknown'}"


def _converted(path: Path) -> bytes:
    """Any WAV as the line's format: without dither, which would differ each time."""
    _require("sox")
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "made.wav"
        form = ["-r", str(RATE_HZ), "-c", "1", "-b", "16", "-e", "signed-integer"]
        done = _run(["sox", "-D", "-R", "-t", "wav", str(path), *form, str(made)])
        if done.returncode or not made.exists():
            raise _not_sound()
        try:
            return _plain(made.read_bytes())
        except (wave.Error, EOFError):
            raise _not_sound() from None


def _plain(content: bytes) -> bytes:
    """The same samples under a plain header. wave.Error if they are not in the format."""
    with wave.open(io.BytesIO(content)) as read:
        form = (read.getframerate(), read.getnchannels(), read.getsampwidth())
        if form != (RATE_HZ, 1, 2):
            raise wave.Error("another format")
        frames = read.readframes(read.getnframes())
    if not 0 < len(frames) // 2 * 1_000 // RATE_HZ <= LONGEST_MS:
        raise BadInput(
            f"A sound is at most {LONGEST_MS // 1_000} s long, and not empty.",
            what="sound",
            next="Give a shorter text or recording.",
        )
    made = io.BytesIO()
    with wave.open(made, "wb") as write:
        write.setnchannels(1)
        write.setsampwidth(2)
        write.setframerate(RATE_HZ)
        write.writeframes(frames)
    return made.getvalue()


def _run(command: list[str]) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=PROGRAM_TIMEOUT_S
        )
    except (OSError, subprocess.TimeoutExpired):
        raise MachineFailed(
            f"{command[0]} did not run.", what=command[0], next="Install it, or give --wav."
        ) from None


def _require(program: str) -> None:
    if shutil.which(program) is None:
        raise MachineFailed(
            f"The program {program} is not installed.",
            what=program,
            next=f"Install the package {program}, or give a WAV file of 8000 Hz, mono, 16 bit.",
        )


def _not_sound() -> BadInput:
    return BadInput(
        "This is no WAV file that can be used.", what="--wav", next="Give a WAV of up to 120 s."
    )
