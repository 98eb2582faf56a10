"""Letters on their way as scripts meet them: by mail, back again, on paper, posted."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from privacy.cli.main import run
from privacy.rights import approval, identity, intake, planning
from privacy.rights.case import Kind
from privacy.rights.identity import Evidence
from privacy.rights.intake import CaseFile
from privacy.rights.store import Case
from tests.canaries import find_leaks
from tests.desks import MadeDesk, at_the_desk
from tests.persons import add_person
from tests.rights.bounced_mail import ADDRESS, standard
from tests.rights.flows import CLAIMS, MAIL, NUMBER
from tests.rights.smtp_server import serving

Command = Callable[..., tuple[int, dict[str, Any]]]
BY_MAIL = CaseFile("Canarina Canarison", ADDRESS, "please tell me everything")
BY_POST = replace(BY_MAIL, contact="1 Canary Wharf Lane; London E14 5AB")


@pytest.fixture
def command(
    made: MadeDesk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    """Runs a command on the desk as an actor: its exit code and its document."""
    at_the_desk(made, tmp_path, monkeypatch)

    def called(*arguments: str, actor: str = "handler") -> tuple[int, dict[str, Any]]:
        capsys.readouterr()
        code = run(["--json", "--as", actor, *arguments])
        return code, json.loads(capsys.readouterr().out)

    return called


def case_of(made: MadeDesk, file: CaseFile) -> Case:
    return intake.open_request(
        made.desk, made.handler, Kind.ACCESS, channel="post", file=file, law="EU_GDPR"
    )


def written(
    made: MadeDesk, command: Command, file: CaseFile, kind: str = "acknowledgement", count: int = 1
) -> list[str]:
    """Letters of new cases, approved; their ids.

    The cases come first: the clock of commands runs on, and the desk's own would be behind.
    """
    cases = [case_of(made, file) for _ in range(count)]
    if kind == "access_answer":
        add_person(made.desk, NUMBER, MAIL)
        for case in cases:
            identity.verify(made.desk, made.handler, case.id, Evidence.MATCHING, CLAIMS)
            planning.make_plan(made.desk, made.handler, case.id)
            approval.approve(made.desk, made.dpo, case.id)
    for name in ("contact", "dpo_contact"):
        command("config", "set", f"controller.{name}", "privacy@retail.example", actor="dpo")
    letters = []
    for case in cases:
        code, found = command("letter", "write", case.id, "--kind", kind)
        assert (code, found["state"]) == (0, "approved")
        letters.append(str(found["letter"]))
    return letters


def mailing(command: Command, port: int) -> None:
    for name, value in (
        ("host", "127.0.0.1"),
        ("port", str(port)),
        ("security", "none"),
        ("sender", "privacy@retail.example"),
    ):
        assert command("config", "set", f"mail.{name}", value, actor="dpo")[0] == 0


def test_a_letter_goes_out_comes_back_and_is_sent_again(
    made: MadeDesk, command: Command, tmp_path: Path
) -> None:
    (letter,) = written(made, command, BY_MAIL)
    assert command("letter", "send", letter)[1]["state"] == "queued"
    (waits,) = command("letter", "outbox")[1]["messages"]
    assert (waits["letter"], waits["state"], waits["error"]) == (letter, "queued", "")
    with serving() as server:
        mailing(command, server.port)
        assert command("work", "--once")[0] == 0
    (mail,) = server.box.taken
    assert "Canarison" not in mail.as_string()
    assert command("letter", "outbox")[1]["messages"] == []
    message = str(mail["Message-ID"])[1:].partition("@")[0]
    came = tmp_path / "came"
    came.mkdir()
    (came / "Undeliverable Canarina.eml").write_bytes(standard(message))
    (came / "notes.txt").write_text("no mail")
    code, found = command("letter", "bounces", str(came))
    assert (code, found["files"], found["bounced"]) == (0, 1, 1)
    assert found["mails"][0]["letter"] == letter
    assert "Canarina" not in json.dumps(found)
    assert command("letter", "bounces", str(came))[1]["known"] == 1
    (back,) = command("today")[1]["letters_returned"]
    assert (back["letter"], back["code"], back["recorded_as_told"]) == (
        letter,
        "5.1.1",
        ["acknowledged"],
    )
    (unsent,) = command("letter", "outbox")[1]["messages"]
    assert (unsent["state"], unsent["bounce"]) == ("bounced", "5.1.1")
    assert "by post" in unsent["next"]
    assert command("letter", "resend", letter, "--by", "post")[0] == 2
    assert command("letter", "resend", letter)[1]["state"] == "queued"
    assert command("today")[1]["letters_returned"] == []


def test_a_bounce_is_read_from_standard_input(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Piped:
        buffer = io.BytesIO(standard("m-" + "a" * 26))

    monkeypatch.setattr(sys, "stdin", Piped)
    code, found = command("letter", "bounces", "-")
    assert (code, found["unknown"], found["bounced"]) == (0, 1, 0)


def test_a_folder_that_is_not_there_is_named_by_its_argument(
    command: Command, tmp_path: Path
) -> None:
    code, answer = command("letter", "bounces", str(tmp_path / "Canarina"))
    assert (code, answer["error"]["what"]) == (2, "FILE|FOLDER|-")


def test_letters_are_printed_together_posted_and_printed_again(
    made: MadeDesk, command: Command, tmp_path: Path
) -> None:
    letters = written(made, command, BY_POST, count=3)
    out, again = tmp_path / "out" / "run.pdf", tmp_path / "out" / "again.pdf"
    out.parent.mkdir()
    code, printed = command("letter", "print", "--out", str(out), "--duplex")
    assert (code, printed["letters"], printed["waiting"]) == (0, 3, 0)
    with pikepdf.Pdf.open(out) as pdf:
        assert len(pdf.pages) == printed["pages"] == 5
    manifest = json.loads(out.with_suffix(".json").read_text())
    assert [row["letter"] for row in manifest["letters"]] == letters
    manifests = out.with_suffix(".json").read_text() + out.with_suffix(".csv").read_text()
    assert not [word for word in ("Canarina", "Canarison", "Wharf") if word in manifests]
    assert find_leaks(made.desk.folder, ["1 Canary Wharf Lane", "Canarina Canarison"]) == []
    run_id = printed["run"]
    assert command("letter", "print", "--again", run_id, "--out", str(again))[0] == 0
    assert again.read_bytes() == out.read_bytes()
    assert command("letter", "print", "--out", str(tmp_path / "x.pdf"))[0] == 1
    code, posted = command("letter", "posted", run_id)
    assert (code, posted["letters"]) == (0, 3)
    assert command("letter", "runs")[1]["runs"][0]["posted_at"] == posted["posted_at"]
    assert command("letter", "posted", run_id)[0] == 1


def test_an_answer_does_not_go_by_mail_until_the_desk_allows_its_pdf(
    made: MadeDesk, command: Command
) -> None:
    (letter,) = written(made, command, BY_MAIL, "access_answer")
    code, refused = command("letter", "send", letter)
    assert (code, refused["error"]["code"]) == (1, "denied")
    command("config", "set", "mail.personal_letters", "pdf", actor="dpo")
    assert command("letter", "send", letter)[1]["state"] == "queued"


def test_an_answer_is_handed_over(made: MadeDesk, command: Command) -> None:
    (letter,) = written(made, command, BY_MAIL, "access_answer")
    assert command("letter", "send", letter, "--by-hand")[1]["state"] == "sent"
