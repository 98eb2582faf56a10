"""Legitimate-interest assessment. See reports/assessed.py."""

from __future__ import annotations

from typing import cast

from privacy.errors import BadFacts
from reports import assessed
from reports.assessed import Assessed, contradictions, drawings, figures, subject
from reports.shape import check

__all__ = ("contradictions", "drawings", "figures", "subject")

SCHEMA = "rightsdesk.report.legitimate-interest/1"
PREFIX = "LI"
TITLE = "Legitimate-interest assessment"
ABOUT = "purpose, necessity and balancing of an interest (GDPR Article 6(1)(f)), with sign-off"
FOR_WHOM = assessed.FOR_WHOM


def checked(data: dict[str, object]) -> Assessed:
    """`data` as the typed input. Raises BadFacts with the path of what does not fit."""
    check(data, Assessed)
    for name, wanted in (("schema", SCHEMA), ("kind", "legitimate-interest")):
        if data[name] != wanted:
            raise BadFacts(
                f"data.{name} is not {wanted}; no document was made.",
                field=f"data.{name}",
                next="Mend the data of the report and make it again.",
            )
    return cast(Assessed, data)
