"""What a form, a clerk or an agent's list asks, carried on from the ledger to requests.

What acts at once acts first. Words that ask to be left alone are heard also where
another kind was ticked.
"""

from __future__ import annotations

from privacy.actors import Actor
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.rights.applying import laws_for
from privacy.rights.arriving import language, opening, store
from privacy.rights.arriving.mail import File
from privacy.rights.arriving.mails import Taken, unfinished
from privacy.rights.arriving.named import named_in
from privacy.rights.arriving.opening import Content, Terms
from privacy.rights.arriving.proposing import propose
from privacy.rights.arriving.store import Arrival
from privacy.rights.arriving.taking import Seen
from privacy.rights.arriving.ways import ArrivalState, LanguageBy, Waits
from privacy.rights.arriving.written import Written
from privacy.rights.case import IMMEDIATE, Kind
from privacy.rights.intake import Asking, CaseFile


def seen_of(asked: Written) -> Seen:
    """What is written down of it: kinds (asked, or proposed by the words), place, language."""
    spoken = language.detected(asked.words) if not asked.language else None
    by = LanguageBy.STATED if asked.language else LanguageBy.DETECTED
    named = asked.language or (spoken.value if spoken else "")
    return Seen(
        tuple(kind.value for kind in asked.kinds or propose("", asked.words).kinds),
        asked.place,
        named,
        by.value if named else "",
        reason=Waits.GOING_ON.value,
    )


def go_on_written(
    desk: Desk,
    actor: Actor,
    arrival: Arrival,
    asked: Written,
    new: bool = True,
    *,
    files: tuple[File, ...] = (),
    asking: Asking | None = None,
    beat_s: float = 0,
) -> Taken:
    """Open what was asked, or put it before staff; the same again opens nothing twice."""
    if not new and not unfinished(arrival):
        with desk.reading() as db:
            found = store.requests_of(db, [arrival.id])[arrival.id]
        return Taken(arrival, tuple(one for one, _ in found), again=True)
    content = content_of(asked, desk.config.region or None, files)
    by = asking or Asking(asked_by="agent" if asked.agent_name else "person")
    terms = Terms(place=asked.place, asking=by, beat_s=beat_s)
    waits, kinds = _openable(desk, asked, content)
    opened = opening.open_kinds(desk, actor, arrival, kinds, content, terms)
    state = ArrivalState.OPENED if waits is None else ArrivalState.WAITING
    done = opening.finish(desk, actor, arrival.id, state, waits.value if waits else "")
    left_out = ("files_left_out",) if opened.left_out else ()
    return Taken(done, opened.requests, not new, (*opened.questions, *left_out))


def content_of(asked: Written, region: str | None, files: tuple[File, ...] = ()) -> Content:
    """What the case file says of it; an agent stands with its contact before the words.

    An opt-out is also for numbers and addresses that the words name.
    """
    agent = ", ".join(filter(None, (asked.agent_name, asked.agent_contact)))
    words = f"[agent: {agent}]\n\n{asked.words}".strip() if agent else asked.words
    file = CaseFile(asked.name, asked.contact, words)
    phones, emails = named_in(asked.words, region)
    return Content(
        file,
        files,
        tuple(dict.fromkeys((*asked.phones, *phones))),
        tuple(dict.fromkeys((*asked.emails, *emails))),
    )


def with_words(asked: Written) -> tuple[Kind, ...]:
    """The kinds that are asked; to be left alone too, where the words say so."""
    found = propose("", asked.words)
    if IMMEDIATE & set(asked.kinds):
        return asked.kinds
    named = [kind for kind in found.kinds if kind in IMMEDIATE]
    # What asks for erasure says words that alone would mean to stop.
    stop = found.stop and Kind.ERASURE not in (*asked.kinds, *found.kinds)
    if not named and not stop:
        return asked.kinds
    return (named[0] if len(named) == 1 else Kind.OPT_OUT, *asked.kinds)


def _openable(desk: Desk, asked: Written, content: Content) -> tuple[Waits | None, list[Kind]]:
    """Kinds that can be opened now, and why the rest waits for staff (None: nothing does)."""
    kinds, waits = list(with_words(asked)), None
    if not asked.kinds:
        waits = Waits.TO_LOOK_AT if asked.words else Waits.NO_KIND
    if not content.phones and not content.emails and IMMEDIATE & set(kinds):
        kinds, waits = [kind for kind in kinds if kind not in IMMEDIATE], Waits.NO_ADDRESS
    try:
        laws_for(desk.config.controller, place=asked.place)
    except BadInput:
        # Which law applies there is for staff to say; what acts at once does not wait for it.
        kinds, waits = [kind for kind in kinds if kind in IMMEDIATE], Waits.TO_LOOK_AT
    return waits, kinds
