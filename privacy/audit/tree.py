"""The Merkle tree of the audit log: RFC 6962, section 2.1 (RFC 9162 has the same hashes).

A leaf is SHA-256(0x00 | data), a node SHA-256(0x01 | left | right), the empty
tree SHA-256 of nothing. Proofs are lists of 32-byte hashes, nearest first.
Verifiers return None or raise VerificationError. Tiles hold the hashes of
complete subtrees, 256 wide (C2SP tlog-tiles).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Protocol

from privacy.errors import VerificationError

HASH_BYTES = 32
TILE_WIDTH = 256
TILE_HEIGHT = 8


def hash_leaf(data: bytes) -> bytes:
    """Hash of a leaf's bytes."""
    return hashlib.sha256(b"\x00" + data).digest()


def hash_children(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_hash(leaf_hashes: Sequence[bytes]) -> bytes:
    """Root of the tree over these leaf hashes."""
    if not leaf_hashes:
        return hashlib.sha256().digest()
    # Pairs, level by level; what has no neighbour goes up as it is. Several times as
    # fast as adding the leaves one by one.
    level = list(leaf_hashes)
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        single = level[-1:] if len(level) % 2 else []
        level = [hashlib.sha256(b"\x01" + left + right).digest() for left, right in pairs]
        level += single
    return level[0]


class CompactRange:
    """The roots of the complete subtrees that make up a tree, largest first."""

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        if len(hashes) != size.bit_count() or any(len(h) != HASH_BYTES for h in hashes):
            raise VerificationError("A compact range does not fit its size.", what=f"size {size}")
        self.size = size
        self._hashes = list(hashes)

    @classmethod
    def from_bytes(cls, size: int, joined: bytes) -> CompactRange:
        """The range whose hashes are concatenated in `joined`."""
        step = HASH_BYTES
        return cls(size, [joined[at : at + step] for at in range(0, len(joined), step)])

    def to_bytes(self) -> bytes:
        return b"".join(self._hashes)

    def append(self, leaf_hash: bytes) -> None:
        """Add one leaf hash."""
        node, size = leaf_hash, self.size
        while size & 1:
            node = hash_children(self._hashes.pop(), node)
            size >>= 1
        self._hashes.append(node)
        self.size += 1

    def extend(self, leaf_hashes: Sequence[bytes]) -> None:
        for leaf in leaf_hashes:
            self.append(leaf)

    def root(self) -> bytes:
        """Root of the whole tree."""
        if not self._hashes:
            return hashlib.sha256().digest()
        node = self._hashes[-1]
        for left in reversed(self._hashes[:-1]):
            node = hash_children(left, node)
        return node


def inclusion_proof(leaf_hashes: Sequence[bytes], index: int) -> list[bytes]:
    """Proof that leaf `index` is in the tree over these leaf hashes."""
    size = len(leaf_hashes)
    _refuse_outside(0 <= index < size, f"leaf {index} of {size}")
    return [root_hash(leaf_hashes[lo:hi]) for lo, hi in _inclusion_ranges(index, size)]


def consistency_proof(leaf_hashes: Sequence[bytes], size1: int) -> list[bytes]:
    """Proof that the tree of the first `size1` leaves is a prefix of the whole tree."""
    size = len(leaf_hashes)
    _refuse_outside(0 < size1 <= size, f"size {size1} of {size}")
    return [root_hash(leaf_hashes[lo:hi]) for lo, hi in _consistency_ranges(size1, size)]


def verify_inclusion(
    leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """VerificationError unless `proof` leads from the leaf to `root` (RFC 9162, 2.1.3.2)."""
    _check_hashes([leaf_hash, root, *proof])
    if not 0 <= index < size:
        raise _unproven(f"leaf {index} of {size}")
    node, last, result = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            raise _unproven("the proof is too long")
        if node & 1 or node == last:
            result = hash_children(sibling, result)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            result = hash_children(result, sibling)
        node, last = node >> 1, last >> 1
    if last != 0 or result != root:
        raise _unproven(f"leaf {index} of {size}")


def verify_consistency(
    size1: int, size2: int, proof: Sequence[bytes], root1: bytes, root2: bytes
) -> None:
    """VerificationError unless the tree of `size1` is a prefix of `size2`'s (RFC 9162, 2.1.4.2).

    Nothing is proved from an empty tree: size 0 is always refused.
    """
    if not 0 < size1 <= size2:
        raise _unproven(f"sizes {size1} and {size2}")
    if size1 == size2:
        # Nothing is hashed here, so the published cases compare roots of any length.
        if proof or root1 != root2:
            raise _unproven(f"two trees of size {size1}")
        return
    _check_hashes([root1, root2, *proof])
    path = list(proof)
    if size1 & (size1 - 1) == 0:
        path.insert(0, root1)
    if not path:
        raise _unproven("the proof is empty")
    node, last = size1 - 1, size2 - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise _unproven("the proof is too long")
        if node & 1 or node == last:
            first, second = hash_children(sibling, first), hash_children(sibling, second)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            second = hash_children(second, sibling)
        node, last = node >> 1, last >> 1
    if last != 0 or first != root1 or second != root2:
        raise _unproven(f"sizes {size1} and {size2}")


class Tiles(Protocol):
    """Complete tiles and, for what is not in one yet, leaf hashes."""

    def tile(self, level: int, n: int) -> bytes | None: ...

    def leaves(self, start: int, end: int) -> list[bytes]: ...


def inclusion_proof_from_tiles(index: int, size: int, tiles: Tiles) -> list[bytes]:
    """As `inclusion_proof`, for the tree of `size`, read from tiles and tail leaves."""
    _refuse_outside(0 <= index < size, f"leaf {index} of {size}")
    return [_range_hash(lo, hi, tiles) for lo, hi in _inclusion_ranges(index, size)]


def consistency_proof_from_tiles(size1: int, size2: int, tiles: Tiles) -> list[bytes]:
    """As `consistency_proof`, between two sizes of the stored tree."""
    _refuse_outside(0 < size1 <= size2, f"size {size1} of {size2}")
    return [_range_hash(lo, hi, tiles) for lo, hi in _consistency_ranges(size1, size2)]


def root_from_tiles(size: int, tiles: Tiles) -> bytes:
    """Root of the tree as it was at `size`."""
    return range_from_tiles(size, tiles).root()


def range_from_tiles(size: int, tiles: Tiles) -> CompactRange:
    """The compact range of the tree as it was at `size`, to go on from."""
    hashes, start = [], 0
    for bit in reversed(range(size.bit_length())):
        if size >> bit & 1:
            hashes.append(_range_hash(start, start + (1 << bit), tiles))
            start += 1 << bit
    return CompactRange(size, hashes)


def _inclusion_ranges(index: int, size: int) -> list[tuple[int, int]]:
    """Leaf ranges whose hashes make up an inclusion proof, nearest first."""
    lo, hi, found = 0, size, []
    while hi - lo > 1:
        middle = lo + _split(hi - lo)
        if index < middle:
            found.append((middle, hi))
            hi = middle
        else:
            found.append((lo, middle))
            lo = middle
    return found[::-1]


def _consistency_ranges(size1: int, size2: int) -> list[tuple[int, int]]:
    """Leaf ranges whose hashes make up a consistency proof, nearest first."""
    lo, hi, found = 0, size2, []
    while size1 != hi:
        middle = lo + _split(hi - lo)
        if size1 <= middle:
            found.append((middle, hi))
            hi = middle
        else:
            found.append((lo, middle))
            lo = middle
    if lo != 0:
        found.append((lo, hi))
    return found[::-1]


def _range_hash(lo: int, hi: int, tiles: Tiles) -> bytes:
    width = hi - lo
    if width & (width - 1):
        middle = lo + _split(width)
        return hash_children(_range_hash(lo, middle, tiles), _range_hash(middle, hi, tiles))
    # A complete subtree: its hash, or those of its parts, stand in the highest complete tile.
    level = (width.bit_length() - 1) // TILE_HEIGHT
    while level > 0:
        unit = TILE_WIDTH**level
        held = tiles.tile(level, lo // (unit * TILE_WIDTH))
        if held is not None:
            first = lo // unit % TILE_WIDTH
            return root_hash(_hashes(held)[first : first + width // unit])
        level -= 1
    if width > TILE_WIDTH:
        middle = lo + width // 2
        return hash_children(_range_hash(lo, middle, tiles), _range_hash(middle, hi, tiles))
    held = tiles.tile(0, lo // TILE_WIDTH)
    if held is not None:
        first = lo % TILE_WIDTH
        return root_hash(_hashes(held)[first : first + width])
    return root_hash(tiles.leaves(lo, hi))


def _hashes(joined: bytes) -> list[bytes]:
    return [joined[at : at + HASH_BYTES] for at in range(0, len(joined), HASH_BYTES)]


def _split(width: int) -> int:
    """The largest power of two below `width`."""
    return 1 << ((width - 1).bit_length() - 1)


def _check_hashes(hashes: Sequence[bytes]) -> None:
    if any(len(value) != HASH_BYTES for value in hashes):
        raise _unproven("a hash has not 32 bytes")


def _refuse_outside(inside: bool, what: str) -> None:
    if not inside:
        raise _unproven(what)


def _unproven(what: str) -> VerificationError:
    return VerificationError(
        "The proof does not hold.", what=what, next="Do not rely on the entry or the log."
    )
