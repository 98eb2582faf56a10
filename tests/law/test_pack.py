"""Packs: read once, known by the digest of their bytes, loud when broken."""

from __future__ import annotations

import hashlib
from datetime import date

import pytest

from privacy.errors import Fault
from privacy.law.pack import load_pack, parse_pack


def test_a_pack_is_known_by_version_date_and_the_digest_of_its_bytes() -> None:
    content = b'version = "3"\nas_of = "2026-11-22"\n[[rule]]\nid = "a"\n'
    pack = parse_pack("x", content)
    assert pack.as_of == date(2026, 11, 22)
    assert pack.data["rule"] == [{"id": "a"}]
    assert pack.identity() == {
        "version": "3",
        "as_of": "2026-11-22",
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def test_version_and_date_may_stand_in_the_meta_table() -> None:
    pack = parse_pack("x", b'[meta]\nversion = "4"\nas_of = "2026-11-22"\n')
    assert (pack.version, pack.as_of.year) == ("4", 2026)


@pytest.mark.parametrize("content", [b"\xff", b"version = ", b"version = '1'", b"meta = 3"])
def test_bytes_that_are_no_pack_are_a_fault(content: bytes) -> None:
    with pytest.raises(Fault):
        parse_pack("x", content)


def test_a_pack_that_is_not_in_the_package_is_a_fault_that_names_the_file() -> None:
    with pytest.raises(Fault) as raised:
        load_pack("nowhere")
    assert raised.value.what == "packs/nowhere.toml"
