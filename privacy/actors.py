"""Who acts, in which role, proved by a secret of their own.

Actor ids are staff ids, never names: they stand in the log. A secret is kept
as an Argon2id hash. What a role may do is said here once; use cases ask
`require`.
"""

from __future__ import annotations

import base64
import hmac
import os
import re
from dataclasses import dataclass
from enum import StrEnum

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from sqlalchemy import Connection, insert, select, update

from privacy.clock import micros
from privacy.desk import Desk
from privacy.errors import BadInput, Denied, NotFound
from privacy.storage.tables.base import table_of
from privacy.storage.tables.desk import Actor as ActorRow
from privacy.storage.unit import Unit
from privacy.terms import Role

ACTOR_ID = re.compile(r"[a-z][a-z0-9._-]{1,31}")
SHORTEST_SECRET = 8
HASH_PASSES, HASH_LANES, HASH_MEMORY_KIB = 2, 1, 19_456


class Act(StrEnum):
    """What an actor may be allowed to do."""

    IMPORT = "import"
    LOOK_UP = "look_up"
    RECORD_CONSENT = "record_consent"
    CORRECT_CONSENT = "correct_consent"
    OPT_OUT = "opt_out"
    RUN_CAMPAIGN = "run_campaign"
    HANDLE_REQUEST = "handle_request"
    APPROVE_REQUEST = "approve_request"
    ERASE = "erase"
    READ_LOG = "read_log"
    REPORT = "report"
    ADMINISTER = "administer"
    ASSESS_VENDOR = "assess_vendor"


ALLOWED: dict[Role, frozenset[Act]] = {
    Role.DPO: frozenset(Act),
    Role.HANDLER: frozenset(
        {
            Act.IMPORT,
            Act.LOOK_UP,
            Act.RECORD_CONSENT,
            Act.CORRECT_CONSENT,
            Act.OPT_OUT,
            Act.RUN_CAMPAIGN,
            Act.HANDLE_REQUEST,
            Act.APPROVE_REQUEST,
            Act.ERASE,
            Act.REPORT,
            Act.ASSESS_VENDOR,
        }
    ),
    Role.AUDITOR: frozenset({Act.READ_LOG, Act.REPORT}),
    Role.ADMIN: frozenset({Act.ADMINISTER, Act.READ_LOG}),
    Role.DIALER: frozenset({Act.OPT_OUT}),
}


@dataclass(frozen=True)
class Actor:
    """An actor who has proved himself."""

    id: str
    role: Role

    def require(self, act: Act) -> None:
        """Denied unless the role allows it."""
        if act not in ALLOWED[self.role]:
            raise Denied(
                f"The role {self.role.value} may not do this ({act.value}).",
                what=self.id,
                next="Ask an actor whose role allows it; see `rightsdesk actor list`.",
            )


def check(actor_id: str, secret: str) -> None:
    """BadInput for an id that is not a staff id, or a short secret."""
    if not ACTOR_ID.fullmatch(actor_id):
        raise BadInput(
            "An actor id has 2 to 32 characters: a-z, 0-9, dot, dash, underscore.",
            what="actor id",
            next="Use a staff id, not a name: it stands in the log.",
        )
    if len(secret) < SHORTEST_SECRET:
        raise BadInput(
            f"A secret has at least {SHORTEST_SECRET} characters.", what="secret", next="Try again."
        )


def add(desk: Desk, actor_id: str, role: Role, secret: str, by: str) -> Actor:
    """Add an actor. BadInput for an id that is not a staff id, or a short secret."""
    check(actor_id, secret)
    hashed = _hash(secret)

    def job(unit: Unit) -> Actor:
        if _row(unit.db, actor_id) is not None:
            raise BadInput("That actor exists.", what=actor_id, next="Choose another id.")
        unit.db.execute(
            insert(table_of(ActorRow)).values(
                id=actor_id,
                role=role.value,
                secret_hash=hashed,
                active=True,
                created_at=micros(unit.now),
            )
        )
        unit.append("actor.added", by, object=actor_id, outcome=role.value)
        return Actor(actor_id, role)

    return desk.write(job)


def require_over(actor: Actor, role: Role) -> None:
    """Denied unless the actor may make or end actors of that role: a DPO only by a DPO.

    Else whoever keeps the machine could give himself every right of the desk.
    """
    actor.require(Act.ADMINISTER)
    if role is Role.DPO and actor.role is not Role.DPO:
        raise Denied(
            "Only a DPO makes or ends a DPO.", what=actor.id, next="Ask a DPO of the desk to do it."
        )


def deactivate(desk: Desk, actor_id: str, by: Actor) -> None:
    """The actor can no longer act. NotFound for an unknown one, Denied for the last DPO."""
    table = table_of(ActorRow)

    def job(unit: Unit) -> None:
        # All of them, locked: two DPOs could end each other at the same moment.
        dpos = unit.db.execute(
            select(table.c.id)
            .where(table.c.role == Role.DPO.value, table.c.active.is_(True))
            .order_by(table.c.id)
            .with_for_update()
        )
        active = set(dpos.scalars())
        row = _row(unit.db, actor_id)
        if row is None:
            raise NotFound("There is no such actor.", what=actor_id, next="See `actor list`.")
        require_over(by, Role(row.role))
        if active == {actor_id}:
            raise Denied(
                "This is the desk's last DPO.", what=actor_id, next="Add another DPO first."
            )
        unit.db.execute(update(table).where(table.c.id == actor_id).values(active=False))
        unit.append("actor.deactivated", by.id, object=actor_id)

    desk.write(job)


def authenticate(desk: Desk, actor_id: str, secret: str) -> Actor:
    """The actor who holds `secret`. Denied in the same words for unknown and wrong."""
    with desk.reading() as db:
        row = _row(db, actor_id)
    stored = row.secret_hash if row is not None else _DUMMY
    if not _matches(secret, stored) or row is None or not row.active:
        raise Denied(
            "Actor and secret do not belong together.",
            what=actor_id if ACTOR_ID.fullmatch(actor_id) else "--as",
            next="Give --as ACTOR and the actor's own secret (RIGHTSDESK_ACTOR_SECRET_FILE).",
        )
    return Actor(actor_id, Role(row.role))


def listed(desk: Desk) -> list[ActorRow]:
    """All actors, by id."""
    table = table_of(ActorRow)
    with desk.reading() as db:
        ids = db.execute(select(table.c.id).order_by(table.c.id)).scalars().all()
        rows = [_row(db, actor_id) for actor_id in ids]
    return [row for row in rows if row is not None]


def _row(db: Connection, actor_id: str) -> ActorRow | None:
    table = table_of(ActorRow)
    row = db.execute(select(table).where(table.c.id == actor_id)).one_or_none()
    return None if row is None else ActorRow(**row._mapping)


def _hash(secret: str) -> str:
    salt = os.urandom(16)
    return "$".join(base64.b64encode(part).decode() for part in (salt, _stretch(secret, salt)))


def _matches(secret: str, stored: str) -> bool:
    salt, expected = (base64.b64decode(part) for part in stored.split("$"))
    return hmac.compare_digest(_stretch(secret, salt), expected)


def _stretch(secret: str, salt: bytes) -> bytes:
    return Argon2id(
        salt=salt,
        length=32,
        iterations=HASH_PASSES,
        lanes=HASH_LANES,
        memory_cost=HASH_MEMORY_KIB,
    ).derive(secret.encode())


# An unknown actor costs the same time as a known one.
_DUMMY = base64.b64encode(bytes(16)).decode() + "$" + base64.b64encode(bytes(32)).decode()
