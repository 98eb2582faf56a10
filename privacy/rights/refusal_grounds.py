"""Grounds of refusal, remedies and authorities, from the packs `refusals` and `authorities`. Pure.

A ground names its law, the rights it may refuse, the code that figures count,
and its citation. A remedy is what a refusal must name besides: complaint to
the controller, to the authority, court (GDPR Article 12(4); DPA 2018 s. 164A).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from privacy.errors import BadInput
from privacy.law.pack import load_pack
from privacy.rights.case import Kind

GROUNDS, AUTHORITIES = "refusals", "authorities"
STATES = "US_"


@dataclass(frozen=True)
class Ground:
    """Why a request, or a kind of data in it, may be refused. `status`: how well it was read."""

    id: str
    laws: tuple[str, ...]
    rights: tuple[str, ...]
    reason: str
    scope: str
    what: str
    citation: str
    status: str
    note: str = ""

    def document(self) -> dict[str, str]:
        """For letters and plans."""
        return {
            "ground": self.id,
            "reason": self.reason,
            "what": self.what,
            "citation": self.citation,
            "status": self.status,
        }


@dataclass(frozen=True)
class Remedies:
    """What the person can do against a refusal; an empty text: the law names no such way."""

    controller: str
    controller_citation: str
    authority: str
    authority_citation: str
    court: str
    court_citation: str
    status: str


@dataclass(frozen=True)
class Appeal:
    """An appeal to the controller that the state's law gives; the days run from its receipt."""

    answer_within_days: int
    extension_days: int
    citation: str
    status: str


def grounds(kind: Kind, law: str) -> list[Ground]:
    """Every ground that may refuse that right under that law, the law's own first."""
    found: list[Ground] = []
    for name in _names(law):
        rows = [g for g in _all_grounds() if name in g.laws and _speaks(g, kind)]
        if rows and name == "*" and found:
            break
        found.extend(rows)
    return found


def ground(ground_id: str, kind: Kind, law: str) -> Ground:
    """That ground, if it may refuse that right under that law. BadInput names those that may."""
    for each in grounds(kind, law):
        if each.id == ground_id:
            return each
    raise BadInput(
        "That ground does not refuse this right under this law.",
        what="ground",
        next="One of: " + ", ".join(g.id for g in grounds(kind, law)) + ".",
    )


def of_reason(reason: str, kind: Kind, law: str) -> Ground:
    """The ground of a reason's code. BadInput if the law knows none for this right."""
    for each in grounds(kind, law):
        if each.reason == reason:
            return each
    known = sorted({g.reason for g in grounds(kind, law)})
    raise BadInput(
        "This law knows no such ground for refusing this right.",
        what="reason",
        next=f"One of: {', '.join(known)}.",
    )


def found(ground_id: str) -> Ground | None:
    """A ground by its id alone, for what was refused before; None if it is no such ground."""
    return next((g for g in _all_grounds() if g.id == ground_id), None)


def reasons() -> tuple[str, ...]:
    """Every code of a reason, for entrances."""
    return tuple(sorted({g.reason for g in _all_grounds()}))


def remedies(law: str, on: date) -> Remedies:
    """What a refusal of that day must name."""
    rows: list[dict[str, Any]] = load_pack(GROUNDS).data["remedy"]
    for name in _names(law):
        for row in rows:
            if row["law"] == name and _holds(row, on):
                return Remedies(**{key: str(row[key]) for key in Remedies.__annotations__})
    raise BadInput("No rule names the remedies under this law.", what=law)


def authorities(law: str, seat: str, on: date) -> list[dict[str, str]]:
    """The authorities to which a complaint goes, from the law and the controller's seat.

    `seat`: ISO 3166-1 or -2, such as the controller's holiday calendar (DE-BE). A law of
    one country or state has its own authority wherever the controller is.
    """
    rows: list[dict[str, Any]] = load_pack(AUTHORITIES).data["authority"]
    for region in _regions(law, seat):
        found = [row for row in rows if row["region"] == region and _holds(row, on)]
        if found:
            return [{key: str(row[key]) for key in ("name", "website", "status")} for row in found]
    return []


def appeal(law: str) -> Appeal | None:
    """The appeal that the law of a state gives against a refusal; None where it gives none."""
    for row in load_pack("rights").data["us_state"]:
        if f"{STATES}{row['code']}" == law and row["appeal_days"]:
            return Appeal(
                int(row["appeal_days"]),
                int(row["appeal_extension_days"]),
                str(row["citation"]),
                str(row["status_appeal"]),
            )
    return None


OWN_AUTHORITY = {
    "UK_GDPR": "GB",
    "UK_DPA2018": "GB",
    "CH_FADP": "CH",
    "BR_LGPD": "BR",
    "CA_PIPEDA": "CA",
    "CA_QC": "CA-QC",
    "AU_APP": "AU",
    "IN_DPDP": "IN",
    "US_CA_DELETE": "US-CA",
}


def _regions(law: str, seat: str) -> Sequence[str]:
    if law in OWN_AUTHORITY:
        return (OWN_AUTHORITY[law],)
    if law.startswith(STATES):
        return ("US-" + law.removeprefix(STATES),)
    return (seat, seat.partition("-")[0])


def _all_grounds() -> list[Ground]:
    return [
        Ground(**{**row, "laws": tuple(row["laws"]), "rights": tuple(row["rights"])})
        for row in load_pack(GROUNDS).data["ground"]
    ]


def _speaks(each: Ground, kind: Kind) -> bool:
    return "*" in each.rights or kind.value in each.rights


def _names(law: str) -> tuple[str, ...]:
    if law == "US_CA_DELETE":
        return ("US_CA", "*")
    if law == "UK_DPA2018":
        return ("UK_GDPR", "*")
    # California's grounds are its own: the other states' general ones do not apply there.
    if law.startswith(STATES) and law != "US_CA":
        return (law, "US_*", "*")
    return (law, "*")


def _holds(row: dict[str, Any], on: date) -> bool:
    begun = date.fromisoformat(row.get("effective_from", "0001-01-01")) <= on
    return begun and on <= date.fromisoformat(row.get("effective_until", "9999-12-31"))
