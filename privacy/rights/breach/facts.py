"""What a notice to a person says of a breach: one frozen value for whoever writes letters. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class BreachFacts:
    """The facts of one notice (GDPR Article 34(2); Civ. Code 1798.82(d)).

    `happened`, `consequences`, `measures`, `advice` and `contact` are words of the account in
    `language`. `data`: categories of data of this person, as codes. Days are in the
    controller's zone; None where not known. `held_back`: an authority asked to wait.
    `number_exposed`: a social security, licence or other official number is among the data;
    then `credit_agencies` and `protection` are said too, where a law wants them.
    """

    reference: str
    law: str
    language: str
    happened: str
    data: tuple[str, ...]
    consequences: str
    measures: str
    contact: str
    advice: str = ""
    began_on: date | None = None
    ended_on: date | None = None
    aware_on: date | None = None
    held_back: bool = False
    number_exposed: bool = False
    credit_agencies: str = ""
    protection: str = ""
    late_reason: str = ""
