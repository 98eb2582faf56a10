"""An approval from outside the desk: a small signed file over one plan of one case. Pure.

Signed are the desk's id, the request, the plan's digest and the instant, under a label
of their own (Ed25519). A file is good for seven days, for that plan only, with a key that
was registered in the log at least 24 hours before.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from privacy.clock import rfc3339
from privacy.errors import BadInput, VerificationError

SCHEMA = "rightsdesk.plan-approval/1"
LABEL = "rightsdesk plan approval v1"
GOOD_FOR = timedelta(days=7)
KEY_AGE = timedelta(hours=24)
LONGEST_BYTES = 4096


class RegisteredKey(Protocol):
    """What the desk knows of a key."""

    @property
    def public_key_pem(self) -> str: ...
    @property
    def added_at(self) -> datetime: ...
    @property
    def revoked_at(self) -> datetime | None: ...
    @property
    def logged_sha256(self) -> str: ...
    @property
    def logged_revoked(self) -> bool: ...


@dataclass(frozen=True)
class Claim:
    """What a file says, before anything of it is believed."""

    desk_id: str
    request_id: str
    plan_sha256: str
    signed_at: str
    key_id: str
    signature: bytes

    def message(self) -> bytes:
        """What is signed."""
        lines = (LABEL, self.desk_id, self.request_id, self.plan_sha256, self.signed_at)
        return "\n".join(lines).encode()


def new_key() -> tuple[bytes, bytes]:
    """(private, public) in PEM. The private one stays with the approver."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def key_id(public_key_pem: bytes) -> str:
    """`ak-` and 26 hex digits of the key's digest. BadInput for what is no Ed25519 key."""
    return "ak-" + key_sha256(public_key_pem)[:26]


def key_sha256(public_key_pem: bytes) -> str:
    """SHA-256 over the 32 bytes of the public key, in hex."""
    raw = _public(public_key_pem).public_bytes(Encoding.Raw, PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()


def signed(
    private_key_pem: bytes, desk_id: str, request_id: str, plan_sha256: str, now: datetime
) -> bytes:
    """The file of an approval. BadInput for what is no private Ed25519 key."""
    try:
        key = load_pem_private_key(private_key_pem, None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInput(
            "That is no private Ed25519 key in PEM.",
            what="--key",
            next="Make one with `rightsdesk request approval-file --new-key FILE`.",
        )
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    claim = Claim(desk_id, request_id, plan_sha256, rfc3339(now), key_id(public), b"")
    document = {
        "schema": SCHEMA,
        "desk": desk_id,
        "request": request_id,
        "plan_sha256": plan_sha256,
        "signed_at": claim.signed_at,
        "key": claim.key_id,
        "signature": base64.b64encode(key.sign(claim.message())).decode(),
    }
    return (json.dumps(document, indent=2) + "\n").encode()


def parsed(content: bytes) -> Claim:
    """What the file says. BadInput for what is no such file."""
    try:
        document: dict[str, Any] = json.loads(content[: LONGEST_BYTES + 1])
        if document["schema"] != SCHEMA:
            raise ValueError
        fields = [document[name] for name in ("desk", "request", "plan_sha256", "signed_at", "key")]
        signature = base64.b64decode(document["signature"], validate=True)
        if not all(isinstance(field, str) and "\n" not in field for field in fields):
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadInput(
            "That is no approval file.",
            what="--outside",
            next="Ask the approver for the file of `rightsdesk request approval-file`.",
        ) from None
    desk_id, request_id, plan_sha256, signed_at, key = fields
    return Claim(desk_id, request_id, plan_sha256, signed_at, key, signature)


def refuse_unfit(
    claim: Claim,
    key: RegisteredKey | None,
    *,
    desk_id: str,
    request_id: str,
    plan_sha256: str,
    planned_at: datetime,
    now: datetime,
) -> None:
    """VerificationError unless the file approves this plan of this case, now, with a good key."""
    if key is None:
        raise _no("The key is not registered on this desk.", claim.key_id)
    if key.revoked_at is not None or key.logged_revoked:
        raise _no("The key was revoked.", claim.key_id)
    pem = key.public_key_pem.encode()
    if key.logged_sha256 != key_sha256(pem) or key_id(pem) != claim.key_id:
        raise _no("The key is not the one that the audit log says was registered.", claim.key_id)
    try:
        _public(pem).verify(claim.signature, claim.message())
    except InvalidSignature:
        raise _no("The signature does not hold.", claim.key_id) from None
    if (claim.desk_id, claim.request_id) != (desk_id, request_id):
        raise _no("The file approves another case.", request_id)
    if claim.plan_sha256 != plan_sha256:
        raise _no("The file approves another plan of this case.", request_id)
    signed_at = _instant(claim)
    if not planned_at.replace(microsecond=0) <= signed_at <= now or now - signed_at > GOOD_FOR:
        raise _no("The file is older than the plan or seven days, or lies ahead.", request_id)
    if now - key.added_at < KEY_AGE:
        raise _no("The key was registered less than 24 hours ago.", claim.key_id)


def _instant(claim: Claim) -> datetime:
    try:
        at = datetime.fromisoformat(claim.signed_at)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise _no("The file has no readable instant.", claim.request_id)
    return at


def _no(message: str, what: str) -> VerificationError:
    return VerificationError(
        message + " Nothing was approved.",
        what=what,
        next="Ask the approver for a new file over this plan: `rightsdesk request approval-file`.",
    )


def _public(pem: bytes) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(pem)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise BadInput(
            "That is no public Ed25519 key in PEM.",
            what="key",
            next="Ask the approver for the public key.",
        )
    return key
