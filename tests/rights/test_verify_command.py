"""`request verify`, `authority`, `evidence` and the mail of `work`, as a person meets them."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from privacy.app import open_desk
from privacy.cli.claims import LARGEST_BYTES
from privacy.cli.main import run
from privacy.rights import outbox_store
from privacy.rights.case import Kind, State
from privacy.settings import CONFIG_FILE, MailServer, dump_config, load_config
from tests.desks import PASSPHRASE, MadeDesk
from tests.persons import add_person
from tests.rights.flows import MAIL, NUMBER, opened
from tests.rights.smtp_server import serving
from tests.rights.test_authority import now, set_values
from tests.rights.test_execution import entrances

Command = Callable[..., tuple[int, dict[str, Any]]]
CLAIMS = {"phone": NUMBER, "email": MAIL, "family": "Canarison", "given": "Canarina"}


class Terminal(io.StringIO):
    """Standard input that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def command(
    made: MadeDesk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Command:
    """Runs a command on the desk with what it reads: its exit code and document."""
    entrances(made, tmp_path, monkeypatch)

    def called(*arguments: str, stdin: str | None = "") -> tuple[int, dict[str, Any]]:
        given = tmp_path / "stdin"
        given.write_text(stdin or "")
        with given.open() as opened_file:
            monkeypatch.setattr("sys.stdin", opened_file)
            capfd.readouterr()
            code = run(["--json", *arguments])
        return code, json.loads(capfd.readouterr().out)

    return called


def test_claims_are_read_from_standard_input_or_a_file(
    made: MadeDesk, command: Command, tmp_path: Path
) -> None:
    add_person(made.desk, NUMBER, MAIL)
    path = tmp_path / "claims.json"
    path.write_text(json.dumps(CLAIMS))
    for source, stdin in (("-", json.dumps(CLAIMS)), (str(path), "")):
        case = opened(made.desk, made.handler, Kind.ERASURE)
        verify = ("request", "verify", case.id, "--by", "matching", "--claims", source)
        code, document = command(*verify, stdin=stdin)
        assert (code, document["state"]) == (0, "verified")


@pytest.mark.parametrize("option", ["--phone", "--email", "--given", "--postcode", "--birthday"])
def test_a_claim_in_an_argument_is_refused_and_not_repeated(
    made: MadeDesk, command: Command, option: str
) -> None:
    case = opened(made.desk, made.handler, Kind.ERASURE)
    verify = ("request", "verify", case.id, "--by", "matching", option, "canary-in-argv")
    code, document = command(*verify)
    assert (code, document["error"]["code"]) == (2, "bad_input")
    assert "canary" not in json.dumps(document)


def test_a_code_in_an_argument_is_refused(made: MadeDesk, command: Command) -> None:
    case = opened(made.desk, made.handler, Kind.ERASURE)
    code, document = command("request", "verify", case.id, "--by", "code", "--code", "12345678")
    assert (code, "12345678" in json.dumps(document)) == (2, False)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        '{"phone": 5}',
        '{"number": "5"}',
        '"' + "x" * LARGEST_BYTES + '"',
        "[" * 60_000,
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    ],
)
def test_claims_that_are_none_are_wrong_usage(
    made: MadeDesk, command: Command, content: str
) -> None:
    case = opened(made.desk, made.handler, Kind.ERASURE)
    verify = ("request", "verify", case.id, "--by", "matching", "--claims", "-")
    code, document = command(*verify, stdin=content)
    assert (code, document["error"]["code"]) == (2, "bad_input")


def test_on_a_terminal_the_usual_questions_are_asked(
    made: MadeDesk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    entrances(made, tmp_path, monkeypatch)
    add_person(made.desk, NUMBER, MAIL)
    case = opened(made.desk, made.handler, Kind.ERASURE)
    asked: list[str] = []
    answers = {"Number": NUMBER, "E-mail": MAIL, "Given name": "Canarina"}

    def prompt(question: str, **_named: object) -> str:
        asked.append(question)
        return answers.get(question, "Canarison")

    monkeypatch.setattr("click.prompt", prompt)
    monkeypatch.setattr("sys.stdin", Terminal())
    assert run(["--json", "request", "verify", case.id, "--by", "matching"]) == 0
    capfd.readouterr()
    assert asked == ["Number", "E-mail", "Given name", "Family name"]
    assert now(made, case).state is State.VERIFIED


def test_without_a_terminal_nothing_is_asked(made: MadeDesk, command: Command) -> None:
    case = opened(made.desk, made.handler, Kind.ERASURE)
    code, document = command("request", "verify", case.id, "--by", "matching")
    assert (code, document["error"]["code"]) == (2, "bad_input")


def test_a_correction_names_what_is_disputed_and_is_not_proved_by_it(
    made: MadeDesk, command: Command
) -> None:
    """11 CCR 7060(h)."""
    add_person(made.desk, NUMBER, MAIL)
    case = opened(made.desk, made.handler, Kind.RECTIFICATION)
    verify = ("request", "verify", case.id, "--by", "matching", "--claims", "-")
    both = json.dumps({"phone": NUMBER, "email": MAIL})
    assert command(*verify, stdin=both)[0] == 2
    assert command(*verify, "--disputed", "email", stdin=both)[0] == 1
    assert command(*verify, "--disputed", "family", stdin=both)[0] == 0


def test_an_opt_out_cannot_be_verified(made: MadeDesk, command: Command) -> None:
    case = opened(made.desk, made.handler, Kind.OPT_OUT)
    code, document = command(
        "request", "verify", case.id, "--send-code", "--email", "-", stdin=f"{MAIL}\n"
    )
    assert (code, document["error"]["code"]) == (1, "not_allowed_by_law")
    assert "7060(b)" in document["error"]["citation"]


def test_an_agent_shows_authority_by_commands(
    made: MadeDesk, command: Command, tmp_path: Path
) -> None:
    case = opened(made.desk, made.handler, Kind.ERASURE)
    set_values(made, case, asked_by="agent")
    paper = tmp_path / "mandate.pdf"
    paper.write_bytes(b"%PDF a mandate")
    add = ("request", "evidence", case.id, "--kind", "authority", "--file", str(paper))
    code, listed = command(*add)
    assert (code, [row["kind"] for row in listed["evidence"]]) == (0, ["authority"])
    assert command("request", "authority", case.id, "--proof", "nothing_known")[0] == 2
    assert command("request", "authority", case.id, "--proof", "written_mandate")[0] == 0
    _, listed = command("request", "evidence", case.id)
    assert listed["evidence"][0]["deleted"] is not None


def test_a_code_goes_from_command_to_mailbox_to_command(made: MadeDesk, command: Command) -> None:
    add_person(made.desk, NUMBER, MAIL)
    case = opened(made.desk, made.handler, Kind.ERASURE)
    claim = f"{MAIL}\n"
    verify = ("request", "verify", case.id)
    assert command(*verify, "--send-code", "--email", "-", stdin=claim)[0] == 0
    _, document = command("work")
    assert done(document, "mail that waits").startswith("waiting: no mail server")
    with serving() as server:
        mailing(made, MailServer("127.0.0.1", str(server.port), "none", "desk@retail.example"))
        _, document = command("work")
        assert done(document, "mail that waits").startswith("1 sent")
        _, document = command("work")
        assert done(document, "mail that waits") == ""
    (mail,) = server.box.taken
    (code,) = re.findall(r"\b\d{8}\b", mail.get_content())
    exit_code, document = command(*verify, "--by", "code", "--code", "-", stdin=f"{code}\n")
    assert (exit_code, document["state"]) == (0, "verified")
    with made.desk.reading() as db:
        assert outbox_store.counts(db) == {"sent": 1}


def test_mail_that_cannot_be_sent_does_not_stop_the_other_work(
    made: MadeDesk, command: Command
) -> None:
    add_person(made.desk, NUMBER, MAIL)
    case = opened(made.desk, made.handler, Kind.ERASURE)
    verify = ("request", "verify", case.id, "--send-code", "--email", "-")
    assert command(*verify, stdin=f"{MAIL}\n")[0] == 0
    mailing(made, MailServer("mail.example.com", "25", "none", "desk@retail.example"))
    code, document = command("work")
    assert code == 0
    assert "mail.security" in done(document, "mail that waits")


def done(document: dict[str, Any], name: str) -> str:
    (row,) = [row for row in document["work"] if row["work"] == name]
    return str(row["done"])


def mailing(made: MadeDesk, server: MailServer) -> None:
    """Set the mail server as `config set` does."""
    folder = made.settings.desk_dir
    config = replace(load_config(folder), mail=server)
    (folder / CONFIG_FILE).write_text(dump_config(config))
    open_desk(made.settings, made.clock, PASSPHRASE).close()
