"""The three example documents, each made once for a test process."""

from __future__ import annotations

import pytest

from reports.render import KINDS, Document
from tests.reports import pdfs


@pytest.fixture(scope="session")
def documents() -> dict[str, Document]:
    return {kind: pdfs.made(kind) for kind in KINDS}


@pytest.fixture(params=sorted(KINDS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)
