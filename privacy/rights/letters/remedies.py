"""What a letter must tell of ways against the controller, by law and by its day. Pure.

Whether there is a complaint to the controller, which authority and court, and an
appeal come from the packs `refusals`, `authorities` and `rights`; an empty citation
means that the law names no such way on that day.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from privacy.rights import refusal_grounds


def facts(law: str, seat: str, on: date) -> dict[str, Any]:
    """Values of the variables that speak of remedies; `seat` is ISO 3166-1 or -2."""
    found = refusal_grounds.remedies(law, on)
    appeal = refusal_grounds.appeal(law)
    return {
        "controller_complaint_citation": found.controller_citation if found.controller else "",
        "authority_citation": found.authority_citation if found.authority else "",
        "court_citation": found.court_citation if found.court else "",
        "authorities": tuple(
            {"name": row["name"], "website": row["website"]}
            for row in refusal_grounds.authorities(law, seat, on)
        ),
        "appeal_days": appeal.answer_within_days if appeal else 0,
        "appeal_extension_days": appeal.extension_days if appeal else 0,
        "appeal_citation": appeal.citation if appeal else "",
    }
