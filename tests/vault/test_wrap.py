"""Wrapped keys: in their slot or not at all, and RFC 3394 as published."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import KeyMissing
from privacy.terms import KeyClass
from privacy.vault.wrap import (
    check_value,
    unwrap_key,
    unwrap_person_key,
    wrap_key,
    wrap_person_key,
)

ROOT, KEY, DESK = bytes(range(32)), bytes(range(32, 64)), b"d-one"
KEK = AESGCM(ROOT)


def test_key_wrap_is_rfc_3394_as_published() -> None:
    """RFC 3394 section 4.6: 256 bits of key data under a 256-bit key."""
    key = bytes.fromhex("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f")
    wrap, check = wrap_key(bytes(range(32)), key, "slot", DESK, 1)
    assert wrap.hex() == (
        "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"
    )
    assert unwrap_key(bytes(range(32)), wrap, check, "slot", DESK, 1) == key


@pytest.mark.parametrize(
    ("label", "desk", "epoch"),
    [("kek-desk", DESK, 1), ("kek-call", b"d-two", 1), ("kek-call", DESK, 2)],
    ids=["label", "desk", "epoch"],
)
def test_a_wrap_in_another_slot_is_refused(label: str, desk: bytes, epoch: int) -> None:
    wrap, check = wrap_key(ROOT, KEY, "kek-call", DESK, 1)
    with pytest.raises(KeyMissing):
        unwrap_key(ROOT, wrap, check, label, desk, epoch)


def test_rfc_3394_alone_would_accept_another_slots_wrap() -> None:
    """Why a check value stands beside each wrap: two wraps swapped with their checks kept."""
    first, first_check = wrap_key(ROOT, KEY, "kek-call", DESK, 1)
    second, _ = wrap_key(ROOT, bytes(32), "kek-desk", DESK, 1)
    with pytest.raises(KeyMissing):
        unwrap_key(ROOT, second, first_check, "kek-call", DESK, 1)
    assert unwrap_key(ROOT, first, first_check, "kek-call", DESK, 1) == KEY


@pytest.mark.parametrize("wrap", [b"", b"short", bytes(40), aes_key_wrap(bytes(32), KEY)])
def test_what_is_not_wrapped_by_this_root_is_refused(wrap: bytes) -> None:
    with pytest.raises(KeyMissing):
        unwrap_key(ROOT, wrap, check_value(KEY, "slot", DESK, 1), "slot", DESK, 1)


@given(st.binary(min_size=32, max_size=64), st.integers(0, 2**63 - 1), st.integers(1, 2**31))
def test_a_persons_keys_come_out_of_their_own_wrap(keys: bytes, holder: int, epoch: int) -> None:
    wrap = wrap_person_key(KEK, keys, DESK, holder, KeyClass.CALL, epoch)
    assert unwrap_person_key(KEK, wrap, DESK, holder, KeyClass.CALL) == keys


def test_a_persons_wrap_in_another_row_class_or_desk_is_refused() -> None:
    wrap = wrap_person_key(KEK, KEY, DESK, 7, KeyClass.CALL, 1)
    for desk, holder, key_class in (
        (DESK, 8, KeyClass.CALL),
        (DESK, 7, KeyClass.CALLS),
        (b"d-two", 7, KeyClass.CALL),
    ):
        with pytest.raises(KeyMissing):
            unwrap_person_key(KEK, wrap, desk, holder, key_class)


def test_every_single_bit_of_a_persons_wrap_is_authenticated() -> None:
    wrap = wrap_person_key(KEK, KEY, DESK, 7, KeyClass.CALL, 1)
    for position in range(len(wrap) * 8):
        altered = bytearray(wrap)
        altered[position // 8] ^= 1 << position % 8
        with pytest.raises(KeyMissing):
            unwrap_person_key(KEK, bytes(altered), DESK, 7, KeyClass.CALL)
