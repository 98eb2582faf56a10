"""Requests of authorised agents in bulk: a CSV whose rows are one request each.

The first line names the columns of docs/intake.md; no column is guessed. A row is one
arrival and one request, with the permission's paper sealed as evidence of authority, which
nobody has looked at yet: what it proves is decided later, under the laws of the request
(11 CCR 7063; powers of attorney), see authority.py. A row that cannot be read goes to the
file of rejects, with its line and reason and without its values. An interrupted file goes
on where it stopped; the same row again changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from privacy.actors import Act, Actor
from privacy.contacts.delimited import Record, detect, records
from privacy.contacts.files import TextFile, look_at
from privacy.contacts.rejects import RejectFile
from privacy.contacts.rows import Refusal
from privacy.desk import Desk
from privacy.errors import BadFacts, BadInput
from privacy.rights import authority, evidence, evidence_store, intake, optout
from privacy.rights.applying import laws_for
from privacy.rights.arriving import agent_batches, language, store
from privacy.rights.arriving.agent_batches import Batch
from privacy.rights.arriving.asked import content_of
from privacy.rights.arriving.taking import check_receipt
from privacy.rights.arriving.ways import Came, LanguageBy, Source
from privacy.rights.arriving.written import Written, instant, written
from privacy.rights.case import IMMEDIATE, Kind
from privacy.rights.evidence import Piece
from privacy.rights.intake import Asking

COLUMNS = (
    "agent_name", "agent_contact", "evidence", "proofs", "name", "email", "phone", "post",
    "answer_by", "kind", "place", "words", "received", "language",
)  # fmt: skip
NEEDED = ("agent_name", "kind")
SAVED_EVERY = 100
BY_AGENT = Asking(asked_by="agent")


@dataclass
class AgentsResult:
    """What became of the rows: read = opened + unchanged + rejected.

    `without_paper`: rows whose permission was named and not found, opened all the same;
    `questions`: rows whose law is to be named.
    """

    batch_id: str = ""
    read: int = 0
    opened: int = 0
    unchanged: int = 0
    rejected: int = 0
    without_paper: int = 0
    questions: int = 0
    resumed_at_row: int | None = None
    reject_file: Path | None = None
    reasons: dict[str, int] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        return {
            "schema": "rightsdesk.agent-requests/1",
            "batch": self.batch_id,
            "read": self.read,
            "opened": self.opened,
            "unchanged": self.unchanged,
            "rejected": self.rejected,
            "without_paper": self.without_paper,
            "questions": self.questions,
            "resumed_at_row": self.resumed_at_row,
            "reject_file": str(self.reject_file) if self.reject_file else None,
            "reasons": self.reasons,
        }


@dataclass(frozen=True)
class _Row:
    line: int
    values: Mapping[str, str]
    asked: Written
    kind: Kind
    proofs: tuple[str, ...]
    paper: bytes | None


class _Refused(Exception):
    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column, self.reason = column, reason


def take_agents(
    desk: Desk,
    actor: Actor,
    path: Path,
    *,
    papers: Path | None = None,
    rejects: Path | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> AgentsResult:
    """Take a file of agents' requests. `papers`: the folder that the column evidence names.

    BadInput where the file is no CSV, or its first line names an unknown column or misses one.
    """
    actor.require(Act.HANDLE_REQUEST)
    file = look_at(path)
    rows = records(file, detect(file))
    columns = _columns(next(rows, None))
    return _Run(desk, actor, file, papers, progress).run(rows, columns, rejects)


class _Run:
    """One run over one file."""

    def __init__(
        self,
        desk: Desk,
        actor: Actor,
        file: TextFile,
        papers: Path | None,
        progress: Callable[[int], None],
    ) -> None:
        self._desk, self._actor, self._file = desk, actor, file
        self._papers, self._progress = papers, progress
        self._result = AgentsResult()
        self._refusals: list[Refusal] = []

    def run(self, rows: Any, columns: list[str], rejects: Path | None) -> AgentsResult:
        tag = self._desk.vault.keyring.tags.arrival_tag(b"agents\x00" + self._file.sha256.encode())
        batch = agent_batches.begun(self._desk, self._actor, tag)
        result = self._result
        result.batch_id, result.read = batch.id, batch.next_row
        result.opened, result.rejected = batch.opened, batch.rejected
        result.unchanged = batch.next_row - batch.opened - batch.rejected
        result.resumed_at_row = batch.next_row + 1 if batch.next_row else None
        line = 0
        for record in islice(rows, batch.next_row):
            line = record.line
        refused = RejectFile.beside(self._file.path, rejects, self._desk.folder)
        with refused.opened(line if batch.next_row else None):
            while chunk := list(islice(rows, SAVED_EVERY)):
                for record in chunk:
                    self._take(record, columns, batch)
                refused.write(self._refusals)
                self._refusals.clear()
                agent_batches.save(self._desk, self._actor, batch.id, result)
                self._progress(result.read)
            result.reject_file = refused.finish()
        agent_batches.finish(self._desk, self._actor, batch.id, result)
        return result

    def _take(self, record: Record, columns: list[str], batch: Batch) -> None:
        self._result.read += 1
        try:
            row = self._read(record, columns)
            self._open(row, batch)
        except _Refused as refused:
            self._result.rejected += 1
            self._tell(record.line, refused.column, refused.reason)

    def _tell(self, line: int, column: str, reason: str, *, kept: bool = False) -> None:
        self._refusals.append(Refusal(line, column, reason, kept))
        self._result.reasons[reason] = self._result.reasons.get(reason, 0) + 1

    def _read(self, record: Record, columns: list[str]) -> _Row:
        if record.refused or len(record.fields) != len(columns):
            raise _Refused("row", record.refused or "width")
        values = {
            column: value.strip() for column, value in zip(columns, record.fields, strict=True)
        }
        for column in NEEDED:
            if not values[column]:
                raise _Refused(column, "missing")
        asked = self._asked(values)
        kind = asked.kinds[0]
        if kind in IMMEDIATE and not (asked.phones or asked.emails):
            raise _Refused("email", "needed_to_opt_out")
        if not asked.name and not asked.contact:
            raise _Refused("name", "nobody_named")
        proofs = tuple(values.get("proofs", "").split())
        self._check_law(kind, asked, proofs)
        return _Row(record.line, values, asked, kind, proofs, self._paper(values, record.line))

    def _asked(self, values: Mapping[str, str]) -> Written:
        """The row as a form would say it, read by the same strict reading."""
        contact = {way: values[way] for way in ("email", "phone") if values.get(way)}
        document: dict[str, Any] = {
            **{name: values.get(name, "") for name in ("name", "answer_by", "words", "language")},
            "place": values.get("place", "").upper(),
            "kinds": [values["kind"].lower()],
            "contact": {**contact, "post": [values["post"]] if values.get("post") else []},
            "agent": {"name": values["agent_name"], "contact": values.get("agent_contact", "")},
        }
        try:
            asked = written(document, self._desk.config.region or None)
            at = instant(values, "received")
            if at is not None:
                check_receipt(at, self._desk.now())
        except BadFacts as wrong:
            column = wrong.field.removeprefix("contact.").replace("agent.", "agent_")
            raise _Refused(column.replace("kinds[0]", "kind"), "not_readable") from None
        except BadInput:
            raise _Refused("received", "in_the_future") from None
        return asked

    def _check_law(self, kind: Kind, asked: Written, proofs: tuple[str, ...]) -> None:
        """A code of `proofs` has to be one that a law of the request knows."""
        try:
            laws = laws_for(self._desk.config.controller, place=asked.place)
        except BadInput:
            if kind not in IMMEDIATE:
                raise _Refused("place", "no_law_of_that_place") from None
            laws = laws_for(self._desk.config.controller)
        known = {
            proof
            for law in laws
            for way in authority.ways("agent", law, asked.place)
            for proof in way.proofs
        }
        if set(proofs) - known:
            raise _Refused("proofs", "not_known_to_the_law")

    def _paper(self, values: Mapping[str, str], line: int) -> bytes | None:
        """The permission's file, by its plain name in the folder; None where there is none."""
        name = values.get("evidence", "")
        if not name:
            return None
        if self._papers is None or Path(name).name != name or name in (".", ".."):
            raise _Refused("evidence", "no_plain_name" if self._papers else "no_folder")
        path = self._papers / name
        if path.is_symlink() or not path.is_file():
            self._result.without_paper += 1
            self._tell(line, "evidence", "not_found", kept=True)
            return None
        if not 0 < path.stat().st_size <= evidence.LARGEST_BYTES:
            raise _Refused("evidence", "size")
        return path.read_bytes()

    def _open(self, row: _Row, batch: Batch) -> None:
        original = json.dumps(row.values, sort_keys=True, ensure_ascii=False).encode()
        tag = self._desk.vault.keyring.tags.arrival_tag(b"agent\x00" + original)
        with self._desk.reading() as db:
            known = store.by_tag(db, tag)
            before = store.requests_of(db, [known.id])[known.id] if known else []
        if known is not None:
            self._result.unchanged += 1
            self._keep_paper(before[0][0] if before else "", row)
            return
        spoken = language.detected(row.asked.words) if not row.asked.language else None
        named = row.asked.language or (spoken.value if spoken else "")
        by = LanguageBy.STATED if row.asked.language else LanguageBy.DETECTED
        came = Came(
            Source.AGENT,
            original=original,
            tag=tag,
            language=named,
            language_by=by.value if named else "",
            batch_id=batch.id,
            row_number=self._result.read,
        )
        request_id = self._opened(row, came)
        self._result.opened += 1
        self._keep_paper(request_id, row)

    def _opened(self, row: _Row, came: Came) -> str:
        content = content_of(row.asked, self._desk.config.region or None)
        received = instant(row.values, "received")
        if row.kind not in IMMEDIATE:
            return intake.open_request(
                self._desk,
                self._actor,
                row.kind,
                channel="agent",
                file=content.file,
                received_at=received,
                place=row.asked.place,
                asking=BY_AGENT,
                came=came,
            ).id
        acted = optout.act(
            self._desk,
            self._actor,
            row.kind,
            phones=content.phones,
            emails=content.emails,
            channel="agent",
            file=content.file,
            received_at=received,
            place=row.asked.place,
            asking=BY_AGENT,
            came=came,
            beat_s=0,
        )
        self._result.questions += bool(acted.question)
        return acted.case.id

    def _keep_paper(self, request_id: str, row: _Row) -> None:
        """Seal the paper as evidence of authority, once; what acts at once needs none."""
        if row.paper is None or not request_id or row.kind in IMMEDIATE:
            return
        with self._desk.reading() as db:
            held = evidence_store.listed(db, request_id)
        if not any(each.kind == Piece.AUTHORITY.value for each in held):
            evidence.add(self._desk, self._actor, request_id, Piece.AUTHORITY, row.paper)


def _columns(header: Record | None) -> list[str]:
    named = [cell.strip().lower() for cell in header.fields] if header else []
    missing = [column for column in NEEDED if column not in named]
    if missing or len(set(named)) != len(named) or not set(named) <= set(COLUMNS):
        raise BadInput(
            "The first line does not name the columns of agents' requests.",
            what=missing[0] if missing else "columns",
            next=f"Needed: {', '.join(NEEDED)}; known: {', '.join(COLUMNS)}.",
        )
    return named
