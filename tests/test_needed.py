"""A test whose machine lacks something is skipped, and fails where CI wants all of them."""

from __future__ import annotations

import pytest

from tests.needed import need


def test_what_is_missing_skips_a_plain_users_test_and_fails_it_in_ci() -> None:
    need(True, "nothing", in_ci=True)
    with pytest.raises(pytest.skip.Exception, match="raw sockets"):
        need(False, "raw sockets need root", in_ci=False)
    with pytest.raises(pytest.fail.Exception, match="raw sockets"):
        need(False, "raw sockets need root", in_ci=True)
