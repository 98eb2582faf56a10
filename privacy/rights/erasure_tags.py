"""The keyed tags of a person's numbers and e-mail addresses: by them everything is found."""

from __future__ import annotations

import json
from collections.abc import Sequence

from privacy.desk import Desk
from privacy.rights import people_store
from privacy.terms import ContactKind, OpeningPurpose

Tag = tuple[bytes, ContactKind]


def tags_of(
    desk: Desk, actor_id: str, people: Sequence[int], request_id: str
) -> dict[int, list[Tag]]:
    """The keyed tags of every number and e-mail of those persons; the opening is audited."""
    with desk.reading() as db:
        profiles = people_store.profile_parts(db, people)
        phones = people_store.phone_parts(db, people)
    opened = desk.vault.open(
        [*profiles, *phones], actor_id, OpeningPurpose.ERASURE_REQUEST, request=request_id
    )
    found: dict[int, list[Tag]] = {subject_id: [] for subject_id in people}
    hashed = desk.vault.keyring.tags
    for part in phones:
        number = str(json.loads(opened[part.place])["number"])
        found[part.place.holder_id].append((hashed.number_tag(number), ContactKind.PHONE))
    for part in profiles:
        for mail in json.loads(opened[part.place])["emails"]:
            address = str(mail["address"])
            found[part.place.holder_id].append((hashed.mail_tag(address), ContactKind.EMAIL))
    return found
