"""Desks for tests: small, real, quick to open; on SQLite and on PostgreSQL.

`make_desk` makes one in a folder and opens it; `reopen` opens it again as a new
process would. The passphrase is stretched cheaply, everything else is as in
use. The clock is set by the test and runs only when told to.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from privacy import actors
from privacy.actors import Actor
from privacy.app import ALL_KINDS, init_desk, new_desk_config, open_desk
from privacy.desk import Desk
from privacy.settings import Controller, Settings
from privacy.terms import KekKind, Role
from privacy.vault.custody import Kdf
from tests.migrated import made_once

PASSPHRASE = b"a passphrase for tests only"
SECRET = "a secret for tests"
CHEAP = Kdf(passes=1, lanes=1, memory_kib=64)
WEDNESDAY = datetime(2026, 11, 18, 16, 0, tzinfo=UTC)


@dataclass
class TestClock:
    """A clock that a test sets. Simulated ones fit demo desks only."""

    __test__ = False

    at: datetime = WEDNESDAY
    simulated: bool = True
    monotonic_at_s: float = field(default=1000.0)

    def now(self) -> datetime:
        return self.at

    def monotonic_s(self) -> float:
        return self.monotonic_at_s

    def advance(self, step: timedelta) -> None:
        self.at += step
        self.monotonic_at_s += step.total_seconds()


@dataclass
class MadeDesk:
    """An open desk with its clock, two actors and what it takes to open it again."""

    desk: Desk
    clock: TestClock
    dpo: Actor
    handler: Actor
    settings: Settings

    def reopen(self, kinds: Iterable[KekKind] = ALL_KINDS) -> Desk:
        """Open the same desk once more, as another process would; the caller closes it."""
        return open_desk(self.settings, self.clock, PASSPHRASE, kinds=kinds)


_hash = actors._hash


@cache
def _hashed(secret: str) -> str:
    """The real hash of a secret, stretched once a process: each desk has two actors."""
    return _hash(secret)


def make_desk(
    folder: Path,
    *,
    urls: tuple[str, str] | None = None,
    clock: TestClock | None = None,
    controller: Controller | None = None,
    epoch_copies: tuple[Path, ...] = (),
) -> MadeDesk:
    """A new desk in `folder`/desk with its state in `folder`/state; `urls` are PostgreSQL's."""
    clock = clock or TestClock()
    main_url, vault_url = urls or ("", "")
    config = new_desk_config(
        demo=clock.simulated,
        main_url=main_url,
        vault_url=vault_url,
        controller=controller or Controller(name="Example Retail", zone="Europe/Berlin"),
        epoch_copies=tuple(str(copy) for copy in epoch_copies),
    )
    settings = Settings(folder / "desk", folder / "state", None, "dpo", None)
    with made_once():
        init_desk(settings.desk_dir, config, settings, PASSPHRASE, clock, kdf=CHEAP)
    desk = open_desk(settings, clock, PASSPHRASE)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(actors, "_hash", _hashed)
        dpo = actors.add(desk, "dpo", Role.DPO, SECRET, "setup")
        handler = actors.add(desk, "handler", Role.HANDLER, SECRET, "setup")
    return MadeDesk(desk, clock, dpo, handler, replace(settings, actor="dpo"))


def at_the_desk(made: MadeDesk, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the environment of a command on the made desk; its secrets lie in `folder`."""
    (folder / "passphrase").write_bytes(PASSPHRASE)
    (folder / "secret").write_text(SECRET)
    monkeypatch.setenv("RIGHTSDESK_DESK", str(made.settings.desk_dir))
    monkeypatch.setenv("RIGHTSDESK_STATE", str(made.settings.state_base))
    monkeypatch.setenv("RIGHTSDESK_PASSPHRASE_FILE", str(folder / "passphrase"))
    monkeypatch.setenv("RIGHTSDESK_ACTOR_SECRET_FILE", str(folder / "secret"))
