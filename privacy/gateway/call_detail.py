"""One placed call with everything that the desk keeps of it unsealed, read by pages.

A call is an attempt whose number left: what was never redeemed rang nobody. The number
itself and what the law was told stand sealed in the decision (`opened_facts`), under the
person's calls key; who may open them is the caller's business.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from privacy.actors import Actor
from privacy.clock import instant
from privacy.desk import Desk
from privacy.errors import AnswerIsNo, KeyMissing
from privacy.gateway.campaigns import Campaign, campaign_of
from privacy.gateway.prompts import COLUMNS as PROMPT_COLUMNS
from privacy.gateway.prompts import Prompt
from privacy.gateway.protocol import EventKind, State
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import ConsentRow, SuppressionRow
from privacy.storage.tables.gateway import (
    AttemptEventRow,
    AttemptRow,
    DecisionRow,
    DialerTokenRow,
)
from privacy.storage.tables.prompts import AttemptSpeechRow, PromptRow
from privacy.terms import Channel, KeyClass, OpeningPurpose
from privacy.vault.opening import SealedPart
from privacy.vault.sealing import Part, Place

Facts = Mapping[str, Any]
_ATTEMPT = (
    "id",
    "campaign_id",
    "decision_id",
    "subject_id",
    "tag",
    "trunk",
    "dialer",
    "state",
    "cause",
    "answered_by",
    "purpose",
    "channel",
    "consent_class",
    "consent_id",
    "place_code",
    "issued_at",
    "redeemed_at",
    "ended_at",
    "over",
    "connect_ms",
)


@dataclass(frozen=True, slots=True)
class Detail:
    """One call. `events` has the first of each kind, in ms since the release.

    `provider` is the organisation whose dialer placed it, "" for the desk's own; `opted_out_at`
    the opt-out that was told in the call itself.
    """

    row: Row[Any]
    campaign: Campaign
    decision: Row[Any] | None
    events: Mapping[str, int]
    consent: Row[Any] | None
    speech: Mapping[str, Prompt]
    provider: str
    opted_out_at: datetime | None

    @property
    def id(self) -> str:
        return str(self.row.id)

    @property
    def at(self) -> datetime:
        """When its number left for the line: the desk's own clock, not the dialer's word."""
        return instant(self.row.redeemed_at)

    def moment(self, kind: EventKind) -> datetime | None:
        """When the dialer says that something happened first."""
        ms = self.events.get(kind.value)
        return None if ms is None else self.at + timedelta(milliseconds=ms)

    @property
    def duration_s(self) -> float | None:
        """Seconds from the answer to the end; 0 if nobody answered, None where untold."""
        answered, ended = (
            self.events.get(kind.value) for kind in (EventKind.ANSWERED, EventKind.ENDED)
        )
        if answered is None:
            return None if self.row.state == State.UNCERTAIN.value else 0.0
        return None if ended is None else max(0, ended - answered) / 1_000

    @property
    def heard_ms(self) -> int | None:
        """How long sound was played to whoever answered; None where the end is not told."""
        began = self.events.get(EventKind.MEDIA_STARTED.value)
        ended = self.events.get(EventKind.ENDED.value)
        if began is None:
            return None if self.row.state == State.UNCERTAIN.value else 0
        return None if ended is None else max(0, ended - began)

    @property
    def prompt(self) -> Prompt | None:
        """The sound that was to be heard; None on the simulator, where the script stands for it."""
        return self.speech.get("prompt")

    @property
    def prerecorded(self) -> bool:
        return bool(self.row.channel == Channel.VOICE_PRERECORDED.value)


def columns() -> list[Any]:
    """The columns of an attempt that `details` needs."""
    table = table_of(AttemptRow)
    return [table.c[name] for name in _ATTEMPT]


def placed() -> tuple[Any, ...]:
    """What makes an attempt a call: its number was released."""
    table = table_of(AttemptRow)
    return (table.c.redeemed_at.is_not(None), table.c.state != State.NOT_SENT.value)


def details(db: Connection, rows: Sequence[Row[Any]]) -> list[Detail]:
    """What the desk keeps of those attempts, in their order, in a few statements."""
    ids = [row.id for row in rows]
    campaigns = {name: campaign_of(db, name) for name in {row.campaign_id for row in rows}}
    decisions = _by(db, DecisionRow, "id", {row.decision_id for row in rows})
    consents = _by(db, ConsentRow, "public_id", {row.consent_id for row in rows})
    providers = _by(db, DialerTokenRow, "id", {row.dialer for row in rows})
    opted_out = _by(db, SuppressionRow, "attempt", set(ids))
    events, speeches = _events(db, ids), _speeches(db, ids)
    return [
        Detail(
            row,
            campaigns[row.campaign_id],
            decisions.get(row.decision_id),
            events.get(row.id, {}),
            consents.get(row.consent_id),
            speeches.get(row.id, {}),
            str(providers[row.dialer].recipient) if row.dialer in providers else "",
            instant(opted_out[row.id].since_at) if row.id in opted_out else None,
        )
        for row in rows
    ]


def opened_facts(
    desk: Desk,
    actor: Actor,
    calls: Sequence[Detail],
    purpose: OpeningPurpose,
    *,
    action: str,
    **fields: Any,
) -> dict[str, Facts]:
    """The facts of each call by its id, opened with an entry; without those that are closed.

    Closed are facts that an erasure took, whose key is gone, or that the purpose may not open.
    """
    parts = {
        call.id: SealedPart(
            Place(Part.DECISION_FACTS, call.decision.holder_id, call.decision.id),
            KeyClass.CALLS,
            bytes(call.decision.facts_sealed),
        )
        for call in calls
        if call.decision is not None
        and call.decision.holder_id is not None
        and call.decision.facts_sealed is not None
    }

    def opened(some: Sequence[str]) -> dict[str, Facts]:
        if not some:
            return {}
        try:
            plain = desk.vault.open(
                [parts[call] for call in some], actor.id, purpose, action=action, **fields
            )
        except (AnswerIsNo, KeyMissing):
            if len(some) == 1:
                return {}
            half = len(some) // 2
            return {**opened(some[:half]), **opened(some[half:])}
        return {call: json.loads(plain[parts[call].place]) for call in some}

    return opened(list(parts))


def _by(db: Connection, model: Any, column: str, values: set[Any]) -> dict[Any, Row[Any]]:
    table = table_of(model)
    wanted = [value for value in values if value not in (None, "")]
    if not wanted:
        return {}
    rows = db.execute(select(table).where(table.c[column].in_(wanted)))
    return {getattr(row, column): row for row in rows}


def _events(db: Connection, ids: Sequence[str]) -> dict[str, dict[str, int]]:
    table = table_of(AttemptEventRow)
    rows = db.execute(
        select(table.c.attempt_id, table.c.kind, func.min(table.c.at_ms).label("at_ms"))
        .where(table.c.attempt_id.in_(ids))
        .group_by(table.c.attempt_id, table.c.kind)
    )
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row.attempt_id, {})[row.kind] = int(row.at_ms)
    return found


def _speeches(db: Connection, ids: Sequence[str]) -> dict[str, dict[str, Prompt]]:
    speech, prompt = table_of(AttemptSpeechRow), table_of(PromptRow)
    rows = db.execute(select(speech).where(speech.c.attempt_id.in_(ids))).all()
    wanted = {
        sound for row in rows for sound in (row.prompt_id, row.confirmation_id, row.safe_harbour_id)
    }
    sounds = {
        row.id: Prompt(**{name: getattr(row, name) for name in PROMPT_COLUMNS})
        for row in db.execute(
            select(*(prompt.c[name] for name in PROMPT_COLUMNS)).where(prompt.c.id.in_(wanted))
        )
    }
    return {
        row.attempt_id: {
            sounds[sound].role: sounds[sound]
            for sound in (row.prompt_id, row.confirmation_id, row.safe_harbour_id)
        }
        for row in rows
    }
