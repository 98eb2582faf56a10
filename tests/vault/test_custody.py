"""Custody files: what opens them, where an epoch root lies, and how it is gone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from privacy.errors import Damaged, DeskInUse, KeyMissing, MachineFailed, WrongDesk, WrongPassphrase
from privacy.vault.custody import Kdf, PassphraseFiles

DESK, PASSPHRASE = b"d-one", b"correct horse battery"
CHEAP = Kdf(passes=1, lanes=1, memory_kib=8)


def make(folder: Path, copies: int = 0) -> PassphraseFiles:
    places = tuple(folder / f"copy{n}.key" for n in range(copies))
    return PassphraseFiles.make(folder / "state", PASSPHRASE, DESK, kdf=CHEAP, copies=places)


def reopen(folder: Path, passphrase: bytes = PASSPHRASE, desk: bytes = DESK) -> PassphraseFiles:
    copies = tuple(sorted(folder.glob("copy*.key")))
    return PassphraseFiles.open(folder / "state", passphrase, desk, copies=copies)


def test_the_same_root_comes_back_with_the_passphrase_only(tmp_path: Path) -> None:
    made = make(tmp_path)
    assert reopen(tmp_path).derive("label") == made.derive("label")
    assert reopen(tmp_path).epoch_root(1) == made.epoch_root(1)
    with pytest.raises(WrongPassphrase):
        reopen(tmp_path, b"another passphrase")
    with pytest.raises(WrongDesk):
        reopen(tmp_path, desk=b"d-two")


def test_the_files_hold_neither_root_in_clear_and_are_private(tmp_path: Path) -> None:
    made = make(tmp_path, copies=1)
    for path in (*(tmp_path / "state").iterdir(), *tmp_path.glob("copy*")):
        content = path.read_bytes()
        assert made.epoch_root(1) not in content
        assert made._root not in content
        assert path.stat().st_mode & 0o077 == 0, path.name
    assert (tmp_path / "state" / "CACHEDIR.TAG").read_bytes().startswith(b"Signature: 8a477f597d28")


def test_keys_that_are_there_are_not_made_over(tmp_path: Path) -> None:
    before = make(tmp_path).derive("label")
    with pytest.raises(WrongDesk):
        make(tmp_path)
    assert reopen(tmp_path).derive("label") == before


def test_an_epoch_is_made_once_and_lies_in_every_place(tmp_path: Path) -> None:
    custody = make(tmp_path, copies=2)
    custody.make_epoch(2)
    root = custody.epoch_root(2)
    custody.make_epoch(2)
    assert custody.epoch_root(2) == root
    (tmp_path / "state" / "epoch.key").unlink()
    (tmp_path / "copy0.key").unlink()
    assert custody.epoch_root(2) == root


def test_destroying_leaves_no_place_with_an_older_root(tmp_path: Path) -> None:
    custody = make(tmp_path, copies=2)
    custody.make_epoch(2)
    destroyed = custody.destroy_before(2)
    assert [place.place for place in destroyed] == [
        "state directory",
        "epoch copy 1",
        "epoch copy 2",
    ]
    for place in (tmp_path / "state" / "epoch.key", *tmp_path.glob("copy*.key")):
        assert list(json.loads(place.read_text())["epochs"]) == ["2"]
    with pytest.raises(KeyMissing):
        custody.epoch_root(1)
    assert custody.epochs() == (2,)


def test_a_root_left_in_one_copy_by_a_crash_is_found_and_destroyed(tmp_path: Path) -> None:
    custody = make(tmp_path, copies=1)
    custody.make_epoch(2)
    copy = tmp_path / "copy0.key"
    before = copy.read_bytes()
    custody.destroy_before(2)
    copy.write_bytes(before)
    assert custody.epochs() == (1, 2)
    custody.destroy_before(2)
    assert custody.epochs() == (2,)


def test_a_place_that_does_not_answer_keeps_the_turn_open(tmp_path: Path) -> None:
    custody = make(tmp_path, copies=1)
    custody.make_epoch(2)
    copy = tmp_path / "copy0.key"
    copy.rename(tmp_path / "away")
    for step in (lambda: custody.make_epoch(3), lambda: custody.destroy_before(2)):
        with pytest.raises(MachineFailed, match=r"\(epoch copy 1\) does not answer"):
            step()
    assert not copy.exists(), "a file beside a missing medium would be no copy"
    assert custody.epochs() == (1, 2)


def test_the_only_current_root_is_never_destroyed(tmp_path: Path) -> None:
    custody = make(tmp_path, copies=1)
    copy = tmp_path / "copy0.key"
    old = copy.read_bytes()
    custody.make_epoch(2)
    copy.write_bytes(old)
    with pytest.raises(MachineFailed, match=r"\(epoch copy 1\) lacks epoch 2"):
        custody.destroy_before(2)
    assert custody.epochs() == (1, 2)


def test_an_empty_place_is_filled_when_asked_and_only_then(tmp_path: Path) -> None:
    custody = make(tmp_path, copies=1)
    (tmp_path / "copy0.key").unlink()
    assert custody.places() == [("state directory", True), ("epoch copy 1", False)]
    assert custody.make_copies() == ["epoch copy 1"]
    assert custody.make_copies() == []
    assert (tmp_path / "copy0.key").read_bytes() == (tmp_path / "state/epoch.key").read_bytes()


def test_only_one_process_turns(tmp_path: Path) -> None:
    custody = make(tmp_path)
    with custody.turning(), pytest.raises(DeskInUse), reopen(tmp_path).turning():
        pass


@pytest.mark.parametrize("name", ["root.key", "epoch.key"])
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"desk": "d-one", "generation": 1}'])
def test_a_damaged_file_is_called_damaged(tmp_path: Path, name: str, content: bytes) -> None:
    make(tmp_path)
    (tmp_path / "state" / name).write_bytes(content)
    with pytest.raises((Damaged, WrongDesk)):
        reopen(tmp_path).epochs()


def test_another_generation_is_another_desk(tmp_path: Path) -> None:
    make(tmp_path)
    path = tmp_path / "state" / "epoch.key"
    path.write_text(path.read_text().replace('"generation": 1', '"generation": 2'))
    with pytest.raises(WrongDesk):
        reopen(tmp_path).epochs()


def test_a_missing_root_file_is_named(tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / "state" / "root.key").unlink()
    with pytest.raises(KeyMissing, match=r"root\.key"):
        reopen(tmp_path)
