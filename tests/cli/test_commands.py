"""Documents and exit codes of the commands, as the contract has them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from privacy import actors
from privacy.cli.main import NOUNS, run
from privacy.storage.bulk import insert_rows
from privacy.storage.tables.base import table_of
from privacy.storage.tables.desk import Watermark
from privacy.terms import Role
from tests.desks import SECRET, MadeDesk, at_the_desk
from tests.gateway.scene import number
from tests.persons import add_person

OWN = """version = "1"
as_of = "2026-11-01"
[[rule]]
id = "own-quiet"
jurisdiction = "GB"
channel = ["voice_live"]
applies_to = ["marketing"]
kind = "ban"
effective_from = "2026-01-01"
effective_verified = true
citation = "Board of 3 November 2026"
source_url = "https://www.example.org/rules"
verified = true
verification = "primary"
notes = ""
params = {}
decide = {}
"""
Command = Callable[..., dict[str, Any]]


@pytest.fixture
def command(
    made: MadeDesk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    """Runs a command with `--json` in this process: its one document, with that exit code."""
    at_the_desk(made, tmp_path, monkeypatch)
    monkeypatch.delenv("RIGHTSDESK_ACTOR", raising=False)

    def call(*words: str, code: int = 0, actor: str = "dpo", stdin: str = "") -> dict[str, Any]:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        capsys.readouterr()
        ended = run([*words, "--json", "--as", actor])
        said = capsys.readouterr()
        assert ended == code, said
        document: dict[str, Any] = json.loads(said.out)
        name = document["schema"].removeprefix("rightsdesk.")
        assert name.endswith("/1")
        assert (name == "error/1") is ("error" in document)
        if "error" in document:
            assert document["error"].keys() >= {"code", "message", "what", "next"}
        return document

    return call


def test_an_import_of_opt_outs_with_unreadable_lines_does_not_pass_for_done(
    made: MadeDesk, command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "no.txt"
    path.write_text(f"{number(0)}\n\nno number\nann@example.org\n12\n")
    found = command("optout", "--import", str(path), code=2)
    assert (found["suppressed"], found["unreadable_lines"]) == (2, [3, 5])
    assert run(["optout", "--import", str(path), "--as", "dpo"]) == 2
    assert "NOT suppressed: 2, lines 3, 5." in capsys.readouterr().out
    path.write_text(f"{number(0)}\n")
    assert command("optout", "--import", str(path))["unreadable_lines"] == []
    assert made.desk.ledger.lines()


def test_an_opt_out_is_answered_alike_for_known_and_unknown(
    made: MadeDesk, command: Command
) -> None:
    add_person(made.desk, number(0), "canary0@example.org")
    known = command("optout", "--phone", "-", stdin=f"{number(0)}\n")
    unknown = command("optout", "--phone", "-", stdin=f"{number(1)}\n")
    assert known.keys() == unknown.keys() == {"schema", "suppressed", "receipt"}
    assert command("optout", "--phone", "-", stdin="12\n", code=2)
    assert command("optout", code=2)


def test_a_desk_that_is_not_sound_ends_with_one(made: MadeDesk, command: Command) -> None:
    assert command("doctor")["sound"] is True

    def finds_wrong(unit: Any) -> None:
        from privacy.gateway.clock_guard import REFUSED

        columns = ("name", "seen_at")
        insert_rows(unit.db, table_of(Watermark), columns, [(REFUSED, 1)])
        unit.append("test.clock", "test")

    made.desk.write(finds_wrong)
    found = command("doctor", code=1)
    assert found["sound"] is False
    (wrong,) = [row for row in found["findings"] if not row["sound"]]
    assert wrong.keys() >= {"what", "found", "do"}
    assert "--trust-clock" in wrong["do"]
    assert command("doctor", "--trust-clock")["sound"] is True


def test_own_rules_swapped_behind_the_desks_back_are_told_by_doctor(
    made: MadeDesk, command: Command, tmp_path: Path
) -> None:
    (tmp_path / "own.toml").write_text(OWN)
    digest = command("law", "own", "set", str(tmp_path / "own.toml"))["own_rules"]["sha256"]
    assert command("doctor")["sound"] is True
    path = made.desk.folder / "own_rules" / f"{digest}.toml"
    path.write_text(OWN.replace("own-quiet", "own-loud"))
    found = command("doctor", code=1)
    assert [row["what"] for row in found["findings"] if not row["sound"]] == ["own rules"]
    assert command("law", "own", "show", code=3)["error"]["code"] == "altered"


def test_own_rules_emergencies_and_closed_days_are_said_and_shown(
    made: MadeDesk, command: Command, tmp_path: Path
) -> None:
    actors.add(made.desk, "admin", Role.ADMIN, SECRET, "dpo")
    own = tmp_path / "own.toml"
    own.write_text(OWN)
    assert command("law", "own", "set", str(own), actor="handler", code=1)["error"]
    found = command("law", "own", "set", str(own), actor="admin")
    assert found["own_rules"].keys() == {"version", "as_of", "sha256", "rules"}
    own.write_text(OWN.replace("own-quiet", "quiet"))
    assert command("law", "own", "set", str(own), code=2)["error"]["code"] == "bad_input"
    assert command("law", "own", "set", str(tmp_path / "none.toml"), code=2)
    assert command("law", "emergency", "declare", "US-LA", actor="handler")["changed"] is True
    assert command("law", "emergency", "declare", "US-LA")["changed"] is False
    assert command("law", "emergency", "end", "US-LA", actor="handler", code=1)
    assert command("law", "emergency", "declare", "Louisiana", code=2)
    assert command("law", "closed-day", "add", "US-AL", "2026-12-24")["date"] == "2026-12-24"
    assert command("law", "closed-day", "add", "US-AL", "24.12.2026", code=2)
    shown = command("law", "own", "show")
    assert shown["own_rules"]["rules"] == ["own-quiet"]
    assert shown["emergencies"] == ["US-LA"]
    assert shown["closed_days"] == [{"region": "US-AL", "date": "2026-12-24"}]
    assert command("law", "emergency", "end", "US-LA")["changed"] is True
    assert command("law", "closed-day", "remove", "US-AL", "2026-12-24")["changed"] is True
    assert command("law", "own", "clear")["changed"] is True
    assert command("law", "own", "show")["own_rules"] is None
    entries = command("audit", "show", "--action", "law.emergency_declared")["entries"]
    assert len(entries) == 1


def test_an_admin_makes_no_dpo_and_the_last_dpo_stays(
    made: MadeDesk, command: Command, tmp_path: Path
) -> None:
    actors.add(made.desk, "admin", Role.ADMIN, SECRET, "dpo")
    new = ("--secret-file", str(tmp_path / "secret"))
    refused = command("actor", "add", "mine", "--role", "dpo", *new, actor="admin", code=1)
    assert refused["error"]["code"] == "denied"
    made_one = command("actor", "add", "aud", "--role", "auditor", *new, actor="admin")
    assert made_one.keys() >= {"id", "role", "active"}
    assert command("actor", "deactivate", "dpo", actor="admin", code=1)["error"]["what"] == "admin"
    assert command("actor", "deactivate", "dpo", code=2)
    assert command("actor", "deactivate", "aud")["active"] is False
    listed = command("actor", "list")["actors"]
    assert {"id": "dpo", "role": "dpo", "active": True} in listed
    assert command("actor", "show", "nobody", code=1)["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    "noun", [(), *((name,) for name in ("consent", "law", "audit", "keys", "request", "actor"))]
)
def test_a_group_alone_shows_its_help(
    noun: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(list(noun)) == 2
    said = capsys.readouterr().err
    assert "Commands" in said
    assert "Usage: rightsdesk" in said
    assert run([*noun, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "bad_input"


@pytest.mark.parametrize("noun", sorted(NOUNS))
def test_every_command_has_help(noun: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([noun, "--help"]) == 0
    assert f"Usage: rightsdesk {noun}" in capsys.readouterr().out


def test_a_databases_password_is_no_argument(
    made: MadeDesk, command: Command, tmp_path: Path
) -> None:
    url = "postgresql+psycopg://desk:canary-password@localhost/main"
    new = ("init", "--desk", str(tmp_path / "new"))
    named = "postgresql+psycopg://localhost/main?user=desk&password=canary-password"
    for words in (
        (*new, "--main-url", url),
        (*new, "--vault-url", url),
        (*new, "--main-url", named),
    ):
        refused = command(*words, code=2)
        assert refused["error"]["what"] == words[-2]
        assert "canary" not in json.dumps(refused)
    (tmp_path / "url").write_text(url + "\n")
    both = ("--main-url", "postgresql:///main", "--main-url-file", str(tmp_path / "url"))
    assert command(*new, *both, code=2)["error"]["what"] == "--main-url"
    assert not (tmp_path / "new").exists()
    refused = command("config", "set", "main_url", url, code=2)
    assert "canary" not in json.dumps(refused)
    assert command("config", "set", "main_url", "-", stdin=url + "\n")["changed"] == "main_url"
    assert command_config(made) == url
    # What is shown leaves the password out.
    shown = command("config", "show")
    assert shown["main_url"] == "postgresql+psycopg://desk:***@localhost/main"
    config = made.desk.folder / "desk.toml"
    config.write_text(config.read_text().replace(url, named))
    assert "canary" not in json.dumps(command("config", "show"))


def test_a_desk_on_postgresql_is_made_from_addresses_in_files(
    command: Command, tmp_path: Path, postgres_urls: tuple[str, str]
) -> None:
    for name, url in zip(("main", "vault"), postgres_urls, strict=True):
        (tmp_path / name).write_text(url + "\n")
    new = ("--desk", str(tmp_path / "new"), "--main-url-file", str(tmp_path / "main"))
    assert command("init", *new, "--vault-url-file", str(tmp_path / "vault"))["actor"] == "dpo"
    assert command("doctor", "--desk", str(tmp_path / "new"))["sound"] is True


def command_config(made: MadeDesk) -> str:
    from privacy.settings import load_config

    return load_config(made.desk.folder).main_url


def test_the_desks_other_commands_answer_as_documented(
    made: MadeDesk, command: Command, tmp_path: Path
) -> None:
    add_person(made.desk, number(0), "canary0@example.org")
    assert command("config", "show")["schema"] == "rightsdesk.config/1"
    assert command("config", "set", "nothing", "x", code=2)
    assert command("today")
    assert command("keys", "status")["schema"] == "rightsdesk.keys/1"
    assert command("work", "--list")["work"]
    assert command("upgrade").keys() == {"schema", "main", "vault"}
    assert command("notice", "list")["notices"] == []
    assert command("register", "status")["registers"] == []
    assert command("request", "list")["requests"] == []
    assert command("request", "show", "rq-nothing", code=1)
    given = (
        *("consent", "record", "--phone", "-", "--purpose", "marketing"),
        *("--channel", "voice_live", "--class", "prior_express_consent", "--source", "form"),
    )
    assert command(*given, stdin=f"{number(0)}\n")["id"]
    assert command("consent", "show", "--phone", "-", stdin=f"{number(0)}\n")
    assert command("consent", "withdraw", "--phone", "-", stdin=f"{number(0)}\n")
    assert command(*given, stdin=f"{number(5)}\n", code=1)["error"]["code"] == "not_found"
    hold = command("hold", "place", "--phone", "-", "--reason", "f-17", stdin=f"{number(0)}\n")
    assert command("hold", "release", hold["id"])["released"] is True
    assert command("hold", "release", "ho-nothing", code=1)
    (tmp_path / "no.pdf").write_bytes(b"no report")
    assert command("verify-report", str(tmp_path / "no.pdf"), code=2)


def test_a_log_is_verified_with_its_tail_told(made: MadeDesk, command: Command) -> None:
    made.desk.write(lambda unit: unit.append("notice.added", "dpo", object="one"))
    found = command("audit", "verify")
    assert found["schema"] == "rightsdesk.audit-verify/1"
    assert command("audit", "checkpoint")
    assert command("audit", "show", "--last", "5")["entries"]
