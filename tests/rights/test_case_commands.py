"""The commands of a case as scripts and people meet them."""

from __future__ import annotations

from pathlib import Path

import pytest

from privacy.cli.main import run
from tests.desks import MadeDesk
from tests.persons import add_person
from tests.rights.flows import MAIL, NUMBER
from tests.rights.test_request_commands import Command, command

__all__ = ["command"]


def opened(command: Command, *more: str) -> str:
    code, document = command("request", "open", "--channel", "email", *more)
    assert code == 0, document
    return str(document["id"])


def test_a_case_goes_through_many_hands_by_command(
    made: MadeDesk, command: Command, tmp_path: Path
) -> None:
    one = opened(command, "--kind", "access", "--place", "US-CA", "--contact", MAIL)
    again = opened(command, "--kind", "access", "--contact", MAIL)
    code, document = command("request", "assign", one, "--deputy", "dpo")
    assert (code, document["deputy"]) == (0, "dpo")
    letter, copy = tmp_path / "letter.pdf", tmp_path / "copy.pdf"
    letter.write_bytes(b"%PDF")
    assert command("request", "attach", one, str(letter))[0] == 0
    code, document = command("request", "attachment", one, "1", "--out", str(copy))
    assert (code, document["name"], copy.read_bytes()) == (0, "letter.pdf", b"%PDF")
    assert copy.stat().st_mode & 0o777 == 0o600
    assert command("request", "attachment", one, "1", "--out", str(copy))[0] == 2
    assert command("request", "note", one, "--words", "called back")[0] == 0
    code, document = command("request", "show", one, "--file")
    assert list(document["notes"].values()) == ["called back"]
    assert [law["law"] for law in document["laws"]] == ["EU_GDPR", "US_CA"]
    assert document["acknowledge_due"] == "2026-12-03"
    code, document = command("request", "duplicates", one)
    assert [row["id"] for row in document["requests"]] == [again]
    assert command("request", "merge", again, "--into", one)[0] == 1
    assert command("request", "tell", one, "acknowledged")[1]["acknowledge_due"] is None
    assert command("request", "laws", one, "--law", "BR_LGPD")[1]["law"] == "BR_LGPD"
    code, document = command("request", "list", "--kind", "access", "--owner", "handler")
    assert [row["id"] for row in document["requests"]] == [one, again]


def test_deadlines_go_into_a_calendar_file(
    made: MadeDesk, command: Command, tmp_path: Path
) -> None:
    one = opened(command, "--kind", "erasure")
    out = tmp_path / "deadlines.ics"
    code, document = command("request", "calendar", "--out", str(out))
    assert (code, document["events"]) == (0, 1)
    assert f"SUMMARY:{one} EU_GDPR\r\n".encode() in out.read_bytes()
    assert command("request", "calendar", "--out", str(out), actor="dpo")[0] == 0


def test_a_complaint_is_planned_approved_and_settled(made: MadeDesk, command: Command) -> None:
    one = opened(command, "--kind", "complaint", "--law", "UK_GDPR")
    assert command("request", "verify", one, "--by", "login", "--phone", "-")[0] != 0
    assert command("request", "plan", one)[0] == 0
    assert command("request", "settle", one, "--outcome", "upheld")[0] == 1
    assert command("request", "approve", one)[0] == 1
    assert command("request", "approve", one, actor="dpo")[0] == 0
    code, document = command("request", "settle", one, "--outcome", "upheld")
    assert (code, document["state"], document["outcome"]) == (0, "fulfilled", "upheld")


@pytest.mark.parametrize("kind", ["opt_out", "opt_out_sale", "limit", "withdrawal"])
def test_what_acts_at_once_is_fulfilled_when_the_command_returns(
    made: MadeDesk, command: Command, kind: str
) -> None:
    code, document = command(
        "request", "open", "--kind", kind, "--channel", "phone", "--phone", NUMBER, "--place", "JP"
    )
    assert (code, document["state"], document["law"]) == (0, "fulfilled", "EU_GDPR")


def test_a_place_without_a_law_asks_the_handler(made: MadeDesk, command: Command) -> None:
    code, document = command(
        "request", "open", "--kind", "access", "--channel", "post", "--place", "JP"
    )
    assert (code, document["error"]["code"]) == (2, "bad_input")
    assert "--law" in document["error"]["next"]


def test_a_letter_without_a_day_is_the_first_thing_of_today(
    made: MadeDesk, command: Command
) -> None:
    one = opened(command, "--kind", "inquiry", "--asked-by", "authority")
    _, day = command("today")
    assert [row["id"] for row in day["to_mend"]] == [one]
    assert day["to_mend"][0]["due"] is None


def test_people_see_the_next_step_and_no_box_or_colour_in_a_pipe(
    made: MadeDesk, command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    add_person(made.desk, NUMBER, MAIL)
    one = opened(command, "--kind", "access", "--place", "US-CA")
    capsys.readouterr()
    for line, wanted in (
        (["request", "show", one], f"next: rightsdesk request verify {one}"),
        (["request", "show", one], "confirm the receipt by 2026-12-03"),
        (["request", "list"], one),
        (["today"], "Open besides"),
    ):
        assert run(["--as", "handler", *line]) == 0
        out = capsys.readouterr().out
        assert wanted in out
        assert "\x1b" not in out
        assert not set("┏┃━│") & set(out)
