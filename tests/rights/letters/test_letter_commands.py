"""`rightsdesk letter` as scripts meet it: documents, exit codes, files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from privacy.cli.main import run
from privacy.rights.case import Kind
from privacy.rights.letters.words import READY
from tests.desks import MadeDesk, at_the_desk
from tests.rights.flows import opened

Command = Callable[..., tuple[int, dict[str, Any]]]


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

    code, _ = called("config", "set", "controller.contact", "privacy@example.com", actor="dpo")
    assert code == 0
    called("config", "set", "controller.dpo_contact", "dpo@example.com", actor="dpo")
    return called


def facts(folder: Path, **given: object) -> str:
    file = folder / "facts.json"
    file.write_text(json.dumps(given))
    return str(file)


@pytest.mark.parametrize("language", [each.value for each in READY])
def test_a_preview_needs_no_desk(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    preview = ["letter", "preview", "--kind", "refusal", "--law", "UK_GDPR"]
    assert run([*preview, "--language", language, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "rightsdesk.letter-preview/1"
    assert document["text"]["language"] == language
    assert run([*preview, "--on", "2026-06-18"]) == 0
    shown = capsys.readouterr().out
    assert "Information Commissioner" in shown
    assert "164A" not in shown


def test_kinds_and_matrix_say_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["letter", "kinds", "--json"]) == 0
    assert "breach_persons" in json.loads(capsys.readouterr().out)["kinds"]
    assert run(["letter", "kinds", "--kind", "extension", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [f["name"] for f in document["facts_of_staff"] if f["needed"]] == ["extension_reason"]
    assert run(["letter", "matrix", "--law", "US_VA", "--json"]) == 0
    cells = json.loads(capsys.readouterr().out)["cells"]
    assert {cell["law"] for cell in cells} == {"US_VA"}
    assert run(["letter", "kinds", "--kind", "poem"]) == 2
    assert run(["letter", "matrix", "--law", "XX"]) == 2


def test_a_letter_is_written_shown_and_printed_by_commands(
    made: MadeDesk, command: Command, tmp_path: Path
) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    out = tmp_path / "letter.pdf"
    code, kept = command("letter", "write", case.id, "--kind", "acknowledgement", "--out", str(out))
    assert (code, kept["schema"], kept["state"]) == (0, "rightsdesk.letter/1", "approved")
    assert out.read_bytes().startswith(b"%PDF-")
    assert out.stat().st_mode & 0o777 == 0o600
    code, listed = command("letter", "list", "--request", case.id)
    assert [each["letter"] for each in listed["letters"]] == [kept["letter"]]
    code, shown = command("letter", "show", kept["letter"], "--words")
    assert code == 0
    assert shown["to"]["email"] == "canarina.reply@example.com"
    assert case.id in json.dumps(shown["text"])
    code, error = command("letter", "show", kept["letter"], "--out", str(out))
    assert (code, error["schema"]) == (2, "rightsdesk.error/1")


def test_a_missing_fact_is_named_and_given_by_a_file(
    made: MadeDesk, command: Command, tmp_path: Path
) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    extension = ("letter", "write", case.id, "--kind", "extension")
    code, error = command(*extension)
    assert (code, error["error"]["what"]) == (2, "extension_reason")
    reason = "your request concerns many systems"
    given = facts(tmp_path, extension_reason=reason, event={"reason": "number"})
    code, shown = command(*extension, "--facts", given, "--dry-run")
    assert code == 0
    assert reason in json.dumps(shown)
    code, kept = command(*extension, "--facts", given)
    assert (code, kept["kind"]) == (0, "extension")
    for wrong in ('{"due_on": "2027-01-01"}', "[]", "{", '{"event": {"reason": "holiday"}}'):
        (tmp_path / "facts.json").write_text(wrong)
        code, _ = command(*extension, "--facts", str(tmp_path / "facts.json"))
        assert code == 2, wrong


def test_a_draft_is_approved_by_another_actor(made: MadeDesk, command: Command) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    code, _ = command("request", "refuse", case.id, "--reason", "others_rights")
    assert code == 0
    code, kept = command("letter", "write", case.id, "--kind", "refusal")
    assert (code, kept.get("state")) == (0, "draft"), kept
    assert command("letter", "approve", kept["letter"])[0] == 1
    code, approved = command("letter", "approve", kept["letter"], actor="dpo")
    assert (code, approved["state"], approved["approved_by"]) == (0, "approved", made.dpo.id)
    code, cancelled = command("letter", "cancel", kept["letter"])
    assert (code, cancelled["state"]) == (0, "cancelled")


def test_own_words_are_set_shown_and_cleared_by_commands(
    made: MadeDesk, command: Command, tmp_path: Path
) -> None:
    file = tmp_path / "own.toml"
    file.write_text('language = "en"\n[closing]\ntext = "With kind regards,"\n')
    code, _ = command("letter", "override", "set", "en", str(file), actor="dpo")
    assert code == 0
    code, shown = command("letter", "override", "show")
    assert [each["language"] for each in shown["own_words"]] == ["en"]
    case = opened(made.desk, made.handler, Kind.ACCESS)
    _, text = command("letter", "write", case.id, "--kind", "acknowledgement", "--dry-run")
    assert "With kind regards," in json.dumps(text)
    code, cleared = command("letter", "override", "clear", "en", actor="dpo")
    assert (code, cleared["changed"]) == (0, True)
    file.write_text('language = "en"\n[block]\n"ext.reasons" = "{{ person_name }}"\n')
    code, error = command("letter", "override", "set", "en", str(file), actor="dpo")
    assert code == 2
    assert "ext.reasons" in error["error"]["message"]
    assert "person_name" in error["error"]["message"]
