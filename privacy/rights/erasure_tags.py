"""One look at a person's numbers and e-mail addresses: keyed tags, and the countries.

By the tags everything about the person is found and suppressed; the countries decide
what must outlive an erasure. One opening, one entry in the log.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from privacy.desk import Desk
from privacy.numbers import region_of
from privacy.rights import people_store
from privacy.storage.bulk import in_chunks
from privacy.terms import ContactKind, OpeningPurpose
from privacy.vault.sealing import Place
from privacy.vault.store import OPENING_LIMIT

Tag = tuple[bytes, ContactKind]
TAGS_A_LINE = 24
TAG_BYTES = 32
KIND_BYTES = {ContactKind.PHONE: b"p", ContactKind.EMAIL: b"e"}


@dataclass(frozen=True)
class Looked:
    """Tags by subject id; ISO 3166-1 codes of the numbers and addresses on file with them."""

    tags: dict[int, list[Tag]]
    regions: frozenset[str]

    @property
    def all_tags(self) -> frozenset[bytes]:
        return frozenset(tag for mine in self.tags.values() for tag, _ in mine)


def look(desk: Desk, actor_id: str, people: Sequence[int], request_id: str) -> Looked:
    """The keyed tags of every number and e-mail of those persons, and their countries; audited."""
    with desk.reading() as db:
        profiles = people_store.profile_parts(db, people)
        phones = people_store.phone_parts(db, people)
    opened: dict[Place, bytes] = {}
    for chunk in in_chunks([*profiles, *phones], OPENING_LIMIT):
        opened |= desk.vault.open(
            chunk, actor_id, OpeningPurpose.ERASURE_REQUEST, request=request_id
        )
    found: dict[int, list[Tag]] = {subject_id: [] for subject_id in people}
    regions: set[str] = set()
    hashed = desk.vault.keyring.tags
    for part in phones:
        call = json.loads(opened[part.place])
        number = str(call["number"])
        regions |= {region_of(number), str(call.get("region") or "").partition("-")[0]}
        found[part.place.holder_id].append((hashed.number_tag(number), ContactKind.PHONE))
    for part in profiles:
        for mail in json.loads(opened[part.place])["emails"]:
            address = str(mail["address"])
            found[part.place.holder_id].append((hashed.mail_tag(address), ContactKind.EMAIL))
    return Looked(found, frozenset(regions - {""}))


def chunks(tags: Sequence[Tag]) -> list[Sequence[Tag]]:
    """The tags of one person as they stand in lines of the ledger: at least one, maybe empty."""
    return in_chunks(tags, TAGS_A_LINE) or [[]]


def packed(tags: Iterable[Tag]) -> bytes:
    """Tags with their kinds, as one line of the ledger holds them."""
    return b"".join(KIND_BYTES[kind] + tag for tag, kind in tags)


def tags_in(lines: Iterable[str]) -> set[Tag]:
    """The tags of lines of the ledger, in hex, as `packed` made them."""
    kinds = {first: kind for kind, first in KIND_BYTES.items()}
    found: set[Tag] = set()
    for line in lines:
        held = bytes.fromhex(line)
        for start in range(0, len(held), TAG_BYTES + 1):
            kind, tag = held[start : start + 1], held[start + 1 : start + 1 + TAG_BYTES]
            found.add((tag, kinds[kind]))
    return found
