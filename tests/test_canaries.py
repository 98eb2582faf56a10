"""The search that the "nothing in clear" tests rest on finds what it must find."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest

from tests.canaries import BLOCK, find_leaks

VALUE = "Jürgen Größenwahn"
RAW = VALUE.encode()


@pytest.mark.parametrize(
    ("form", "content"),
    [
        ("plain", RAW),
        ("utf-16", VALUE.encode("utf-16-le")),
        ("json", json.dumps({"name": VALUE}).encode()),
        ("hex", RAW.hex().encode()),
        ("HEX", RAW.hex().upper().encode()),
        ("sha256", hashlib.sha256(RAW).digest()),
        ("sha256", hashlib.sha256(RAW).digest()[:8]),
        ("sha256 hex", hashlib.sha256(RAW).hexdigest().encode()),
        ("base64+0", base64.b64encode(b"abc" + RAW + b"tail")),
        ("base64+1", base64.b64encode(b"abcd" + RAW + b"tail")),
        ("base64+2", base64.b64encode(b"abcde" + RAW + b"tail")),
        ("base64+1", base64.urlsafe_b64encode(b"?" + RAW + b"tail")),
    ],
)
def test_a_value_is_found_in_every_form(tmp_path: Path, form: str, content: bytes) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(b"\x00before" + content + b"after")
    assert form in {
        leak.form.replace("base64url", "base64") for leak in find_leaks(tmp_path, [VALUE])
    }


def test_other_content_is_no_leak(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(RAW[:-1] + bytes(range(256)) * 100)
    assert find_leaks(tmp_path, [VALUE, "+15551234567"]) == []


def test_a_value_across_two_blocks_is_found_at_its_byte(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"." * (BLOCK - 5) + RAW + b"." * BLOCK)
    (leak,) = find_leaks(tmp_path, [VALUE])
    assert leak.offset == BLOCK - 5


def test_a_value_in_the_name_of_a_file_is_a_leak(tmp_path: Path) -> None:
    (tmp_path / "reject-anna.bright@example.org.csv").touch()
    (leak,) = find_leaks(tmp_path, ["anna.bright@example.org"])
    assert leak.offset == -1


def test_a_value_that_occurs_by_chance_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="by chance"):
        find_leaks(tmp_path, ["Anna"])
