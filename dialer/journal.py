"""What a dialer wrote down before it told the gateway. It holds attempts, never numbers.

An opt-out is durable here before it is told there: if the gateway is gone at that
moment, the next run tells it first of all.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from privacy.errors import BadInput


class Journal:
    """An append-only file of mode 0600, or nothing at all where no path is given."""

    def __init__(self, path: Path | None) -> None:
        """BadInput if there is no writing at `path`: better now than at the first opt-out."""
        self._path = path
        if path is not None:
            try:
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                os.close(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600))
            except OSError:
                raise BadInput(
                    "The dialer cannot write its journal.",
                    what="--journal",
                    next="Give a file that its user may make and write: opt-outs wait there.",
                ) from None
        self._lock = threading.Lock()

    def wants_out(self, attempt: str, how: str) -> None:
        """An opt-out that must reach the gateway; durable when this returns."""
        self._append({"optout": attempt, "how": how})

    def told(self, attempt: str) -> None:
        """The gateway has confirmed that attempt's opt-out."""
        self._append({"told": attempt})

    def placing(self, attempt: str) -> None:
        """A call is about to be handed to a PBX, which may outlive this process."""
        self._append({"placing": attempt})

    def over(self, attempt: str) -> None:
        """That call has ended."""
        self._append({"over": attempt})

    def pending(self) -> dict[str, str]:
        """Opt-outs that no gateway has confirmed: how it was said, by attempt."""
        found: dict[str, str] = {}
        for note in self._notes():
            if "optout" in note:
                found[note["optout"]] = note["how"]
            elif "told" in note:
                found.pop(note["told"], None)
        return found

    def unended(self) -> list[str]:
        """Calls that were handed to a PBX and whose end was never seen."""
        found: dict[str, None] = {}
        for note in self._notes():
            if "placing" in note:
                found[note["placing"]] = None
            elif "over" in note:
                found.pop(note["over"], None)
        return list(found)

    def _notes(self) -> Iterator[dict[str, str]]:
        if self._path is None or not self._path.exists():
            return
        for line in self._path.read_bytes().split(b"\n"):
            try:
                note = json.loads(line)
            except ValueError:
                # A line that was torn by a crash was never relied on.
                continue
            yield note

    def _append(self, note: dict[str, str]) -> None:
        if self._path is None:
            return
        line = b"\n" + json.dumps(note).encode() + b"\n"
        with self._lock:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(descriptor, line)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
