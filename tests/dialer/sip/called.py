"""The called party: sipp by our scenario, and a listener that takes and sends its RTP.

sipp does the signalling and writes each message down: it is the second witness. Speech
goes to a port of ours instead of sipp's, so that what the called party got can be
decoded and keys can be pressed without raw sockets.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dialer.lines.port import LineEvent, Order, Redeem, Sound, Speech
from dialer.lines.sip import SipLine
from privacy.gateway.protocol import EventKind, Released
from privacy.settings import Trunk

HERE = Path(__file__).parent
CALLER = "+442079460100"
RTP = struct.Struct("!BBHII")
EVENT = struct.Struct("!BBH")
EVENT_TYPE = 101
INVITE = re.compile(r"^INVITE sip:(\+?\d+)@.*?(?=\n-----|\Z)", re.MULTILINE | re.DOTALL)
HEADER = re.compile(r"^(Call-ID|X-Rightsdesk-Attempt|CSeq|From): *(.+?)\r?$", re.MULTILINE)


def free_port() -> int:
    """A port that is free for UDP just now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Ear:
    """Takes RTP, by who sends it; presses key 9 where `press` says how."""

    press: str = ""
    after_s: float = 0.4
    heard: dict[int, list[tuple[int, int, bytes]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    socket: socket.socket = field(default_factory=lambda: _bound())
    _over: threading.Event = field(default_factory=threading.Event)

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    def __enter__(self) -> Ear:
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self.socket.close()

    def _listen(self) -> None:
        while not self._over.is_set():
            try:
                packet, sender = self.socket.recvfrom(2_048)
            except TimeoutError:
                continue
            if len(packet) < RTP.size or packet[0] >> 6 != 2:
                continue
            _, kind, number, stamp, _ = RTP.unpack_from(packet)
            first = sender[1] not in self.heard
            if kind & 0x7F == 0:
                self.heard[sender[1]].append((number, stamp, packet[RTP.size :]))
            if first and self.press:
                pressing = threading.Timer(self.after_s, self._key, [sender])
                pressing.daemon = True
                pressing.start()

    def _key(self, to: tuple[str, int]) -> None:
        """Key 9 by RFC 4733: its beginning, and its end if it is not cut off."""
        packets = [(160 * (n + 1), False) for n in range(4)]
        if self.press == "whole":
            packets += [(800, True)] * 3
        for number, (length, ended) in enumerate(packets):
            mark = 0x80 if number == 0 else 0
            head = RTP.pack(0x80, EVENT_TYPE | mark, 100 + number, 16_000, 77)
            body = EVENT.pack(9, 0x8A if ended else 0x0A, length)
            if not self._over.is_set():
                self.socket.sendto(head + body, to)
            time.sleep(0.02)

    def pcm(self, sender: int | None = None) -> npt.NDArray[np.int16]:
        """What one caller said, in order of its packets, decoded from G.711 mu-law."""
        packets = self.heard[sender if sender is not None else next(iter(self.heard))]
        octets = b"".join(payload for _, _, payload in packets)
        coded = ~np.frombuffer(octets, dtype=np.uint8)
        sign, exponent, mantissa = coded & 0x80, (coded >> 4) & 7, coded & 0x0F
        size = (((mantissa.astype(np.int32) << 3) + 0x84) << exponent) - 0x84
        return np.where(sign != 0, -size, size).astype(np.int16)


def _bound() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    made.settimeout(0.1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    return made


@dataclass(frozen=True)
class Invite:
    """One INVITE as the called party wrote it down."""

    number: str
    call_id: str
    attempt: str


@dataclass
class Called:
    """A running sipp."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes]
    transport: str = "udp"

    @property
    def trunk(self) -> Trunk:
        name, server = f"t{self.port}", f"127.0.0.1:{self.port}"
        return Trunk(name, server, transport=self.transport, local="127.0.0.1")

    def messages(self) -> str:
        path = self.folder / "messages"
        return path.read_text(errors="replace") if path.exists() else ""

    def invites(self) -> list[Invite]:
        """Every call that came, retransmissions left out."""
        found: dict[str, Invite] = {}
        for match in INVITE.finditer(self.messages()):
            headers = dict(HEADER.findall(match.group(0)))
            call_id = headers["Call-ID"]
            found[call_id] = Invite(
                match.group(1), call_id, headers.get("X-Rightsdesk-Attempt", "")
            )
        return list(found.values())

    def kill(self) -> None:
        """As a trunk that is suddenly gone."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def ended(self, timeout_s: float = 20) -> int:
        """Its exit status after the number of calls that it was made for; 0 if all went well."""
        return self.process.wait(timeout_s)


@contextmanager
def called(
    folder: Path, *, rtp_port: int = 9, calls: int = 0, port: int = 0, transport: str = "udp"
) -> Iterator[Called]:
    """A called party on the loopback; `calls`: it ends by itself after so many."""
    port = port or free_port()
    folder.mkdir(exist_ok=True)
    command = ["sipp", "-sf", str(HERE / "called.xml"), "-i", "127.0.0.1", "-p", str(port)]
    command += [
        "-mi",
        "127.0.0.1",
        "-key",
        "rtp_port",
        str(rtp_port),
        "-key",
        "secret",
        "right",
        "-nostdin",
    ]
    command += ["-trace_msg", "-message_file", str(folder / "messages")]
    command += ["-trace_err", "-error_file", str(folder / "errors"), "-l", "2000"]
    command += ["-m", str(calls)] if calls else []
    command += ["-t", "t1"] if transport == "tcp" else []
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env={**os.environ, "TERM": "dumb"},
    )
    try:
        _wait_for(port, process, transport)
        yield Called(port, folder, process, transport)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], transport: str) -> None:
    """Until sipp has taken its port."""
    kind = socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM
    for _ in range(400):
        assert process.poll() is None, "sipp ended at once"
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return
        time.sleep(0.01)
    raise AssertionError("sipp did not start")


def has_sipp() -> bool:
    return shutil.which("sipp") is not None


def tone(seconds: float, hertz: float = 440.0) -> bytes:
    """A rising tone: no part of it is like another."""
    at = np.arange(int(8_000 * seconds)) / 8_000
    wave = np.sin(2 * np.pi * (hertz + 300 * at) * at) * 9_000
    return wave.astype("<i2").tobytes()


SPEECH = Speech(
    Sound("a" * 64, tone(2.0)), Sound("b" * 64, tone(0.3, 900)), Sound("c" * 64, tone(0.5, 1_500))
)


def alike(said: bytes, heard: npt.NDArray[np.int16]) -> float:
    """Correlation of what was said with what was heard, at the best shift; 1 is the same."""
    first = np.frombuffer(said, dtype="<i2").astype(float)
    second = heard.astype(float)
    size = 1 << (len(first) + len(second)).bit_length()
    product = np.fft.rfft(second, size) * np.conj(np.fft.rfft(first, size))
    shift = int(np.argmax(np.fft.irfft(product, size)))
    part = second[shift : shift + len(first)]
    whole = first[: len(part)]
    both = float(np.linalg.norm(first) * np.linalg.norm(part))
    return float(np.dot(whole, part)) / both if both else 0.0


def order(attempt: str, *, ring_s: int = 5, max_s: int = 20, speech: Speech = SPEECH) -> Order:
    return Order(attempt, CALLER, "", "en", ring_s, max_s, speech)


def released(number: str, attempt: str = "at-1") -> Released:
    return Released(attempt, number, "")


def number(ending: str, n: int = 0) -> str:
    """A fictional British number that makes the called party do what `ending` says."""
    return f"+4420794{n:04d}{ending}"


def gives(ending: str, n: int = 0) -> Redeem:
    """A redemption that gives that number."""
    return lambda: released(number(ending, n))


def followed(line: SipLine, attempt: str, timeout_s: float = 30) -> list[LineEvent]:
    """Every event of a call up to its end."""
    events: list[LineEvent] = []
    until = time.monotonic() + timeout_s
    while not events or events[-1].kind is not EventKind.ENDED:
        assert time.monotonic() < until, [event.kind for event in events]
        events += line.next_events(attempt, 0.5)
    return events


def kinds(events: Sequence[LineEvent]) -> list[str]:
    return [f"{e.kind.value}:{e.cause}" if e.cause else e.kind.value for e in events]
