"""The documents about one number: the dossier, and who called as its short form."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from privacy.actors import Act
from privacy.cli.persons import contact_value
from privacy.cli.report_about import About
from privacy.cli.report_made import Gathered, parties
from privacy.cli.running import Run
from privacy.clock import rfc3339
from privacy.errors import BadInput
from privacy.gateway import dossier, whocalled, whocalled_letter
from privacy.gateway.whocalled import Asked, Span
from privacy.terms import Language, OpeningPurpose

FOR = {"person": OpeningPurpose.RIGHTS_REQUEST, "authority": OpeningPurpose.LEGAL_GROUND}
LIMITS = (
    "What nobody recorded stands in no dossier: calls of another organisation, or by hand outside"
    " this desk.",
    "How much of a message was heard is what the dialer told; what it did not tell is not known.",
    "A consent that came with others in a batch is proven by the batch's entry, which names how"
    " many there were and not which.",
    "An entry shows when something was recorded and that it was not changed since; not that what"
    " was recorded was true.",
    "Of persons who share the number nothing is told here; a person of whom the data were erased"
    " is not known by the number any more.",
)
PERIOD = timedelta(days=365 * 5)


def number(run: Run, about: About) -> Gathered:
    """The dossier of the number; the look-up and each opening are in the log first."""
    from reports import number_dossier

    value, asked = _asked(run, about, FOR[about.for_whom])
    found = dossier.dossier(run.desk, run.actor, asked, FOR[about.for_whom])
    simulated = any(call["simulated"] for call in found["calls"])
    return Gathered(
        {
            **_parties(run, simulated),
            "schema": number_dossier.SCHEMA,
            "made_for": about.for_whom,
            "number": value,
            "zone": run.desk.config.controller.zone,
            "read_at": rfc3339(run.desk.now()),
            **found,
            "limits": list(LIMITS),
        }
    )


def who_called(
    run: Run, about: About, since: datetime | None = None, until: datetime | None = None
) -> Gathered:
    """Who called and why, in the person's language, on one page."""
    from reports import who_called as report

    _, asked = _asked(run, about, whocalled.PURPOSE)
    controller, now = run.desk.config.controller, run.desk.now()
    span = Span(since or now - PERIOD, until or now)
    found = whocalled.who_called(run.desk, run.actor, asked, span)
    language = Language(about.language or controller.language or Language.ENGLISH)
    words = whocalled_letter.letter(found, language, controller.zone)
    calls = [
        {**call, "consent": _rested(call["consent"]), "decision": _id(call["decision"])}
        for call in found["calls"]
    ]
    return Gathered(
        {
            **_parties(run, any(call["simulated"] for call in calls)),
            "schema": report.SCHEMA,
            "language": language.value,
            "zone": controller.zone,
            "found": {**found, "calls": calls},
            "paragraphs": words.split("\n\n"),
            "limits": whocalled_letter.limits(language),
        }
    )


def _parties(run: Run, simulated: bool) -> dict[str, Any]:
    found = parties(run.desk)
    return {**found, "marker": {**found["marker"], "simulator": simulated}}


def _asked(run: Run, about: About, purpose: OpeningPurpose) -> tuple[str, Asked]:
    """The number in E.164, and whose it is. BadInput without one."""
    run.actor.require(Act.LOOK_UP)
    if about.phone is None:
        raise BadInput("Which number?", what="--phone", next="`--phone -` reads it in.")
    value = contact_value(about.phone, None, run.desk.config.region or None)
    return value.value, whocalled.person_of(
        run.desk, run.actor, value.kind, value.value, about.person, purpose
    )


def _rested(consent: dict[str, Any] | None) -> dict[str, Any] | None:
    """The consent of a call with every key of its form."""
    if consent is None:
        return None
    names = ("state", "id", "given_at", "how", "notice", "text_shown", "documented")
    return {name: consent.get(name) for name in names}


def _id(decision: int | None) -> str | None:
    """A decision's number as text: it may be larger than JSON's exact integers."""
    return None if decision is None else str(decision)
