"""Evidence about a number that nobody is known by: a key of its own, found by evidence tag."""

from __future__ import annotations

from sqlalchemy import delete, select

from privacy.storage.bulk import insert_rows
from privacy.storage.tables.base import table_of
from privacy.storage.tables.vault import EvidenceTag
from privacy.storage.unit import Unit
from privacy.storage.writing import database_errors
from privacy.vault.store import Vault


def tag_evidence(vault: Vault, number_tag: bytes, holder_id: int) -> None:
    """Remember that `holder_id`'s keys seal evidence about the number of `number_tag`."""
    tag = vault.keyring.tags.evidence_tag(number_tag.hex())
    table = table_of(EvidenceTag)

    def job(unit: Unit) -> None:
        unit.db.execute(delete(table).where(table.c.tag == tag, table.c.holder_id == holder_id))
        insert_rows(unit.db, table, ("tag", "holder_id"), [(tag, holder_id)])

    vault.writes.write(job)


def evidence_holders(vault: Vault, number_tag: bytes) -> list[int]:
    """Whose keys seal evidence about the number of `number_tag`."""
    tag = vault.keyring.tags.evidence_tag(number_tag.hex())
    table = table_of(EvidenceTag)
    with database_errors(), vault.reads.connect() as db:
        rows = db.execute(select(table.c.holder_id).where(table.c.tag == tag))
        return sorted(rows.scalars())
