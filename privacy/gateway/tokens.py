"""A dialer's right to ask: one token of 256 random bits, kept as a hash.

A token is bound to campaigns, a rate and a total of numbers, and ends on its
date. It is handed over through a pipe. A dialer whose token has ended may still
report what happened and every opt-out: those are never refused to whoever once
held a number.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from privacy.actors import Act, Actor
from privacy.clock import instant, micros
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.gateway.protocol import Code, Problem
from privacy.ids import public_id
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import DialerTokenRow
from privacy.storage.unit import Unit

TOKEN_BYTES = 32
LONGEST_LIFE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Dialer:
    """A dialer that showed its token; what is fixed about it. `id` stands in the log.

    `inside`: the package started it itself; no other dialer ever over-dials.
    """

    id: str
    campaigns: tuple[str, ...]
    rate_per_s: float
    total: int
    inside: bool = False

    def require(self, campaign_id: str) -> None:
        """Problem if the token is not for that campaign."""
        if campaign_id not in self.campaigns:
            raise Problem(Code.NOT_YOURS)


class Dialers:
    """Dialers by token. What can change of a token is read again wherever it counts."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: dict[bytes, Dialer] = {}

    def of(self, token: str) -> Dialer:
        """The dialer of `token`, also one whose token has ended. Problem for an unknown one."""
        hashed = token_hash(token)
        if hashed not in self._known:
            with self._desk.reading() as db:
                self._known[hashed] = authenticate(db, token)
        return self._known[hashed]


@dataclass(frozen=True, repr=False)
class NewToken:
    """A token, shown once. It has no repr."""

    dialer_id: str
    token: str


def issue_token(
    desk: Desk,
    actor: Actor,
    campaigns: Sequence[str],
    *,
    rate_per_s: float,
    total: int,
    life: timedelta,
    inside: bool = False,
) -> NewToken:
    """Make a token for `campaigns`. BadInput for a rate, total or life that is no limit.

    `inside` is only for a dialer that this package starts itself.
    """
    actor.require(Act.RUN_CAMPAIGN)
    if not campaigns or rate_per_s <= 0 or total < 1 or not timedelta() < life <= LONGEST_LIFE:
        raise BadInput(
            "A token needs campaigns, a rate, a total and an end within 7 days.",
            what="token",
            next="Nothing was issued.",
        )
    dialer_id, token = public_id("dl"), secrets.token_urlsafe(TOKEN_BYTES)

    def job(unit: Unit) -> None:
        unit.db.execute(
            insert(table_of(DialerTokenRow)).values(
                id=dialer_id,
                token_hash=token_hash(token),
                campaigns=json.dumps(sorted(campaigns)),
                rate_per_s=rate_per_s,
                total=total,
                used=0,
                inside=int(inside),
                created_at=micros(unit.now),
                expires_at=micros(unit.now + life),
            )
        )
        unit.append("dialer.token_issued", actor.id, object=dialer_id, count=total)

    desk.write(job)
    return NewToken(dialer_id, token)


def revoke_token(desk: Desk, actor_id: str, dialer_id: str) -> None:
    """The token releases no number from now on."""
    table = table_of(DialerTokenRow)

    def job(unit: Unit) -> None:
        unit.db.execute(
            update(table)
            .where(table.c.id == dialer_id, table.c.revoked_at.is_(None))
            .values(revoked_at=micros(unit.now))
        )
        unit.append("dialer.token_revoked", actor_id, object=dialer_id)

    desk.write(job)


def left_of(db: Connection, dialer: Dialer, now: datetime, *, locked: bool = False) -> int:
    """How many numbers the token may still release. Problem if it has ended.

    `locked` holds its row, after campaign and trunk: its total and rate span campaigns.
    """
    table = table_of(DialerTokenRow)
    statement = select(table).where(table.c.id == dialer.id)
    row = db.execute(statement.with_for_update() if locked else statement).one()
    if row.revoked_at is not None or now >= instant(row.expires_at):
        raise Problem(Code.BAD_TOKEN, "The token has ended.")
    return dialer.total - int(row.used)


def authenticate(db: Connection, token: str) -> Dialer:
    """The dialer of `token`, also one whose token has ended. Problem for an unknown one."""
    table = table_of(DialerTokenRow)
    # Looked up by hash: how long that takes tells nothing about a 256-bit secret.
    row = db.execute(select(table).where(table.c.token_hash == token_hash(token))).one_or_none()
    if row is None:
        raise Problem(Code.BAD_TOKEN)
    return Dialer(
        id=row.id,
        campaigns=tuple(json.loads(row.campaigns)),
        rate_per_s=row.rate_per_s,
        total=row.total,
        inside=bool(row.inside),
    )


def token_hash(token: str) -> bytes:
    """What is stored of a token or permit: it holds 128 bits or more, so a plain hash does."""
    return hashlib.sha256(token.encode()).digest()
