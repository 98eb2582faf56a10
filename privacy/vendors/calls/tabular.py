"""Tables whose columns are found by name: the formats of that kind, and any mapping file. Pure.

A plan says under which names a field may stand and what a file's words mean. What it does not
name is not read. Of answer and end the instants count where they are told, else the lengths.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from privacy.vendors.calls.building import (
    DISPOSITIONS,
    MACHINES,
    OPT_OUTS,
    YES,
    absolute,
    after,
    between_ms,
    cell,
    content_key,
    fold,
    local,
)
from privacy.vendors.calls.causes import of_name, of_number
from privacy.vendors.calls.form import Aside, BadRow, Leg, Reading, Row
from privacy.vendors.calls.instants import Instant, has_offset, read_ms
from privacy.vendors.calls.numbering import NONE
from privacy.vendors.calls.record import (
    UNTOLD,
    AnsweredBy,
    Attestation,
    Column,
    Disposition,
    EndedBy,
    VendorCall,
)
from privacy.vendors.calls.sense import ANSWERED_AND_NOT, BLOCKED_YET_DIALLED

BITS: dict[str, Column] = {
    "called": Column.CALLED,
    "caller": Column.CALLER,
    "at": Column.AT,
    "answered_at": Column.ANSWERED,
    "ended_at": Column.ENDED,
    "ring_s": Column.RING,
    "talk_s": Column.TALK,
    "duration_s": Column.TALK,
    "disposition": Column.DISPOSITION,
    "cause": Column.DISPOSITION,
    "cause_number": Column.DISPOSITION,
    "answered_by": Column.ANSWERED_BY,
    "agent_at": Column.AGENT,
    "to_agent_s": Column.AGENT,
    "campaign": Column.CAMPAIGN,
    "opt_out": Column.OPT_OUT,
    "opt_out_at": Column.OPT_OUT,
    "prerecorded": Column.PRERECORDED,
    "attestation": Column.ATTESTATION,
    "ended_by": Column.ENDED_BY,
    "list_date": Column.LIST,
    "key": Column.KEY,
    "group": Column.KEY,
}
FIELDS = (*BITS, "direction")
_DIGITS = re.compile(r"\d{1,15}")


# An instant of nothing but these, as 0000-00-00 00:00:00, is none.
_NOTHING = "0-:./ TZ"
_UNANSWERED = frozenset(
    {
        Disposition.NO_ANSWER,
        Disposition.BUSY,
        Disposition.FAILED,
        Disposition.CANCELLED,
        Disposition.BLOCKED,
    }
)


def _bits(names: Collection[str]) -> int:
    """Bits of what columns of those fields tell."""
    bits = 0
    for name in names:
        bits |= int(BITS.get(name, 0))
    rings = {"ring_s", "duration_s"} & set(names) and "talk_s" in names
    return bits | (int(Column.RING) if rings or "answered_at" in names else 0)


@dataclass(frozen=True)
class Plan:
    """How a table is read. `columns`: field to the names it may have, folded.

    `words`: a file's own words of dispositions; `opt_outs` and `blocked` those that are one,
    `people` and `machines` those that say who answered; `outbound` the words of a call of the
    vendor. `plus`: numbers are E.164 whose plus was left out; `told_opt_outs`: the words of an
    opt-out were declared.
    """

    title: str
    columns: Mapping[str, tuple[str, ...]]
    words: Mapping[str, Disposition] = field(default_factory=dict)
    people: frozenset[str] = frozenset()
    machines: frozenset[str] = MACHINES
    opt_outs: frozenset[str] = OPT_OUTS
    blocked: frozenset[str] = frozenset()
    outbound: frozenset[str] = frozenset()
    plus: bool = False
    told_opt_outs: bool = False

    def found(self, places: Mapping[str, int]) -> dict[str, int]:
        """Place of each field that the file has."""
        return {
            name: places[known]
            for name, names in self.columns.items()
            for known in reversed(names)
            if known in places
        }


class TableMaker:
    """Makes legs of the rows of one file. `places` are fields, not headers."""

    def __init__(self, plan: Plan, places: Mapping[str, int], reading: Reading) -> None:
        self._plan, self._places, self._reading = plan, places, reading
        self.told = _bits(places)
        self._width = max(places.values(), default=-1) + 1

    def group(self, row: Row) -> str:
        """The call's id as the file tells it, else the whole row."""
        found = self._cell(row, "group") or self._cell(row, "key")
        return found or content_key(row.cells)

    def leg(self, row: Row) -> Leg | Aside:
        direction = fold(self._cell(row, "direction"))
        sides = self._plan.outbound if "direction" in self._places else frozenset()
        if sides and direction not in sides:
            return Aside(row.line, "inbound")
        at = self._instant(row, "at")
        said = fold(self._cell(row, "disposition"))
        answered_at = self._later(row, "answered_at", at.at_us)
        ended_at = self._later(row, "ended_at", at.at_us)
        disposition, odd = self._how(row, said, answered_at)
        here = disposition in (Disposition.ANSWERED, Disposition.ABANDONED)
        ring, talk = self._lengths(row, at.at_us, answered_at, ended_at, here)
        answered_us = answered_at if answered_at != UNTOLD else after(at.at_us, ring)
        ended_us = ended_at if ended_at != UNTOLD else after(at.at_us, ring, talk)
        called = self._reading.numbers.read(self._number(row, "called"))
        shown = self._number(row, "caller")
        caller = self._reading.numbers.read(shown) if "caller" in self._places else NONE
        by = self._answered_by(row, said)
        opted_out = self._opted_out(row, said, at.at_us, ended_us)
        call = VendorCall(
            rows=(row.line,),
            key=self.group(row),
            columns=self._told(row) | self._said(by, opted_out),
            called_raw=self._number(row, "called"),
            called=called.e164,
            called_state=called.state,
            caller=caller.e164,
            caller_state=caller.state,
            at_us=at.at_us,
            second_us=at.second_us,
            answered_us=answered_us if here else UNTOLD,
            agent_us=self._agent(row, at.at_us, answered_us),
            ended_us=ended_us,
            ring_ms=ring,
            talk_ms=talk,
            disposition=disposition,
            answered_by=by,
            ended_by=self._ended_by(row),
            campaign=self._cell(row, "campaign"),
            opt_out_us=opted_out,
            prerecorded=self._flag(row, "prerecorded"),
            attestation=self._attestation(row),
            list_us=self._list_day(row),
        )
        return Leg(call, rank=int(here), odd=(*odd, *self._odd(row)))

    def _told(self, row: Row) -> int:
        """Bits of the columns that the row has: a short one says nothing by its last ones."""
        width = len(row.cells)
        if width >= self._width:
            return self.told
        return _bits([name for name, place in self._places.items() if place < width])

    def _how(self, row: Row, said: str, answered_at: int) -> tuple[Disposition, tuple[str, ...]]:
        """How it ended. An instant of the answer, or talk, outweighs a word that denies it."""
        found = self._disposition(row, said, answered_at)
        if answered_at != UNTOLD and found in _UNANSWERED:
            return Disposition.ANSWERED, (ANSWERED_AND_NOT,)
        if found is Disposition.BLOCKED and self._talked(row):
            return Disposition.UNTOLD, (BLOCKED_YET_DIALLED,)
        return found, ()

    def _odd(self, row: Row) -> tuple[str, ...]:
        """What in the row contradicts itself: a length below nothing, a talk longer than all."""
        told = [self._cell(row, name) for name in ("ring_s", "talk_s", "duration_s")]
        found = ["negative_length"] if any(each.startswith("-") for each in told) else []
        talk, whole = read_ms(told[1]), read_ms(told[2])
        if UNTOLD not in (talk, whole) and talk > whole:
            found.append("billed_longer_than_call")
        return tuple(found)

    def _said(self, by: AnsweredBy, opted_out: int) -> int:
        """Columns that a word of the disposition stands for in this call.

        Where no word was declared for it, that a call has none proves nothing.
        """
        bits = 0
        if by is not AnsweredBy.UNTOLD:
            bits |= int(Column.ANSWERED_BY)
        if opted_out != UNTOLD or self._reading.opt_outs or self._plan.told_opt_outs:
            bits |= int(Column.OPT_OUT)
        return bits

    def _cell(self, row: Row, name: str) -> str:
        return cell(row, self._places, name)

    def _number(self, row: Row, name: str) -> str:
        text = self._cell(row, name)
        # The mapping says that numbers are E.164 whose plus was left out.
        return f"+{text}" if self._plan.plus and _DIGITS.fullmatch(text) else text

    def _instant(self, row: Row, name: str) -> Instant:
        text = self._cell(row, name)
        if not text:
            raise BadRow(name, "no_sure_instant")
        return self._read(text, name)

    def _read(self, text: str, name: str) -> Instant:
        if text.replace(".", "", 1).isdecimal() or (has_offset(text) and ":" in text):
            return Instant(absolute(text, name))
        if len(text) == 10 and text[4] == "-":
            text = f"{text} 00:00:00"
        clock = self._reading.clock
        if clock is None:
            raise BadRow(name, "no_zone")
        return local(clock, text, name)

    def _later(self, row: Row, name: str, at_us: int) -> int:
        """An instant that may be empty; in the repeated hour the reading after the start."""
        text = self._cell(row, name)
        if not text.strip(_NOTHING):
            return UNTOLD
        found = self._read(text, name)
        if found.second_us != UNTOLD and found.at_us < at_us:
            return found.second_us
        return found.at_us

    def _list_day(self, row: Row) -> int:
        """The day of a list is a date and no instant: its midnight in UTC, whatever the clock.

        East of Greenwich the midnight of a clock lies on the day before in UTC, and would make
        the list a day older than it is.
        """
        text = self._cell(row, "list_date")
        if len(text) == len("2026-11-01") and text[4] == "-" and text.strip(_NOTHING):
            return absolute(f"{text}T00:00:00Z", "list_date")
        return self._later(row, "list_date", UNTOLD)

    def _disposition(self, row: Row, said: str, answered_at: int) -> Disposition:
        told, plan = answered_at != UNTOLD, self._plan
        if said in plan.blocked:
            return Disposition.BLOCKED
        if said in plan.words:
            return plan.words[said]
        if said in plan.opt_outs | self._reading.opt_outs | plan.machines | plan.people:
            return Disposition.ANSWERED
        if said in DISPOSITIONS:
            return DISPOSITIONS[said]
        if "cause" in self._places:
            return of_name(self._cell(row, "cause"), answered=told or self._talked(row))
        if "cause_number" in self._places:
            number = self._cell(row, "cause_number")
            return of_number(number, answered=told or self._talked(row))
        if told:
            return Disposition.ANSWERED
        # A word that nobody explained leaves it open; a call was made all the same.
        open_word = "disposition" in self._places or "answered_at" not in self._places
        return Disposition.UNTOLD if open_word else Disposition.NO_ANSWER

    def _talked(self, row: Row) -> bool:
        return read_ms(self._cell(row, "talk_s")) > 0

    def _lengths(
        self, row: Row, at_us: int, answered_at: int, ended_at: int, here: bool
    ) -> tuple[int, int]:
        """Ring and talk in milliseconds; UNTOLD where the file leaves them open."""
        ring, talk = read_ms(self._cell(row, "ring_s")), read_ms(self._cell(row, "talk_s"))
        whole = read_ms(self._cell(row, "duration_s"))
        if ring == UNTOLD and here and answered_at != UNTOLD:
            ring = between_ms(at_us, answered_at)
        if ring == UNTOLD and here and UNTOLD not in (whole, talk) and talk <= whole:
            ring = whole - talk
        if ring == UNTOLD and not here and "talk_s" in self._places:
            ring = whole
        if ring == UNTOLD and not here:
            ring = between_ms(at_us, ended_at)
        if not here:
            return ring, 0
        if talk == UNTOLD and UNTOLD not in (answered_at, ended_at):
            talk = between_ms(answered_at, ended_at)
        if talk == UNTOLD:
            talk = whole if "answered_at" not in self._places else UNTOLD
        return ring, talk

    def _agent(self, row: Row, at_us: int, answered_us: int) -> int:
        if "agent_at" in self._places:
            return self._later(row, "agent_at", at_us)
        return after(answered_us, read_ms(self._cell(row, "to_agent_s")))

    def _answered_by(self, row: Row, said: str) -> AnsweredBy:
        told = fold(self._cell(row, "answered_by"))
        if told in ("person", "human", "live", "agent") or said in self._plan.people:
            return AnsweredBy.PERSON
        if told in self._plan.machines or said in self._plan.machines:
            return AnsweredBy.MACHINE
        return AnsweredBy.UNKNOWN if told else AnsweredBy.UNTOLD

    def _ended_by(self, row: Row) -> EndedBy:
        told = fold(self._cell(row, "ended_by"))
        if told in ("caller", "agent", "terminatedbysrc", "src", "originator"):
            return EndedBy.CALLER
        if told in ("called", "callee", "customer", "terminatedbydst", "dst", "recipient"):
            return EndedBy.CALLED
        return EndedBy.UNTOLD

    def _opted_out(self, row: Row, said: str, at_us: int, ended_us: int) -> int:
        if self._cell(row, "opt_out_at"):
            return self._later(row, "opt_out_at", at_us)
        flag = fold(self._cell(row, "opt_out"))
        words = self._plan.opt_outs | self._reading.opt_outs
        if flag in YES or flag in words or said in words:
            return at_us if ended_us == UNTOLD else ended_us
        return UNTOLD

    def _flag(self, row: Row, name: str) -> int:
        told = fold(self._cell(row, name))
        return -1 if not told else int(told in YES or told in ("prerecorded", "recorded"))

    def _attestation(self, row: Row) -> Attestation:
        told = fold(self._cell(row, "attestation")).upper()
        letter = told.rpartition(" ")[2]
        if letter in ("A", "B", "C"):
            return Attestation[letter]
        return Attestation.FAILED if "FAIL" in told else Attestation.UNTOLD
