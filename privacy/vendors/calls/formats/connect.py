"""Amazon Connect contact records: a stream of JSON documents. Pure.

They are delivered at least once: of one ContactId the newest LastUpdateTimestamp is kept.
Contacts of one chain (InitialContactId) are one call, and its first is the consumer's.
Detection status is there for campaigns only.
"""

from __future__ import annotations

from typing import Any

from privacy.vendors.calls.building import (
    OPT_OUTS,
    YES,
    absolute,
    between_ms,
    content_key,
    fold,
    maybe,
    part,
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
    | Column.AGENT
    | Column.CAMPAIGN
    | Column.OPT_OUT
    | Column.ENDED_BY
    | Column.KEY
)
OUTBOUND = frozenset({"OUTBOUND", "CALLBACK", "API", "EXTERNAL_OUTBOUND", "CAMPAIGN"})
FOLLOWING = frozenset({"TRANSFER", "QUEUE_TRANSFER", "DISCONNECT"})
_A, _D = AnsweredBy, Disposition
DETECTED: dict[str, tuple[Disposition, AnsweredBy]] = {
    "HUMAN_ANSWERED": (_D.ANSWERED, _A.PERSON),
    "VOICEMAIL_BEEP": (_D.ANSWERED, _A.MACHINE),
    "VOICEMAIL_NO_BEEP": (_D.ANSWERED, _A.MACHINE),
    "AMD_UNANSWERED": (_D.NO_ANSWER, _A.UNTOLD),
    "AMD_UNRESOLVED": (_D.ANSWERED, _A.UNKNOWN),
    "AMD_UNRESOLVED_SILENCE": (_D.ANSWERED, _A.UNKNOWN),
    "AMD_NOT_APPLICABLE": (_D.ANSWERED, _A.UNKNOWN),
    "AMD_ERROR": (_D.ANSWERED, _A.UNKNOWN),
    "SIT_TONE_BUSY": (_D.BUSY, _A.UNTOLD),
    "SIT_TONE_INVALID_NUMBER": (_D.FAILED, _A.UNTOLD),
    "SIT_TONE_DETECTED": (_D.FAILED, _A.UNTOLD),
    "FAX_MACHINE_DETECTED": (_D.ANSWERED, _A.MACHINE),
}


def looks_like(head: str) -> int:
    return 2 * int('"ContactId"' in head and '"InitiationMethod"' in head)


class _Maker:
    def __init__(self, reading: Reading) -> None:
        self._numbers, self._opt_outs = reading.numbers, OPT_OUTS | reading.opt_outs

    def group(self, row: Row) -> str:
        """InitialContactId, else ContactId."""
        told = row.cells
        found = word(told.get("InitialContactId")) or word(told.get("ContactId"))
        return found or content_key(row.cells)

    def leg(self, row: Row) -> Leg | Aside:
        told = row.cells
        method = word(told.get("InitiationMethod")).upper()
        if method not in OUTBOUND and method not in FOLLOWING:
            return Aside(row.line, "inbound")
        if word(told.get("Channel")).upper() not in ("", "VOICE"):
            return Aside(row.line, "no_voice")
        at = absolute(word(told.get("InitiationTimestamp")))
        answered = maybe(word(told.get("ConnectedToSystemTimestamp")))
        ended = maybe(word(told.get("DisconnectTimestamp")))
        detected = word(told.get("AnsweringMachineDetectionStatus")).upper()
        disposition, by = _class(detected, answered)
        raw = word(part(told, "CustomerEndpoint", "Address"))
        called = self._numbers.read(raw)
        shown = word(part(told, "SystemEndpoint", "Address"))
        caller = self._numbers.read(shown) if shown else NONE
        agent = maybe(word(part(told, "Agent", "ConnectedToAgentTimestamp")))
        if answered == UNTOLD:
            ring = between_ms(at, ended)
        else:
            ring = between_ms(at, answered)
        call = VendorCall(
            rows=(row.line,),
            key=self.group(row),
            columns=TOLD | (int(Column.ANSWERED_BY) if detected else 0),
            called_raw=raw,
            called=called.e164,
            called_state=called.state,
            caller=caller.e164,
            caller_state=caller.state,
            at_us=at,
            answered_us=answered,
            agent_us=agent,
            ended_us=ended,
            ring_ms=ring,
            talk_ms=between_ms(answered, ended) if answered != UNTOLD else 0,
            disposition=disposition,
            answered_by=by,
            ended_by=_ended_by(word(told.get("DisconnectReason"))),
            campaign=word(part(told, "Campaign", "CampaignId")),
            opt_out_us=self._opted_out(told, ended if ended != UNTOLD else at),
        )
        return Leg(
            call,
            rank=int(method in OUTBOUND),
            copy=word(told.get("ContactId")),
            version=max(maybe(word(told.get("LastUpdateTimestamp"))), 0),
        )

    def _opted_out(self, told: dict[str, Any], at: int) -> int:
        """Where an attribute of the contact says so. Its other attributes are not kept."""
        attributes = told.get("Attributes")
        if not isinstance(attributes, dict):
            return UNTOLD
        said = any(
            fold(str(name)) in self._opt_outs and word(value).casefold() in YES
            for name, value in attributes.items()
        )
        return at if said else UNTOLD


def _class(detected: str, answered: int) -> tuple[Disposition, AnsweredBy]:
    if detected in DETECTED:
        return DETECTED[detected]
    if answered == UNTOLD:
        return Disposition.NO_ANSWER, AnsweredBy.UNTOLD
    # A value that is new, or none: nobody looked who answered.
    return Disposition.ANSWERED, AnsweredBy.UNKNOWN if detected else AnsweredBy.UNTOLD


def _ended_by(reason: str) -> EndedBy:
    return {
        "CUSTOMER_DISCONNECT": EndedBy.CALLED,
        "AGENT_DISCONNECT": EndedBy.CALLER,
        "CONTACT_FLOW_DISCONNECT": EndedBy.CALLER,
    }.get(reason.upper(), EndedBy.UNTOLD)


def open_layout(head: str, reading: Reading) -> Layout:
    maker = _Maker(reading)

    def leg(row: Row) -> Leg | Aside:
        if not word(row.cells.get("InitiationTimestamp")):
            raise BadRow("at", "no_sure_instant")
        return maker.leg(row)

    return Layout(json_rows("ContactRecords"), maker.group, leg, TOLD | int(Column.ANSWERED_BY))


CONNECT = Format(
    name="connect",
    title="Amazon Connect contact records (JSON)",
    source="AWS API reference, data model page",
    verified="verified",
    golden=("connect.json",),
    zone=ZoneRule.UTC,
    key="InitialContactId, else ContactId; newest LastUpdateTimestamp",
    proves=marks("Y Y Y Y P Y P P P -"),
    looks_like=looks_like,
    open=open_layout,
)
