"""The lines by Asterisk and FreeSWITCH, against fakes of their documented protocols."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dialer.lines import ari, esl
from dialer.lines.causes import is_number, sip_cause
from dialer.lines.pbx import PbxLine
from dialer.lines.port import Found, LineEvent, LineLost, Placed, Sound, Speech
from privacy.errors import BadInput, MachineFailed
from privacy.gateway.protocol import EventKind, Released
from privacy.settings import Trunk
from tests.dialer.fakes import asterisk, freeswitch
from tests.dialer.fakes.asterisk import FakeAsterisk
from tests.dialer.fakes.calling import SPEECH, order
from tests.dialer.fakes.freeswitch import FakeFreeSwitch
from tests.dialer.sip.called import free_port

pytestmark = pytest.mark.serial

TALKS = ["sent", "ringing", "answered", "media_started"]


@dataclass
class Pbx:
    """A fake, and lines to it."""

    fake: FakeAsterisk | FakeFreeSwitch
    trunk: Trunk
    password: str
    make: Callable[..., PbxLine]
    ends: ExitStack

    def line(self, *before: Trunk) -> PbxLine:
        trunks = (*before, self.trunk)
        made = self.make(trunks, {trunk.name: self.password for trunk in trunks})
        self.ends.callback(made.close)
        return made


@pytest.fixture(autouse=True)
def short_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The silence after the last word, in which the key still counts, is short here."""
    monkeypatch.setattr("dialer.lines.pbx.LINGER_MS", 300)


@pytest.fixture(params=["ari", "esl"])
def pbx(request: pytest.FixtureRequest) -> Iterator[Pbx]:
    with ExitStack() as ends:
        if request.param == "ari":
            fake: FakeAsterisk | FakeFreeSwitch = ends.enter_context(FakeAsterisk())
            endpoint, password, make = "PJSIP/{number}@carrier", asterisk.PASSWORD, ari.AriLine
            user = asterisk.USER
        else:
            fake = ends.enter_context(FakeFreeSwitch())
            endpoint, password = "sofia/gateway/carrier/{number}", freeswitch.PASSWORD
            make, user = esl.EslLine, ""  # type: ignore[assignment]
        trunk = Trunk(
            "fake", f"127.0.0.1:{fake.port}", kind=request.param, user=user, endpoint=endpoint
        )
        yield Pbx(fake, trunk, password, make, ends)


def gives(ending: str) -> Callable[[], Released]:
    return lambda: Released("", f"+4420794000{ending}", "")


def followed(line: PbxLine, attempt: str) -> list[LineEvent]:
    events: list[LineEvent] = []
    until = time.monotonic() + 20
    while not events or events[-1].kind is not EventKind.ENDED:
        assert time.monotonic() < until, events
        events += line.next_events(attempt, 0.5)
    return events


def kinds(events: list[LineEvent]) -> list[str]:
    return [f"{e.kind.value}:{e.cause}" if e.cause else e.kind.value for e in events]


def test_every_outcome_of_a_pbx_is_told_with_its_sip_code(pbx: Pbx) -> None:
    line = pbx.line()
    expected = {
        "86": ["sent", "ended:486"],
        "03": ["sent", "ringing", "ended:603"],
        "07": ["sent", "ringing", "ended:607"],
        "04": ["sent", "ended:404"],
        "08": ["sent", "ringing", "ended:408"],
        "12": [*TALKS, "ended:remote"],
        "87": ["sent", "ringing", "ended:487"],
        "10": [*TALKS, "ended:local"],
    }
    for ending in expected:
        placed = line.place(order(f"at-{ending}", ring_s=1), gives(ending))
        assert placed is Placed.ACCEPTED
    found = {ending: kinds(followed(line, f"at-{ending}")) for ending in expected}
    assert found == expected
    told = "\n".join(pbx.fake.said.lines)
    assert told.count("originate ") + told.count("'endpoint'") == len(expected)
    assert SPEECH.prompt.sha256 in told
    assert "ecord" not in told


def test_at_the_key_the_confirmation_is_played_and_then_the_call_is_ended(pbx: Pbx) -> None:
    line = pbx.line()
    line.place(order("at-1"), gives("09"))
    told: list[str] = []
    while "key:9" not in told:
        told += kinds(line.next_events("at-1", 5.0))
    line.confirm("at-1")
    assert kinds(followed(line, "at-1"))[-1] == "ended:local"
    asked = "\n".join(pbx.fake.said.lines)
    assert asked.index(SPEECH.prompt.sha256) < asked.index(SPEECH.confirmation.sha256)


def test_where_there_is_no_prompt_the_safe_harbour_message_is_played(pbx: Pbx) -> None:
    line = pbx.line()
    nobody = Speech(Sound(), SPEECH.confirmation, SPEECH.safe_harbour)
    line.place(order("at-1", speech=nobody), gives("10"))
    told = kinds(followed(line, "at-1"))
    assert told == ["sent", "ringing", "answered", "abandoned", "ended:local"]
    assert SPEECH.safe_harbour.sha256 in "\n".join(pbx.fake.said.lines)


def test_the_pbx_tells_after_a_restart_and_a_second_call_of_that_id_is_refused(pbx: Pbx) -> None:
    first = pbx.line()
    first.place(order("at-1", ring_s=10), gives("87"))
    while "ringing" not in kinds(first.next_events("at-1", 5.0)):
        pass
    second = pbx.line()
    assert second.lookup("at-1") is Found.ALIVE
    assert second.lookup("at-never") is Found.CANNOT_TELL
    again = second.place(order("at-1", ring_s=10), gives("87"))
    time.sleep(0.2)
    # The PBX holds one call of that id, and says so; nobody is called twice.
    assert again in (Placed.ACCEPTED, Placed.UNKNOWN)
    assert len(pbx.fake.channels if isinstance(pbx.fake, FakeAsterisk) else pbx.fake.calls) == 1
    third = pbx.line()
    third.stop("at-1")
    assert kinds(followed(first, "at-1"))[-1].startswith("ended:")
    assert third.lookup("at-1") is Found.CANNOT_TELL


def test_when_the_pbx_is_gone_nobody_can_tell_and_nothing_more_is_placed(pbx: Pbx) -> None:
    line = pbx.line()
    line.place(order("at-1"), gives("87"))
    if isinstance(pbx.fake, FakeAsterisk):
        pbx.fake.__exit__()
    else:
        pbx.fake.hang_up_on_everyone()
    with pytest.raises(LineLost):
        followed(line, "at-1")
    assert not line.ready()


def test_a_pbx_that_is_not_there_or_refuses_is_named_without_a_secret(pbx: Pbx) -> None:
    absent = replace(pbx.trunk, server=f"127.0.0.1:{free_port()}")
    for trunk, password in ((absent, pbx.password), (pbx.trunk, "a wrong secret")):
        with pytest.raises(MachineFailed) as failed:
            pbx.make((trunk,), {trunk.name: password})
        assert password not in str(failed.value) + repr(failed.value.__context__)


def test_a_number_goes_in_a_body_only_and_what_is_no_number_goes_nowhere(pbx: Pbx) -> None:
    line = pbx.line()
    line.place(order("at-1"), gives("86"))
    followed(line, "at-1")
    wrong = "+442079400010}&system(x)"
    assert line.place(order("at-2"), lambda: Released("", wrong, "")) is Placed.REFUSED
    lines = pbx.fake.said.lines
    assert all("2079400086" not in one.partition("?")[0] for one in lines if one[:4] != "bgap")
    assert not any("system" in one for one in lines)


def test_an_answer_that_was_lost_is_looked_up_and_not_sent_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ari, "TIMEOUT_S", 0.5)
    with FakeAsterisk(lose_answers=True) as fake:
        trunk = Trunk(
            "fake", f"127.0.0.1:{fake.port}", user=asterisk.USER, endpoint="PJSIP/{number}@c"
        )
        line = ari.AriLine([trunk], {"fake": asterisk.PASSWORD})
        assert line.place(order("at-1"), gives("87")) is Placed.ACCEPTED
        line.close()
        posts = [one for one in fake.said.lines if one.startswith("POST")]
        assert len(posts) == 1


def test_capabilities_say_what_a_pbx_can_do_and_that_nothing_is_recorded(pbx: Pbx) -> None:
    able = pbx.line().capabilities
    assert able.looks_up_after_restart
    assert able.fences_duplicates
    assert not able.detects_machines
    assert not able.records
    assert able.keys_at == "end"


@given(st.one_of(st.binary(), st.text()), st.text())
@example("", "²")
def test_any_event_of_asterisk_says_something_or_nothing(message: bytes | str, other: str) -> None:
    line = ari.AriLine.__new__(ari.AriLine)
    PbxLine.__init__(line, "ari", (), {}, 1)
    line._over.set()
    line._told(message)
    line._told(json.dumps({"type": other, "channel": other, "playback": [other]}))
    for kind in ("ChannelStateChange", "PlaybackFinished", "ChannelDestroyed", "StasisStart"):
        line._told(json.dumps({"type": kind, "channel": other, "cause": other}))


@given(st.text(), st.text())
def test_any_cause_is_a_sip_code(q850: str, sip: str) -> None:
    assert sip_cause(q850, sip).isdigit()


def test_a_number_is_digits() -> None:
    assert is_number("+442079460100")
    for wrong in ("", "+", "12", "+44 20", "+4420;x", "+٤٤٢٠٧٩", "1" * 16):
        assert not is_number(wrong)


def test_an_event_socket_needs_its_port() -> None:
    with pytest.raises(BadInput):
        esl.EslLine([Trunk("t", "localhost")], {})
