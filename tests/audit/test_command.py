"""`rightsdesk audit` as a person runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from privacy.cli.main import run
from privacy.storage.engines import open_engine, sqlite_url
from tests.audit.forging import Attack, Forge
from tests.desks import PASSPHRASE, SECRET, MadeDesk

Command = Callable[..., tuple[int, Any]]


@pytest.fixture
def command(
    made: MadeDesk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    """Run `audit …` on a made desk: exit code, and stdout read as JSON."""
    made.desk.sign_checkpoint()
    (tmp_path / "passphrase").write_bytes(PASSPHRASE)
    (tmp_path / "secret").write_text(SECRET)
    monkeypatch.setenv("RIGHTSDESK_STATE", str(made.settings.state_base))
    monkeypatch.setenv("RIGHTSDESK_ACTOR_SECRET_FILE", str(tmp_path / "secret"))

    def call(*arguments: str, actor: str = "dpo") -> tuple[int, Any]:
        desk = ["--desk", str(made.settings.desk_dir), "--as", actor]
        secret = ["--passphrase-file", str(tmp_path / "passphrase")]
        capsys.readouterr()
        code = run(["--json", *desk, *secret, "audit", *arguments])
        shown = capsys.readouterr().out
        return code, json.loads(shown) if shown else None

    return call


def break_in(made: MadeDesk, attack: Callable[[Attack], object]) -> None:
    forge = Forge(made)
    with made.desk.reads.connect() as db:
        forge.sizes.append(made.desk.log.head(db).size)
        attack(Attack(forge, db))
        db.commit()


def test_a_sound_log_is_verified_and_its_tail_is_told(command: Command) -> None:
    code, document = command("verify")
    assert (code, document["verified"], document["findings"]) == (0, True, [])
    assert document["unanchored"] == {"entries": document["size"], "age_s": 0}


def test_an_anchor_shortens_the_tail_and_holds_the_log_to_it(
    command: Command, made: MadeDesk, tmp_path: Path
) -> None:
    kept = str(tmp_path / "kept.txt")
    code, anchored = command("anchor", "--out", kept)
    assert code == 0
    for arguments in (("verify",), ("verify", "--anchor", kept)):
        code, document = command(*arguments, "--max-tail", "5")
        assert (code, document["anchor"]["size"]) == (0, anchored["size"])
    code, document = command("verify", "--anchor", kept, "--max-tail", "0")
    assert (code, document["exit_code"]) == (6, 6)
    assert command("anchor", "--out", kept)[0] == 2
    break_in(made, lambda attack: attack.cut(anchored["size"] - 1))
    code, document = command("verify", "--anchor", kept)
    assert (code, document["first_bad"]) == (4, anchored["size"] - 1)


def test_an_altered_entry_is_named_and_nothing_is_signed_over_it(
    command: Command, made: MadeDesk
) -> None:
    signed = made.desk.signing.last()
    break_in(made, lambda attack: attack.edit(1, outcome="nobody"))
    code, document = command("verify")
    assert (code, document["first_bad"], document["verified"]) == (3, 1, False)
    assert made.desk.signing.last() == signed


def test_a_desk_that_refuses_to_open_is_verified_all_the_same(
    command: Command, made: MadeDesk
) -> None:
    def attack(attack: Attack) -> None:
        attack.edit(1, outcome="another")
        attack.rehash()

    break_in(made, attack)
    assert command("show")[0] == 5
    code, document = command("verify")
    assert (code, document["verified"]) == (3, False)
    assert "does not open" in document["findings"][-1]["text"]


def test_entries_are_shown_by_what_they_are_about(command: Command) -> None:
    code, document = command("show", "--action", "actor.added", "--last", "1")
    assert code == 0
    (found,) = document["entries"]
    assert (found["entry"]["action"], found["entry"]["object"]) == ("actor.added", "handler")


def test_a_handler_may_not_read_the_log(command: Command) -> None:
    for name in ("show", "verify", "checkpoint"):
        code, document = command(name, actor="handler")
        assert (code, document["error"]["code"]) == (1, "denied")


def test_a_checkpoint_is_shown_as_a_note(command: Command) -> None:
    code, document = command("checkpoint")
    assert code == 0
    assert document["note"].startswith(f"{document['origin']}\n{document['size']}\n")


def test_an_exported_bundle_verifies_with_and_without_this_package(
    command: Command, made: MadeDesk, tmp_path: Path
) -> None:
    out = tmp_path / "bundle.zip"
    code, document = command("export", "--out", str(out))
    assert code == 0
    assert command("export", "--out", str(out))[0] == 2
    assert command("verify", "--bundle", str(out))[1]["size"] == document["size"]
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    subprocess.run([sys.executable, "-m", "zipfile", "-e", str(out), str(folder)], check=True)
    verifier = [sys.executable, "-I", "-S", "verify.py"]
    done = subprocess.run(verifier, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "intact")
    _, shown = command("show", "--action", "audit.exported")
    assert shown["entries"][0]["entry"]["digest"] == document["sha256"]


def test_what_is_no_bundle_or_anchor_is_told(command: Command, tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.write_bytes(b"nothing of the kind")
    for arguments in (("--bundle", str(bad)), ("--anchor", str(bad)), ("--bundle", "gone")):
        assert command("verify", *arguments)[0] == 2


def test_a_locked_database_file_is_not_changed_by_verifying(
    command: Command, made: MadeDesk
) -> None:
    assert command("verify")[0] == 0
    engine = open_engine(sqlite_url(made.settings.desk_dir / "main.db"))
    with engine.connect() as db:
        before = db.execute(text("SELECT count(*) FROM audit_entry")).scalar_one()
        assert command("verify")[1]["size"] == before
    engine.dispose()
