"""SIGKILL before every call that changes a file: after one opening, complete or as before.

The default run tries a sample of the points, `long` all of them. Each run prints how many
points there are.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.vault.killing import run_killed

SCENARIOS = ("insert", "erase", "turn", "recovery")
# About ten points of each scenario.
EVERY = {"insert": 11, "erase": 31, "turn": 19, "recovery": 31}


def storm(scenario: str, folder: Path, every: int) -> dict[str, object]:
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    answer = subprocess.run(
        [
            *(sys.executable, "-m", "tests.vault.crashes", scenario, str(folder)),
            *(str(every), str(seed)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    print(answer.stdout)
    document = json.loads(answer.stdout)
    assert isinstance(document, dict)
    return document


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_kill_at_a_point_of_the_sample_leaves_all_or_nothing(
    scenario: str, tmp_path: Path
) -> None:
    done = storm(scenario, tmp_path, EVERY[scenario])
    assert int(str(done["points"])) > 60
    assert int(str(done["tried"])) >= 5


@pytest.mark.long
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_kill_at_any_point_leaves_all_or_nothing(scenario: str, tmp_path: Path) -> None:
    done = storm(scenario, tmp_path, 1)
    assert done["tried"] == done["points"]
    ends = done["ends"]
    assert isinstance(ends, dict)
    assert set(ends) == ({"complete"} if scenario == "recovery" else {"complete", "as before"})


@pytest.mark.serial
def test_the_tracer_kills_before_the_call_it_was_told(tmp_path: Path) -> None:
    path = tmp_path / "file"

    def work() -> None:
        with path.open("wb", buffering=0) as file:
            for _ in range(3):
                file.write(b"x")
            os.fsync(file.fileno())

    assert run_killed(work, 0).calls == 4
    for kill_at in (1, 2, 3, 4):
        run = run_killed(work, kill_at)
        assert (run.killed, os.WTERMSIG(run.status)) == (True, signal.SIGKILL)
        assert path.stat().st_size == kill_at - 1
