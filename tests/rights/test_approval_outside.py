"""An approver outside the desk: a signed file over one plan of one case, and its forgeries."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from privacy.errors import BadInput, Denied, NotFound, VerificationError
from privacy.rights import (
    approval,
    approval_file,
    approvers,
    planning,
)
from privacy.rights.approval import How
from privacy.rights.case import State
from privacy.storage.tables.base import table_of
from privacy.storage.tables.cases import ApproverKey
from tests.desks import MadeDesk
from tests.rights.approving import DAY, SECOND, planned, standing_of, store_case, swapped


@pytest.fixture
def outside(made: MadeDesk) -> tuple[bytes, str]:
    """A private key whose public one was registered two days ago."""
    private, public = approval_file.new_key()
    key_id = approvers.add(made.desk, made.dpo, public)
    made.clock.advance(2 * DAY)
    return private, key_id


def signed(made: MadeDesk, private: bytes, of: str, **changed: Any) -> bytes:
    values = {
        "desk_id": made.desk.config.desk_id,
        "request_id": of,
        "plan_sha256": store_case(made, of).plan_sha256,
        "now": made.clock.now(),
        **changed,
    }
    return approval_file.signed(private, **values)


def test_a_signed_file_from_outside_approves(made: MadeDesk, outside: tuple[bytes, str]) -> None:
    request_id = planned(made, made.dpo)
    content = signed(made, outside[0], request_id)
    approval.approve_outside(made.desk, made.dpo, request_id, content)
    found = standing_of(made, request_id)
    assert (found.kind, found.detail) == (How.OUTSIDE, outside[1])


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("another case", lambda made: {"request_id": "rq-another"}),
        ("another plan", lambda made: {"plan_sha256": "0" * 64}),
        ("another case", lambda made: {"desk_id": "another desk"}),
        ("older", lambda made: {"now": made.clock.now() - 8 * DAY}),
        ("lies ahead", lambda made: {"now": made.clock.now() + timedelta(minutes=1)}),
    ],
)
def test_a_file_over_something_else_is_refused(
    made: MadeDesk,
    outside: tuple[bytes, str],
    name: str,
    change: Callable[[MadeDesk], dict[str, Any]],
) -> None:
    request_id = planned(made, made.dpo)
    content = signed(made, outside[0], request_id, **change(made))
    with pytest.raises(VerificationError, match=name):
        approval.approve_outside(made.desk, made.dpo, request_id, content)
    assert store_case(made, request_id).state is State.PLANNED


def test_a_stale_file_and_one_from_before_the_plan_are_refused(
    made: MadeDesk, outside: tuple[bytes, str]
) -> None:
    request_id = planned(made, made.dpo)
    content = signed(made, outside[0], request_id)
    made.clock.advance(7 * DAY + SECOND)
    with pytest.raises(VerificationError, match="older"):
        approval.approve_outside(made.desk, made.dpo, request_id, content)
    # Planned again in the same words: an approval given before that is not for it.
    planning.make_plan(made.desk, made.dpo, request_id)
    made.clock.advance(SECOND)
    early = signed(made, outside[0], request_id, now=made.clock.now() - DAY)
    with pytest.raises(VerificationError, match="older"):
        approval.approve_outside(made.desk, made.dpo, request_id, early)


@pytest.mark.parametrize("field", ["request", "plan_sha256", "signed_at", "signature", "key"])
def test_a_forged_file_is_refused(made: MadeDesk, outside: tuple[bytes, str], field: str) -> None:
    request_id = planned(made, made.dpo)
    document = json.loads(signed(made, outside[0], request_id))
    good = document[field]
    document[field] = good[:-3] + ("AA=" if good[-3:] != "AA=" else "BB=")
    with pytest.raises((VerificationError, BadInput)):
        approval.approve_outside(made.desk, made.dpo, request_id, json.dumps(document).encode())


def test_a_key_that_is_unknown_revoked_new_or_swapped_approves_nothing(
    made: MadeDesk, outside: tuple[bytes, str]
) -> None:
    request_id = planned(made, made.dpo)
    stranger, _ = approval_file.new_key()
    with pytest.raises(VerificationError, match="not registered"):
        approval.approve_outside(
            made.desk, made.dpo, request_id, signed(made, stranger, request_id)
        )
    fresh, public = approval_file.new_key()
    fresh_id = approvers.add(made.desk, made.dpo, public)
    with pytest.raises(VerificationError, match="24 hours"):
        approval.approve_outside(made.desk, made.dpo, request_id, signed(made, fresh, request_id))
    # The fresh key's text put in the place of the old one in the database.
    keys = table_of(ApproverKey)
    swapped(made.desk, keys, keys.c.id == outside[1], public_key_pem=public.decode())
    forged = json.loads(signed(made, fresh, request_id))
    forged["key"] = outside[1]
    assert fresh_id != outside[1]
    with pytest.raises(VerificationError, match="audit log"):
        approval.approve_outside(made.desk, made.dpo, request_id, json.dumps(forged).encode())


def test_a_revoked_key_stays_revoked_whatever_the_row_says(
    made: MadeDesk, outside: tuple[bytes, str]
) -> None:
    request_id = planned(made, made.dpo)
    approvers.revoke(made.desk, made.dpo, outside[1])
    keys = table_of(ApproverKey)
    for revoked_at in (1, None):
        swapped(made.desk, keys, keys.c.id == outside[1], revoked_at=revoked_at)
        with pytest.raises(VerificationError, match="revoked"):
            approval.approve_outside(
                made.desk, made.dpo, request_id, signed(made, outside[0], request_id)
            )
    with pytest.raises(NotFound):
        approvers.revoke(made.desk, made.dpo, "ak-nothing")


def test_only_a_data_protection_officer_registers_keys(made: MadeDesk) -> None:
    _, public = approval_file.new_key()
    with pytest.raises(Denied):
        approvers.add(made.desk, made.handler, public)
    with pytest.raises(BadInput):
        approvers.add(made.desk, made.dpo, b"no key")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"schema": 1}', b"x" * 9000])
def test_what_is_no_approval_file_is_said_to_be_none(made: MadeDesk, content: bytes) -> None:
    request_id = planned(made)
    with pytest.raises(BadInput):
        approval.approve_outside(made.desk, made.dpo, request_id, content)
