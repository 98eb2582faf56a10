"""How sure the desk must be of who asks: by right, laws and harm. Pure; the law is data.

Where several laws apply the strictest level counts. A right that the pack
calls `none` is never verified, not even by a link in an e-mail
(11 CCR 7060(b), GDPR Article 21(3)): asking for proof is refused, not ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from privacy.errors import BadInput, NotAllowedByLaw
from privacy.law.pack import load_pack
from privacy.rights.pack import PACK, Level

ANY = "*"


@dataclass(frozen=True)
class Needed:
    """The level that a right needs, under the law that asks for most, with its paragraph."""

    level: Level
    law: str
    citation: str
    status: str


def needed(kind: str, laws: Sequence[str], harm: str) -> Needed:
    """The strictest level that one of `laws` asks for, for a right and its harm.

    BadInput if the pack has no row for the right: what is not known is not executed.
    """
    rows = [(law, _row(kind, law, harm)) for law in laws]
    if not rows:
        raise BadInput("A request is under one law at least.", what="laws")
    law, row = max(rows, key=lambda each: _level(each[1]))
    return Needed(_level(row), law, str(row["citation"]), str(row["status"]))


def refuse_needless(request_id: str, kind: str, laws: Sequence[str], harm: str) -> None:
    """NotAllowedByLaw if the right is never verified."""
    found = needed(kind, laws, harm)
    if found.level is Level.NONE:
        raise NotAllowedByLaw(
            f"A request of kind {kind} is never verified.",
            rule=f"identity.{kind}",
            limit="none",
            citation=found.citation,
            next=f"Act on {request_id} without asking for proof.",
        )


def doubt_needed(laws: Iterable[str]) -> str:
    """The paragraph by which proof may be asked for on reasonable doubt only; "" if none."""
    for law in laws:
        for row in load_pack(PACK).data["doubt"]:
            if row["law"] == law:
                return str(row["citation"])
    return ""


def _row(kind: str, law: str, harm: str) -> dict[str, Any]:
    """The row of the narrowest law that knows the right; its own harm before any harm."""
    rows: list[dict[str, Any]] = load_pack(PACK).data["identity"]
    for name in (law, "US_*", ANY) if law.startswith("US_") else (law, ANY):
        for wanted in (harm, ANY):
            for row in rows:
                if (row["kind"], row["law"], row.get("harm", ANY)) == (kind, name, wanted):
                    return row
    raise BadInput(
        "No rule says how sure the desk must be of who asks for that right.",
        what=kind,
        next="Nothing is executed without one; see privacy/law/packs/case_handling.toml.",
    )


def _level(row: dict[str, Any]) -> Level:
    return Level[str(row["level"]).upper()]
