"""What a test needs of the machine: without it the test is skipped, and fails with CI=true."""

from __future__ import annotations

import pytest

from tests.conftest import IN_CI


def need(there: bool, missing: str, *, in_ci: bool = IN_CI) -> None:
    """Go on if it is there."""
    if there:
        return
    if in_ci:
        pytest.fail(missing)
    pytest.skip(missing)
