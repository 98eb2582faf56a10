"""Packages for tests: made by the real renderer, opened, and people about whom much is held."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlalchemy import update

from privacy.cli.documents import renderer, wording
from privacy.rights import answering, people_store
from privacy.rights.answering import Released
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import Subject
from privacy.storage.unit import Unit
from privacy.terms import KeyClass, OpeningPurpose
from tests.desks import MadeDesk


def released(made: MadeDesk, request_id: str, out: Path, **options: Any) -> Released:
    """The request's package with everything in it, as the command writes it."""
    return answering.fulfil(
        made.desk,
        made.handler,
        request_id,
        out,
        renderer=renderer(made.desk),
        wording=wording,
        **options,
    )


def change_profile(made: MadeDesk, subject_id: int, **changes: Any) -> None:
    """Put values into a person's sealed profile, as an import would have."""
    with made.desk.reading() as db:
        (part,) = people_store.profile_parts(db, [subject_id])
    plain = made.desk.vault.open([part], "dpo", OpeningPurpose.IMPORT)
    profile = {**json.loads(plain[part.place]), **changes}
    (sealed,) = made.desk.vault.seal_parts(
        KeyClass.DESK, [(part.place, json.dumps(profile).encode())]
    )

    def job(unit: Unit) -> None:
        table = table_of(Subject)
        unit.db.execute(
            update(table).where(table.c.id == subject_id).values(profile_sealed=sealed.sealed)
        )
        unit.append("test.changed", "dpo")

    made.desk.write(job)
