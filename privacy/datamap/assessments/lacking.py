"""What an assessment still lacks by an outline, and by GDPR Articles 35 and 36. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from privacy.datamap.assessments.document import EVENTS, Assessment
from privacy.datamap.assessments.outlines import DPIA, LEVELS, Outline, questions
from privacy.datamap.form import Row
from privacy.datamap.gaps import Gap, Level
from privacy.datamap.reading import DataMap

EVENT_WORDS = {
    "illegitimate_access": "illegitimate access",
    "unwanted_modification": "unwanted modification",
    "disappearance": "disappearance of data",
}


def content(found: Assessment, chosen: Outline, known: DataMap) -> list[Gap]:
    """What the author still has to write. `known` is the data map that it is about."""
    listed = [*_answers(found, chosen), *_activity(found, known), *_risks(found, chosen)]
    listed += [*_measures(found), *_subjects(found), *_outcome(found)]
    return sorted(listed, key=lambda gap: gap.level != "missing")


def standing(
    found: Assessment, on: date, *, advised: bool, signed: bool, map_same: bool
) -> list[Gap]:
    """What others still have to do: advice, signature, review. `on` is today."""
    listed = []
    if found.kind == DPIA and not advised:
        text = "The data protection officer has not advised on this text."
        listed.append(_gap("advice", "missing", text, "GDPR Art. 35(2), 39(1)(c)"))
    if not signed:
        text = "Nobody but its author has signed this text."
        listed.append(_gap("signature", "missing", text, "GDPR Art. 5(2), 24(1)"))
    if found.review_on < on:
        text = f"It was to be reviewed by {found.review_on.isoformat()}."
        listed.append(_gap("review_on", "missing", text, "GDPR Art. 35(11)"))
    if not map_same:
        text = "The data map says something else of the activity than when this was written."
        listed.append(_gap("datamap", "weak", text, "GDPR Art. 35(11)"))
    return listed


def _gap(field: str, level: Level, text: str, citation: str) -> Gap:
    return Gap("", field, level, text, citation)


def _answers(found: Assessment, chosen: Outline) -> Iterator[Gap]:
    asked = questions()
    citation = "GDPR Art. 35(7)" if found.kind == DPIA else "GDPR Art. 6(1)(f)"
    for step in chosen.steps:
        for name in step.questions:
            if name in step.required and name not in found.answers:
                text = f"{step.title}: not answered: {asked[name]}"
                yield _gap(f"answers.{name}", "missing", text, citation)


def _activity(found: Assessment, known: DataMap) -> Iterator[Gap]:
    row = known.activities.get(found.row["activity"])
    if row is None:
        text = "The data map has no activity of that id."
        yield _gap("activity", "missing", text, "GDPR Art. 35(7)(a)")
    elif found.kind != DPIA and all(e["article"] != "6(1)(f)" for e in row.get("basis", ())):
        text = "The activity does not rest on legitimate interests by the data map."
        yield _gap("activity", "missing", text, "GDPR Art. 6(1)(f)")


def _risks(found: Assessment, chosen: Outline) -> Iterator[Gap]:
    citation = "GDPR Art. 35(7)(c)"
    if found.kind == DPIA and not found.risks:
        yield _gap("risk", "missing", "No risk is assessed.", citation)
    if chosen.events:
        present = {risk.get("event") for risk in found.risks}
        for event in EVENTS:
            if event not in present:
                yield _gap("risk", "missing", f"No risk of {EVENT_WORDS[event]}.", citation)
    for risk in found.risks:
        yield from _of_risk(found, risk)


def _of_risk(found: Assessment, risk: Row) -> Iterator[Gap]:
    before, after, name = found.level(risk), found.residual(risk), f"risk.{risk['id']}"
    if not after:
        text = f"{risk['title']}: what is left is not said."
        yield _gap(name, "missing", text, "GDPR Art. 35(7)(d)")
    elif LEVELS.index(after) > LEVELS.index(before):
        text = f"{risk['title']}: what is left is higher than the risk itself."
        yield _gap(name, "missing", text, "GDPR Art. 35(7)(d)")
    if after == "high" and "prior_consultation" not in found.row:
        text = f"{risk['title']}: a high risk is left, and the authority was not consulted."
        yield _gap(name, "missing", text, "GDPR Art. 36(1)")
    if before != "low" and not risk.get("measures"):
        text = f"{risk['title']}: no measure is named."
        yield _gap(name, "missing", text, "GDPR Art. 35(7)(d)")


def _measures(found: Assessment) -> Iterator[Gap]:
    named = {one for risk in found.risks for one in risk.get("measures", ())}
    for each in found.measures:
        name = f"measure.{each['id']}"
        if each["state"] == "planned" and not {"owner", "due_on"} <= set(each):
            text = f"{each['id']}: planned, and nobody or no day is named for it."
            yield _gap(name, "missing", text, "GDPR Art. 35(7)(d)")
        if not each.get("approved"):
            yield _gap(name, "weak", f"{each['id']}: not approved.", "GDPR Art. 24(1)")
        if found.risks and each["id"] not in named:
            yield _gap(name, "weak", f"{each['id']}: no risk names it.", "GDPR Art. 35(7)(d)")


def _subjects(found: Assessment) -> Iterator[Gap]:
    if found.kind != DPIA:
        return
    sought = found.row.get("subjects_sought")
    if sought and "subjects_opinion" not in found.row:
        text = "The views of data subjects were sought and do not stand here."
        yield _gap("subjects_opinion", "missing", text, "GDPR Art. 35(9)")
    if not sought and "subjects_reason" not in found.row:
        text = "The views of data subjects were not sought, and no reason stands here."
        yield _gap("subjects_reason", "missing", text, "GDPR Art. 35(9)")


def _outcome(found: Assessment) -> Iterator[Gap]:
    if found.kind == DPIA:
        return
    if "outcome" not in found.row or "outcome_reason" not in found.row:
        text = "It is not said whether the interest may be relied on, and why."
        yield _gap("outcome", "missing", text, "GDPR Art. 6(1)(f)")
    elif found.row["outcome"] == "may_not_rely":
        text = "The interest may not be relied on: the activity needs another basis."
        yield _gap("outcome", "weak", text, "GDPR Art. 6(1)")
