"""The documents of the tests: the examples of each kind, and every kind in every dress."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from reports.render import KINDS
from tests.reports import fixtures, pdfs
from tests.reports.kept import Kept


@pytest.fixture(scope="session")
def run_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the whole run, which parallel workers share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if hasattr(request.config, "workerinput") else own


@pytest.fixture(scope="session")
def documents(run_folder: Path) -> Kept:
    """The example of each kind, in English on A4."""
    return Kept(run_folder / "documents", {kind: partial(pdfs.made, kind) for kind in KINDS})


@pytest.fixture(scope="session")
def everything(documents: Kept, run_folder: Path) -> Kept:
    """Every kind in every dress, and letters."""
    return Kept(run_folder / "dressed", fixtures.every_one(documents))


@pytest.fixture(params=sorted(KINDS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=fixtures.NAMES)
def dressed(request: pytest.FixtureRequest) -> str:
    """The name of a kind in a dress."""
    return str(request.param)
