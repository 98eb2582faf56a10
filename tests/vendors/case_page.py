"""Writes docs/vendor-case.md: `.venv/bin/python -m tests.vendors.case_page`.

The page is written by hand but for what commands print: each is run in its order on a new desk
with a clock that stands still, and its output takes the place of what stood below it. Ids are
shortened, long outputs cut where the page says so.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import json
import os
import re
import shlex
import tempfile
from pathlib import Path

import pytest

from privacy.cli.main import run
from privacy.vendors.reading import base
from tests.desks import MadeDesk, at_the_desk, make_desk
from tests.vendors.cases import given

PAGE = Path(__file__).parents[2] / "docs" / "vendor-case.md"
BINDER = b"The vendor's binder: contract, reports, extracts."
SHA = hashlib.sha256(BINDER).hexdigest()
SAID = {
    "scope-01": 20_000,
    "scope-02": ["predictive", "prerecorded"],
    "scope-03": ["US-CT", "US-FL", "US-TX"],
    "abandon-01": 2.4,
    "consent-05": "same_day",
}
ID = re.compile(r"\b([a-z]{1,2})-[a-z2-7]{20,}\b|\b(VD)-[0-9a-f]{16}\b")
HEX = re.compile(r"\b[0-9a-f]{64}\b")
DEMO = "Demo desk with a simulated clock"
VENDOR = "vd-…"


BLOCK = re.compile(r"```\n\$ rightsdesk (.+)\n((?:(?!```).*\n)*)```")
CUT = re.compile(r"… [0-9]+ more lines")


def answers(vendor_id: str) -> str:
    """What the form saved: the answers, with one file for every question."""
    told = [each.document() for each in given(SAID).values()]
    return json.dumps(
        {
            "schema": "rightsdesk.vendor-answers/1",
            "vendor": vendor_id,
            "questionnaire_sha256": base().sha256,
            "answers": told,
            "evidence": [
                {
                    "questions": sorted(base().questions),
                    "name": "binder.pdf",
                    "valid_from": "2026-01-01",
                    "valid_until": "2027-12-31",
                    "size_bytes": len(BINDER),
                    "sha256": SHA,
                    "content": base64.b64encode(BINDER).decode(),
                }
            ],
        }
    )


def page(made: MadeDesk, folder: Path, patched: pytest.MonkeyPatch) -> str:
    """The page as its own commands make it, run in their order on that desk in that folder.

    A block whose output was cut keeps as many lines as it shows.
    """
    at_the_desk(made, folder, patched)
    patched.setenv("RIGHTSDESK_ACTOR", "dpo")
    patched.setattr("privacy.cli.running.clock_of", lambda _: made.clock)
    vendor_id = ""

    def again(block: re.Match[str]) -> str:
        nonlocal vendor_id
        command, shown = block[1], block[2].splitlines()
        said = printed(command.replace(VENDOR, vendor_id)).splitlines()
        if not vendor_id:
            vendor_id = re.findall(r"\bvd-[a-z2-7]+", said[0])[0]
            Path("answers.json").write_text(answers(vendor_id))
        if shown and CUT.fullmatch(shown[-1]) and len(said) >= len(shown):
            most = len(shown) - 1
            said = [*said[:most], f"… {len(said) - most} more lines"]
        return "\n".join(["```", f"$ rightsdesk {command}", *map(_short, said), "```"])

    with contextlib.chdir(folder):
        return BLOCK.sub(again, PAGE.read_text())


def printed(command: str) -> str:
    """What a command says, on both its outputs, but for the line that every demo desk has."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = run(shlex.split(command))
    lines = [line.rstrip() for line in out.getvalue().splitlines() if DEMO not in line]
    assert code == 0, (command, code, lines[-12:])
    return "\n".join(line for line in lines if line)


def _short(text: str) -> str:
    return HEX.sub("…", ID.sub(r"\1\2-…", text))


def main() -> None:
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patched:
        made = make_desk(Path(name))
        made.desk.close()
        PAGE.write_text(page(made, Path(name), patched))


if __name__ == "__main__":
    os.umask(0o077)
    main()
