"""Genesys Cloud conversation detail: conversation, participants, sessions, segments. Pure.

The consumer's session is the voice session of the participant `customer` or `external`; the
greeting is its first interaction, the agent comes with the first interaction of an agent.
Names of fields stand in both spellings, the API's and the Python client's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from privacy.vendors.calls.building import (
    OPT_OUTS,
    absolute,
    between_ms,
    content_key,
    fold,
    objects,
    word,
)
from privacy.vendors.calls.form import (
    Aside,
    BadRow,
    Format,
    Layout,
    Leg,
    Reading,
    Row,
    ZoneRule,
    marks,
)
from privacy.vendors.calls.numbering import NONE
from privacy.vendors.calls.record import (
    UNTOLD,
    AnsweredBy,
    Column,
    Disposition,
    EndedBy,
    VendorCall,
)
from privacy.vendors.calls.texts import json_rows

TOLD = int(
    Column.CALLED
    | Column.CALLER
    | Column.AT
    | Column.ANSWERED
    | Column.ENDED
    | Column.RING
    | Column.TALK
    | Column.DISPOSITION
    | Column.ANSWERED_BY
    | Column.AGENT
    | Column.CAMPAIGN
    | Column.OPT_OUT
    | Column.PRERECORDED
    | Column.ENDED_BY
    | Column.KEY
)
CONSUMER = ("customer", "external", "outbound")
MACHINE_PEOPLE = ("ivr", "workflow", "botflow")
# disposition.classification.callable.* and its like, by their last words.
CLASSES = {
    "person": (Disposition.ANSWERED, AnsweredBy.PERSON),
    "machine": (Disposition.ANSWERED, AnsweredBy.MACHINE),
    "fax": (Disposition.ANSWERED, AnsweredBy.MACHINE),
    "busy": (Disposition.BUSY, AnsweredBy.UNTOLD),
    "noanswer": (Disposition.NO_ANSWER, AnsweredBy.UNTOLD),
    "disconnect": (Disposition.FAILED, AnsweredBy.UNTOLD),
    "sit": (Disposition.FAILED, AnsweredBy.UNTOLD),
    "notfound": (Disposition.FAILED, AnsweredBy.UNTOLD),
    "nolines": (Disposition.FAILED, AnsweredBy.UNTOLD),
}
NOT_DIALLED = "skipped"


def looks_like(head: str) -> int:
    return 2 * int(
        any(f'"{name}"' in head for name in ("conversationId", "conversation_id"))
        and '"participants"' in head
    )


def _get(found: dict[str, Any], name: str) -> Any:
    """A field in either spelling: `segmentStart` or `segment_start`."""
    if name in found:
        return found[name]
    head, *rest = name.split("_")
    return found.get(head + "".join(each.title() for each in rest))


class _Maker:
    def __init__(self, reading: Reading) -> None:
        self._numbers, self._opt_outs = reading.numbers, OPT_OUTS | reading.opt_outs

    def group(self, row: Row) -> str:
        """conversationId."""
        return word(_get(row.cells, "conversation_id")) or content_key(row.cells)

    def leg(self, row: Row) -> Leg | Aside:
        sessions = list(_sessions(row.cells))
        consumer = next((each for purpose, each in sessions if purpose in CONSUMER), None)
        if consumer is None:
            return Aside(row.line, "no_consumer_session")
        if word(_get(consumer, "direction")).casefold() == "inbound":
            return Aside(row.line, "inbound")
        start = word(_get(row.cells, "conversation_start"))
        segments = objects(_get(consumer, "segments"))
        dialling = _first(segments, "dialing")
        at = dialling if dialling != UNTOLD else absolute(start)
        answered = _first(segments, "interact")
        ended = max((_instant(each, "segment_end") for each in segments), default=UNTOLD)
        agents = [
            _first(objects(_get(each, "segments")), "interact")
            for purpose, each in sessions
            if purpose == "agent"
        ]
        agent = min((each for each in agents if each != UNTOLD), default=UNTOLD)
        disposition, by = self._class(consumer, answered)
        if disposition is None:
            return Aside(row.line, "not_dialled")
        raw = word(_get(consumer, "session_dnis")) or word(_get(consumer, "dnis"))
        called = self._numbers.read(raw)
        shown = word(_get(consumer, "ani"))
        caller = self._numbers.read(shown) if shown else NONE
        everything = [seg for _, each in sessions for seg in objects(_get(each, "segments"))]
        played = any(
            purpose in MACHINE_PEOPLE and _first(objects(_get(each, "segments")), "interact") > 0
            for purpose, each in sessions
        )
        call = VendorCall(
            rows=(row.line,),
            key=self.group(row),
            columns=TOLD,
            called_raw=raw,
            called=called.e164,
            called_state=called.state,
            caller=caller.e164,
            caller_state=caller.state,
            at_us=at,
            answered_us=answered,
            agent_us=agent,
            ended_us=ended,
            ring_ms=between_ms(at, answered if answered != UNTOLD else ended),
            talk_ms=between_ms(answered, ended) if answered != UNTOLD else 0,
            disposition=disposition,
            answered_by=by,
            ended_by=_ended_by(segments),
            campaign=self._campaign(sessions),
            opt_out_us=self._opted_out(everything),
            prerecorded=1 if played and agent == UNTOLD else -1,
        )
        return Leg(call, rank=int(disposition is Disposition.ANSWERED))

    def _class(
        self, consumer: dict[str, Any], answered: int
    ) -> tuple[Disposition | None, AnsweredBy]:
        words = word(_get(consumer, "disposition_name")).casefold()
        if not words:
            words = word(_get(consumer, "disposition_analyzer")).casefold()
        if NOT_DIALLED in words:
            return None, AnsweredBy.UNTOLD
        for name in reversed(words.split(".")):
            if name in CLASSES:
                return CLASSES[name]
        if answered != UNTOLD:
            return Disposition.ANSWERED, AnsweredBy.UNKNOWN
        return Disposition.NO_ANSWER, AnsweredBy.UNTOLD

    def _campaign(self, sessions: list[tuple[str, dict[str, Any]]]) -> str:
        names = (word(_get(each, "outbound_campaign_id")) for _, each in sessions)
        return next(filter(None, names), "")

    def _opted_out(self, segments: list[dict[str, Any]]) -> int:
        """When the wrap-up code of an opt-out was set: the beginning of its segment."""
        found = [
            _instant(each, "segment_start")
            for each in segments
            if fold(word(_get(each, "wrap_up_code"))) in self._opt_outs
        ]
        return min((each for each in found if each != UNTOLD), default=UNTOLD)


def _sessions(told: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Voice sessions with the purpose of their participant."""
    for participant in objects(told.get("participants")):
        purpose = word(participant.get("purpose")).casefold()
        for session in objects(participant.get("sessions")):
            if word(_get(session, "media_type")).casefold() in ("", "voice"):
                yield purpose, session


def _instant(segment: dict[str, Any], name: str) -> int:
    text = word(_get(segment, name))
    return absolute(text, "segment") if text else UNTOLD


def _first(segments: list[dict[str, Any]], kind: str) -> int:
    """When the first segment of a kind began."""
    found = [
        _instant(each, "segment_start")
        for each in segments
        if word(_get(each, "segment_type")).casefold() == kind
    ]
    return min((each for each in found if each != UNTOLD), default=UNTOLD)


def _ended_by(segments: list[dict[str, Any]]) -> EndedBy:
    kinds = [word(_get(each, "disconnect_type")).casefold() for each in segments]
    last = next(filter(None, reversed(kinds)), "")
    return {"client": EndedBy.CALLED, "peer": EndedBy.CALLER}.get(last, EndedBy.UNTOLD)


def open_layout(head: str, reading: Reading) -> Layout:
    maker = _Maker(reading)

    def leg(row: Row) -> Leg | Aside:
        if not word(_get(row.cells, "conversation_start")):
            raise BadRow("at", "no_sure_instant")
        return maker.leg(row)

    return Layout(json_rows("conversations"), maker.group, leg, TOLD)


GENESYS = Format(
    name="genesys",
    title="Genesys Cloud conversation detail (JSON)",
    source="documentation of platform-client-sdk-python",
    verified="verified",
    golden=("genesys.json",),
    zone=ZoneRule.OFFSET,
    key="conversationId",
    proves=marks("Y Y Y P P Y Y Y P -"),
    looks_like=looks_like,
    open=open_layout,
)
