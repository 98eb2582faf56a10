"""A dialer's right to ask: one token of 256 random bits, kept as a hash.

A token is bound to campaigns, a rate and a total of numbers, and ends on its
date. It is handed over through a pipe or a file of its own. A dialer whose token has
ended may still report what happened and every opt-out: those are never refused to
whoever once held a number. A token for a dialer outside names the organisation that
runs it: each number that it gets stands in the ledger of disclosures.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from privacy.actors import Act, Actor
from privacy.clock import instant, micros
from privacy.desk import Desk
from privacy.disclosures.given import COUNTRY, Role, check_recipient
from privacy.errors import BadInput, NotFound
from privacy.gateway.protocol import Code, Problem
from privacy.ids import public_id
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import DialerTokenRow
from privacy.storage.unit import Unit

TOKEN_BYTES = 32
LONGEST_LIFE = timedelta(days=7)
# A contract runs for weeks; a token that nobody renews ends all the same.
LONGEST_LIFE_OUTSIDE = timedelta(days=92)
NAME = re.compile(r"[a-z][a-z0-9-]{1,31}")
RUNS_DIALERS = (Role.PROCESSOR, Role.THIRD_PARTY)


@dataclass(frozen=True, slots=True)
class Outside:
    """Who runs a dialer outside the package. BadInput where it may not stand in the ledger.

    `name`: what staff call the token; `company` gets the numbers, as processor or third
    party (GDPR Article 4(8), 4(10)); `country`: ISO 3166-1 or "".
    """

    name: str
    company: str
    role: Role
    country: str = ""

    def __post_init__(self) -> None:
        check_recipient(self.company)
        fits = NAME.fullmatch(self.name) and self.role in RUNS_DIALERS
        if not fits or (self.country and not COUNTRY.fullmatch(self.country)):
            raise BadInput(
                "A token for a dialer outside has a name, a role and maybe a country.",
                what="token",
                next="Such as: token add acme --recipient 'Acme Calls' --role processor"
                " --country DE.",
            )


@dataclass(frozen=True, slots=True)
class Dialer:
    """A dialer that showed its token; what is fixed about it. `id` stands in the log.

    `inside`: the package started it itself; no other dialer ever over-dials, and it is not
    taken over the network. `outside`: who gets the numbers, where it is another organisation.
    """

    id: str
    campaigns: tuple[str, ...]
    rate_per_s: float
    total: int
    inside: bool = False
    outside: Outside | None = None

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

    def known(self, token: str) -> Dialer | None:
        """The dialer of a token that was shown before, without asking the database."""
        return self._known.get(token_hash(token))


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
    outside: Outside | None = None,
) -> NewToken:
    """Make a token for `campaigns`. BadInput for a rate, total or life that is no limit.

    `inside` is only for a dialer that this package starts itself; `outside` says who runs
    one that it does not.
    """
    actor.require(Act.RUN_CAMPAIGN)
    longest = LONGEST_LIFE if outside is None else LONGEST_LIFE_OUTSIDE
    if not campaigns or rate_per_s <= 0 or total < 1 or not timedelta() < life <= longest:
        raise BadInput(
            f"A token needs campaigns, a rate, a total and an end within {longest.days} days.",
            what="token",
            next="Nothing was issued.",
        )
    dialer_id, token = public_id("dl"), secrets.token_urlsafe(TOKEN_BYTES)

    def job(unit: Unit) -> None:
        if outside is not None:
            _check_free(unit.db, outside.name, micros(unit.now))
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
                name=outside.name if outside else "",
                recipient=outside.company if outside else "",
                role=outside.role.value if outside else "",
                country=outside.country if outside else "",
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


def _check_free(db: Connection, name: str, now: int) -> None:
    table = table_of(DialerTokenRow)
    alive = (table.c.revoked_at.is_(None), table.c.expires_at > now)
    if db.execute(select(table.c.id).where(table.c.name == name, *alive)).first() is not None:
        raise BadInput(
            f"A token named {name} is in force.",
            what=name,
            next="Revoke it first (`gateway token revoke`), or give the new one another name.",
        )


@dataclass(frozen=True)
class Standing:
    """One token as staff see it; `used` of `total` numbers were given."""

    dialer_id: str
    outside: Outside | None
    campaigns: tuple[str, ...]
    rate_per_s: float
    total: int
    used: int
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


def standing(db: Connection) -> list[Standing]:
    """Every token but those of dialers that the package started itself, the newest first."""
    table = table_of(DialerTokenRow)
    rows = db.execute(select(table).where(table.c.inside == 0).order_by(table.c.created_at.desc()))
    return [
        Standing(
            row.id,
            _outside(row),
            tuple(json.loads(row.campaigns)),
            row.rate_per_s,
            row.total,
            row.used,
            instant(row.created_at),
            instant(row.expires_at),
            None if row.revoked_at is None else instant(row.revoked_at),
        )
        for row in rows
    ]


def named(db: Connection, name: str) -> str:
    """The id of the newest token with that name or id. NotFound."""
    table = table_of(DialerTokenRow)
    mine = select(table.c.id).where(or_(table.c.id == name, table.c.name == name))
    found = db.execute(mine.order_by(table.c.created_at.desc()).limit(1)).scalar()
    if not name or found is None:
        raise NotFound("There is no such token.", what=name, next="See `gateway token list`.")
    return str(found)


def _outside(row: Row[Any]) -> Outside | None:
    if not row.recipient:
        return None
    return Outside(row.name, row.recipient, Role(row.role), row.country)


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
        outside=_outside(row),
    )


def token_hash(token: str) -> bytes:
    """What is stored of a token or permit: it holds 128 bits or more, so a plain hash does."""
    return hashlib.sha256(token.encode()).digest()
