"""The file of rejects: line, field and reason of what was not taken, and no value.

Mode 0600. It is written before the batch that it tells of commits, and cut back
to the last committed row when an interrupted import goes on.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from privacy.contacts.rows import Refusal
from privacy.errors import MachineFailed

HEADER = "line,field,reason,row\n"


class RejectFile:
    """Beside the imported file, where the user asked, or in the desk's folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = -1
        self._before = 0

    @classmethod
    def beside(cls, imported: Path, asked: Path | None, desk_folder: Path) -> RejectFile:
        if asked is not None:
            return cls(asked)
        name = f"{imported.name}.rejects.csv"
        if os.access(imported.parent, os.W_OK):
            return cls(imported.with_name(name))
        # The file's own folder cannot be written to, and the desk's own name tells nothing.
        return cls(desk_folder / "rejects.csv")

    @contextmanager
    def opened(self, after_line: int | None, *, dry: bool = False) -> Iterator[None]:
        """Open it anew, or keep what it says up to `after_line` of an interrupted import."""
        if dry:
            yield
            return
        try:
            # A link that somebody laid there would lead to another file being cut.
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            self._descriptor = os.open(self.path, flags, 0o600)
            os.fchmod(self._descriptor, 0o600)
            kept = HEADER if after_line is None else self._kept(after_line)
            os.ftruncate(self._descriptor, 0)
            self._append(kept)
        except OSError as error:
            raise self._failed(error) from None
        try:
            yield
        finally:
            if self._descriptor >= 0:
                os.close(self._descriptor)
                self._descriptor = -1

    def write(self, refusals: Sequence[Refusal]) -> None:
        """Append refusals and make them durable."""
        self._before = os.lseek(self._descriptor, 0, os.SEEK_END)
        if not refusals:
            return
        try:
            self._append("".join(_line(refusal) for refusal in refusals))
            os.fsync(self._descriptor)
        except OSError as error:
            raise self._failed(error) from None

    def take_back(self) -> None:
        """Forget the last `write`: its batch is decided again."""
        if self._descriptor >= 0 and self._before:
            os.ftruncate(self._descriptor, self._before)

    def finish(self) -> Path | None:
        """The file's path; None, and no file, when nothing was rejected."""
        if self._descriptor < 0:
            return None
        if os.fstat(self._descriptor).st_size > len(HEADER):
            return self.path
        self.path.unlink(missing_ok=True)
        return None

    def _kept(self, after_line: int) -> str:
        with os.fdopen(os.dup(self._descriptor), "r", encoding="ascii", errors="replace") as file:
            file.seek(0)
            rows = [row for row in csv.reader(file) if len(row) == 4 and row[0].isdecimal()]
        kept = (",".join(row) + "\n" for row in rows if int(row[0]) <= after_line)
        return HEADER + "".join(kept)

    def _append(self, text: str) -> None:
        os.lseek(self._descriptor, 0, os.SEEK_END)
        data = text.encode("ascii")
        while data:
            data = data[os.write(self._descriptor, data) :]

    def _failed(self, error: OSError) -> MachineFailed:
        return MachineFailed(
            f"The file of rejects cannot be written ({os.strerror(error.errno or 0)}).",
            what="rejects",
            next="Name another place with --rejects FILE and run the command again.",
        )


def _line(refusal: Refusal) -> str:
    row = "kept" if refusal.kept else "rejected"
    return f"{refusal.line},{refusal.field},{refusal.reason},{row}\n"
