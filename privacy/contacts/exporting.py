"""The marketing export: whom consent and law let be contacted, and nobody else, in a CSV.

It is the only export without a request. Whoever chooses decides each contact
point twice: before it is written, and again, where anything changed, in the
transaction that logs the file's digest, its count, its purpose and its recipient.
That entry is durable before the file takes its name; mode 0600. Who is in it is
named in the log, so that an access answer can tell each person who received what.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, select

from privacy.actors import Act, Actor
from privacy.contacts.cells import harmless, numbers_or_harmless
from privacy.contacts.store import Record, opened_records
from privacy.desk import Desk
from privacy.disclosures import store as disclosures
from privacy.disclosures.given import Given, Role, Way
from privacy.errors import BadInput, MachineFailed
from privacy.ids import public_id
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import Subject
from privacy.storage.unit import Unit
from privacy.terms import Channel, OpeningPurpose, Purpose, SubjectState

LEASE_SUBJECTS = 100
HEADER = (
    "given_name",
    "family_name",
    "full_name",
    "organisation",
    "language",
    "country",
    "phones",
    "emails",
)
HELD = ("names", "organisation", "language", "country")


@dataclass(frozen=True)
class Recipient:
    """Who gets the file. `sold`: sold or shared in the sense of the states' laws."""

    name: str
    role: Role = Role.THIRD_PARTY
    country: str = ""
    sold: bool = False


class Chooser(Protocol):
    """Decides who and what may be exported; `privacy.consented` has the real one."""

    def people(self, db: Connection, subject_ids: Collection[int]) -> set[int]:
        """Those who may be in it, by what stands unsealed."""
        ...

    def points(self, db: Connection, records: Sequence[Record]) -> Mapping[int, Sequence[str]]:
        """The numbers or mails of each opened person that may be in it."""
        ...

    def refuse_changed(self, db: Connection) -> None:
        """Interrupted if one of those given meanwhile said no, or was restricted or held."""
        ...


@dataclass(frozen=True)
class Exported:
    """What was written: the export's id, how many persons, the file's digest, its entry."""

    id: str
    count: int
    sha256: str
    entry_id: str


def export(
    desk: Desk,
    actor: Actor,
    path: Path,
    chooser: Chooser,
    *,
    purpose: Purpose,
    channel: Channel,
    recipient: Recipient,
    progress: Callable[[int], None] = lambda _: None,
) -> Exported:
    """Write the contact points that `chooser` lets through, for one recipient and purpose.

    BadInput when the file exists or the recipient is no organisation's name. Interrupted,
    and nothing released, if somebody in it said no meanwhile.
    """
    actor.require(Act.REPORT)
    actor.require(Act.LOOK_UP)
    given = given_by(recipient, purpose, channel)
    part = path.with_name(f"{path.name}.part")
    if path.exists():
        raise BadInput("The file exists already.", what="--out", next="Give another name.")
    given = replace(given, ref=public_id("x"))
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            os.fchmod(file.fileno(), 0o600)
            count, digest = _write(desk, actor, file, chooser, given, progress)

        def release(unit: Unit) -> str:
            chooser.refuse_changed(unit.db)
            return unit.append(
                "contacts.exported",
                actor.id,
                **_told(given),
                fields=[channel.value],
                count=count,
                digest=digest,
            )

        entry = desk.write(release)
        _complete(part, path)
    except OSError as error:
        raise MachineFailed(
            f"The export cannot be written ({os.strerror(error.errno or 0)}).",
            what="--out",
            next="Give a place that can be written to.",
        ) from None
    finally:
        part.unlink(missing_ok=True)
    return Exported(given.ref, count, digest, entry)


def given_by(recipient: Recipient, purpose: Purpose, channel: Channel) -> Given:
    """The line that the ledger gets for each person. BadInput for what may not stand there."""
    point = "email" if channel is Channel.EMAIL else "phone"
    return Given(
        recipient.name,
        recipient.role,
        (*HELD, point),
        purpose.value,
        "consent",
        Way.EXPORT,
        "",
        recipient.country,
        recipient.sold,
    )


def _told(given: Given) -> dict[str, str]:
    return {"purpose": given.why, "recipient": given.recipient, "object": given.ref}


def _complete(part: Path, path: Path) -> None:
    """Give the written file its name, durably."""
    os.rename(part, path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _write(
    desk: Desk,
    actor: Actor,
    file: io.TextIOWrapper,
    chooser: Chooser,
    given: Given,
    progress: Callable[[int], None],
) -> tuple[int, str]:
    digest, count, after = sha256(), 0, 0
    _put(file, digest, HEADER)
    while True:
        with desk.reading() as db:
            page = _page(db, after)
            wanted = chooser.people(db, page)
        if not page:
            break
        after = page[-1]
        records = (
            opened_records(desk, actor, wanted, OpeningPurpose.EXPORT, object=given.ref)
            if wanted
            else []
        )
        with desk.reading() as db:
            allowed = chooser.points(db, records)
        for record in records:
            if points := allowed.get(record.subject_id):
                _put(file, digest, _row(record, points))
                count += 1
        if allowed:
            _tell(desk, actor, list(allowed), given)
        progress(count)
    file.flush()
    os.fsync(file.fileno())
    return count, digest.hexdigest()


def _tell(desk: Desk, actor: Actor, people: Collection[int], given: Given) -> None:
    """Name in log and ledger who is in the file, so that each can be told who received what.

    Both count once the export's own entry, with the same id, is there.
    """

    def job(unit: Unit) -> None:
        names = desk.vault.pseudonyms(people, {}, unit.now)
        disclosures.record(unit, given, people, actor.id)
        unit.append(
            "contact.disclosed", actor.id, subjects=names, count=len(people), **_told(given)
        )

    desk.write(job)


def _page(db: Connection, after: int) -> list[int]:
    table = table_of(Subject)
    rows = db.execute(
        select(table.c.id)
        .where(table.c.id > after, table.c.state == SubjectState.ACTIVE)
        .order_by(table.c.id)
        .limit(LEASE_SUBJECTS)
    )
    return list(rows.scalars())


def _row(record: Record, points: Sequence[str]) -> tuple[str, ...]:
    """What a recipient needs to reach the person, and no more (GDPR Article 5(1)(c))."""
    profile = record.profile
    names: dict[str, str] = (profile.get("names") or [{}])[0]
    home: dict[str, str] = (profile.get("addresses") or [{}])[0]
    cells = (
        names.get("given", ""),
        names.get("family", ""),
        names.get("full", ""),
        profile.get("organisation", ""),
        profile.get("language", ""),
        home.get("country", ""),
    )
    return (
        *(harmless(cell) for cell in cells),
        numbers_or_harmless(_joined(value for value in points if "@" not in value)),
        harmless(_joined(value for value in points if "@" in value)),
    )


def _joined(values: Iterable[str]) -> str:
    return " ::: ".join(values)


def _put(file: io.TextIOWrapper, digest: Any, row: tuple[str, ...]) -> None:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(row)
    file.write(line.getvalue())
    digest.update(line.getvalue().encode())
