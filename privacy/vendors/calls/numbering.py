"""Numbers as an export writes them: E.164 without its plus, or why there is none. Pure.

A trunk prefix is declared, never guessed; the region's own numbering plan reads what has no
country code. Digits that no plan knows, and extensions, stay a call without a number.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneMetadata

from privacy.errors import BadInput
from privacy.numbers import BadNumber, parse_phone
from privacy.vendors.calls.record import NO_NUMBER, NumberState

KEPT = 300_000
NANP = "1"
WITHHELD = frozenset(
    {
        "anonymous",
        "anonymous caller",
        "blocked",
        "id withheld",
        "no caller id",
        "number withheld",
        "not available",
        "out of area",
        "private",
        "private number",
        "restricted",
        "unavailable",
        "unknown",
        "withheld",
        # What Twilio puts for anonymous, restricted, unknown, blocked and unavailable: the
        # letters of the word on a telephone's keys.
        "+266696687",
        "+7378742883",
        "+8656696",
        "+256253",
        "+2562533",
        "+86282452253",
    }
)
_KINDS = (
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "personal_number",
    "voip",
    "pager",
    "uan",
    "voicemail",
)
_AMERICAN = re.compile(r"(\+?1)?([2-9]\d\d[2-9]\d{6})", re.ASCII)
_URI = re.compile(r"(?:sips?|tel):([^@;>]*)", re.IGNORECASE)
_PREFIX = re.compile(r"[0-9*#]{1,6}")


class Number(NamedTuple):
    """`e164` without plus, 0 where `state` is not TOLD."""

    e164: int
    state: NumberState

    def __repr__(self) -> str:
        return f"Number({self.state.name})"


NONE = Number(NO_NUMBER, NumberState.MISSING)
EMPTY = Number(NO_NUMBER, NumberState.EMPTY)
HIDDEN = Number(NO_NUMBER, NumberState.WITHHELD)
ODD = Number(NO_NUMBER, NumberState.NOT_E164)


class Numbering:
    """Reads the numbers of one export. `region` is ISO 3166-1 or "", `prefixes` are declared.

    BadInput for a prefix that is none.
    """

    def __init__(self, region: str = "", prefixes: tuple[str, ...] = ()) -> None:
        if not all(_PREFIX.fullmatch(prefix) for prefix in prefixes):
            raise BadInput(
                "A trunk prefix is one to six digits.",
                what="--trunk-prefix",
                next="Write it as 9 or 011.",
            )
        self.region = region
        # The longest first: 9011 before 9.
        self.prefixes = tuple(sorted(prefixes, key=len, reverse=True))
        self._american = region in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[1]
        self._kept: dict[str, Number] = {}

    def read(self, text: str) -> Number:
        """The number in `text`, once its declared prefix is off."""
        found = self._kept.get(text)
        if found is None:
            if len(self._kept) > KEPT:
                self._kept.clear()
            found = self._kept[text] = self._read(text)
        return found

    def _read(self, text: str) -> Number:
        told = text.strip()
        uri = _URI.match(told)
        if uri:
            told = uri[1].strip()
        if not told:
            return EMPTY
        if told.casefold() in WITHHELD:
            return HIDDEN
        for prefix in self.prefixes:
            if told.startswith(prefix):
                told = told[len(prefix) :]
                break
        american = _AMERICAN.fullmatch(told)
        if american and (self._american or (american[1] or "") == "+1"):
            return _american(american[2])
        try:
            e164 = parse_phone(told, self.region or None)
        except BadNumber:
            return ODD
        return Number(int(e164[1:]), NumberState.TOLD)


def _american(national: str) -> Number:
    """A number of the North American plan: valid where one of its regions knows its kind."""
    if not _american_plan().fullmatch(national):
        return ODD
    return Number(int(NANP + national), NumberState.TOLD)


@cache
def _american_plan() -> re.Pattern[str]:
    """Every pattern of a kind of number in every region of the plan, as one.

    `phonenumbers` takes some 60 us for a number and this 2; a test holds both equal.
    """
    patterns = set()
    for region in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[1]:
        metadata = PhoneMetadata.metadata_for_region(region)
        for kind in _KINDS:
            described = getattr(metadata, kind, None)
            if described is not None and described.national_number_pattern:
                patterns.add(described.national_number_pattern)
    return re.compile("|".join(f"(?:{pattern})" for pattern in sorted(patterns)))
