"""Files that leave the desk are whole or not there."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from privacy.errors import MachineFailed
from privacy.rights.package.writing import write_private

CONTENT = b"x" * 100_000


def test_a_file_that_the_disk_does_not_take_leaves_nothing_and_can_be_written_again(
    tmp_path: Path,
) -> None:
    out = tmp_path / "form.html"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, hard))
    try:
        with pytest.raises(MachineFailed, match="output file"):
            write_private(out, CONTENT)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []
    write_private(out, CONTENT)
    assert out.read_bytes() == CONTENT


def test_what_lies_there_already_is_neither_overwritten_nor_removed(tmp_path: Path) -> None:
    out = tmp_path / "form.html"
    out.write_bytes(b"mine")
    with pytest.raises(MachineFailed):
        write_private(out, CONTENT)
    assert out.read_bytes() == b"mine"
