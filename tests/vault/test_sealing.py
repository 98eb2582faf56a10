"""Sealed parts: bound to their place, and AES-256-GCM as published."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import CannotOpen
from privacy.vault.sealing import HEADER, OVERHEAD_BYTES, Part, Place, pad, seal, unpad, unseal

KEY = AESGCM(bytes(range(32)))
DESK = b"d-one"
PLACE = Place(Part.PROFILE, holder_id=7, row_id=9, version=3)


@given(st.binary(max_size=300))
def test_what_is_sealed_opens_at_its_place(plain: bytes) -> None:
    sealed = seal(KEY, plain, DESK, PLACE)
    assert len(sealed) == len(plain) + OVERHEAD_BYTES
    assert unseal(KEY, sealed, DESK, PLACE) == plain


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(PLACE, row_id=10),
        replace(PLACE, part=Part.PHONE),
        replace(PLACE, holder_id=8),
        replace(PLACE, version=4),
        Place(Part.PROFILE, holder_id=9, row_id=7, version=3),
    ],
    ids=["row", "column", "subject", "version", "row and subject swapped"],
)
def test_a_ciphertext_moved_elsewhere_does_not_open(elsewhere: Place) -> None:
    sealed = seal(KEY, b"value", DESK, PLACE)
    with pytest.raises(CannotOpen):
        unseal(KEY, sealed, DESK, elsewhere)


def test_a_ciphertext_of_another_desk_or_key_does_not_open() -> None:
    sealed = seal(KEY, b"value", DESK, PLACE)
    with pytest.raises(CannotOpen):
        unseal(KEY, sealed, b"d-two", PLACE)
    with pytest.raises(CannotOpen):
        unseal(AESGCM(bytes(32)), sealed, DESK, PLACE)


def test_every_single_bit_of_a_ciphertext_is_authenticated() -> None:
    sealed = seal(KEY, b"value", DESK, PLACE)
    for position in range(len(sealed) * 8):
        altered = bytearray(sealed)
        altered[position // 8] ^= 1 << position % 8
        with pytest.raises(CannotOpen):
            unseal(KEY, bytes(altered), DESK, PLACE)


@given(st.binary(max_size=OVERHEAD_BYTES + 4))
def test_bytes_that_are_no_ciphertext_do_not_open(garbage: bytes) -> None:
    with pytest.raises(CannotOpen):
        unseal(KEY, garbage, DESK, PLACE)


def test_a_refusal_says_nothing_of_the_value() -> None:
    with pytest.raises(CannotOpen) as refusal:
        unseal(AESGCM(bytes(32)), seal(KEY, b"Canarison", DESK, PLACE), DESK, PLACE)
    assert "Canarison" not in str(refusal.value.document())


def test_nonces_differ_and_have_twelve_bytes() -> None:
    nonces = {HEADER.unpack_from(seal(KEY, b"", DESK, PLACE))[3] for _ in range(1000)}
    assert len(nonces) == 1000
    with pytest.raises(ValueError):
        seal(KEY, b"", DESK, PLACE, nonce=bytes(8))


def test_the_cipher_is_aes_256_gcm_as_published() -> None:
    """Test case 16 of McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B."""
    key = bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2)
    plain = bytes.fromhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    )
    sealed = AESGCM(key).encrypt(
        bytes.fromhex("cafebabefacedbaddecaf888"),
        plain,
        bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
    )
    assert sealed.hex() == (
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        "76fc6ece0f4e1768cddf8853bb2d551b"
    )


def test_the_format_of_a_sealed_part_stays_as_it_is() -> None:
    """Made once by this module: whoever changes the format needs a new version byte."""
    assert seal(KEY, b"value", DESK, PLACE, nonce=bytes(12)).hex() == FROZEN
    assert unseal(KEY, bytes.fromhex(FROZEN), DESK, PLACE) == b"value"


@given(st.binary(max_size=200))
def test_padding_hides_the_length_and_comes_off_again(plain: bytes) -> None:
    assert len(pad(plain)) % 32 == 0
    assert unpad(pad(plain)) == plain


@pytest.mark.parametrize("broken", [b"", b"\x80", bytes(32), b"x" * 32])
def test_broken_padding_is_refused(broken: bytes) -> None:
    with pytest.raises(CannotOpen):
        unpad(broken)


FROZEN = "01010000000100000000000000000000000078ddd9abd00697ebba34fc9c385fa890cba5697673"
