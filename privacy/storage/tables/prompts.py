"""What people hear in a campaign's calls, and which of it each attempt had. Nobody's data.

A prompt is never changed: a new one is a new row, and the newest of a campaign,
language and role is the one in use. So what an attempt played stays readable.
"""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field

from privacy.storage.tables.base import MainTable, big, blob


class PromptRow(MainTable, table=True):
    """One sound: role is prompt, confirmation or safe_harbour. `wav` is 8 kHz mono 16 bit.

    `engine` names program and version, or `recording`; `length_ms` and `key_by_ms` (by when
    the key was offered) are measured in the sound, or told for a recording.
    """

    __tablename__ = "campaign_prompt"
    __table_args__ = (
        Index("ix_campaign_prompt_campaign_language_role", "campaign_id", "language", "role"),
    )
    id: int = Field(sa_column=big(key=True))
    campaign_id: str = Field(foreign_key="campaign.id")
    language: str
    role: str
    text: str
    voice: str
    engine: str
    format: str
    sha256: str
    length_ms: int
    key_by_ms: int
    wav: bytes = Field(sa_column=blob())
    made_at: int = Field(sa_column=big())
    made_by: str


class AttemptSpeechRow(MainTable, table=True):
    """What one attempt had to say, by ids of prompts; written with its permit."""

    __tablename__ = "attempt_speech"
    attempt_id: str = Field(primary_key=True)
    language: str
    prompt_id: int = Field(sa_column=big(to="campaign_prompt.id"))
    confirmation_id: int = Field(sa_column=big(to="campaign_prompt.id"))
    safe_harbour_id: int = Field(sa_column=big(to="campaign_prompt.id"))
