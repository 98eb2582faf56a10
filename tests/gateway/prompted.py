"""Prompts for tests, without a program that speaks: tones."""

from __future__ import annotations

import io
import wave

import numpy as np

from privacy.actors import Actor
from privacy.desk import Desk
from privacy.gateway import prompts
from privacy.gateway.prompts import NewPrompt, Role
from privacy.gateway.speech import Spoken
from tests.gateway.scene import SCRIPT

HARBOUR = (
    "This was a call for telemarketing purposes by Example Retail. Press 9 to be called no more."
)
TEXTS = {Role.PROMPT: SCRIPT, Role.CONFIRMATION: "Thank you.", Role.SAFE_HARBOUR: HARBOUR}


def tone(hertz: float, seconds: float) -> bytes:
    """A WAV file of the line's format."""
    at = np.arange(int(8_000 * seconds)) / 8_000
    made = io.BytesIO()
    with wave.open(made, "wb") as write:
        write.setnchannels(1)
        write.setsampwidth(2)
        write.setframerate(8_000)
        write.writeframes((np.sin(2 * np.pi * hertz * at) * 9_000).astype("<i2").tobytes())
    return made.getvalue()


def kept_prompts(
    desk: Desk, actor: Actor, campaign: str, language: str = "en", text: str = SCRIPT
) -> list[str]:
    """Prompt, confirmation and safe harbour of a campaign; their digests."""
    news = [
        NewPrompt(
            campaign,
            language,
            role,
            text if role is Role.PROMPT else TEXTS[role],
            Spoken(tone(300 * number, 0.4), "test 1.0", language),
            key_by_ms=400 if role is Role.PROMPT else 0,
        )
        for number, role in enumerate(Role, 1)
    ]
    return prompts.keep(desk, actor, news)
