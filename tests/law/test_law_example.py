"""The worked example of docs/law.md runs as it stands: every command, every line it shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "law.md").read_text("utf-8")
EXAMPLE = PAGE[PAGE.index("## A worked example") :]
BLOCKS = re.findall(r"```(sh|text)\n(.*?)```", EXAMPLE, re.DOTALL)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What all commands print, in order, in a folder with the project's files and nothing else."""
    folder = tmp_path_factory.mktemp("example")
    (folder / "privacy").symlink_to(ROOT / "privacy")
    script = "set -e\n" + "".join(text for kind, text in BLOCKS if kind == "sh")
    programs = str(Path(sys.executable).parent)
    ran = subprocess.run(
        ["/bin/sh", "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "COLUMNS": "160"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr + ran.stdout
    return " ".join(ran.stdout.split())


def test_every_command_runs_and_every_line_that_is_shown_is_printed(said: str) -> None:
    shown = [line for kind, text in BLOCKS if kind == "text" for line in text.splitlines()]
    assert len(shown) >= 8
    assert [line for line in shown if " ".join(line.split()) not in said] == []


def test_the_example_uses_every_command_for_reading_and_changing_rules() -> None:
    commands = "".join(text for kind, text in BLOCKS if kind == "sh")
    for name in ("law rules", "law call", "law check", "law diff"):
        assert f"rightsdesk {name}" in commands
