"""`request correct`, `restrict`, `figures`, and fulfilling them, as scripts meet them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from privacy.cli.main import run
from tests.desks import MadeDesk, at_the_desk
from tests.persons import add_person
from tests.rights.flows import MAIL, NUMBER

Command = Callable[..., tuple[int, dict[str, Any]]]
NEW_NUMBER = "+442079460777"


@pytest.fixture
def command(
    made: MadeDesk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    """Runs a command as an actor, with lines on standard input: exit code and document."""
    at_the_desk(made, tmp_path, monkeypatch)

    def called(
        *arguments: str, actor: str = "handler", lines: tuple[str, ...] = ()
    ) -> tuple[int, dict[str, Any]]:
        capsys.readouterr()
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        code = run(["--json", "--as", actor, *arguments])
        told = capsys.readouterr()
        for value in (NUMBER, NEW_NUMBER, MAIL):
            assert value not in told.err
        return code, json.loads(told.out)

    return called


def proven(command: Command, folder: Path, kind: str) -> str:
    request_id = str(command("request", "open", "--kind", kind, "--channel", "email")[1]["id"])
    claims = folder / "claims.json"
    claims.write_text(json.dumps({"phone": NUMBER, "email": MAIL}))
    proof = ("request", "verify", request_id, "--by", "login", "--claims", str(claims))
    code, document = command(*proof)
    assert code == 0, document
    return request_id


def approve(command: Command, request_id: str) -> None:
    assert command("request", "plan", request_id)[0] == 0
    assert command("request", "approve", request_id, actor="dpo")[0] == 0


def test_a_correction_goes_from_proposal_to_who_is_told(
    made: MadeDesk, command: Command, tmp_path: Path
) -> None:
    add_person(made.desk, NUMBER, MAIL)
    request_id = proven(command, tmp_path, "rectification")
    fields = ("--field", "family", "--field", "phone", "--contested")
    code, proposed = command(
        "request", "correct", request_id, *fields, lines=("Newcanarius", NUMBER, NEW_NUMBER)
    )
    assert (code, proposed["fields"]) == (0, ["family", "phone"])
    assert len(proposed["restrictions"]) == 1
    assert "Newcanarius" not in json.dumps(proposed)
    code, refused = command("request", "correct", request_id, "--show")
    assert (code, refused["error"]["code"]) == (1, "denied")
    code, shown = command("request", "correct", request_id, "--show", actor="dpo")
    assert {"field": "phone", "old": NUMBER, "new": NEW_NUMBER} in shown["changes"]
    approve(command, request_id)
    code, done = command("request", "fulfil", request_id)
    assert (code, done["state"], done["outcome"]) == (0, "fulfilled", "corrected")
    assert done["recipients"] == []
    find = ("contacts", "find", "--phone", "-", "--purpose", "rights_request")
    assert command(*find, lines=(NEW_NUMBER,))[0] == 0
    assert command(*find, lines=(NUMBER,))[0] == 1


def test_a_restriction_and_an_objection_are_fulfilled_by_command(
    made: MadeDesk, command: Command, tmp_path: Path
) -> None:
    add_person(made.desk, NUMBER, MAIL)
    objection = proven(command, tmp_path, "objection")
    assert command("request", "restrict", objection)[1]["state"] == "placed"
    approve(command, objection)
    assert command("request", "fulfil", objection)[1]["outcome"] == "objection_upheld"
    restriction = proven(command, tmp_path, "restriction")
    approve(command, restriction)
    assert command("request", "fulfil", restriction)[0] == 2, "it needs its ground"
    code, done = command("request", "fulfil", restriction, "--reason", "unlawful")
    assert (code, done["outcome"]) == (0, "restricted")


def test_figures_come_again_for_the_same_size_of_the_log(
    made: MadeDesk, command: Command, tmp_path: Path
) -> None:
    command("request", "open", "--kind", "erasure", "--channel", "email", "--law", "US_CA")
    days = ("--from", "2026-01-01", "--to", "2026-12-31")
    code, first = command("request", "figures", *days)
    assert (code, first["schema"]) == (0, "rightsdesk.request-figures/1")
    delete = first["metrics"]["rights"][0]
    assert (delete["right"], delete["received"], delete["open"]) == ("delete", 1, 1)
    made.clock.at = made.clock.at.replace(hour=18)
    command("request", "open", "--kind", "access", "--channel", "email")
    assert len(command("request", "figures", *days)[1]["register"]) == 2
    again = command("request", "figures", *days, "--size", str(first["log_size"]))[1]
    assert again["register"] == first["register"]
    assert command("request", "figures", "--size", "100000")[0] == 2
    assert command("request", "figures", "--from", "2026-02-01", "--to", "2026-01-01")[0] == 2
