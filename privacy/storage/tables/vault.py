"""Tables of the vault database: wrapped keys, truncated contact indexes, leases.

Wraps under the two key-encryption keys stand in two tables, so that a
PostgreSQL role can be given one of them only.
"""

from __future__ import annotations

from sqlmodel import Field

from privacy.storage.tables.base import VaultTable, big, blob


class VaultKey(VaultTable, table=True):
    """A second-level key: KEKs under the epoch root, index/suppression/log roots under R.

    `epoch` is 0 for keys that are wrapped by R. `check` is the value of
    foundations: HMAC-SHA256(key, label | desk id | epoch) cut to 16 bytes.
    """

    __tablename__ = "vault_key"
    label: str = Field(primary_key=True)
    epoch: int = Field(primary_key=True)
    wrap: bytes = Field(sa_column=blob())
    check_value: bytes = Field(sa_column=blob())


class CallKey(VaultTable, table=True):
    """Keys of classes call and calls, wrapped by KEK-call of `epoch`."""

    __tablename__ = "call_key"
    holder_id: int = Field(sa_column=big(key=True))
    key_class: str = Field(primary_key=True)
    epoch: int = Field(index=True)
    wrap: bytes = Field(sa_column=blob())


class DeskKey(VaultTable, table=True):
    """Keys of classes desk, consent and case, wrapped by KEK-desk of `epoch`."""

    __tablename__ = "desk_key"
    holder_id: int = Field(sa_column=big(key=True))
    key_class: str = Field(primary_key=True)
    epoch: int = Field(index=True)
    wrap: bytes = Field(sa_column=blob())


class ContactIndex(VaultTable, table=True):
    """Truncated blind index: finds candidates, which are then opened and compared."""

    __tablename__ = "contact_index"
    kind: str = Field(primary_key=True)
    value: int = Field(sa_column=big(key=True))
    holder_id: int = Field(sa_column=big(key=True, index=True))
    part_id: int = Field(sa_column=big(key=True))


class EvidenceTag(VaultTable, table=True):
    """Full tag under its own label, beside the key that seals evidence about a number."""

    __tablename__ = "evidence_tag"
    tag: bytes = Field(sa_column=blob(key=True))
    holder_id: int = Field(sa_column=big(key=True))


class ProcessLease(VaultTable, table=True):
    """A long process and the epoch whose keys it holds; a turn waits for it."""

    __tablename__ = "process_lease"
    id: str = Field(primary_key=True)
    name: str
    epoch: int
    renewed_at: int = Field(sa_column=big())
