"""Is a log whole, unchanged and the one that was signed for? Pure: everything is given.

Entries come in order, as bytes. The first entry names the first day key; each
`log.day_closed` entry at index c names the next one, and is certified by a
checkpoint of size c + 1 signed with the old key. So each tree size has exactly
one key that may have signed it. Exit codes: 3 altered, 4 truncated or rolled
back, 5 fork, 6 stale; the smallest of all findings counts.

What this cannot see: a false entry written as the application, and changes
behind the last anchor made with today's key. Hence the unanchored tail.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from privacy.audit.entry import parse
from privacy.audit.note import Checkpoint, Note, Verifier
from privacy.audit.tree import CompactRange, hash_leaf
from privacy.errors import (
    Altered,
    Forked,
    RightsdeskError,
    RolledBack,
    Stale,
    VerificationError,
)

# On PostgreSQL entries reach the tree in the order of their commits, not of their times.
ORDER_TOLERANCE = timedelta(seconds=60)


@dataclass(frozen=True)
class Finding:
    """Something wrong. `index` is the bad entry, or with `last` the first that may be it."""

    exit_code: int
    index: int | None
    text: str
    last: int | None = None


@dataclass(frozen=True)
class Anchor:
    """Size and root that somebody kept outside: a checkpoint file, a printed report."""

    size: int
    root: bytes
    source: str


@dataclass(frozen=True)
class Tail:
    """Entries after a point, and the age in seconds of the oldest of them."""

    entries: int
    age_s: int


@dataclass(frozen=True)
class Limits:
    """What counts as stale: age of entries under no checkpoint, length of the unanchored tail."""

    max_age: timedelta | None = None
    max_tail: int | None = None


@dataclass(frozen=True)
class Verdict:
    """The whole answer. `anchored_at` is the anchor's size; `shown` if its copy was given."""

    origin: str
    size: int
    root: bytes
    first_key: str
    days: int
    checkpoints: int
    findings: tuple[Finding, ...]
    anchored_at: int
    anchor_shown: bool
    unanchored: Tail
    unsigned: Tail

    @property
    def exit_code(self) -> int:
        return min((finding.exit_code for finding in self.findings), default=0)

    @property
    def first_bad(self) -> int | None:
        """The first bad index among the findings that decide the exit code.

        Where only a range is known, its first index, unless another finding names
        an entry in it.
        """
        deciding = [
            (finding.index, finding.last)
            for finding in self.findings
            if finding.exit_code == self.exit_code and finding.index is not None
        ]
        exact = [index for index, last in deciding if last is None]
        open_ranges = [
            index
            for index, last in deciding
            if last is not None and not any(index <= one <= last for one in exact)
        ]
        return min([*exact, *open_ranges], default=None)


def verify(
    entries: Iterable[bytes],
    checkpoints: Sequence[bytes],
    *,
    now: datetime,
    first_key: str | None = None,
    anchors: Sequence[Anchor] = (),
    limits: Limits | None = None,
) -> Verdict:
    """Verify entries in order against signed notes, a pinned first key and outside anchors."""
    checker = Checker(checkpoints, first_key=first_key, anchors=anchors)
    for body in entries:
        checker.entry(body)
    return checker.finish(now, limits or Limits())


@dataclass
class _Day:
    """A day key: it may sign sizes above `after`, up to and with `until`."""

    verifier: Verifier
    after: int
    until: int | None = None


@dataclass
class Checker:
    """Takes entries one by one, then judges checkpoints and anchors."""

    notes: Sequence[bytes]
    first_key: str | None = None
    anchors: Sequence[Anchor] = ()
    findings: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tree = CompactRange()
        self.last_at: datetime | None = None
        self._origin = ""
        self._days: list[_Day] = []
        self._recorded = 0
        self._parsed = [_parsed(data) for data in self.notes]
        sizes = {checkpoint.size for _, checkpoint in filter(None, self._parsed)}
        self._wanted = sizes | {anchor.size for anchor in self.anchors} | {0}
        self._roots: dict[int, bytes] = {0: self.tree.root()}
        self._times: dict[int, datetime] = {}

    def entry(self, body: bytes) -> dict[str, Any] | None:
        """The next entry's bytes; the entry, or None if it cannot be read."""
        index = self.tree.size
        document = self._read(index, body)
        self._append(hash_leaf(body))
        return document

    def missing(self, leaf: bytes) -> None:
        """The next entry's bytes are gone; its leaf hash keeps the tree going."""
        self._append(leaf)

    def bad(
        self,
        index: int | None,
        text: str,
        kind: type[RightsdeskError],
        *,
        last: int | None = None,
    ) -> None:
        """Add a finding; `last` when only a range is known."""
        self.findings.append(Finding(kind.exit_code, index, text, last))

    def finish(self, now: datetime, limits: Limits) -> Verdict:
        """Judge checkpoints, certificates, anchors and tails."""
        signed = self._signed_sizes()
        self._check_certificates(signed)
        for anchor in self.anchors:
            self._check_anchor(anchor, signed)
        known = [anchor for anchor in self.anchors if self._roots.get(anchor.size) == anchor.root]
        shown = max((anchor.size for anchor in known), default=0)
        anchored_at = shown if self.anchors else self._recorded
        unanchored = self._tail(anchored_at, now)
        unsigned = self._tail(max(signed, default=0), now)
        self._check_stale(limits, unanchored, unsigned)
        return Verdict(
            origin=self._origin,
            size=self.tree.size,
            root=self.tree.root(),
            first_key=str(self._days[0].verifier) if self._days else "",
            days=len(self._days),
            checkpoints=len(self.notes),
            findings=tuple(sorted(self.findings, key=_worst_first)),
            anchored_at=anchored_at,
            anchor_shown=bool(self.anchors),
            unanchored=unanchored,
            unsigned=unsigned,
        )

    # -- entries ---------------------------------------------------------------------

    def _append(self, leaf: bytes) -> None:
        self.tree.append(leaf)
        if self.tree.size in self._wanted:
            self._roots[self.tree.size] = self.tree.root()

    def _read(self, index: int, body: bytes) -> dict[str, Any] | None:
        try:
            document = parse(body)
            at = datetime.fromisoformat(document["ts"])
            if at.tzinfo is None or document["v"] != 1:
                raise ValueError
            action = document["action"]
            self._check_time(index, at)
            if index == 0:
                self._open_log(document)
            elif action == "log.day_closed":
                self._turn(index, document)
            elif action == "log.anchored":
                self._note_anchor(index, document)
        except (VerificationError, KeyError, TypeError, ValueError):
            self.bad(index, f"entry {index} is not as this log writes entries", Altered)
            return None
        return document

    def _check_time(self, index: int, at: datetime) -> None:
        if index in self._wanted:
            self._times[index] = at
        if self.last_at is not None and at < self.last_at - ORDER_TOLERANCE:
            self.bad(index, f"entry {index} is older than the one before it", Altered)
        self.last_at = at if self.last_at is None else max(self.last_at, at)

    def _open_log(self, document: dict[str, Any]) -> None:
        if document["action"] != "log.opened":
            raise ValueError
        verifier = Verifier.parse(document["verifier"])
        self._origin = str(document["object"])
        if verifier.name != self._origin:
            raise ValueError
        if self.first_key is not None and self.first_key != str(verifier):
            self.bad(0, "the log does not begin with the first key that was given", Altered)
        self._days.append(_Day(verifier, 0))

    def _turn(self, index: int, document: dict[str, Any]) -> None:
        verifier = Verifier.parse(document["verifier"])
        if self._days:
            self._days[-1].until = index + 1
        self._days.append(_Day(verifier, index + 1))
        self._wanted.add(index + 1)

    def _note_anchor(self, index: int, document: dict[str, Any]) -> None:
        """An anchor that the log says was given away counts if its root is the log's."""
        size, root = document["count"], bytes.fromhex(document["digest"])
        if size in self._roots:
            if self._roots[size] != root:
                raise ValueError
            self._recorded = max(self._recorded, size)

    # -- checkpoints -----------------------------------------------------------------

    def _signed_sizes(self) -> list[int]:
        """Sizes whose checkpoint is signed by the right key and has the log's root."""
        good: list[int] = []
        unsigned: list[int] = []
        contrary: list[int] = []
        for number, parsed in enumerate(self._parsed):
            if parsed is None:
                self.bad(None, f"checkpoint {number} cannot be read", Altered)
                continue
            note, checkpoint = parsed
            size = checkpoint.size
            if not self._is_signed(note, checkpoint):
                unsigned.append(size)
            elif size > self.tree.size:
                self._too_long(size)
            elif self._roots[size] == checkpoint.root:
                good.append(size)
            else:
                contrary.append(size)
        for size in unsigned:
            self._not_signed(size, good)
        for size in contrary:
            self._contradicted(size, good, f"the checkpoint of size {size}")
        return good

    def _is_signed(self, note: Note, checkpoint: Checkpoint) -> bool:
        """Whether the key in force at that size signed it."""
        size = checkpoint.size
        day = next((d for d in self._days if d.after < size <= (d.until or size)), None)
        if day is None or checkpoint.origin != self._origin:
            return False
        try:
            note.verify([day.verifier])
        except VerificationError:
            # A key of a later day, whose certificate was cut off with the entries.
            ids = {signature.key_id for signature in note.signatures}
            return size > self.tree.size and not any(d.verifier.key_id in ids for d in self._days)
        return True

    def _not_signed(self, size: int, good: Sequence[int]) -> None:
        start = max((each for each in good if each < size), default=0)
        text = f"the checkpoint of size {size} is not signed by the key of its day"
        self.bad(start, text, Altered, last=size - 1)

    def _contradicted(self, size: int, good: Sequence[int], what: str) -> None:
        """A root that is not the log's: a fork if this log was signed for as well, else altered."""
        start = max((each for each in good if each < size), default=0)
        if any(each >= size for each in good):
            text = f"{what} belongs to another history of this log"
            self.bad(start, text, Forked, last=size - 1)
        else:
            text = f"{what} does not fit: an entry from {start} to {size - 1} was changed"
            self.bad(start, text, Altered, last=size - 1)

    def _check_certificates(self, signed: Sequence[int]) -> None:
        for day in self._days:
            if day.until is not None and day.until not in signed:
                self.bad(
                    day.until - 1,
                    f"no checkpoint of the old key certifies the key turn at {day.until - 1}",
                    Altered,
                )

    def _check_anchor(self, anchor: Anchor, signed: Sequence[int]) -> None:
        if anchor.size > self.tree.size:
            self._too_long(anchor.size)
        elif self._roots[anchor.size] != anchor.root:
            self._contradicted(anchor.size, signed, f"the anchor {anchor.source}")

    def _too_long(self, size: int) -> None:
        self.bad(
            self.tree.size,
            f"{size} entries were signed for, {self.tree.size} are there",
            RolledBack,
        )

    def _tail(self, since: int, now: datetime) -> Tail:
        entries = self.tree.size - since
        oldest = self._times.get(since)
        age = int((now - oldest).total_seconds()) if entries > 0 and oldest is not None else 0
        return Tail(max(0, entries), max(0, age))

    def _check_stale(self, limits: Limits, unanchored: Tail, unsigned: Tail) -> None:
        if limits.max_tail is not None and unanchored.entries > limits.max_tail:
            text = f"{unanchored.entries} entries have no anchor; {limits.max_tail} are allowed"
            self.bad(None, text, Stale)
        if limits.max_age is not None and unsigned.age_s > limits.max_age.total_seconds():
            text = f"{unsigned.entries} entries, the oldest of {unsigned.age_s} s, are not signed"
            self.bad(None, text, Stale)


def _parsed(data: bytes) -> tuple[Note, Checkpoint] | None:
    try:
        note = Note.parse(data)
        return note, Checkpoint.parse(note.text)
    except VerificationError:
        return None


def _worst_first(finding: Finding) -> tuple[int, int]:
    return finding.exit_code, -1 if finding.index is None else finding.index
