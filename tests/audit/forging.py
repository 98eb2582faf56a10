"""A log of three days, and what somebody with the database, or with keys, does to it.

Attacks run in a transaction that is rolled back, so one desk serves them all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, text

from privacy.audit.checking import check_database
from privacy.audit.entry import canonical
from privacy.audit.note import Checkpoint, Note, Signer
from privacy.audit.signing import KEY_LABEL
from privacy.audit.store import _append
from privacy.audit.tree import root_hash
from privacy.audit.verify import Anchor, Limits, Verdict
from privacy.desk import Desk
from privacy.storage.tables.audit import APPEND_ONLY, AuditState
from tests.desks import MadeDesk

FIRST_DAY, LATER_DAYS = 300, 12


@dataclass
class Forge:
    """The made desk, the seeds of all its day keys, and its checkpoints in order."""

    made: MadeDesk
    seeds: list[bytes] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    anchors: list[Anchor] = field(default_factory=list)

    @property
    def desk(self) -> Desk:
        return self.made.desk

    @property
    def size(self) -> int:
        return self.sizes[-1]

    def append(self, count: int) -> None:
        def job(unit: Any) -> None:
            for number in range(count):
                unit.append(
                    "vault.opened",
                    "handler",
                    purpose="test",
                    count=number,
                    subjects=[f"pseudonym-{number % 7}"],
                )

        self.desk.write(job)

    def sign(self) -> None:
        last = self.desk.sign_checkpoint()
        assert last is not None
        self.sizes.append(last.size)
        self.anchors.append(Anchor(last.size, last.root, "kept outside"))
        key = self.desk.signing.files.day()
        seed = self.desk.signing._custody.unwrap(key.wrap, key.check, KEY_LABEL, key.number)
        if seed not in self.seeds:
            self.seeds.append(seed)

    def check(
        self,
        attack: Callable[[Attack], None] | None = None,
        anchors: Sequence[Anchor] = (),
        limits: Limits | None = None,
    ) -> Verdict:
        """What verification says after the attack, which is then undone."""
        with self.desk.reads.connect() as db:
            try:
                if attack is not None:
                    attack(Attack(self, db))

                @contextmanager
                def reading() -> Iterator[Connection]:
                    yield db

                return check_database(
                    reading, now=self.made.clock.now(), anchors=anchors, limits=limits
                )
            finally:
                db.rollback()


def fill(forge: Forge) -> Forge:
    """Three days: 300 entries and three checkpoints, then 12 entries and one checkpoint each."""
    forge.sign()
    for count in (FIRST_DAY - 100, 100):
        forge.append(count)
        forge.sign()
    for _ in range(2):
        forge.made.clock.advance(timedelta(days=1))
        forge.append(LATER_DAYS)
        forge.sign()  # closes the day before
        forge.append(LATER_DAYS)
        forge.sign()
    return forge


class Attack:
    """Raw SQL by somebody who owns the database."""

    def __init__(self, forge: Forge, db: Connection) -> None:
        self.forge = forge
        self.db = db
        if db.dialect.name == "sqlite":
            for table in APPEND_ONLY:
                for change in ("update", "delete"):
                    self.sql(f"DROP TRIGGER {table}_no_{change}")
        else:
            self.sql("DROP FUNCTION audit_append_only() CASCADE")

    def sql(self, statement: str, **values: object) -> Any:
        return self.db.execute(text(statement), values)

    def entry_id(self, index: int) -> str:
        found = self.sql("SELECT entry_id FROM audit_leaf WHERE idx = :i", i=index)
        return str(found.scalar_one())

    def body(self, index: int) -> bytes:
        found = self.sql("SELECT body FROM audit_entry WHERE id = :id", id=self.entry_id(index))
        return bytes(found.scalar_one())

    def edit(self, index: int, **changes: object) -> None:
        """Change an entry's body, and nothing else."""
        body = canonical({**json.loads(self.body(index)), **changes})
        self.sql("UPDATE audit_entry SET body = :b WHERE id = :id", b=body, id=self.entry_id(index))

    def remove(self, index: int) -> None:
        """Delete an entry with everything beside it."""
        entry_id = self.entry_id(index)
        for table, column in (
            ("audit_subject", "entry_id"),
            ("audit_leaf", "entry_id"),
            ("audit_entry", "id"),
        ):
            self.sql(f"DELETE FROM {table} WHERE {column} = :id", id=entry_id)

    def add(self, index: int, **fields: object) -> None:
        """Put a false entry at `index` (the leaves after it move up)."""
        body = canonical({**json.loads(self.body(index - 1)), "id": "e-false", **fields})
        document = json.loads(body)
        self.sql(
            "INSERT INTO audit_entry (id, at, actor, action, request, body)"
            " SELECT 'e-false', at, :actor, :action, NULL, :b FROM audit_entry WHERE id = :id",
            actor=document["actor"],
            action=document["action"],
            b=body,
            id=self.entry_id(index - 1),
        )
        for pseudonym in document.get("subjects", ()):
            self.sql(
                "INSERT INTO audit_subject (pseudonym, entry_id) VALUES (:p, 'e-false')",
                p=pseudonym,
            )
        order = [self.entry_id(i) for i in range(self.forge.size)]
        self.rehash([*order[:index], "e-false", *order[index:]])

    def rehash(self, order: Sequence[str] | None = None) -> None:
        """Make leaves, tiles and state anew from the bodies, as the application would."""
        rows = self.sql(
            "SELECT e.id, e.body, e.at, l.idx FROM audit_entry e"
            " LEFT JOIN audit_leaf l ON l.entry_id = e.id ORDER BY l.idx"
        ).all()
        by_id = {row.id: row for row in rows}
        chosen = order if order is not None else [row.id for row in rows]
        for table in ("audit_leaf", "audit_tile"):
            self.sql(f"DELETE FROM {table}")
        self.sql("UPDATE audit_state SET size = 0, hashes = :h, last_at = 0", h=b"")
        _append(
            self.db,
            AuditState(id=1, size=0, hashes=b"", last_at=0),
            chosen,
            [bytes(by_id[each].body) for each in chosen],
            max(by_id[each].at for each in chosen),
        )

    def leaves(self) -> list[bytes]:
        return [
            bytes(leaf)
            for leaf in self.sql("SELECT leaf FROM audit_leaf ORDER BY idx").scalars().all()
        ]

    def resign(self, *, from_size: int = 0, seeds: Sequence[bytes] | None = None) -> None:
        """Sign the checkpoints above `from_size` again, each with the key that is at hand."""
        leaves = self.leaves()
        rows = self.sql("SELECT size, note FROM audit_checkpoint ORDER BY size").all()
        for size, old in rows:
            if size <= from_size:
                continue
            signers = [Signer(self.forge.desk.log.origin, s) for s in seeds or self.forge.seeds]
            ids = {s.key_id for s in Note.parse(bytes(old)).signatures}
            signer = next((s for s in signers if s.verifier().key_id in ids), signers[-1])
            note = self.signed(signer, size, root_hash(leaves[:size]))
            self.sql("UPDATE audit_checkpoint SET note = :n WHERE size = :s", n=note, s=size)

    def signed(self, signer: Signer, size: int, root: bytes) -> bytes:
        return signer.sign(Checkpoint(self.forge.desk.log.origin, size, root).text())

    def today(self) -> Signer:
        """Today's key."""
        return Signer(self.forge.desk.log.origin, self.forge.seeds[-1])

    def cut(self, size: int) -> None:
        """As a backup taken at `size` would be."""
        for index in reversed(range(size, self.forge.size)):
            self.remove(index)
        self.rehash()
        self.sql("DELETE FROM audit_checkpoint WHERE size > :s", s=size)

    def unkeyed(self, table: str) -> None:
        """Make the table anew without its keys."""
        self.sql(f"CREATE TABLE without_keys AS SELECT * FROM {table}")
        self.sql(f"DROP TABLE {table}")
        self.sql(f"ALTER TABLE without_keys RENAME TO {table}")
