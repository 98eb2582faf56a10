"""Nothing is recorded: no line takes what a person says, and none can be told to."""

from __future__ import annotations

import ast
from dataclasses import fields
from pathlib import Path

import dialer
from dialer.lines.port import Capabilities, Order
from dialer.lines.simulator import SimulatedLine

LINES = Path(next(iter(dialer.__path__))) / "lines"
# What baresip, ARI and FreeSWITCH would be asked with.
TAKES_SPEECH = {"read", "on_audio", "record", "uuid_record", "snoop", "audio_player"}


def test_no_line_has_a_way_to_record() -> None:
    """Received speech is never read from the stack, and no PBX is asked to keep any."""
    for path in LINES.glob("*.py"):
        tree = ast.parse(path.read_text())
        called = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        told = {node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg}
        of_a_socket = {"read"} if path.name == "esl_wire.py" else set()
        assert not (called | told) & (TAKES_SPEECH - of_a_socket), path.name
        words = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)]
        asked = " ".join(word for word in words if isinstance(word, str) and " record" not in word)
        assert not any(word in asked for word in ("uuid_record", "/record", "snoop")), path.name


def test_no_order_asks_for_a_recording_and_every_line_says_that_it_makes_none() -> None:
    assert not any("record" in field.name for field in fields(Order))
    assert not SimulatedLine(1).capabilities.records
    assert not Capabilities("any", True, False, False, False).records
