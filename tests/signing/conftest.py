"""A desk with one signed report, made once; what changes a desk makes its own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from privacy.cli import sealed
from privacy.cli.sealed import Sealed
from reports import reading
from tests.desks import MadeDesk, make_desk
from tests.reports.examples import example
from tests.signing.levels import KIND

remembered = lru_cache(maxsize=32)(reading.verify)


@pytest.fixture(autouse=True)
def same_document_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same first revision is laid out once, though many tests change what follows it."""
    monkeypatch.setattr(reading, "verify", remembered)


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeDesk]:
    """A desk that the module's tests share: they may add to its log and nothing else."""
    made = make_desk(tmp_path_factory.mktemp("signing"))
    yield made
    made.desk.close()


@pytest.fixture(scope="module")
def report(standing: MadeDesk) -> Sealed:
    """A report signed by the desk's own certificate."""
    return sealed.make(standing.desk, "dpo", KIND, example(KIND))


def save(folder: Path, content: bytes, name: str = "report.pdf") -> Path:
    """The bytes as a file."""
    path = folder / name
    path.write_bytes(content)
    return path
