"""Which calls an earlier export told already: by what they are, not by the id they carry. Pure.

An id alone would let one export hide the calls of the next behind ids that it used up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from privacy.vendors.calls.record import CallChunk, Integers, digest_of


@dataclass(frozen=True)
class Known:
    """Digests of the calls that a vendor's other imports hold: of keys, of number and instant."""

    keys: Integers
    contents: Integers


def contents_of(chunk: CallChunk) -> Integers:
    """A digest of each call's number and instant, by which it is the same under another id.

    Of a call without a number that of its key.
    """
    told = zip(chunk.number.tolist(), chunk.at_us.tolist(), chunk.digest.tolist(), strict=True)
    return np.array(
        [digest_of(f"{number}@{at_us}") if number else digest for number, at_us, digest in told],
        dtype=np.int64,
    )
