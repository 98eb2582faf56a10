"""The three values of a number, and what a thief of each learns."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.vault.blind_index import INDEX_BITS, BlindIndex, KeyedHash, Tags, derive

ROOT = bytes(range(32))
OTHER = bytes(32)
NUMBERS = [f"+4420794{n:05}" for n in range(20_000)]


def hkdf(key: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """HKDF-SHA256 written from RFC 5869, section 2."""
    extracted = hmac.digest(salt or bytes(32), key, hashlib.sha256)
    block, output = b"", b""
    for counter in range(1, length // 32 + 2):
        block = hmac.digest(extracted, block + info + bytes([counter]), hashlib.sha256)
        output += block
    return output[:length]


def test_keys_are_derived_by_hkdf_sha256_as_published() -> None:
    """RFC 5869, appendix A.1; our derivation is then held against it."""
    published = hkdf(
        bytes.fromhex("0b" * 22),
        bytes.fromhex("000102030405060708090a0b0c"),
        bytes.fromhex("f0f1f2f3f4f5f6f7f8f9"),
        42,
    )
    assert published.hex() == (
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    )
    assert derive(ROOT, "number-tag/v1") == hkdf(ROOT, b"", b"rightsdesk/number-tag/v1", 32)


@given(st.binary(max_size=60))
def test_a_tag_is_hmac_sha256_in_full(value: bytes) -> None:
    key = derive(ROOT, "any")
    assert KeyedHash(ROOT, "any").digest(value) == hmac.digest(key, value, hashlib.sha256)


@pytest.mark.parametrize("kind", INDEX_BITS)
def test_an_index_value_is_cut_to_its_bits(kind: str) -> None:
    index = BlindIndex(ROOT)
    values = {index.value(kind, number) for number in NUMBERS[:5000]}
    assert max(values) < 1 << INDEX_BITS[kind]
    assert max(values) > 0.9 * (1 << INDEX_BITS[kind])


def test_a_stolen_index_key_leaves_many_numbers_for_each_value() -> None:
    """16 bits over the 6.3e9 valid US numbers: about 97,000 fit one stored value."""
    index = BlindIndex(ROOT)
    wanted = index.value("phone", NUMBERS[0])
    fitting = sum(index.value("phone", number) == wanted for number in NUMBERS)
    assert 6.3e9 / 2 ** INDEX_BITS["phone"] > 90_000
    assert fitting < 10, "20,000 numbers over 65,536 values"


def test_the_tag_key_tells_every_number_that_is_tried() -> None:
    """Main and the suppression key together: what opted out, was called or leased is known."""
    tags = Tags.of(ROOT)
    stolen = {tags.number_tag(number) for number in NUMBERS[:50]}
    assert [n for n in NUMBERS if tags.number_tag(n) in stolen] == NUMBERS[:50]


def test_without_the_tag_key_no_number_is_confirmed() -> None:
    stolen = {Tags.of(ROOT).number_tag(number) for number in NUMBERS[:50]}
    assert not any(Tags.of(OTHER).number_tag(number) in stolen for number in NUMBERS)
    assert len({len(tag) for tag in stolen}) == 1


def test_one_value_looks_different_in_each_of_its_columns() -> None:
    tags, index, value = Tags.of(ROOT), BlindIndex(ROOT), "person@example.com"
    full = {tags.number_tag(value), tags.mail_tag(value), tags.evidence_tag(value)}
    assert len(full) == 3
    numbers = NUMBERS[:200]
    assert [index.value("phone", n) for n in numbers] != [index.value("email", n) for n in numbers]
