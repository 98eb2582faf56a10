"""Files that survive a crash whole, and files that are gone for good."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from privacy.errors import MachineFailed
from privacy.vault.files import (
    append_line,
    finish_destroying,
    overwrite,
    replace_and_destroy,
    write_whole,
)


def test_a_replaced_file_is_whole_and_private(tmp_path: Path) -> None:
    path = tmp_path / "key"
    write_whole(path, b"first")
    write_whole(path, b"second")
    assert path.read_bytes() == b"second"
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["key"]


def test_the_old_bytes_are_overwritten_before_they_are_let_go(tmp_path: Path) -> None:
    path = tmp_path / "key"
    write_whole(path, b"old secret")
    with path.open("rb") as kept_open:
        replace_and_destroy(path, b"new")
        assert kept_open.read() == bytes(len(b"old secret"))
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["key"]


def test_a_crash_before_the_replacement_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "key"
    write_whole(path, b"valid")
    os.link(path, tmp_path / "key.dying")
    (tmp_path / "key.new").write_bytes(b"half")
    finish_destroying(path)
    assert path.read_bytes() == b"valid"
    assert os.listdir(tmp_path) == ["key"]


def test_a_crash_after_the_replacement_still_overwrites_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "key"
    write_whole(path, b"new")
    dying = tmp_path / "key.dying"
    dying.write_bytes(b"old secret")
    with dying.open("rb") as kept_open:
        finish_destroying(path)
        assert kept_open.read() == bytes(len(b"old secret"))
    assert os.listdir(tmp_path) == ["key"]


def test_overwriting_leaves_zeros_of_the_same_length(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"x" * 5000)
    overwrite(path)
    assert path.read_bytes() == bytes(5000)


def test_a_refusal_of_the_machine_names_no_path(tmp_path: Path) -> None:
    with pytest.raises(MachineFailed) as refusal:
        append_line(tmp_path / "no such folder" / "ledger", b"line\n")
    assert str(tmp_path) not in str(refusal.value.document())


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "key"
    write_whole(path, b"valid")
    full = tmp_path / "key.new"
    full.symlink_to("/dev/full")
    with pytest.raises(MachineFailed, match="disk is full"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"valid"
