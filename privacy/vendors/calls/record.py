"""One call as a vendor's own export tells it, and many of them as columns. Pure.

Every field tells two kinds of silence apart: the export has no such column (nothing can be
proved), or it has one and says nothing of this call. Instants are microseconds since 1970 in
UTC. A call in the repeated hour at the end of summer time has two: `at_us` is the earlier
reading, `second_us` the later; what was answered and ended is counted from the earlier.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from itertools import compress
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Codes = NDArray[np.int8]

UNTOLD = int(np.iinfo(np.int64).min)
NO_NUMBER = 0
NO_CAMPAIGN = -1
DIGEST_BYTES = 8
LONGEST_RAW = 32
_DIALLED = re.compile(r"[0-9+*#]")


class Column(IntFlag):
    """What an export can say of a call. A bit that is not set: the column is missing."""

    CALLED = 1 << 0
    CALLER = 1 << 1
    AT = 1 << 2
    ANSWERED = 1 << 3
    ENDED = 1 << 4
    RING = 1 << 5
    TALK = 1 << 6
    DISPOSITION = 1 << 7
    ANSWERED_BY = 1 << 8
    AGENT = 1 << 9
    CAMPAIGN = 1 << 10
    OPT_OUT = 1 << 11
    PRERECORDED = 1 << 12
    ATTESTATION = 1 << 13
    ENDED_BY = 1 << 14
    LIST = 1 << 15
    KEY = 1 << 16


NAMES: dict[Column, str] = {
    Column.CALLED: "called_number",
    Column.CALLER: "calling_number",
    Column.AT: "at",
    Column.ANSWERED: "answered_at",
    Column.ENDED: "ended_at",
    Column.RING: "ring_seconds",
    Column.TALK: "talk_seconds",
    Column.DISPOSITION: "disposition",
    Column.ANSWERED_BY: "answered_by",
    Column.AGENT: "agent_at",
    Column.CAMPAIGN: "campaign",
    Column.OPT_OUT: "opt_out_at",
    Column.PRERECORDED: "prerecorded",
    Column.ATTESTATION: "attestation",
    Column.ENDED_BY: "ended_by",
    Column.LIST: "list_date",
    Column.KEY: "call_id",
}


class NumberState(IntEnum):
    """What a number's cell holds. NOT_E164: an extension or digits that no plan knows."""

    TOLD = 0
    MISSING = 1
    EMPTY = 2
    WITHHELD = 3
    NOT_E164 = 4


class Disposition(IntEnum):
    """How the attempt ended. BLOCKED was stopped before dialing: it is no call."""

    UNTOLD = -1
    ANSWERED = 0
    NO_ANSWER = 1
    BUSY = 2
    FAILED = 3
    CANCELLED = 4
    ABANDONED = 5
    BLOCKED = 6


class AnsweredBy(IntEnum):
    UNTOLD = -1
    PERSON = 0
    MACHINE = 1
    UNKNOWN = 2


class EndedBy(IntEnum):
    UNTOLD = -1
    CALLER = 0
    CALLED = 1


class Attestation(IntEnum):
    """STIR/SHAKEN level (ATIS-1000074): full, partial, gateway; FAILED: not verified."""

    UNTOLD = -1
    A = 0
    B = 1
    C = 2
    FAILED = 3


class VendorCall(NamedTuple):
    """One call. `called` and `caller` are E.164 without the plus, 0 where there is none.

    `rows` are the records of the file that tell of it, the one that was kept first;
    `campaign` is the vendor's own name of it, "" where untold. UNTOLD instants and lengths
    are the least integer; lengths are milliseconds.
    """

    rows: tuple[int, ...]
    key: str
    columns: int
    called_raw: str
    called: int
    called_state: NumberState
    caller: int = NO_NUMBER
    caller_state: NumberState = NumberState.MISSING
    at_us: int = UNTOLD
    second_us: int = UNTOLD
    answered_us: int = UNTOLD
    agent_us: int = UNTOLD
    ended_us: int = UNTOLD
    ring_ms: int = UNTOLD
    talk_ms: int = UNTOLD
    disposition: Disposition = Disposition.UNTOLD
    answered_by: AnsweredBy = AnsweredBy.UNTOLD
    ended_by: EndedBy = EndedBy.UNTOLD
    campaign: str = ""
    opt_out_us: int = UNTOLD
    prerecorded: int = -1
    attestation: Attestation = Attestation.UNTOLD
    list_us: int = UNTOLD

    def __repr__(self) -> str:
        """Rows only: a call holds numbers."""
        return f"VendorCall(rows={self.rows})"

    @property
    def shown(self) -> int:
        """Whether a calling number was shown: 1, 0, or -1 where the export leaves it open."""
        return int(_SHOWN[self.caller_state])

    @property
    def blocked(self) -> bool:
        return self.disposition is Disposition.BLOCKED

    def has(self, column: Column) -> bool:
        """Whether the export has that column at all for this call."""
        return bool(self.columns & column)


# A withheld number was not shown; one that no plan knows may have been.
_SHOWN = {
    NumberState.TOLD: 1,
    NumberState.MISSING: -1,
    NumberState.EMPTY: -1,
    NumberState.WITHHELD: 0,
    NumberState.NOT_E164: -1,
}

INTEGERS = (
    "row",
    "number",
    "caller",
    "at_us",
    "second_us",
    "answered_us",
    "agent_us",
    "ended_us",
    "ring_ms",
    "talk_ms",
    "opt_out_us",
    "list_us",
    "has",
    "digest",
)
CODES = (
    "number_state",
    "caller_state",
    "disposition",
    "answered_by",
    "ended_by",
    "prerecorded",
    "attestation",
)


@dataclass(frozen=True, repr=False)
class CallChunk:
    """Up to some 100,000 calls as columns of one length, in the order of the import.

    `number` and `caller` are E.164 without plus, 0 for none; `campaign` points into
    `campaigns` (-1: untold); `has` are the bits of `Column` that the export carries for that
    call; `digest` is a keyless 64-bit digest of the call's key. `rows` holds every
    record of the calls that were told by more than one; `raws`
    the digits as they were dialled, and nothing else of that cell.
    """

    row: Integers
    number: Integers
    caller: Integers
    at_us: Integers
    second_us: Integers
    answered_us: Integers
    agent_us: Integers
    ended_us: Integers
    ring_ms: Integers
    talk_ms: Integers
    opt_out_us: Integers
    list_us: Integers
    has: Integers
    digest: Integers
    number_state: Codes
    caller_state: Codes
    disposition: Codes
    answered_by: Codes
    ended_by: Codes
    prerecorded: Codes
    attestation: Codes
    campaign: NDArray[np.int32]
    campaigns: tuple[str, ...]
    keys: tuple[str, ...]
    raws: tuple[str, ...]
    rows: Mapping[int, tuple[int, ...]]

    def __len__(self) -> int:
        return len(self.row)

    @property
    def blocked(self) -> NDArray[np.bool_]:
        """Rows that were stopped before dialing: proof of a filter, and no calls."""
        found: NDArray[np.bool_] = self.disposition == Disposition.BLOCKED
        return found

    @property
    def shown(self) -> Codes:
        """Whether a calling number was shown: 1, 0, or -1 where it is open."""
        table = np.array([_SHOWN[state] for state in NumberState], dtype=np.int8)
        return table[self.caller_state]

    @property
    def columns(self) -> frozenset[str]:
        """Names of the columns that the export carries for some call of the chunk."""
        bits = int(np.bitwise_or.reduce(self.has)) if len(self) else 0
        return frozenset(name for column, name in NAMES.items() if bits & column)

    def rows_of(self, index: int) -> tuple[int, ...]:
        """Every record of the file that tells of the call at `index`."""
        return self.rows.get(index, (int(self.row[index]),))

    def call(self, index: int) -> VendorCall:
        """One call of the chunk."""
        campaign = int(self.campaign[index])
        return VendorCall(
            rows=self.rows_of(index),
            key=self.keys[index],
            columns=int(self.has[index]),
            called_raw=self.raws[index],
            called=int(self.number[index]),
            called_state=NumberState(int(self.number_state[index])),
            caller=int(self.caller[index]),
            caller_state=NumberState(int(self.caller_state[index])),
            at_us=int(self.at_us[index]),
            second_us=int(self.second_us[index]),
            answered_us=int(self.answered_us[index]),
            agent_us=int(self.agent_us[index]),
            ended_us=int(self.ended_us[index]),
            ring_ms=int(self.ring_ms[index]),
            talk_ms=int(self.talk_ms[index]),
            disposition=Disposition(int(self.disposition[index])),
            answered_by=AnsweredBy(int(self.answered_by[index])),
            ended_by=EndedBy(int(self.ended_by[index])),
            campaign="" if campaign == NO_CAMPAIGN else self.campaigns[campaign],
            opt_out_us=int(self.opt_out_us[index]),
            prerecorded=int(self.prerecorded[index]),
            attestation=Attestation(int(self.attestation[index])),
            list_us=int(self.list_us[index]),
        )

    def __iter__(self) -> Iterator[VendorCall]:
        return (self.call(index) for index in range(len(self)))

    def only(self, chosen: NDArray[np.bool_]) -> CallChunk:
        """Those of its calls."""
        kept, whether = np.flatnonzero(chosen), chosen.tolist()
        parts: dict[str, Any] = {
            name: getattr(self, name)[kept] for name in (*INTEGERS, *CODES, "campaign")
        }
        return CallChunk(
            **parts,
            campaigns=self.campaigns,
            keys=tuple(compress(self.keys, whether)),
            raws=tuple(compress(self.raws, whether)),
            rows={
                int(np.searchsorted(kept, i)): rows for i, rows in self.rows.items() if whether[i]
            },
        )

    def to_bytes(self) -> bytes:
        """The chunk as bytes, to be sealed."""
        told = {
            "campaigns": self.campaigns,
            "keys": self.keys,
            "raws": self.raws,
            "rows": {str(index): list(rows) for index, rows in self.rows.items()},
        }
        arrays = {name: getattr(self, name) for name in (*INTEGERS, *CODES, "campaign")}
        text = np.frombuffer(json.dumps(told).encode(), dtype=np.uint8)
        file = io.BytesIO()
        np.savez(file, allow_pickle=False, told=text, **arrays)
        # Level 1: a third of the time of the usual one, and little more to store.
        return zlib.compress(file.getvalue(), 1)

    @classmethod
    def from_bytes(cls, data: bytes) -> CallChunk:
        """What `to_bytes` made."""
        with np.load(io.BytesIO(zlib.decompress(data)), allow_pickle=False) as loaded:
            told = json.loads(bytes(loaded["told"]))
            arrays = {name: loaded[name] for name in (*INTEGERS, *CODES, "campaign")}
        return cls(
            **arrays,
            campaigns=tuple(told["campaigns"]),
            keys=tuple(told["keys"]),
            raws=tuple(told["raws"]),
            rows={int(index): tuple(rows) for index, rows in told["rows"].items()},
        )


def dialled(raw: str) -> str:
    """The digits of a cell that held a number: a name in an address is none."""
    if raw.isdecimal():
        return raw[:LONGEST_RAW]
    return "".join(_DIALLED.findall(raw))[:LONGEST_RAW]


def digest_of(key: str) -> int:
    """The 64-bit digest by which the same call is known in another export."""
    found = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES)
    return int.from_bytes(found.digest(), "big", signed=True)


_PLACES = {name: VendorCall._fields.index(name) for name in VendorCall._fields}
_TAKEN = {"number": "called", "number_state": "called_state", "has": "columns"}


def chunk_of(calls: Sequence[VendorCall], campaigns: Iterable[str] = ()) -> CallChunk:
    """The calls as columns. `campaigns` are names that come first among its own."""
    names = {name: code for code, name in enumerate(campaigns)}
    columns = tuple(zip(*calls, strict=True)) if calls else ((),) * len(VendorCall._fields)

    def column(name: str) -> tuple[Any, ...]:
        return columns[_PLACES[_TAKEN.get(name, name)]]

    rows, keys = column("rows"), column("key")
    codes = [
        NO_CAMPAIGN if not name else names.setdefault(name, len(names))
        for name in column("campaign")
    ]
    integers: dict[str, Any] = {
        name: np.array(column(name), dtype=np.int64)
        for name in INTEGERS
        if name not in ("row", "digest")
    }
    integers["row"] = np.array([told[0] for told in rows], dtype=np.int64)
    integers["digest"] = np.array([digest_of(key) for key in keys], dtype=np.int64)
    small: dict[str, Any] = {name: np.array(column(name), dtype=np.int8) for name in CODES}
    return CallChunk(
        **integers,
        **small,
        campaign=np.array(codes, dtype=np.int32),
        campaigns=tuple(names),
        keys=keys,
        raws=tuple(map(dialled, column("called_raw"))),
        rows={index: told for index, told in enumerate(rows) if len(told) > 1},
    )
