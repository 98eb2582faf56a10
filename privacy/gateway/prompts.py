"""Prompts of campaigns: kept for ever, the newest in use, and noted with each attempt.

A campaign that really calls does not start without a prompt in its own language that
says who calls and why, offers the key in the first seconds, and has a confirmation
and a safe-harbour message beside it.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import Connection, Row, func, insert, select

from privacy.actors import Act, Actor
from privacy.clock import micros
from privacy.desk import Desk
from privacy.errors import BadInput, NotFound
from privacy.gateway import wording
from privacy.gateway.speech import FORMAT, Spoken
from privacy.ids import row_id
from privacy.storage.bulk import insert_rows
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import CampaignRow
from privacy.storage.tables.prompts import AttemptSpeechRow, PromptRow
from privacy.storage.unit import Unit
from privacy.terms import Channel

SIMULATOR = "simulator"
# After the last word the person may still press the key.
ROOM_AFTER_MS = 5_000


class Role(StrEnum):
    """What a sound is for."""

    PROMPT = "prompt"
    CONFIRMATION = "confirmation"
    SAFE_HARBOUR = "safe_harbour"


class Called(Protocol):
    """What prompts need to know of a campaign."""

    @property
    def id(self) -> str: ...
    @property
    def line(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def opt_out_key(self) -> str: ...
    @property
    def max_s(self) -> int: ...
    @property
    def channel(self) -> str: ...


@dataclass(frozen=True)
class NewPrompt:
    """A sound to keep. `key_by_ms`: by when the key has been offered; 0 for a confirmation."""

    campaign: str
    language: str
    role: Role
    text: str
    spoken: Spoken
    key_by_ms: int = 0


@dataclass(frozen=True)
class Prompt:
    """A kept sound, without its samples."""

    id: int
    language: str
    role: str
    text: str
    voice: str
    engine: str
    format: str
    sha256: str
    length_ms: int
    key_by_ms: int
    made_at: int
    made_by: str


COLUMNS = tuple(Prompt.__dataclass_fields__)
SPEECH_COLUMNS = ("attempt_id", "language", "prompt_id", "confirmation_id", "safe_harbour_id")


@dataclass(frozen=True)
class Chosen:
    """What a call in one language has to say, by role."""

    language: str
    by_role: dict[Role, Prompt]

    def digests(self) -> dict[str, str]:
        """SHA-256 of each WAV file, by role."""
        return {role.value: prompt.sha256 for role, prompt in self.by_role.items()}

    def row(self, attempt_id: str) -> tuple[Any, ...]:
        """The row that an attempt keeps of it."""
        return (attempt_id, self.language, *(self.by_role[role].id for role in Role))


def keep(desk: Desk, actor: Actor, news: Sequence[NewPrompt]) -> list[str]:
    """Keep sounds; from the next start on permits name them. Their digests, in order.

    BadInput while the campaign runs: what is said is looked at when it starts.
    """
    actor.require(Act.RUN_CAMPAIGN)
    table = table_of(PromptRow)

    def job(unit: Unit) -> None:
        for new in news:
            _require_at_rest(unit.db, new.campaign)
            unit.db.execute(
                insert(table).values(
                    id=row_id(unit.now),
                    campaign_id=new.campaign,
                    language=new.language,
                    role=new.role.value,
                    text=new.text,
                    voice=new.spoken.voice,
                    engine=new.spoken.engine,
                    format=FORMAT,
                    sha256=new.spoken.sha256,
                    length_ms=new.spoken.length_ms,
                    key_by_ms=new.key_by_ms,
                    wav=new.spoken.wav,
                    made_at=micros(unit.now),
                    made_by=actor.id,
                )
            )
            unit.append(
                "campaign.prompt_set",
                actor.id,
                object=new.campaign,
                outcome=f"{new.role.value} {new.language}",
                digest=new.spoken.sha256,
            )

    desk.write(job)
    return [new.spoken.sha256 for new in news]


def _require_at_rest(db: Connection, campaign_id: str) -> None:
    table = table_of(CampaignRow)
    state = db.execute(
        select(table.c.state).where(table.c.id == campaign_id).with_for_update()
    ).scalar_one()
    if state == "running":
        raise BadInput(
            "The campaign runs: nothing of what is said can be changed now.",
            what=campaign_id,
            next="Pause it, set the prompt, and start it again.",
        )


def in_use(db: Connection, campaign_id: str) -> list[Prompt]:
    """The newest sound of each language and role."""
    table = table_of(PromptRow)
    newest = (
        select(func.max(table.c.id))
        .where(table.c.campaign_id == campaign_id)
        .group_by(table.c.language, table.c.role)
    )
    rows = db.execute(
        select(*(table.c[name] for name in COLUMNS))
        .where(table.c.id.in_(newest))
        .order_by(table.c.language, table.c.role)
    )
    return [_prompt(row) for row in rows]


def _prompt(row: Row[Any]) -> Prompt:
    return Prompt(**{name: getattr(row, name) for name in COLUMNS})


def speeches(db: Connection, campaign_id: str) -> dict[str, Chosen]:
    """Languages in which everything can be said, each with what it is."""
    found: dict[str, dict[Role, Prompt]] = {}
    for prompt in in_use(db, campaign_id):
        found.setdefault(prompt.language, {})[Role(prompt.role)] = prompt
    return {
        language: Chosen(language, by_role)
        for language, by_role in found.items()
        if set(by_role) == set(Role)
    }


def languages(db: Connection, campaign: Called) -> frozenset[str]:
    """Languages that a call may be in: those with all sounds, and the campaign's own."""
    return frozenset({campaign.language, *speeches(db, campaign.id)})


def note(db: Connection, chosen: Sequence[tuple[str, Chosen]]) -> None:
    """What attempts have to say, in the transaction that issues their permits."""
    insert_rows(
        db,
        table_of(AttemptSpeechRow),
        SPEECH_COLUMNS,
        [speech.row(attempt_id) for attempt_id, speech in chosen],
    )


def said(db: Connection, attempt_id: str) -> dict[str, Prompt]:
    """What an attempt had to say, by role; empty for one without sounds."""
    speech, table = table_of(AttemptSpeechRow), table_of(PromptRow)
    row = db.execute(select(speech).where(speech.c.attempt_id == attempt_id)).one_or_none()
    if row is None:
        return {}
    ids = (row.prompt_id, row.confirmation_id, row.safe_harbour_id)
    rows = db.execute(select(*(table.c[name] for name in COLUMNS)).where(table.c.id.in_(ids)))
    return {prompt.role: prompt for prompt in map(_prompt, rows)}


def wav_of(db: Connection, campaigns: Sequence[str], sha256: str) -> bytes:
    """A WAV file of one of the campaigns, by its digest. NotFound."""
    table = table_of(PromptRow)
    found = db.execute(
        select(table.c.wav)
        .where(table.c.sha256 == sha256, table.c.campaign_id.in_(campaigns))
        .limit(1)
    ).scalar()
    if found is None:
        raise NotFound(
            "There is no such sound.", what=sha256, next="See `rightsdesk campaign prompt list`."
        )
    return bytes(found)


def pcm(wav: bytes) -> bytes:
    """The samples of a kept WAV file."""
    with wave.open(io.BytesIO(wav)) as read:
        return bytes(read.readframes(read.getnframes()))


def require(db: Connection, campaign: Called, caller: str) -> None:
    """BadInput unless what people would hear is as it must be. The simulator says nothing.

    `caller` is in whose name the campaign calls.
    """
    if campaign.line == SIMULATOR:
        return
    if campaign.channel != Channel.VOICE_PRERECORDED.value:
        raise BadInput(
            "This release connects no agents: on a real line only recorded campaigns run.",
            what="channel",
            next="Make it a campaign of voice_prerecorded, with the consent that this needs.",
        )
    kept = speeches(db, campaign.id)
    if campaign.language not in kept:
        raise BadInput(
            "The campaign has no prompt in its own language.",
            what=campaign.id,
            next="Set one with `rightsdesk campaign prompt set`.",
        )
    for language, chosen in kept.items():
        prompt, harbour = chosen.by_role[Role.PROMPT], chosen.by_role[Role.SAFE_HARBOUR]
        key = campaign.opt_out_key
        wording.opening(prompt.text, caller=caller, why="", key=key, language=language)
        wording.require_in_time(prompt.key_by_ms)
        wording.require_harbour(harbour.text, caller=caller, key=key, language=language)
        if prompt.length_ms + ROOM_AFTER_MS > campaign.max_s * 1_000:
            raise BadInput(
                "The prompt is longer than a call may be.",
                what=campaign.id,
                next=f"A call lasts {campaign.max_s} s at most: shorten the prompt.",
            )
