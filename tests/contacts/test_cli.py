"""`rightsdesk contacts` as a user runs it: documents, exit codes, nothing personal on stderr."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from privacy.cli.main import run
from tests.contacts.lists import HEADER, write_list
from tests.desks import PASSPHRASE, SECRET, MadeDesk

ANN = "Ann,Leeward,020 7946 0018,ann@example.com,SW1A 1AA"
BOB = "Bob,Leeward,020 7946 0018,bob@example.com,SW1A 1AA"
CONTRACT = {
    "read",
    "imported",
    "merged",
    "unchanged",
    "rejected",
    "erased",
    "shared",
    "possible_duplicates",
    "resumed_at_row",
    "reject_file",
    "seconds",
}
Command = Callable[..., tuple[int, dict[str, Any], str]]


@pytest.fixture
def command(
    made: MadeDesk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    """Runs `contacts …` with `--json`: exit code, document, stderr."""
    made.desk.close()
    (tmp_path / "passphrase").write_bytes(PASSPHRASE)
    (tmp_path / "secret").write_text(SECRET)
    monkeypatch.setenv("RIGHTSDESK_DESK", str(tmp_path / "desk"))
    monkeypatch.setenv("RIGHTSDESK_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("RIGHTSDESK_PASSPHRASE_FILE", str(tmp_path / "passphrase"))
    monkeypatch.setenv("RIGHTSDESK_ACTOR_SECRET_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("RIGHTSDESK_ACTOR", "dpo")

    def call(*arguments: str, stdin: str = "") -> tuple[int, dict[str, Any], str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        code = run(["contacts", *arguments, "--json"])
        shown = capsys.readouterr()
        return code, json.loads(shown.out), shown.err

    return call


def test_import_find_show_split_and_export(command: Command, tmp_path: Path) -> None:
    more = "Ann,Leeward,020 7946 0018,ann@work.example,"
    path = write_list(tmp_path, [ANN, more, "A,B,911,,"])
    code, document, told = command(
        "import", str(path), "--region", "gb", "--source", "webshop", "--lawful-basis", "consent"
    )
    assert code == 0
    assert document.keys() >= CONTRACT
    assert [document[name] for name in ("read", "imported", "merged", "rejected")] == [3, 1, 1, 1]
    assert "phone  <-  phone" in told

    code, found, told = command(
        "find", "--phone", "-", "--purpose", "access_request", stdin="+442079460018\n"
    )
    assert code == 0
    first, second = (person["id"] for person in found["persons"])
    assert found["persons"][0]["lawful_basis"] == "consent"
    assert "7946" not in told

    code, shown, _ = command("show", str(second))
    assert [person["id"] for person in shown["persons"]] == [first, second]
    assert command("split", str(second))[0] == 0
    assert len(command("show", str(second))[1]["persons"]) == 1

    out = tmp_path / "out.csv"
    code, refused, _ = command("export", "--out", str(out))
    assert (code, out.exists()) == (2, False), "nothing leaves without purpose and recipient"
    assert "rightsdesk request" in refused["error"]["next"]
    code, exported, _ = command(
        *("export", "--out", str(out), "--recipient", "Example Mailing Ltd"),
        *("--purpose", "marketing", "--channel", "text"),
    )
    assert (code, exported["count"]) == (0, 0), "nobody consented"
    assert out.exists()


def test_nobody_found_is_the_answer_no(command: Command) -> None:
    code, document, _ = command("find", "--email", "nobody@example.com", "--purpose", "lookup")
    assert code == 1
    assert document["error"]["code"] == "not_found"
    assert "nobody@" not in json.dumps(document)


def test_a_dry_run_shows_the_mapping_and_counts(command: Command, tmp_path: Path) -> None:
    path = write_list(tmp_path, [ANN, BOB])
    code, document, told = command("import", str(path), "--region", "GB", "--dry-run")
    assert (code, document["imported"], document["dry_run"]) == (0, 2, True)
    assert document["file"]["columns"][2] == {"column": 3, "field": "phone", "group": ""}
    assert "CSV, utf-8, delimiter ," in told
    assert command("import", str(path), "--region", "GB")[1]["imported"] == 2


def test_pairs_are_listed_and_settled(command: Command, tmp_path: Path) -> None:
    command("import", str(write_list(tmp_path, [ANN, BOB])), "--region", "GB")
    (pair,) = command("pairs")[1]["pairs"]
    settled = ["pairs", "--settle", str(pair["id"]), str(pair["other"]), "--different"]
    assert command(*settled)[1]["pairs"] == []
    assert command("pairs", "--same")[0] == 2


@pytest.mark.parametrize(
    ("arguments", "content"),
    [
        (("--region", "XX"), HEADER),
        (("--source", "ann@example.com"), HEADER),
        (("--obtained-on", "yesterday"), HEADER),
        (("--mapping", "none.toml"), HEADER),
        ((), "PK\x03\x04 Canarina"),
        ((), "Canarina,Leeward\n"),
        ((), ""),
    ],
)
def test_what_cannot_be_imported_is_exit_2_and_names_no_value(
    command: Command, tmp_path: Path, arguments: tuple[str, ...], content: str
) -> None:
    path = tmp_path / "canarina-leeward.csv"
    path.write_text(content)
    code, document, told = command("import", str(path), *arguments)
    assert code == 2
    assert document["error"]["next"]
    assert "anarina" not in json.dumps(document) + told


def test_a_restriction_is_lifted_after_the_person_was_told(
    command: Command, tmp_path: Path
) -> None:
    command("import", str(write_list(tmp_path, [ANN])), "--region", "GB")
    found = ("find", "--email", "ann@example.com", "--purpose")
    person = command(*found, "lookup")[1]["persons"][0]["id"]
    (placed,) = command("restrict", str(person), "--reason", "contested")[1]["ids"]
    code, refused, _ = command(*found, "lookup")
    assert (code, refused["error"]["code"]) == (1, "denied")
    assert command("show", str(person), "--purpose", "lookup")[0] == 1
    assert command(*found, "legal_ground")[0] == 0
    assert command("restrict", str(person), "--lift", placed)[0] == 1
    assert command("restrict", "4711", "--informed", placed)[0] == 1
    assert command("restrict", str(person), "--informed", placed)[0] == 0
    assert command("restrict", str(person), "--lift", placed)[1]["in_force"] == []
    assert command(*found, "lookup")[0] == 0
