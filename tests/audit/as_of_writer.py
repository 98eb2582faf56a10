"""A process that writes while reports begin: `slow FOLDER` or `many FOLDER PERSON POINT`.

Slow takes its turn, says `inside` by a file, and commits when there is a file `go`. Many
records a consent and an opt-out after the other until there is a file `stop`.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from privacy.actors import Actor
from privacy.app import open_desk
from privacy.clock import micros
from privacy.consent import store as consent_store
from privacy.consent import suppression
from privacy.consent.ledger import RecordKind
from privacy.consent.records import NewRecord
from privacy.desk import Desk
from privacy.settings import Settings
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import Notice
from privacy.storage.unit import Unit
from privacy.terms import ConsentClass, ContactKind, Role
from tests.desks import PASSPHRASE, TestClock

GIVEN = datetime(2026, 1, 5, tzinfo=UTC)
STEP_S = 0.01


class RunningClock(TestClock):
    """The machine's own clock: two processes must agree on it."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def slow(desk: Desk, folder: Path) -> None:
    def job(unit: Unit) -> None:
        unit.db.execute(
            insert(table_of(Notice)).values(
                id="slow",
                version=1,
                language="en",
                text="x",
                sha256="",
                created_at=micros(unit.now),
            )
        )
        unit.append("notice.recorded", "dpo", object="slow")
        (folder / "inside").touch()
        while not (folder / "go").exists():
            time.sleep(STEP_S)

    desk.write(job)


def many(desk: Desk, folder: Path, person: int, point: int) -> None:
    grant = NewRecord(
        person,
        point,
        RecordKind.GRANT,
        "marketing",
        "voice_prerecorded",
        ConsentClass.PRIOR_EXPRESS_WRITTEN_CONSENT,
        GIVEN,
        "form",
    )
    number = 0
    while not (folder / "stop").exists():
        consent_store.record(desk, Actor("dpo", Role.DPO), [grant])
        tag = number.to_bytes(32, "big")
        suppression.opt_out_tag(desk, "dpo", tag, ContactKind.PHONE, source="form")
        number += 1
        (folder / "inside").touch()


def main() -> None:
    what, folder = sys.argv[1], Path(sys.argv[2])
    settings = Settings(folder / "desk", folder / "state", None, "dpo", None)
    desk = open_desk(settings, RunningClock(), PASSPHRASE)
    if what == "slow":
        slow(desk, folder)
    else:
        many(desk, folder, int(sys.argv[3]), int(sys.argv[4]))
    desk.close()


if __name__ == "__main__":
    main()
