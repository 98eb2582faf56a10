"""`rightsdesk demo`: on people that do not exist, and on each real list of the samples."""

from __future__ import annotations

import csv
import os
import shutil
import stat
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from privacy.cli.demo_desk import MARKER, prepare_folder
from privacy.cli.dial import trunks_of
from privacy.errors import BadInput
from privacy.settings import Trunk, load_config
from tests.canaries import SHORTEST, find_leaks
from tests.cli.program import PROGRAM, Program, Ran

LISTS = {
    "us-500-first250.csv": "US",
    "uk-500-first250.csv": "GB",
    "ca-500-semicolon.csv": "CA",
    "mautic-10contacts.csv": "",
    "mautic-fakelead-first27.csv": "GB",
    "libphonenumber-examples-even.csv": "",
    "febrl-dataset1.csv": "",
}
# One short list runs every time, all of them with the long tests.
EVERY_TIME = "mautic-10contacts.csv"
# What the demo hands out or was given in clear; everything else of its folder is the desk's.
HANDED_OUT = ("contacts.csv", "rejects.csv", "reports", "packages", "secrets", "vendor")


def run_demo(out: Path, *options: str | Path) -> Ran:
    """The demo from a folder of its own, without any setting in the environment."""
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    ended = subprocess.run(
        [PROGRAM, "demo", "--out", out, "--json", *options],
        env=clean,
        cwd=out.parent,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return Ran(ended.returncode, ended.stdout, ended.stderr)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """One demo for this file, and its document."""
    out = tmp_path_factory.mktemp("demo") / "desk"
    ran = run_demo(out)
    assert ran.code == 0, ran
    return out, ran.document


def as_dpo(out: Path, *arguments: str) -> Ran:
    """A later command on the demo's desk, as the demo's last line tells."""
    secrets = out / "secrets"
    program = Program(out.parent)
    return program.run(
        *arguments,
        "--desk",
        out,
        "--json",
        more={
            "RIGHTSDESK_STATE": str(out / "state"),
            "RIGHTSDESK_PASSPHRASE_FILE": str(secrets / "passphrase"),
            "RIGHTSDESK_ACTOR_SECRET_FILE": str(secrets / "dpo"),
        },
    )


def test_the_demo_does_the_whole_main_job(demo: tuple[Path, dict[str, Any]]) -> None:
    _, document = demo
    contacts, calls = document["contacts"], document["calls"]
    assert (contacts["read"], contacts["imported"], contacts["rejected"]) == (303, 300, 3)
    assert calls["permitted"] > 50
    assert sum(calls["outcomes"].values()) == calls["permitted"]
    assert calls["permitted"] + calls["denied"] == contacts["imported"]
    assert {r["kind"] for r in document["requests"]} == {"access", "erasure", "opt_out"}
    assert all(r["closed"] and r["due"] for r in document["requests"])
    assert document["audit"]["verified"] is True
    assert document["erasure_certificate"] in document["reports"]


def test_every_reason_of_a_refusal_is_a_rule_with_a_citation(
    demo: tuple[Path, dict[str, Any]],
) -> None:
    from reports.rule_text import citation_of

    assert demo[1]["calls"]["by_rule"]
    assert all(citation_of(rule) for rule in demo[1]["calls"]["by_rule"])


def test_reports_and_packages_are_the_owners_alone_and_pdfs_open(
    demo: tuple[Path, dict[str, Any]],
) -> None:
    for name in demo[1]["reports"]:
        path = Path(name)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        if path.suffix == ".pdf":
            said = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True)
            assert b"DEMONSTRATION" in said.stdout


def test_the_campaign_report_finds_no_breach_and_says_that_it_was_a_simulator(
    demo: tuple[Path, dict[str, Any]],
) -> None:
    (path,) = [name for name in demo[1]["reports"] if "campaign" in name]
    said = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True).stdout
    text = " ".join(said.decode().split())
    assert "No breach found in the data" in text
    assert "All calls were made by the simulator: nobody was called." in text


def test_a_simulated_vendor_is_audited_and_every_planted_kind_of_breach_found(
    demo: tuple[Path, dict[str, Any]],
) -> None:
    vendor = demo[1]["vendor"]
    assert (vendor["verdict"], vendor["simulated"]) == (
        "breach",
        "records of a simulator: nobody was called",
    )
    assert vendor["rules_broken"] > 8
    said = subprocess.run(["pdftotext", vendor["report"], "-"], capture_output=True, check=True)
    text = " ".join(said.stdout.decode().split())
    assert "DEMONSTRATION" in text
    assert "Simulated Dialer Ltd" in text


def test_no_value_of_the_list_stands_in_any_file_of_the_desk(
    demo: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    out, _ = demo
    with (out / "contacts.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    named = ("Email", "Phone", "Street")
    values = {row[name] for row in rows for name in named} | {
        f"{row['First Name']} {row['Last Name']}" for row in rows
    }
    long_enough = {value for value in values if len(value) >= SHORTEST}
    assert len(long_enough) > 600
    (tmp_path / "desk").mkdir()
    for path in out.iterdir():
        if path.name not in HANDED_OUT:
            copy = shutil.copytree if path.is_dir() else shutil.copy
            copy(path, tmp_path / "desk" / path.name)
    assert find_leaks(tmp_path / "desk", long_enough) == []


def test_later_commands_go_on_with_the_demos_desk(demo: tuple[Path, dict[str, Any]]) -> None:
    out, document = demo
    verified = as_dpo(out, "audit", "verify")
    assert verified.code == 0, verified
    assert verified.document["size"] >= document["audit"]["size"]
    assert "simulated clock" in verified.err
    today = as_dpo(out, "today")
    assert today.code == 0, today


def test_a_demo_desk_takes_no_line_but_the_simulator(demo: tuple[Path, dict[str, Any]]) -> None:
    out, document = demo
    refused = as_dpo(out, "dial", document["campaign"], "--line", "sip")
    assert (refused.code, refused.error["code"]) == (2, "bad_input")
    assert "simulator" in refused.error["next"]


def test_a_demo_desk_calls_by_no_trunk_elsewhere(demo: tuple[Path, dict[str, Any]]) -> None:
    out, _ = demo
    config = replace(load_config(out), trunks=(Trunk("away", "sip.example.com:5060"),))
    with pytest.raises(BadInput, match="no real telephone"):
        trunks_of(config, "sip")
    here = replace(config, trunks=(Trunk("here", "127.0.0.1:5060"), Trunk("too", "[::1]:5060")))
    assert len(trunks_of(here, "sip")) == 2
    with pytest.raises(BadInput, match="no trunk of the kind"):
        trunks_of(replace(config, demo=False, trunks=()), "sip")
    both = replace(config, trunks=(*here.trunks, *config.trunks))
    with pytest.raises(BadInput, match="no real telephone"):
        trunks_of(both, "sip")


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    precious = tmp_path / "mine" / "precious.txt"
    precious.write_text("keep me")
    ran = run_demo(tmp_path / "mine")
    assert (ran.code, ran.error["code"]) == (2, "bad_input")
    assert precious.read_text() == "keep me"


def test_a_demo_run_again_removes_only_what_a_demo_made(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    out.mkdir()
    (out / MARKER).touch()
    (out / "main.db").write_text("of a killed demo")
    for mine in ("statement.pdf", "reports-mine.txt"):
        (out / mine).write_text("keep me")
    prepare_folder(out)
    assert {path.name for path in out.iterdir()} == {MARKER, "statement.pdf", "reports-mine.txt"}


def test_a_list_inside_the_demos_folder_is_not_removed(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    out.mkdir()
    (out / MARKER).touch()
    listed = out / "contacts.csv"
    listed.write_text("Phone\n+442079460001\n")
    ran = run_demo(out, "--contacts", listed)
    assert (ran.code, ran.error["code"]) == (2, "bad_input")
    assert listed.exists()


@pytest.mark.parametrize(
    "name",
    [pytest.param(each, marks=() if each == EVERY_TIME else pytest.mark.long) for each in LISTS],
)
def test_the_demo_runs_on_a_real_list(name: str, samples: Path, tmp_path: Path) -> None:
    region = ("--region", LISTS[name]) if LISTS[name] else ()
    ran = run_demo(tmp_path / "demo", "--contacts", samples / "contacts" / name, *region)
    assert ran.code == 0, ran
    document = ran.document
    counts = document["contacts"]
    kinds = ("imported", "merged", "unchanged", "rejected")
    assert counts["read"] == sum(counts[kind] for kind in kinds) > 0
    assert document["audit"]["verified"] is True
    assert len(document["requests"]) == 3
    if document["calls"]["permitted"] == 0:
        assert document["calls"]["by_rule"]
