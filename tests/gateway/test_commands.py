"""The commands of campaigns, dialing and the gateway, with the law as it is in the packs."""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from privacy.cli.main import run
from privacy.consent import registers, suppression
from privacy.gateway.client import Client, Trust
from privacy.gateway.protocol import Code, EventKind, Problem
from privacy.gateway.running import socket_folder
from tests.canaries import find_leaks
from tests.desks import MadeDesk, at_the_desk
from tests.gateway.certificates import authority
from tests.gateway.scene import CALLER, SCRIPT, consent, number
from tests.needed import need
from tests.persons import add_person

Command = Callable[..., dict[str, Any]]


@pytest.fixture
def command(
    made: MadeDesk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    """Run a command with `--json`; its document."""
    (tmp_path / "script.txt").write_text(SCRIPT)
    at_the_desk(made, tmp_path, monkeypatch)

    def call(*words: str, code: int = 0) -> dict[str, Any]:
        capsys.readouterr()
        answered = run([*words, "--json", "--desk", str(made.desk.folder), "--as", "dpo"])
        said = capsys.readouterr()
        assert answered == code, said
        document: dict[str, Any] = json.loads(said.out)
        return document

    return call


def people(made: MadeDesk) -> None:
    """Three with consent, one of whom opted out, and one without; the registers are fresh."""
    for register in ("gb_tps", "gb_ctps"):
        registers.load(made.desk, made.dpo, register, [number(60)], date(2026, 11, 10), "test")
    known = [add_person(made.desk, number(n), f"canary{n}@example.org") for n in range(4)]
    consent(made, known[:3])
    suppression.opt_out(made.desk, made.handler, phone=number(2), source="test")


def create(command: Command, tmp_path: Path, *more: str) -> str:
    document = command(
        "campaign",
        "create",
        *("--title", "Autumn", "--purpose", "marketing", "--caller-id", CALLER),
        *("--script", str(tmp_path / "script.txt"), "--rate", "50", *more),
    )
    return str(document["campaign"])


@pytest.mark.serial
def test_a_campaign_is_made_previewed_dialled_and_explained(
    made: MadeDesk, command: Command, tmp_path: Path
) -> None:
    people(made)
    campaign = create(command, tmp_path)
    assert command("campaign", "add", campaign)["added"] == 4
    foreseen = command("campaign", "preview", campaign)
    assert (foreseen["allowed"], foreseen["denied"]) == (2, 2)
    command("campaign", "start", campaign)
    done = command("dial", campaign, "--speed", "500")
    assert done["permitted"] == sum(done["outcomes"].values()) == 2
    assert done["by_rule"] == foreseen["by_rule"]
    assert set(done["by_rule"]) == {"gateway.suppressed", "gb-automated"}
    (state,) = command("campaign", "status", campaign)["campaigns"]
    assert sum(state["candidates"].values()) == 4
    (why,) = command("campaign", "explain", campaign, "--rule", "gateway.suppressed")["decisions"]
    shown = command(
        "campaign", "explain", campaign, "--decision", str(why["decision_id"]), "--facts"
    )
    assert shown["decisions"][0]["facts"]["law_call"]["number"] == number(2)
    assert command("campaign", "pause", campaign)["state"] == "paused"
    made.desk.close()
    assert not find_leaks(tmp_path, [number(n) for n in range(4)])


def test_what_is_wrong_is_named_by_its_setting(command: Command, tmp_path: Path) -> None:
    refused = command(
        "campaign",
        "create",
        *("--title", "Autumn", "--purpose", "marketing", "--caller-id", "12345"),
        *("--script", str(tmp_path / "script.txt")),
        code=2,
    )
    assert refused["error"]["what"] == "caller id"
    campaign = create(command, tmp_path)
    assert command("campaign", "start", campaign, code=2)["error"]["what"] == campaign
    unknown = "cm-" + "a" * 26
    assert command("dial", unknown, code=1)["error"]["code"] == "not_found"
    assert command("campaign", "explain", campaign, "--decision", "1", code=1)["error"]


def add_token(command: Command, campaign: str, out: Path, name: str = "acme") -> dict[str, Any]:
    return command(
        *("gateway", "token", "add", name, "--campaign", campaign, "--rate", "50"),
        *("--total", "10", "--until", "2026-11-20", "--recipient", "Acme Calls GmbH"),
        *("--country", "DE", "--out", str(out)),
    )


def test_a_token_goes_into_a_private_file_is_listed_and_revoked(
    command: Command, tmp_path: Path
) -> None:
    campaign = create(command, tmp_path)
    file = tmp_path / "handed" / "token"
    file.parent.mkdir()
    issued = add_token(command, campaign, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    token = file.read_text().strip()
    assert len(token) >= 43
    assert token not in json.dumps(issued)
    # Neither over a file that is there, nor under a name in force, nor for an unnamed company.
    wrong: list[tuple[Path, tuple[str, ...], str]] = [
        (file, (), "--out"),
        (tmp_path / "other", (), "acme"),
        (tmp_path / "other", ("--recipient", "+44 20 7946 0000"), "--recipient"),
        (tmp_path / "other", ("--until", "2026-11-01"), "--until"),
        (tmp_path / "other", ("--until", "2029-11-01"), "token"),
    ]
    words = ("gateway", "token", "add", "acme", "--campaign", campaign, "--total", "1")
    for out, more, what in wrong:
        usual = ("--recipient", "Acme", "--until", "2026-11-20", "--out", str(out), *more)
        assert command(*words, *usual, code=2)["error"]["what"] == what
    assert not (tmp_path / "other").exists()
    (listed,) = command("gateway", "token", "list")["tokens"]
    assert listed["recipient"] == "Acme Calls GmbH"
    assert (listed["used"], listed["total"], listed["state"]) == (0, 10, "in force")
    assert command("gateway", "token", "revoke", "acme")["dialer"] == issued["dialer"]
    assert command("gateway", "token", "list")["tokens"][0]["state"] == "revoked"
    # The desk keeps its hash, and nothing from which it could be had.
    forms = {leak.form for leak in find_leaks(tmp_path / "desk", [token])}
    assert forms == {"sha256"}
    assert add_token(command, campaign, tmp_path / "again")["dialer"] != issued["dialer"]


@pytest.mark.serial
def test_a_gateway_serves_alone_until_it_is_ended(
    made: MadeDesk, command: Command, tmp_path: Path
) -> None:
    people(made)
    campaign = create(command, tmp_path)
    command("campaign", "add", campaign)
    command("campaign", "start", campaign)
    add_token(command, campaign, tmp_path / "token")
    token = (tmp_path / "token").read_text().strip()
    program = "from privacy.cli.main import main; main()"
    words = ["gateway", "serve", "--desk", str(made.desk.folder), "--as", "dpo"]
    with socket_folder(made.desk) as folder:
        socket = folder / "alone.sock"
        with subprocess.Popen(
            [sys.executable, "-c", program, *words, "--socket", str(socket)],
            stderr=subprocess.PIPE,
            text=True,
        ) as gateway:
            try:
                assert gateway.stderr is not None
                assert f"Listening at unix:{socket}\n" in iter(gateway.stderr.readline, "")
                client = Client(f"unix:{socket}", token)
                permit, *_ = client.permits(campaign, 5, ["p-1", "p-2"]).permits
                assert client.redeem(permit.permit).number in (number(0), number(1))
                gateway.terminate()
                # A call is under way: no more permits, and the door stays for its end.
                assert "Calls under way: 1" in gateway.stderr.readline()
                with pytest.raises(Problem) as stopped:
                    client.permits(campaign, 1, ["p-3"])
                assert stopped.value.refusal is Code.STOPPED
                assert client.events(permit.attempt, [(1, EventKind.REFUSED, 0, "")])
                client.close()
            finally:
                gateway.terminate()
            assert gateway.wait(30) == 0
        assert not socket.exists()


def test_a_prompt_is_spoken_listed_and_heard_and_trunks_are_asked_for(
    made: MadeDesk, command: Command, tmp_path: Path
) -> None:
    there = shutil.which("espeak-ng") is not None and shutil.which("sox") is not None
    need(there, "espeak-ng and sox are not installed")
    people(made)
    campaign = create(command, tmp_path, "--line", "sip")
    command("campaign", "add", campaign)
    assert "prompt" in command("campaign", "start", campaign, code=2)["error"]["message"]
    no_why = command("campaign", "prompt", "set", campaign, code=2)
    assert no_why["error"]["what"] == "--why"
    why = ("--why", "our autumn offer")
    made_now = command("campaign", "prompt", "set", campaign, *why)["made"]
    assert [one["role"] for one in made_now] == ["prompt", "confirmation", "safe_harbour"]
    assert 2 < made_now[0]["key_by_s"] <= made_now[0]["seconds"] + 1
    again = command("campaign", "prompt", "set", campaign, *why)["made"]
    assert [one["sha256"] for one in again] == [made_now[0]["sha256"]]
    heard = tmp_path / "heard.wav"
    command("campaign", "prompt", "hear", campaign, "--out", str(heard))
    assert hashlib.sha256(heard.read_bytes()).hexdigest() == made_now[0]["sha256"]
    late = ("--wav", str(heard), *why, "--key-by", "60")
    assert command("campaign", "prompt", "set", campaign, *late, code=2)["error"]["what"] == "key"
    command("campaign", "prompt", "set", campaign, "--wav", str(heard), *why, "--key-by", "5")
    listed = command("campaign", "prompt", "list", campaign)["prompts"]
    engines = {one["role"]: one["engine"] for one in listed}
    assert engines["prompt"] == "recording"
    assert engines["confirmation"].startswith("espeak-ng ")
    command("campaign", "start", campaign)
    german = tmp_path / "worte.txt"
    german.write_text(
        "Hier ist Example Retail mit unserem Angebot. Drücken Sie 9, und wir schweigen."
    )
    spoken = ("--language", "de-AT", "--text", str(german), "--why", "unserem Angebot")
    command("campaign", "pause", campaign)
    made_then = command("campaign", "prompt", "set", campaign, *spoken)["made"]
    assert {one["language"] for one in made_then} == {"de"}
    wrong = ("--language", "12", "--text", str(german), "--why", "Angebot")
    assert command("campaign", "prompt", "set", campaign, *wrong, code=2)["error"]
    command("campaign", "start", campaign)
    assert command("campaign", "prompt", "said", "at-none")["said"] == []
    no_trunk = command("dial", campaign, "--line", "sip", code=2)
    assert no_trunk["error"]["what"] == "--line"


@pytest.mark.serial
def test_a_gateway_serves_over_tls_as_desk_toml_says_and_ends_at_a_second_interrupt(
    made: MadeDesk, command: Command, tmp_path: Path
) -> None:
    people(made)
    campaign = create(command, tmp_path)
    command("campaign", "add", campaign)
    command("campaign", "start", campaign)
    add_token(command, campaign, tmp_path / "token")
    signed = authority(tmp_path)
    chain, key = signed.issue("gateway", "127.0.0.1")
    command("config", "set", "gateway.tls_cert", str(chain))
    # Never on the network without both.
    assert command("gateway", "serve", code=2)["error"]["what"] == "--tls-cert, --tls-key"
    command("config", "set", "gateway.tls_key", str(key))
    program = "from privacy.cli.main import main; main()"
    words = ["gateway", "serve", "--desk", str(made.desk.folder), "--as", "dpo", "--port", "0"]
    with subprocess.Popen(
        [sys.executable, "-c", program, *words], stderr=subprocess.PIPE, text=True
    ) as gateway:
        assert gateway.stderr is not None
        said = iter(gateway.stderr.readline, "")
        where = next(line.split()[-1] for line in said if line.startswith("Listening at https://"))
        client = Client(where, (tmp_path / "token").read_text().strip(), Trust(signed.file))
        permit, *_ = client.permits(campaign, 1, ["p-1"]).permits
        client.redeem(permit.permit)
        client.close()
        gateway.terminate()
        assert "Calls under way: 1" in gateway.stderr.readline()
        gateway.terminate()
        assert gateway.wait(30) == 0
