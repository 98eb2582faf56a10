"""What every test may ask for: samples, a PostgreSQL, and profiles of hypothesis.

Environment: RIGHTSDESK_SAMPLES names the folder of sample data (absent: such tests are
skipped); HYPOTHESIS_PROFILE is `default`, `ci` or `long`; CI=true makes a missing
PostgreSQL a failure.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from privacy import actors
from privacy.vault import key_files
from tests import postgres
from tests.desks import MadeDesk, make_desk
from tests.kept import Kept

IN_CI = os.environ.get("CI") == "true"

settings.register_profile("default", max_examples=60, deadline=None, database=None)
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
settings.register_profile(
    "long",
    settings.get_profile("default"),
    max_examples=3000,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if IN_CI else "default"))

run_key = pytest.StashKey[str]()
collected_key = pytest.StashKey[set[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[run_key] = _worker_input(config).get("testrunuid") or secrets.token_hex(16)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each parallel worker who outlives it, and the run's one name."""
    node.workerinput["testrunuid"] = node.config.stash[run_key]
    node.workerinput["run_process"] = os.getpid()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not _worker_input(config):
        postgres.stop_server_of_run(config.stash[run_key])


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep what was collected, before a mark or a word leaves some of it out."""
    config.stash[collected_key] = {item.nodeid.partition("[")[0] for item in items}


def _worker_input(config: pytest.Config) -> dict[str, Any]:
    """What the first process told this worker; empty in the first process itself."""
    return getattr(config, "workerinput", {})


@pytest.fixture(scope="session", autouse=True)
def stretched_once() -> Iterator[None]:
    """Each secret with its salt is stretched once a process, at the real cost."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(actors, "_stretch", cache(actors._stretch))
        patched.setattr(key_files, "_stretch", cache(key_files._stretch))
        yield


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of sample data: contacts, audit vectors, call records."""
    named = os.environ.get("RIGHTSDESK_SAMPLES")
    if not named:
        pytest.skip("RIGHTSDESK_SAMPLES names no folder of sample data")
    return Path(named)


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> postgres.Server:
    """The run's private PostgreSQL server."""
    config = request.config
    try:
        return postgres.server_of_run(
            config.stash[run_key], _worker_input(config).get("run_process", os.getpid())
        )
    except postgres.NoPostgres as missing:
        if IN_CI:
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.fixture
def postgres_urls(postgres_server: postgres.Server) -> Iterator[tuple[str, str]]:
    """Addresses of two new, empty databases: main and vault."""
    main, vault = postgres_server.create(), postgres_server.create()
    yield postgres_server.url(main), postgres_server.url(vault)
    postgres_server.drop(main)
    postgres_server.drop(vault)


@pytest.fixture(scope="session")
def postgres_kept(postgres_server: postgres.Server) -> Kept:
    """Databases that this process has used and emptied."""
    return Kept(postgres_server)


@pytest.fixture
def postgres_tables(postgres_kept: Kept) -> Iterator[tuple[str, str]]:
    """Addresses of two databases that have this release's tables and no row."""
    main, vault = pair = postgres_kept.take()
    yield postgres_kept.server.url(main), postgres_kept.server.url(vault)
    postgres_kept.give_back(pair)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[MadeDesk]:
    """A new embedded desk with two actors and a clock that the test sets."""
    made = make_desk(tmp_path)
    yield made
    made.desk.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MadeDesk]:
    """The same on each of the two stores."""
    if request.param == "sqlite":
        made = make_desk(tmp_path)
    else:
        made = make_desk(tmp_path, urls=request.getfixturevalue("postgres_tables"))
    yield made
    made.desk.close()
