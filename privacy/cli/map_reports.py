"""Documents from the data map: records of processing activities, and assessments."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from privacy.actors import Act
from privacy.audit import as_of
from privacy.audit.as_of import AsOf
from privacy.cli.report_about import About
from privacy.cli.report_made import Gathered, contact, parties
from privacy.cli.running import Run
from privacy.clock import rfc3339
from privacy.datamap import field_sets, versions, vocabulary
from privacy.datamap import store as maps
from privacy.datamap.assessments import store
from privacy.datamap.assessments.store import Note, Standing
from privacy.datamap.versions import Version
from privacy.desk import Desk
from privacy.errors import BadInput

RECORDS: dict[str, field_sets.Role] = {
    "records-controller": "controller",
    "records-processor": "processor",
}
ASSESSMENTS = ("dpia", "legitimate-interest")
KINDS = frozenset({*RECORDS, *ASSESSMENTS})
RECORD_LIMITS = (
    "The record says what the controller stated in its data map; it does not show that things"
    " are so, nor that the map is whole: what nobody stated stands nowhere.",
    "Field sets are read from publications of the authorities as far as the word “read” says; the"
    " authority's own template is the measure.",
    "Where the map contradicts what the desk itself knows of recipients, purposes and periods,"
    " “rightsdesk datamap check” says so; the record does not.",
)
ASSESSMENT_LIMITS = (
    "Likelihood and severity are judgements of the authors; the levels follow from them alone.",
    "A second actor of the desk signed; that two actors are two persons, the desk cannot show.",
    "That a measure is in place is said by the authors; nobody looked at it for this document.",
    "Outlines and scales are read from publications as far as the word “read” says; they are no"
    " form of the authority.",
)


def data(run: Run, kind: str, asked: About, size: int | None) -> Gathered:
    """The document of that kind; an assessment as of that size of the log."""
    run.actor.require(Act.REPORT)
    if kind in RECORDS:
        return record(run.desk, RECORDS[kind], asked.fields, asked.version)
    if asked.assessment is None:
        raise BadInput("Which one?", what="--assessment", next="See `rightsdesk assessment list`.")
    state = as_of.wanted(run.desk, run.actor.id, kind, size)
    return assessment(run.desk, kind, asked.assessment, asked.outline, state)


def record(desk: Desk, role: field_sets.Role, set_id: str, number: int | None = None) -> Gathered:
    """The record of an accepted version of the map, the newest without a number.

    BadInput where files were changed and not accepted: the newest version is not what lies there.
    """
    from reports import map_annex, records, records_controller, records_processor

    if number is None:
        maps.require_newest(desk)
    held = maps.accepted(desk, number)
    report = records_controller if role == "controller" else records_processor
    annex = map_annex.write(records.MAP, records.WHAT, [held.texts])
    version = held.version
    own = desk.config.controller
    document: dict[str, Any] = {
        **parties(desk),
        "controller": contact(own.name, own.contact or own.address.replace(";", ",")),
        "schema": report.SCHEMA,
        "representative": own.representative,
        "law": own.law,
        "role": role,
        "version": {
            "number": version.number,
            "digest": version.digest,
            "at": rfc3339(version.at),
            "by": version.by,
            "entry": version.entry,
        },
        "vocabulary": vocabulary.about(),
        "annexes": [annex.annex],
        "limits": list(RECORD_LIMITS),
    }
    chosen = set_id or field_sets.DEFAULT
    document |= records.said(held.texts, role, chosen, records.party(document))
    return Gathered(document, {records.MAP: annex.content})


def assessment(desk: Desk, kind: str, assessment_id: str, outline_id: str, state: AsOf) -> Gathered:
    """An assessment as it stood, with the data map, advice and signature that it follows from.

    BadInput where it is of another kind.
    """
    from reports import assessed, dpia, legitimate_interest, map_annex

    held = store.one(desk, assessment_id, state.size)
    if held.assessment.kind != kind:
        raise BadInput(
            f"That is a {held.assessment.kind}.", what="--assessment", next="Ask for that report."
        )
    texts, listed = _versions(desk, held, state.size)
    annex = map_annex.write(assessed.TEXTS, assessed.WHAT, list(texts.values()))
    row = held.assessment.row
    document: dict[str, Any] = {
        **parties(desk),
        "schema": (dpia if kind == "dpia" else legitimate_interest).SCHEMA,
        "assessment": {
            "id": held.id,
            "title": row["title"],
            "activity": row["activity"],
            "activity_name": _name(desk, row["activity"], state.size),
            "authors": list(held.authors),
            "texts": len(held.saved),
            "review_on": row["review_on"].isoformat(),
        },
        "versions": listed,
        "read": {"at": rfc3339(state.at), "tree_size": state.size},
        "on": state.at.astimezone(ZoneInfo(desk.config.controller.zone)).date().isoformat(),
        "signed_before": held.signed_before,
        "annexes": [annex.annex],
        "limits": list(ASSESSMENT_LIMITS),
    }
    document |= assessed.said(texts, outline_id or str(row["outline"]), document["on"])
    return Gathered(document, {assessed.TEXTS: annex.content})


def _versions(
    desk: Desk, held: Standing, size: int
) -> tuple[dict[str, dict[str, str]], list[dict[str, Any]]]:
    """Texts by what they are, and what the log says of each, in one order."""
    folder = store.folder_of(desk)
    texts = {"assessment": versions.kept(folder, held.digest)}
    listed = [_listed("assessment", held.saved[-1])]
    newest = maps.newest(desk, size)
    if newest is not None:
        texts["datamap"] = dict(newest.texts)
        listed.append(_listed("datamap", newest.version))
        then = store.map_then(desk, held, size)
        if then is not None and then.version.digest != newest.version.digest:
            texts["datamap_then"] = dict(then.texts)
            listed.append(_listed("datamap_then", then.version))
    for name, note in (("advice", held.advice), ("signature", held.signature)):
        if note is not None:
            texts[name] = versions.kept(folder, note.digest)
            listed.append(_listed(name, note))
    return texts, listed


def _listed(what: str, of: Version | Note) -> dict[str, Any]:
    return {
        "what": what,
        "digest": of.digest,
        "entry": of.entry,
        "by": of.by,
        "at": rfc3339(of.at),
    }


def _name(desk: Desk, activity: str, size: int) -> str:
    newest = maps.newest(desk, size)
    row = {} if newest is None else newest.map.activities.get(activity, {})
    return str(row.get("name", activity))
