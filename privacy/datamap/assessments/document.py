"""An assessment as its author writes it: answers, risks, measures, opinions; validated TOML.

Levels of likelihood and severity are words of the assessment's own scale. What others add,
the data protection officer's advice and the signature, stands beside it and never in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from privacy.datamap.assessments import outlines
from privacy.datamap.assessments.outlines import Scale
from privacy.datamap.form import Fault, Faults, Field, Form, Row, check_row, read_toml, refuse

SCHEMA = "rightsdesk.assessment/1"
FILE = "assessment.toml"
EVENTS = ("illegitimate_access", "unwanted_modification", "disappearance")
OUTCOMES = ("may_rely", "may_not_rely")

RISK: Form = {
    "id": Field("id", needed=True),
    "title": Field("line", needed=True),
    "event": Field("choice", (*EVENTS, "other")),
    "source": Field("text"),
    "impact": Field("text"),
    "threats": Field("text"),
    "likelihood": Field("line", needed=True),
    "severity": Field("line", needed=True),
    "measures": Field("ids", "measure"),
    "residual_likelihood": Field("line"),
    "residual_severity": Field("line"),
}
MEASURE: Form = {
    "id": Field("id", needed=True),
    "text": Field("text", needed=True),
    "state": Field("choice", ("in_place", "planned"), needed=True),
    "effect": Field("choice", ("eliminated", "reduced", "accepted")),
    "owner": Field("line"),
    "due_on": Field("date"),
    "approved": Field("flag"),
}
ROOT: Form = {
    "schema": Field("choice", (SCHEMA,), needed=True),
    "kind": Field("choice", outlines.KINDS, needed=True),
    "activity": Field("id", needed=True),
    "title": Field("line", needed=True),
    "outline": Field("choice", outlines.ids(), needed=True),
    "scale": Field("choice", outlines.scales(), needed=True),
    "datamap": Field("digest", needed=True),
    "review_on": Field("date", needed=True),
    "answers": Field("texts", tuple(outlines.questions())),
    "risk": Field("tables", RISK),
    "measure": Field("tables", MEASURE),
    "subjects_sought": Field("flag"),
    "subjects_opinion": Field("text"),
    "subjects_reason": Field("text"),
    "prior_consultation": Field("line"),
    "outcome": Field("choice", OUTCOMES),
    "outcome_reason": Field("text"),
}


@dataclass(frozen=True)
class Assessment:
    """A valid assessment. `row` has everything; the rest are what is asked for most."""

    row: Row
    scale: Scale

    @property
    def kind(self) -> str:
        return str(self.row["kind"])

    @property
    def review_on(self) -> date:
        found: date = self.row["review_on"]
        return found

    @property
    def answers(self) -> Mapping[str, str]:
        found: Mapping[str, str] = self.row.get("answers", {})
        return found

    @property
    def risks(self) -> list[Row]:
        return list(self.row.get("risk", ()))

    @property
    def measures(self) -> list[Row]:
        return list(self.row.get("measure", ()))

    def level(self, risk: Row) -> str:
        """The level of a risk before its measures."""
        return self.scale.level(risk["likelihood"], risk["severity"])

    def residual(self, risk: Row) -> str:
        """The level that is left; "" where nobody said."""
        if "residual_likelihood" not in risk or "residual_severity" not in risk:
            return ""
        return self.scale.level(risk["residual_likelihood"], risk["residual_severity"])


def read(content: bytes, file: str = FILE) -> Assessment:
    """The assessment in these bytes. BadInput for the first fault, with their number."""
    found = check(content, file)
    if isinstance(found, Assessment):
        return found
    refuse(found)
    raise AssertionError("no fault and no assessment")


def check(content: bytes, file: str = FILE) -> Assessment | list[Fault]:
    """The assessment, or every fault of it; any bytes give one of the two."""
    told = Faults(file)
    row = read_toml(file, content)
    if isinstance(row, Fault):
        return [row]
    if not check_row(told, "assessment", row, ROOT):
        return told.found
    scale = outlines.scale(row["scale"])
    _check_outline(told, row)
    _check_ids(told, row)
    for risk in row.get("risk", ()):
        _check_levels(told, risk, scale)
    return told.found or Assessment(row, scale)


def _check_outline(told: Faults, row: Mapping[str, Any]) -> None:
    known = outlines.ids(row["kind"])
    if row["outline"] not in known:
        told.add("assessment.outline", "It is of another kind.", f"{', '.join(known)}.")


def _check_ids(told: Faults, row: Mapping[str, Any]) -> None:
    """Ids stand once, and each measure that a risk names is there."""
    for table in ("risk", "measure"):
        ids = [each["id"] for each in row.get(table, ())]
        for one in sorted({each for each in ids if ids.count(each) > 1}):
            told.add(f"{table}.{one}", "That id stands twice.", "Choose another.")
    measures = {each["id"] for each in row.get("measure", ())}
    for risk in row.get("risk", ()):
        for one in risk.get("measures", ()):
            if one not in measures:
                place = f"risk.{risk['id']}.measures"
                told.add(place, "There is no measure of that id.", "Write [[measure]] with it.")


def _check_levels(told: Faults, risk: Row, scale: Scale) -> None:
    for name in ("likelihood", "severity", "residual_likelihood", "residual_severity"):
        words = scale.likelihood if name.endswith("likelihood") else scale.severity
        if name in risk and risk[name] not in words:
            place = f"risk.{risk['id']}.{name}"
            told.add(place, f"It is no word of the scale {scale.id}.", f"{', '.join(words)}.")
