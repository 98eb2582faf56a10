"""FreeSWITCH, by its event socket (ESL): one call an attempt, whose UUID is the attempt's id.

FreeSWITCH honours a chosen `origination_uuid` and refuses a second live one. Tested
against a fake that follows the documented protocol; never run against a live FreeSWITCH.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dialer.lines.causes import UNKNOWN, sip_cause
from dialer.lines.esl_wire import BODY, Broken, Connection, Event
from dialer.lines.pbx import PBX_GRACE_S, NotSent, PbxCall, PbxLine
from dialer.lines.port import Order, Placed, Sound
from privacy.errors import BadInput, RightsdeskError
from privacy.settings import Trunk

NAME = "esl"
MOST_CALLS = 1_000


class EslLine(PbxLine):
    """One connection a trunk; `endpoint` is like sofia/gateway/carrier/{number}."""

    def __init__(self, trunks: Sequence[Trunk], passwords: Mapping[str, str]) -> None:
        super().__init__(NAME, trunks, passwords, MOST_CALLS)
        self._connections: dict[str, Connection] = {}
        try:
            for trunk in trunks:
                self._connections[trunk.name] = Connection(
                    _address(trunk), passwords.get(trunk.name, ""), self._event, self._lose
                )
        except RightsdeskError:
            self.close()
            raise

    def _event(self, event: Event) -> None:
        attempt = event.get("Unique-ID", "")
        match event.get("Event-Name"):
            case "CHANNEL_PROGRESS" | "CHANNEL_PROGRESS_MEDIA":
                self._rings(attempt)
            case "CHANNEL_ANSWER":
                self._is_answered(attempt)
            case "PLAYBACK_START":
                self._begins_to_speak(attempt)
            case "PLAYBACK_STOP" if self._is_last(event, attempt):
                self._has_spoken(attempt)
            case "DTMF":
                self._key(attempt, event.get("DTMF-Digit", ""))
            case "CHANNEL_HANGUP_COMPLETE":
                sip = event.get("variable_sip_term_status") or event.get(
                    "variable_sip_invite_failure_status", ""
                )
                self._has_ended(attempt, sip_cause(event.get("variable_hangup_cause_q850"), sip))
            case "BACKGROUND_JOB" if event.get(BODY, "").startswith("-ERR"):
                self._not_originated(event.get("Job-UUID", ""))

    def _not_originated(self, attempt: str) -> None:
        """No call came of it, unless one of that UUID was there before."""
        call = self._live.get(attempt)
        if call is not None and not self._exists(attempt, self._by_name[call.trunk]):
            self._has_ended(attempt, UNKNOWN)

    def _is_last(self, event: Event, attempt: str) -> bool:
        """Whether it is the sound that is being said now, not one that was broken off."""
        call = self._live.get(attempt)
        if call is None or not call.saying:
            return False
        sound: Sound = getattr(call.order.speech, call.saying)
        return sound.sha256 in event.get("Playback-File-Path", "")

    def _originate(self, trunk: Trunk, order: Order, number: str) -> Placed:
        ends_s = order.max_s + PBX_GRACE_S
        variables = ",".join(
            (
                f"origination_uuid={order.attempt}",
                f"origination_caller_id_number={order.caller_id}",
                f"originate_timeout={order.ring_s}",
                "ignore_early_media=true",
                "originate_retries=0",
                f"execute_on_answer='sched_hangup +{ends_s} allotted_timeout'",
            )
        )
        endpoint = trunk.endpoint.replace("{number}", number)
        try:
            answer = self._connections[trunk.name].ask(
                f"bgapi originate {{{variables}}}{endpoint} &park()\nJob-UUID: {order.attempt}"
            )
        except Broken:
            return Placed.UNKNOWN
        except KeyError:
            raise NotSent from None
        return Placed.ACCEPTED if answer.startswith("+OK") else Placed.REFUSED

    def _play(self, call: PbxCall, sound: Sound) -> None:
        attempt, sounds = call.order.attempt, self._by_name[call.trunk].sounds
        if call.saying == "confirmation":
            self._api(call.trunk, f"uuid_break {attempt} all")
        self._api(call.trunk, f"uuid_broadcast {attempt} {sounds}/{sound.sha256}.wav aleg")

    def _hang_up(self, attempt: str, trunk: str) -> None:
        self._api(trunk, f"uuid_kill {attempt}")

    def _exists(self, attempt: str, trunk: Trunk) -> bool | None:
        told = self._api(trunk.name, f"uuid_exists {attempt}").strip()
        return None if told not in ("true", "false") else told == "true"

    def _api(self, trunk: str, command: str) -> str:
        """FreeSWITCH's answer; "" if there was none: the watch over times goes on."""
        try:
            return self._connections[trunk].ask(f"api {command}")
        except Broken:
            return ""

    def close(self) -> None:
        super().close()
        for connection in self._connections.values():
            connection.close()


def _address(trunk: Trunk) -> tuple[str, int]:
    host, _, port = trunk.server.rpartition(":")
    if not host or not port.isdecimal():
        raise BadInput(
            "The server of this trunk is not host:port.",
            what=f"trunks.{trunk.name}.server",
            next="FreeSWITCH's event socket is at port 8021 if nobody changed it.",
        )
    return host, int(port)


def line(
    trunks: Sequence[Trunk], passwords: Mapping[str, str], caller_ids: Sequence[str]
) -> EslLine:
    """The line as the worker makes it; FreeSWITCH shows the caller id of each order."""
    return EslLine(trunks, passwords)
