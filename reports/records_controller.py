"""Records of processing activities of a controller (GDPR Article 30(1)). See reports/records.py."""

from __future__ import annotations

from typing import cast

from privacy.errors import BadFacts
from reports import records
from reports.records import Records, contradictions, drawings, figures, subject
from reports.shape import check

__all__ = ("contradictions", "drawings", "figures", "subject")

SCHEMA = "rightsdesk.report.records-controller/1"
PREFIX = "PC"
TITLE = "Records of processing activities (controller)"
ABOUT = "every processing activity of a controller with the fields of Article 30(1)"
FOR_WHOM = records.FOR_WHOM


def checked(data: dict[str, object]) -> Records:
    """`data` as the typed input. Raises BadFacts with the path of what does not fit."""
    check(data, Records)
    for name, wanted in (("schema", SCHEMA), ("role", "controller")):
        if data[name] != wanted:
            raise BadFacts(
                f"data.{name} is not {wanted}; no document was made.",
                field=f"data.{name}",
                next="Mend the data of the report and make it again.",
            )
    return cast(Records, data)
