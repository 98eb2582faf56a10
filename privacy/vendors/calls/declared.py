"""What is declared of an export before it is read, checked. Nothing of it names a person."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from privacy.contacts.places import known_region
from privacy.errors import BadInput
from privacy.vendors.calls.building import fold
from privacy.vendors.calls.completeness import Expected
from privacy.vendors.calls.form import Format, Reading, ZoneRule
from privacy.vendors.calls.formats.mapped import read_mapping
from privacy.vendors.calls.formats.vicidial_status import read_statuses
from privacy.vendors.calls.instants import LocalClock
from privacy.vendors.calls.numbering import Numbering

LONGEST_CLOCK = 200
LONGEST_TEXT = 1 << 20
# What looks like a mail or number is a person's, and a manifest stands unsealed.
_PERSONAL = re.compile(r"@|\d{7}|[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Declared:
    """What the caller says of an export; "" and () are nothing.

    `zone`: IANA zone of times that name none; `clock`: who says so and how that clock is
    kept. `region` (ISO 3166-1) reads numbers without a country code, `trunk_prefixes` come
    off first. `columns`: the field list where a format has none. `consumer_leg`: parent or
    child, where a call has two legs to outside numbers.
    """

    form: str = ""
    zone: str = ""
    clock: str = ""
    dates: str = ""
    region: str = ""
    trunk_prefixes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    opt_out_words: tuple[str, ...] = ()
    consumer_leg: str = ""
    mapping: Path | None = None
    statuses: Path | None = None
    first: date | None = None
    last: date | None = None
    invoiced: int | None = None


@dataclass(frozen=True)
class Ready:
    """The declaration with its files read: what the formats work with."""

    declared: Declared
    reading: Reading
    mapping_sha256: str = ""
    statuses_sha256: str = ""

    def expected(self, form: Format) -> Expected:
        told = self.declared
        needed = form.zone is ZoneRule.DECLARED or (
            form.zone is ZoneRule.EITHER and bool(told.zone)
        )
        return Expected(told.first, told.last, told.invoiced, told.clock, needed)

    def document(self) -> dict[str, Any]:
        """The declaration as it stands in the manifest."""
        told = self.declared
        return {
            "zone": told.zone,
            "clock": told.clock,
            "invoiced": told.invoiced,
            "dates": told.dates,
            "region": self.reading.numbers.region,
            "trunk_prefixes": list(told.trunk_prefixes),
            "columns": list(told.columns),
            "opt_out_words": len(told.opt_out_words),
            "consumer_leg": told.consumer_leg,
            "mapping_sha256": self.mapping_sha256,
            "statuses_sha256": self.statuses_sha256,
        }

    def settings(self, form: Format, digests: Sequence[str]) -> str:
        """A digest of the files and of all that changes how they are read."""
        told = {
            **self.document(),
            "opt_out_words": sorted(self.reading.opt_outs),
            "format": form.name,
            "files": sorted(digests),
        }
        # What is stated of an export, and does not change how it is read.
        del told["clock"], told["invoiced"]
        return sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def ready(declared: Declared, desk_region: str = "") -> Ready:
    """Read and check it. BadInput names the option that is wrong."""
    region = declared.region or desk_region
    if region and not known_region(region):
        raise BadInput(
            "That is no country code.", what="--region", next="Give two capitals, e.g. US."
        )
    if len(declared.clock) > LONGEST_CLOCK or _PERSONAL.search(declared.clock):
        raise BadInput(
            "A clock statement says which clock wrote the times, and names nobody.",
            what="--clock",
            next=f"Use at most {LONGEST_CLOCK} characters, without addresses and numbers.",
        )
    if declared.first and declared.last and declared.last < declared.first:
        raise BadInput("The period ends before it begins.", what="--to", next="Swap the days.")
    if declared.invoiced is not None and declared.invoiced < 0:
        raise BadInput("A count is not below 0.", what="--invoice-count", next="Correct it.")
    mapping = _text(declared.mapping, "--mapping")
    statuses = _text(declared.statuses, "--statuses")
    reading = Reading(
        numbers=Numbering(region, declared.trunk_prefixes),
        clock=_clock(declared),
        dates=declared.dates,
        columns=declared.columns,
        statuses=read_statuses(statuses) if statuses else {},
        opt_outs=frozenset(fold(each) for each in declared.opt_out_words),
        mapping=read_mapping(mapping) if mapping else None,
        consumer_leg=declared.consumer_leg,
    )
    return Ready(declared, reading, _digest(mapping), _digest(statuses))


def _clock(declared: Declared) -> LocalClock | None:
    if declared.dates not in ("", "dmy", "mdy"):
        raise BadInput("Dates are dmy or mdy.", what="--dates", next="Say which comes first.")
    if not declared.zone:
        return None
    try:
        return LocalClock(declared.zone, declared.dates)
    except KeyError:
        raise BadInput(
            "That zone is not known.", what="--zone", next="Write it as America/New_York."
        ) from None


def _text(path: Path | None, option: str) -> str:
    if path is None:
        return ""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise BadInput(
            f"The file cannot be read ({type(error).__name__}).",
            what=option,
            next="It is a text in UTF-8.",
        ) from None
    if len(text) > LONGEST_TEXT:
        raise BadInput("The file is too large.", what=option, next="It is a few kilobytes.")
    return text


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest() if text else ""
