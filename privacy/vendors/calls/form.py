"""What a format of call records is: how it is known, read, and what it can prove. Pure.

A format reads records out of text, says which records tell of the same call, and makes a
`Leg` of each. A record that is no call of the vendor to somebody is put aside with why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from privacy.vendors.calls.instants import LocalClock
from privacy.vendors.calls.numbering import Numbering
from privacy.vendors.calls.record import VendorCall


class Check(StrEnum):
    """What can be proved with a column, in the order of the table of formats."""

    CALLED = "called number"
    CALLER = "calling number shown"
    INSTANT = "absolute instant"
    PERSON = "answered by a person"
    AGENT = "seconds from greeting to agent"
    CAMPAIGN = "campaign"
    OPT_OUT = "opt-out event"
    RING = "ring time of no answer"
    PRERECORDED = "prerecorded or AI voice"
    ATTESTATION = "attestation level"


class Mark(StrEnum):
    """YES: a column of its own; PARTLY: by inference, or only in some exports; NO: not there."""

    YES = "Y"
    PARTLY = "P"
    NO = "-"


class ZoneRule(StrEnum):
    """How an instant of the file is made absolute."""

    DECLARED = "declare --zone"
    UTC = "UTC in the file"
    EPOCH = "epoch seconds"
    OFFSET = "offset in the file"
    EITHER = "offset in the file, else declare --zone"


class BadRow(ValueError):
    """A record that is not taken: `field` and `reason` are codes, and nothing else is told."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


class Leg(NamedTuple):
    """One record of a call; `rank` tells the consumer's leg.

    `copy` names what may be delivered more than once, and `version` the newer of two.

    `part`: it says something of a call that another record tells. `odd`: codes of what in it
    contradicts itself. `sequence`: its number in the file's own counting, -1 without one.
    """

    call: VendorCall
    rank: int = 0
    version: int = 0
    copy: str = ""
    part: bool = False
    odd: tuple[str, ...] = ()
    sequence: int = -1

    def __repr__(self) -> str:
        return f"Leg(rows={self.call.rows})"


class Aside(NamedTuple):
    """A record that is no call by the vendor to a person: inbound, internal, a fax."""

    line: int
    reason: str


class Unread(NamedTuple):
    """A record that cannot be read at all, with the line where it begins."""

    line: int
    reason: str


class Page(NamedTuple):
    """The end of one page of an export that comes in pages: whether another one follows it."""

    more: bool


class Row(NamedTuple):
    """One record as the file has it. It is shown nowhere."""

    line: int
    cells: Any

    def __repr__(self) -> str:
        return f"Row(line={self.line})"


@dataclass(frozen=True)
class Reading:
    """What the caller declared of a file, and what reads its numbers and clocks.

    `clock` None: no zone was declared. `columns`: the field list, where a format needs one;
    `statuses`: a vendor's own status table; `mapping`: a mapping file's content.
    """

    numbers: Numbering
    clock: LocalClock | None = None
    dates: str = ""
    columns: tuple[str, ...] = ()
    statuses: Mapping[str, Status] = field(default_factory=dict)
    opt_outs: frozenset[str] = frozenset()
    mapping: Any = None
    delimiter: str = ""
    consumer_leg: str = ""


class Status(NamedTuple):
    """A dialer's own status: whether a person answered, and whether it is an opt-out."""

    person: bool
    opt_out: bool


class Source(Protocol):
    """A file's text, from its beginning, as often as it is asked for."""

    def text(self) -> Any: ...


Records = Callable[[Any], "Iterator[Row | Unread | Page]"]


@dataclass(frozen=True)
class Layout:
    """How one file of a format is read. `told`: bits of the columns that it has."""

    records: Records
    group: Callable[[Row], str]
    leg: Callable[[Row], Leg | Aside]
    told: int


@dataclass(frozen=True)
class Format:
    """One format of call records.

    `looks_like` says how sure the beginning of a text is (0: no; 1: shape; 2: by name).
    `open` gives the layout for a file; BadInput where something must be declared first.
    `source`: where the columns come from, `verified` how well that was read.
    """

    name: str
    title: str
    source: str
    verified: str
    golden: tuple[str, ...]
    zone: ZoneRule
    key: str
    proves: Mapping[Check, Mark]
    looks_like: Callable[[str], int]
    open: Callable[[str, Reading], Layout]
    refuses: tuple[str, ...] = ()


def marks(text: str) -> dict[Check, Mark]:
    """Marks of all checks in their order, such as `Y P P - - P - Y P -`."""
    told = text.split()
    return dict(zip(Check, map(Mark, told), strict=True))
