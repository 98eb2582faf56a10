"""Files that leave the desk: new, private, durable, and named only when the log has them.

A file is written with mode 0600 under another name; its digest is in the log, durably,
before it gets the name that was asked for. Nothing is ever overwritten.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from privacy.errors import BadInput
from privacy.vault.files import file_errors


def digest(content: bytes) -> str:
    """SHA-256 of what is written, in hex: what the log names."""
    return hashlib.sha256(content).hexdigest()


def part_of(path: Path) -> Path:
    """The name under which a file lies until its release is in the log."""
    return path.with_name(path.name + ".part")


def refuse_existing(path: Path) -> None:
    """BadInput if something lies where a file should be written: nothing is overwritten."""
    if os.path.lexists(path):
        raise BadInput(
            "Something is there already; nothing was overwritten.",
            what="output file",
            next="Give another path, or move the file away.",
        )


def write_private(path: Path, content: bytes) -> None:
    """Write a new file with mode 0600, made durable. Replaces nothing.

    MachineFailed where the disk does not take it; what was written of it is gone then.
    """
    with file_errors("output file"):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb", closefd=False) as file:
                file.write(content)
            os.fsync(descriptor)
        except BaseException:
            # Half of it would pass for the whole, and keep the name from the next try.
            os.unlink(path)
            raise
        finally:
            os.close(descriptor)


def _taken_meanwhile() -> BadInput:
    return BadInput(
        "Something took the file's name meanwhile; nothing was overwritten.",
        what="output file",
        next="The log has the file, and it lies whole beside that under the same name with"
        " `.part`: rename it.",
    )


def complete(path: Path) -> None:
    """Give the written file its name, durably. BadInput if something has that name by now."""
    with file_errors("output file"):
        try:
            # A link replaces nothing, where a rename would.
            os.link(part_of(path), path, follow_symlinks=False)
            os.unlink(part_of(path))
        except FileExistsError:
            raise _taken_meanwhile() from None
        except OSError:
            # A file system without links, such as that of a memory stick.
            if os.path.lexists(path):
                raise _taken_meanwhile() from None
            os.rename(part_of(path), path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
