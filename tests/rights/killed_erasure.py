"""A real process that erases and is killed after its n-th durable act.

Arguments: n, then for each desk its folder, its state folder and the request.
One interpreter forks a process a desk before it opens anything, so that
imports are paid once. Durable acts are: lines of the ledger, commits of main
and of the vault, and a custody place made or destroyed.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from privacy.actors import Actor
from privacy.app import open_desk
from privacy.desk import Desk
from privacy.rights import erasure
from privacy.settings import Settings
from privacy.terms import Role
from tests.desks import PASSPHRASE, TestClock


def main() -> None:
    jobs = [argument.split("|") for argument in sys.argv[1:]]
    for limit, folder, state, request_id in jobs:
        child = os.fork()
        if child == 0:
            _erase(int(limit), Path(folder), Path(state), request_id)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print("killed" if os.WIFSIGNALED(status) else f"ended {os.WEXITSTATUS(status)}")


def _erase(limit: int, folder: Path, state: Path, request_id: str) -> None:
    desk = open_desk(Settings(folder, state, None, "dpo", None), TestClock(), PASSPHRASE)
    _kill_after(desk, limit)
    erasure.run(desk, Actor("dpo", Role.DPO), request_id)
    desk.close()


def _kill_after(desk: Desk, limit: int) -> None:
    count = 0

    def counted(act: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **named: Any) -> Any:
            nonlocal count
            answer = act(*arguments, **named)
            count += 1
            if count == limit:
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        return run

    custody = desk.vault.custody
    for owner, name in (
        (desk.ledger, "append_many"),
        (desk.writes, "write"),
        (desk.vault.writes, "write"),
        (custody, "make_epoch"),
        (custody, "destroy_before"),
    ):
        setattr(owner, name, counted(getattr(owner, name)))


if __name__ == "__main__":
    main()
