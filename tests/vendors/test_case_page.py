"""The worked case of docs/vendor-case.md says what its commands print."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desks import MadeDesk
from tests.vendors.case_page import PAGE, page


@pytest.mark.long
def test_the_worked_case_is_what_its_commands_print(
    made: MadeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert page(made, tmp_path, monkeypatch) == PAGE.read_text()
