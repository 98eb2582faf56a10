"""Assessments of the desk: who wrote what, who advised, who signed; the log decides.

Every text is a version in the log (`assessment.saved`). Advice (`assessment.advised`) and the
signature (`assessment.signed`) are documents of their own, each about one text by its SHA-256:
whatever is written afterwards leaves them behind. Whoever ever saved a text of an assessment
is an author of it and never signs it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from privacy.actors import Act, Actor
from privacy.clock import rfc3339
from privacy.datamap import packing, versions
from privacy.datamap import store as maps
from privacy.datamap.assessments import document, lacking, outlines, sameness
from privacy.datamap.assessments.document import FILE, Assessment
from privacy.datamap.form import Fault, Faults, Field, check_row
from privacy.datamap.gaps import Gap
from privacy.datamap.reading import DataMap
from privacy.datamap.versions import Version
from privacy.desk import Desk
from privacy.errors import BadInput, Denied, NotFound
from privacy.ids import public_id
from privacy.storage.unit import Unit
from privacy.terms import Role

SAVED, ADVISED, SIGNED = "assessment.saved", "assessment.advised", "assessment.signed"
ACTIONS = (SAVED, ADVISED, SIGNED)
FOLDER, NOTE = "assessments", "note.json"
POSITIONS = ("for", "for_with_conditions", "against")
SHORTEST_DIGEST = 8


@dataclass(frozen=True)
class Note:
    """Advice or a signature: of which text, by whom, when, and its words."""

    of: str
    by: str
    at: datetime
    words: dict[str, str]
    digest: str
    entry: str


@dataclass(frozen=True)
class Standing:
    """An assessment as it stands. `advice` and `signature` are of the newest text only;
    `signed_before`: an earlier text was signed, and somebody changed it since."""

    id: str
    assessment: Assessment
    text: str
    saved: Sequence[Version]
    advice: Note | None
    signature: Note | None
    signed_before: bool

    @property
    def digest(self) -> str:
        return self.saved[-1].digest

    @property
    def authors(self) -> tuple[str, ...]:
        return tuple(sorted({each.by for each in self.saved}))

    @property
    def state(self) -> str:
        """signed, changed (since it was signed), advised or draft."""
        if self.signature is not None:
            return "signed"
        if self.signed_before:
            return "changed"
        return "advised" if self.advice is not None else "draft"


def folder_of(desk: Desk) -> Path:
    """Where texts and notes lie under their digests."""
    return desk.folder / FOLDER


def new(desk: Desk, actor: Actor, text: str) -> str:
    """Save the first text of an assessment; its id. BadInput where it is not valid."""
    made = public_id("as")
    _save(desk, actor, made, text)
    return made


def save(desk: Desk, actor: Actor, assessment_id: str, text: str) -> Version:
    """Save another text. NotFound for an unknown assessment; BadInput where it is not valid,
    the same as before, or of another kind or activity."""
    before = one(desk, assessment_id)
    after = document.read(text.encode())
    for name in ("kind", "activity"):
        if after.row[name] != before.assessment.row[name]:
            raise BadInput(
                "An assessment keeps its kind and its activity.",
                what=f"assessment.{name}",
                next="Begin another one with `rightsdesk assessment new`.",
            )
    if text == before.text:
        raise BadInput("Nothing was changed.", what=assessment_id, next="Nothing is to be done.")
    return _save(desk, actor, assessment_id, text)


def _save(desk: Desk, actor: Actor, assessment_id: str, text: str) -> Version:
    actor.require(Act.HANDLE_REQUEST)
    document.read(text.encode())
    digest = versions.keep(folder_of(desk), packing.packed({FILE: text}))
    desk.write(lambda unit: unit.append(SAVED, actor.id, object=assessment_id, digest=digest))
    return one(desk, assessment_id).saved[-1]


def advise(desk: Desk, actor: Actor, assessment_id: str, position: str, words: str) -> Note:
    """Record the data protection officer's advice on the newest text.

    Denied for anybody but a data protection officer (Article 35(2)); BadInput for words that
    cannot stand there.
    """
    if actor.role is not Role.DPO:
        raise Denied(
            "Only a data protection officer advises on an assessment.",
            what=actor.id,
            next="Ask the data protection officer.",
        )
    held = one(desk, assessment_id)
    said = _words({"position": position, "text": words})
    _record(desk, actor, ADVISED, held, said)
    found = one(desk, assessment_id).advice
    assert found is not None
    return found


def sign(desk: Desk, actor: Actor, assessment_id: str, digest: str, *, overruled: str = "") -> Note:
    """Accept measures and what risk is left, as a second person, for the text of that digest.

    `digest` begins the SHA-256 of the text that was read: another text is not signed by
    mistake. Denied for an author; BadInput where something is missing, where the advice is
    against it and no reason says why it is overruled, or for another text's digest.
    """
    actor.require(Act.APPROVE_REQUEST)
    held = one(desk, assessment_id)
    _refuse_author(actor, held.authors)
    if len(digest) < SHORTEST_DIGEST or not held.digest.startswith(digest):
        raise BadInput(
            "That is not the digest of the newest text.",
            what="--digest",
            next=f"Read it with `rightsdesk assessment show {assessment_id}` and give its digest.",
        )
    _require_whole(desk, held)
    words = {}
    if held.advice is not None:
        words["advice"] = held.advice.digest
        if held.advice.words["position"] == "against":
            if not overruled:
                raise BadInput(
                    "The data protection officer advised against it.",
                    what="--overruled",
                    next="Say why the advice is overruled, or change the assessment.",
                )
            words |= _words({"overruled": overruled})
    _record(desk, actor, SIGNED, held, words)
    found = one(desk, assessment_id).signature
    assert found is not None
    return found


def one(desk: Desk, assessment_id: str, size: int | None = None) -> Standing:
    """An assessment as it stands, or as it stood at that size of the log. NotFound.

    Altered where a text or a note is not the one that the log names.
    """
    with desk.reading() as db:
        entries = [each for each in _entries(db, size) if each.object == assessment_id]
    return _standing(desk, assessment_id, entries)


def listed(desk: Desk) -> list[Standing]:
    """Every assessment, oldest first."""
    with desk.reading() as db:
        entries = _entries(db)
    found: dict[str, list[Version]] = {}
    for each in entries:
        found.setdefault(each.object, []).append(each)
    return [_standing(desk, name, own) for name, own in found.items()]


def _standing(desk: Desk, assessment_id: str, entries: Sequence[Version]) -> Standing:
    saved = [each for each in entries if each.action == SAVED]
    if not saved:
        raise NotFound(
            "There is no such assessment.", what=assessment_id, next="See `assessment list`."
        )
    folder, current = folder_of(desk), saved[-1].digest
    text = versions.kept(folder, current)[FILE]
    notes = [(each.action, _note(folder, each)) for each in entries if each.action != SAVED]
    advice = [note for action, note in notes if action == ADVISED and note.of == current]
    signed = [note for action, note in notes if action == SIGNED]
    of_this = [note for note in signed if note.of == current]
    return Standing(
        assessment_id,
        document.read(text.encode()),
        text,
        saved,
        advice[-1] if advice else None,
        of_this[-1] if of_this else None,
        bool(signed),
    )


def ids(db: Connection) -> set[str]:
    """Ids of all assessments."""
    return {each.object for each in _entries(db)}


def gaps(desk: Desk, held: Standing, outline_id: str = "") -> list[Gap]:
    """What it lacks by an outline, its own without one; the newest data map is the measure."""
    chosen = outlines.outline(
        outline_id or str(held.assessment.row["outline"]), held.assessment.kind
    )
    newest, then = maps.newest(desk), map_then(desk, held)
    known = DataMap() if newest is None else newest.map
    now = None if newest is None else newest.map
    before = None if then is None else then.map
    return [
        *lacking.content(held.assessment, chosen, known),
        *lacking.standing(
            held.assessment,
            today(desk),
            advised=held.advice is not None,
            signed=held.signature is not None,
            map_same=sameness.same(before, now, str(held.assessment.row["activity"])),
        ),
    ]


def map_then(desk: Desk, held: Standing, size: int | None = None) -> maps.Accepted | None:
    """The version of the data map that the text names; None where none was accepted as that."""
    with desk.reading() as db:
        listed = maps.listed(db, size)
    wanted = held.assessment.row["datamap"]
    numbers = [each.number for each in listed if each.digest == wanted]
    return maps.accepted(desk, numbers[-1]) if numbers else None


def today(desk: Desk) -> date:
    """Today where the controller is."""
    return desk.now().astimezone(ZoneInfo(desk.config.controller.zone)).date()


def _entries(db: Connection, size: int | None = None) -> list[Version]:
    return versions.logged(db, ACTIONS, size)


def _note(folder: Path, version: Version) -> Note:
    told: dict[str, Any] = json.loads(versions.kept(folder, version.digest)[NOTE])
    words = {str(name): str(text) for name, text in told["words"].items()}
    return Note(str(told["of"]), version.by, version.at, words, version.digest, version.entry)


def _record(desk: Desk, actor: Actor, action: str, held: Standing, words: dict[str, str]) -> None:
    """A note about the newest text, unless another one was saved since it was read."""
    told = {"of": held.digest, "by": actor.id, "at": rfc3339(desk.now()), "words": words}
    content = packing.packed({NOTE: json.dumps(told, sort_keys=True, ensure_ascii=False)})
    digest = versions.keep(folder_of(desk), content)

    def job(unit: Unit) -> None:
        entries = [each for each in _entries(unit.db) if each.object == held.id]
        saved = [each for each in entries if each.action == SAVED]
        if saved[-1].digest != held.digest:
            raise BadInput(
                "Another text was saved meanwhile.", what=held.id, next="Read it and try again."
            )
        if action == SIGNED:
            _refuse_author(actor, {each.by for each in saved})
        unit.append(action, actor.id, object=held.id, digest=digest)

    desk.write(job)


def _refuse_author(actor: Actor, authors: Sequence[str] | set[str]) -> None:
    if actor.id in authors:
        raise Denied(
            "Whoever wrote an assessment does not sign it.",
            what=actor.id,
            next="Ask a second person; `rightsdesk assessment show` names the authors.",
        )


def _require_whole(desk: Desk, held: Standing) -> None:
    still = ("signature", "datamap")
    missing = [g for g in gaps(desk, held) if g.level == "missing" and g.field not in still]
    if missing:
        raise BadInput(
            f"Something is missing; nothing was signed. {missing[0].text}",
            what=missing[0].field,
            next=f"{len(missing)} gaps in all: `rightsdesk assessment show {held.id}`.",
        )


def _words(words: dict[str, str]) -> dict[str, str]:
    """The words of a note, checked like any text of an assessment. BadInput."""
    told = Faults("note")
    form = {name: Field("text", needed=True) for name in words}
    if "position" in words:
        form["position"] = Field("choice", POSITIONS, needed=True)
    if not check_row(told, "note", words, form):
        first: Fault = told.found[0]
        raise BadInput(first.what, what=first.place, next=first.next)
    return words
