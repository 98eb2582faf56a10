"""Keys of approvers outside the desk: registered and revoked by the data protection officer."""

from __future__ import annotations

from privacy.actors import Actor
from privacy.desk import Desk
from privacy.errors import BadInput, Denied, NotFound
from privacy.rights import approval_file, approval_store
from privacy.rights.approval_store import Key
from privacy.storage.unit import Unit
from privacy.terms import Role


def add(desk: Desk, actor: Actor, public_key_pem: bytes) -> str:
    """Register a key; its id. It approves nothing within the first 24 hours.

    Denied for anybody but a data protection officer; BadInput for what is no Ed25519 key,
    or a key that is registered.
    """
    _require_dpo(actor)
    key_id = approval_file.key_id(public_key_pem)
    sha256 = approval_file.key_sha256(public_key_pem)

    def job(unit: Unit) -> None:
        if approval_store.key(unit.db, key_id) is not None:
            raise BadInput("That key is registered.", what=key_id, next="Use it, or a new one.")
        approval_store.add_key(unit, key_id, public_key_pem.decode(), actor.id)
        unit.append("approver.key_added", actor.id, object=key_id, digest=sha256)

    desk.write(job)
    return key_id


def revoke(desk: Desk, actor: Actor, key_id: str) -> None:
    """Revoke a key. NotFound if it is not in force."""
    _require_dpo(actor)

    def job(unit: Unit) -> None:
        if not approval_store.revoke_key(unit, key_id):
            raise NotFound("There is no such key in force.", what="key", next="See the list.")
        unit.append("approver.key_revoked", actor.id, object=key_id)

    desk.write(job)


def listed(desk: Desk) -> list[Key]:
    """All keys, revoked ones too, oldest first."""
    with desk.reading() as db:
        return approval_store.keys(db)


def _require_dpo(actor: Actor) -> None:
    if actor.role is not Role.DPO:
        raise Denied(
            "Only a data protection officer decides who outside the desk may approve.",
            what=actor.id,
            next="Ask the data protection officer.",
        )
