"""The demo's three requests: an access answer, an erasure with its certificate, an opt-out.

Each goes the whole way: opened, proved, planned by one person, approved by
another, fulfilled, closed. The persons are taken from the desk's own list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from privacy.cli.demo_desk import DemoDesk
from privacy.cli.documents import wording
from privacy.cli.report import write_report
from privacy.cli.sealed import renderer
from privacy.clock import rfc3339
from privacy.contacts.store import Record, show
from privacy.errors import Fault, NotProven
from privacy.rights import (
    answering,
    approval,
    certificate,
    clock,
    erasure,
    handling,
    identity,
    intake,
    optout,
    planning,
    refusal,
    store,
)
from privacy.rights.case import Event, Kind
from privacy.rights.identity import Claims, Evidence
from privacy.rights.intake import CaseFile
from privacy.rights.package import archive, writing
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import AttemptRow
from privacy.storage.tables.people import Subject
from privacy.terms import OpeningPurpose, SubjectState
from privacy.vault.files import file_errors

TRIES = 50


@dataclass(frozen=True)
class Answered:
    """One request that is closed, with the documents that it gave."""

    id: str
    kind: str
    law: str
    received: str
    due: str | None
    closed: str
    documents: list[Path] = field(default_factory=list)
    certificate: Path | None = None

    def document(self) -> dict[str, object]:
        """The contract's row."""
        return {
            "id": self.id,
            "kind": self.kind,
            "law": self.law,
            "received": self.received,
            "due": self.due,
            "closed": self.closed,
        }


def answer_requests(
    made: DemoDesk, campaign_id: str, packages: Path, reports: Path
) -> list[Answered]:
    """Answer three requests of three persons; packages and certificates go where named."""
    with file_errors("the demo's folder"):
        packages.mkdir(mode=0o700, exist_ok=True)
        reports.mkdir(mode=0o700, exist_ok=True)
    called, others = _choices(made, campaign_id)
    access = _access(made, iter([*called, *others]), packages)
    gone = {access[1]}
    erased = _erasure(made, (one for one in [*others, *called] if one not in gone), reports)
    gone.add(erased[1])
    opted_out = _opt_out(made, (one for one in [*others, *called] if one not in gone))
    return [access[0], erased[0], opted_out]


def _choices(made: DemoDesk, campaign_id: str) -> tuple[list[int], list[int]]:
    """Persons that the campaign called, and persons that it did not."""
    attempts, subjects = table_of(AttemptRow), table_of(Subject)
    with made.desk.reading() as db:
        called = db.execute(
            select(attempts.c.subject_id)
            .where(
                attempts.c.campaign_id == campaign_id,
                attempts.c.redeemed_at.is_not(None),
                attempts.c.subject_id.is_not(None),
            )
            .order_by(attempts.c.redeemed_at)
            .limit(TRIES)
        ).scalars()
        first = list(dict.fromkeys(called))
        others = db.execute(
            select(subjects.c.id)
            .where(
                subjects.c.state == SubjectState.ACTIVE,
                subjects.c.merged_into.is_(None),
                subjects.c.id.not_in(
                    select(attempts.c.subject_id).where(attempts.c.subject_id.is_not(None))
                ),
            )
            .order_by(subjects.c.id)
            .limit(TRIES)
        ).scalars()
        return first, list(others)


def _access(made: DemoDesk, persons: Iterator[int], folder: Path) -> tuple[Answered, int]:
    request_id, subject_id = _proved(made, Kind.ACCESS, persons)
    _approved(made, request_id)
    out = folder / f"access-{request_id}.zip"
    secret = archive.new_passphrase()
    writing.write_private(folder / f"access-{request_id}.passphrase", f"{secret}\n".encode())
    kept: list[Path] = []
    rendered = renderer(made.desk, made.handler.id)

    def render_and_show(kind: str, data: dict[str, object]) -> bytes:
        """A demo also puts the PDF beside the package, so that it can be looked at."""
        document = rendered(kind, data)
        if kind == "access-answer":
            path = folder.parent / "reports" / f"{kind}.pdf"
            writing.write_private(path, document)
            kept.append(path)
        return document

    answering.fulfil(
        made.desk,
        made.handler,
        request_id,
        out,
        renderer=render_and_show,
        wording=wording,
        passphrase=secret,
    )
    return _closed(made, request_id, [*kept, out]), subject_id


def _erasure(made: DemoDesk, persons: Iterator[int], folder: Path) -> tuple[Answered, int]:
    request_id, subject_id = _proved(made, Kind.ERASURE, persons)
    _approved(made, request_id)
    erasure.run(made.desk, made.handler, request_id)
    path = folder / "erasure-certificate.pdf"
    data = certificate.report(made.desk, made.handler, request_id, named=True)
    write_report(made.desk, made.handler.id, "erasure-certificate", data, path)
    return _closed(made, request_id, [path], certificate=path), subject_id


def _opt_out(made: DemoDesk, persons: Iterator[int]) -> Answered:
    for subject_id in persons:
        record = show(made.desk, made.handler, subject_id, OpeningPurpose.RIGHTS_REQUEST)[0]
        claims = _claims(record)
        if claims.phone or claims.email:
            case = optout.opt_out(
                made.desk,
                made.handler,
                phones=(claims.phone,) if claims.phone else (),
                emails=(claims.email,) if claims.email else (),
                channel="phone",
            )
            return _closed(made, case.id, [])
    # A list without numbers and mails: an unknown number is suppressed all the same.
    case = optout.opt_out(made.desk, made.handler, phones=("+442079460000",), channel="phone")
    return _closed(made, case.id, [])


def _proved(made: DemoDesk, kind: Kind, persons: Iterator[int]) -> tuple[str, int]:
    """A request of the first person who can prove who they are, and their subject id."""
    for subject_id in persons:
        record = show(made.desk, made.handler, subject_id, OpeningPurpose.RIGHTS_REQUEST)[0]
        claims = _claims(record)
        name = " ".join(part for part in (claims.given, claims.family) if part)
        case = intake.open_request(
            made.desk,
            made.handler,
            kind,
            channel="email",
            file=CaseFile(name=name, contact=claims.email or claims.phone, words=WORDS[kind]),
        )
        try:
            identity.verify(made.desk, made.handler, case.id, Evidence.DOCUMENT_SEEN, claims)
        except NotProven:
            # A household's shared number proves nobody: the request is refused, as it must be.
            refusal.refuse(made.desk, made.handler, case.id, "not_identified")
            handling.close(made.desk, made.handler, case.id)
            continue
        return case.id, subject_id
    raise Fault("Nobody in this list can prove who they are.", what="demo")


WORDS = {
    Kind.ACCESS: "Please send me a copy of everything you hold about me.",
    Kind.ERASURE: "Please delete everything you hold about me.",
}


def _claims(record: Record) -> Claims:
    name = (record.profile.get("names") or [{}])[0]
    address = (record.profile.get("addresses") or [{}])[0]
    mails = record.profile.get("emails") or []
    return Claims(
        phone=str(record.phones[0]["number"]) if record.phones else "",
        email=str(mails[0]["address"]) if mails else "",
        given=str(name.get("given") or ""),
        family=str(name.get("family") or ""),
        postal_code=str(address.get("postal_code") or ""),
    )


def _approved(made: DemoDesk, request_id: str) -> None:
    planning.make_plan(made.desk, made.handler, request_id)
    approval.approve(made.desk, made.dpo, request_id)


def _closed(
    made: DemoDesk, request_id: str, documents: list[Path], *, certificate: Path | None = None
) -> Answered:
    handling.close(made.desk, made.handler, request_id)
    with made.desk.reading() as db:
        case = store.case(db, request_id)
        told = store.timeline(db, request_id)
    fulfilled = next(event.at for event in told if event.type is Event.FULFILLED)
    answered = clock.answer(made.desk.config.controller, case, told, fulfilled)
    due = clock.due_day(answered, told)
    assert case.closed_at is not None
    return Answered(
        case.id,
        case.kind.value,
        case.law,
        rfc3339(case.received_at),
        due,
        rfc3339(case.closed_at),
        documents,
        certificate,
    )
