"""Files that must survive a crash whole, and files that must be gone for good."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from privacy.errors import MachineFailed

DYING = ".dying"
NEW = ".new"


def reason_of(error: OSError) -> str:
    """Why the operating system refused, in plain words and without a path."""
    return {
        errno.ENOSPC: "the disk is full",
        errno.EDQUOT: "the quota is used up",
        errno.EFBIG: "the file may not grow any more",
        errno.EACCES: "permission is refused",
        errno.EPERM: "permission is refused",
        errno.EROFS: "the disk is read-only",
    }.get(error.errno or 0, os.strerror(error.errno or 0))


@contextmanager
def file_errors(what: str) -> Iterator[None]:
    """Turn the operating system's refusals into ours; the message names `what`, not a path."""
    try:
        yield
    except OSError as error:
        raise MachineFailed(
            f"{what} cannot be written or read: {reason_of(error)}.",
            what=what,
            next="Nothing was released. Mend it and run the command again.",
        ) from None


def write_whole(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Replace `path` by `content` so that a crash leaves the old or the new file, whole."""
    new = path.with_name(path.name + NEW)
    with file_errors(path.name):
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
        try:
            _write_all(descriptor, content)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(new, path)
        sync_folder(path.parent)


def replace_and_destroy(path: Path, content: bytes) -> None:
    """Replace `path` by `content` and overwrite the bytes of the old file before unlinking it.

    The old file keeps a second name until it is overwritten, so that a crash in
    between leaves something for `finish_destroying` to finish. For one process at
    a time.
    """
    finish_destroying(path)
    dying = path.with_name(path.name + DYING)
    with file_errors(path.name):
        if path.exists():
            os.link(path, dying)
            sync_folder(path.parent)
    write_whole(path, content)
    finish_destroying(path)


def finish_destroying(path: Path) -> None:
    """Overwrite and unlink what a crash of `replace_and_destroy` left beside `path`."""
    for left in (path.with_name(path.name + DYING), path.with_name(path.name + NEW)):
        with file_errors(path.name):
            if not left.exists():
                continue
            # A crash before the replacement: the old file is still the valid one.
            if not (path.exists() and os.path.samefile(left, path)):
                overwrite(left)
            left.unlink()
            sync_folder(path.parent)


def overwrite(path: Path) -> None:
    """Overwrite a file's bytes with zeros, in place and synced."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        _write_all(descriptor, bytes(os.fstat(descriptor).st_size))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def append_line(path: Path, line: bytes) -> None:
    """Append one line and sync it before returning; `line` ends with a newline."""
    with file_errors(path.name):
        is_new = not path.exists()
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _write_all(descriptor, line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename or unlink in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
