"""The wheel as a user gets it: built, put into an empty environment, and run there."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
UV = ROOT / ".venv/bin/uv"


def run(command: Sequence[str | Path], cwd: Path) -> str:
    """Run a program without the repository's own environment; its output, or fail with it."""
    clean = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    answer = subprocess.run(
        command,
        cwd=cwd,
        env=clean,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert answer.returncode == 0, f"{command}\n{answer.stdout}\n{answer.stderr}"
    return answer.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of what git tracks, so that no left-over of this folder gets in."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    names = run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], ROOT)
    for name in names.splitlines():
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    python = ROOT / ".venv/bin/python"
    build: list[str | Path] = [
        UV,
        "build",
        "--wheel",
        "--no-build-isolation",
        "--python",
        python,
        source,
    ]
    run([*build, "--out-dir", folder], folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def empty_environment(wheel: Path) -> Path:
    """The `bin` of a new environment with the wheel and its locked dependencies alone."""
    folder = wheel.parent / "environment"
    run([UV, "venv", "--quiet", "--python", ROOT / ".venv/bin/python", folder], wheel.parent)
    python = folder / "bin/python"
    install: list[str | Path] = [UV, "pip", "install", "--quiet", "--python", python]
    run([*install, "--require-hashes", "-r", ROOT / "requirements.lock"], wheel.parent)
    run([*install, "--no-deps", wheel], wheel.parent)
    return folder / "bin"


def test_a_wheel_holds_the_packages_and_every_file_they_read(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    tracked = run(["git", "ls-files", "--cached"], ROOT).splitlines()
    packages = ("privacy/", "dialer/", "reports/", "templates/")
    assert {name for name in tracked if name.startswith(packages)} <= inside
    assert not any(name.startswith("tests/") for name in inside)
    assert any(name.endswith("LICENSE") for name in inside)


def test_a_wheel_in_an_empty_environment_runs_the_command(
    empty_environment: Path, tmp_path: Path
) -> None:
    assert "rightsdesk" in run([empty_environment / "rightsdesk", "--help"], tmp_path)
    assert (empty_environment / "rightsdesk-dialer").exists()


def test_a_wheel_in_an_empty_environment_runs_the_demo(
    empty_environment: Path, tmp_path: Path
) -> None:
    out = tmp_path / "demo"
    told = run([empty_environment / "rightsdesk", "demo", "--json", "--out", out], tmp_path)
    answer = json.loads(told)
    assert answer["audit"]["verified"] is True
    assert answer["reports"]
    assert all((tmp_path / report).stat().st_size > 0 for report in answer["reports"])
