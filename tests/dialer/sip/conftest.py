"""A line and the party that it calls. Without sipp: skipped, and failed with CI=true."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from dialer.lines.sip import SipLine
from privacy.settings import Trunk
from tests.dialer.sip.called import CALLER, Called, Ear, called, has_sipp
from tests.needed import need

Calling = Callable[..., SipLine]


@pytest.fixture(autouse=True)
def sipp() -> None:
    need(has_sipp(), "sipp is not installed (Debian package sip-tester)")


@pytest.fixture(autouse=True)
def short_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The silence after the last word, in which the key still counts, is short here."""
    monkeypatch.setattr("dialer.lines.sip.LINGER_MS", 500)


@pytest.fixture
def raw_sockets() -> None:
    """sipp plays captures through raw sockets, which a plain user does not have."""
    need(os.geteuid() == 0, "raw sockets need root")


@pytest.fixture
def ear() -> Iterator[Ear]:
    with Ear() as ear:
        yield ear


@pytest.fixture
def party(tmp_path: Path, ear: Ear) -> Iterator[Called]:
    with called(tmp_path / "party", rtp_port=ear.port) as party:
        yield party


@pytest.fixture
def calling() -> Iterator[Calling]:
    """Makes the process's one line, and ends it."""
    with ExitStack() as ends:

        def make(*trunks: Trunk, password: str = "") -> SipLine:
            passwords = {trunk.name: password for trunk in trunks if password}
            line = SipLine(trunks, passwords, [CALLER])
            ends.callback(line.close)
            return line

        yield make
