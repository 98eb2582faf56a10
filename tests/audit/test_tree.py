"""The tree against published vectors, a naive tree, and fuzzed proofs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.audit.tree import (
    CompactRange,
    consistency_proof,
    consistency_proof_from_tiles,
    hash_children,
    hash_leaf,
    inclusion_proof,
    inclusion_proof_from_tiles,
    range_from_tiles,
    root_from_tiles,
    root_hash,
    verify_consistency,
    verify_inclusion,
)
from privacy.errors import VerificationError
from tests.audit.vectors import b64, group

LEAVES = [hash_leaf(b"leaf %d" % n) for n in range(700)]


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hash_children(naive_root(leaves[:k]), naive_root(leaves[k:]))


class Tiles:
    """Tiles of the first `size` leaves, as the database holds them."""

    def __init__(self, size: int, width: int = 256) -> None:
        self.size = size
        self.width = width

    def tile(self, level: int, n: int) -> bytes | None:
        unit = self.width**level
        start = n * unit * self.width
        if start + unit * self.width > self.size:
            return None
        parts = range(start, start + unit * self.width, unit)
        return b"".join(naive_root(LEAVES[at : at + unit]) for at in parts)

    def leaves(self, start: int, end: int) -> list[bytes]:
        return LEAVES[start : min(end, self.size)]


def test_the_hashes_are_those_of_rfc_6962() -> None:
    known = group("rfc6962_hasher")
    assert root_hash([]).hex() == known["empty_root"]
    assert hash_leaf(b"").hex() == known["empty_leaf"]
    assert hash_leaf(b"L123456").hex() == known["leaf_of_L123456"]
    assert hash_children(b"N123", b"N456").hex() == known["node_of_N123_N456"]


def test_the_reference_tree_has_its_published_roots_ranges_and_proofs() -> None:
    known = group("reference_tree")
    leaves = [hash_leaf(bytes.fromhex(text)) for text in known["leaf_inputs"]]
    roots = [bytes.fromhex(text) for text in known["root_by_size_0_to_8"]]
    assert [leaf.hex() for leaf in leaves] == known["leaf_and_node_hashes_by_level"][0]
    for size, root in enumerate(roots):
        tree = CompactRange()
        tree.extend(leaves[:size])
        assert (root_hash(leaves[:size]), tree.root()) == (root, root)
        assert tree.to_bytes().hex() == "".join(known["compact_range_by_size"][size])
    counted = 0
    for index, size, proof in known["inclusion_index_size_proof"]:
        made = inclusion_proof(leaves[:size], index)
        assert [part.hex() for part in made] == proof
        verify_inclusion(leaves[index], index, size, made, roots[size])
        counted += 1
    for size1, size2, proof in known["consistency_size1_size2_proof"]:
        made = consistency_proof(leaves[:size2], size1)
        assert [part.hex() for part in made] == proof
        verify_consistency(size1, size2, made, roots[size1], roots[size2])
        counted += 1
    assert counted == 72


def _cases(name: str) -> list[Any]:
    found = group(name)["cases"]
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("case", _cases("transparency_dev_inclusion"), ids=lambda c: str(c[0]))
def test_inclusion_is_judged_as_published(case: list[Any]) -> None:
    _, index, size, root, leaf, proof, refused = case
    proof = [b64(part) for part in proof or []]
    if refused:
        with pytest.raises(VerificationError):
            verify_inclusion(b64(leaf), index, size, proof, b64(root))
    else:
        verify_inclusion(b64(leaf), index, size, proof, b64(root))


@pytest.mark.parametrize("case", _cases("transparency_dev_consistency"), ids=lambda c: str(c[0]))
def test_consistency_is_judged_as_published(case: list[Any]) -> None:
    _, size1, size2, root1, root2, proof, refused = case
    proof = [b64(part) for part in proof or []]
    if refused:
        with pytest.raises(VerificationError):
            verify_consistency(size1, size2, proof, b64(root1), b64(root2))
    else:
        verify_consistency(size1, size2, proof, b64(root1), b64(root2))


def test_every_published_case_is_there_good_and_bad() -> None:
    inclusion, consistency = (
        [bool(case[6]) for case in _cases(name)]
        for name in ("transparency_dev_inclusion", "transparency_dev_consistency")
    )
    assert (len(inclusion), len(consistency)) == (98, 98)
    assert 0 < inclusion.count(True) < 98
    assert 0 < consistency.count(True) < 98


def test_a_real_entry_of_another_log_is_proved() -> None:
    known = group("rekor_v2_entry")
    from privacy.audit.note import Checkpoint, Note

    checkpoint = Checkpoint.parse(Note.parse(known["checkpoint"].encode()).text)
    verify_inclusion(
        hash_leaf(b64(known["leaf_data_b64"])),
        known["index"],
        checkpoint.size,
        [b64(part) for part in known["proof_b64"]],
        checkpoint.root,
    )


def test_the_incremental_tree_is_the_naive_one_up_to_300_leaves() -> None:
    tree = CompactRange()
    for size in range(301):
        root = naive_root(LEAVES[:size])
        assert tree.root() == root == root_hash(LEAVES[:size])
        assert CompactRange.from_bytes(size, tree.to_bytes()).root() == root
        tree.append(LEAVES[size])


def test_every_proof_of_small_trees_holds() -> None:
    roots = [root_hash(LEAVES[:size]) for size in range(66)]
    for size in range(1, 66):
        for index in range(size):
            proof = inclusion_proof(LEAVES[:size], index)
            verify_inclusion(LEAVES[index], index, size, proof, roots[size])
            proof = consistency_proof(LEAVES[:size], index + 1)
            verify_consistency(index + 1, size, proof, roots[index + 1], roots[size])


@given(st.integers(1, 300), st.data())
def test_proofs_of_larger_trees_hold(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    root = root_hash(LEAVES[:size])
    verify_inclusion(LEAVES[index], index, size, inclusion_proof(LEAVES[:size], index), root)
    proof = consistency_proof(LEAVES[:size], index + 1)
    verify_consistency(index + 1, size, proof, root_hash(LEAVES[: index + 1]), root)


@given(st.integers(1, 700), st.integers(0, 699), st.integers(0, 300))
def test_proofs_from_tiles_are_those_from_leaves(size: int, index: int, grown: int) -> None:
    """Also for a tree that has grown since, whose tiles are more complete."""
    tiles, index = Tiles(min(700, size + grown)), index % size
    leaves = LEAVES[:size]
    assert inclusion_proof_from_tiles(index, size, tiles) == inclusion_proof(leaves, index)
    assert consistency_proof_from_tiles(index + 1, size, tiles) == consistency_proof(
        leaves, index + 1
    )
    assert root_from_tiles(size, tiles) == root_hash(leaves)
    tree = CompactRange()
    tree.extend(leaves)
    assert range_from_tiles(size, tiles).to_bytes() == tree.to_bytes()


@given(
    st.integers(-1, 2**64), st.integers(-1, 2**64), st.lists(st.binary(max_size=40), max_size=70)
)
def test_a_fuzzed_proof_raises_only_our_error(one: int, two: int, proof: list[bytes]) -> None:
    hashes = [hashlib.sha256(part).digest() for part in proof]
    for parts in (proof, hashes):
        for size in (two, 64):
            with pytest.raises(VerificationError):
                verify_inclusion(LEAVES[0], one, size, [*parts, LEAVES[1]], LEAVES[2])
            with pytest.raises(VerificationError):
                verify_consistency(one, size, [*parts, LEAVES[1]], LEAVES[0], LEAVES[2])


@given(st.integers(2, 200), st.data())
def test_a_changed_proof_is_refused(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(LEAVES[:size], index)
    place = data.draw(st.integers(0, len(proof) - 1))
    bit = data.draw(st.integers(0, 255))
    changed = bytearray(proof[place])
    changed[bit // 8] ^= 1 << (bit % 8)
    proof[place] = bytes(changed)
    with pytest.raises(VerificationError):
        verify_inclusion(LEAVES[index], index, size, proof, root_hash(LEAVES[:size]))


def test_nothing_is_proved_from_an_empty_tree() -> None:
    with pytest.raises(VerificationError):
        verify_consistency(0, 0, [], root_hash([]), root_hash([]))
