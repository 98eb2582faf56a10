"""Real processes that erase or correct, each killed after its n-th durable act.

Each argument: n, the desk's folder, its state folder and the request, by bars.
With n = 0 nothing is killed. Acts count from the start, so that what recovery
does when the desk opens is killed as well. One interpreter forks a process an
argument before it opens anything, so that imports are paid once. Durable acts
are lines of the ledger, commits of main and of the vault, and a custody place
made or destroyed.
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
from privacy.rights import correction_run, erasure, store
from privacy.rights.case import Kind, State
from privacy.settings import Settings
from privacy.storage.writing import PostgresWrites, SqliteWrites
from privacy.terms import Role
from privacy.vault.custody import PassphraseFiles
from privacy.vault.ledger import Ledger
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
    _kill_after(limit)
    desk = open_desk(Settings(folder, state, None, "dpo", None), TestClock(), PASSPHRASE)
    with desk.reading() as db:
        case = store.case(db, request_id)
    run = correction_run.run if case.kind is Kind.RECTIFICATION else erasure.run
    if case.state is not State.FULFILLED:
        run(desk, Actor("dpo", Role.DPO), request_id)
    desk.close()


def _kill_after(limit: int) -> None:
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

    for owner, name in (
        (Ledger, "append_many"),
        (SqliteWrites, "write"),
        (PostgresWrites, "write"),
        (PassphraseFiles, "make_epoch"),
        (PassphraseFiles, "destroy_before"),
    ):
        setattr(owner, name, counted(getattr(owner, name)))


if __name__ == "__main__":
    main()
