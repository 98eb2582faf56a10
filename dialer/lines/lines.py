"""Lines by name. A line's libraries are loaded when it is asked for."""

from __future__ import annotations

import json
from importlib import import_module

from dialer.lines.port import Line
from privacy.errors import BadInput, MachineFailed
from privacy.settings import Trunk

SIMULATOR = "simulator"
REAL = {"sip": "dialer.lines.sip", "ari": "dialer.lines.ari", "esl": "dialer.lines.esl"}
NAMES = (SIMULATOR, *REAL)


def made_line(name: str, told: str) -> Line:
    """A real line from a JSON document: {"trunks": [...], "passwords": {name: password},
    "caller_ids": [...]}. BadInput for another document, MachineFailed without the extra."""
    try:
        document = json.loads(told)
        trunks = [Trunk(**trunk) for trunk in document["trunks"]]
        passwords = {str(k): str(v) for k, v in document["passwords"].items()}
        caller_ids = [str(one) for one in document["caller_ids"]]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise BadInput(
            "The trunks cannot be read.", what="trunks", next="See docs/dialer.md."
        ) from None
    try:
        module = import_module(REAL[name])
    except ModuleNotFoundError as missing:
        raise MachineFailed(
            f"The line {name} needs {missing.name}.",
            what="extra",
            next="Install it: pip install 'rightsdesk[telephony]'",
        ) from None
    line: Line = module.line(trunks, passwords, caller_ids)
    return line
