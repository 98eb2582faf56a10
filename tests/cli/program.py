"""The installed command as a user runs it, against a desk of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAM = Path(sys.executable).parent / "rightsdesk"


@dataclass(frozen=True)
class Ran:
    """How one command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found

    @property
    def error(self) -> dict[str, str]:
        """The error of a failure's document."""
        error = self.document["error"]
        assert isinstance(error, dict)
        return error


@dataclass(frozen=True)
class Program:
    """The command with a desk, a passphrase and an actor in files only the user can read."""

    folder: Path

    @property
    def desk(self) -> Path:
        return self.folder / "desk"

    @property
    def state(self) -> Path:
        """The one state directory of this desk."""
        (found,) = (self.folder / "state").iterdir()
        return found

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {
            **kept,
            "RIGHTSDESK_DESK": str(self.desk),
            "RIGHTSDESK_STATE": str(self.folder / "state"),
            "RIGHTSDESK_ACTOR": "dpo",
            "RIGHTSDESK_PASSPHRASE_FILE": str(self.folder / "passphrase"),
            "RIGHTSDESK_ACTOR_SECRET_FILE": str(self.folder / "secret"),
            **(more or {}),
        }

    def run(
        self, *arguments: str | Path, stdin: str = "", more: Mapping[str, str] | None = None
    ) -> Ran:
        """Run to the end; never raises for an exit code."""
        ended = subprocess.run(
            [PROGRAM, *map(str, arguments)],
            env=self.environment(more),
            cwd=self.folder,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        return Ran(ended.returncode, ended.stdout, ended.stderr)

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        """Start without waiting; the caller ends it."""
        return subprocess.Popen(
            [PROGRAM, *map(str, arguments)],
            env=self.environment(),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def new_program(folder: Path) -> Program:
    """A program with a new desk made by `rightsdesk init`."""
    folder.mkdir(exist_ok=True)
    for name, text in (("passphrase", "correct horse battery"), ("secret", "only the dpo knows")):
        (folder / name).write_text(f"{text}\n")
        (folder / name).chmod(0o600)
    program = Program(folder)
    made = program.run("init", "--name", "Example Retail", "--zone", "Europe/Berlin", "--json")
    assert made.code == 0, made
    return program
