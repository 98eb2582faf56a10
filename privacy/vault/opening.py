"""Opening by lease: the entry is durable before anything is released.

A lease holds at most 500 sealed parts. It is recorded in a unit of work, with
actor, purpose and the pseudonyms of all its persons, and gives out plaintexts
only after that unit has committed. A person whom main calls erasing does not
open, whatever the vault holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from privacy.errors import AnswerIsNo, Fault
from privacy.storage.bulk import in_chunks
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import Subject
from privacy.storage.unit import Unit
from privacy.terms import KeyClass, OpeningPurpose, SubjectState
from privacy.vault.keyring import PersonKey
from privacy.vault.sealing import Place, unpad, unseal

OPENING_LIMIT = 500
# Classes that are made with the person and never open after an erasure.
OF_THE_PERSON = frozenset({KeyClass.CALL, KeyClass.DESK})

Keys = Mapping[tuple[int, KeyClass], PersonKey]
Pseudonyms = Callable[[Iterable[int], Keys, datetime], list[str]]


@dataclass(frozen=True, slots=True)
class SealedPart:
    """A ciphertext with its place and the class of the key that seals it."""

    place: Place
    key_class: KeyClass
    sealed: bytes


class Opening:
    """One lease: recorded in a unit of work, released after that unit committed."""

    def __init__(
        self, desk: bytes, parts: Sequence[SealedPart], keys: Keys, pseudonyms: Pseudonyms
    ) -> None:
        if len(parts) > OPENING_LIMIT:
            raise Fault(f"One lease opens at most {OPENING_LIMIT} parts.", what="opening")
        self._desk = desk
        self._parts = parts
        self._keys = keys
        self._pseudonyms = pseudonyms
        self._unit: Unit | None = None

    def record(
        self, unit: Unit, actor: str, purpose: OpeningPurpose, *, action: str = "", **fields: Any
    ) -> str:
        """Append the opening's entry to `unit` and return the entry's id.

        AnswerIsNo for a person who is being erased. Fields go into the entry;
        see Unit.append.
        """
        refuse_closed(unit.db, self._parts, purpose)
        holders = {part.place.holder_id for part in self._parts}
        entry = unit.append(
            action or "personal_data.opened",
            actor,
            purpose=purpose.value,
            subjects=self._pseudonyms(holders, self._keys, unit.now),
            fields=sorted({part.place.part.name.lower() for part in self._parts}),
            count=len(self._parts),
            **fields,
        )
        self._unit = unit
        return entry

    def release(self) -> dict[Place, bytes]:
        """The plaintexts. Fault unless the entry's transaction has committed."""
        if self._unit is None or not self._unit.committed:
            raise Fault("Nothing opens before its audit entry is durable.", what="opening")
        return {part.place: self._opened(part) for part in self._parts}

    def _opened(self, part: SealedPart) -> bytes:
        key = self._keys[part.place.holder_id, part.key_class].data
        return unpad(unseal(key, part.sealed, self._desk, part.place))


def refuse_closed(db: Connection, parts: Sequence[SealedPart], purpose: OpeningPurpose) -> None:
    """AnswerIsNo if a part's person is being erased, or is erased and no ground is named.

    Keys of evidence about a number that nobody is known by have a holder of
    their own, who is no subject; keys that are made with a person have not.
    """
    table = table_of(Subject)
    holders = sorted({part.place.holder_id for part in parts})
    states: dict[int, str] = {}
    for chunk in in_chunks(holders, 500):
        rows = db.execute(select(table.c.id, table.c.state).where(table.c.id.in_(chunk)))
        states |= {row.id: row.state for row in rows}
    for part in parts:
        if not _opens(states.get(part.place.holder_id), part.key_class, purpose):
            raise AnswerIsNo(
                "A person's data is closed: an erasure has begun.",
                what=f"part {part.place.part.name.lower()}",
                next="Nothing was opened. See the erasure's request for its state.",
            )


def _opens(state: str | None, key_class: KeyClass, purpose: OpeningPurpose) -> bool:
    if state == SubjectState.ACTIVE:
        return True
    if key_class in OF_THE_PERSON:
        return False
    return state is None or (
        state == SubjectState.ERASED and purpose is OpeningPurpose.LEGAL_GROUND
    )
