"""Import of a file of contacts: read, decide, write, batch by batch.

Every row ends as exactly one of imported, merged, unchanged or rejected. An
interrupted import goes on where its last committed batch ended; the same file
again changes nothing. One import runs at a time on a desk.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, tzinfo
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from privacy.actors import Act, Actor
from privacy.contacts import batches
from privacy.contacts.batches import COUNTS, Moved, Origin
from privacy.contacts.deciding import Planned, Planner, RowConsents
from privacy.contacts.places import known_region
from privacy.contacts.rejects import RejectFile
from privacy.contacts.rows import Contact, RawContact, Refusal, read_contact
from privacy.contacts.sheet import Sheet, open_sheet
from privacy.desk import Desk
from privacy.errors import AnswerIsNo, BadInput
from privacy.ids import public_id
from privacy.storage.unit import Unit
from privacy.terms import LawfulBasis

BATCH_ROWS = 1_000
ATTEMPTS = 5
NOT_STATED = "not stated"
LONGEST_SOURCE = 100
# What looks like a mail or number is a person's, and a source stands unsealed.
_PERSONAL = re.compile(r"@|\d{7}|[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class ImportOptions:
    """How to read a file, and what every contact of it keeps.

    `region` (ISO 3166-1) is the country of numbers without country code and of
    addresses that name none. `lawful_basis` None is kept as not stated.
    """

    obtained_on: date
    source: str = NOT_STATED
    lawful_basis: LawfulBasis | None = None
    region: str = ""
    mapping: Path | None = None
    encoding: str = ""
    delimiter: str = ""
    rejects: Path | None = None
    dry_run: bool = False


class OnConsents(Protocol):
    """Takes the consents of a batch before its persons are in main.

    Their keys are in the vault already. What it returns runs in the transaction
    that makes the persons: a withdrawal is never lost between two commits. A row
    that changes nothing brings its consents again; keep only what is new.
    """

    def __call__(self, rows: Sequence[RowConsents]) -> Callable[[Unit], None] | None: ...


@dataclass
class ImportResult:
    """What became of the rows: read = imported + merged + unchanged + rejected."""

    import_id: str = ""
    read: int = 0
    imported: int = 0
    merged: int = 0
    unchanged: int = 0
    rejected: int = 0
    erased: int = 0
    shared: int = 0
    possible_duplicates: int = 0
    consents: int = 0
    resumed_at_row: int | None = None
    reject_file: Path | None = None
    seconds: float = 0.0
    parse_seconds: float = 0.0
    reasons: dict[str, int] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in COUNTS}

    def document(self) -> dict[str, Any]:
        """The contract's document."""
        return {
            "schema": "rightsdesk.contacts-import/1",
            "import": self.import_id or None,
            "read": self.read,
            **self.counts(),
            "consents": self.consents,
            "resumed_at_row": self.resumed_at_row,
            "reject_file": str(self.reject_file) if self.reject_file else None,
            "reasons": self.reasons,
            "seconds": round(self.seconds, 3),
            "parse_seconds": round(self.parse_seconds, 3),
        }


def no_progress(rows_done: int) -> None:
    """For callers that show none."""


def import_file(
    desk: Desk,
    actor: Actor,
    path: Path,
    options: ImportOptions,
    progress: Callable[[int], None] = no_progress,
    on_consents: OnConsents | None = None,
) -> ImportResult:
    """Import a CSV or vCard file. Denied, BadInput, or DeskInUse while another import runs."""
    actor.require(Act.IMPORT)
    check(options)
    sheet = open_sheet(
        path,
        mapping=options.mapping,
        encoding=options.encoding,
        delimiter=options.delimiter,
        region=options.region or desk.config.region,
    )
    return import_sheet(desk, actor, sheet, options, progress, on_consents)


def import_sheet(
    desk: Desk,
    actor: Actor,
    sheet: Sheet,
    options: ImportOptions,
    progress: Callable[[int], None] = no_progress,
    on_consents: OnConsents | None = None,
) -> ImportResult:
    """Import a file that was looked at already; see `import_file`."""
    actor.require(Act.IMPORT)
    check(options)
    with batches.alone(desk):
        return _Import(desk, actor, sheet, options, progress, on_consents).run()


def check(options: ImportOptions) -> None:
    """BadInput for a region that gives out no numbers, or a source that could name a person."""
    if options.region and not known_region(options.region):
        raise BadInput(
            "That is no country code.", what="--region", next="Give two capitals, e.g. DE."
        )
    if len(options.source) > LONGEST_SOURCE or _PERSONAL.search(options.source):
        raise BadInput(
            "A source names where the list came from, not a person.",
            what="--source",
            next=f"Use at most {LONGEST_SOURCE} characters, without addresses and numbers.",
        )


class _Import:
    """One run over one file."""

    def __init__(
        self,
        desk: Desk,
        actor: Actor,
        sheet: Sheet,
        options: ImportOptions,
        progress: Callable[[int], None],
        on_consents: OnConsents | None,
    ) -> None:
        self._desk, self._actor = desk, actor
        self._sheet, self._options = sheet, options
        self._progress, self._on_consents = progress, on_consents
        self._result = ImportResult()
        self._skip = 0
        self._line = 0

    def run(self) -> ImportResult:
        started = time.perf_counter()
        result = self._result
        origin = self._begin()
        planner = Planner(self._desk, self._actor, origin.import_id, dry=self._options.dry_run)
        rejects = RejectFile.beside(self._sheet.file.path, self._options.rejects, self._desk.folder)
        rows = self._numbered()
        for _ in islice(rows, self._skip):
            pass
        result.read = self._skip
        with rejects.opened(None if self._skip == 0 else self._line, dry=self._options.dry_run):
            while self._take_batch(rows, planner, origin, rejects):
                self._progress(result.read)
            result.reject_file = rejects.finish()
        if not self._options.dry_run:
            batches.finish(self._desk, self._actor, origin.import_id, result.counts())
        result.seconds = time.perf_counter() - started
        return result

    def _begin(self) -> Origin:
        options, digest = self._options, self._sheet.file.sha256
        basis = options.lawful_basis.value if options.lawful_basis else ""
        on = options.obtained_on.isoformat()
        settings = sha256(repr((self._sheet.mapping, self._sheet.dialect, options.region)).encode())
        settings.update(json.dumps([options.source, basis, on]).encode())
        if options.dry_run:
            return Origin("", options.source, basis, on)
        with self._desk.reading() as db:
            earlier = batches.unfinished(db, digest, settings.hexdigest())
        if earlier is not None:
            import_id, self._skip, counts = earlier
            for name, count in counts.items():
                setattr(self._result, name, count)
            self._result.resumed_at_row = self._skip + 1
        else:
            import_id = public_id("im")
        origin = Origin(import_id, options.source, basis, on)
        if earlier is None:
            batches.begin(self._desk, self._actor, origin, digest, settings.hexdigest())
        self._result.import_id = import_id
        return origin

    def _numbered(self) -> Iterator[tuple[int, RawContact | Refusal]]:
        for row, raw in enumerate(self._sheet.rows(self._zone(), self._desk.now()), start=1):
            self._line = raw.line
            yield row, raw

    def _zone(self) -> tzinfo:
        return ZoneInfo(self._desk.config.controller.zone)

    def _take_batch(
        self,
        rows: Iterator[tuple[int, RawContact | Refusal]],
        planner: Planner,
        origin: Origin,
        rejects: RejectFile,
    ) -> bool:
        """Read, decide and write up to BATCH_ROWS rows; False when there was none."""
        started = time.perf_counter()
        contacts: list[Contact] = []
        refused: list[list[Refusal]] = []
        last = 0
        for row, raw in islice(rows, BATCH_ROWS):
            last = row
            read = [raw] if isinstance(raw, Refusal) else read_contact(raw, row, self._region())
            if isinstance(read, Contact):
                contacts.append(read)
            else:
                refused.append(read)
        self._result.parse_seconds += time.perf_counter() - started
        if not last:
            return False
        self._write(planner, origin, rejects, contacts, refused, last)
        return True

    def _region(self) -> str:
        return self._options.region or self._desk.config.region

    def _write(
        self,
        planner: Planner,
        origin: Origin,
        rejects: RejectFile,
        contacts: list[Contact],
        refused: list[list[Refusal]],
        last: int,
    ) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                planned = planner.plan(contacts)
                told = self._told(planned, contacts, refused)
                counts = self._counted(planned, len(refused))
                if not self._options.dry_run:
                    rejects.write(told)
                    self._commit(origin, planned, counts, last)
            except AnswerIsNo as moved:
                # A person began to be erased, or was split, while the batch was decided.
                if attempt == ATTEMPTS or type(moved) not in (AnswerIsNo, Moved):
                    raise
                rejects.take_back()
                continue
            break
        planner.learn(planned)
        for refusal in told:
            reasons = self._result.reasons
            reasons[refusal.reason] = reasons.get(refusal.reason, 0) + 1
        for name, count in counts.items():
            setattr(self._result, name, count)
        self._result.read = last
        self._result.consents += sum(len(each.consents) for each in planned.consents)

    def _told(
        self, planned: Planned, contacts: list[Contact], refused: list[list[Refusal]]
    ) -> list[Refusal]:
        """Everything of this batch that goes into the file of rejects, by line."""
        told = [refusal for each in refused for refusal in each]
        erased = {id(contact) for contact in planned.erased}
        for contact in contacts:
            if id(contact) in erased:
                told.append(Refusal(contact.line, "row", "erased"))
            else:
                told.extend(contact.refusals)
        return sorted(told, key=lambda refusal: refusal.line)

    def _counted(self, planned: Planned, refused: int) -> dict[str, int]:
        counts = self._result.counts()
        for name, count in planned.counts().items():
            counts[name] += count
        counts["rejected"] += refused
        return counts

    def _commit(self, origin: Origin, planned: Planned, counts: dict[str, int], last: int) -> None:
        batch = batches.Batch(
            origin=origin,
            subjects=planned.subjects,
            doubles=planned.doubles,
            joined=planned.joined,
            erased_mark=planned.erased_mark,
            rows_done=last,
            counts=counts,
        )
        rows = planned.consents

        def consents() -> Callable[[Unit], None] | None:
            return self._on_consents(rows) if rows and self._on_consents else None

        batches.write_batch(self._desk, self._actor, batch, consents)
