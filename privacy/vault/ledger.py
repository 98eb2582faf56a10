"""The ledger of no: what must survive even a restored backup.

One line for each erasure, opt-out, withdrawal and restriction, durable before
the main commit that it announces. Lines are chained and authenticated under a
key derived from R and lie outside the desk folder (embedded: a file of the
state directory; PostgreSQL: a table of the vault database). A line holds a
random id, its kind, a row id or keyed tag, a scope and the tree size at that
moment; never a name or a number.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, func, insert, select, text

from privacy.clock import rfc3339
from privacy.errors import Altered, Fault
from privacy.ids import public_id
from privacy.storage.lock import alone
from privacy.storage.tables.base import table_of
from privacy.storage.tables.desk import LedgerLine
from privacy.storage.writing import database_errors
from privacy.terms import LedgerKind
from privacy.vault.files import append_line, file_errors, write_whole

FIRST = "0" * 64
LONGEST_LINE_BYTES = 4096


@dataclass(frozen=True)
class Line:
    """One line. `subject` is a subject's row id, `tag` a keyed tag in hex; either may be ""."""

    id: str
    kind: LedgerKind
    subject: str
    tag: str
    scope: str
    at: str
    size: int
    note: str = ""


class LineWriter(Protocol):
    """The end of the chain, while nobody else appends."""

    def last(self) -> bytes | None: ...

    def append(self, bodies: Sequence[bytes]) -> None: ...


class LineStore(Protocol):
    """Where the chained lines lie. What was appended is durable when `alone` ends."""

    def read(self) -> list[bytes]: ...

    def alone(self) -> AbstractContextManager[LineWriter]: ...


def new_line(
    kind: LedgerKind,
    now: datetime,
    size: int,
    *,
    subject: int | None = None,
    tag: bytes = b"",
    scope: str = "",
    note: str = "",
) -> Line:
    """A line with a new random id, not yet written."""
    return Line(
        id=public_id("no"),
        kind=kind,
        subject="" if subject is None else str(subject),
        tag=tag.hex(),
        scope=scope,
        at=rfc3339(now),
        size=size,
        note=note,
    )


class Ledger:
    """Appends and reads authenticated lines; Altered when the chain does not hold."""

    def __init__(self, store: LineStore, key: bytes, desk: bytes) -> None:
        self._store = store
        self._key = key
        self._desk = desk

    def append(
        self,
        kind: LedgerKind,
        now: datetime,
        size: int,
        *,
        subject: int | None = None,
        tag: bytes = b"",
        scope: str = "",
        note: str = "",
    ) -> Line:
        """Write one line durably and return it. `size` is the log's tree size at this moment."""
        line = new_line(kind, now, size, subject=subject, tag=tag, scope=scope, note=note)
        self.append_many([line])
        return line

    def append_many(self, lines: Sequence[Line]) -> None:
        """Write lines durably with one sync, in order."""
        with self._store.alone() as writer:
            last = writer.last()
            before = FIRST if last is None else str(self._parsed(last, -1).get("mac"))
            bodies = []
            for line in lines:
                body, before = self._authenticated(line, before)
                bodies.append(body)
            writer.append(bodies)

    def lines(self) -> list[Line]:
        """All lines, each verified against the one before it."""
        found: list[Line] = []
        before = FIRST
        for number, body in enumerate(self._store.read()):
            fields, before = self._verified(body, before, number)
            found.append(Line(**{**fields, "kind": LedgerKind(fields["kind"])}))
        return found

    def _authenticated(self, line: Line, before: str) -> tuple[bytes, str]:
        fields = {**asdict(line), "kind": line.kind.value, "before": before}
        mac = self._mac(fields)
        body = json.dumps({**fields, "mac": mac}, sort_keys=True).encode() + b"\n"
        if len(body) > LONGEST_LINE_BYTES:
            raise Fault("A line of the ledger of no is too long.", what=line.id)
        return body, mac

    def _verified(self, body: bytes, before: str, number: int) -> tuple[dict[str, Any], str]:
        fields = self._parsed(body, number)
        mac = str(fields.pop("mac", ""))
        if fields.get("before") != before or not hmac.compare_digest(mac, self._mac(fields)):
            raise self._altered(number)
        fields.pop("before")
        return fields, mac

    def _parsed(self, body: bytes, number: int) -> dict[str, Any]:
        try:
            fields = json.loads(body)
        except ValueError:
            raise self._altered(number) from None
        if not isinstance(fields, dict):
            raise self._altered(number)
        return fields

    def _mac(self, fields: dict[str, Any]) -> str:
        message = self._desk + b"\n" + json.dumps(fields, sort_keys=True).encode()
        return hmac.digest(self._key, message, hashlib.sha256).hex()

    def _altered(self, number: int) -> Altered:
        return Altered(
            f"Line {number} of the ledger of no was altered.",
            what=f"ledger line {number}",
            next="Do not call anybody from this desk; restore the state directory's ledger.",
        )


def refuse_shortened(lines: Sequence[Line], carried_out: Collection[str]) -> None:
    """Altered if main has carried out a line that is not in `lines`: the end was cut off."""
    gone = set(carried_out) - {line.id for line in lines}
    if gone:
        raise Altered(
            f"The ledger of no lacks {len(gone)} lines that this desk has carried out.",
            what="ledger of no",
            next="Do not call anybody from this desk; restore the state directory's ledger.",
        )


class LedgerFile:
    """Lines in `ledger.jsonl` of the state directory."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "ledger.jsonl"
        self._lock = folder / "ledger.lock"

    @contextmanager
    def alone(self) -> Iterator[LineWriter]:
        with alone(self._lock):
            self._drop_torn_line()
            yield self

    def read(self) -> list[bytes]:
        if not self.path.exists():
            return []
        with file_errors(self.path.name):
            # A last line without a newline was never acknowledged to anybody.
            return [line for line in self.path.read_bytes().split(b"\n")[:-1] if line]

    def last(self) -> bytes | None:
        """The last whole line, read from the end of the file."""
        lines = [line for line in self._end().split(b"\n")[:-1] if line]
        return lines[-1] if lines else None

    def _end(self) -> bytes:
        if not self.path.exists():
            return b""
        with file_errors(self.path.name), self.path.open("rb") as file:
            end = file.seek(0, 2)
            file.seek(max(0, end - 2 * LONGEST_LINE_BYTES))
            return file.read()

    def append(self, bodies: Sequence[bytes]) -> None:
        append_line(self.path, b"".join(bodies))

    def _drop_torn_line(self) -> None:
        end = self._end()
        if end and not end.endswith(b"\n"):
            content = self.path.read_bytes()
            write_whole(self.path, content[: content.rfind(b"\n") + 1])


class LedgerTable:
    """Lines in the vault database of a PostgreSQL desk, in a transaction of their own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def alone(self) -> Iterator[LineWriter]:
        with database_errors(), self._engine.begin() as db:
            db.execute(text("SELECT pg_advisory_xact_lock(hashtext('rightsdesk-ledger'))"))
            yield _TableWriter(db)

    def read(self) -> list[bytes]:
        table = table_of(LedgerLine)
        with database_errors(), self._engine.connect() as db:
            rows = db.execute(select(table.c.body).order_by(table.c.number)).all()
        return [bytes(row.body) for row in rows]


class _TableWriter:
    def __init__(self, db: Connection) -> None:
        self._db = db

    def last(self) -> bytes | None:
        table = table_of(LedgerLine)
        found = self._db.execute(select(table.c.body).order_by(table.c.number.desc()).limit(1))
        body = found.scalar()
        return None if body is None else bytes(body)

    def append(self, bodies: Sequence[bytes]) -> None:
        table = table_of(LedgerLine)
        newest = self._db.execute(select(func.max(table.c.number))).scalar()
        first = 0 if newest is None else newest + 1
        rows = [{"number": first + n, "body": body} for n, body in enumerate(bodies)]
        self._db.execute(insert(table), rows)
