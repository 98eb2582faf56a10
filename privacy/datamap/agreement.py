"""Whether the data map says what the desk does: recipients, purposes, bases, periods. Pure.

An access answer names the recipients of the ledger, the bases of the imports and the purposes
of consents. Where the map says otherwise, one of the two is wrong, and a person would be told
something else than an authority.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from privacy.datamap.form import Row
from privacy.datamap.reading import DataMap
from privacy.terms import LawfulBasis

ARTICLES = {
    LawfulBasis.CONSENT: "6(1)(a)",
    LawfulBasis.CONTRACT: "6(1)(b)",
    LawfulBasis.LEGAL_OBLIGATION: "6(1)(c)",
    LawfulBasis.VITAL_INTEREST: "6(1)(d)",
    LawfulBasis.PUBLIC_TASK: "6(1)(e)",
    LawfulBasis.LEGITIMATE_INTEREST: "6(1)(f)",
}
CONTACT = "contact"
"""The purpose of everybody whom the desk holds, beside those of consents and campaigns."""

# Which categories of the map a retention rule of the desk is about.
KEPT_AS = {
    "profile": ("Contact", "Name", "TelephoneNumber", "EmailAddress", "PhysicalAddress"),
    "consent": ("PrivacyPreference",),
    "calls": ("CallLog",),
}
MONTHS = {"Y": 12.0, "M": 1.0, "W": 7 / 30.44, "D": 1 / 30.44}


@dataclass(frozen=True)
class Told:
    """A recipient of the ledger of disclosures."""

    name: str
    role: str
    country: str


@dataclass(frozen=True)
class Facts:
    """What the desk itself knows. `asked` are purposes that consent is asked for."""

    recipients: tuple[Told, ...] = ()
    asked: frozenset[str] = frozenset()
    bases: frozenset[str] = frozenset()
    kept_months: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Contradiction:
    """What the desk and the map say differently; `where` in the map it can be mended."""

    what: str
    where: str
    text: str

    def document(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"what": self.what, "where": self.where, "text": self.text}


@dataclass(frozen=True)
class Stated:
    """What the map says of a purpose of the desk, for whoever asks what their data are for."""

    description: str
    interest: str


def compare(found: DataMap, facts: Facts) -> list[Contradiction]:
    """Every contradiction; empty where the map says nothing else than the desk."""
    return [*_recipients(found, facts), *_purposes(found, facts), *_periods(found, facts)]


def stated(found: DataMap) -> dict[str, Stated]:
    """What the map says of each purpose of the desk, by its code."""
    told = {}
    for row in found.activities.values():
        interests = [each["interest"] for each in row.get("basis", ()) if "interest" in each]
        for code in row.get("desk_purposes", ()):
            told[code] = Stated(row.get("purpose_text", ""), "; ".join(interests))
    return told


def unknown(found: DataMap, assessments: Collection[str]) -> list[Contradiction]:
    """Assessments that the map names and the desk does not have."""
    named = [
        (f"activity.{row['id']}", each["assessment"])
        for row in found.activities.values()
        for each in (row, *row.get("basis", ()))
        if "assessment" in each
    ]
    return [
        Contradiction("assessment", where, f"The desk has no assessment {name}.")
        for where, name in named
        if name not in assessments
    ]


def _recipients(found: DataMap, facts: Facts) -> Iterator[Contradiction]:
    known = {row["name"].casefold(): row for row in found.recipients.values()}
    for told in facts.recipients:
        row = known.get(told.name.casefold())
        if row is None:
            text = f"{told.name} received data and is no recipient of the map."
            yield Contradiction("recipient", "recipient", text)
            continue
        where = f"recipient.{row['id']}"
        if told.country and told.country != row["country"]:
            text = (
                f"{told.name} is in {told.country} by the ledger, in {row['country']} by the map."
            )
            yield Contradiction("country", where, text)
        if told.role in ("processor", "controller", "authority") and told.role != row["role"]:
            text = f"{told.name} is a {told.role} by the ledger, a {row['role']} by the map."
            yield Contradiction("role", where, text)


def _purposes(found: DataMap, facts: Facts) -> Iterator[Contradiction]:
    by_code = _by_purpose(found)
    for code in sorted(facts.asked):
        row = by_code.get(code)
        if row is None:
            text = f"Consent is asked or people are called for {code}; no activity has it."
            yield Contradiction("purpose", "activity.desk_purposes", text)
        elif "6(1)(a)" not in _articles(row):
            text = f"Consent is asked for {code}; the activity does not rest on consent."
            yield Contradiction("basis", f"activity.{row['id']}.basis", text)
    if not facts.bases:
        return
    row = by_code.get(CONTACT)
    if row is None:
        text = "Contact data are held; no activity has the purpose contact."
        yield Contradiction("purpose", "activity.desk_purposes", text)
        return
    for basis in sorted(facts.bases):
        article = ARTICLES.get(LawfulBasis(basis)) if basis in set(LawfulBasis) else None
        if article is None or article not in _articles(row):
            text = f"Contacts were taken in on {basis.replace('_', ' ')}; the activity has another."
            yield Contradiction("basis", f"activity.{row['id']}.basis", text)


def _periods(found: DataMap, facts: Facts) -> Iterator[Contradiction]:
    """A rule of the desk that keeps longer than every period of the map for that category."""
    for what, months in sorted(facts.kept_months.items()):
        told = [
            _months(each["erase_after"])
            for row in _by_purpose(found).values()
            for each in row.get("data", ())
            if each["term"] in KEPT_AS.get(what, ()) and "erase_after" in each
        ]
        # A day more or less in a month is no contradiction.
        if told and months > max(told) + 0.1:
            text = f"The desk keeps {what} {months} months, the map says at most {max(told):g}."
            yield Contradiction("period", "activity.data.erase_after", text)


def _by_purpose(found: DataMap) -> dict[str, Row]:
    rows = found.activities.values()
    return {code: row for row in rows for code in row.get("desk_purposes", ())}


def _articles(row: Row) -> set[str]:
    return {each["article"] for each in row.get("basis", ())}


def _months(period: str) -> float:
    return sum(int(count) * MONTHS[unit] for count, unit in re.findall(r"(\d+)([YMWD])", period))
