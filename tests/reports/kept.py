"""Documents that many tests look at, each made once in a run by whichever process asks first.

They lie in the folder of the run, so that both parallel workers take the same ones. A document
that one process made and another one reads also shows that what it says hangs on no process.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pickle
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from reports.render import Document


class Kept(Mapping[str, Document]):
    """Documents by name, each made when it is first asked for."""

    def __init__(self, folder: Path, makers: Mapping[str, Callable[[], Document]]) -> None:
        self._folder = folder
        self._makers = makers
        self._read: dict[str, Document] = {}
        folder.mkdir(exist_ok=True)

    def __getitem__(self, name: str) -> Document:
        if name not in self._read:
            self._read[name] = self._made(name, self._makers[name])
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def _made(self, name: str, make: Callable[[], Document]) -> Document:
        file = self._folder / hashlib.sha256(name.encode()).hexdigest()
        with file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not file.exists():
                begun = file.with_suffix(".begun")
                begun.write_bytes(pickle.dumps(make()))
                os.replace(begun, file)
        held: Document = pickle.loads(file.read_bytes())
        return held
