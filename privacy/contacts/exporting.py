"""Export of contacts to a CSV that holds personal data: mode 0600, every lease in the log.

The export's own entry carries the file's digest and its count, and commits
before the file takes its name.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Collection
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from privacy.actors import Act, Actor
from privacy.contacts.store import Record, opened_records
from privacy.desk import Desk
from privacy.errors import BadInput, MachineFailed
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import Subject
from privacy.terms import OpeningPurpose, SubjectState

LEASE_SUBJECTS = 100
HEADER = (
    "id",
    "joined_to",
    "given_name",
    "family_name",
    "full_name",
    "phones",
    "emails",
    "street",
    "city",
    "state",
    "postal_code",
    "country",
    "organisation",
    "language",
    "birthday",
    "lawful_basis",
    "source",
    "obtained_on",
)
# A cell that begins like a formula is run by a spreadsheet (CWE-1236).
FORMULA = ("=", "+", "-", "@", "\t", "\r")

Filter = Callable[[Connection, Collection[int]], set[int]]


@dataclass(frozen=True)
class Exported:
    """What was written: how many subjects, and the file's digest."""

    count: int
    sha256: str


def export(
    desk: Desk,
    actor: Actor,
    path: Path,
    purpose: OpeningPurpose = OpeningPurpose.EXPORT,
    only: Filter | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Exported:
    """Write every active contact that `only` lets through. BadInput when the file exists."""
    actor.require(Act.REPORT)
    actor.require(Act.LOOK_UP)
    part = path.with_name(f"{path.name}.part")
    if path.exists():
        raise BadInput("The file exists already.", what="--out", next="Give another name.")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            done = _write(desk, actor, file, purpose, only, progress)
        desk.write(
            lambda unit: unit.append(
                "contacts.exported",
                actor.id,
                purpose=purpose.value,
                count=done.count,
                object=done.sha256,
            )
        )
        part.replace(path)
    except OSError as error:
        raise MachineFailed(
            f"The export cannot be written ({os.strerror(error.errno or 0)}).",
            what="--out",
            next="Give a place that can be written to.",
        ) from None
    finally:
        part.unlink(missing_ok=True)
    return done


def _write(
    desk: Desk,
    actor: Actor,
    file: io.TextIOWrapper,
    purpose: OpeningPurpose,
    only: Filter | None,
    progress: Callable[[int], None],
) -> Exported:
    digest, count, after = sha256(), 0, 0
    _put(file, digest, HEADER)
    while True:
        with desk.reading() as db:
            page = _page(db, after)
            wanted = page if only is None else [n for n in page if n in only(db, page)]
        if not page:
            break
        after = page[-1]
        for record in opened_records(desk, actor, wanted, purpose):
            _put(file, digest, _row(record))
            count += 1
        progress(count)
    file.flush()
    os.fsync(file.fileno())
    return Exported(count, digest.hexdigest())


def _page(db: Connection, after: int) -> list[int]:
    table = table_of(Subject)
    rows = db.execute(
        select(table.c.id)
        .where(table.c.id > after, table.c.state == SubjectState.ACTIVE)
        .order_by(table.c.id)
        .limit(LEASE_SUBJECTS)
    )
    return list(rows.scalars())


def _row(record: Record) -> tuple[str, ...]:
    profile = record.profile
    names: dict[str, str] = (profile.get("names") or [{}])[0]
    home: dict[str, str] = (profile.get("addresses") or [{}])[0]
    mails: list[dict[str, Any]] = profile.get("emails", [])
    return (
        str(record.subject_id),
        str(record.merged_into or ""),
        names.get("given", ""),
        names.get("family", ""),
        names.get("full", ""),
        " ::: ".join(phone["number"] for phone in record.phones),
        " ::: ".join(str(mail["address"]) for mail in mails),
        *(home.get(part, "") for part in ("street", "locality", "region", "postal_code")),
        home.get("country", ""),
        profile.get("organisation", ""),
        profile.get("language", ""),
        profile.get("birthday", ""),
        record.lawful_basis,
        record.source,
        record.obtained_on,
    )


def _put(file: io.TextIOWrapper, digest: Any, row: tuple[str, ...]) -> None:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow([_harmless(text) for text in row])
    file.write(line.getvalue())
    digest.update(line.getvalue().encode())


def _harmless(text: str) -> str:
    # A number in E.164 begins with + and is no formula.
    if text.startswith(FORMULA) and not text[1:2].isdigit():
        return f"'{text}"
    return text
