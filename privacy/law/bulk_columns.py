"""Columns of historic calls: what the bulk judgement takes, checked once.

A row is one call. What differs from call to call stands in columns; what many calls
share (channel, campaign, the rest of the context) stands once, in lists that the
columns point into. `document` gives any row back as the facts of `law call`, so that
the scalar judgement can be asked about it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from privacy.errors import BadFacts
from privacy.law.call_context import Register
from privacy.law.reading import YEARS

Integers = NDArray[np.int64]

UNTOLD = int(np.iinfo(np.int64).min)
"""An instant that is not told."""
NOT_TOLD, NOT_LISTED, LISTED = -1, 0, 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
FIRST_US = (datetime(YEARS.start + 1, 1, 1, tzinfo=UTC) - EPOCH) // MICROSECOND
LAST_US = (datetime(YEARS.stop - 1, 1, 1, tzinfo=UTC) - EPOCH) // MICROSECOND
NUMBERS = (10**6, 10**15 - 1)
CASE_KEYS = frozenset({"channel", "campaign", "programme", "matter", "context"})
ADDRESS_KEYS = frozenset({"region", "postal_code", "locality", "zones"})
CONSENT_INSTANTS = ("granted", "withdrawn", "valid_until")


@dataclass(frozen=True, slots=True)
class Shared:
    """What many calls share, as parts of `law call` documents.

    `cases` hold channel, campaign, programme, matter and context; `consents` one consent
    each, without its instants; `addresses` region, postal_code, locality and zones.
    """

    cases: Sequence[Mapping[str, Any]]
    consents: Sequence[Mapping[str, Any]]
    addresses: Sequence[Mapping[str, Any]] = ({},)

    def __post_init__(self) -> None:
        """Raises BadFacts (field) for a key that belongs into a column or nowhere."""
        for name, rows, known in (
            ("cases", self.cases, CASE_KEYS),
            ("addresses", self.addresses, ADDRESS_KEYS),
        ):
            for number, row in enumerate(rows):
                for key in sorted(set(row) - known):
                    raise BadFacts("That is no shared fact.", field=f"{name}[{number}].{key}")
        for number, consent in enumerate(self.consents):
            for key in set(CONSENT_INSTANTS) & set(consent):
                raise BadFacts(
                    "An instant of a consent stands in its column.",
                    field=f"consents[{number}].{key}",
                )


@dataclass(frozen=True, slots=True)
class Listing:
    """A do-not-call list at each call: `listed` LISTED, NOT_LISTED or NOT_TOLD; `age_days`
    whole days since its publication, NOT_TOLD where unknown."""

    listed: Integers
    age_days: Integers

    def register(self, row: int) -> Register:
        """The list at one call as the scalar judgement takes it."""
        listed, age = int(self.listed[row]), int(self.age_days[row])
        return Register(
            listed=None if listed == NOT_TOLD else listed == LISTED,
            since=None,
            published=None,
            age_days=None if age == NOT_TOLD else age,
        )

    def document(self, row: int) -> dict[str, Any]:
        """The list at one call as the document of `law call` tells it."""
        register = self.register(row)
        told = {"listed": register.listed, "age_days": register.age_days}
        return {key: value for key, value in told.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Calls:
    """The columns, all of one length. Instants are microseconds since 1970 UTC, or UNTOLD.

    `number` is E.164 without its plus, as an integer; `case`, `consent` and `address`
    are indices into `Shared`.
    """

    number: Integers
    at_us: Integers
    case: Integers
    consent: Integers
    granted_us: Integers
    withdrawn_us: Integers
    valid_until_us: Integers
    address: Integers
    registers: Mapping[str, Listing] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.at_us)

    def rows(self, chosen: slice | Integers) -> Calls:
        """Some of the rows."""
        parts: dict[str, Any] = {name: getattr(self, name)[chosen] for name in COLUMNS}
        registers = {
            name: Listing(listing.listed[chosen], listing.age_days[chosen])
            for name, listing in self.registers.items()
        }
        return Calls(**parts, registers=registers)

    def check(self, shared: Shared) -> None:
        """Raises BadFacts naming column and row; the value itself is never shown."""
        for name, column in zip(COLUMNS, self._columns(), strict=True):
            _whole(name, column, len(self))
        for name, column, rows in (
            ("case", self.case, shared.cases),
            ("consent", self.consent, shared.consents),
            ("address", self.address, shared.addresses),
        ):
            _inside(name, column, 0, len(rows) - 1)
        _inside("number", self.number, *NUMBERS)
        _inside("at_us", self.at_us, FIRST_US, LAST_US)
        for name in CONSENT_INSTANTS:
            column = getattr(self, f"{name}_us")
            told = np.where(column == UNTOLD, FIRST_US, column)
            _inside(f"{name}_us", told, FIRST_US, LAST_US)
        for name, listing in self.registers.items():
            for part, least, most in (("listed", -1, 1), ("age_days", -1, 100_000)):
                column = getattr(listing, part)
                _whole(f"registers.{name}.{part}", column, len(self))
                _inside(f"registers.{name}.{part}", column, least, most)

    def consent_instants(self, row: int) -> tuple[datetime | None, ...]:
        """When a row's consent was granted, withdrawn and ends."""
        columns = (self.granted_us, self.withdrawn_us, self.valid_until_us)
        moments = (int(column[row]) for column in columns)
        return tuple(None if moment == UNTOLD else instant(moment) for moment in moments)

    def document(self, row: int, shared: Shared) -> dict[str, Any]:
        """One row as the facts of `law call`."""
        case = shared.cases[self.case[row]]
        context = dict(case.get("context", {}))
        registers = {name: dict(told) for name, told in context.get("registers", {}).items()}
        for name, listing in self.registers.items():
            registers[name] = listing.document(row)
        consent = dict(shared.consents[self.consent[row]])
        for name, moment in zip(CONSENT_INSTANTS, self.consent_instants(row), strict=True):
            if moment is not None:
                consent[name] = moment.isoformat()
        return {
            **shared.addresses[self.address[row]],
            **case,
            "number": f"+{self.number[row]}",
            "at": instant(int(self.at_us[row])).isoformat(),
            "consent": consent,
            "context": {**context, "registers": registers},
        }

    def _columns(self) -> tuple[Integers, ...]:
        return tuple(getattr(self, name) for name in COLUMNS)


COLUMNS = (
    "number",
    "at_us",
    "case",
    "consent",
    "granted_us",
    "withdrawn_us",
    "valid_until_us",
    "address",
)


def instant(microseconds: int) -> datetime:
    """The UTC instant of a column's value."""
    return EPOCH + microseconds * MICROSECOND


def _whole(name: str, column: Integers, length: int) -> None:
    if column.dtype.kind not in "iu" or column.shape != (length,):
        raise BadFacts("A column must hold whole numbers, one for each call.", field=name)


def _inside(name: str, column: Integers, least: int, most: int) -> None:
    if column.size and (column.min() < least or column.max() > most):
        row = int(np.argmax((column < least) | (column > most)))
        raise BadFacts("A column holds a value out of range.", field=f"{name}[{row}]")
