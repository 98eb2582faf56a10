"""Data protection impact assessment. See reports/assessed.py."""

from __future__ import annotations

from typing import cast

from privacy.errors import BadFacts
from reports import assessed
from reports.assessed import Assessed, contradictions, drawings, figures, subject
from reports.shape import check

__all__ = ("contradictions", "drawings", "figures", "subject")

SCHEMA = "rightsdesk.report.dpia/1"
PREFIX = "IA"
TITLE = "Data protection impact assessment"
ABOUT = "risks of an activity to people, measures, opinions and sign-off (GDPR Article 35)"
FOR_WHOM = assessed.FOR_WHOM


def checked(data: dict[str, object]) -> Assessed:
    """`data` as the typed input. Raises BadFacts with the path of what does not fit."""
    check(data, Assessed)
    for name, wanted in (("schema", SCHEMA), ("kind", "dpia")):
        if data[name] != wanted:
            raise BadFacts(
                f"data.{name} is not {wanted}; no document was made.",
                field=f"data.{name}",
                next="Mend the data of the report and make it again.",
            )
    return cast(Assessed, data)
