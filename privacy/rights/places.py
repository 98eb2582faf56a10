"""The countries of a person's numbers, which decide what must outlive an erasure."""

from __future__ import annotations

import json
from collections.abc import Sequence

from privacy.desk import Desk
from privacy.numbers import region_of
from privacy.rights import people_store
from privacy.terms import OpeningPurpose


def regions_of(desk: Desk, actor_id: str, people: Sequence[int], request_id: str) -> frozenset[str]:
    """ISO 3166-1 codes of the numbers and addresses of those persons; audited."""
    with desk.reading() as db:
        parts = people_store.phone_parts(db, people)
    opened = desk.vault.open(parts, actor_id, OpeningPurpose.ERASURE_REQUEST, request=request_id)
    found: set[str] = set()
    for part in parts:
        document = json.loads(opened[part.place])
        found.add(region_of(str(document["number"])))
        found.add(str(document.get("region") or "").partition("-")[0])
    return frozenset(found - {""})
