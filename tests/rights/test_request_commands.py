"""`rightsdesk request` and `today` as scripts meet them: documents and exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pyzipper

from privacy.cli.main import run
from tests.desks import PASSPHRASE, SECRET, MadeDesk
from tests.persons import add_person
from tests.rights.flows import MAIL, NUMBER

Command = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def command(
    made: MadeDesk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    """Runs a command on the desk as an actor: its exit code and its document."""
    passphrase, secret = tmp_path / "passphrase", tmp_path / "secret"
    passphrase.write_bytes(PASSPHRASE)
    secret.write_text(SECRET)
    monkeypatch.setenv("RIGHTSDESK_DESK", str(made.settings.desk_dir))
    monkeypatch.setenv("RIGHTSDESK_STATE", str(made.settings.state_base))
    monkeypatch.setenv("RIGHTSDESK_PASSPHRASE_FILE", str(passphrase))
    monkeypatch.setenv("RIGHTSDESK_ACTOR_SECRET_FILE", str(secret))

    def called(*arguments: str, actor: str = "handler") -> tuple[int, dict[str, Any]]:
        capsys.readouterr()
        code = run(["--json", "--as", actor, *arguments])
        return code, json.loads(capsys.readouterr().out)

    return called


def brought(command: Command, folder: Path, kind: str) -> str:
    """A request of that kind, approved, by commands alone."""
    code, opened = command("request", "open", "--kind", kind, "--channel", "email")
    assert (code, opened["schema"]) == (0, "rightsdesk.request/1")
    request_id = str(opened["id"])
    claims = folder / "claims.json"
    claims.write_text(json.dumps({"phone": NUMBER, "email": MAIL}))
    proof = ("--by", "matching", "--claims", str(claims))
    assert command("request", "verify", request_id, *proof)[0] == 0
    assert command("request", "plan", request_id)[0] == 0
    code, refused = command("request", "approve", request_id)
    assert (code, refused["error"]["code"]) == (1, "denied")
    assert command("request", "approve", request_id, actor="dpo")[0] == 0
    return request_id


def test_an_access_request_goes_from_receipt_to_close(
    made: MadeDesk, command: Command, tmp_path: Path
) -> None:
    add_person(made.desk, NUMBER, MAIL)
    request_id = brought(command, tmp_path, "access")
    out, secret = tmp_path / "answer.zip", tmp_path / "answer.secret"
    code, document = command(
        "request", "fulfil", request_id, "--out", str(out), "--secret-out", str(secret)
    )
    assert (code, document["state"], document["next_action"]) == (0, "fulfilled", "close")
    assert "passphrase" not in document["package"]
    assert secret.stat().st_mode & 0o777 == 0o600
    with pyzipper.AESZipFile(out) as archive:
        archive.setpassword(secret.read_text().strip().encode())
        assert archive.read("answer.pdf").startswith(b"%PDF")
    code, document = command("request", "close", request_id)
    assert (code, document["state"], document["next_action"]) == (0, "closed", None)


def test_an_erasure_ends_with_a_certificate_for_the_person(
    made: MadeDesk, command: Command, tmp_path: Path
) -> None:
    add_person(made.desk, NUMBER, MAIL)
    request_id = brought(command, tmp_path, "erasure")
    out = tmp_path / "certificate.pdf"
    code, document = command("request", "fulfil", request_id, "--out", str(out), actor="dpo")
    assert (code, document["state"]) == (0, "fulfilled")
    assert all(step["done"] for step in document["steps"])
    assert out.read_bytes().startswith(b"%PDF")
    again = tmp_path / "again.pdf"
    assert command("request", "fulfil", request_id, "--out", str(again))[0] == 0


def test_show_and_list_agree_and_name_the_days(made: MadeDesk, command: Command) -> None:
    _, opened = command(
        "request", "open", "--kind", "access", "--channel", "post", "--law", "US_CA"
    )
    assert (opened["due"], opened["safe_due"]) == ("2027-01-02", "2027-01-01")
    _, shown = command("request", "show", opened["id"])
    assert shown["events"][0]["type"] == "opened"
    _, rows = command("request", "list", "--state", "open")
    assert [row["id"] for row in rows["requests"]] == [opened["id"]]
    _, day = command("today", actor="dpo")
    assert [row["id"] for row in day["other"]] == [opened["id"]]


def test_a_late_extension_is_the_answer_no(made: MadeDesk, command: Command) -> None:
    received = ("--received", "2026-10-01T09:00:00+02:00")
    _, opened = command("request", "open", "--kind", "access", "--channel", "post", *received)
    code, refused = command("request", "extend", opened["id"], "--reason", "complexity")
    assert (code, refused["error"]["code"]) == (1, "not_allowed_by_law")
    assert refused["error"]["citation"]


def test_an_opt_out_is_fulfilled_when_the_command_returns(made: MadeDesk, command: Command) -> None:
    code, document = command(
        "request", "open", "--kind", "opt_out", "--channel", "phone", "--phone", NUMBER
    )
    assert (code, document["state"]) == (0, "fulfilled")


def test_a_number_on_the_wrong_kind_and_a_bare_date_are_wrong_usage(
    made: MadeDesk, command: Command
) -> None:
    start = ("request", "open", "--kind", "access", "--channel", "phone")
    for wrong in (("--phone", NUMBER), ("--received", "2026-10-01")):
        code, document = command(*start, *wrong)
        assert code == 2
        assert NUMBER not in json.dumps(document)


def test_a_request_that_is_not_there_is_not_found(made: MadeDesk, command: Command) -> None:
    code, document = command("request", "show", "rq-nothing")
    assert (code, document["error"]["code"]) == (1, "not_found")


def test_events_of_the_clock_are_told_by_command(made: MadeDesk, command: Command) -> None:
    """EDPB Guidelines 01/2022, para. 159: suspended while identity is open, if asked at once."""
    _, opened = command("request", "open", "--kind", "access", "--channel", "email")
    code, paused = command(
        "request",
        "tell",
        opened["id"],
        "identity_requested",
        "--without-undue-delay",
        "--reasonable-doubt",
    )
    assert (code, paused["clock"]["state"], paused["due"]) == (0, "paused", None)
    assert paused["safe_due"] == "2026-12-18"


def test_a_hold_is_placed_listed_and_released(made: MadeDesk, command: Command) -> None:
    add_person(made.desk, NUMBER, MAIL)
    placing = ("hold", "place", "--phone", NUMBER, "--reason", "file-17")
    code, placed = command(*placing, actor="dpo")
    assert code == 0
    assert command("hold", "release", placed["id"], actor="dpo")[0] == 0
    assert command("hold", "release", placed["id"], actor="dpo")[0] == 1
    _, rows = command("hold", "list", actor="dpo")
    assert [(row["reason"], row["released"] is None) for row in rows["holds"]] == [
        ("file-17", False)
    ]
